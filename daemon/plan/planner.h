/* planner.h - what the files of the plan share while one manifest is planned. */
#ifndef CALLOUT_PLAN_PLANNER_H
#define CALLOUT_PLAN_PLANNER_H

#include "names/mesh_table.h"
#include "plan/plan.h"

/* Where an upstream's cluster comes from. */
enum origin { ORIGIN_EXISTING, ORIGIN_SERVICE, ORIGIN_SERVICE_ENTRY, ORIGIN_ENVOY_FILTER };

struct planner {
	struct arena            *arena;
	struct diags            *diags;
	const struct manifest   *manifest;
	const struct mesh       *mesh;
	const struct neighbours *neighbours;
	struct plan             *plan;
	bool                     ok;
};

static inline bool planner_knows(const struct planner *p, enum feature f)
{
	return feature_in_all(f, p->mesh->versions);
}

/* An error at a field of the manifest. */
struct diag *planner_fail(struct planner *, enum diag_code, const struct node *object, const char *field,
                          const struct str *values, size_t n);
/* "X is not known to Istio 1.11 to 1.18", at a field; false when the range knows the feature. */
bool planner_lacks(struct planner *, enum feature, enum diag_code, const struct node *object, const char *field);

/* ---- cluster_origin.c ---- */
enum origin cluster_origin(struct planner *, const struct upstream *);
/* Does it use the public host name, whose ServiceEntry it shares with other manifests? */
bool upstream_is_shared(const struct manifest *, const struct upstream *, const struct mesh *);
/* Must the EnvoyFilter's annotation referenced-services name the service, so that the proxy gets its cluster? */
bool cluster_is_referenced(const struct planner *, enum origin);

/* ---- config.c ---- */
/* The filter's configuration, or Lua code, with its placeholders replaced. */
struct node *config_fill(struct planner *, const struct node *config);
struct str   config_fill_text(struct planner *, struct str text);
/* The same configuration as compact JSON text, for filters that are handed a string. */
struct str config_json(struct planner *, const struct node *config);

/* ---- object_meta.c ---- */
struct object_meta {
	struct str         name, namespace;
	const struct pair *labels;
	size_t             n_labels;
	const struct pair *annotations;
	size_t             n_annotations;
};
/* Name (the manifest's, and .suffix if it is present), namespace, labels and annotations: those copied from the
 * manifest, Callout's own, and the extra ones. */
struct object_meta object_meta(struct planner *, struct str suffix, const struct pair *extra_labels, size_t n_labels,
                               const struct pair *extra_annotations, size_t n_annotations);
/* The target's selector as pairs; n 0 without one. */
const struct pair *selector_pairs(struct planner *, size_t *ret_n);
/* targetRefs of a filter object. */
const struct record *const *filter_target_refs(struct planner *, size_t *ret_n);

/* networking.istio.io/v1, or v1beta1 if a version of the range lacks v1. */
struct str api_version_networking(const struct planner *);
/* upstream_export_to for the planner's manifest. */
struct strings export_to_of(struct planner *, const struct upstream *);
/* "NS/NAME,NS/NAME": the owners of a shared host. */
struct str shared_owners_text(struct arena *, const struct shared_host *);

/* ---- hidden_hosts.c ---- */
/* Warns where a manifest of another namespace takes a public host from the proxies of a filter. */
void hidden_hosts_check(struct arena *, const struct inputs *, const struct mesh *, const struct neighbours *,
                        struct diags *);

/* ---- shared_host.c ---- */
/* The name of the first setting on which two upstreams of one public host differ, or NULL: a setting of the
 * ServiceEntry as a whole (each upstream with its planner), and a setting of one port. */
const char *shared_host_difference(struct planner *, const struct upstream *, struct planner *,
                                   const struct upstream *);
const char *shared_port_difference(struct arena *, const struct upstream *, const struct upstream *);

/* ---- destination_rule.c ---- */
/* Must the rule have a workloadSelector? A sidecar loads certificates from a Secret only for a rule that selects it;
 * otherwise it sends plaintext (measured). */
bool upstream_needs_selector(const struct manifest *, const struct upstream *);
/* exportTo of the upstream's rule, if that selects no workloads. */
struct strings rule_exported_names(struct planner *, const struct upstream *);

/* ---- one file per generated kind ---- */
struct resource      service_entry_plan(struct planner *, const struct upstream *, const struct expected_cluster *);
struct resource      destination_rule_plan(struct planner *, const struct upstream *, const struct expected_cluster *);
struct resource      shared_service_entry_plan(struct planner *, const struct shared_host *);
struct resource      shared_destination_rule_plan(struct planner *, const struct shared_host *);
const struct record *envoy_cluster_plan(struct planner *, const struct upstream *, const struct expected_cluster *);
/* The one EnvoyFilter of the manifest; record == NULL when none is needed. */
struct resource envoy_filter_plan(struct planner *, bool carries_filter);
bool            envoy_filter_carries(struct planner *); /* is the filter itself in an EnvoyFilter? */
/* filter_patch.c: sets the patches of an EnvoyFilter's record that put the filter there. */
void            filter_patches_set(struct planner *, struct record *, const struct filter *);
struct resource wasm_plugin_plan(struct planner *);
struct resource traffic_extension_plan(struct planner *);

/* ---- wasm_plugin.c: parts that other kinds have, too ---- */
/* The module's checksum: what the manifest says, else that of `binary`. Absent if there is none, or the URL has a
 * digest. */
struct str wasm_sha256(const struct planner *);
/* Istio's word for failStrategy, by default FAIL_CLOSE; absent if a version of the range lacks the field. */
struct str                  fail_strategy_text(struct planner *);
const struct record *const *env_records(struct planner *, size_t *ret_n);
const struct record *const *match_records(struct planner *, size_t *ret_n);

#endif
