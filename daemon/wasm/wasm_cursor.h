/* wasm_cursor.h - reads a module value by value, with an error that sticks.
 *
 * After the first fault every read gives 0 and nothing moves, so that a reader of ten fields tests once. Nothing is read
 * behind `end`: cursor_enter narrows it to a section or a part of one, cursor_leave demands that the part was used up.
 * No count is ever trusted: cursor_count refuses one that the bytes left cannot hold.
 */
#ifndef CALLOUT_WASM_WASM_CURSOR_H
#define CALLOUT_WASM_WASM_CURSOR_H

#include "wasm/wasm_input.h"

enum { WASM_WINDOW = 64 * 1024 };

struct wasm_cursor {
	struct arena      *arena;
	struct wasm_input *in;
	unsigned char     *window;
	size_t             at, filled;
	uint64_t           base; /* of the window in the module */
	uint64_t           end;
	const char        *fault; /* NULL: none; English, without a value */
	uint64_t           fault_at;
	int                error; /* errno of a failed read, with fault */
};

/* max: nothing is read behind it, whatever the input holds. */
void cursor_init(struct wasm_cursor *, struct arena *, struct wasm_input *, uint64_t max);

void cursor_fail(struct wasm_cursor *, const char *fault);
/* The same, for a place before this one. */
void cursor_fail_at(struct wasm_cursor *, uint64_t at, const char *fault);

static inline uint64_t cursor_offset(const struct wasm_cursor *c)
{
	return c->base + c->at;
}

static inline bool cursor_more(const struct wasm_cursor *c)
{
	return !c->fault && cursor_offset(c) < c->end;
}

static inline uint64_t cursor_left(const struct wasm_cursor *c)
{
	return c->fault ? 0 : c->end - cursor_offset(c);
}

/* Is there anything behind this place? Differs from cursor_more for a stream, whose end is not known before. */
bool cursor_has_byte(struct wasm_cursor *);

uint8_t  cursor_u8(struct wasm_cursor *);
uint32_t cursor_u32(struct wasm_cursor *); /* LEB128, padding allowed as the specification does */
uint64_t cursor_u64(struct wasm_cursor *);
int64_t  cursor_s33(struct wasm_cursor *);
int64_t  cursor_s32(struct wasm_cursor *);
int64_t  cursor_s64(struct wasm_cursor *);
uint32_t cursor_count(struct wasm_cursor *, uint32_t max, const char *too_many);
/* A vector's length and UTF-8, copied into the arena; of one above LIMIT_WASM_NAME_BYTES only the beginning. Absent after a
 * fault. */
struct str cursor_name(struct wasm_cursor *);
void       cursor_skip(struct wasm_cursor *, uint64_t n);
/* The next byte, without moving; -1 at the end. */
int cursor_peek_byte(struct wasm_cursor *);
/* The next n bytes, or fewer at the end, without moving; n <= 4096. */
struct str cursor_peek(struct wasm_cursor *, size_t n);

/* As much of what is left as the window holds, but never only n bytes of more: there is always progress behind them.
 * Nothing moves; valid until the next call. n <= WASM_WINDOW / 2. */
struct str cursor_view(struct wasm_cursor *, size_t n);

/* Narrows the end; the outer one is returned, for cursor_leave. */
uint64_t cursor_enter(struct wasm_cursor *, uint64_t size, const char *too_long);
void     cursor_leave(struct wasm_cursor *, uint64_t outer, const char *not_used_up);
/* Leaves without a demand: skips what is left of the part, and forgets a fault inside it. */
void cursor_abandon(struct wasm_cursor *, uint64_t outer);

#endif
