/* Names, labels and annotations of generated objects, who sees them, and how they attach to proxies. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "manifest/manifest_check.h"
#include "plan/planner.h"

static int compare_pairs(const void *x, const void *y)
{
	return str_cmp(((const struct pair *)x)->key, ((const struct pair *)y)->key);
}

/* Most objects have only our own labels, which are in order already. */
static bool are_sorted(const struct pair *pairs, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (compare_pairs(&pairs[i - 1], &pairs[i]) > 0)
			return false;
	return true;
}

static void sort_pairs(struct pair *pairs, size_t n)
{
	if (!are_sorted(pairs, n))
		qsort(pairs, n, sizeof(*pairs), compare_pairs);
}

/* The sorted union of the user's pairs, without those that steer other tools, and ours, which win. */
static const struct pair *merge_pairs(struct arena *arena, const struct node *user, const struct pair *ours,
                                      size_t n_ours, size_t *ret_n)
{
	struct pair *pairs = ARENA_ARRAY(arena, (user ? user->count : 0) + n_ours + 1, struct pair);
	size_t       n = 0;

	NODE_EACH (entry, user) {
		bool taken = metadata_key_is_dropped(node_key(entry));

		for (size_t i = 0; i < n_ours; i++)
			taken = taken || str_eq(ours[i].key, node_key(entry));
		if (!taken)
			pairs[n++] = (struct pair){ node_key(entry), node_text(entry), false };
	}
	for (size_t i = 0; i < n_ours; i++)
		pairs[n++] = ours[i];
	sort_pairs(pairs, n);
	*ret_n = n;
	return pairs;
}

/* Those that every generated object has, then the extra ones. */
static struct pair *own_labels(struct planner *p, const struct pair *extra, size_t n_extra, size_t *ret_n)
{
	struct pair *labels = ARENA_ARRAY(p->arena, n_extra + 2, struct pair);
	size_t       n = 0;

	labels[n++] = (struct pair){ STR("app.kubernetes.io/managed-by"), STR("callout"), false };
	labels[n++] = (struct pair){ STR("callout.dev/manifest"), p->manifest->metadata->name, false };
	for (size_t i = 0; i < n_extra; i++)
		labels[n++] = extra[i];
	*ret_n = n;
	return labels;
}

struct object_meta object_meta(struct planner *p, struct str suffix, const struct pair *extra_labels, size_t n_labels,
                               const struct pair *extra_annotations, size_t n_annotations)
{
	const struct metadata *user = p->manifest->metadata;
	struct object_meta     meta = { .namespace = user->namespace, .name = user->name };
	size_t                 n_own;
	const struct pair     *own = own_labels(p, extra_labels, n_labels, &n_own);

	if (suffix.n)
		meta.name = STR_CONCAT(p->arena, user->name, STR("."), suffix);
	meta.labels = merge_pairs(p->arena, user->labels, own, n_own, &meta.n_labels);
	meta.annotations =
		merge_pairs(p->arena, user->annotations, extra_annotations, n_annotations, &meta.n_annotations);
	return meta;
}

/* Labels that steer other tools are kept here: a selector with one label less would choose more workloads. */
const struct pair *selector_pairs(struct planner *p, size_t *ret_n)
{
	const struct selector *selector = p->manifest->spec->target->selector;
	struct pair           *pairs;

	*ret_n = 0;
	if (!selector)
		return NULL;
	pairs = ARENA_ARRAY(p->arena, selector->match_labels->count + 1, struct pair);
	NODE_EACH (label, selector->match_labels)
		pairs[(*ret_n)++] = (struct pair){ node_key(label), node_text(label), false };
	sort_pairs(pairs, *ret_n);
	return pairs;
}

static const struct record *ref_record(struct arena *arena, struct str group, struct str kind, struct str name)
{
	struct record *r = record_new(arena, &target_ref_type);

	set_string(r, REF_GROUP, group);
	set_string(r, REF_KIND, kind);
	set_string(r, REF_NAME, name);
	return r;
}

const struct record *const *filter_target_refs(struct planner *p, size_t *ret_n)
{
	const struct target  *t = p->manifest->spec->target;
	const struct record **refs = ARENA_ARRAY(p->arena, t->target_refs.n + 1, const struct record *);

	*ret_n = 0;
	for (size_t i = 0; i < t->target_refs.n; i++) {
		const struct target_ref *ref = (const struct target_ref *)t->target_refs.items + i;

		refs[(*ret_n)++] = ref_record(p->arena, ref->group, ref->kind, ref->name);
	}
	if (*ret_n == 0 && t->waypoint)
		refs[(*ret_n)++] =
			ref_record(p->arena, STR("gateway.networking.k8s.io"), STR("Gateway"), t->waypoint->name);
	return refs;
}

struct str api_version_networking(const struct planner *p)
{
	return planner_knows(p, FEATURE_NETWORKING_V1) ? STR("networking.istio.io/v1")
	                                               : STR("networking.istio.io/v1beta1");
}

struct strings export_to_of(struct planner *p, const struct upstream *u)
{
	return upstream_export_to(p->arena, u, p->manifest, p->mesh);
}

struct str shared_owners_text(struct arena *arena, const struct shared_host *shared)
{
	struct buf b;

	buf_init(&b, arena, LIMIT_ANNOTATION_BYTES);
	for (size_t i = 0; i < shared->n_owners; i++) {
		if (i)
			buf_char(&b, ',');
		buf_add(&b, shared->owners[i]);
	}
	return buf_str(&b);
}
