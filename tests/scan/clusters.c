/* What verify sees of the clusters of a dump, beside what simdjson and jansson hold of it.
 *
 *	dump_clusters same FILE…            every cluster: its state, type, addresses, sni; and none that is not there
 *	dump_clusters damage N SEED FILE…   N times a few bytes are changed: the same refusals, or the same clusters
 *	dump_clusters cut FILE…             cut off at every byte: refused, and said to be cut off, strict or not
 *	dump_clusters borders FILE…         the borders of the scanner's blocks moved over every byte: the same clusters
 *
 * Prints what differs, and a closing line. Exit 1: something differs.
 */
#include "base/arena.h"
#include "dump/reading.h"
#include "peer_tree.h"
#include "samples.h"

static int fail(const char *name, const char *what, struct str detail)
{
	printf("%s: %s: %.*s\n", name, what, STR_ARG(str_slice(detail, 0, 200)));
	return 1;
}

/* ---- the peers' tree ---- */

/* A member in either spelling; the last one, as both readers have it. */
static const struct peer_value *member(const struct peer_value *v, const char *snake)
{
	const struct peer_value *found = NULL;
	char                     camel[64];
	size_t                   n = 0;

	for (const char *p = snake; *p && n + 1 < sizeof(camel); p++)
		if (*p == '_' && p[1])
			camel[n++] = (char)(*++p - 'a' + 'A');
		else
			camel[n++] = *p;
	camel[n] = '\0';
	for (v = v && v->kind == PEER_OBJECT ? v->first : NULL; v; v = v->next)
		if (str_is(str_of(v->key, v->key_n), snake) || str_is(str_of(v->key, v->key_n), camel))
			found = v;
	return found;
}

static const struct peer_value *items(const struct peer_value *v)
{
	return v && v->kind == PEER_ARRAY ? v->first : NULL;
}

static struct str text_of(const struct peer_value *v)
{
	return v && v->kind == PEER_STRING ? str_of(v->text, v->n) : STR_ABSENT;
}

/* ---- a cluster, as the peers tell it ---- */

enum { SHOWN = 16, CLUSTERS = 4096 };

struct seen {
	struct str     name, type, sni;
	bool           active, warming;
	size_t         n_endpoints, n_addresses;
	struct address addresses[SHOWN];
};

struct clusters {
	struct seen seen[CLUSTERS];
	size_t      n, met; /* different names; clusters in all */
};

/* What is no port is none, to verify as well. */
static unsigned port_of(const struct peer_value *v)
{
	return v && v->kind == PEER_INTEGER && v->integer >= 0 && v->integer <= 65535 ? (unsigned)v->integer : 0;
}

static void add_endpoint(struct seen *c, const struct peer_value *endpoint)
{
	const struct peer_value *e = member(endpoint, "endpoint"), *a = member(member(e, "address"), "socket_address");

	c->n_endpoints++;
	if (!str_present(text_of(member(a, "address"))))
		return;
	if (c->n_addresses < SHOWN)
		c->addresses[c->n_addresses] =
			(struct address){ text_of(member(a, "address")), port_of(member(a, "port_value")),
			                  text_of(member(e, "hostname")) };
	c->n_addresses++;
}

/* What the first endpoint is matched by. */
static const struct peer_value *labels_of(const struct peer_value *cluster)
{
	for (const struct peer_value *l = items(member(member(cluster, "load_assignment"), "endpoints")); l;
	     l = l->next) {
		const struct peer_value *first = items(member(l, "lb_endpoints"));

		if (first)
			return member(member(member(first, "metadata"), "filter_metadata"),
			              "envoy.transport_socket_match");
	}
	return NULL;
}

static const struct peer_value *members(const struct peer_value *v)
{
	return v && v->kind == PEER_OBJECT ? v->first : NULL;
}

static bool fits(const struct peer_value *match, const struct peer_value *labels)
{
	for (const struct peer_value *m = members(match); m; m = m->next) {
		bool found = false;

		for (const struct peer_value *l = members(labels); l; l = l->next)
			found = found || (str_eq(str_of(l->key, l->key_n), str_of(m->key, m->key_n)) &&
			                  str_eq(text_of(l), text_of(m)));
		if (!found)
			return false;
	}
	return true;
}

