#include "manifest/yaml_tree.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "manifest/yaml_feed.h"

/* Maps up to this size find duplicates by looking at each key; larger ones keep a hash. */
enum { SMALL_MAP = 16, FIRST_LEVELS = 8 };

struct level {
	struct node *node;
	struct node *tail;
	struct hash *keys; /* of a large map */
	struct str   key;  /* read, its value not yet */
	uint32_t     key_offset;
	bool         has_key;
};

struct reader {
	struct arena             *arena;
	struct diags             *diags;
	const struct source      *source;
	const struct tree_limits *limits;
	struct yaml_feed          feed;
	struct yaml_marks         marks;
	struct document          *doc;
	size_t                    doc_start;
	size_t                    doc_nodes;
	struct level             *stack; /* grows, for most documents are flat and many */
	size_t                    stack_cap;
	size_t                    depth;
	struct document          *first;
	struct document         **last;
	size_t                    n_documents;
	bool                      failed;
	bool                      stopped;
};

static size_t offset_of(struct reader *r, size_t index)
{
	return yaml_marks_offset(&r->marks, index);
}

static struct diag *refuse(struct reader *r, enum diag_code code, size_t offset, size_t length, struct str value)
{
	r->failed = true;
	return diag_add(r->diags, code, pos_at(r->source, offset, length), ARGS(value));
}

static void stop(struct reader *r, enum diag_code code, size_t offset, size_t length, struct str value)
{
	refuse(r, code, offset, length, value);
	r->stopped = true;
}

/* ---- events to tree ---- */

static struct level *top(struct reader *r)
{
	return r->depth ? &r->stack[r->depth - 1] : NULL;
}

/* The node for the value that begins here: the document's root, or the next child of the open map or list. */
static struct node *new_node(struct reader *r, size_t offset)
{
	struct level *level = top(r);
	struct node  *n;

	if (++r->doc_nodes > r->limits->nodes) {
		stop(r, CO_TOO_MANY_VALUES, offset, 1, str_from_uint(r->arena, r->limits->nodes));
		return NULL;
	}
	if (!level)
		return &r->doc->root;
	n = node_append(r->arena, level->node, &level->tail, level->has_key ? level->key : STR_ABSENT);
	n->key_offset = level->key_offset;
	level->has_key = false;
	if (level->keys)
		hash_add(level->keys, n);
	return n;
}

static void hash_keys(struct reader *r, struct level *level)
{
	level->keys = ARENA_NEW(r->arena, struct hash);
	hash_init(level->keys, r->arena, node_hash_key);
	for (struct node *n = level->node->first; n; n = n->next)
		hash_add(level->keys, n);
}

static const struct node *earlier_entry(struct reader *r, struct level *level, struct str key)
{
	if (!level->keys && level->node->count >= SMALL_MAP)
		hash_keys(r, level);
	return level->keys ? hash_get(level->keys, key) : node_get_str(level->node, key);
}

static void take_key(struct reader *r, struct level *level, struct str key, size_t offset, size_t length)
{
	const struct node *earlier = earlier_entry(r, level, key);

	if (earlier) {
		struct diag *d = refuse(r, CO_DUPLICATE_KEY, offset, length, key);

		diag_relate(r->diags, d, node_key_pos(earlier), "it stands here already", NO_ARGS);
	}
	level->key = str_of(key.p, key.n);
	level->key_offset = (uint32_t)offset;
	level->has_key = true;
}

static bool is_key_next(struct reader *r)
{
	struct level *level = top(r);

	return level && level->node->kind == NODE_MAP && !level->has_key;
}

/* Points into the source where the text stands there as it is, else copies. */
static struct str keep(struct reader *r, struct str text, size_t offset)
{
	struct str as_written = str_slice(r->source->bytes, offset, offset + text.n);

	return str_eq(as_written, text) ? as_written : str_copy(r->arena, text);
}

