/* importing.h - what the files of the import share: what was found in the objects, and the functions of each file. */
#ifndef CALLOUT_IMPORT_IMPORTING_H
#define CALLOUT_IMPORT_IMPORTING_H

#include "base/hash.h"
#include "import/import.h"

enum target_proxy { TARGET_SIDECAR, TARGET_GATEWAY, TARGET_WAYPOINT };

/* A cluster that was found, as the upstream that it becomes. */
struct found_upstream {
	struct found_upstream     *next;
	struct str                 cluster;   /* the cluster's name in the proxies */
	struct str                 authority; /* what a filter sends as :authority, as far as it is known */
	struct str                 name;      /* the name it should have; made unique in the manifest */
	struct node               *node;      /* of the upstream, whose first entry is its name */
	const struct object_entry *origin;
	bool                       credential; /* its TLS uses credentialName, a Secret */
	const struct node         *selector;   /* labels that its rule selects by, or NULL */
};

struct found_manifest {
	struct str key; /* NAMESPACE/NAME */
	struct str namespace, name;
	struct str         of;       /* the name of the objects whose it is; absent: it is marked, or a cluster's */
	bool               reserved; /* objects are marked with it */
	size_t             n_alike;  /* whose names are this one and a number */
	const struct node *metadata; /* the object's, whose labels and annotations the manifest gets */
	const struct node *spec;     /* of what carries the filter; has selector or targetRefs */
	struct node       *filter;   /* NULL without one */
	struct node       *config;   /* of the filter; its strings are replaced at the end */
	struct node       *code;     /* of a Lua filter, likewise */
	enum target_proxy  proxy;
	bool       is_waypoint; /* known only by clusters that Callout generated (no targetRefs before Istio 1.22) */
	bool       referenced;  /* an annotation names the services of its proxies */
	struct str services;    /* its value */
	struct str waypoint_namespace;     /* of its waypoint, by clusters of our own making; absent */
	const struct node     *envoy_spec; /* of its EnvoyFilter, for the target where nothing else tells */
	struct found_upstream *upstreams, **last_upstream;
	size_t                 n_upstreams;
	bool                   overfull; /* there were more than a manifest can have */
};

/* A cluster that an EnvoyFilter adds. */
struct found_cluster {
	struct found_cluster  *next;
	struct found_upstream *upstream;
	struct found_manifest *manifest; /* of the EnvoyFilter */
	enum target_proxy      proxy;    /* by its context */
};

struct importer {
	struct arena            *arena;
	struct diags            *diags;
	const struct object_set *objects;
	const struct mesh_spec  *mesh;
	struct hash              manifests; /* of struct found_manifest */
	struct hash              taken;     /* of found_manifest.c: objects whose manifest is known */
	struct found_manifest  **list;
	size_t                   n, cap;
	struct hash              words;                    /* of mentions.c */
	struct hash              extension_configs;        /* of extension_configs.c */
	struct hash              told;                     /* of import_findings.c */
	struct hash              rules;                    /* of rules.c */
	struct hash              generated_rules;          /* of rules.c, too: those of our own making */
	struct known_rules      *all_rules;                /* of rules.c, too: the same as in rules */
	struct found_cluster    *clusters, **last_cluster; /* of EnvoyFilters, before it is known whose they are */
};

/* ---- found_manifest.c ---- */
/* The manifest of this name. It is created on the first call. */
struct found_manifest *found_manifest_of(struct importer *, struct str namespace, struct str name);
/* To be called first: takes the names of the manifests that objects are marked with, and those that are objects' own. */
void found_manifests_begin(struct importer *);
/* The manifest of an object that is not marked: the one of its name, as a label, unless that is another object's name there, or
 * Callout's own, or has a filter, of which it can have one; then one with a number behind the name. */
struct found_manifest *found_manifest_for(struct importer *, const struct object_entry *, bool has_filter);
/* Adds the upstream. False: the manifest has as many upstreams as it may have; the first time, a finding is added. */
bool found_manifest_add(struct importer *, struct found_manifest *, struct found_upstream *);

/* ---- mentions.c: where configurations and code of filters mention clusters by name, as whole words ---- */
struct mention {
	struct mention        *next; /* mention_next tells the next of one cluster */
	struct found_manifest *manifest;
	struct str             text;
	size_t                 at;
};

/* Indexes all configurations and code. To be called when all filters are found, and before the functions below. */
void mentions_index(struct importer *);
/* Where filters of the namespace mention the cluster, in the order in which the filters were found; NULL: no more. */
const struct mention *mention_first(struct importer *, struct str namespace, struct str cluster);
const struct mention *mention_next(const struct mention *, struct str cluster);
bool                  manifest_mentions(struct importer *, const struct found_manifest *, struct str cluster);
/* Is this cluster's name at this place of the text? Can any name begin there? */
bool mention_is(struct str text, size_t at, struct str cluster);
bool mention_begins(struct str text, size_t at);

/* ---- import_findings.c: each is told once, however many upstreams are made of the place ---- */
/* "KIND NAMESPACE/NAME: WHAT cannot be carried into a manifest", at n. */
void import_lost(struct importer *, const struct object_entry *, const struct node *n, struct str what);
/* "KIND NAMESPACE/NAME is left out: WHY" */
void import_skip(struct importer *, const struct object_entry *, const struct node *n, const char *why);
/* "WHAT NAME of KIND NAMESPACE/NAME is left out: WHY", at n; name: of the part, or absent */
void import_skip_part(struct importer *, const struct object_entry *, const struct node *n, const char *what,
                      struct str name, const char *why);
