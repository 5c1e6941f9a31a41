/* ascii.h - classes of ASCII characters, whatever the locale.
 *
 * All take a byte, as char of either sign or as int, where -1 may stand for none: what is not ASCII is in no class.
 */
#ifndef CALLOUT_BASE_ASCII_H
#define CALLOUT_BASE_ASCII_H

#include <stdbool.h>
#include <string.h>

static inline bool ascii_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_lower(int c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_upper(int c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_letter(int c)
{
	return ascii_is_lower(c) || ascii_is_upper(c);
}

static inline bool ascii_is_alnum(int c)
{
	return ascii_is_letter(c) || ascii_is_digit(c);
}

/* Letters, digits, and these others. */
static inline bool ascii_is_alnum_or(int c, const char *others)
{
	return ascii_is_alnum(c) || (c > 0 && strchr(others, c) != NULL);
}

/* The value of a hexadecimal digit, 0 to 15; -1: it is none. */
static inline int ascii_hex(int c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static inline bool ascii_is_lower_hex(int c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

static inline char ascii_lower(char c)
{
	return ascii_is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

#endif
