/* importing.h - what the files of the import share. */
#ifndef CALLOUT_IMPORT_IMPORTING_H
#define CALLOUT_IMPORT_IMPORTING_H

#include "base/hash.h"
#include "import/import.h"

enum target_proxy { TARGET_SIDECAR, TARGET_GATEWAY, TARGET_WAYPOINT };

/* A cluster that was found, as the upstream that gives it. */
struct found_upstream {
	struct found_upstream     *next;
	struct str                 cluster;   /* the name that proxies know it by */
	struct str                 authority; /* that a filter sends, as far as it is known */
	struct str                 name;      /* wished; made unique in the manifest */
	struct node               *node;      /* of the upstream, whose first entry is its name */
	const struct object_entry *origin;
	bool                       credential; /* its TLS takes a Secret */
	const struct node         *selector;   /* labels of its rule; NULL without */
};

struct found_manifest {
	struct str key; /* NAMESPACE/NAME */
	struct str namespace, name;
	const struct node     *metadata; /* labels and annotations are taken from it */
	const struct node     *spec;     /* of what carries the filter; has selector or targetRefs */
	struct node           *filter;   /* NULL without one */
	struct node           *config;   /* of the filter; its strings are replaced at the end */
	struct node           *code;     /* of a Lua filter, likewise */
	enum target_proxy      proxy;
	bool                   is_waypoint; /* by clusters of our own making, without targetRefs before Istio 1.22 */
	bool                   referenced;  /* an annotation names the services of its proxies */
	struct str             services;    /* its value */
	struct str             waypoint_namespace; /* of its waypoint, by clusters of our own making; absent */
	const struct node     *envoy_spec;         /* of its EnvoyFilter, for the target where nothing else tells */
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
	struct hash              manifests; /* of struct found_manifest */
	struct found_manifest  **list;
	size_t                   n, cap;
	struct hash              words;                    /* of mentions.c */
	struct hash              rules;                    /* of struct known_rule: by namespace/host and by host */
	struct found_cluster    *clusters, **last_cluster; /* of EnvoyFilters, before it is known whose they are */
	bool                     ok;
};

/* ---- found_manifest.c ---- */
/* The manifest of this name; the first time it is made. */
struct found_manifest *found_manifest_of(struct importer *, struct str namespace, struct str name);
/* False: the manifest has as many as it can have, which is told once. */
bool found_manifest_add(struct importer *, struct found_manifest *, struct found_upstream *);

/* ---- mentions.c: where the filters' configurations and code hold names of clusters, as whole words ---- */
struct mention {
	struct mention        *next; /* mention_next tells the next of one cluster */
	struct found_manifest *manifest;
	struct str             text;
	size_t                 at;
};

/* Reads what the filters hold: when all are found, and before anything is asked. */
void mentions_index(struct importer *);
/* Of the filters of the namespace, in the order in which they were found; NULL: no more. */
const struct mention *mention_first(struct importer *, struct str namespace, struct str cluster);
const struct mention *mention_next(const struct mention *, struct str cluster);
bool                  manifest_mentions(struct importer *, const struct found_manifest *, struct str cluster);
/* Does the name stand there? Can any? */
bool mention_is(struct str text, size_t at, struct str cluster);
bool mention_begins(struct str text, size_t at);

/* ---- import_findings.c ---- */
/* "KIND NAMESPACE/NAME: WHAT cannot be carried into a manifest", at n. */
void import_lost(struct importer *, const struct object_entry *, const struct node *n, struct str what);
/* "KIND NAMESPACE/NAME is left out: WHY" */
void import_skip(struct importer *, const struct object_entry *, const struct node *n, const char *why);
/* "KIND NAMESPACE/NAME: WHAT" */
void import_note(struct importer *, const struct object_entry *, const struct node *n, const char *what);
/* Each entry of the map that is none of the names (which end with NULL) is lost. */
void import_only(struct importer *, const struct object_entry *, const struct node *map, const char *const *names);