/* "KIND NAMESPACE/NAME: WHAT" */
void import_note(struct importer *, const struct object_entry *, const struct node *n, const char *what);
/* Reports as lost each entry of the map that is not one of the names (which end with NULL). */
void import_only(struct importer *, const struct object_entry *, const struct node *map, const char *const *names);

/* ---- nodes.c: writing and reading trees ---- */
struct node *put(struct arena *, struct node *map, const char *key, enum node_kind);
void         put_text(struct arena *, struct node *map, const char *key, struct str); /* absent: nothing */
void         put_int(struct arena *, struct node *map, const char *key, int64_t);
struct node *put_item(struct arena *, struct node *list, enum node_kind);
/* A copy of the value; NULL: nothing. */
struct node *put_copy(struct arena *, struct node *map, const char *key, const struct node *value);
struct node *map_new(struct arena *);

/* These find an entry in either spelling, as node_member does. */
const struct node *node_at(const struct node *, const char *const *path); /* path ends with NULL */
/* The typed_config of a filter or transport socket, unwrapped if it is a TypedStruct; or NULL. */
const struct node *typed_config(const struct node *of);
/* Its type, as type.googleapis.com/…, or absent: what has none is known by the name of the filter or socket. */
struct str config_type(const struct node *of);
struct str text_at(const struct node *map, const char *key); /* of any scalar; absent */
int64_t    int_at(const struct node *map, const char *key);  /* INT64_MIN: absent or no number */
/* A DNS label from any text. */
struct str label_from(struct arena *, struct str);

/* ---- rules.c ---- */
void import_rules(struct importer *);
/* Reports the rules that apply to no imported host. */
void import_left_rules(struct importer *);

/* ---- from_service_entry.c ---- */
void import_service_entry(struct importer *, const struct object_entry *);

/* ---- from_cluster.c ---- */
/* The cluster of one ADD patch of an EnvoyFilter. prefix: what Callout's own names for clusters of this manifest begin
 * with; what follows it is then the upstream's name. NULL: the cluster was skipped. */
struct found_upstream *import_envoy_cluster(struct importer *, const struct object_entry *, const struct node *value,
                                            struct str prefix);

/* ---- ownership.c ---- */
/* The upstream's name in the name of an object that Callout generated: "auth" of "auth-check.auth"; else absent. */
struct str own_upstream_name(const struct object_entry *);
/* Adds the upstream of a marked object to the manifests that it is marked with; another one to those whose filters call
 * it, or to one of the object's name when there are none. */
void give_upstream(struct importer *, const struct object_entry *, struct found_upstream *, bool first_port);
void give_clusters(struct importer *);

/* ---- wasm_patch.c ---- */
/* Imports the Wasm filter of an EnvoyFilter: the entry "config" of its typed_config. False: it was skipped. */
bool import_wasm_patch(struct importer *, const struct object_entry *, struct found_manifest *,
                       const struct node *config, bool discovered);

/* ---- extension_configs.c ---- */
/* Finds the patches EXTENSION_CONFIG of all EnvoyFilters, and those that a filter names. To be called first. */
void extension_configs_index(struct importer *);
/* The value of the patch that says what this HTTP filter is, in this EnvoyFilter or another one; NULL: there is none, or none
 * is needed. */
const struct node *extension_config_of(struct importer *, const struct object_entry *, const struct node *filter);
/* Is this patch of the EnvoyFilter an EXTENSION_CONFIG that a filter names? */
bool extension_config_is_used(struct importer *, const struct object_entry *, const struct node *patch);

/* ---- places.c: where patches insert a filter, and the entries of `match` that say so ---- */
enum direction { PLACE_INBOUND, PLACE_OUTBOUND, PLACE_GATEWAY };

struct found_place {
	enum direction direction;
	int64_t        port; /* INT64_MIN: all */
};

struct places {
	struct found_place *items; /* in the order of the patches */
	size_t              n;
};

/* Makes room for the places of the patches (a list, or NULL), at most two each. */
void places_init(struct places *, struct arena *, const struct node *patches);
void places_add(struct places *, enum direction, int64_t port);
bool places_have(const struct places *, enum direction);
/* Writes `match` of the manifest's filter so that generate gives the same places in the same order; nothing if that is
 * the default. */
void places_build_match(struct importer *, const struct found_manifest *, const struct places *);

/* ---- carrier.c: objects that carry filters ---- */
/* The manifest that it is marked with, or its own. has_filter: it carries one, and needs a manifest without. */
struct found_manifest *carrier_manifest(struct importer *, const struct object_entry *, bool has_filter);
/* Makes the manifest's filter. False: it has one already, of another object, which was reported. */
bool carrier_begin(struct importer *, struct found_manifest *, const struct object_entry *);
/* Says so where the manifest has another name than the object. */
void carrier_tell_name(struct importer *, const struct object_entry *, const struct found_manifest *);
/* The script as it goes into a manifest; filter: where it stands. */
struct str carrier_script(struct importer *, const struct object_entry *, const struct node *filter, struct str code);

/* ---- from_plugin.c ---- */
void import_plugin(struct importer *, const struct object_entry *);

/* ---- from_filter.c ---- */
void import_envoy_filter(struct importer *, const struct object_entry *);

/* ---- target.c ---- */
/* The labels that the object of the manifest's filter, or its EnvoyFilter, selects by; NULL: none. */
const struct node *selected_labels(const struct found_manifest *);
/* Writes spec.target, unless it means all sidecars of the namespace, which is the default. */
void put_target(struct importer *, const struct found_manifest *, struct node *spec);

/* ---- finishing.c: the manifest as a document ---- */
/* Adds the upstreams that the manifest's filter and annotation name. Does the manifest have a filter or an upstream
 * then? */
bool             manifest_is_something(struct importer *, struct found_manifest *);
struct document *manifest_document(struct importer *, struct found_manifest *);

#endif
