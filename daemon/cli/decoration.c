#include "cli/decoration.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "names/hostname.h"

/* kubectl's own keys (pkg/cmd/apply/applyset.go), which are not those of the KEP's text. */
#define PART_OF         "applyset.kubernetes.io/part-of"
#define SET_ID          "applyset.kubernetes.io/id"
#define TOOLING         "applyset.kubernetes.io/tooling"
#define GROUP_KINDS     "applyset.kubernetes.io/contains-group-kinds"
#define MORE_NAMESPACES "applyset.kubernetes.io/additional-namespaces"
#define SYNC_WAVE       "argocd.argoproj.io/sync-wave"

/* In the order of their group kinds, which is how the annotation has them. */
static const struct {
	const char *kind, *group_kind;
} known_kinds[] = {
	{ "DestinationRule", "DestinationRule.networking.istio.io" },
	{ "EnvoyFilter", "EnvoyFilter.networking.istio.io" },
	{ "ServiceEntry", "ServiceEntry.networking.istio.io" },
	{ "TrafficExtension", "TrafficExtension.extensions.istio.io" },
	{ "WasmPlugin", "WasmPlugin.extensions.istio.io" },
};
enum { KNOWN_KINDS = sizeof(known_kinds) / sizeof(known_kinds[0]) };

/* "applyset-" base64url(sha256("<name>.<namespace>.<kind>.<group>")) "-v1"; the group of a ConfigMap is empty. */
static struct str set_id(struct arena *arena, struct str name, struct str namespace)
{
	struct str        text = STR_CONCAT(arena, name, STR("."), namespace, STR(".ConfigMap."));
	struct sha256_ctx ctx;
	uint8_t           digest[SHA256_DIGEST_SIZE];
	char              encoded[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE)];
	size_t            n = sizeof(encoded);

	sha256_init(&ctx);
	sha256_update(&ctx, text.n, (const uint8_t *)text.p);
	sha256_digest(&ctx, sizeof(digest), digest);
	base64_encode_raw(encoded, sizeof(digest), digest);
	while (n && encoded[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++)
		encoded[i] = encoded[i] == '+' ? '-' : encoded[i] == '/' ? '_' : encoded[i];
	return STR_CONCAT(arena, STR("applyset-"), str_of(encoded, n), STR("-v1"));
}

bool decoration_read(struct decoration *d, struct run *run)
{
	struct str given = argument_str(run->arguments, OPTION_APPLYSET), head, rest;
	struct str namespace = argument_str(run->arguments, OPTION_NAMESPACE);

	*d = (struct decoration){ .arena = run->arena, .sync_waves = run->arguments->options[OPTION_SYNC_WAVES].n > 0 };
	if (!str_present(given))
		return true;
	rest = str_cut(given, '/', &head);
	d->set_name = str_present(rest) ? rest : head;
	d->set_namespace = str_present(rest) ? head : str_present(namespace) ? namespace : STR("default");
	if (!dns_subdomain_is(d->set_name) || !dns_label_is(d->set_namespace)) {
		usage_error(run->command, "--applyset %s is not NAME or NAMESPACE/NAME", given.p);
		return false;
	}
	d->set_id = set_id(run->arena, d->set_name, d->set_namespace);
	return true;
}

void decoration_note(struct decoration *d, const struct resource *r)
{
	for (unsigned i = 0; i < KNOWN_KINDS; i++)
		if (strcmp(known_kinds[i].kind, r->kind) == 0)
			d->kinds |= 1u << i;
	for (size_t i = 0; i < d->n_namespaces; i++)
		if (str_eq(d->namespaces[i], r->namespace))
			return;
	d->namespaces = ARENA_LIST(d->arena, d->namespaces, d->n_namespaces, &d->cap_namespaces, struct str);
	d->namespaces[d->n_namespaces++] = str_copy(d->arena, r->namespace);
}

/* ---- one object ---- */

static struct node *entry_map(struct arena *arena, struct node *parent, const char *name)
{
	struct node *tail = parent->first;

	if (node_get(parent, name))
		return node_entry(arena, parent, str_c(name));
	while (tail && tail->next)
		tail = tail->next;
	tail = node_append(arena, parent, &tail, str_c(name));
	tail->kind = NODE_MAP;
	return tail;
}

