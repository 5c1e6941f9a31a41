/* json_scanning.h - a scan under way: what the files of the scanner share. */
#ifndef CALLOUT_JSON_JSON_SCANNING_H
#define CALLOUT_JSON_JSON_SCANNING_H

#include "base/limits.h"
#include "json/json_blocks.h"

/* Where in the grammar the scan stands. */
enum json_state {
	STATE_VALUE, /* a value comes next */
	STATE_COLON, /* a key was read: ':' and a value */
	STATE_OPEN,  /* an object or array was entered and nothing of it read */
	STATE_AFTER, /* a value was passed: ',' or the end of what is entered; at level 0 the end of the document */
};

/* Bytes that are copied while they are passed: for numbers and raw values, wherever blocks end. */
struct json_tee {
	char  *buf; /* NULL: off */
	size_t cap, n;
	size_t from; /* in the block: what stands before is copied or was not wanted */
	bool   cut;
};

struct json_scan {
	/* The block. Between pos and limit there is no fault. */
	const unsigned char     *p;
	const struct json_words *words;
	size_t                   pos, limit;
	uint64_t                 offset; /* of p[0] */

	enum json_state state;
	unsigned        level;
	bool            strict;
	bool            failed;
	bool            ended;                          /* there is nothing behind limit, and no fault */
	uint64_t        value;                          /* offset of the last value that was looked at */
	uint64_t        squares[LIMIT_SCAN_DEPTH / 64]; /* a bit a level: an array */

	struct json_tee tee;
	size_t          peeked; /* opening quote of the string that json_scan_peek_string found */
	char            key[LIMIT_SCAN_KEY];

	const struct json_kernel_ops *kernel;
	struct json_blocks           *blocks;
	const struct json_block      *block;

	/* Lines up to p[0]; how many newlines stand before counted_to in the block. */
	uint64_t lines;      /* newlines */
	uint64_t line_start; /* offset */
	uint64_t line_extra; /* bytes in [line_start, offset) that begin no character */
	size_t   counted_to;
	uint64_t counted;

	struct json_place value_place; /* of value, when it began in an earlier block */

	struct json_error error;
	bool              opened; /* the first block was asked for */
};

/* ---- json_scan.c: blocks, places and faults ---- */

/* Makes the block begin at pos, where a value is ready, so that more of what follows is at hand. False: the block stays
 * as it is. */
bool json_scan_recut(struct json_scan *);

/* At pos == limit: the next block. False: the input ends here (s->ended), or the scan failed. */
bool json_scan_more(struct json_scan *);

/* Records the fault at the block's position i; always false. expected may be NULL. */
bool json_scan_fail(struct json_scan *, enum json_fault, size_t i, const char *expected);

/* Of the block's position i, counted from where it was last asked for. */
struct json_place json_place_of(struct json_scan *, size_t i);

void json_tee_begin(struct json_scan *, char *buf, size_t cap);
void json_tee_end(struct json_scan *, struct json_text *);

static inline bool scan_has(struct json_scan *s)
{
	return s->pos < s->limit || json_scan_more(s);
}

/* The byte at pos, or -1: the end or failure. */
static inline int scan_byte(struct json_scan *s)
{
	return scan_has(s) ? s->p[s->pos] : -1;
}

static inline bool is_white(int c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool scan_in_array(const struct json_scan *s)
{
	return s->squares[(s->level - 1) / 64] >> (s->level - 1) % 64 & 1;
}

/* The quotes among the 64 bytes from i on; i's is bit 0. */
static inline uint64_t scan_quotes(const struct json_scan *s, size_t i)
{
	const uint64_t *quotes = &s->words->quotes[i / JSON_WORD];

	return quotes[0] >> i % JSON_WORD | quotes[1] << 1 << (JSON_WORD - 1 - i % JSON_WORD);
}

/* Closing quote of the string whose opening quote is at from: its position, or limit when it is not in this block. */
static inline size_t scan_quote(const struct json_scan *s, size_t from)
{
	size_t   w = from / JSON_WORD, last = (s->limit + JSON_WORD - 1) / JSON_WORD;
	uint64_t quotes;

	if (w >= last)
		return s->limit;
	quotes = s->words->quotes[w] & ~(uint64_t)0 << from % JSON_WORD;
	while (!quotes) {
		if (++w == last)
			return s->limit;
		quotes = s->words->quotes[w];
	}
	return w * JSON_WORD + (size_t)__builtin_ctzll(quotes);
}

/* ---- json_string.c: pos stands at the opening quote ---- */

/* With cap 0 nothing is kept, but all is checked. */
bool json_decode_string(struct json_scan *, char *buf, size_t cap, struct json_text *);
/* Is it this string? False also on failure. */
bool json_match_string(struct json_scan *, struct str want);
/* The string as it stands in the block, when it does and has no escapes, and passes it. */
bool json_plain_string(struct json_scan *, struct str *);
/* The part of a plain string that fits into cap bytes, in whole characters. */
void json_cut_string(struct str plain, size_t cap, struct json_text *ret);

/* ---- json_strict.c ---- */

bool json_pass_strict(struct json_scan *, int c); /* with all of the grammar */
bool json_pass_scalar(struct json_scan *, int c); /* a number or a word */

#endif