/* The socket that a call to the outside gets. */
static const struct peer_value *socket_of(const struct peer_value *cluster)
{
	const struct peer_value *labels = labels_of(cluster);

	for (const struct peer_value *m = items(member(cluster, "transport_socket_matches")); m; m = m->next) {
		struct str name = text_of(member(m, "name"));

		if (!str_is(name, "tlsMode-istio") && !str_is(name, "hbone") && fits(member(m, "match"), labels))
			return member(m, "transport_socket");
	}
	return member(cluster, "transport_socket");
}

/* Also of one inside of another: QUIC, a TypedStruct, what wraps a socket. */
static struct str sni_of(const struct peer_value *config)
{
	static const char *const inner[] = { "value", "upstream_tls_context" };
	struct str               sni = text_of(member(config, "sni"));

	for (size_t i = 0; i < 2 && !str_present(sni); i++)
		if (member(config, inner[i]))
			sni = sni_of(member(config, inner[i]));
	if (!str_present(sni) && member(config, "transport_socket"))
		sni = sni_of(member(member(config, "transport_socket"), "typed_config"));
	return sni;
}

static void add_cluster(struct clusters *all, const struct peer_value *v, bool warming)
{
	struct seen c = { .name = text_of(member(v, "name")), .type = text_of(member(v, "type")), .warming = warming };
	size_t      i = 0;

	if (!str_present(c.name))
		return;
	all->met++;
	c.active = !warming;
	if (str_present(text_of(member(member(v, "cluster_type"), "name"))))
		c.type = text_of(member(member(v, "cluster_type"), "name"));
	else if (!str_present(c.type))
		c.type = STR("STATIC");
	for (const struct peer_value *l = items(member(member(v, "load_assignment"), "endpoints")); l; l = l->next)
		for (const struct peer_value *e = items(member(l, "lb_endpoints")); e; e = e->next)
			add_endpoint(&c, e);
	c.sni = sni_of(member(socket_of(v), "typed_config"));
	while (i < all->n && !str_eq(all->seen[i].name, c.name))
		i++;
	if (i == CLUSTERS)
		return;
	if (i == all->n)
		all->n++;
	else if (all->seen[i].active && warming)
		c = all->seen[i];
	all->seen[i] = c;
}

static void add_list(struct clusters *all, const struct peer_value *list, bool warming)
{
	for (const struct peer_value *entry = items(list); entry; entry = entry->next)
		add_cluster(all, member(entry, "cluster"), warming);
}

/* An array of clusters, or the last section of a dump that lists them. */
static void find_clusters(struct clusters *all, const struct peer_value *root)
{
	static const char *const lists[] = { "static_clusters", "dynamic_active_clusters", "dynamic_warming_clusters" };
	const struct peer_value *section = NULL;

	all->n = all->met = 0;
	for (const struct peer_value *e = root->kind == PEER_ARRAY ? root->first : NULL; e; e = e->next)
		add_cluster(all, e, false);
	for (const struct peer_value *s = items(member(root, "configs")); s; s = s->next)
		for (int i = 0; i < 3; i++)
			if (member(s, lists[i]))
				section = s;
	for (int i = 0; section && i < 3; i++)
		add_list(all, member(section, lists[i]), i == 2);
}

/* ---- the same, by verify ---- */

struct reading {
	struct arena       *arena;
	struct diags        diags;
	struct dump_wants   wants;
	struct dump_reader *reader;
};

/* Wants all that the peers saw, and a name beside each. */
static void prepare(struct reading *r, const struct clusters *all, bool strict, size_t block_bytes)
{
	r->arena = arena_new((size_t)1 << 30);
	if (!r->arena)
		abort();
	diags_init(&r->diags, r->arena);
	dump_wants_init(&r->wants, r->arena);
	for (size_t i = 0; i < all->n; i++) {
		dump_wants_cluster(&r->wants, all->seen[i].name);
		dump_wants_cluster(&r->wants, STR_CONCAT(r->arena, all->seen[i].name, STR("~")));
	}
	r->reader = dump_reader_in_blocks(r->arena, &r->wants, strict, block_bytes);
}

