/* decoration.h - what `generate` adds to objects for the tools that deliver them, when asked: sync waves of Argo CD, and
 * the labels of an ApplySet (KEP-3659) with the ConfigMap that is its parent. */
#ifndef CALLOUT_CLI_DECORATION_H
#define CALLOUT_CLI_DECORATION_H

#include "cli/run.h"

struct decoration {
	struct arena *arena;
	bool          sync_waves;
	struct str    set_name, set_namespace; /* of the ApplySet; absent: none */
	struct str    set_id;
	unsigned      kinds; /* bits of the kinds seen */
	struct str   *namespaces;
	size_t        n_namespaces, cap_namespaces;
};

/* Hosts first, then clusters that need no host, then filters; wave 0 is left for a check in between. */
enum { WAVE_OF_HOSTS = -2, WAVE_OF_CLUSTERS = -1, WAVE_OF_FILTERS = 1 };

/* When an object of a kind that Callout generates is to be applied; to delete, the other way round. */
int decoration_wave(struct str kind, const struct node *object);

/* Reads --sync-waves and --applyset. False: a usage error was printed. */
bool decoration_read(struct decoration *, struct run *);

static inline bool decoration_is_set(const struct decoration *d)
{
	return d->sync_waves || str_present(d->set_name);
}

/* To be called for every object before the first decoration_add, since the parent lists what is in the set. */
void decoration_note(struct decoration *, const struct resource *);

/* A decorated copy of the object, in the arena given. Shared objects get no label, since Istio does not merge objects
 * with different labels. */
const struct node *decoration_add(const struct decoration *, struct arena *, const struct resource *,
                                  const struct node *object, struct diags *);

/* The ApplySet's parent: the resource as far as it has a name, and its tree. Only with --applyset. */
struct resource    decoration_parent(const struct decoration *);
const struct node *decoration_parent_tree(const struct decoration *);

#endif