/* ---- nodes.c ---- */
struct node *put(struct arena *, struct node *map, const char *key, enum node_kind);
void         put_text(struct arena *, struct node *map, const char *key, struct str); /* absent: nothing */
void         put_int(struct arena *, struct node *map, const char *key, int64_t);
struct node *put_item(struct arena *, struct node *list, enum node_kind);
/* A copy of the value; NULL: nothing. */
struct node *put_copy(struct arena *, struct node *map, const char *key, const struct node *value);
struct node *map_new(struct arena *);

/* Envoy's fields are named with underscores, and protobuf's JSON takes them in camel case too: an entry of a name with
 * underscores is found in either spelling. So in the functions below. */
const struct node *node_member(const struct node *map, const char *name);
bool               node_is_one_of(const struct node *entry, const char *const *names);
const struct node *node_at(const struct node *, const char *const *path); /* path ends with NULL */
/* The configuration of a filter or socket, taken out of a TypedStruct; NULL. */
const struct node *typed_config(const struct node *of);
struct str         text_at(const struct node *map, const char *key); /* of any scalar; absent */
int64_t            int_at(const struct node *map, const char *key);  /* INT64_MIN: absent or no number */
/* A DNS label from any text. */
struct str label_from(struct arena *, struct str);

/* ---- rules.c ---- */
void import_rules(struct importer *);
/* Those that were nobody's. */
void import_left_rules(struct importer *);

/* ---- from_service_entry.c ---- */
void import_service_entry(struct importer *, const struct object_entry *);

/* ---- from_cluster.c ---- */
/* One ADD patch of an EnvoyFilter; the upstream's name when the cluster has our default name. NULL: it was skipped. */
struct found_upstream *import_envoy_cluster(struct importer *, const struct object_entry *, const struct node *value,
                                            struct str prefix);

/* ---- ownership.c ---- */
/* "auth" of our "auth-check.auth"; absent. */
struct str own_upstream_name(const struct object_entry *);
/* Adds the upstream to the manifests that it belongs to. */
void give_upstream(struct importer *, const struct object_entry *, struct found_upstream *, bool first_port);
void give_clusters(struct importer *);

/* ---- wasm_patch.c ---- */
/* The Wasm filter of an EnvoyFilter: the entry "config" of its typed_config. False: it was skipped. */
bool import_wasm_patch(struct importer *, const struct object_entry *, struct found_manifest *,
                       const struct node *config, bool discovered);

/* ---- places.c: where patches put a filter, and the entries of match that say it ---- */
enum direction { PLACE_INBOUND, PLACE_OUTBOUND, PLACE_GATEWAY };

struct found_place {
	enum direction direction;
	int64_t        port; /* INT64_MIN: all */
};

struct places {
	struct found_place *items; /* in the order of the patches */
	size_t              n;
};

/* Room for all that the patches (a list, or NULL) can have: two each. */
void places_init(struct places *, struct arena *, const struct node *patches);
void places_add(struct places *, enum direction, int64_t port);
bool places_have(const struct places *, enum direction);
/* match of the manifest's filter, or nothing where that is the default: it gives the places in the same order again. */
void places_build_match(struct importer *, const struct found_manifest *, const struct places *);

/* ---- from_filter.c ---- */
void import_plugin(struct importer *, const struct object_entry *);
void import_envoy_filter(struct importer *, const struct object_entry *);

/* ---- target.c ---- */
/* Puts spec.target, unless it is all sidecars of the namespace. */
void put_target(struct importer *, const struct found_manifest *, struct node *spec);

/* ---- finishing.c: the manifest as a document ---- */
/* Adds the upstreams that its filter and annotation name. Is there a filter or an upstream then? */
bool             manifest_is_something(struct importer *, struct found_manifest *);
struct document *manifest_document(struct importer *, struct found_manifest *);

#endif
