/* One proxy of its parts: of what several of them tell, what counts. */
#include "dump/proxy_merge.h"

#include "base/arena.h"

/* Of two views of a cluster the one that was seen active counts. */
static const struct proxy_cluster *better(const struct proxy_cluster *a, const struct proxy_cluster *b)
{
	if (!a || !b)
		return a ? a : b;
	return a->active && !b->active ? a : b;
}

static bool is_better_list(const struct proxy_part *a, const struct proxy_part *b)
{
	if (!b || a->whole != b->whole)
		return !b || a->whole;
	return a->configs || !b->configs;
}

/* Behind the last of those that count: what listeners that are in use carry inline. The last one then. */
static struct proxy_plugin *add_others(struct arena *arena, struct proxy_plugin *last, const struct proxy_plugin *from)
{
	for (; from; from = from->other) {
		if (!from->active || from->seen & PLUGIN_ECDS || !str_present(from->type))
			continue;
		last->other = arena_copy(arena, from, sizeof(*from));
		last = last->other;
		last->other = NULL;
	}
	return last;
}

static void merge_plugin(struct arena *arena, const struct proxy_plugin **into, const struct proxy_plugin *from)
{
	const struct proxy_plugin *base;
	struct proxy_plugin       *p;

	if (!from)
		return;
	if (!*into) {
		*into = from;
		return;
	}
	base = from->seen & PLUGIN_ECDS || !(*into)->seen ? from : *into;
	p = arena_copy(arena, base, sizeof(*p));
	p->other = NULL;
	(void)add_others(arena, add_others(arena, p, base->other), base == from ? *into : from);
	p->seen = (*into)->seen | from->seen;
	p->active = (*into)->active || from->active;
	p->enabled = (*into)->enabled || from->enabled;
	p->by_rds = (*into)->by_rds || from->by_rds;
	p->matched = (*into)->matched || from->matched;
	p->refused = (*into)->refused || from->refused;
	if (!str_present(p->refusal))
		p->refusal = str_present(from->refusal) ? from->refusal : (*into)->refusal;
	if (from->config_fail || (*into)->config_fail) {
		const struct proxy_plugin *with = from->config_fail ? from : *into;

		p->config_fail = with->config_fail;
		p->stats_pos = with->stats_pos;
	}
	*into = p;
}

/* Only /clusters tells of connections, and its health counts the checks of Envoy itself. */
static bool tells_connections(const struct proxy_endpoints *e)
{
	return e->connects.n || e->n_untried;
}

/* Of two views of the same hosts the one with more of them counts, else that of /clusters, else the later one; but first of all one of
 * which it is known whose it is. */
static bool is_better_view(const struct proxy_endpoints *later, const struct proxy_endpoints *old)
{
	if (later->mixed != old->mixed)
		return old->mixed;
	if (later->n != old->n)
		return later->n > old->n;
	return tells_connections(later) || !tells_connections(old);
}

/* What only an assignment tells, and /clusters does not. */
static void merge_assigned(struct host_levels *into, const struct host_levels *from)
{
	into->factor = from->factor;
	into->by_weight = from->by_weight;
	into->weights_shown = from->weights_shown;
	for (size_t i = 0; i < KEPT_LEVELS; i++) {
		into->items[i].weighted = from->items[i].weighted;
		into->items[i].n_weighted = from->items[i].n_weighted;
		into->items[i].n_weighted_healthy = from->items[i].n_weighted_healthy;
	}
}

/* What only the other view tells is kept, in whatever order they come; hosts that it does not know were not tried. */
static void merge_endpoints(struct arena *arena, const struct proxy_endpoints **into,
                            const struct proxy_endpoints *from)
{
	const struct proxy_endpoints *base = from, *other = *into;
	struct proxy_endpoints       *e;

	if (!from || !other) {
		*into = from ? from : other;
		return;
	}
	if (!is_better_view(from, other)) {
		base = other;
		other = from;
	}
	e = arena_copy(arena, base, sizeof(*base));
	e->dropped = base->dropped > other->dropped ? base->dropped : other->dropped;
	*into = e;
	if (other->mixed && !base->mixed)
		return;
	if (!base->levels.weights_shown)
		merge_assigned(&e->levels, &other->levels);
	if (!base->labels.n)
		e->labels = other->labels;
	e->labels.cut = base->labels.cut || other->labels.cut;
	if (!base->subsets.n)
		e->subsets = other->subsets;
	if (!tells_connections(base) && tells_connections(other)) {
		e->connects = other->connects;
		e->n_untried = other->n_untried + (base->n - other->n);
	}
}

/* Of all parts, the lists by one name: of /clusters (by_cluster), or those that were sent. */
static const struct proxy_endpoints *lists_by_name(struct arena *arena, const struct proxy_state *s, size_t want,
                                                   bool by_cluster)
{
	const struct proxy_endpoints *joined = NULL;

	for (size_t i = 0; i < s->n_parts; i++) {
		const struct proxy_part      *part = s->parts[i];
		const struct proxy_endpoints *e = part->endpoints[want];

		if (e && e->by_cluster == by_cluster && !(s->intention && part_is_intention(part)))
			merge_endpoints(arena, &joined, e);
	}
	return joined;
}

/* What was sent goes by the name of the service, and what /clusters says by the cluster's own; what else goes by these names is of other
 * clusters. */
