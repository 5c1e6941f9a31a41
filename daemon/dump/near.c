/* Names that look like one that is wanted. Every cluster of the dump passes here, so what costs comes last. */
#include <limits.h>

#include "dump/reading.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

enum { EDITS = 3 };

/* How a met name is near to a wanted one. */
struct nearness {
	enum near_kind kind;
	unsigned       distance;
};

static struct str first_label(struct str host)
{
	return str_slice(host, 0, str_find(host, '.', 0));
}

static struct str after_last_bar(struct str name)
{
	const char *bar = name.n ? memrchr(name.p, '|', name.n) : NULL;

	return bar ? str_slice(name, (size_t)(bar - name.p) + 1, name.n) : STR_ABSENT;
}

/* Up to `most` of them, which is EDITS or fewer; else some number above. Equal beginnings and ends are cut off first: of two
 * long names of one mesh little is left to compare. */
static unsigned edits_between(struct str a, struct str b, unsigned most)
{
	size_t longer = a.n > b.n ? a.n : b.n, shorter = a.n > b.n ? b.n : a.n;

	if (longer - shorter > most)
		return EDITS + 1;
	while (a.n && b.n && a.p[0] == b.p[0]) {
		a = str_slice(a, 1, a.n);
		b = str_slice(b, 1, b.n);
	}
	while (a.n && b.n && a.p[a.n - 1] == b.p[b.n - 1]) {
		a.n--;
		b.n--;
	}
	if (a.n > 4 * EDITS || b.n > 4 * EDITS)
		return EDITS + 1;
	return a.n && b.n ? str_distance(a, b, most) : (unsigned)(a.n + b.n);
}

static bool same_host(const struct dump_want *want, const struct cluster_name *met, struct nearness *ret)
{
	bool vip = str_is(met->direction, "inbound-vip");

	if (!str_eq(met->host, want->host))
		return false;
	if (vip)
		*ret = (struct nearness){ NEAR_INBOUND_VIP, met->port == want->port ? 0 : 2 };
	else if (!str_is(met->direction, "outbound"))
		return false;
	else if (met->port != want->port)
		*ret = (struct nearness){ NEAR_PORT, str_eq(met->subset, want->subset) ? 1 : 2 };
	else
		*ret = (struct nearness){ NEAR_SUBSET, met->subset.n == 0 ? 0 : 1 };
	return true;
}

/* How many edits are worth counting where they add to a distance that must not exceed most. False: not even none. */
static bool leaves_edits(unsigned most, unsigned distance, unsigned *edits)
{
	if (most < distance)
		return false;
	*edits = most - distance < EDITS ? most - distance : EDITS;
	return true;
}

static bool other_host(const struct dump_want *want, const struct cluster_name *met, unsigned most,
                       struct nearness *ret)
{
	unsigned   port = met->port == want->port ? 0 : 4, edits, most_edits;
	struct str a = first_label(met->host), b = first_label(want->host);

	if (!str_is(met->direction, "outbound"))
		return false;
	if (met->host.n + 1 >= want->host.n && want->host.n + 1 >= met->host.n) {
		if (str_eq_nocase(met->host, want->host)) {
			*ret = (struct nearness){ NEAR_CASE, 1 + port };
			return true;
		}
		if (str_eq(hostname_without_dot(met->host), hostname_without_dot(want->host))) {
			*ret = (struct nearness){ NEAR_DOT, 1 + port };
			return true;
		}
	}
	if (!leaves_edits(most, 2 + port, &most_edits))
		return false; /* nor is the last kind near enough */
	edits = edits_between(met->host, want->host, most_edits);
	if (edits <= most_edits) {
		*ret = (struct nearness){ NEAR_EDITS, 2 + edits + port };
		return true;
	}
	if (str_eq(a, b) && (a.n > 2 || a.n == want->host.n)) {
		*ret = (struct nearness){ NEAR_DOMAIN, 6 + port };
		return true;
	}
	return false;
}

/* Cheap questions about the bytes, before the name is taken apart. */
static bool may_be_near(const struct dump_want *want, struct str name)
{
	struct str host;

	if (!str_present(want->host)) /* no name of Istio's: only misspelt ones are near */
		return name.n + EDITS >= want->name.n && want->name.n + EDITS >= name.n;
	host = after_last_bar(name);
	if (!str_present(host) || host.n == 0)
		return false;
	return (host.p[0] | 0x20) == (want->host.p[0] | 0x20) ||
	       (host.n + EDITS >= want->host.n && want->host.n + EDITS >= host.n);
}

