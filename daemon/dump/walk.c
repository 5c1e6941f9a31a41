/* Small readings that every kind of thing needs. */
#include "dump/reading.h"

struct str take_text(struct dump_reader *r)
{
	char             buf[LIMIT_DUMP_TEXT_BYTES];
	struct json_text t;

	if (!json_scan_string(r->scan, buf, sizeof(buf), &t))
		return STR_ABSENT;
	return str_copy(r->scratch, t.text);
}

struct str take_long_text(struct dump_reader *r, bool *cut)
{
	struct json_text t;

	if (!r->long_text)
		r->long_text = arena_alloc(r->arena, LIMIT_PLUGIN_BYTES);
	if (!json_scan_string(r->scan, r->long_text, LIMIT_PLUGIN_BYTES, &t))
		return STR_ABSENT;
	*cut = t.cut;
	return str_copy(r->scratch, t.text);
}

/* A string, a number or a boolean as text. */
static struct str take_scalar(struct dump_reader *r)
{
	char             buf[64];
	struct json_text t;

	if (json_scan_kind(r->scan) == JSON_STRING)
		return take_text(r);
	if (json_scan_kind(r->scan) == JSON_OBJECT || json_scan_kind(r->scan) == JSON_ARRAY)
		return STR_ABSENT;
	return json_scan_raw(r->scan, buf, sizeof(buf), &t) ? str_copy(r->scratch, t.text) : STR_ABSENT;
}

/* One that is no scalar stays without value: nothing equals it. */
struct setting *settings_read(struct dump_reader *r, size_t max, size_t *n, bool *cut)
{
	struct setting *made;
	struct str      key;

	*n = 0;
	*cut = false;
	if (!json_scan_enter_object(r->scan))
		return NULL;
	made = ARENA_ARRAY(r->scratch, max, struct setting);
	while (json_scan_next_key(r->scan, &key)) {
		struct setting s;

		if (*n == max) {
			*cut = true;
			continue;
		}
		s.key = str_copy(r->scratch, key);
		s.bare = json_scan_kind(r->scan) != JSON_STRING;
		s.value = take_scalar(r);
		made[(*n)++] = s;
	}
	return made;
}

bool take_bool(struct dump_reader *r)
{
	bool b = false;

	return json_scan_bool(r->scan, &b) && b;
}

struct pos tell_place(struct dump_reader *r, const struct json_place *place, size_t length)
{
	uint32_t offset = place->offset > UINT32_MAX ? UINT32_MAX : (uint32_t)place->offset;
	uint32_t line = place->line > UINT32_MAX ? UINT32_MAX : (uint32_t)place->line;
	uint32_t column = place->column > UINT32_MAX ? UINT32_MAX : (uint32_t)place->column;

	source_tell_place(r->source, offset, line, column);
	return pos_at(r->source, offset, length);
}