static struct proxy_part *read_dump(struct reading *r, struct str text)
{
	struct json_input input;

	json_input_bytes(&input, text);
	return dump_read(r->reader, r->arena, source_without_bytes(r->arena, STR("dump")), &input, &r->diags);
}

static bool is_refused_as_json(const struct reading *r)
{
	static const enum diag_code codes[] = { CO_DUMP_TRUNCATED, CO_DUMP_TRAILING, CO_DUMP_SYNTAX, CO_DUMP_EMPTY };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (r->diags.first && r->diags.first->code == codes[i])
			return true;
	return false;
}

static bool same_addresses(const struct seen *a, const struct proxy_cluster *b)
{
	if (a->n_endpoints != b->n_endpoints || a->n_addresses != b->n_addresses)
		return false;
	for (size_t i = 0; i < a->n_addresses && i < SHOWN; i++)
		if (!str_eq(a->addresses[i].host, b->addresses[i].host) ||
		    a->addresses[i].port != b->addresses[i].port || !str_eq(a->addresses[i].name, b->addresses[i].name))
			return false;
	return true;
}

static int compare_cluster(const char *name, const struct seen *a, const struct proxy_cluster *b)
{
	if (!b)
		return fail(name, "a cluster is not seen", a->name);
	if (a->active != b->active || (a->warming && !b->warming))
		return fail(name, "another state", a->name);
	if (!str_eq(a->type, b->type_text) && !str_has_prefix(b->type_text, STR("envoy.cluster.dns")))
		return fail(name, "another type", a->name);
	if (!same_addresses(a, b))
		return fail(name, "other endpoints", a->name);
	if (!str_eq(a->sni, b->tls.sni) && (a->sni.n || b->tls.sni.n))
		return fail(name, "another sni", a->name);
	return 0;
}

static int compare_part(const char *name, const struct clusters *all, const struct reading *r,
                        const struct proxy_part *part)
{
	int failed = part->n_clusters != all->met && fail(name, "another number of clusters", STR(""));

	for (size_t i = 0; i < all->n; i++) {
		const struct dump_want *want = hash_get(&r->wants.by_name, all->seen[i].name);

		failed |= compare_cluster(name, &all->seen[i], part->clusters[want->index]);
	}
	for (size_t i = 0; i < r->wants.n_clusters; i++)
		if (part->clusters[i] && str_has_suffix(r->wants.clusters[i].name, STR("~")))
			failed |= fail(name, "a cluster is seen that is not there", r->wants.clusters[i].name);
	return failed;
}

/* ---- one document ---- */

static struct clusters all;

static int compare(const char *name, struct str text, enum peer_answer theirs, bool strict, size_t block_bytes)
{
	struct reading     r;
	struct proxy_part *part;
	int                failed = 0;

	prepare(&r, &all, strict, block_bytes);
	part = read_dump(&r, text);
	if (part && theirs == PEER_REFUSED)
		failed = fail(name, "verify takes what a peer refuses", text);
	else if (part)
		failed = compare_part(name, &all, &r, part);
	else if (theirs == PEER_READ && is_refused_as_json(&r))
		failed = fail(name, "verify refuses what a peer takes", text);
	arena_free(r.arena);
	return failed;
}

typedef enum peer_answer peer_reader(struct peer_memory *, const char *, size_t, struct peer_value **);

static int compare_with(const char *name, struct str text, peer_reader *peer, bool lazy_too)
{
	struct peer_memory *memory = peer_memory_new();
	struct peer_value  *root = NULL;
	enum peer_answer    theirs = peer(memory, text.p, text.n, &root);
	int                 failed = 0;

	all.n = all.met = 0;
	if (theirs == PEER_READ)
		find_clusters(&all, root);
	if (theirs != PEER_LIMIT) {
		failed = compare(name, text, theirs, true, 0);
		if (lazy_too && theirs == PEER_READ)
			failed |= all.n == 0 ? fail(name, "the peer finds no cluster", STR(""))
			                     : compare(name, text, theirs, false, 0);
	}
	peer_memory_free(memory);
	return failed;
}

