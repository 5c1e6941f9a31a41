#include "serve/content/media.h"

struct names {
	const char *sent;
	const char *names[5]; /* all that clients call it, the registered one first; ends with NULL */
};

/* application/yaml is RFC 9512; the others were used before it. */
static const struct names table[] = {
	[MEDIA_YAML] = { "application/yaml",
	                 { "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", NULL } },
	[MEDIA_JSON] = { "application/json", { "application/json", NULL } },
	[MEDIA_TEXT] = { "text/plain; charset=utf-8", { "text/plain", NULL } },
	[MEDIA_PROBLEM] = { "application/problem+json", { "application/problem+json", NULL } },
	[MEDIA_OPENMETRICS] = { "application/openmetrics-text; version=1.0.0; charset=utf-8",
	                        { "application/openmetrics-text", NULL } },
	[MEDIA_METRICS] = { "text/plain; version=0.0.4; charset=utf-8", { "text/plain", NULL } },
	[MEDIA_HTML] = { "text/html; charset=utf-8", { "text/html", NULL } },
	[MEDIA_EVENTS] = { "text/event-stream", { "text/event-stream", NULL } },
	[MEDIA_WASM] = { "application/wasm", { "application/wasm", NULL } },
	[MEDIA_MULTIPART] = { "multipart/form-data", { "multipart/form-data", NULL } },
	[MEDIA_BYTES] = { "application/octet-stream", { "application/octet-stream", NULL } },
	[MEDIA_GZIP] = { "application/gzip", { "application/gzip", "application/x-gzip", NULL } }, /* RFC 6713 */
};

const char *media_text(enum media m)
{
	return table[m].sent;
}

const char *media_name(enum media m)
{
	return table[m].names[0];
}

static bool is_called(enum media m, struct str name)
{
	for (size_t i = 0; table[m].names[i]; i++)
		if (str_eq_nocase(name, str_c(table[m].names[i])))
			return true;
	return false;
}

/* 2 for the type itself, 1 for type / *, 0 for the range of everything, -1 when the range does not hold it. */
static int match(struct str range, enum media m)
{
	struct str type;

	if (is_called(m, range))
		return 2;
	if (str_is(range, "*/*"))
		return 0;
	if (!str_has_suffix(range, STR("/*")))
		return -1;
	for (size_t i = 0; table[m].names[i]; i++) {
		str_cut(str_c(table[m].names[i]), '/', &type);
		if (str_eq_nocase(type, str_slice(range, 0, range.n - 2)))
			return 1;
	}
	return -1;
}

/* q=0.123 as 123; 1000 without one; 0 for a malformed one. */
static unsigned weight_of(struct str parameters)
{
	while (str_present(parameters)) {
		struct str one, name, value, fraction, whole;
		uint64_t   v = 0;

		parameters = str_cut(parameters, ';', &one);
		value = str_trimmed(str_cut(one, '=', &name));
		if (!str_eq_nocase(str_trimmed(name), STR("q")))
			continue;
		fraction = str_cut(value, '.', &whole);
		if (str_is(whole, "1"))
			return 1000;
		/* Java's own client sends q=.2, without the 0 that the grammar wants. */
		if ((whole.n && !str_is(whole, "0")) || (whole.n == 0 && fraction.n == 0) || fraction.n > 3 ||
		    (fraction.n && !str_to_uint(fraction, 999, &v)))
			return 0;
		return (unsigned)v * (fraction.n == 1 ? 100 : fraction.n == 2 ? 10 : 1);
	}
	return 1000;
}

/* The most specific range that holds the type decides. */
static unsigned quality(struct str accept, enum media m)
{
	unsigned q = 0;
	int      best = -1;

	while (str_present(accept)) {
		struct str one, range, parameters;
		int        specific;

		accept = str_cut(accept, ',', &one);
		parameters = str_cut(one, ';', &range);
		specific = match(str_trimmed(range), m);
		if (specific > best) {
			best = specific;
			q = weight_of(parameters);
		}
	}
	return q;
}

enum media media_choose(struct str accept, const enum media *offers)
{
	enum media best = MEDIA_NONE;
	unsigned   most = 0;

	if (str_trimmed(accept).n == 0)
		return offers[0];
	for (; *offers != MEDIA_NONE; offers++) {
		unsigned q = quality(accept, *offers);

		if (q > most) {
			most = q;
			best = *offers;
		}
	}
	return best;
}

enum media media_of(struct str content_type)
{
	struct str name;

	str_cut(content_type, ';', &name);
	for (unsigned m = 0; m < MEDIA_NONE; m++)
		if (is_called((enum media)m, str_trimmed(name)))
			return (enum media)m;
	return MEDIA_NONE;
}

/* Where the parameter ends: a semicolon between quotes belongs to its value. */
static size_t parameter_end(struct str s, size_t at)
{
	bool quoted = false;

	for (; at < s.n && (quoted || s.p[at] != ';'); at++) {
		if (quoted && s.p[at] == '\\')
			at++;
		else if (s.p[at] == '"')
			quoted = !quoted;
	}
	return at < s.n ? at : s.n;
}

struct str media_parameter(struct str content_type, struct str wanted)
{
	for (size_t at = str_find(content_type, ';', 0), end; at < content_type.n; at = end) {
		struct str one, name, value;

		end = parameter_end(content_type, at + 1);
		one = str_slice(content_type, at + 1, end);
		value = str_trimmed(str_cut(one, '=', &name));
		if (!str_eq_nocase(str_trimmed(name), wanted))
			continue;
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = str_slice(value, 1, value.n - 1);
		return value;
	}
	return STR_ABSENT;
}

bool encoding_is_gzip(struct str content_encoding)
{
	return str_eq_nocase(content_encoding, STR("gzip")) || str_eq_nocase(content_encoding, STR("x-gzip"));
}
