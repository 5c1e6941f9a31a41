/* Makes a found manifest a document: target, filter, upstreams, and placeholders in place of cluster names. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "import/importing.h"
#include "manifest/manifest.h"
#include "manifest/manifest_check.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

/* ---- metadata ---- */

static bool is_own_key(struct str key)
{
	static const char *const keys[] = {
		"app.kubernetes.io/managed-by",   "app.kubernetes.io/instance",
		"istio.io/use-waypoint",          "networking.istio.io/enable-autoallocate-ip",
		"applyset.kubernetes.io/part-of", NULL
	};

	for (size_t i = 0; keys[i]; i++)
		if (str_is(key, keys[i]))
			return true;
	return str_has_prefix(key, STR("callout.dev/")) || str_has_prefix(key, STR("kustomize.toolkit.fluxcd.io/")) ||
	       str_has_prefix(key, STR("helm.toolkit.fluxcd.io/")) || metadata_key_is_dropped(key);
}

static void put_pairs(struct importer *im, struct node *metadata, const char *name, const struct node *from)
{
	struct node *to = NULL;

	NODE_EACH (n, from) {
		if (is_own_key(node_key(n)) || n->kind == NODE_NULL)
			continue;
		to = to ? to : put(im->arena, metadata, name, NODE_MAP);
		put_text(im->arena, to, str_copy(im->arena, node_key(n)).p, node_text(n));
	}
}

/* ---- services: clusters that istiod makes, named in the configuration ---- */

static struct found_upstream *upstream_of(const struct found_manifest *m, struct str cluster)
{
	for (struct found_upstream *u = m->upstreams; u; u = u->next)
		if (str_eq(u->cluster, cluster))
			return u;
	return NULL;
}

/* <name>.<namespace>.svc.<clusterDomain>: in another domain than the mesh's, an upstream with `service` is another cluster. */
static bool split_service(const struct importer *im, struct str host, struct str *name, struct str *namespace)
{
	struct str rest = str_cut(host, '.', name), svc;

	rest = str_cut(str_cut(rest, '.', namespace), '.', &svc);
	return str_present(rest) && str_is(svc, "svc") && name->n && namespace->n &&
	       str_eq(rest, hostname_without_dot(im->mesh->cluster_domain));
}

static bool put_service(struct importer *im, struct found_manifest *m, struct str cluster)
{
	struct cluster_name    parts = cluster_name_parse(cluster);
	struct found_upstream *u = ARENA_NEW(im->arena, struct found_upstream);
	struct str             name, namespace;
	struct node           *service;

	split_service(im, parts.host, &name, &namespace);
	u->cluster = cluster;
	u->authority = parts.host;
	u->name = label_from(im->arena, name);
	u->node = map_new(im->arena);
	put_text(im->arena, u->node, "name", u->name);
	service = put(im->arena, u->node, "service", NODE_MAP);
	put_text(im->arena, service, "name", name);
	put_text(im->arena, service, "namespace", namespace);
	put_int(im->arena, u->node, "port", parts.port);
	if (parts.subset.n)
		put_text(im->arena, u->node, "subset", parts.subset);
	return found_manifest_add(im, m, u);
}

/* A cluster that no object of the namespace makes: it is taken to be in the proxy. */
static void put_existing(struct importer *im, struct found_manifest *m, struct str cluster)
{
	struct found_upstream *u = ARENA_NEW(im->arena, struct found_upstream);

	u->cluster = cluster;
	u->name = label_from(im->arena, cluster_name_parse(cluster).host);
	u->node = map_new(im->arena);
	put_text(im->arena, u->node, "name", u->name);
	put_text(im->arena, u->node, "cluster", cluster);
	if (found_manifest_add(im, m, u))
		diag_add(im->diags, CO_IMPORT_CHANGED, POS_NONE,
		         ARGS(m->key, STR_CONCAT(im->arena, STR("no object of its namespace makes the cluster "),
		                                 cluster, STR(", so it is taken to be in the proxy already"))));
}

