#include "serve/process/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/utf8.h"

/* SPARE: for keys, quotes and the end of the line, when values have taken the rest. */
enum { VALUE_BYTES = 1024, LINE_BYTES = 16 * 1024, SPARE_BYTES = 1024, LONGEST_ESCAPE = 12 };

static bool as_json;

void log_begin(bool json)
{
	as_json = json;
}

struct line {
	char   text[LINE_BYTES];
	size_t n;
};

static void put(struct line *l, const char *p, size_t n)
{
	if (n > sizeof(l->text) - 8 - l->n)
		n = sizeof(l->text) - 8 - l->n;
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void put_text(struct line *l, const char *z)
{
	put(l, z, strlen(z));
}

static void put_escape(struct line *l, uint32_t unit)
{
	char escape[8];

	snprintf(escape, sizeof(escape), "\\u%04x", unit & 0xffff);
	put_text(l, escape);
}

/* As JSON has it: beyond 16 bits two halves, and the sign for what cannot be read in the place of no UTF-8. */
static void put_character(struct line *l, uint32_t cp)
{
	char c = (char)cp;

	if (cp == '"' || cp == '\\')
		put(l, "\\", 1);
	if (cp >= ' ' && cp < 0x7f) {
		put(l, &c, 1);
	} else if (cp > 0xffff) {
		put_escape(l, 0xd800 + ((cp - 0x10000) >> 10));
		put_escape(l, 0xdc00 + ((cp - 0x10000) & 0x3ff));
	} else {
		put_escape(l, cp);
	}
}

/* Printable ASCII as it is; the rest, which a terminal or a reader of logs might obey, as escapes. */
static void put_value(struct line *l, struct str s)
{
	size_t i = 0;

	put_text(l, "\"");
	while (i < s.n && i < VALUE_BYTES && l->n + LONGEST_ESCAPE + SPARE_BYTES < sizeof(l->text)) {
		uint32_t cp = 0xfffd;
		size_t   n = utf8_decode(s, i, &cp);

		put_character(l, n ? cp : 0xfffd);
		i += n ? n : 1;
	}
	put_text(l, i < s.n ? "...\"" : "\"");
}

static void put_time(struct line *l)
{
	struct timespec now;
	struct tm       tm;
	char            text[40];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	put_text(l, text);
	snprintf(text, sizeof(text), ".%03ldZ", now.tv_nsec / 1000000);
	put_text(l, text);
}

void log_event(enum log_level level, const char *event, const struct log_value *values)
{
	static const char *const levels[] = { "info", "warning", "error" };
	struct line              l = { .n = 0 };

	put_text(&l, as_json ? "{\"time\":\"" : "");
	put_time(&l);
	put_text(&l, as_json ? "\",\"level\":\"" : " ");
	put_text(&l, levels[level]);
	put_text(&l, as_json ? "\",\"component\":\"callout-serve\",\"msg\":" : " ");
	if (as_json)
		put_value(&l, str_c(event));
	else
		put_text(&l, event);
	for (; values && values->key; values++) {
		if (!str_present(values->value))
			continue;
		put_text(&l, as_json ? ",\"" : " ");
		put_text(&l, values->key);
		put_text(&l, as_json ? "\":" : "=");
		put_value(&l, values->value);
	}
	put_text(&l, as_json ? "}\n" : "\n");
	file_write_all(STDERR_FILENO, str_of(l.text, l.n)); /* a log that cannot be written has nobody to tell */
}

static struct str place_text(struct arena *arena, const struct diag *d)
{
	struct place place;

	if (!d->pos.source)
		return STR_ABSENT;
	place = source_place(d->pos.source, d->pos.offset);
	return STR_CONCAT(arena, d->pos.source->name, STR(":"), str_from_uint(arena, place.line), STR(":"),
	                  str_from_uint(arena, place.column));
}

void log_findings(const struct diags *diags, struct arena *arena)
{
	const struct diag **sorted = diags_sorted(diags, arena);
	char                code[7];

	for (size_t i = 0; i < diags->n; i++)
		log_event(sorted[i]->level == DIAG_ERROR     ? LOG_ERROR
		          : sorted[i]->level == DIAG_WARNING ? LOG_WARNING
		                                             : LOG_INFO,
		          "finding",
		          LOG_VALUES({ "code", str_c(diag_code_text(sorted[i]->code, code)) },
		                     { "message", sorted[i]->message }, { "place", place_text(arena, sorted[i]) },
		                     { "help", sorted[i]->help }));
}
