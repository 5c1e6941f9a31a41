#include "manifest/yaml_events.h"

#include <string.h>

#include "base/arena.h"
#include "manifest/yaml_feed.h"
#include "manifest/yaml_tree.h"

struct reader {
	struct tree_growth *growth;
	struct diags       *diags;
	struct yaml_feed   *feed;
	struct yaml_marks   marks;
	size_t              doc_start;
	bool                failed;
	bool                stopped;
};

static size_t offset_of(struct reader *r, size_t index)
{
	return yaml_marks_offset(&r->marks, index);
}

static struct diag *refuse(struct reader *r, enum diag_code code, size_t offset, size_t length, struct str value)
{
	r->failed = true;
	return diag_add(r->diags, code, pos_at(r->growth->source, offset, length), ARGS(value));
}

static void stop(struct reader *r, enum diag_code code, size_t offset, size_t length, struct str value)
{
	refuse(r, code, offset, length, value);
	r->stopped = true;
}

static void stop_at_cap(struct reader *r, enum diag_code code, size_t offset, size_t cap)
{
	stop(r, code, offset, 1, str_from_uint(r->growth->arena, cap));
}

/* ---- events to tree ---- */

static struct node *new_node(struct reader *r, size_t offset, size_t length)
{
	struct node *n = tree_growth_add(r->growth, offset, length);

	if (!n)
		stop_at_cap(r, CO_TOO_MANY_VALUES, offset, r->growth->limits->nodes);
	return n;
}

static void take_key(struct reader *r, struct str key, size_t offset, size_t length)
{
	const struct node *earlier = tree_growth_entry(r->growth, key);

	if (earlier) {
		struct diag *d = refuse(r, CO_DUPLICATE_KEY, offset, length, key);

		diag_relate(r->diags, d, node_key_pos(earlier), "it stands here already", NO_ARGS);
	}
	tree_growth_take_key(r->growth, key, offset);
}

/* Points into the source if the text is written there as it is; otherwise makes a copy. */
static struct str keep(struct reader *r, struct str text, size_t offset)
{
	struct str as_written = str_slice(r->growth->source->bytes, offset, offset + text.n);

	return str_eq(as_written, text) ? as_written : str_copy(r->growth->arena, text);
}

static void check_properties(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag, size_t offset)
{
	if (anchor)
		refuse(r, CO_ALIAS, offset, 1, STR_CONCAT(r->growth->arena, STR("&"), str_c((const char *)anchor)));
	if (tag)
		refuse(r, CO_TAG, offset, 1, str_copy(r->growth->arena, str_c((const char *)tag)));
}

