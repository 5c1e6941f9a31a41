#include "manifest/duration.h"

#include "base/arena.h"
#include "base/ascii.h"

static const struct {
	const char *name;
	int64_t     ns;
} units[] = {
	{ "ns", 1 },       { "us", 1000 },      { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 },
	{ "ms", 1000000 }, { "s", 1000000000 }, { "m", 60000000000 },  { "h", 3600000000000 },
};

/* What is too large for the type stays its largest. */
static void add_scaled(int64_t *total, int64_t value, int64_t unit)
{
	int64_t product;

	if (__builtin_mul_overflow(value, unit, &product) || __builtin_add_overflow(*total, product, total))
		*total = INT64_MAX;
}

/* One "1.5h": its nanoseconds are added to *total, *at moves behind it. */
static bool parse_part(struct str s, size_t *at, int64_t *total)
{
	size_t  digits = *at, fraction, fraction_end, unit;
	int64_t whole = 0, ns = 0;

	for (; *at < s.n && ascii_is_digit(s.p[*at]); (*at)++) {
		int64_t digit = s.p[*at] - '0';

		add_scaled(&digit, whole, 10);
		whole = digit;
	}
	digits = *at - digits;
	fraction = *at;
	if (*at < s.n && s.p[*at] == '.')
		for (fraction = ++*at; *at < s.n && ascii_is_digit(s.p[*at]); (*at)++)
			;
	fraction_end = *at;
	if (digits + (fraction_end - fraction) == 0)
		return false;
	for (unit = *at; *at < s.n && !ascii_is_digit(s.p[*at]) && s.p[*at] != '.'; (*at)++)
		;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_is(str_slice(s, unit, *at), units[i].name))
			ns = units[i].ns;
	if (ns == 0)
		return false;
	add_scaled(total, whole, ns);
	for (size_t i = fraction; i < fraction_end; i++) {
		if (ns % 10 && s.p[i] != '0')
			return false; /* finer than a nanosecond */
		ns /= 10;
		add_scaled(total, s.p[i] - '0', ns);
	}
	return true;
}

bool duration_parse(struct str s, int64_t *ret_ms)
{
	int64_t ns = 0;
	size_t  at = 0;

	while (at < s.n)
		if (!parse_part(s, &at, &ns))
			return false;
	if (ns < 1000000 || (ns % 1000000 && ns < INT64_MAX))
		return false;
	*ret_ms = ns / 1000000;
	return true;
}

struct str duration_seconds_text(struct arena *arena, int64_t ms)
{
	struct str text;

	if (ms % 1000 == 0)
		return STR_CONCAT(arena, str_from_int(arena, ms / 1000), STR("s"));
	text = str_fmt(arena, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
	while (text.p[text.n - 1] == '0')
		text.n--;
	return STR_CONCAT(arena, text, STR("s"));
}
