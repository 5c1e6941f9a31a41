#include "wasm/wasm_cursor.h"

#include <errno.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/utf8.h"

#define ENDS_HERE "it ends here, in the middle of something"
#define NOT_UTF8  "a name is not UTF-8"

enum { UTF8_PIECE = 4096 };

void cursor_init(struct wasm_cursor *c, struct arena *arena, struct wasm_input *in, uint64_t max)
{
	*c = (struct wasm_cursor){ .arena = arena, .in = in, .end = max };
	c->window = arena_alloc(arena, WASM_WINDOW);
	if (in->size != WASM_SIZE_UNKNOWN && (uint64_t)in->size < max)
		c->end = (uint64_t)in->size;
}

void cursor_fail_at(struct wasm_cursor *c, uint64_t at, const char *fault)
{
	if (c->fault)
		return;
	c->fault = fault;
	c->fault_at = at;
}

void cursor_fail(struct wasm_cursor *c, const char *fault)
{
	cursor_fail_at(c, cursor_offset(c), fault);
}

/* Keeps what is not read yet and fills the rest of the window. False at the end, or when the input cannot be read. */
static bool fill(struct wasm_cursor *c)
{
	size_t  kept = c->filled - c->at;
	ssize_t got;

	if (c->fault)
		return false;
	memmove(c->window, c->window + c->at, kept);
	c->base += c->at;
	c->at = 0;
	c->filled = kept;
	got = c->in->read(c->in, c->window + kept, WASM_WINDOW - kept, c->base + kept);
	if (got < 0) {
		cursor_fail(c, "it cannot be read");
		c->error = errno;
		return false;
	}
	c->filled += (size_t)got;
	return got > 0;
}

bool cursor_has_byte(struct wasm_cursor *c)
{
	return cursor_more(c) && (c->at < c->filled || fill(c));
}

uint8_t cursor_u8(struct wasm_cursor *c)
{
	if (cursor_has_byte(c))
		return c->window[c->at++];
	cursor_fail(c, ENDS_HERE);
	return 0;
}

/* LEB128 of at most `bits` bits: the last byte may hold no bit above them, but as the sign says. */
static uint64_t leb(struct wasm_cursor *c, unsigned bits, bool is_signed)
{
	uint64_t start = cursor_offset(c), v = 0;
	unsigned shift = 0;
	uint8_t  byte;

	do {
		if (shift >= bits) {
			cursor_fail_at(c, start, "a number has more bytes than its type allows");
			return 0;
		}
		byte = cursor_u8(c);
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (shift + 7 > bits) {
			unsigned used = bits - shift, rest = (byte & 0x7fu) >> (is_signed ? used - 1 : used);

			if (rest != 0 && !(is_signed && rest == 0x7fu >> (used - 1))) {
				cursor_fail_at(c, start, "a number is larger than its type allows");
				return 0;
			}
		}
		shift += 7;
	} while (byte & 0x80 && !c->fault);
	if (is_signed && shift < 64 && byte & 0x40)
		v |= ~UINT64_C(0) << shift;
	return c->fault ? 0 : v;
}

uint32_t cursor_u32(struct wasm_cursor *c)
{
	/* Nearly all numbers have one byte. */
	if (c->at < c->filled && c->window[c->at] < 0x80 && cursor_more(c))
		return c->window[c->at++];
	return (uint32_t)leb(c, 32, false);
}

uint64_t cursor_u64(struct wasm_cursor *c)
{
	if (c->at < c->filled && c->window[c->at] < 0x80 && cursor_more(c))
		return c->window[c->at++];
	return leb(c, 64, false);
}

int64_t cursor_s32(struct wasm_cursor *c)
{
	return (int64_t)leb(c, 32, true);
}

int64_t cursor_s33(struct wasm_cursor *c)
{
	return (int64_t)leb(c, 33, true);
}

int64_t cursor_s64(struct wasm_cursor *c)
{
	return (int64_t)leb(c, 64, true);
}

uint32_t cursor_count(struct wasm_cursor *c, uint32_t max, const char *too_many)
{
	uint64_t start = cursor_offset(c);
	uint32_t n = cursor_u32(c);

	if (n > cursor_left(c))
		cursor_fail_at(c, start, "a count is larger than the bytes that are left");
	else if (n > max)
		cursor_fail_at(c, start, too_many);
	return c->fault ? 0 : n;
}