static void add_service(struct importer *im, struct found_manifest *m, struct str cluster)
{
	struct cluster_name parts = cluster_name_parse(cluster);
	struct str          name, namespace;

	if (!str_is(parts.direction, "outbound") || !parts.port || !str_present(parts.host) || upstream_of(m, cluster))
		return;
	if (split_service(im, parts.host, &name, &namespace))
		put_service(im, m, cluster);
	else if (hostname_check(parts.host, NULL) == HOSTNAME_OK)
		put_existing(im, m, cluster);
}

static void find_services(struct importer *im, struct found_manifest *m, const struct node *config)
{
	if (config->kind == NODE_STRING)
		add_service(im, m, node_text(config));
	NODE_EACH (n, config)
		find_services(im, m, n);
}

/* In code a cluster's name is a quoted word. */
static void find_services_in_code(struct importer *im, struct found_manifest *m, struct str code)
{
	size_t at = 0;

	while ((at = str_find_str(code, STR("outbound|"), at)) < code.n) {
		size_t end = at;

		while (end < code.n && !strchr("\"'] \t\r\n,)", code.p[end]))
			end++;
		add_service(im, m, str_slice(code, at, end));
		at = end;
	}
}

/* Services that are only referred to: their cluster's port is not written down anywhere. */
static void add_referenced(struct importer *im, struct found_manifest *m)
{
	struct str rest = m->services, one, host, name, namespace;

	while (str_present(rest)) {
		bool known = false;

		rest = str_cut(rest, ',', &one);
		host = str_cut(one, '/', &namespace); /* of "namespace/host" */
		one = str_present(host) ? host : one;
		for (const struct found_upstream *u = m->upstreams; u; u = u->next)
			known = known || str_eq(cluster_name_parse(u->cluster).host, one);
		if (known || !split_service(im, one, &name, &namespace))
			continue;
		if (put_service(im, m, cluster_name_outbound(im->arena, 80, STR(""), one)))
			diag_add(im->diags, CO_IMPORT_CHANGED, POS_NONE,
			         ARGS(m->key, STR_CONCAT(im->arena, STR("the port of "), one,
			                                 STR(" is not written down; 80 was taken"))));
	}
}

/* ---- names ---- */

static bool name_is_taken(const struct found_manifest *m, const struct found_upstream *until, struct str name)
{
	for (const struct found_upstream *u = m->upstreams; u != until; u = u->next)
		if (str_eq(u->name, name))
			return true;
	return false;
}

/* A host with several ports, or several hosts with one first label, make one name more than once. */
static void make_names_unique(struct importer *im, struct found_manifest *m)
{
	enum { ROOM = 52 }; /* for a number behind it, within 63 */

	for (struct found_upstream *u = m->upstreams; u; u = u->next) {
		struct str base = str_slice(u->name, 0, ROOM);

		for (unsigned i = 2; name_is_taken(m, u, u->name); i++)
			u->name = STR_CONCAT(im->arena, base, STR("-"), str_from_uint(im->arena, i));
		node_set_text(u->node->first, NODE_STRING, u->name);
	}
}

/* ---- placeholders ---- */

static bool says_authority(const struct node *n)
{
	for (size_t i = 0; n->key_p && i < n->key_n; i++) {
		struct str rest = str_slice(node_key(n), i, n->key_n);

		if ((rest.n >= 9 && str_eq_nocase(str_slice(rest, 0, 9), STR("authority"))) ||
		    (rest.n >= 4 && str_eq_nocase(str_slice(rest, 0, 4), STR("host"))))
			return true;
	}
	return false;
}

static struct str placeholder(struct importer *im, const struct found_upstream *u, const char *field)
{
	return STR_CONCAT(im->arena, STR("${upstreams."), u->name, STR("."), str_c(field), STR("}"));
}

/* Replaces names of clusters in a text by placeholders, and escapes what looks like a placeholder. */
static struct str replace_in(struct importer *im, const struct found_manifest *m, struct str text)
{
	struct buf b;

