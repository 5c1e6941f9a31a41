/* Near names: those that the index finds are those that comparing each with each finds, in any order; and who owns them. */
#include "unit.h"

#include "dump/proxy_state.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

/* ---- each with each ---- */

enum { EDITS = 3, WANTS = 60, NAMES = 300 };

struct near_to {
	enum near_kind kind;
	unsigned       distance;
	struct str     name;
};

static struct str first_label(struct str host)
{
	return str_slice(host, 0, str_find(host, '.', 0));
}

/* The same limits as the program's: what is left of two names without their equal ends is short. */
static unsigned edits_of(struct str a, struct str b)
{
	struct str x = a, y = b;

	while (x.n && y.n && x.p[0] == y.p[0]) {
		x = str_slice(x, 1, x.n);
		y = str_slice(y, 1, y.n);
	}
	while (x.n && y.n && x.p[x.n - 1] == y.p[y.n - 1]) {
		x.n--;
		y.n--;
	}
	return x.n > 4 * EDITS || y.n > 4 * EDITS ? EDITS + 1 : str_distance(a, b, EDITS);
}

static bool near_by_host(struct str wanted, struct str name, struct near_to *ret)
{
	struct cluster_name w = cluster_name_parse(wanted), m = cluster_name_parse(name);
	unsigned            port = m.port == w.port ? 0 : 4, edits;
	struct str          label = first_label(m.host);

	*ret = (struct near_to){ .name = name };
	if (!str_present(m.host) || m.host.n == 0)
		return false;
	if (str_eq(m.host, w.host) && str_is(m.direction, "inbound-vip")) {
		ret->kind = NEAR_INBOUND_VIP;
		ret->distance = port ? 2 : 0;
		return true;
	}
	if (!str_is(m.direction, "outbound"))
		return false;
	if (str_eq(m.host, w.host)) {
		ret->kind = port ? NEAR_PORT : NEAR_SUBSET;
		ret->distance = port ? (str_eq(m.subset, w.subset) ? 1 : 2) : m.subset.n > 0;
		return true;
	}
	if (str_eq_nocase(m.host, w.host) || str_eq(hostname_without_dot(m.host), hostname_without_dot(w.host))) {
		ret->kind = str_eq_nocase(m.host, w.host) ? NEAR_CASE : NEAR_DOT;
		ret->distance = 1 + port;
		return true;
	}
	edits = edits_of(m.host, w.host);
	if (edits <= EDITS) {
		ret->kind = NEAR_EDITS;
		ret->distance = 2 + edits + port;
		return true;
	}
	ret->kind = NEAR_DOMAIN;
	ret->distance = 6 + port;
	return str_eq(label, first_label(w.host)) && (label.n > 2 || label.n == w.host.n);
}

static bool is_before(const struct near_to *a, const struct near_to *b)
{
	return a->distance != b->distance ? a->distance < b->distance : str_cmp(a->name, b->name) < 0;
}

static size_t nearest(struct str wanted, const struct str *names, size_t n_names, struct near_to best[KEPT_NEAR])
{
	size_t n = 0;

	for (size_t i = 0; i < n_names; i++) {
		struct near_to  to;
		struct near_to *at = best + n;
		bool            istio = str_has_prefix(wanted, STR("outbound|")), again = false;

		if (istio ? !near_by_host(wanted, names[i], &to) : edits_of(names[i], wanted) > EDITS)
			continue;
		if (!istio)
			to = (struct near_to){ NEAR_EDITS, 2 + edits_of(names[i], wanted), names[i] };
		for (size_t k = 0; k < n; k++)
			again = again || str_eq(best[k].name, to.name);
		if (again)
			continue;
		while (at > best && is_before(&to, at - 1))
			at--;
		if (at == best + KEPT_NEAR)
			continue;
		n += n < KEPT_NEAR;
		memmove(at + 1, at, (size_t)(best + n - at - 1) * sizeof(*at));
		*at = to;
	}
	return n;
}

/* ---- names at random, of few words, so that many are near ---- */

static uint64_t random_state = 88172645463325252U;

static unsigned below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % n);
}

static struct str random_host(struct arena *arena)
{
	static const char *const labels[] = { "auth", "auht", "Auth", "a", "ab", "authz", "web", "api-1", "api-2" };
	static const char *const rests[] = { ".shop.svc.cluster.local",
		                             ".shop.svc.cluster.locla",
		                             ".other.svc.cluster.local",
		                             ".example.com",
		                             ".example.com.",
		                             ".Example.com",
		                             "" };
	char                     text[80];
	int n = snprintf(text, sizeof(text), "%s%s", labels[below(COUNT(labels))], rests[below(COUNT(rests))]);

	if (below(3) == 0)
		text[below((unsigned)n)] = "abcxyz01"[below(8)];
	return str_copy(arena, str_of(text, (size_t)n));
}