/* What of the next n bytes is in the window, at least one; they count as read. Valid until the next call. */
static struct str take(struct wasm_cursor *c, uint64_t n)
{
	struct str taken = STR("");

	if (n > cursor_left(c) || !cursor_has_byte(c)) {
		cursor_fail(c, ENDS_HERE);
		return taken;
	}
	taken.n = c->filled - c->at;
	if (taken.n > n)
		taken.n = (size_t)n;
	taken.p = (const char *)c->window + c->at;
	c->at += taken.n;
	return taken;
}

void cursor_skip(struct wasm_cursor *c, uint64_t n)
{
	if (n > cursor_left(c)) {
		cursor_fail(c, ENDS_HERE);
		return;
	}
	if (c->in->seekable && n > c->filled - c->at) {
		c->base += c->at + n;
		c->at = c->filled = 0;
		return;
	}
	while (n && !c->fault)
		n -= take(c, n).n;
}

int cursor_peek_byte(struct wasm_cursor *c)
{
	return cursor_has_byte(c) ? c->window[c->at] : -1;
}

struct str cursor_peek(struct wasm_cursor *c, size_t n)
{
	if (n > cursor_left(c))
		n = (size_t)cursor_left(c);
	while (c->filled - c->at < n && fill(c))
		;
	if (c->filled - c->at < n)
		n = c->filled - c->at;
	return str_of((const char *)c->window + c->at, n);
}

struct str cursor_view(struct wasm_cursor *c, size_t n)
{
	uint64_t left = cursor_left(c);
	size_t   have;

	while ((have = c->filled - c->at) <= n && have < left && fill(c))
		;
	if (have < left && have <= n)
		cursor_fail(c, ENDS_HERE);
	return str_of((const char *)c->window + c->at, have < left ? have : (size_t)left);
}

/* A copy of the next n bytes; absent after a fault. */
static struct str copy_bytes(struct wasm_cursor *c, size_t n)
{
	char  *copy;
	size_t have = 0;

	if (n > cursor_left(c)) {
		cursor_fail(c, ENDS_HERE);
		return STR_ABSENT;
	}
	copy = arena_alloc(c->arena, n + 1);
	while (have < n && !c->fault) {
		struct str part = take(c, n - have);

		memcpy(copy + have, part.p, part.n);
		have += part.n;
	}
	return c->fault ? STR_ABSENT : str_of(copy, n);
}

/* Passes over n bytes of UTF-8, in pieces that the window holds. */
static void skip_utf8(struct wasm_cursor *c, uint64_t n)
{
	uint64_t outer = cursor_enter(c, n, NULL);

	while (cursor_more(c)) {
		struct str piece = cursor_peek(c, UTF8_PIECE);
		bool       ascii;
		size_t     valid = utf8_valid_prefix(piece, &ascii);

		if (valid == 0)
			cursor_fail(c, NOT_UTF8);
		else
			cursor_skip(c, valid);
	}
	c->end = outer;
}

struct str cursor_name(struct wasm_cursor *c)
{
	uint64_t   start = cursor_offset(c);
	uint32_t   n = cursor_count(c, UINT32_MAX, NULL);
	struct str name;
	bool       ascii;

	if (n > LIMIT_WASM_NAME_BYTES) {
		name = str_copy(c->arena, cursor_peek(c, UTF8_PIECE));
		skip_utf8(c, n);
	} else {
		name = copy_bytes(c, n);
		if (!c->fault && utf8_valid_prefix(name, &ascii) < name.n)
			cursor_fail_at(c, start, NOT_UTF8);
	}
	return c->fault ? STR_ABSENT : name;
}

uint64_t cursor_enter(struct wasm_cursor *c, uint64_t size, const char *too_long)
{
	uint64_t outer = c->end;

	if (size > cursor_left(c))
		cursor_fail(c, too_long);
	else
		c->end = cursor_offset(c) + size;
	return outer;
}

void cursor_leave(struct wasm_cursor *c, uint64_t outer, const char *not_used_up)
{
	if (!c->fault && cursor_offset(c) != c->end)
		cursor_fail(c, not_used_up);
	c->end = outer;
}

void cursor_abandon(struct wasm_cursor *c, uint64_t outer)
{
	if (!c->error)
		c->fault = NULL;
	cursor_skip(c, cursor_left(c));
	c->end = outer;
}
