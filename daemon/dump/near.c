/* Names that look like one that is wanted. Every cluster of the dump passes here, so what costs comes last: groups of wants
 * are found by hashes, and only misspelt names need a look at each want of a similar length, which is one comparison of 64
 * bits for nearly all of them. What is near to a whole group alike, by its first label, is kept once for the group. */
#include <limits.h>

#include "dump/near_index.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

/* How a met name is near to a wanted one. */
struct nearness {
	enum near_kind kind;
	unsigned       distance;
};

enum { DOMAIN_DISTANCE = 6, OTHER_PORT_DISTANCE = 4, EDITS_DISTANCE = 2 };
enum { EDITS_COST = 64 }; /* of counting edits, in looks at the bytes that occur */

/* A name that was met; its parts are looked at when they are needed. */
struct meeting {
	struct dump_reader      *r;
	struct str               name, host;
	const struct json_place *place; /* NULL: where the scanner is */
	struct json_place        asked;
	char                     copy[LIMIT_NEAR_NAME_BYTES];
	struct cluster_name      parts;
	bool                     parted, outbound, vip;
};

static struct str after_last_bar(struct str name)
{
	const char *bar = name.n ? memrchr(name.p, '|', name.n) : NULL;

	return bar ? str_slice(name, (size_t)(bar - name.p) + 1, name.n) : STR_ABSENT;
}

/* False: the name has more parts than one of Istio's. */
static bool parts_of(struct meeting *m)
{
	if (!m->parted) {
		m->parts = cluster_name_parse(m->name);
		m->outbound = str_is(m->parts.direction, "outbound");
		m->vip = str_is(m->parts.direction, "inbound-vip");
		m->parted = true;
	}
	return str_present(m->parts.host);
}

/* ---- keeping ---- */

/* The nearest stay, of equals those that come first in the alphabet: the same whatever the order of the dump. */
static bool is_better(const struct nearness *a, struct str name, const struct near_kept *b)
{
	if (a->distance != b->distance)
		return a->distance < b->distance;
	return str_cmp(name, str_of(b->name, b->n)) < 0;
}

static bool is_kept(const struct near_list *list, struct str name)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(str_of(list->items[i].name, list->items[i].n), name))
			return true;
	return false;
}

/* The scanner may move the name when it is asked for its place. */
static const struct json_place *place_of(struct meeting *m)
{
	if (m->place)
		return m->place;
	memcpy(m->copy, m->name.p, m->name.n);
	m->asked = json_scan_place(m->r->scan);
	m->host = m->host.p ? str_of(m->copy + (m->host.p - m->name.p), m->host.n) : STR_ABSENT;
	m->name = str_of(m->copy, m->name.n);
	m->place = &m->asked;
	if (m->parted)
		m->parts = cluster_name_parse(m->name); /* they lay in the scanner's text */
	return m->place;
}

static void keep(struct meeting *m, struct near_list *list, struct nearness n)
{
	size_t at = 0;

	if (list->n == KEPT_NEAR && !is_better(&n, m->name, &list->items[KEPT_NEAR - 1]))
		return;
	if (is_kept(list, m->name))
		return;
	place_of(m);
	if (!list->items)
		list->items = ARENA_ARRAY(m->r->arena, KEPT_NEAR, struct near_kept);
	while (at < list->n && !is_better(&n, m->name, &list->items[at]))
		at++;
	list->n += list->n < KEPT_NEAR;
	memmove(&list->items[at + 1], &list->items[at], (list->n - at - 1) * sizeof(*list->items));
	list->items[at] =
		(struct near_kept){ .kind = n.kind, .distance = n.distance, .n = m->name.n, .place = *place_of(m) };
	memcpy(list->items[at].name, m->name.p, m->name.n);
}

/* ---- the same host, and the same but for letter case and a final dot ---- */

static void meet_host(struct meeting *m, const struct near_group *g)
{
	if (!parts_of(m) || (!m->outbound && !m->vip))
		return;
	for (size_t i = 0; i < g->n; i++) {
		const struct dump_want *want = &m->r->wants->clusters[g->wants[i]];
		bool                    same_port = m->parts.port == want->port;
		struct nearness         n;

		if (m->r->clusters[want->index]) /* near names are told only of what is not there */
			continue;
		if (m->vip)
			n = (struct nearness){ NEAR_INBOUND_VIP, same_port ? 0 : 2 };
		else if (!same_port)
			n = (struct nearness){ NEAR_PORT, str_eq(m->parts.subset, want->subset) ? 1 : 2 };
		else
			n = (struct nearness){ NEAR_SUBSET, m->parts.subset.n == 0 ? 0 : 1 };
		keep(m, &m->r->near[want->index], n);
	}
}

static unsigned port_distance(struct meeting *m, const struct dump_want *want)
{
	return parts_of(m) && m->parts.port == want->port ? 0 : OTHER_PORT_DISTANCE;
}