static void set_pair(struct arena *arena, struct node *object, const char *map, const char *key, struct str value)
{
	struct node *metadata = node_entry(arena, object, STR("metadata"));

	node_set_text(node_entry(arena, entry_map(arena, metadata, map), str_c(key)), NODE_STRING, value);
}

static bool carries_filter(const struct node *object)
{
	NODE_EACH (patch, node_get(node_get(object, "spec"), "configPatches")) {
		const struct node *to = node_get(patch, "applyTo");

		if (to && str_is(node_text(to), "HTTP_FILTER"))
			return true;
	}
	return false;
}

int decoration_wave(struct str kind, const struct node *object)
{
	if (str_is(kind, "ServiceEntry") || str_is(kind, "DestinationRule"))
		return WAVE_OF_HOSTS;
	return str_is(kind, "EnvoyFilter") && !carries_filter(object) ? WAVE_OF_CLUSTERS : WAVE_OF_FILTERS;
}

static bool is_shared(const struct node *object)
{
	return node_get(node_get(node_get(object, "metadata"), "annotations"), "callout.dev/manifests") != NULL;
}

const struct node *decoration_add(const struct decoration *d, struct arena *arena, const struct resource *r,
                                  const struct node *object, struct diags *diags)
{
	struct node *copy;

	if (!decoration_is_set(d))
		return object;
	copy = &tree_copy(arena, object)->root;
	if (d->sync_waves)
		set_pair(arena, copy, "annotations", SYNC_WAVE,
		         str_from_int(arena, decoration_wave(str_c(r->kind), object)));
	if (str_present(d->set_name) && is_shared(object))
		diag_add(diags, CO_APPLYSET_SHARED, node_pos(r->node),
		         ARGS(STR_CONCAT(arena, str_c(r->kind), STR(" "), r->namespace, STR("/"), r->name)));
	else if (str_present(d->set_name))
		set_pair(arena, copy, "labels", PART_OF, d->set_id);
	return copy;
}

/* ---- the parent ---- */

struct resource decoration_parent(const struct decoration *d)
{
	return (struct resource){ "ConfigMap", d->set_namespace, d->set_name, NULL, NULL };
}

static void add_listed(struct buf *b, struct str s)
{
	if (b->n)
		buf_char(b, ',');
	buf_add(b, s);
}

static void set_contents(const struct decoration *d, struct node *root)
{
	struct buf kinds, namespaces;

	buf_init(&kinds, d->arena, KIB);
	buf_init(&namespaces, d->arena, LIMIT_ANNOTATION_BYTES);
	for (unsigned i = 0; i < KNOWN_KINDS; i++)
		if (d->kinds & 1u << i)
			add_listed(&kinds, str_c(known_kinds[i].group_kind));
	str_sort(d->namespaces, d->n_namespaces);
	for (size_t i = 0; i < d->n_namespaces; i++)
		if (!str_eq(d->namespaces[i], d->set_namespace))
			add_listed(&namespaces, d->namespaces[i]);
	set_pair(d->arena, root, "annotations", TOOLING, STR("callout/v1.0.0"));
	set_pair(d->arena, root, "annotations", GROUP_KINDS, buf_str(&kinds));
	if (namespaces.n)
		set_pair(d->arena, root, "annotations", MORE_NAMESPACES, buf_str(&namespaces));
}

const struct node *decoration_parent_tree(const struct decoration *d)
{
	struct document *doc = document_new(d->arena, NULL);
	struct node     *tail = NULL, *metadata, *inner = NULL;

	doc->root.kind = NODE_MAP;
	node_set_text(node_append(d->arena, &doc->root, &tail, STR("apiVersion")), NODE_STRING, STR("v1"));
	node_set_text(node_append(d->arena, &doc->root, &tail, STR("kind")), NODE_STRING, STR("ConfigMap"));
	metadata = node_append(d->arena, &doc->root, &tail, STR("metadata"));
	metadata->kind = NODE_MAP;
	node_set_text(node_append(d->arena, metadata, &inner, STR("name")), NODE_STRING, d->set_name);
	node_set_text(node_append(d->arena, metadata, &inner, STR("namespace")), NODE_STRING, d->set_namespace);
	set_pair(d->arena, &doc->root, "labels", "app.kubernetes.io/managed-by", STR("callout"));
	set_pair(d->arena, &doc->root, "labels", SET_ID, d->set_id);
	set_contents(d, &doc->root);
	return &doc->root;
}