static struct str random_name(struct arena *arena, bool wanted)
{
	static const char *const subsets[] = { "", "", "v1", "v2" };
	static const char *const directions[] = { "outbound",    "outbound", "outbound",
		                                  "inbound-vip", "inbound",  "outbound|x" };
	static const unsigned    ports[] = { 80, 443, 8080 };
	struct str               host = random_host(arena);

	if (below(12) == 0)
		return STR_CONCAT(arena, STR("filter."), host);
	return str_fmt(arena, "%s|%u|%s|%.*s", wanted ? "outbound" : directions[below(COUNT(directions))],
	               ports[below(3)], subsets[below(COUNT(subsets))], STR_ARG(host));
}

static struct proxy_part *read_names(struct fixture *f, const struct dump_wants *wants, const struct str *names,
                                     size_t n)
{
	struct buf        b;
	struct json_input input;

	buf_init(&b, f->arena, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		buf_add(&b, i ? STR(",\n{\"name\":\"") : STR("[{\"name\":\""));
		buf_add(&b, names[i]);
		buf_lit(&b, "\",\"type\":\"EDS\",\"connectTimeout\":\"1s\"}");
	}
	buf_lit(&b, "]");
	json_input_bytes(&input, buf_str(&b));
	return dump_read(dump_reader_new(f->arena, wants, false), f->arena, source_without_bytes(f->arena, STR("dump")),
	                 &input, &f->diags);
}

static void check_want(const struct proxy_part *part, const struct dump_want *want, const struct str *names)
{
	struct near_to          best[KEPT_NEAR];
	size_t                  n = nearest(want->name, names, NAMES, best);
	const struct near_name *got = part->near[want->index];

	for (size_t i = 0; i < KEPT_NEAR; i++) {
		struct str is = got ? got[i].name : STR_ABSENT;

		row_text(want->name.p, is, i < n ? best[i].name.p : NULL);
		if (i >= n)
			continue;
		row_int(want->name.p, got[i].kind, best[i].kind);
		row_int(want->name.p, got[i].distance, best[i].distance);
	}
}

static void test_each_with_each(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 30; round++) {
		struct dump_wants *wants = ARENA_NEW(f->arena, struct dump_wants);
		struct str        *names = ARENA_ARRAY(f->arena, NAMES, struct str);
		struct proxy_part *part;

		dump_wants_init(wants, f->arena);
		for (int i = 0; i < WANTS; i++)
			dump_wants_cluster(wants, random_name(f->arena, true));
		for (int i = 0; i < NAMES; i++)
			do
				names[i] = random_name(f->arena, false);
			while (hash_get(&wants->by_name, names[i]));
		part = read_names(f, wants, names, NAMES);
		assert_non_null(part);
		for (size_t i = 0; i < wants->n_clusters; i++)
			check_want(part, &wants->clusters[i], names);
	}
}

/* ---- owners ---- */

/* They were read into memory that the next cluster is read into. */
static void test_owners(void **state)
{
	static const char text[] =
		"[{\"type\":\"EDS\",\"name\":\"outbound|80||auth.example.com\",\"metadata\":{\"filterMetadata\":{"
		"\"istio\":{\"services\":[{"
		"\"namespace\":\"payments\",\"name\":\"first\"}]}}}},"
		"{\"type\":\"EDS\",\"name\":\"outbound|8080||auth.example.com\",\"metadata\":{\"filterMetadata\":{"
		"\"istio\":{\"services\":[{"
		"\"namespace\":\"identity\",\"name\":\"another-entry\"}]}}}},"
		"{\"type\":\"EDS\",\"name\":\"outbound|9090||auth.example.com\"},"
		"{\"type\":\"EDS\",\"name\":\"outbound|443||mail.example.com\",\"metadata\":{\"filterMetadata\":{"
		"\"istio\":{\"services\":[{"
		"\"namespace\":\"xxxxxxxx\",\"name\":\"yyyyy\"}]}}}}]";
	static const char *const owners[][2] = { { "identity", "another-entry" },
		                                 { "payments", "first" },
		                                 { NULL, NULL } };
	struct fixture          *f = *state;
	struct dump_wants       *wants = ARENA_NEW(f->arena, struct dump_wants);
	struct json_input        input;
	struct proxy_part       *part;

	dump_wants_init(wants, f->arena);
	dump_wants_cluster(wants, STR("outbound|443||auth.example.com"));
	json_input_bytes(&input, str_c(text));
	part = dump_read(dump_reader_new(f->arena, wants, false), f->arena, source_without_bytes(f->arena, STR("dump")),
	                 &input, &f->diags);
	assert_non_null(part);
	for (size_t i = 0; i < COUNT(owners); i++) {
		row_text("namespace", part->near[0][i].owner.namespace, owners[i][0]);
		row_text("name", part->near[0][i].owner.name, owners[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(test_each_with_each), UNIT_TEST(test_owners) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
