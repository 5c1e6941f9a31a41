#include "json/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/ascii.h"

/* 767 digits decide how a decimal rounds to a double; of the digits behind them it only matters whether any is not
 * zero. */
enum { DIGITS_MAX = 800, EXPONENT_MAX = 1000000000 };

/* "e-12": adds to *exponent. */
static bool parse_exponent(struct str s, int64_t *exponent)
{
	int64_t v = 0;
	size_t  at = 1;
	bool    negative;

	if (s.p[0] != 'e' && s.p[0] != 'E')
		return false;
	negative = at < s.n && s.p[at] == '-';
	if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
		at++;
	if (at == s.n)
		return false;
	for (; at < s.n; at++) {
		if (!ascii_is_digit(s.p[at]))
			return false;
		if (v < EXPONENT_MAX)
			v = v * 10 + (s.p[at] - '0');
	}
	*exponent += negative ? -v : v;
	return true;
}

/* Writes the significant digits at s[*at] to text; their number, or -1 when there is no digit at all. *exponent becomes
 * the power of ten of the last one written. */
static int take_digits(struct str s, size_t *at, char text[DIGITS_MAX + 1], int64_t *exponent)
{
	bool seen = false, point = false, rest = false;
	int  n = 0;

	*exponent = 0;
	for (; *at < s.n; ++*at) {
		char c = s.p[*at];

		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (!ascii_is_digit(c))
			break;
		seen = true;
		*exponent -= point;
		if (n == 0 && c == '0')
			continue;
		if (n < DIGITS_MAX) {
			text[n++] = c;
		} else {
			++*exponent;
			rest = rest || c != '0';
		}
	}
	if (rest) {
		text[n++] = '1';
		--*exponent;
	}
	return seen ? n : -1;
}

/* strtod is given a text of our own: it wants a NUL, and would take hexadecimal, "inf" and the locale's point. */
bool number_parse_double(struct str s, double *ret)
{
	char    digits[DIGITS_MAX + 1], text[DIGITS_MAX + 32];
	bool    negative = s.n && s.p[0] == '-';
	size_t  at = negative || (s.n && s.p[0] == '+');
	int64_t exponent;
	int     n = take_digits(s, &at, digits, &exponent);
	double  d;

	if (n < 0 || (at < s.n && !parse_exponent(str_slice(s, at, s.n), &exponent)))
		return false;
	snprintf(text, sizeof(text), "%s0%.*se%" PRId64, negative ? "-" : "", n, digits, exponent);
	d = strtod(text, NULL);
	if (isinf(d))
		return false;
	*ret = d;
	return true;
}

/* "1.50000000000000e+21" becomes "1.5e+21"; one digit stays behind the point. */
static struct str strip_zeros(struct arena *arena, const char *text)
{
	const char *e = strchr(text, 'e');
	const char *end = e;

	while (end[-1] == '0' && end[-2] != '.')
		end--;
	return STR_CONCAT(arena, str_of(text, (size_t)(end - text)), str_c(e));
}

struct str number_canonical(struct arena *arena, double d)
{
	double magnitude = fabs(d);
	bool   exponent = magnitude >= 1e15 || magnitude < 1e-4;
	char   text[40];

	if (!isfinite(d))
		return isnan(d) ? STR(".nan") : d > 0 ? STR(".inf") : STR("-.inf");
	if (d == 0)
		return signbit(d) ? STR("-0.0") : STR("0");
	if (magnitude < 1e15 && d == (double)(int64_t)d)
		return str_from_int(arena, (int64_t)d);
	for (int digits = 15; digits <= 17; digits++) {
		if (exponent)
			snprintf(text, sizeof(text), "%.*e", digits - 1, d);
		else
			snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	return exponent ? strip_zeros(arena, text) : str_copy(arena, str_c(text));
}
