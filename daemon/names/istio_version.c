#include "names/istio_version.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/ascii.h"

bool istio_version_parse(struct str s, int *ret_minor)
{
	struct str major, minor, patch, rest = str_cut(s, '.', &major);
	uint64_t   number, ignored;

	if (!str_is(major, "1") || !rest.p)
		return false;
	patch = str_cut(rest, '.', &minor);
	if (!str_to_uint(minor, 999, &number) || (minor.n > 1 && minor.p[0] == '0'))
		return false;
	if (patch.p && !str_to_uint(patch, 999, &ignored))
		return false;
	*ret_minor = (int)number;
	return true;
}

bool istio_version_known(int minor)
{
	return minor >= ISTIO_OLDEST && minor <= ISTIO_NEWEST;
}

bool version_range_parse(struct str s, struct version_range *ret)
{
	struct version_range range;
	size_t               dots = str_find_str(s, STR(".."), 0);

	if (!istio_version_parse(str_slice(s, 0, dots), &range.low))
		return false;
	range.high = range.low;
	if (dots < s.n && !istio_version_parse(str_slice(s, dots + 2, s.n), &range.high))
		return false;
	*ret = range;
	return true;
}

const char *version_range_read(struct str s, struct version_range *ret)
{
	struct version_range range;

	if (!version_range_parse(s, &range))
		return VERSION_RANGE_NONE;
	if (!istio_version_known(range.low) || !istio_version_known(range.high))
		return "is not a version that this release knows (1.11 to 1.32)";
	if (range.low > range.high)
		return VERSION_RANGE_TURNED;
	*ret = range;
	return NULL;
}

/* The next character that the pattern has to find; '*' stands for any, '\0' for the end of what is plain. */
static char plain_next(struct str pattern, size_t *at)
{
	bool   escaped = *at + 1 < pattern.n && pattern.p[*at] == '\\';
	size_t i = *at + escaped;
	char   c = i < pattern.n ? pattern.p[i] : '\0', behind = i + 1 < pattern.n ? pattern.p[i + 1] : '\0';

	*at = i + 1;
	if ((behind && strchr("*?+{", behind)) || !(c == '.' || c == '-' || ascii_is_digit(c)))
		return '\0';
	return c == '.' && !escaped ? '*' : c;
}

bool istio_version_pattern_excludes(struct str pattern, int minor)
{
	char   text[sizeof("1.-2147483648")];
	int    n = snprintf(text, sizeof(text), "1.%d", minor);
	size_t at = 1;

	if (!str_has_prefix(pattern, STR("^")) || str_find(pattern, '|', 0) < pattern.n)
		return false;
	for (int i = 0; i < n; i++) {
		char c = plain_next(pattern, &at);

		if (!c)
			return false;
		if (c != '*' && c != text[i])
			return true;
	}
	return ascii_is_digit(plain_next(pattern, &at));
}

struct str version_range_text(struct arena *arena, struct version_range range)
{
	if (range.low == range.high)
		return str_fmt(arena, "Istio 1.%d", range.low);
	return str_fmt(arena, "Istio 1.%d to 1.%d", range.low, range.high);
}