static int same(const char *name, struct text t)
{
	return compare_with(name, str_of(t.p, t.n), simdjson_tree, true) |
	       compare_with(name, str_of(t.p, t.n), jansson_tree, true);
}

static uint64_t random_state;

static int damage(const char *name, struct text t, unsigned long times)
{
	static const char bytes[] = "\x01\t\n \"\"\"\\\\{}[]{}[]::,,0123456789-.eEutrfalsn\x7f\x80\xc2\xe2\xf0\xff";
	int               failed = 0;

	while (times--) {
		char    *copy = calloc(1, t.n + PEER_PADDING);
		uint64_t changes = 1 + random_below(&random_state, 2);

		if (!copy)
			abort();
		memcpy(copy, t.p, t.n);
		while (changes--)
			copy[random_below(&random_state, t.n)] = bytes[random_below(&random_state, sizeof(bytes) - 1)];
		failed |= compare_with(name, str_of(copy, t.n), simdjson_tree, false);
		failed |= compare_with(name, str_of(copy, t.n), jansson_tree, false);
		free(copy);
	}
	return failed;
}

/* Larger ones are read as often as they have bytes, and that is enough. */
enum { STRICT_TOO = 65536 };

static int cut(const char *name, struct text t)
{
	int failed = 0;

	while (t.n && strchr(" \n", t.p[t.n - 1]))
		t.n--;
	all.n = 0;
	for (int strict = 0; strict < (t.n < STRICT_TOO ? 2 : 1); strict++) {
		struct reading r;

		prepare(&r, &all, strict, 0);
		for (size_t n = 1; n < t.n; n++) {
			struct arena_mark mark = arena_mark(r.arena);
			char             *copy = malloc(n); /* so that reading past the end is seen */

			if (!copy)
				abort();
			memcpy(copy, t.p, n);
			diags_init(&r.diags, r.arena);
			if (read_dump(&r, str_of(copy, n)) || r.diags.first->code != CO_DUMP_TRUNCATED)
				failed |= fail(name, "cut off and not seen", str_of(copy, n));
			free(copy);
			arena_reset(r.arena, mark);
		}
		arena_free(r.arena);
	}
	printf("%s: %zu lengths\n", name, t.n - 1);
	return failed;
}

enum { SMALLEST_BLOCK = 64 };

static int borders(const char *name, struct text t)
{
	struct peer_memory *memory = peer_memory_new();
	struct peer_value  *root = NULL;
	int                 failed = 0;

	if (simdjson_tree(memory, t.p, t.n, &root) != PEER_READ)
		return fail(name, "the peer refuses it", STR(""));
	find_clusters(&all, root);
	for (size_t shift = 0; shift < SMALLEST_BLOCK; shift++) {
		char *shifted = malloc(t.n + shift);

		if (!shifted)
			abort();
		memset(shifted, ' ', shift);
		memcpy(shifted + shift, t.p, t.n);
		for (int strict = 0; strict < 2; strict++)
			failed |= compare(name, str_of(shifted, t.n + shift), PEER_READ, strict, SMALLEST_BLOCK);
		free(shifted);
	}
	peer_memory_free(memory);
	return failed;
}

int main(int argc, char **argv)
{
	bool damaging = argc > 3 && strcmp(argv[1], "damage") == 0;
	int  first = damaging ? 4 : 2, failed = 0;

	if (argc <= first)
		return 2;
	if (damaging)
		random_state = strtoull(argv[3], NULL, 10) * 2654435761U + 88172645463325252U;
	for (int i = first; i < argc; i++) {
		struct text t = file_text(argv[i]);

		failed += damaging                          ? damage(argv[i], t, strtoul(argv[2], NULL, 10)) != 0
		          : strcmp(argv[1], "cut") == 0     ? cut(argv[i], t) != 0
		          : strcmp(argv[1], "borders") == 0 ? borders(argv[i], t) != 0
		                                            : same(argv[i], t) != 0;
		free(t.p);
	}
	printf("dump_clusters %s: %d passed, %d failed\n", argv[1], argc - first - failed, failed);
	return failed != 0;
}