static void join_service(struct arena *arena, struct proxy_state *s, size_t want)
{
	const struct proxy_cluster   *c = s->clusters[want];
	const struct proxy_endpoints *joined;
	const struct dump_want       *service;

	if (!c || !cluster_has_other_service(c))
		return;
	service = hash_get(&s->wants->by_name, c->eds_service);
	if (!service)
		return;
	joined = lists_by_name(arena, s, service->index, false);
	merge_endpoints(arena, &joined, lists_by_name(arena, s, want, true));
	s->endpoints[want] = joined;
}

/* Where matches choose by the labels of endpoints that come by EDS. */
static const struct proxy_cluster *with_sockets(struct arena *arena, const struct proxy_cluster *c,
                                                const struct proxy_endpoints *e)
{
	struct proxy_cluster *made;

	if (!c || !c->n_matches || c->type != CLUSTER_EDS || !e || e->mixed || !e->labels.n)
		return c;
	made = arena_copy(arena, c, sizeof(*c));
	cluster_choose_sockets(arena, made, &e->labels);
	return made;
}

static void merge_part(struct arena *arena, struct proxy_state *s, const struct proxy_part *part)
{
	s->kinds |= part->kinds;
	if (str_present(part->node.id)) {
		if (s->node && !str_eq(s->node->id, part->node.id))
			s->other_node = s->node;
		s->node = &part->node;
	}
	if (part->kinds & DUMP_CLUSTERS && is_better_list(part, s->list))
		s->list = part;
	if (part->has_cds_stats)
		s->stats = part;
	for (size_t i = 0; i < s->wants->n_clusters; i++) {
		s->clusters[i] = better(s->clusters[i], part->clusters[i]);
		merge_endpoints(arena, &s->endpoints[i], part->endpoints[i]);
		if (part->counts && (part->counts[i].connects.n || part->counts[i].has_hosts))
			s->counts[i] = part->counts[i];
	}
	for (size_t i = 0; i < s->wants->n_plugins; i++)
		merge_plugin(arena, &s->plugins[i], part->plugins[i]);
}

/* ---- parts that disagree ---- */

static bool denies(const struct proxy_part *part, size_t want)
{
	return part->kinds & DUMP_CLUSTERS && part->whole && !part->clusters[want];
}

/* Two answers of /clusters? */
static bool count_otherwise(const struct proxy_endpoints *a, const struct proxy_endpoints *b)
{
	return a && b && tells_connections(a) && tells_connections(b) &&
	       (a->n != b->n || a->n_healthy != b->n_healthy || a->connects.n != b->connects.n ||
	        a->connects.n_failed != b->connects.n_failed);
}

static bool has_active(const struct proxy_part *part, size_t want)
{
	return part->clusters[want] && part->clusters[want]->active;
}

static bool counts_hosts(const struct proxy_part *part, size_t want)
{
	return part->endpoints[want] && tells_connections(part->endpoints[want]);
}

static const struct proxy_part *first_that(const struct proxy_state *s, size_t want,
                                           bool (*tells)(const struct proxy_part *, size_t))
{
	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i] != s->intention && tells(s->parts[i], want))
			return s->parts[i];
	return NULL;
}

/* The first that tells of it stands for all that do, so that many parts take no more than one look at each. */
static bool quarrel_on(struct proxy_state *s, size_t want)
{
	const struct proxy_part *has = first_that(s, want, has_active), *counts = first_that(s, want, counts_hosts);
	const struct proxy_part *lacks = has ? first_that(s, want, denies) : NULL;

	for (size_t i = 0; has && !lacks && i < s->n_parts; i++)
		if (s->parts[i] != s->intention && has_active(s->parts[i], want) &&
		    cluster_differs(has->clusters[want], s->parts[i]->clusters[want]))
			lacks = s->parts[i];
	for (size_t i = 0; counts && !lacks && i < s->n_parts; i++)
		if (count_otherwise(counts->endpoints[want], s->parts[i]->endpoints[want])) {
			has = counts;
			lacks = s->parts[i];
		}
	s->told = has;
	s->denied = lacks;
	return lacks != NULL;
}

static void find_quarrel(struct proxy_state *s)
{
	for (size_t want = 0; want < s->wants->n_clusters; want++)
		if (quarrel_on(s, want)) {
			s->quarrel = s->wants->clusters[want].name;
			return;
		}
	s->told = s->denied = NULL;
}

static const struct proxy_part *find_intention(const struct proxy_state *s)
{
	const struct proxy_part *found = NULL;
	bool                     real = false;

	for (size_t i = 0; i < s->n_parts; i++)
		if (part_is_intention(s->parts[i]))
			found = s->parts[i];
		else
			real = real || s->parts[i]->kinds & DUMP_CLUSTERS;
	return real ? found : NULL;
}

void proxy_state_merge(struct arena *arena, struct proxy_state *s)
{
	size_t n = s->wants->n_clusters;

	s->clusters = ARENA_ARRAY(arena, n + 1, const struct proxy_cluster *);
	s->endpoints = ARENA_ARRAY(arena, n + 1, const struct proxy_endpoints *);
	s->counts = ARENA_ARRAY(arena, n + 1, struct proxy_counts);
	s->plugins = ARENA_ARRAY(arena, s->wants->n_plugins + 1, const struct proxy_plugin *);
	s->intention = find_intention(s);
	for (size_t i = 0; i < s->n_parts; i++)
		if (!s->intention || !part_is_intention(s->parts[i]))
			merge_part(arena, s, s->parts[i]);
	find_quarrel(s);
	for (size_t i = 0; i < n; i++)
		join_service(arena, s, i);
	for (size_t i = 0; i < n; i++)
		s->clusters[i] = with_sockets(arena, s->clusters[i], s->endpoints[i]);
}
