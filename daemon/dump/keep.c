/* What is left of a dump when it was read: copies in the memory of whoever asked. */
#include "dump/reading.h"

static struct str kept(struct arena *keep, struct str s)
{
	return str_present(s) ? str_copy(keep, s) : STR_ABSENT;
}

static struct str *kept_texts(struct arena *keep, const struct str *from, size_t n)
{
	struct str *to = ARENA_ARRAY(keep, n + 1, struct str);

	for (size_t i = 0; i < n; i++)
		to[i] = kept(keep, from[i]);
	return to;
}

static struct address *kept_addresses(struct arena *keep, const struct address *from, size_t n)
{
	struct address *to;

	n = n < KEPT_ADDRESSES ? n : KEPT_ADDRESSES;
	if (n == 0)
		return NULL;
	to = ARENA_ARRAY(keep, n, struct address);
	for (size_t i = 0; i < n; i++)
		to[i] = (struct address){ kept(keep, from[i].host), from[i].port, kept(keep, from[i].name) };
	return to;
}

static struct owner *kept_owners(struct arena *keep, const struct owner *from, size_t n)
{
	struct owner *to = ARENA_ARRAY(keep, n + 1, struct owner);

	for (size_t i = 0; i < n; i++)
		to[i] = (struct owner){ kept(keep, from[i].namespace), kept(keep, from[i].name) };
	return to;
}

static struct setting *kept_settings(struct arena *keep, const struct setting *from, size_t n)
{
	struct setting *to = ARENA_ARRAY(keep, n + 1, struct setting);

	for (size_t i = 0; i < n; i++)
		to[i] = (struct setting){ kept(keep, from[i].key), kept(keep, from[i].value), from[i].bare };
	return to;
}

static struct label_set kept_label_set(struct arena *keep, const struct label_set *from)
{
	return (struct label_set){ kept_settings(keep, from->items, from->n), from->n, from->cut };
}

static struct label_sets kept_label_sets(struct arena *keep, const struct label_sets *from)
{
	struct label_sets sets = { ARENA_ARRAY(keep, from->n + 1, struct label_set), from->n, from->cut };

	for (size_t i = 0; i < from->n; i++)
		sets.items[i] = kept_label_set(keep, &from->items[i]);
	return sets;
}

static struct tls_facts kept_tls(struct arena *keep, const struct tls_facts *from)
{
	struct tls_facts tls = *from;

	tls.sni = kept(keep, tls.sni);
	tls.ca = kept(keep, tls.ca);
	tls.certificate = kept(keep, tls.certificate);
	tls.pattern = kept(keep, tls.pattern);
	tls.odd_name = kept(keep, tls.odd_name);
	tls.names = kept_texts(keep, from->names, from->n_names);
	return tls;
}

static struct socket_match *kept_matches(struct arena *keep, const struct socket_match *from, size_t n)
{
	struct socket_match *to = ARENA_ARRAY(keep, n + 1, struct socket_match);

	for (size_t i = 0; i < n; i++)
		to[i] = (struct socket_match){ kept_label_set(keep, &from[i].labels), kept_tls(keep, &from[i].tls) };
	return to;
}

static struct proxy_cluster *kept_cluster(struct arena *keep, const struct proxy_cluster *from)
{
	struct proxy_cluster *c = arena_copy(keep, from, sizeof(*from));

	c->refusal = kept(keep, c->refusal);
	c->type_text = kept(keep, c->type_text);
	c->eds_service = kept(keep, c->eds_service);
	c->header_name = kept(keep, c->header_name);
	c->sni_header = kept(keep, c->sni_header);
	c->http_filter = kept(keep, c->http_filter);
	c->members = kept_texts(keep, c->members, c->n_members);
	c->rule = kept(keep, c->rule);
	c->addresses = kept_addresses(keep, c->addresses, c->n_addresses);
	c->owners = kept_owners(keep, c->owners, c->n_owners);
	c->own = kept_tls(keep, &c->own);
	c->matches = kept_matches(keep, from->matches, from->n_matches);
	c->mesh = from->mesh ? kept_matches(keep, from->mesh, 1) : NULL;
	c->labels = kept_label_sets(keep, &c->labels);
	c->host_subsets = kept_label_sets(keep, &c->host_subsets);
	c->default_subset = kept_label_set(keep, &c->default_subset);
	cluster_choose_sockets(keep, c, &c->labels);
	return c;
}

static struct proxy_endpoints *kept_endpoints(struct arena *keep, const struct proxy_endpoints *from)
{
	struct proxy_endpoints *e = arena_copy(keep, from, sizeof(*from));

	e->addresses = kept_addresses(keep, e->addresses, e->n_addresses);
	e->labels = kept_label_sets(keep, &e->labels);
	e->subsets = kept_label_sets(keep, &e->subsets);
	e->connects.pos = e->pos;
	return e;
}

static struct proxy_plugin *kept_plugin_alone(struct arena *keep, const struct proxy_plugin *from)
{
	struct proxy_plugin *p = arena_copy(keep, from, sizeof(*from));

	p->name = kept(keep, p->name);
	p->type = kept(keep, p->type);
	p->configuration = kept(keep, p->configuration);
	p->root_id = kept(keep, p->root_id);
	p->failure_policy = kept(keep, p->failure_policy);
	p->code = kept(keep, p->code);
	p->env = kept_settings(keep, p->env, p->n_env < KEPT_ENV ? p->n_env : KEPT_ENV);
	p->refusal = kept(keep, p->refusal);
	return p;
}

