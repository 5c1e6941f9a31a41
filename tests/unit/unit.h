/* unit.h - what the unit tests share: an arena and findings for each test, numbers by chance, and failures that name their row. */
#ifndef CALLOUT_TESTS_UNIT_H
#define CALLOUT_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/limits.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct fixture {
	struct arena *arena;
	struct diags  diags;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->arena = arena_new(1024 * MIB);
	assert_non_null(f->arena);
	diags_init(&f->diags, f->arena);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	free(f);
	return 0;
}

/* For tests that look at no findings. */
static inline struct arena *arena_of(void **state)
{
	return ((struct fixture *)*state)->arena;
}

#define UNIT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* ---- failures that name their row ---- */

static inline void row_str(const char *row, struct str got, struct str want)
{
	if (str_present(got) != str_present(want) || !str_eq(got, want))
		fail_msg("%s:\n got %s\"%.*s\"\nwant %s\"%.*s\"", row, str_present(got) ? "" : "absent ", STR_ARG(got),
		         str_present(want) ? "" : "absent ", STR_ARG(want));
}

static inline void row_text(const char *row, struct str got, const char *want)
{
	row_str(row, got, str_c(want));
}

static inline void row_int(const char *row, int64_t got, int64_t want)
{
	if (got != want)
		fail_msg("%s: got %lld, want %lld", row, (long long)got, (long long)want);
}

static inline void row_true(const char *row, bool held, const char *what)
{
	if (!held)
		fail_msg("%s: not so: %s", row, what);
}

/* ---- chance ---- */

/* xorshift64: state is never 0. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The same numbers in each run; others with CALLOUT_TEST_SEED, which is printed. */
static inline uint64_t random_seed(void)
{
	const char *given = getenv("CALLOUT_TEST_SEED");
	uint64_t    seed = given ? strtoull(given, NULL, 10) : 1;

	print_message("CALLOUT_TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed ? seed : 1;
}

/* ---- findings ---- */

/* "DUPLICATE_KEY 2:1, TAG 3:4": names and places in the order of a report; "" when there are none. */
static inline struct str findings_text(struct fixture *f)
{
	const struct diag **sorted = diags_sorted(&f->diags, f->arena);
	struct buf          b;

	buf_init(&b, f->arena, MIB);
	for (size_t i = 0; i < f->diags.n; i++) {
		const struct diag *d = sorted[i];

		buf_fmt(&b, "%s%s", i ? ", " : "", diag_info_of(d->code)->name);
		if (d->pos.source) {
			struct place place = source_place(d->pos.source, d->pos.offset);

			buf_fmt(&b, " %u:%u", (unsigned)place.line, (unsigned)place.column);
		}
	}
	return buf_str(&b);
}

/* The findings so far must be these; the next row begins without any. */
static inline void row_findings(const char *row, struct fixture *f, const char *want)
{
	struct str got = findings_text(f);

	if (!str_is(got, want))
		fail_msg("%s:\n got findings \"%.*s\"\nwant findings \"%s\"\nfirst: %.*s", row, STR_ARG(got), want,
		         STR_ARG(f->diags.first ? f->diags.first->message : STR("none")));
	diags_init(&f->diags, f->arena);
}

#endif
