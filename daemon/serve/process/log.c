#include "serve/process/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

enum { VALUE_BYTES = 1024, LINE_BYTES = 16 * 1024 };

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

/* Printable ASCII as it is; the rest, which a terminal or a reader of logs might obey, as escapes. */
static void put_value(struct line *l, struct str s)
{
	char escape[8];

	put_text(l, "\"");
	for (size_t i = 0; i < s.n && i < VALUE_BYTES; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\') {
			put(l, "\\", 1);
			put(l, s.p + i, 1);
		} else if (c >= ' ' && c < 0x7f) {
			put(l, s.p + i, 1);
		} else {
			snprintf(escape, sizeof(escape), "\\u%04x", c);
			put_text(l, escape);
		}
	}
	put_text(l, s.n > VALUE_BYTES ? "...\"" : "\"");
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
	put_text(&l, as_json ? "\",\"msg\":" : " ");
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
