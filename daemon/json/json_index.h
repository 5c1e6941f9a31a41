/* json_index.h - the index of a block of JSON: the part of the scanner that runs in the processor's wide registers.
 *
 * Each word of 64 bytes becomes four masks; a bit is a byte, the lowest the first. With them a walker finds the end of
 * a string without looking at a byte. How deep each word begins is kept beside them, so that the end of a whole
 * container is found by looking for the first word that may come down to its depth. On the way everything is checked
 * that holds for any text, wherever it stands (json_scan.h says what). A kernel is one way of doing it; all give the
 * same masks and faults.
 */
#ifndef CALLOUT_JSON_JSON_INDEX_H
#define CALLOUT_JSON_JSON_INDEX_H

#include "json/json_scan.h"

enum { JSON_WORD = 64 };

/* Brackets that were opened less those that were closed since the block began; below 0 where earlier ones are closed. */
struct json_depth {
	int32_t all;
	int32_t squares; /* [ and ] alone */
};

/* What is known of the words of a block: arrays with an element for each, of a kind each, so that a wide register takes
 * those of several words. */
struct json_words {
	uint64_t          *quotes;  /* that open or close a string; escaped ones are not among them */
	uint64_t          *opens;   /* { and [ outside of strings */
	uint64_t          *closes;  /* } and ] outside of strings */
	uint64_t          *squares; /* which of the two are [ or ]; other bits mean nothing */
	struct json_depth *depth;   /* where the word begins */
	int32_t           *lowest;  /* it does not come below this: depth[].all less all that it closes */
	int32_t            deepest; /* no word of the block comes above this */
};

/* What one block leaves to the next. All zero at the beginning of a document. */
struct json_carry {
	uint64_t in_string; /* all ones: the next byte stands in a string */
	uint64_t escaped;   /* 1: the next byte follows a backslash that escapes it */
	uint8_t  escape;    /* of an escape that has begun: what must come, see json_index_rare.h */
	uint8_t  escape_at; /* how many bytes ago it began */
	uint8_t  utf8_need; /* continuation bytes that must come */
	uint8_t  utf8_at;   /* how many bytes ago the character began */
	uint8_t  utf8_low;  /* bounds of the next continuation byte */
	uint8_t  utf8_high;
};

/* What is known of a block once it is indexed. */
struct json_indexed {
	size_t          limit;    /* the bytes that are fine; less than the block's when there is a fault */
	enum json_fault fault;    /* at limit */
	unsigned        back;     /* the fault began so many bytes before limit, in the block before */
	uint64_t        newlines; /* before limit */
	bool            escapes;  /* there is a backslash */
	bool            wide;     /* there is a byte that is not ASCII */
};

/* How deep a skip is. It ends behind the bracket that brings depth to 0. */
struct json_nesting {
	int64_t         depth;
	int64_t         squares; /* [ that are open */
	int64_t         cap;     /* of depth */
	enum json_fault fault;   /* at the position returned */
};

/* A member of an object that was looked for. */
struct json_member {
	size_t  at;      /* the opening quote of its key */
	int64_t squares; /* [ that are open there, since the object's bracket: 0 unless brackets do not match */
	int64_t deepest; /* nothing in the block is deeper than this, from the object's bracket on */
	bool    ended;   /* the object ends before limit; told only when it is not found */
};

enum { JSON_PEEK_KEY = JSON_WORD - 2 };

struct json_kernel_ops {
	const char *name;
	/* Indexes n bytes. There must be JSON_WORD readable bytes behind p[n - 1]; those up to the next multiple of
	 * JSON_WORD must be spaces. There is room for all words and one more, which has no bits, so that they can be read
	 * across the border of words, and the depth at the end. */
	void (*index)(const unsigned char *p, size_t n, struct json_words *, struct json_carry *,
	              struct json_indexed *);
	/* Moves from pos past the bracket that ends the nesting, or to limit when the block does not hold it: then
	 * depth > 0. */
	size_t (*skip)(const struct json_words *, size_t pos, size_t limit, struct json_nesting *);
	/* Looks for the first member of the object whose bracket is at pos that has this key, of 1 to JSON_PEEK_KEY bytes and
	 * written without escapes. Nothing else in the object is looked at but its brackets. False: it is not there before
	 * limit. */
	bool (*find)(const unsigned char *p, const struct json_words *, size_t pos, size_t limit, struct str key,
	             struct json_member *);
};

extern const struct json_kernel_ops json_kernel_portable;
#if defined(__x86_64__)
extern const struct json_kernel_ops json_kernel_sse2;
extern const struct json_kernel_ops json_kernel_avx2;
extern const struct json_kernel_ops json_kernel_avx512;
#endif

/* NULL: this processor does not have it. */
const struct json_kernel_ops *json_kernel_get(enum json_kernel);

#endif
