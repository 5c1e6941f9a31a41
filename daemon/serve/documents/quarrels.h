/* quarrels.h - which stored manifests do not agree: found once for each state of the store, and kept until it changes. */
#ifndef CALLOUT_SERVE_QUARRELS_H
#define CALLOUT_SERVE_QUARRELS_H

#include "serve/service/service.h"

struct quarrel_party {
	struct str namespace, name;
};

struct quarrel_pair {
	struct str           about; /* the key of the claim */
	struct quarrel_party parties[2];
};

struct quarrels {
	atomic_uint                users;
	struct arena              *arena;
	unsigned                   extractor; /* of the settings: what they were judged under */
	uint64_t                   version;   /* of the store's claims */
	struct diags               diags;     /* why it failed */
	bool                       failed;    /* the store did not answer */
	const struct quarrel_pair *items;     /* by key, then namespace and name of the first */
	size_t                     n;         /* at most LIMIT_QUARRELS */
	bool                       more;      /* not all of them */
};

/* Those of now, until the arena is freed or reset; without memory for them its run ends. */
const struct quarrels *quarrels_now(struct arena *, struct service *, const struct settings *);
/* Lets go of those that a service keeps. NULL is fine. */
void quarrels_give(struct quarrels *);

/* Can manifests of these namespaces meet in a claim at all? Cluster names are claimed in all namespaces, but meet only in
 * one, or from the root namespace; all other keys name their namespace. */
bool quarrel_meets(struct str key, struct str a, struct str b, struct str root);

#endif