static bool is_plain(const yaml_event_t *e)
{
	return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* convertToJSONableObject of sigs.k8s.io/yaml writes whole numbers and booleans as strings: portLevelMtls: {8080: …}. */
static bool is_key_for_kubectl(const struct node *n)
{
	return n->kind == NODE_INT || n->kind == NODE_BOOL;
}

static void read_key(struct reader *r, const yaml_event_t *e, struct str text, size_t offset, size_t length)
{
	struct node probe = { 0 };

	if (text.n > LIMIT_KEY_BYTES) {
		stop_at_cap(r, CO_STRING_TOO_LONG, offset, LIMIT_KEY_BYTES);
		return;
	}
	if (is_plain(e)) {
		yaml_resolve_plain(r->growth->arena, text, &probe);
		if (str_is(text, "<<")) {
			refuse(r, CO_MERGE_KEY, offset, length, text);
		} else if (r->growth->limits->keys_of_any_kind && is_key_for_kubectl(&probe)) {
			take_key(r, node_text(&probe), offset, length);
			return;
		} else if (probe.kind != NODE_STRING) {
			refuse(r, CO_KEY_NOT_STRING, offset, length, text.n ? text : STR("(nothing)"));
		}
	}
	take_key(r, keep(r, text, is_plain(e) ? offset : offset + 1), offset, length);
}

static void read_scalar(struct reader *r, const yaml_event_t *e)
{
	struct str   text = str_of((const char *)e->data.scalar.value, e->data.scalar.length);
	size_t       offset = offset_of(r, e->start_mark.index);
	size_t       length = offset_of(r, e->end_mark.index) - offset;
	struct node *n;

	check_properties(r, e->data.scalar.anchor, e->data.scalar.tag, offset);
	if (tree_growth_wants_key(r->growth)) {
		read_key(r, e, text, offset, length);
		return;
	}
	if (text.n > r->growth->limits->scalar_bytes) {
		stop_at_cap(r, CO_STRING_TOO_LONG, offset, r->growth->limits->scalar_bytes);
		return;
	}
	n = new_node(r, offset, length);
	if (!n)
		return;
	text = keep(r, text, is_plain(e) ? offset : offset + 1);
	if (is_plain(e)) {
		yaml_resolve_plain(r->growth->arena, text, n);
	} else {
		node_set_text(n, NODE_STRING, text);
		n->style = STYLE_QUOTED;
	}
}

static void open_collection(struct reader *r, const yaml_event_t *e, enum node_kind kind, bool flow)
{
	size_t       offset = offset_of(r, e->start_mark.index);
	struct node *n;

	if (tree_growth_wants_key(r->growth)) {
		stop(r, CO_KEY_NOT_STRING, offset, 1, kind == NODE_MAP ? STR("{…}") : STR("[…]"));
		return;
	}
	if (r->growth->depth == LIMIT_DEPTH) {
		stop_at_cap(r, CO_TOO_DEEP, offset, LIMIT_DEPTH);
		return;
	}
	n = new_node(r, offset, 1);
	if (n)
		tree_growth_open(r->growth, n, kind, flow ? STYLE_FLOW : 0);
}

static void open_document(struct reader *r, const yaml_event_t *e)
{
	r->doc_start = offset_of(r, e->start_mark.index);
	if (!tree_growth_open_document(r->growth)) {
		r->failed = r->stopped = true;
		diag_add(r->diags, CO_TOO_MANY_INPUTS, pos_at(r->growth->source, r->doc_start, 3),
		         ARGS(str_from_uint(r->growth->arena, LIMIT_DOCUMENTS), STR("documents")));
	}
}

static void read_event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		open_document(r, e);
		break;
	case YAML_DOCUMENT_END_EVENT:
		tree_growth_close_document(r->growth);
		break;
	case YAML_ALIAS_EVENT:
		stop(r, CO_ALIAS, offset_of(r, e->start_mark.index), e->end_mark.index - e->start_mark.index,
		     STR_CONCAT(r->growth->arena, STR("*"), str_c((const char *)e->data.alias.anchor)));
		break;
	case YAML_SCALAR_EVENT:
		read_scalar(r, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		check_properties(r, e->data.sequence_start.anchor, e->data.sequence_start.tag,
		                 offset_of(r, e->start_mark.index));
		open_collection(r, e, NODE_LIST, e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
		break;
	case YAML_MAPPING_START_EVENT:
		check_properties(r, e->data.mapping_start.anchor, e->data.mapping_start.tag,
		                 offset_of(r, e->start_mark.index));
		open_collection(r, e, NODE_MAP, e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		tree_growth_close(r->growth, offset_of(r, e->end_mark.index));
		break;
	default:
		break;
	}
}

/* ---- errors of libyaml ---- */

/* An unquoted ${…} in flow style trips libyaml right behind it: is there one between here and the line's start? */
static bool placeholder_before(struct str text, size_t offset, size_t *ret)
{
	size_t at = offset < text.n ? offset + 1 : text.n;

	while (at > 0 && text.p[at - 1] != '\n') {
		at--;
		if (text.p[at] == '$' && at + 1 < text.n && text.p[at + 1] == '{') {
			*ret = at;
			return true;
		}
	}
	return false;
}

/* Where what libyaml was reading begins, unless the line that is shown holds it anyway; a block begins far away, often with the
 * document, which tells nothing. */
static void relate_beginning(struct reader *r, struct diag *d)
{
	const yaml_parser_t *parser = &r->feed->parser;

	if (parser->context && !strstr(parser->context, "block") &&
	    parser->context_mark.line < parser->problem_mark.line)
		diag_relate(r->diags, d, pos_at(r->growth->source, offset_of(r, parser->context_mark.index), 1), "{}",
		            ARGS(str_c(parser->context)));
}

static void syntax_error(struct reader *r)
{
	size_t offset = offset_of(r, r->feed->parser.problem_mark.index), at;
	bool   flow = false;

	for (size_t i = 0; i < r->growth->depth; i++)
		flow = flow || (r->growth->levels[i].node->style & STYLE_FLOW);
	if (flow && placeholder_before(r->growth->source->bytes, offset, &at)) {
		size_t end = str_find(r->growth->source->bytes, '}', at);

		stop(r, CO_PLACEHOLDER_UNQUOTED, at, end + 1 - at, STR_ABSENT);
		return;
	}
	relate_beginning(r, refuse(r, CO_YAML_SYNTAX, offset, 1,
	                           str_c(r->feed->parser.problem ? r->feed->parser.problem : "cannot be read")));
	r->stopped = true;
}

static bool document_is_too_long(struct reader *r)
{
	const yaml_event_t *e = &r->feed->event;

	return r->growth->doc && e->type != YAML_DOCUMENT_START_EVENT &&
	       offset_of(r, e->end_mark.index) - r->doc_start > r->growth->limits->bytes;
}

static void read_events(struct reader *r)
{
	while (!r->stopped) {
		if (!yaml_feed_next(r->feed, r->growth->arena)) {
			syntax_error(r);
			return;
		}
		if (r->feed->event.type == YAML_STREAM_END_EVENT)
			return;
		if (document_is_too_long(r))
			stop_at_cap(r, CO_STRING_TOO_LONG, r->doc_start, r->growth->limits->bytes);
		else
			read_event(r, &r->feed->event);
	}
}

bool yaml_events_read(struct tree_growth *growth, const struct yaml_marks *marks, size_t from, struct diags *diags)
{
	struct reader r = { .growth = growth, .diags = diags };

	r.feed = ARENA_NEW(growth->arena, struct yaml_feed);
	r.marks = yaml_marks_from(marks, from);
	yaml_feed_begin(r.feed, growth->arena, &r.marks);
	read_events(&r);
	/* released early: its buffers are 70 KiB, and templates keep their arena as long as the daemon runs */
	yaml_feed_end(r.feed);
	return !r.failed;
}
