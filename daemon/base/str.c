#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/ascii.h"

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int    c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

static int compare(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

void str_sort(struct str *texts, size_t n)
{
	if (n)
		qsort(texts, n, sizeof(*texts), compare);
}

bool str_has_prefix(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_has_suffix(struct str s, struct str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool str_ends_with_nocase(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq_nocase(str_slice(s, s.n - suffix.n, s.n), suffix);
}

size_t str_find(struct str s, char c, size_t from)
{
	const char *p = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;

	return p ? (size_t)(p - s.p) : s.n;
}

size_t str_find_last(struct str s, char c)
{
	const char *p = s.n ? memrchr(s.p, c, s.n) : NULL;

	return p ? (size_t)(p - s.p) : s.n;
}

struct str str_trimmed(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_slice(s, 1, s.n);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

size_t str_find_str(struct str s, struct str needle, size_t from)
{
	const char *p = NULL;

	if (from <= s.n && needle.n && s.n - from >= needle.n)
		p = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return p ? (size_t)(p - s.p) : s.n;
}

struct str str_cut(struct str s, char sep, struct str *head)
{
	size_t at = str_find(s, sep, 0);

	*head = str_slice(s, 0, at);
	return at == s.n ? STR_ABSENT : str_slice(s, at + 1, s.n);
}

bool str_to_uint(struct str s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (s.p[i] < '0' || digit > 9 || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

struct str str_copy(struct arena *arena, struct str s)
{
	char *p;

	if (!s.p)
		return s;
	p = arena_alloc(arena, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	return str_of(p, s.n);
}

struct str str_lower(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = ascii_lower(s.p[i]);
	return str_of(p, s.n);
}

struct str str_concat(struct arena *arena, const struct str *parts, size_t n)
{
	size_t total = 0;
	char  *p, *at;

	for (size_t i = 0; i < n; i++)
		total += parts[i].n;
	at = p = arena_alloc(arena, total + 1);
	for (size_t i = 0; i < n; i++) {
		if (parts[i].n)
			memcpy(at, parts[i].p, parts[i].n);
		at += parts[i].n;
	}
	return str_of(p, total);
}

struct str str_fmt(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	int     n;
	char   *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return STR("");
	p = arena_alloc(arena, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return str_of(p, (size_t)n);
}

struct str str_digits(struct digits *room, uint64_t v)
{
	size_t at = sizeof(room->p);

	do {
		room->p[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	return str_of(room->p + at, sizeof(room->p) - at);
}

struct str str_from_uint(struct arena *arena, uint64_t v)
{
	struct digits d;

	return str_copy(arena, str_digits(&d, v));
}

struct str str_from_int(struct arena *arena, int64_t v)
{
	if (v >= 0)
		return str_from_uint(arena, (uint64_t)v);
	return STR_CONCAT(arena, STR("-"), str_from_uint(arena, ~(uint64_t)v + 1));
}

enum { DISTANCE_MAX = 64 };

static unsigned min_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Damerau's distance (optimal string alignment) with three rows. */
unsigned str_distance(struct str a, struct str b, unsigned limit)
{
	unsigned rows[3][DISTANCE_MAX + 1];

	if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX || a.n > b.n + limit || b.n > a.n + limit)
		return limit + 1;
	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3], nearest;

		nearest = now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			char     x = ascii_lower(a.p[i - 1]), y = ascii_lower(b.p[j - 1]);
			unsigned d = min_of(last[j] + 1, min_of(now[j - 1] + 1, last[j - 1] + (x != y)));

			if (i > 1 && j > 1 && x == ascii_lower(b.p[j - 2]) && ascii_lower(a.p[i - 2]) == y)
				d = min_of(d, before[j - 2] + 1);
			now[j] = d;
			nearest = min_of(nearest, d);
		}
		if (nearest > limit) /* the rows below only add to it */
			return limit + 1;
	}
	return min_of(rows[a.n % 3][b.n], limit + 1);
}

size_t str_nearest(struct str given, const struct str *candidates, size_t n)
{
	size_t   best = n;
	unsigned limit = given.n <= 3 ? 1 : given.n <= 8 ? 2 : 3;

	for (size_t i = 0; i < n; i++) {
		unsigned d = str_distance(given, candidates[i], limit);

		/* a candidate of which every letter had to be changed is not similar */
		if (d <= limit && d < candidates[i].n && d < given.n + 1) {
			if (d == 0)
				return i;
			limit = d - 1;
			best = i;
		}
	}
	return best;
}
