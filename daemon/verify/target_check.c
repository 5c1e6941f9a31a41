/* Is the dump of a proxy that the manifest is for? */
#include "names/istio_version.h"
#include "names/labels.h"
#include "verify/judging.h"

static struct str proxy_word(struct str type)
{
	return str_is(type, "router") ? STR("gateway") : type;
}

static struct str wants_proxy(const struct manifest *m)
{
	static const struct str words[] = {
		[PROXY_SIDECAR] = STR_INIT("sidecar"),
		[PROXY_GATEWAY] = STR_INIT("gateway"),
		[PROXY_WAYPOINT] = STR_INIT("waypoint"),
	};

	return words[m->spec->target->proxy];
}

/* A waypoint elsewhere is named; a plugin in the root namespace reaches every namespace. */
static bool is_namespace(const struct manifest *m, const struct mesh *mesh, struct str namespace)
{
	const struct target *t = m->spec->target;

	if (t->waypoint && str_present(t->waypoint->namespace) && str_eq(t->waypoint->namespace, namespace))
		return true;
	return str_eq(m->metadata->namespace, namespace) || str_eq(m->metadata->namespace, mesh->spec->root_namespace);
}

static struct str label_of(const struct proxy_node *node, struct str key)
{
	const struct setting *label = setting_find(node->labels, node->n_labels, key);

	return label ? label->value : STR_ABSENT;
}

static struct str other_label(struct arena *arena, const struct manifest *m, const struct proxy_node *node)
{
	const struct selector *s = m->spec->target->selector;

	if (!s || !node->has_labels)
		return STR_ABSENT;
	NODE_EACH (wanted, s->match_labels) {
		struct str has = label_of(node, node_key(wanted));

		if (str_present(has) ? !str_eq(has, node_text(wanted)) : !node->labels_cut)
			return STR_CONCAT(arena, STR("label "), node_key(wanted), STR(" is "),
			                  str_present(has) ? has : STR("not set"), STR(", not "), node_text(wanted));
	}
	return STR_ABSENT;
}

static bool refers_to_gateway(const struct target *t, struct str name)
{
	bool any = false;

	if (t->waypoint && str_eq(t->waypoint->name, name))
		return true;
	for (size_t i = 0; i < t->target_refs.n; i++) {
		const struct target_ref *ref = (const struct target_ref *)t->target_refs.items + i;

		if (!str_is(ref->kind, "Gateway"))
			continue;
		any = true;
		if (str_eq(ref->name, name))
			return true;
	}
	return !any && !t->waypoint;
}

static struct str other_gateway(struct arena *arena, const struct manifest *m, const struct proxy_node *node)
{
	struct str name = label_of(node, STR(LABEL_GATEWAY));

	if (!str_present(name) || refers_to_gateway(m->spec->target, name))
		return STR_ABSENT;
	return STR_CONCAT(arena, STR("it is of Gateway "), name);
}

/* Without a Mesh the manifests are for the versions from ISTIO_DEFAULT_LOWEST on, which nobody may have chosen. */
static struct str version_remedy(struct arena *arena, int minor)
{
	if (!istio_version_known(minor))
		return STR_ABSENT;
	return str_fmt(arena, "if the mesh runs it, say so: --istio-version 1.%d, or istioVersions of a Mesh", minor);
}

static struct str other_version(struct arena *arena, const struct mesh *mesh, const struct proxy_node *node,
                                struct str *ret_remedy)
{
	size_t     dash = str_find(node->version, '-', 0);
	int        minor;
	struct str version = str_slice(node->version, 0, dash);

	if (!str_present(node->version) || !istio_version_parse(version, &minor) ||
	    (minor >= mesh->versions.low && minor <= mesh->versions.high))
		return STR_ABSENT;
	*ret_remedy = version_remedy(arena, minor);
	return STR_CONCAT(arena, STR("Istio "), node->version, STR(", not "),
	                  version_range_text(arena, mesh->versions));
}

struct str target_difference(struct arena *arena, const struct manifest *m, const struct mesh *mesh,
                             const struct proxy_node *node, struct str *ret_remedy)
{
	struct str label;

	*ret_remedy = STR_ABSENT;
	if (!node)
		return STR_ABSENT;
	if (str_present(node->type) && !str_eq(proxy_word(node->type), wants_proxy(m)))
		return STR_CONCAT(arena, STR("it is a "), proxy_word(node->type), STR(", not a "), wants_proxy(m));
	if (str_present(node->namespace) && !is_namespace(m, mesh, node->namespace))
		return STR_CONCAT(arena, STR("namespace "), node->namespace, STR(", not "), m->metadata->namespace);
	label = other_label(arena, m, node);
	if (!str_present(label))
		label = other_gateway(arena, m, node);
	return str_present(label) ? label : other_version(arena, mesh, node, ret_remedy);
}
