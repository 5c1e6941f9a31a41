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