/* False also for a name that is farther than `most`. */
static bool nearness_of(const struct dump_want *want, struct str name, unsigned most, struct nearness *ret)
{
	struct cluster_name met;
	unsigned            edits, most_edits;

	if (!may_be_near(want, name))
		return false;
	if (str_present(want->host)) {
		met = cluster_name_parse(name);
		return str_present(met.host) && (same_host(want, &met, ret) || other_host(want, &met, most, ret));
	}
	if (!leaves_edits(most, 2, &most_edits))
		return false;
	edits = edits_between(name, want->name, most_edits);
	*ret = (struct nearness){ NEAR_EDITS, 2 + edits };
	return edits <= most_edits;
}

/* The nearest stay, of equals those that come first in the alphabet: the same whatever the order of the dump. */
static bool is_better(const struct nearness *a, struct str name, const struct near_kept *b)
{
	if (b->n == 0 || a->distance != b->distance)
		return b->n == 0 || a->distance < b->distance;
	return str_cmp(name, str_of(b->name, b->n)) < 0;
}

/* The distance beyond which nothing is kept any more. */
static unsigned most_of(const struct near_kept *list)
{
	return list[KEPT_NEAR - 1].n ? list[KEPT_NEAR - 1].distance : UINT_MAX;
}

static struct near_kept *keep(struct near_kept *list, const struct nearness *n, struct str name)
{
	size_t at = 0;

	for (size_t i = 0; i < KEPT_NEAR; i++)
		if (list[i].n && str_eq(str_of(list[i].name, list[i].n), name))
			return NULL;
	while (at < KEPT_NEAR && !is_better(n, name, &list[at]))
		at++;
	if (at == KEPT_NEAR)
		return NULL;
	memmove(&list[at + 1], &list[at], (KEPT_NEAR - at - 1) * sizeof(*list));
	list[at] = (struct near_kept){ .kind = n->kind, .distance = n->distance, .n = name.n };
	memcpy(list[at].name, name.p, name.n);
	return &list[at];
}

void near_met(struct dump_reader *r, struct str name, const struct json_place *place)
{
	char              copy[LIMIT_NEAR_NAME_BYTES];
	struct near_kept *kept;
	struct json_place asked;
	struct nearness   n;

	for (size_t i = 0; name.n <= sizeof(copy) && i < r->wants->n_clusters; i++) {
		if (r->clusters[i]) /* near names are told only of what is not there */
			continue;
		if (!nearness_of(&r->wants->clusters[i], name, most_of(&r->near[i * KEPT_NEAR]), &n))
			continue;
		kept = keep(&r->near[i * KEPT_NEAR], &n, name);
		if (kept && !place) { /* the scanner may move the name when it is asked */
			memcpy(copy, name.p, name.n);
			name = str_of(copy, name.n);
			asked = json_scan_place(r->scan);
			place = &asked;
		}
		if (kept)
			kept->place = *place;
	}
}

bool near_wants_owner(const struct dump_reader *r, struct str name)
{
	struct str host = after_last_bar(name);

	if (!str_present(host) || !str_has_prefix(name, STR("outbound|")))
		return false;
	for (size_t i = 0; i < r->wants->n_clusters; i++)
		if (str_present(r->wants->clusters[i].host) && str_eq(r->wants->clusters[i].host, host))
			return true;
	return false;
}

void near_owner(struct dump_reader *r, struct str name, struct owner owner)
{
	if (owner.namespace.n + owner.name.n > LIMIT_NEAR_OWNER_BYTES)
		return;
	for (size_t i = 0; i < r->wants->n_clusters * KEPT_NEAR; i++) {
		struct near_kept *kept = &r->near[i];

		if (!kept->n || !str_eq(str_of(kept->name, kept->n), name))
			continue;
		kept->owner_namespace_n = owner.namespace.n;
		kept->owner_name_n = owner.name.n;
		if (owner.namespace.n)
			memcpy(kept->owner, owner.namespace.p, owner.namespace.n);
		if (owner.name.n)
			memcpy(kept->owner + owner.namespace.n, owner.name.p, owner.name.n);
	}
}
