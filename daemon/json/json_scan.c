#include "json/json_scan.h"

#include "base/arena.h"
#include "json/json_scanning.h"

struct json_scan *json_scan_new(struct arena *arena, const struct json_scan_options *options)
{
	struct json_scan *s = ARENA_NEW(arena, struct json_scan);

	s->blocks = json_blocks_new(arena, options);
	s->kernel = json_blocks_kernel(s->blocks);
	s->failed = true; /* nothing is open */
	return s;
}

void json_scan_open(struct json_scan *s, const struct json_input *input, unsigned flags)
{
	json_blocks_open(s->blocks, input);
	*s = (struct json_scan){ .strict = (flags & JSON_SCAN_STRICT) != 0,
		                 .state = STATE_VALUE,
		                 .blocks = s->blocks,
		                 .kernel = s->kernel,
		                 .value_place = { 0, 1, 1 },
		                 .error = { .expected = "", .near = "" } };
}

void json_scan_cap(struct json_scan *s, uint64_t bytes)
{
	json_blocks_cap(s->blocks, bytes);
}

/* ---- blocks ---- */

/* Counts sixteen bytes at a time, in vector registers; each byte of a sum can take 255 steps before it overflows. */
static uint64_t count_newlines(const unsigned char *p, size_t n)
{
	typedef unsigned char bytes __attribute__((vector_size(16)));
	const bytes           newlines = (bytes){ 0 } + '\n';
	uint64_t              count = 0;
	size_t                i = 0;

	while (i + sizeof(bytes) <= n) {
		bytes x, sums = { 0 };

		for (unsigned steps = 0; steps < 255 && i + sizeof(bytes) <= n; steps++, i += sizeof(bytes)) {
			memcpy(&x, p + i, sizeof(bytes));
			sums -= (bytes)(x == newlines); /* -1 where they are the same */
		}
		for (size_t lane = 0; lane < sizeof(bytes); lane++)
			count += sums[lane];
	}
	for (; i < n; i++)
		count += p[i] == '\n';
	return count;
}

static uint64_t count_continuations(const unsigned char *p, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (p[i] & 0xC0) == 0x80;
	return count;
}

struct json_place json_place_of(struct json_scan *s, size_t i);

/* The same for a complete block without a fault, counting from the nearer end. */
static struct json_place place_in_block(struct json_scan *s, size_t i)
{
	const struct json_block *b = s->block;

	if (i > b->n / 2 && i > s->counted_to) {
		s->counted = b->found.newlines - count_newlines(b->p + i, b->n - i);
		s->counted_to = i;
	}
	return json_place_of(s, i);
}

/* Before the block's first n bytes are left: records what lines and columns behind them depend on. */
static void count_left(struct json_scan *s, size_t n, uint64_t newlines)
{
	const struct json_block *b = s->block;
	const unsigned char     *newline = newlines ? memrchr(b->p, '\n', n) : NULL;
	size_t                   from = 0;

	s->lines += newlines;
	if (newline) {
		from = (size_t)(newline - b->p) + 1;
		s->line_start = b->offset + from;
		s->line_extra = 0;
	}
	if (b->found.wide)
		s->line_extra += count_continuations(b->p + from, n - from);
	s->counted_to = 0;
	s->counted = 0;
}

/* The same for the whole block, and the place of a value that began in it. */
static void count_block(struct json_scan *s)
{
	const struct json_block *b = s->block;

	if (s->value >= b->offset)
		s->value_place = place_in_block(s, (size_t)(s->value - b->offset));
	count_left(s, b->n, b->found.newlines);
}

static void take_block(struct json_scan *s, const struct json_block *b)
{
	s->block = b;
	s->p = b->p;
	s->words = &b->words;
	s->pos = 0;
	s->limit = b->found.limit;
	s->offset = b->offset;
	s->tee.from = 0;
}

static void begin(struct json_scan *s)
{
	s->opened = true;
	take_block(s, json_blocks_next(s->blocks));
	if (s->block->marked) {
		/* No part of the document, and no character of the first line. */
		s->pos = JSON_MARK_BYTES;
		s->line_start = JSON_MARK_BYTES;
	}
}

/* Copies what was passed, up to pos. */
static void flush_tee(struct json_scan *s)
{
	struct json_tee *t = &s->tee;
	size_t           n = s->pos - t->from;

	if (n > t->cap - t->n) {
		n = t->cap - t->n;
		t->cut = true;
	}
	memcpy(t->buf + t->n, s->p + t->from, n);
	t->n += n;
	t->from = s->pos;
}

