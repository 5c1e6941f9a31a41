/* json_index_rare.h - what most words of a dump do not have: backslashes, bytes that are not ASCII, control characters.
 *
 * Shared by all kernels, byte by byte, so that the wide code has only the common case.
 */
#ifndef CALLOUT_JSON_JSON_INDEX_RARE_H
#define CALLOUT_JSON_JSON_INDEX_RARE_H

#include "json/json_index.h"

/* Of the 64 bytes of a word. */
struct json_rare {
	uint64_t backslashes;
	uint64_t wide;      /* not ASCII */
	uint64_t blanks;    /* tab and carriage return */
	uint64_t controls;  /* below 0x20 and no white space, or white space that stands in strings */
	uint64_t escaped;   /* behind a backslash that is not itself escaped */
	uint64_t in_string; /* of strings, their opening quotes included */
};

/* What a run of plain words carries from one to the next. */
struct json_run {
	uint64_t          in_string;
	uint64_t          newlines;
	struct json_depth depth;
	int32_t           deepest;
};

/* What an escape still needs: json_carry.escape. */
enum { ESCAPE_NONE, ESCAPE_HEX_1, ESCAPE_HEX_2, ESCAPE_HEX_3, ESCAPE_HEX_4, ESCAPE_LETTER };

/* Which bytes of the word follow a backslash that is not itself escaped. */
uint64_t json_escaped(uint64_t backslashes, struct json_carry *);

/* Checks the word at offset `at` of a block of n bytes. Writes down the first fault. */
void json_rare_check(const unsigned char *block, size_t n, size_t at, const struct json_rare *, struct json_carry *,
                     struct json_indexed *);

#endif
