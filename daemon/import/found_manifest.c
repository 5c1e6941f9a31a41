#include "base/arena.h"
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
	hash_add(&im->manifests, m);
	im->list = ARENA_LIST(im->arena, im->list, im->n, &im->cap, struct found_manifest *);
	im->list[im->n++] = m;
	return m;
}

void found_manifest_add(struct found_manifest *m, struct found_upstream *u)
{
	struct found_upstream **at = &m->upstreams;

	while (*at)
		at = &(*at)->next;
	*at = u;
	u->next = NULL;
}

/* A letter of a name: `auth` is not named by `auth.example.com`, nor `a|80||b` by `a|80||b.c`. */
static bool is_name_letter(struct str text, size_t at)
{
	char c = at < text.n ? text.p[at] : ' ';

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_.-|", c));
}

bool found_cluster_at(struct str text, size_t at, struct str cluster)
{
	return str_has_prefix(str_slice(text, at, text.n), cluster) && !is_name_letter(text, at + cluster.n) &&
	       (at == 0 || !is_name_letter(text, at - 1));
}

static bool holds(const struct node *n, struct str cluster)
{
	struct str text = n->kind == NODE_STRING ? node_text(n) : STR("");

	for (size_t at = str_find_str(text, cluster, 0); at < text.n; at = str_find_str(text, cluster, at + 1))
		if (found_cluster_at(text, at, cluster))
			return true;
	NODE_EACH (child, n)
		if (holds(child, cluster))
			return true;
	return false;
}

bool found_manifest_mentions(const struct found_manifest *m, struct str cluster)
{
	return (m->config && holds(m->config, cluster)) || (m->code && holds(m->code, cluster));
}
