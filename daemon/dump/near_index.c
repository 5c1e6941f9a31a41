#include "dump/near_index.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "names/hostname.h"

/* ---- keys ---- */

struct str near_fold(struct str host, char *buf, size_t cap)
{
	host = hostname_without_dot(host);
	if (host.n > cap)
		return STR_ABSENT;
	for (size_t i = 0; i < host.n; i++)
		buf[i] = ascii_lower(host.p[i]);
	return str_of(buf, host.n);
}

struct str near_first_label(struct str host)
{
	return str_slice(host, 0, str_find(host, '.', 0));
}

struct str near_port_key(struct str label, unsigned port, char *buf, size_t cap)
{
	if (label.n + 3 > cap)
		return STR_ABSENT;
	memcpy(buf, label.p, label.n);
	buf[label.n] = '|';
	buf[label.n + 1] = (char)(port & 0xFF);
	buf[label.n + 2] = (char)(port >> 8 & 0xFF);
	return str_of(buf, label.n + 3);
}

/* Letters in other case are no edit (str_distance). */
uint64_t near_bytes(struct str s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s.n; i++)
		bytes |= (uint64_t)1 << ((unsigned char)ascii_lower(s.p[i]) & 63);
	return bytes;
}

/* ---- groups ---- */

static struct str group_key(const void *item)
{
	return ((const struct near_group *)item)->key;
}

static void add_to_group(struct arena *arena, struct hash *groups, struct str key, size_t want)
{
	struct near_group *g;

	if (!str_present(key))
		return;
	g = hash_get(groups, key);
	if (!g) {
		g = ARENA_NEW(arena, struct near_group);
		g->key = str_copy(arena, key);
		hash_add(groups, g);
	}
	g->wants = ARENA_LIST(arena, g->wants, g->n, &g->cap, size_t);
	g->wants[g->n++] = want;
}

/* Short labels say something only where they are the whole host. */
static void group_want(struct near_index *x, struct arena *arena, const struct dump_want *w)
{
	struct str label = near_first_label(w->host);
	char       key[LIMIT_NEAR_NAME_BYTES];

	add_to_group(arena, &x->hosts, w->host, w->index);
	add_to_group(arena, &x->folded, near_fold(w->host, key, sizeof(key)), w->index);
	if (label.n <= 2 && label.n != w->host.n)
		return;
	add_to_group(arena, &x->labels, label, w->index);
	add_to_group(arena, &x->ports, near_port_key(label, w->port, key, sizeof(key)), w->index);
}

/* ---- spellings ---- */

static struct str spelling_of(const struct dump_want *w, bool hosts)
{
	return str_present(w->host) == hosts ? hosts ? w->host : w->name : STR_ABSENT;
}

/* Sorted by counting: the order within a length is that of the wants. */
static void sort_spellings(struct near_spellings *s, struct arena *arena, const struct dump_wants *wants, bool hosts)
{
	size_t at[NEAR_LENGTHS + 1] = { 0 };

	for (size_t i = 0; i < wants->n_clusters; i++) {
		struct str text = spelling_of(&wants->clusters[i], hosts);

		if (text.n && text.n < NEAR_LENGTHS)
			at[text.n + 1]++;
	}
	for (size_t n = 1; n <= NEAR_LENGTHS; n++)
		at[n] += at[n - 1];
	memcpy(s->begin, at, sizeof(at));
	s->n = at[NEAR_LENGTHS];
	s->wants = ARENA_ARRAY(arena, s->n + 1, size_t);
	s->bytes = ARENA_ARRAY(arena, s->n + 1, uint64_t);
	s->texts = ARENA_ARRAY(arena, s->n + 1, struct str);
	for (size_t i = 0; i < wants->n_clusters; i++) {
		struct str text = spelling_of(&wants->clusters[i], hosts);
		size_t     to;

		if (!text.n || text.n >= NEAR_LENGTHS)
			continue;
		to = at[text.n]++;
		s->wants[to] = i;
		s->bytes[to] = near_bytes(text);
		s->texts[to] = text;
	}
}

struct near_index *near_index_new(struct arena *arena, const struct dump_wants *wants)
{
	struct near_index *x = ARENA_NEW(arena, struct near_index);

	hash_init(&x->hosts, arena, group_key);
	hash_init(&x->folded, arena, group_key);
	hash_init(&x->labels, arena, group_key);
	hash_init(&x->ports, arena, group_key);
	for (size_t i = 0; i < wants->n_clusters; i++)
		if (str_present(wants->clusters[i].host))
			group_want(x, arena, &wants->clusters[i]);
	sort_spellings(&x->by_host, arena, wants, true);
	sort_spellings(&x->by_name, arena, wants, false);
	return x;
}
