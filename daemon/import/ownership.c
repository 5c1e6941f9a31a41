/* Whose an upstream is: of the manifest whose object it came from, or of the filters that name its cluster. */
#include "base/arena.h"
#include "import/importing.h"
#include "names/cluster_name.h"

static void add_copy(struct importer *im, struct found_manifest *m, const struct found_upstream *u)
{
	struct found_upstream *copy = ARENA_NEW(im->arena, struct found_upstream);

	*copy = *u;
	copy->node = &tree_copy(im->arena, u->node)->root;
	found_manifest_add(im, m, copy);
}

/* To each filter of the namespace that names the cluster, but for one manifest. False: there is none. */
static bool give_to_mentioning(struct importer *im, struct str namespace, const struct found_upstream *u,
                               const struct found_manifest *except, enum target_proxy proxy)
{
	const struct found_manifest *last = NULL;
	bool                         any = false;

	for (const struct mention *at = mention_first(im, namespace, u->cluster); at;
	     at = mention_next(at, u->cluster)) {
		struct found_manifest *m = at->manifest;

		if (m == except || m == last)
			continue;
		last = m;
		add_copy(im, m, u);
		if (m->proxy == TARGET_SIDECAR)
			m->proxy = proxy;
		any = true;
	}
	return any;
}

/* A cluster that no filter names stays with the EnvoyFilter that adds it, and so does one that our labels mark. */
void give_clusters(struct importer *im)
{
	for (struct found_cluster *c = im->clusters; c; c = c->next) {
		struct found_manifest *m = c->manifest;
		bool                   ours = str_present(c->upstream->origin->manifest);
		bool                   own = ours || manifest_mentions(im, m, c->upstream->cluster);
		bool                   given = !ours && give_to_mentioning(im, m->namespace, c->upstream, m, c->proxy);

		if (!own && given)
			continue;
		if (m->proxy == TARGET_SIDECAR)
			m->proxy = c->proxy;
		found_manifest_add(im, m, c->upstream);
	}
}

/* The next owner of "NS/NAME,NS/NAME"; *rest is absent after the last. */
static struct found_manifest *next_owner(struct importer *im, struct str *rest)
{
	struct str one, namespace, name;

	*rest = str_cut(*rest, ',', &one);
	name = str_cut(one, '/', &namespace);
	return found_manifest_of(im, namespace, str_present(name) ? name : STR("imported"));
}

static bool mentions_any_port(struct importer *im, const struct found_manifest *m, const struct object_entry *e,
                              struct str host)
{
	NODE_EACH (port, node_get(node_get(e->root, "spec"), "ports"))
		if (manifest_mentions(im, m,
		                      cluster_name_outbound(im->arena, (unsigned)int_at(port, "number"), STR(""),
		                                            host)))
			return true;
	return false;
}

static bool any_owner_mentions(struct importer *im, const struct object_entry *e, struct str cluster)
{
	struct str rest = e->manifest;

	while (str_present(rest))
		if (manifest_mentions(im, next_owner(im, &rest), cluster))
			return true;
	return false;
}

/* Which port is whose is not written down: who names its cluster owns it, else the first owner; an owner that names none
 * has the first port, so that it stays an owner. */
static void give_to_owners(struct importer *im, const struct object_entry *e, struct found_upstream *u, bool first_port)
{
	struct str host = cluster_name_parse(u->cluster).host, rest = e->manifest;
	bool       named = any_owner_mentions(im, e, u->cluster), first = true;

	while (str_present(rest)) {
		struct found_manifest *m = next_owner(im, &rest);
		bool                   takes = manifest_mentions(im, m, u->cluster) || (first && !named) ||
		             (first_port && !mentions_any_port(im, m, e, host));

		first = false;
		if (takes)
			add_copy(im, m, u);
	}
}

struct str own_upstream_name(const struct object_entry *e)
{
	struct str manifest, upstream = str_cut(e->name, '.', &manifest);

	return str_present(e->manifest) ? upstream : STR_ABSENT;
}

static bool is_shared(const struct object_entry *e)
{
	return str_present(text_at(node_get(node_get(e->root, "metadata"), "annotations"), "callout.dev/manifests"));
}

void give_upstream(struct importer *im, const struct object_entry *e, struct found_upstream *u, bool first_port)
{
	struct found_manifest *m;
	struct str             name, namespace;

	if (is_shared(e)) {
		give_to_owners(im, e, u, first_port);
	} else if (str_present(e->manifest)) {
		name = str_cut(e->manifest, '/', &namespace);
		m = found_manifest_of(im, namespace, name);
		if (!m->metadata)
			m->metadata = node_get(e->root, "metadata");
		found_manifest_add(im, m, u);
	} else if (!give_to_mentioning(im, e->namespace, u, NULL, TARGET_SIDECAR)) {
		m = found_manifest_for(im, e, false);
		if (!m->metadata)
			m->metadata = node_get(e->root, "metadata");
		found_manifest_add(im, m, u);
	}
}
