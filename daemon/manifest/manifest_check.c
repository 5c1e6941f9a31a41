#include "manifest/manifest_check.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "manifest/check.h"
#include "names/hostname.h"

/* ---- metadata ---- */

static struct str key_prefix(struct str key)
{
	struct str prefix, name = str_cut(key, '/', &prefix);

	return name.p ? prefix : STR("");
}

bool metadata_key_is_dropped(struct str key)
{
	static const struct str prefixes[] = {
		STR_INIT("kubectl.kubernetes.io"),
		STR_INIT("meta.helm.sh"),
		STR_INIT("argocd.argoproj.io"),
		STR_INIT("envoyfilter.istio.io"),
	};
	struct str prefix = key_prefix(key);

	if (str_has_suffix(prefix, STR("config.kubernetes.io")))
		return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_eq(prefix, prefixes[i]))
			return true;
	return false;
}

/* Keys that Callout sets itself, or that change what Istio makes of a generated object. */
static bool key_is_reserved(struct str key)
{
	static const struct str keys[] = {
		STR_INIT("app.kubernetes.io/managed-by"),
		STR_INIT("istio.io/connect-strategy"), /* turns the cluster into LOGICAL_DNS */
		STR_INIT("istio.io/dry-run"),          /* Istio refuses it on these kinds */
		STR_INIT("istio.io/use-waypoint"),
		STR_INIT("istio.io/use-waypoint-namespace"),
		STR_INIT("istio.io/ingress-use-waypoint"),
		STR_INIT("networking.istio.io/enable-autoallocate-ip"),
	};

	if (str_eq(key_prefix(key), STR("callout.dev")))
		return true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq(key, keys[i]))
			return true;
	return false;
}

static void check_metadata_map(struct check *c, const struct node *map, const char *what, bool values_are_labels)
{
	NODE_EACH (n, map) {
		struct str key = node_key(n);

		if (metadata_key_is_dropped(key))
			continue;
		if (!check_label_key(c, n, what))
			continue;
		if (key_is_reserved(key))
			diag_at_key(c->diags, CO_LABEL_RESERVED, n, ARGS(str_c(what), key)), c->ok = false;
		else if (values_are_labels)
			check_label_value(c, n, what);
	}
}

/* ---- upstreams among each other ---- */

static struct str upstream_key(const void *upstream)
{
	return ((const struct upstream *)upstream)->name;
}

static void check_unique_names(struct check *c)
{
	const struct manifest *m = c->manifest;
	struct hash            seen;

	hash_init(&seen, c->arena, upstream_key);
	for (size_t i = 0; i < manifest_upstreams(m); i++) {
		struct upstream       *u = manifest_upstream(m, i);
		const struct upstream *earlier = str_present(u->name) ? hash_add(&seen, u) : NULL;

		if (earlier)
			diag_relate(c->diags,
			            check_fail(c, CO_DUPLICATE_NAME, u->node, "name", ARGS(STR("upstream"), u->name)),
			            node_pos(node_get(earlier->node, "name")), "the first one is here", NO_ARGS);
	}
}

/* ---- the whole ---- */

bool manifest_check(struct arena *arena, const struct manifest *m, const struct mesh *mesh, struct diags *diags)
{
	struct check c = { arena, diags, m, mesh, true };

	if (!m->metadata || !m->spec || !m->spec->target)
		return true; /* what is missing was said when it was decoded */
	check_metadata_map(&c, m->metadata->labels, "labels", true);
	check_metadata_map(&c, m->metadata->annotations, "annotations", false);
	check_target(&c, m->spec->target);
	check_unique_names(&c);
	for (size_t i = 0; i < manifest_upstreams(m); i++)
		check_upstream(&c, manifest_upstream(m, i));
	if (m->spec->filter)
		check_filter(&c, m->spec->filter);
	if (mesh->spec->policy)
		check_policy(&c);
	return c.ok;
}

/* A document and what identifies it among those of its kind. */
struct identity {
	struct str         id;
	const struct node *root;
};

static struct str identity_key(const void *identity)
{
	return ((const struct identity *)identity)->id;
}

static const struct node *name_of(const struct node *root)
{
	const struct node *name = node_get(node_get(root, "metadata"), "name");

	return name ? name : root;
}

/* Notes the identity of a document. False: an earlier document has the same one, and an error was added at this one. */
static bool take_identity(struct hash *seen, const char *kind, struct str id, const struct node *root,
                          struct diags *diags)
{
	struct identity *mine = ARENA_NEW(seen->arena, struct identity), *first;

	*mine = (struct identity){ id, root };
	first = hash_add(seen, mine);
	if (!first)
		return true;
	diag_relate(diags, diag_at(diags, CO_DUPLICATE_MANIFEST, name_of(root), ARGS(str_c(kind), id)),
	            node_pos(name_of(first->root)), "the first one is here", NO_ARGS);
	return false;
}

bool inputs_check(struct arena *arena, const struct inputs *inputs, struct diags *diags)
{
	struct hash seen;
	bool        ok = true;

	hash_init(&seen, arena, identity_key);
	for (size_t i = 0; i < inputs->n_manifests; i++) {
		const struct manifest *m = inputs->manifests[i];

		if (m->metadata && str_present(m->metadata->name) && str_present(m->metadata->namespace))
			ok = take_identity(&seen, "FilterManifest", manifest_id(arena, m), m->node, diags) && ok;
	}
	hash_init(&seen, arena, identity_key);
	for (size_t i = 0; i < inputs->n_meshes; i++) {
		const struct mesh *mesh = inputs->meshes[i];

		if (mesh->metadata && str_present(mesh->metadata->name))
			ok = take_identity(&seen, "Mesh", mesh->metadata->name, mesh->node, diags) && ok;
	}
	return ok;
}