	buf_init(&b, im->arena, 4 * LIMIT_DOCUMENT_BYTES);
	for (size_t at = 0; at < text.n;) {
		struct str                   rest = str_slice(text, at, text.n);
		const struct found_upstream *found = NULL;

		for (const struct found_upstream *u = mention_begins(text, at) ? m->upstreams : NULL; u; u = u->next)
			if (mention_is(text, at, u->cluster) && (!found || u->cluster.n > found->cluster.n))
				found = u;
		if (found) {
			buf_add(&b, placeholder(im, found, "cluster"));
			at += found->cluster.n;
		} else {
			if (str_has_prefix(rest, STR("${")))
				buf_char(&b, '$');
			buf_char(&b, text.p[at++]);
		}
	}
	return buf_str(&b);
}

static void replace_strings(struct importer *im, const struct found_manifest *m, struct node *n)
{
	if (n->kind == NODE_STRING) {
		for (const struct found_upstream *u = m->upstreams; u; u = u->next) {
			if (says_authority(n) && str_eq(node_text(n), u->authority)) {
				node_set_text(n, NODE_STRING, placeholder(im, u, "authority"));
				return;
			}
		}
		node_set_text(n, NODE_STRING, replace_in(im, m, node_text(n)));
	}
	for (struct node *child = n->first; child; child = child->next)
		replace_strings(im, m, child);
}

/* ---- the document ---- */

/* Its default is ".", in the root namespace "*", and beside a waypoint elsewhere that one's namespace. */
static bool is_usual_export(const struct importer *im, const struct found_manifest *m, const struct node *n)
{
	struct str usual = STR(".");

	if (str_present(m->waypoint_namespace))
		usual = m->waypoint_namespace;
	else if (str_eq(m->namespace, im->mesh->root_namespace))
		usual = STR("*");

	return str_is(node_key(n), "exportTo") && n->count == 1 && str_eq(node_text(n->first), usual);
}

static void put_upstreams(struct importer *im, const struct found_manifest *m, struct node *list)
{
	for (const struct found_upstream *u = m->upstreams; u; u = u->next) {
		struct node *tail = list->first, *copy;

		while (tail && tail->next)
			tail = tail->next;
		copy = node_append(im->arena, list, &tail, STR_ABSENT);
		copy->kind = NODE_MAP;
		NODE_EACH (n, u->node)
			if (!is_usual_export(im, m, n))
				put_copy(im->arena, copy, str_copy(im->arena, node_key(n)).p, n);
	}
}

bool manifest_is_something(struct importer *im, struct found_manifest *m)
{
	if (m->config)
		find_services(im, m, m->config);
	if (m->code)
		find_services_in_code(im, m, node_text(m->code));
	add_referenced(im, m);
	return m->filter || m->upstreams || m->config;
}

struct document *manifest_document(struct importer *im, struct found_manifest *m)
{
	struct document *doc = document_new(im->arena, NULL);
	struct node     *metadata, *spec;

	make_names_unique(im, m);
	if (m->config)
		replace_strings(im, m, m->config);
	if (m->code)
		node_set_text(m->code, NODE_STRING, replace_in(im, m, node_text(m->code)));
	doc->root.kind = NODE_MAP;
	put_text(im->arena, &doc->root, "apiVersion", STR(CALLOUT_API_VERSION));
	put_text(im->arena, &doc->root, "kind", STR("FilterManifest"));
	metadata = put(im->arena, &doc->root, "metadata", NODE_MAP);
	put_text(im->arena, metadata, "name", m->name);
	put_text(im->arena, metadata, "namespace", m->namespace);
	put_pairs(im, metadata, "labels", node_get(m->metadata, "labels"));
	put_pairs(im, metadata, "annotations", node_get(m->metadata, "annotations"));
	spec = put(im->arena, &doc->root, "spec", NODE_MAP);
	put_target(im, m, spec);
	if (m->filter)
		put_copy(im->arena, spec, "filter", m->filter);
	if (m->upstreams)
		put_upstreams(im, m, put(im->arena, spec, "upstreams", NODE_LIST));
	return doc;
}