bool json_scan_more(struct json_scan *s)
{
	while (!s->failed && s->pos >= s->limit) {
		if (!s->opened) {
			begin(s);
			continue;
		}
		if (s->block->found.fault != JSON_OK)
			return json_scan_fail(s, s->block->found.fault, s->limit, "JSON");
		if (s->block->last) {
			s->ended = true;
			return false;
		}
		if (s->tee.buf)
			flush_tee(s);
		count_block(s);
		take_block(s, json_blocks_next(s->blocks));
	}
	return !s->failed;
}

bool json_scan_recut(struct json_scan *s)
{
	const struct json_block *b = s->block;
	size_t                   from = s->pos;

	if (!json_blocks_can_recut(s->blocks, from))
		return false;
	count_left(s, from, b->found.newlines - count_newlines(b->p + from, b->n - from));
	take_block(s, json_blocks_recut(s->blocks, from));
	return true;
}

/* ---- failing ---- */

static const char *const fault_texts[] = {
	[JSON_OK] = "is fine",
	[JSON_EMPTY] = "is empty",
	[JSON_TRUNCATED] = "ends before the document does",
	[JSON_UNBALANCED] = "has a bracket that closes another kind of bracket, or none",
	[JSON_TRAILING] = "goes on behind the end of the document",
	[JSON_CONTROL] = "has a control character where none may stand",
	[JSON_NUL] = "has a NUL byte",
	[JSON_ESCAPE] = "has an escape that is none",
	[JSON_UTF8] = "has bytes that are not UTF-8",
	[JSON_DEPTH] = "is nested too deeply",
	[JSON_SYNTAX] = "is not JSON",
	[JSON_TOO_LARGE] = "is too large",
	[JSON_READ] = "cannot be read",
	[JSON_GZIP] = "is gzip that is damaged or cut off",
};

const char *json_fault_text(enum json_fault fault)
{
	return fault_texts[fault];
}

static void copy_near(struct json_scan *s, size_t i)
{
	size_t from = i > 24 ? i - 24 : 0, room = sizeof(s->error.near) - 1, n = 0;

	for (size_t at = from; at < s->block->n && n < room; at++) {
		unsigned char c = s->p[at];

		s->error.near[n++] = c < 0x20 || c == 0x7F ? ' ' : c > 0x7F ? '?' : (char)c;
	}
	s->error.near[n] = '\0';
}

struct json_place json_place_of(struct json_scan *s, size_t i)
{
	const unsigned char *newline;
	struct json_place    place = { .offset = s->offset + i };
	uint64_t             start = s->line_start, extra = s->line_extra;

	if (i < s->counted_to) {
		s->counted_to = 0;
		s->counted = 0;
	}
	s->counted += count_newlines(s->p + s->counted_to, i - s->counted_to);
	s->counted_to = i;
	place.line = s->lines + s->counted + 1;
	newline = s->counted ? memrchr(s->p, '\n', i) : NULL;
	if (newline) {
		start = s->offset + (size_t)(newline - s->p) + 1;
		extra = 0;
	}
	if (s->block->found.wide) {
		size_t from = newline ? (size_t)(newline - s->p) + 1 : 0;

		extra += count_continuations(s->p + from, i - from);
	}
	place.column = place.offset - start - extra + 1;
	return place;
}

bool json_scan_fail(struct json_scan *s, enum json_fault fault, size_t i, const char *expected)
{
	struct json_error *e = &s->error;
	struct json_place  place;

	if (s->failed)
		return false;
	s->failed = true;
	s->limit = s->pos;
	place = json_place_of(s, i);
	e->fault = fault;
	e->offset = place.offset;
	e->line = place.line;
	e->column = place.column;
	e->expected = expected ? expected : "";
	if (i < s->block->n)
		e->found = s->p[i];
	e->error_number = fault == JSON_READ ? s->block->error_number : 0;
	if (i == s->block->found.limit && fault == s->block->found.fault && s->block->found.back) {
		/* It began in the block before, in a string, so that no line ended since. */
		e->offset -= s->block->found.back;
		e->column -= s->block->found.back;
	}
	copy_near(s, i);
	json_blocks_stop(s->blocks);
	return false;
}

const struct json_error *json_scan_error(const struct json_scan *s)
{
	return &s->error;
}

uint64_t json_scan_bytes(const struct json_scan *s)
{
	return s->offset + s->pos;
}

/* ---- copying what is passed ---- */

void json_tee_begin(struct json_scan *s, char *buf, size_t cap)
{
	s->tee = (struct json_tee){ .cap = cap, .from = s->pos };
	s->tee.buf = buf;
}

void json_tee_end(struct json_scan *s, struct json_text *ret)
{
	flush_tee(s);
	*ret = (struct json_text){ str_of(s->tee.buf, s->tee.n), s->tee.cut };
	s->tee.buf = NULL;
}
