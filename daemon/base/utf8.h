/* utf8.h - UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef CALLOUT_BASE_UTF8_H
#define CALLOUT_BASE_UTF8_H

#include "base/str.h"

/* Decodes the code point at s.p[at]; its length in bytes, or 0 when the bytes there are not UTF-8. */
size_t utf8_decode(struct str s, size_t at, uint32_t *ret);

/* Is it a control character, or one without a shape of its own? Such characters could hide text, reverse its direction
 * or end a line. */
bool utf8_is_unseen(uint32_t cp);

/* Writes at most 4 bytes and returns their number. cp must be a Unicode scalar value. */
size_t utf8_encode(uint32_t cp, char out[4]);

/* The offset of the first byte that is not UTF-8, or s.n. *ascii: are all bytes before it ASCII? */
size_t utf8_valid_prefix(struct str s, bool *ascii);

/* How many of the first n bytes (n < s.n) are whole characters. */
size_t utf8_cut(struct str s, size_t n);

/* Code points in s; a byte that is not UTF-8 counts as one. */
size_t utf8_count(struct str s);

#endif
