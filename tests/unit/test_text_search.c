/* text_search: memcmp at every place is the referee, on bytes made so that texts are nearly met everywhere. */
#include "unit.h"

#include "wasm/text_search.h"

enum { TEXTS = 12, MOST = 4096 };

/* Places and texts in the order of their finding, as one number each. */
struct found {
	uint64_t items[MOST * 4];
	size_t   n;
};

static void note(void *context, size_t at, size_t text)
{
	struct found *f = context;

	assert_true(f->n < COUNT(f->items));
	f->items[f->n++] = at * TEXTS + text;
}

static void find_naively(const struct str *texts, size_t n, struct str bytes, size_t limit, struct found *f)
{
	for (size_t at = 0; at < bytes.n && at < limit; at++)
		for (size_t i = 0; i < n; i++)
			if (str_has_prefix(str_slice(bytes, at, bytes.n), texts[i]))
				note(f, at, i);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void compare(struct fixture *f, const char *row, const struct str *texts, size_t n, struct str bytes,
                    size_t limit)
{
	static struct found want, got;
	struct text_search *s = text_search_new(f->arena, texts, n);

	want.n = 0;
	find_naively(texts, n, bytes, limit, &want);
	for (int portable = 0; portable < 2; portable++) {
		got.n = 0;
		text_search_run(s, bytes, limit, note, &got);
		qsort(got.items, got.n, sizeof(got.items[0]), by_number);
		row_int(row, (int64_t)got.n, (int64_t)want.n);
		row_true(row, memcmp(got.items, want.items, want.n * sizeof(want.items[0])) == 0, "the same places");
		text_search_portable(s);
	}
}

/* A text at every place of blocks of every size up to some steps of 32, the end of the bytes being that of a page's. */
static void test_places(void **state)
{
	static const struct str texts[] = { STR_INIT("outbound|"), STR_INIT("|b|"), STR_INIT("://auth.example.com") };
	struct fixture         *f = *state;

	for (size_t n = 0; n < 130; n++) {
		for (size_t at = 0; at < n; at++) {
			char *p = malloc(
				n); /* of the very size: what is read behind it is found by the address sanitizer */

			assert_non_null(p);
			memset(p, 'o', n);
			memcpy(p + at, texts[at % 3].p, n - at < texts[at % 3].n ? n - at : texts[at % 3].n);
			compare(f, "one text", texts, 3, str_of(p, n), n);
			free(p);
		}
	}
}

static uint32_t chance(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* Two letters, a zero, and a byte that is not ASCII, which texts have in every other round: texts overlap, stand in each
 * other, and share fingerprints. */
static void test_crowded(void **state)
{
	static const char alphabet[] = { 'a', 'b', 0, (char)0xe1 };
	struct fixture   *f = *state;
	char              bytes[MOST];
	uint32_t          seed = 1;

	for (int round = 0; round < 200; round++) {
		struct str texts[TEXTS];
		size_t     n = 1 + chance(&seed, TEXTS), size = chance(&seed, 600);

		for (size_t i = 0; i < size; i++)
			bytes[i] = alphabet[chance(&seed, 4)];
		for (size_t i = 0; i < n; i++) {
			char  *p = arena_alloc(f->arena, 20);
			size_t length = SEARCH_SHORTEST + chance(&seed, 9);

			for (size_t k = 0; k < length; k++)
				p[k] = alphabet[chance(&seed, 3 + (uint32_t)round % 2)];
			texts[i] = str_of(p, length);
		}
		compare(f, "crowded", texts, n, str_of(bytes, size), chance(&seed, (uint32_t)size + 2));
	}
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;

	compare(f, "no texts", NULL, 0, STR("outbound|443||x"), 15);
	compare(f, "no bytes", (struct str[]){ STR_INIT("abc") }, 1, STR(""), 0);
	compare(f, "two bytes", (struct str[]){ STR_INIT("abc") }, 1, STR("ab"), 2);
	compare(f, "it alone", (struct str[]){ STR_INIT("abc") }, 1, STR("abc"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(test_places), UNIT_TEST(test_crowded), UNIT_TEST(test_nothing) };

	return cmocka_run_group_tests_name("text_search", tests, NULL, NULL);
}