static void check_properties(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag, size_t offset)
{
	if (anchor)
		refuse(r, CO_ALIAS, offset, 1, STR_CONCAT(r->arena, STR("&"), str_c((const char *)anchor)));
	if (tag)
		refuse(r, CO_TAG, offset, 1, str_copy(r->arena, str_c((const char *)tag)));
}

static bool is_plain(const yaml_event_t *e)
{
	return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void read_key(struct reader *r, const yaml_event_t *e, struct str text, size_t offset, size_t length)
{
	struct node probe = { 0 };

	if (text.n > LIMIT_KEY_BYTES) {
		stop(r, CO_STRING_TOO_LONG, offset, 1, str_from_uint(r->arena, LIMIT_KEY_BYTES));
		return;
	}
	if (is_plain(e)) {
		yaml_resolve_plain(r->arena, text, &probe);
		if (str_is(text, "<<"))
			refuse(r, CO_MERGE_KEY, offset, length, text);
		else if (probe.kind != NODE_STRING)
			refuse(r, CO_KEY_NOT_STRING, offset, length, text.n ? text : STR("(nothing)"));
	}
	take_key(r, top(r), keep(r, text, is_plain(e) ? offset : offset + 1), offset, length);
}

static void read_scalar(struct reader *r, const yaml_event_t *e)
{
	struct str   text = str_of((const char *)e->data.scalar.value, e->data.scalar.length);
	size_t       offset = offset_of(r, e->start_mark.index);
	size_t       length = offset_of(r, e->end_mark.index) - offset;
	struct node *n;

	check_properties(r, e->data.scalar.anchor, e->data.scalar.tag, offset);
	if (is_key_next(r)) {
		read_key(r, e, text, offset, length);
		return;
	}
	if (text.n > r->limits->scalar_bytes) {
		stop(r, CO_STRING_TOO_LONG, offset, 1, str_from_uint(r->arena, r->limits->scalar_bytes));
		return;
	}
	n = new_node(r, offset);
	if (!n)
		return;
	n->offset = (uint32_t)offset;
	n->length = (uint32_t)length;
	text = keep(r, text, is_plain(e) ? offset : offset + 1);
	if (is_plain(e)) {
		yaml_resolve_plain(r->arena, text, n);
	} else {
		node_set_text(n, NODE_STRING, text);
		n->style = STYLE_QUOTED;
	}
}

static void push(struct reader *r, struct node *n)
{
	if (r->depth == r->stack_cap) {
		size_t        cap = r->stack_cap ? r->stack_cap * 2 : FIRST_LEVELS;
		struct level *larger = ARENA_ARRAY(r->arena, cap, struct level);

		if (r->depth)
			memcpy(larger, r->stack, r->depth * sizeof(*larger));
		r->stack = larger;
		r->stack_cap = cap;
	}
	r->stack[r->depth++] = (struct level){ .node = n };
}

static void open_collection(struct reader *r, const yaml_event_t *e, enum node_kind kind, bool flow)
{
	size_t       offset = offset_of(r, e->start_mark.index);
	struct node *n;

	if (is_key_next(r)) {
		stop(r, CO_KEY_NOT_STRING, offset, 1, kind == NODE_MAP ? STR("{…}") : STR("[…]"));
		return;
	}
	if (r->depth == LIMIT_DEPTH) {
		stop(r, CO_TOO_DEEP, offset, 1, str_from_uint(r->arena, LIMIT_DEPTH));
		return;
	}
	n = new_node(r, offset);
	if (!n)
		return;
	n->kind = (uint8_t)kind;
	n->style = flow ? STYLE_FLOW : 0;
	n->offset = (uint32_t)offset;
	n->length = 1;
	push(r, n);
}

static void close_collection(struct reader *r, const yaml_event_t *e)
{
	struct level *level = top(r);
	size_t        end = offset_of(r, e->end_mark.index);

	if (level->node->style & STYLE_FLOW)
		level->node->length = (uint32_t)(end - level->node->offset);
	else if (level->tail)
		level->node->length = level->tail->offset + level->tail->length - level->node->offset;
	r->depth--;
}

static void open_document(struct reader *r, const yaml_event_t *e)
{
	r->doc_start = offset_of(r, e->start_mark.index);
	r->doc_nodes = 0;
	r->doc = document_new(r->arena, r->source);
	if (++r->n_documents > LIMIT_DOCUMENTS) {
		r->failed = r->stopped = true;
		diag_add(r->diags, CO_TOO_MANY_INPUTS, pos_at(r->source, r->doc_start, 3),
		         ARGS(str_from_uint(r->arena, LIMIT_DOCUMENTS), STR("documents")));
	}
}

/* A document of nothing, as between two ---, is no document. */
static void close_document(struct reader *r)
{
	if (r->doc->root.kind == NODE_NULL && r->doc->root.length == 0)
		return;
	*r->last = r->doc;
	r->last = &r->doc->next;
}

static void read_event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		open_document(r, e);
		break;
	case YAML_DOCUMENT_END_EVENT:
		close_document(r);
		break;
	case YAML_ALIAS_EVENT:
		stop(r, CO_ALIAS, offset_of(r, e->start_mark.index), e->end_mark.index - e->start_mark.index,
		     STR_CONCAT(r->arena, STR("*"), str_c((const char *)e->data.alias.anchor)));
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
		close_collection(r, e);
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

static void syntax_error(struct reader *r)
{
	size_t offset = offset_of(r, r->feed.parser.problem_mark.index), at;
	bool   flow = false;

	for (size_t i = 0; i < r->depth; i++)
		flow = flow || (r->stack[i].node->style & STYLE_FLOW);
	if (flow && placeholder_before(r->source->bytes, offset, &at)) {
		size_t end = str_find(r->source->bytes, '}', at);

		stop(r, CO_PLACEHOLDER_UNQUOTED, at, end + 1 - at, STR_ABSENT);
		return;
	}
	stop(r, CO_YAML_SYNTAX, offset, 1,
	     str_copy(r->arena, str_c(r->feed.parser.problem ? r->feed.parser.problem : "cannot be read")));
}

static bool document_is_too_long(struct reader *r)
{
	const yaml_event_t *e = &r->feed.event;

	return r->doc && e->type != YAML_DOCUMENT_START_EVENT &&
	       offset_of(r, e->end_mark.index) - r->doc_start > r->limits->bytes;
}

static void read_events(struct reader *r)
{
	while (!r->stopped) {
		if (!yaml_feed_next(&r->feed, r->arena)) {
			syntax_error(r);
			return;
		}
		if (r->feed.event.type == YAML_STREAM_END_EVENT)
			return;
		if (document_is_too_long(r))
			stop(r, CO_STRING_TOO_LONG, r->doc_start, 1, str_from_uint(r->arena, r->limits->bytes));
		else
			read_event(r, &r->feed.event);
	}
}

bool yaml_tree_read(struct arena *arena, const struct source *source, struct document **ret, struct diags *diags)
{
	return yaml_tree_read_within(arena, source, &manifest_limits, ret, diags);
}

bool yaml_tree_read_within(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                           struct document **ret, struct diags *diags)
{
	return yaml_tree_read_part(arena, source, 0, source->bytes, limits, ret, diags);
}

bool yaml_tree_read_part(struct arena *arena, const struct source *source, size_t at, struct str text,
                         const struct tree_limits *limits, struct document **ret, struct diags *diags)
{
	struct reader *r = ARENA_NEW(arena, struct reader);

	r->arena = arena;
	r->diags = diags;
	r->source = source;
	r->limits = limits;
	r->last = &r->first;
	r->failed = !yaml_marks_begin(&r->marks, source, at, text, diags);
	if (!r->failed) {
		yaml_feed_begin(&r->feed, arena, &r->marks);
		read_events(r);
		/* Its buffers are 70 KiB, and templates keep their arena as long as the daemon runs. */
		yaml_feed_end(&r->feed);
	}
	*ret = r->first;
	return !r->failed;
}
