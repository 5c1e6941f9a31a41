/* Objects in a normal form, so that two objects with the same meaning have the same text. */
#include "base/arena.h"
#include "base/limits.h"
#include "krm/object_set.h"
#include "render/yaml_writer.h"

/* Prefixes of the labels and annotations that GitOps tools and kubectl add to what they deliver. */
static const struct str tool_prefixes[] = {
	STR_INIT("argocd.argoproj.io"),          STR_INIT("config.k8s.io"),
	STR_INIT("helm.toolkit.fluxcd.io"),      STR_INIT("kubectl.kubernetes.io"),
	STR_INIT("kustomize.toolkit.fluxcd.io"), STR_INIT("meta.helm.sh"),
};

static const struct str tool_keys[] = {
	STR_INIT("app.kubernetes.io/instance"), /* Argo CD's default tracking label */
	STR_INIT("applyset.kubernetes.io/part-of"),
};

static bool is_of_tool(struct str key)
{
	struct str prefix;

	for (size_t i = 0; i < sizeof(tool_keys) / sizeof(tool_keys[0]); i++)
		if (str_eq(key, tool_keys[i]))
			return true;
	str_cut(key, '/', &prefix);
	if (prefix.n == key.n)
		return false;
	for (size_t i = 0; i < sizeof(tool_prefixes) / sizeof(tool_prefixes[0]); i++)
		if (str_eq(prefix, tool_prefixes[i]))
			return true;
	return str_has_suffix(prefix, STR("config.kubernetes.io"));
}

struct copying {
	struct arena      *arena;
	const struct node *root; /* of the object, which may be an item of a List */
	const struct node *like; /* metadata of the counterpart */
};

static bool is_kept_in_metadata(struct str key)
{
	return str_is(key, "name") || str_is(key, "namespace") || str_is(key, "labels") || str_is(key, "annotations");
}

/* Is this a field whose content the API does not define, such as a plugin's configuration? There nothing may be
 * left out as a default of the server's. */
static bool is_free_form(const struct copying *c, const struct node *n)
{
	for (; n != c->root; n = n->parent)
		if (n->key_p && (str_is(node_key(n), "pluginConfig") || str_is(node_key(n), "value")))
			return true;
	return false;
}

static bool is_nothing(const struct node *n)
{
	return n->kind == NODE_NULL || (!node_is_scalar(n) && n->count == 0);
}

/* Is this entry of the live object left out of the comparison? */
static bool is_left_out(const struct copying *c, const struct node *n)
{
	const struct node *parent = n->parent, *above = parent->parent;
	struct str         key = node_key(n);

	if (!n->key_p)
		return false;
	if (parent == c->root)
		return str_is(key, "status");
	if (above == c->root && str_is(node_key(parent), "metadata") && !is_kept_in_metadata(key))
		return true;
	if (above != c->root && above->parent == c->root && str_is(node_key(above), "metadata") && is_of_tool(key))
		return !node_get_str(node_get_str(c->like, node_key(parent)), key);
	return is_nothing(n) && !is_free_form(c, n);
}

/* Depth is what the reader let pass: LIMIT_DEPTH. */
static void copy_children(const struct copying *c, const struct node *from, struct node *to)
{
	const struct node **children;
	struct node        *tail = NULL;
	uint32_t            n = 0;

	if (from->kind == NODE_MAP) {
		children = node_sorted(c->arena, from);
	} else {
		children = ARENA_ARRAY(c->arena, from->count + 1, const struct node *);
		NODE_EACH (child, from)
			children[n++] = child;
	}
	for (uint32_t i = 0; i < from->count; i++) {
		struct node *before = tail, *copy;

		if (is_left_out(c, children[i]))
			continue;
		copy = node_append(c->arena, to, &tail, node_key(children[i]));
		node_set_text(copy, (enum node_kind)children[i]->kind, node_text(children[i]));
		if (!node_is_scalar(children[i]))
			copy_children(c, children[i], copy);
		if (children[i]->first && !copy->first && !is_free_form(c, children[i])) {
			tail = before; /* all that was in it is left out */
			if (tail)
				tail->next = NULL;
			else
				to->first = NULL;
			to->count--;
		}
	}
}

/* Versions of one group hold the same object: the server may answer with any of them. */
static void take_version(struct arena *arena, struct node *root, const struct node *like)
{
	const struct node *theirs = node_get(like, "apiVersion");
	struct node       *ours = node_entry(arena, root, STR("apiVersion"));
	struct str         group_a, group_b;

	if (!theirs)
		return;
	str_cut(node_text(theirs), '/', &group_a);
	str_cut(node_text(ours), '/', &group_b);
	if (str_eq(group_a, group_b))
		node_set_text(ours, NODE_STRING, node_text(theirs));
}

struct str object_text(struct arena *arena, const struct node *root, const struct node *like)
{
	struct copying   c = { arena, root, node_get(like, "metadata") };
	struct document *doc = document_new(arena, NULL);
	struct buf       b;

	doc->root.kind = NODE_MAP;
	copy_children(&c, root, &doc->root);
	if (like)
		take_version(arena, &doc->root, like);
	buf_init(&b, arena, 4 * LIMIT_OBJECT_BYTES);
	yaml_write_document(&b, &doc->root);
	return str_slice(buf_str(&b), sizeof("---\n") - 1, b.n);
}
