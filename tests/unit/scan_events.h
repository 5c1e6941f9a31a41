/* scan_events.h - a document as the scanner sees it, written down one value a line: what two scans must agree on. */
#ifndef CALLOUT_TESTS_SCAN_EVENTS_H
#define CALLOUT_TESTS_SCAN_EVENTS_H

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "json/json_scan.h"

enum { EVENT_CAP = 4096 };

/* Set: every object is looked into before it is entered, which must make no difference. */
static bool events_look_ahead;

static inline void events_line(struct buf *out, char kind, struct str text)
{
	buf_char(out, kind);
	buf_add(out, text);
	buf_char(out, '\n');
}

static inline void events_scalar(struct json_scan *s, enum json_kind kind, struct buf *out)
{
	char             text[EVENT_CAP];
	struct json_text read;
	bool             value;

	if (kind == JSON_STRING && json_scan_string(s, text, sizeof(text), &read))
		events_line(out, 's', read.text);
	else if (kind == JSON_NUMBER && json_scan_number(s, text, sizeof(text), &read))
		events_line(out, 'n', read.text);
	else if ((kind == JSON_TRUE || kind == JSON_FALSE) && json_scan_bool(s, &value))
		buf_add(out, str_c(value ? "true\n" : "false\n"));
	else if (kind == JSON_NULL && json_scan_null(s))
		buf_lit(out, "null\n");
}

static inline bool events_failed(const struct json_scan *s)
{
	return json_scan_error(s)->fault != JSON_OK;
}

/* The value that comes next, with all in it. Strings are decoded, numbers as they stand. */
static inline void events_value(struct json_scan *s, struct buf *out)
{
	unsigned   base = json_scan_level(s);
	struct str key;
	bool       in_array[LIMIT_SCAN_DEPTH + 1];

	do {
		switch (json_scan_kind(s)) {
		case JSON_OBJECT:
			buf_lit(out, "{\n");
			if (events_look_ahead)
				json_scan_peek_string(s, STR("name"), &key);
			json_scan_enter_object(s);
			in_array[json_scan_level(s)] = false;
			break;
		case JSON_ARRAY:
			buf_lit(out, "[\n");
			json_scan_enter_array(s);
			in_array[json_scan_level(s)] = true;
			break;
		default:
			events_scalar(s, json_scan_kind(s), out);
			break;
		}
		while (json_scan_level(s) > base && !events_failed(s)) {
			if (in_array[json_scan_level(s)] ? json_scan_next_item(s) : json_scan_next_key(s, &key)) {
				if (!in_array[json_scan_level(s)])
					events_line(out, 'k', key);
				break;
			}
			if (!events_failed(s))
				buf_lit(out, "end\n");
		}
	} while (json_scan_level(s) > base && !events_failed(s));
}

static inline void events_result(struct json_scan *s, uint64_t shift, struct buf *out)
{
	const struct json_error *e = json_scan_error(s);

	if (json_scan_finish(s)) {
		buf_lit(out, "fine\n");
		return;
	}
	buf_fmt(out, "%s at %llu, line %llu, expected %s\n", json_fault_text(e->fault),
	        (unsigned long long)(e->offset - shift), (unsigned long long)e->line, e->expected);
}

#endif
