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
	bool                   referenced; /* an annotation names the services of its proxies */
	struct str             services;   /* its value */
	struct str             waypoint_name, waypoint_namespace;
	const struct node     *envoy_spec; /* of its EnvoyFilter, for the target where nothing else tells */
	struct found_upstream *upstreams;
};

struct importer {
	struct arena            *arena;
	struct diags            *diags;
	const struct object_set *objects;
	struct hash              manifests; /* of struct found_manifest */
	struct found_manifest  **list;
	size_t                   n, cap;
	struct hash              rules; /* of struct known_rule: by namespace/host and by host */
	bool                     ok;
};

/* ---- import.c ---- */
struct found_manifest *find_manifest(struct importer *, struct str namespace, struct str name);
void                   add_upstream(struct found_manifest *, struct found_upstream *);
/* Does the filter's configuration or code hold the name of the cluster? */
bool manifest_mentions(const struct found_manifest *, struct str cluster);

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

const struct node *node_at(const struct node *, const char *const *path); /* path ends with NULL */
struct str         text_at(const struct node *map, const char *key);      /* of any scalar; absent */
int64_t            int_at(const struct node *map, const char *key);       /* INT64_MIN: absent or no number */
/* A DNS label from any text. */
struct str label_from(struct arena *, struct str);

/* ---- from_service_entry.c ---- */
void import_rules(struct importer *);
void import_service_entry(struct importer *, const struct object_entry *);
/* One ADD patch of an EnvoyFilter; the upstream's name when the cluster has our default name. */
struct found_upstream *import_envoy_cluster(struct importer *, const struct object_entry *, const struct node *value,
                                            struct str prefix);
struct str             authority_of(struct arena *, struct str host, int64_t port, bool tls);

/* ---- from_filter.c ---- */
void import_plugin(struct importer *, const struct object_entry *);
void import_envoy_filter(struct importer *, const struct object_entry *);

/* ---- finishing.c: the manifest as a document ---- */
struct document *manifest_document(struct importer *, struct found_manifest *);

#endif
