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
static void reserve_mark(struct importer *im, const struct object_entry *e)
{
	struct str namespace, name;

	if (str_find(e->manifest, ',', 0) < e->manifest.n)
		return;
	name = str_cut(e->manifest, '/', &namespace);
	if (str_present(name))
		found_manifest_of(im, namespace, name)->reserved = true;
}

/* Else, where auth.check comes before auth-check, what is generated for the one would replace the other. Nothing is named after
 * a DestinationRule. */
static void reserve_own_name(struct importer *im, const struct object_entry *e)
{
	if (!str_is(e->kind, "DestinationRule") && str_eq(label_from(im->arena, e->name), e->name))
		found_manifest_of(im, e->namespace, e->name)->of = e->name;
}

void found_manifests_begin(struct importer *im)
{
	hash_init(&im->manifests, im->arena, manifest_key);
	hash_init(&im->taken, im->arena, taken_key);
	for (const struct object_entry *e = im->objects->first; e; e = e->next) {
		if (str_present(e->manifest))
			reserve_mark(im, e);
		else
			reserve_own_name(im, e);
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

/* The count goes on for all labels that are cut to the same one, so that no number is tried twice. */
static struct found_manifest *numbered(struct importer *im, const struct object_entry *e, struct str label,
                                       bool has_filter)
{
	enum { ROOM = 52 }; /* for a number behind it, within 63 */
	struct found_manifest *base = found_manifest_of(im, e->namespace, str_slice(label, 0, ROOM)), *m;

	do {
		struct str number = str_from_uint(im->arena, 2 + base->n_alike++);

		m = found_manifest_of(im, e->namespace, STR_CONCAT(im->arena, base->name, STR("-"), number));
	} while (!is_free(m, e, has_filter));
	return m;
}

struct found_manifest *found_manifest_for(struct importer *im, const struct object_entry *e, bool has_filter)
{
	struct str             label = label_from(im->arena, e->name);
	const struct taken    *taken = hash_get(&im->taken, e->key);
	struct found_manifest *m;

	if (taken)
		return taken->manifest;
	m = found_manifest_of(im, e->namespace, label);
	if (!is_free(m, e, has_filter))
		m = numbered(im, e, label, has_filter);
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
