#include "base/arena.h"
#include "base/limits.h"
#include "import/importing.h"

struct found_manifest *found_manifest_of(struct importer *im, struct str namespace, struct str name)
{
	struct str             key = STR_CONCAT(im->arena, namespace, STR("/"), name);
	struct found_manifest *m = hash_get(&im->manifests, key);

	if (m)
		return m;
	m = ARENA_NEW(im->arena, struct found_manifest);
	m->key = key;
	m->namespace = namespace;
	m->name = name;
	m->last_upstream = &m->upstreams;
	hash_add(&im->manifests, m);
	im->list = ARENA_LIST(im->arena, im->list, im->n, &im->cap, struct found_manifest *);
	im->list[im->n++] = m;
	return m;
}

struct taken {
	struct str             object; /* its key */
	struct found_manifest *manifest;
};

static struct str taken_key(const void *taken)
{
	return ((const struct taken *)taken)->object;
}

static struct str manifest_key(const void *manifest)
{
	return ((const struct found_manifest *)manifest)->key;
}

/* Several owners of a ServiceEntry that they share stand in a list, with commas; each has other objects of its own. */
void found_manifests_begin(struct importer *im)
{
	hash_init(&im->manifests, im->arena, manifest_key);
	hash_init(&im->taken, im->arena, taken_key);
	for (const struct object_entry *e = im->objects->first; e; e = e->next) {
		struct str namespace, name;

		if (!str_present(e->manifest) || str_find(e->manifest, ',', 0) < e->manifest.n)
			continue;
		name = str_cut(e->manifest, '/', &namespace);
		if (str_present(name))
			found_manifest_of(im, namespace, name)->reserved = true;
	}
}

static void take(struct importer *im, struct found_manifest *m, const struct object_entry *e)
{
	struct taken *taken = ARENA_NEW(im->arena, struct taken);

	m->of = e->name;
	*taken = (struct taken){ e->key, m };
	hash_add(&im->taken, taken);
}

static bool is_free(const struct found_manifest *m, const struct object_entry *e, bool has_filter)
{
	return !m->reserved && (!str_present(m->of) || str_eq(m->of, e->name)) && !(has_filter && m->filter);
}

struct found_manifest *found_manifest_for(struct importer *im, const struct object_entry *e, bool has_filter)
{
	enum { ROOM = 52 }; /* for a number behind it, within 63 */
	struct str             base = label_from(im->arena, e->name);
	struct found_manifest *first, *m;
	const struct taken    *taken = hash_get(&im->taken, e->key);

	if (taken)
		return taken->manifest;
	m = first = found_manifest_of(im, e->namespace, base);
	base = str_slice(base, 0, ROOM);
	while (!is_free(m, e, has_filter)) {
		struct str number = str_from_uint(im->arena, 2 + first->n_alike++);

		m = found_manifest_of(im, e->namespace, STR_CONCAT(im->arena, base, STR("-"), number));
	}
	take(im, m, e);
	return m;
}

bool found_manifest_add(struct importer *im, struct found_manifest *m, struct found_upstream *u)
{
	if (m->n_upstreams < LIMIT_UPSTREAMS) {
		*m->last_upstream = u;
		m->last_upstream = &u->next;
		m->n_upstreams++;
		return true;
	}
	if (!m->overfull)
		diag_add(im->diags, CO_IMPORT_LOST, POS_NONE,
		         ARGS(m->key, STR_CONCAT(im->arena, STR("each upstream beyond "),
		                                 str_from_uint(im->arena, LIMIT_UPSTREAMS), STR(", from "), u->cluster,
		                                 STR(" on,"))));
	m->overfull = true;
	return false;
}