static struct proxy_plugin *kept_plugin(struct arena *keep, const struct proxy_plugin *from)
{
	struct proxy_plugin *first = NULL, **last = &first;

	for (; from; from = from->other) {
		*last = kept_plugin_alone(keep, from);
		last = &(*last)->other;
	}
	return first;
}

static struct owner near_owner_of(struct arena *keep, const struct near_kept *n)
{
	if (!n->owner_namespace_n && !n->owner_name_n)
		return (struct owner){ STR_ABSENT, STR_ABSENT };
	return (struct owner){ str_copy(keep, str_of(n->owner, n->owner_namespace_n)),
		               str_copy(keep, str_of(n->owner + n->owner_namespace_n, n->owner_name_n)) };
}

/* Near names are told only of what is not there. */
static struct near_name *kept_near(struct dump_reader *r, struct arena *keep, size_t want)
{
	struct near_kept *from[KEPT_NEAR];
	size_t            n = near_best(r, want, from);
	struct near_name *to;

	if (n == 0)
		return NULL;
	to = ARENA_ARRAY(keep, KEPT_NEAR, struct near_name);
	for (size_t i = 0; i < n; i++)
		to[i] = (struct near_name){ .kind = from[i]->kind,
			                    .distance = from[i]->distance,
			                    .name = str_copy(keep, str_of(from[i]->name, from[i]->n)),
			                    .pos = from[i]->place.line ? tell_place(r, &from[i]->place, from[i]->n + 2)
			                                               : POS_NONE,
			                    .owner = near_owner_of(keep, from[i]) };
	return to;
}

static struct proxy_sync *kept_sync(struct arena *keep, const struct proxy_sync *from)
{
	struct proxy_sync *list = NULL;

	for (; from; from = from->next) {
		struct proxy_sync *s = arena_copy(keep, from, sizeof(*from));

		s->proxy = kept(keep, s->proxy);
		s->clusters.error = kept(keep, s->clusters.error);
		s->plugins.error = kept(keep, s->plugins.error);
		s->next = list;
		list = s;
	}
	return list;
}

static struct proxy_node kept_node(struct arena *keep, const struct proxy_node *from)
{
	struct proxy_node n = *from;

	n.id = kept(keep, n.id);
	n.type = kept(keep, n.type);
	n.pod = kept(keep, n.pod);
	n.namespace = kept(keep, n.namespace);
	n.version = kept(keep, n.version);
	n.revision = kept(keep, n.revision);
	n.labels = kept_settings(keep, n.labels, n.n_labels);
	return n;
}

/* /config_dump?name_regex=… passes clusters, listeners and plugins over, but never the bootstrap. */
static bool is_filtered(const struct proxy_part *part)
{
	return part->configs && part->kinds & DUMP_NODE && part->n_static < part->n_bootstrap;
}

/* Envoy's own answer is whole when all of the bootstrap's clusters are in it; one without a bootstrap was asked for by parts, of which
 * those that come by CDS must be one. */
static bool is_whole(const struct dump_reader *r)
{
	const struct proxy_part *part = r->part;

	if (!part->configs)
		return list_filter_is_none(&r->list_filter);
	return part->kinds & DUMP_NODE ? !is_filtered(part) : part->has_cds_builtin;
}

/* Envoy's own answer with the bootstrap, of which is_filtered tells whether a name_regex left it, or istiod's, which knows no filter. */
static bool is_all(const struct proxy_part *part)
{
	return (part->configs && part->kinds & DUMP_NODE) || part_is_intention(part);
}

struct proxy_part *part_keep(struct dump_reader *r, struct arena *keep)
{
	struct proxy_part *part = arena_copy(keep, r->part, sizeof(*r->part));
	size_t             n = r->wants->n_clusters;

	part->whole = is_whole(r);
	part->listeners_left_by = is_all(part) ? 0 : listener_filter_by(&r->listener_filter);
	part->extensions_whole = is_all(part) || !part->configs;
	part->maybe_filtered = !part->configs && list_filter_may_be(&r->list_filter);
	if (is_filtered(part))
		part->kinds &= ~(unsigned)(DUMP_LISTENERS | DUMP_PLUGINS);
	else if (part->kinds & DUMP_NODE) /* else a mask may have left the type of a section alone */
		part->kinds |= r->titled;
	part->waiting = kept_texts(keep, r->part->waiting, r->part->n_waiting);
	part->node = kept_node(keep, &r->part->node);
	part->sync = kept_sync(keep, r->part->sync);
	part->clusters = ARENA_ARRAY(keep, n + 1, struct proxy_cluster *);
	part->endpoints = ARENA_ARRAY(keep, n + 1, struct proxy_endpoints *);
	part->counts = r->counts ? arena_copy(keep, r->counts, n * sizeof(*r->counts)) : NULL;
	part->near = ARENA_ARRAY(keep, n + 1, struct near_name *);
	part->plugins = ARENA_ARRAY(keep, r->wants->n_plugins + 1, struct proxy_plugin *);
	for (size_t i = 0; i < n; i++) {
		if (r->clusters[i])
			part->clusters[i] = kept_cluster(keep, r->clusters[i]);
		else
			part->near[i] = kept_near(r, keep, i);
		if (r->endpoints[i])
			part->endpoints[i] = kept_endpoints(keep, r->endpoints[i]);
	}
	for (size_t i = 0; i < r->wants->n_plugins; i++)
		if (r->plugins[i])
			part->plugins[i] = kept_plugin(keep, r->plugins[i]);
	return part;
}