static void meet_folded(struct meeting *m, const struct near_group *g)
{
	if (!parts_of(m) || !m->outbound)
		return;
	for (size_t i = 0; i < g->n; i++) {
		const struct dump_want *want = &m->r->wants->clusters[g->wants[i]];
		bool same_case = str_eq(hostname_without_dot(m->host), hostname_without_dot(want->host));

		if (!m->r->clusters[want->index] && !str_eq(m->host, want->host) &&
		    (same_case || m->host.n == want->host.n))
			keep(m, &m->r->near[want->index],
			     (struct nearness){ same_case ? NEAR_DOT : NEAR_CASE, 1 + port_distance(m, want) });
	}
}

/* ---- the same first label ---- */

static void meet_label(struct meeting *m)
{
	struct str         label = near_first_label(m->host), port;
	struct near_group *g = hash_get(&m->r->near_index->labels, label);
	char               key[LIMIT_NEAR_NAME_BYTES];

	if (!g || !parts_of(m) || !m->outbound)
		return;
	keep(m, &g->list, (struct nearness){ NEAR_DOMAIN, DOMAIN_DISTANCE + OTHER_PORT_DISTANCE });
	port = near_port_key(near_first_label(m->host), m->parts.port, key, sizeof(key));
	g = str_present(port) ? hash_get(&m->r->near_index->ports, port) : NULL;
	if (g)
		keep(m, &g->list, (struct nearness){ NEAR_DOMAIN, DOMAIN_DISTANCE });
}

/* ---- misspelt ---- */

/* Up to `most` of them; else some number above. Equal beginnings and ends are cut off first: of two long names of one mesh
 * little is left to compare. */
static unsigned edits_between(struct str a, struct str b, unsigned most)
{
	while (a.n && b.n && a.p[0] == b.p[0]) {
		a = str_slice(a, 1, a.n);
		b = str_slice(b, 1, b.n);
	}
	while (a.n && b.n && a.p[a.n - 1] == b.p[b.n - 1]) {
		a.n--;
		b.n--;
	}
	if (a.n > 4 * NEAR_EDITS_MOST || b.n > 4 * NEAR_EDITS_MOST)
		return NEAR_EDITS_MOST + 1;
	return a.n && b.n ? str_distance(a, b, most) : (unsigned)(a.n + b.n);
}

/* How many edits can still bring the name among the nearest of a list, which add to `distance`; UINT_MAX: none. */
static unsigned edits_left(const struct near_list *list, unsigned distance, struct str name)
{
	const struct near_kept *last = list->n == KEPT_NEAR ? &list->items[KEPT_NEAR - 1] : NULL;
	unsigned                most;

	if (!last)
		return NEAR_EDITS_MOST;
	most = last->distance;
	if (most && str_cmp(name, str_of(last->name, last->n)) >= 0)
		most--;
	if (most < distance)
		return UINT_MAX;
	return most - distance < NEAR_EDITS_MOST ? most - distance : NEAR_EDITS_MOST;
}

