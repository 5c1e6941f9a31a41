/* json_index.h - what stands where in a block of JSON: the part of the scanner that the processor's wide registers do.
 *
 * Each word of 64 bytes becomes four masks; a bit is a byte, the lowest the first. With them a walker finds the end of a
 * string or of a whole container without looking at a byte. On the way everything is checked that holds for any text,
 * wherever it stands (json_scan.h says what). A kernel is one way of doing it; all give the same masks and faults.
 */
#ifndef CALLOUT_JSON_JSON_INDEX_H
#define CALLOUT_JSON_JSON_INDEX_H

#include "json/json_scan.h"

enum { JSON_WORD = 64 };

struct json_word {
	uint64_t quotes;  /* that open or close a string; escaped ones are not among them */
	uint64_t opens;   /* { and [ outside of strings */
	uint64_t closes;  /* } and ] outside of strings */
	uint64_t squares; /* which of the two are [ or ]; other bits mean nothing */
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

struct json_kernel_ops {
	const char *name;
	/* Indexes n bytes. There must be JSON_WORD readable bytes behind p[n - 1]; those up to the next multiple of
	 * JSON_WORD must be spaces. words has room for all of them and one more, which becomes all zero, so that bits can
	 * be read across the border of words. */
	void (*index)(const unsigned char *p, size_t n, struct json_word *words, struct json_carry *,
	              struct json_indexed *);
	/* Goes from pos to behind the bracket that ends the nesting, or to limit when it is not there: then depth > 0. */
	size_t (*skip)(const struct json_word *words, size_t pos, size_t limit, struct json_nesting *);
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
