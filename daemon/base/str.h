/* str.h - a string that knows its length and owns nothing.
 *
 * A struct str points into a source, an arena or a literal; whoever made those bytes keeps them alive.
 * The bytes may hold anything, NUL included. p == NULL means "absent", which is not the empty string.
 */
#ifndef CALLOUT_BASE_STR_H
#define CALLOUT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct str {
	const char *p;
	size_t      n;
};

/* STR("literal") is a constant expression too, so that tables can use it. */
#define STR_INIT(lit)                                                                                                  \
	{                                                                                                              \
		(lit), sizeof(lit) - 1                                                                                 \
	}
#define STR(lit)   ((struct str)STR_INIT(lit))
#define STR_ABSENT ((struct str){ NULL, 0 })

/* For printf("%.*s", STR_ARG(s)); only for text of less than INT_MAX bytes. */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_of(const char *p, size_t n)
{
	return (struct str){ p, n };
}

/* A NULL pointer gives the absent string. */
static inline struct str str_c(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}

static inline bool str_present(struct str s)
{
	return s.p != NULL;
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
	return str_eq(a, str_c(z));
}

/* The bytes [from, to) of s; both are clamped to it. Of the absent string: absent. */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct str){ from ? s.p + from : s.p, to - from }; /* to NULL, which absent is, nothing may be added */
}

int  str_cmp(struct str a, struct str b);   /* by bytes, shorter first: no locale */
void str_sort(struct str *texts, size_t n); /* in that order; NULL where there is none */
bool str_has_prefix(struct str s, struct str prefix);
bool str_has_suffix(struct str s, struct str suffix);
bool str_ends_with_nocase(struct str s, struct str suffix);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */

/* The index of the first c at or after from, or s.n. */
size_t str_find(struct str s, char c, size_t from);
/* The index of the last c, or s.n. */
size_t str_find_last(struct str s, char c);
/* The index of the first occurrence of needle, or s.n. */
size_t str_find_str(struct str s, struct str needle, size_t from);

/* Splits at the first sep: *head is what stands before it and the rest is returned; without a sep *head is
 * all of s and the result is absent. */
struct str str_cut(struct str s, char sep, struct str *head);

/* Without blanks and tabs at its ends. */
struct str str_trimmed(struct str s);

/* Decimal digits only, no sign, no more than max: true and *ret, else false. */
bool str_to_uint(struct str s, uint64_t max, uint64_t *ret);

/* Copies of text into the arena; a terminating NUL stands behind the copy, outside its length. */
struct str str_copy(struct arena *, struct str);
struct str str_lower(struct arena *, struct str);
struct str str_fmt(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str str_concat(struct arena *, const struct str *parts, size_t n);

/* A number in decimal, written into room. */
struct digits {
	char p[20];
};
struct str str_digits(struct digits *room, uint64_t);
struct str str_from_int(struct arena *, int64_t);
struct str str_from_uint(struct arena *, uint64_t);

#define STR_CONCAT(arena, ...)                                                                                         \
	str_concat((arena), (const struct str[]){ __VA_ARGS__ },                                                       \
	           sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))

/* The number of edits (insert, delete, replace, swap of neighbours) that turn one short name into the other, letter
 * case aside; at most limit + 1. */
unsigned str_distance(struct str a, struct str b, unsigned limit);

/* The index of the candidate that the user most likely meant by given, or n when none is near enough. */
size_t str_nearest(struct str given, const struct str *candidates, size_t n);

#endif
