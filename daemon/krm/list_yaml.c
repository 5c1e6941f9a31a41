/* A ResourceList in YAML: libyaml's events tell where things are; only places and names are kept. */
#include "base/arena.h"
#include "base/limits.h"
#include "krm/list_reading.h"
#include "manifest/yaml_feed.h"

/* Depths at which an item's fields, those of its metadata and its labels stand, counted from the item. */
enum { ITEM_LEVELS = 3 };
/* How many levels are tracked: the list itself, `items`, one item, and the levels inside of it. */
enum { TRACKED = 3 + ITEM_LEVELS };

struct level {
	bool       is_map;
	bool       has_key; /* its value comes next */
	struct str key;
};

struct reader {
	struct list_reading *list;
	struct yaml_marks    marks;
	struct yaml_feed     feed;
	struct level         levels[TRACKED + 1];
	size_t               depth; /* open maps and lists */
	size_t               start, end;
	size_t               last_end; /* of the last scalar or bracket */
	enum list_field      field;
	size_t               colon;
	struct list_part    *part;     /* whose elements are being read */
	struct list_part    *unclosed; /* a block whose end is the next key */
	struct list_item    *item;
	size_t               item_depth;
	size_t               documents;
	bool                 root_seen;
	bool                 done;
	bool                 ok;
};

static struct str text_of(const struct reader *r)
{
	return r->list->list->source->bytes;
}

static void refuse(struct reader *r, struct str why)
{
	list_refuse(r->list, r->start, 1, why);
	r->ok = false;
}

static struct str scalar_text(const struct reader *r)
{
	return str_of((const char *)r->feed.event.data.scalar.value, r->feed.event.data.scalar.length);
}

/* ---- the fields of the list ---- */

/* The offset behind the colon of the key that ends at r->end. */
static bool find_colon(struct reader *r)
{
	struct str text = text_of(r);
	size_t     at = r->end;

	while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
		at++;
	if (at >= text.n || text.p[at] != ':') {
		refuse(r, STR("its keys must be written in plain block style"));
		return false;
	}
	r->colon = at + 1;
	return true;
}

static void read_field(struct reader *r)
{
	struct str text = text_of(r), key = scalar_text(r);
	size_t     line = line_start(text, r->start);

	if (r->feed.event.type != YAML_SCALAR_EVENT || !find_colon(r)) {
		if (r->ok)
			refuse(r, STR("its keys must be strings"));
		return;
	}
	if (r->unclosed) {
		r->unclosed->to = line;
		r->unclosed = NULL;
	}
	r->field = list_field_of(key);
	r->ok = list_field_seen(r->list, r->field, key, r->start, r->end - r->start);
}

static void open_list(struct reader *r, struct list_part *part)
{
	part->colon = r->colon;
	part->from = r->start;
	part->to = r->end;
	if (r->feed.event.type == YAML_SEQUENCE_START_EVENT) {
		bool flow = r->feed.event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;

		part->form = flow ? LIST_FLOW : LIST_BLOCK;
		r->part = part;
		if (!flow)
			r->unclosed = part;
	} else if (r->feed.event.type == YAML_SCALAR_EVENT &&
	           (scalar_text(r).n == 0 || str_is(scalar_text(r), "null") || str_is(scalar_text(r), "~"))) {
		part->form = LIST_EMPTY;
	} else {
		refuse(r, part == &r->list->list->items ? STR("items is not a list") : STR("results is not a list"));
	}
}

static void begin_config(struct reader *r)
{
	struct resource_list *list = r->list->list;

	if (r->feed.event.type == YAML_SCALAR_EVENT &&
	    (scalar_text(r).n == 0 || str_is(scalar_text(r), "null") || str_is(scalar_text(r), "~")))
		return;
	if (r->feed.event.type != YAML_MAPPING_START_EVENT) {
		refuse(r, STR("functionConfig is not a map"));
		return;
	}
	list->has_config = true;
	list->config.start = r->start;
	r->item = &list->config;
	r->item_depth = r->depth;
}

static void begin_field_value(struct reader *r)
{
	struct resource_list *list = r->list->list;
	bool                  scalar = r->feed.event.type == YAML_SCALAR_EVENT;

	if (r->field == KEY_API_VERSION && scalar)
		list->api_version = str_copy(r->list->arena, scalar_text(r));
	else if (r->field == KEY_KIND && scalar)
		r->list->kind = str_copy(r->list->arena, scalar_text(r));
	else if (r->field == KEY_ITEMS)
		open_list(r, &list->items);
	else if (r->field == KEY_RESULTS)
		open_list(r, &list->results);
	else if (r->field == KEY_CONFIG)
		begin_config(r);
}

/* ---- elements ---- */

static void begin_element(struct reader *r)
{
	struct list_part *part = r->part;
	struct list_item *item;

	if (part == &r->list->list->items && r->feed.event.type != YAML_MAPPING_START_EVENT) {
		refuse(r, STR_CONCAT(r->list->arena, STR("items["), str_from_uint(r->list->arena, part->n),
		                     STR("] is not a map")));
		return;
	}
	item = list_add_item(r->list->arena, part);
	item->start = r->start;
	item->end = r->end;
	if (r->feed.event.type == YAML_MAPPING_START_EVENT || r->feed.event.type == YAML_SEQUENCE_START_EVENT) {
		r->item = item;
		r->item_depth = r->depth;
	}
}