static unsigned bits_in(uint64_t x)
{
	x = x - (x >> 1 & 0x5555555555555555);
	x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
	return (unsigned)(((x + (x >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101 >> 56);
}

static void meet_spelling(struct meeting *m, size_t index, struct str wanted, bool hosts)
{
	const struct dump_want *want = &m->r->wants->clusters[index];
	struct near_list       *list = &m->r->near[index];
	unsigned                distance = EDITS_DISTANCE, most, edits;

	if (m->r->clusters[index] || (hosts && (!parts_of(m) || !m->outbound || str_eq(m->host, wanted))))
		return;
	if (hosts)
		distance += port_distance(m, want);
	most = edits_left(list, distance, m->name);
	if (most == UINT_MAX)
		return;
	m->r->near_index->compared += EDITS_COST;
	edits = edits_between(hosts ? m->host : m->name, wanted, most);
	if (edits <= most)
		keep(m, list, (struct nearness){ NEAR_EDITS, distance + edits });
}

/* At most LIMIT_NEAR_COMPARED looks a dump: beyond that only misspelt names are no longer found. */
static void meet_spellings(struct meeting *m, const struct near_spellings *s, bool hosts)
{
	size_t   n = hosts ? m->host.n : m->name.n, first = n > NEAR_EDITS_MOST ? n - NEAR_EDITS_MOST : 1;
	size_t   last = n + NEAR_EDITS_MOST < NEAR_LENGTHS ? n + NEAR_EDITS_MOST : NEAR_LENGTHS - 1;
	uint64_t bytes;

	if (s->n == 0 || first > last || s->begin[first] == s->begin[last + 1] ||
	    m->r->near_index->compared > LIMIT_NEAR_COMPARED)
		return;
	m->r->near_index->compared += s->begin[last + 1] - s->begin[first];
	bytes = near_bytes(hosts ? m->host : m->name);
	for (size_t i = s->begin[first]; i < s->begin[last + 1]; i++)
		if (bits_in(bytes ^ s->bytes[i]) <= 2 * NEAR_EDITS_MOST)
			meet_spelling(m, s->wants[i], s->texts[i], hosts);
}

/* ---- a name ---- */

void near_met(struct dump_reader *r, struct str name, const struct json_place *place)
{
	struct near_index       *x = r->near_index;
	char                     folded[LIMIT_NEAR_NAME_BYTES];
	const struct near_group *g;
	struct meeting           m;

	if (r->n_missing == 0 || name.n > LIMIT_NEAR_NAME_BYTES)
		return;
	m.r = r;
	m.name = name;
	m.host = after_last_bar(name);
	m.place = place;
	m.parted = false;
	meet_spellings(&m, &x->by_name, false);
	if (x->hosts.n == 0 || m.host.n == 0)
		return;
	if ((g = hash_get(&x->hosts, m.host)))
		meet_host(&m, g);
	if ((g = hash_get(&x->folded, near_fold(m.host, folded, sizeof(folded)))))
		meet_folded(&m, g);
	meet_label(&m);
	meet_spellings(&m, &x->by_host, true);
}

bool near_wants_owner(const struct dump_reader *r, struct str name)
{
	struct str host;

	if (r->n_missing == 0)
		return false;
	host = after_last_bar(name);
	return host.n && str_has_prefix(name, STR("outbound|")) && hash_get(&r->near_index->hosts, host);
}

/* What was read of the cluster is gone by the time it is told, so that this is copied. */
static void keep_owner(struct near_kept *kept, struct owner owner)
{
	kept->owner_namespace_n = owner.namespace.n;
	kept->owner_name_n = owner.name.n;
	if (owner.namespace.n)
		memcpy(kept->owner, owner.namespace.p, owner.namespace.n);
	if (owner.name.n)
		memcpy(kept->owner + owner.namespace.n, owner.name.p, owner.name.n);
}

void near_owner(struct dump_reader *r, struct str name, struct owner owner)
{
	const struct near_group *g = hash_get(&r->near_index->hosts, after_last_bar(name));

	if (owner.namespace.n + owner.name.n > LIMIT_NEAR_OWNER_BYTES)
		return;
	for (size_t i = 0; g && i < g->n; i++) {
		struct near_list *list = &r->near[g->wants[i]];

		for (size_t k = 0; k < list->n; k++)
			if (str_eq(str_of(list->items[k].name, list->items[k].n), name))
				keep_owner(&list->items[k], owner);
	}
}

/* ---- a dump ---- */

static void reset_groups(struct hash *groups)
{
	for (size_t i = 0; i < groups->cap; i++)
		if (groups->slots[i])
			((struct near_group *)groups->slots[i])->list.n = 0;
}

void near_reset(struct dump_reader *r)
{
	for (size_t i = 0; i < r->wants->n_clusters; i++)
		r->near[i].n = 0;
	reset_groups(&r->near_index->labels);
	reset_groups(&r->near_index->ports);
	r->near_index->compared = 0;
	r->n_missing = r->wants->n_clusters;
}

static void add_nearest(struct near_kept *best[KEPT_NEAR], size_t *n, struct near_kept *k)
{
	const struct nearness as = { k->kind, k->distance };
	struct str            name = str_of(k->name, k->n);
	size_t                at = 0;

	for (size_t i = 0; i < *n; i++)
		if (str_eq(str_of(best[i]->name, best[i]->n), name))
			return;
	while (at < *n && !is_better(&as, name, best[at]))
		at++;
	if (at == KEPT_NEAR)
		return;
	*n += *n < KEPT_NEAR;
	memmove(&best[at + 1], &best[at], (*n - at - 1) * sizeof(*best));
	best[at] = k;
}

/* What is near to the want itself, then to its label and port, then to its label on other ports. */
size_t near_best(struct dump_reader *r, size_t index, struct near_kept *best[KEPT_NEAR])
{
	const struct dump_want *want = &r->wants->clusters[index];
	struct str              label = near_first_label(want->host), key;
	struct near_list       *lists[3] = { &r->near[index], NULL, NULL };
	char                    buf[LIMIT_NEAR_NAME_BYTES];
	struct near_group      *g;
	size_t                  n = 0;

	if (label.n > 2 || (label.n && label.n == want->host.n)) {
		key = near_port_key(label, want->port, buf, sizeof(buf));
		g = str_present(key) ? hash_get(&r->near_index->ports, key) : NULL;
		lists[1] = g ? &g->list : NULL;
		g = hash_get(&r->near_index->labels, label);
		lists[2] = g ? &g->list : NULL;
	}
	for (size_t l = 0; l < 3; l++)
		for (size_t i = 0; lists[l] && i < lists[l]->n; i++)
			add_nearest(best, &n, &lists[l]->items[i]);
	return n;
}
