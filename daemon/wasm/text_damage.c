#include "wasm/text_damage.h"

#include "base/utf8.h"

#define REPLACEMENT STR("\xef\xbf\xbd") /* U+FFFD, written for bytes that are no text */

/* In a module 0x0a is a byte like any other: that one stands before each of them is no chance when there are some. */
enum { LINES_THAT_PROVE = 2, LONGEST_CHARACTER = 4 };

static bool has_carriage_returns(struct str head)
{
	size_t n = 0;

	for (size_t i = 1; i < head.n; i++) {
		if (head.p[i] != '\n')
			continue;
		if (head.p[i - 1] != '\r')
			return false;
		n++;
	}
	return n >= LINES_THAT_PROVE;
}

/* Numbers of several bytes, which every module of some size has, are no UTF-8. */
static bool is_all_utf8(struct str head)
{
	bool   ascii;
	size_t valid = utf8_valid_prefix(head, &ascii);

	return !ascii && valid + LONGEST_CHARACTER > head.n && (valid == head.n || head.n == TEXT_DAMAGE_BYTES);
}

const char *text_damage_of(struct str head)
{
	if (has_carriage_returns(head))
		return "a carriage return stands before every line feed: it was copied as text (FTP, git's autocrlf); copy "
		       "it as binary (.gitattributes: *.wasm binary)";
	if (!is_all_utf8(head))
		return NULL;
	return str_find_str(head, REPLACEMENT, 0) < head.n
	               ? "bytes were replaced by U+FFFD: something read the file as text, and they are lost; fetch or "
	                 "build it again, and pass it on as bytes"
	               : "all of it is UTF-8, as no module is: something wrote its bytes as characters; fetch or build it "
	                 "again, and pass it on as bytes";
}