static struct str key_at(const struct reader *r, size_t level)
{
	size_t depth = r->item_depth + level;

	return depth < r->depth && depth <= TRACKED ? r->levels[depth + 1].key : STR_ABSENT;
}

static void note_scalar(struct reader *r)
{
	size_t within = r->depth - r->item_depth;

	if (r->feed.event.type == YAML_SCALAR_EVENT && within >= 1 && within <= ITEM_LEVELS &&
	    r->levels[r->depth].is_map)
		list_item_note(r->list->arena, r->item, key_at(r, 0), key_at(r, 1), key_at(r, 2), scalar_text(r));
}

/* ---- events ---- */

static void begin_root(struct reader *r)
{
	if (r->feed.event.type != YAML_MAPPING_START_EVENT)
		refuse(r, STR("it is not a map"));
	else if (r->feed.event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
		refuse(r, STR("its keys must be written in plain block style"));
	r->list->list->column = r->start - line_start(text_of(r), r->start);
	r->root_seen = true;
}

/* At the event that begins a node: a scalar, an alias, a map or a list. */
static void begin_node(struct reader *r)
{
	struct level *level = r->depth <= TRACKED ? &r->levels[r->depth] : NULL;

	if (r->depth == 0) {
		begin_root(r);
		return;
	}
	if (level && level->is_map && !level->has_key) {
		level->has_key = true;
		level->key =
			r->feed.event.type == YAML_SCALAR_EVENT ? str_copy(r->list->scratch, scalar_text(r)) : STR("");
		if (r->depth == 1)
			read_field(r);
		return;
	}
	if (level)
		level->has_key = false;
	if (r->depth == 1)
		begin_field_value(r);
	else if (r->part && r->depth == 2)
		begin_element(r);
	else if (r->item)
		note_scalar(r);
}

static void open_collection(struct reader *r, bool is_map)
{
	begin_node(r);
	if (r->ok && r->depth >= LIMIT_LIST_DEPTH) {
		diag_add(r->list->diags, CO_TOO_DEEP, pos_at(r->list->list->source, r->start, 1),
		         ARGS(str_from_uint(r->list->arena, LIMIT_LIST_DEPTH)));
		r->ok = false;
	}
	r->depth++;
	if (r->depth <= TRACKED)
		r->levels[r->depth] = (struct level){ .is_map = is_map };
}

static void close_collection(struct reader *r)
{
	bool flow = r->end > r->start; /* the end of a block has no bytes of its own */

	if (flow)
		r->last_end = r->end;
	r->depth--;
	if (r->item && r->depth == r->item_depth) {
		r->item->end = r->last_end;
		r->item->cut_to = r->last_end;
		r->item = NULL;
	} else if (r->part && r->depth == 1) {
		if (r->part->form == LIST_FLOW) {
			r->part->to = r->end;
			if (r->part->n == 0)
				r->part->form = LIST_EMPTY;
		}
		r->part = NULL;
	}
}

static void end_document(struct reader *r)
{
	if (r->unclosed)
		r->unclosed->to = r->start;
	r->unclosed = NULL;
	r->list->list->end = r->start;
}

static void read_event(struct reader *r)
{
	switch (r->feed.event.type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++)
			refuse(r, STR("another document follows it"));
		break;
	case YAML_DOCUMENT_END_EVENT:
		end_document(r);
		break;
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
		r->last_end = r->end;
		begin_node(r);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		open_collection(r, r->feed.event.type == YAML_MAPPING_START_EVENT);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		close_collection(r);
		break;
	case YAML_STREAM_END_EVENT:
		r->done = true;
		break;
	default:
		break;
	}
}

static void syntax_error(struct reader *r)
{
	size_t offset = yaml_marks_offset(&r->marks, r->feed.parser.problem_mark.index);

	diag_add(r->list->diags, CO_YAML_SYNTAX, pos_at(r->list->list->source, offset, 1),
	         ARGS(str_copy(r->list->arena,
	                       str_c(r->feed.parser.problem ? r->feed.parser.problem : "cannot be read"))));
	r->ok = false;
}

static bool read_events(struct reader *r)
{
	struct arena_mark mark = arena_mark(r->list->scratch);

	while (r->ok && !r->done) {
		if (!yaml_feed_next(&r->feed, r->list->arena)) {
			syntax_error(r);
			break;
		}
		r->start = yaml_marks_offset(&r->marks, r->feed.event.start_mark.index);
		r->end = yaml_marks_offset(&r->marks, r->feed.event.end_mark.index);
		read_event(r);
		if (!r->item)
			arena_reset(r->list->scratch, mark); /* the keys of the item before */
	}
	return r->ok;
}

bool list_read_yaml(struct list_reading *list)
{
	struct reader       *r = ARENA_NEW(list->arena, struct reader);
	const struct source *source = list->list->source;

	r->list = list;
	r->ok = true;
	if (!yaml_marks_begin(&r->marks, source, 0, source->bytes, list->diags))
		return false;
	yaml_feed_begin(&r->feed, list->arena, &r->marks);
	if (!read_events(r))
		return false;
	if (!r->root_seen)
		return list_refuse(list, 0, 1, STR("the input is empty"));
	if (list->list->items.form == LIST_BLOCK && !list_place_block(list, &list->list->items))
		return false;
	return list->list->results.form != LIST_BLOCK || list_place_block(list, &list->list->results);
}
