/* Matchers of HTTP filters (envoy/extensions/common/matching/v3): the filters that their actions may run, as those of the composite
 * filter do (ExecuteFilterAction). */
#include "dump/named_filter.h"

/* Envoy's own nest by some ten levels for each matcher in a matcher. */
enum { DEEPEST = 64 };

/* A filter that an action names, or anything else that has a name. */
static void note_name(struct dump_reader *r)
{
	char                 buf[LIMIT_DUMP_TEXT_BYTES];
	struct json_text     t;
	struct json_place    place;
	struct proxy_plugin *p;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &t))
		return;
	place = json_scan_place(r->scan);
	p = plugin_of(r, t.text);
	if (!p)
		return;
	if (!p->seen)
		p->pos = tell_place(r, &place, t.text.n + 2);
	p->seen |= PLUGIN_LISTENER;
	p->matched = true;
}

static void look_into(struct dump_reader *r, unsigned depth)
{
	enum json_kind kind = json_scan_kind(r->scan);
	struct str     key;

	if (depth == DEEPEST)
		return;
	if (kind == JSON_ARRAY && json_scan_enter_array(r->scan)) {
		while (json_scan_next_item(r->scan))
			look_into(r, depth + 1);
	} else if (kind == JSON_OBJECT && json_scan_enter_object(r->scan)) {
		while (json_scan_next_key(r->scan, &key))
			if (str_is(key, "name"))
				note_name(r);
			else
				look_into(r, depth + 1);
	}
}

void matcher_read(struct dump_reader *r)
{
	look_into(r, 0);
}
