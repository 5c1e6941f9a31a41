/* What is no text in UTF-8: other encodings, archives, modules. */
#include "dump/foreign.h"

bool foreign_bytes_blank(struct str head)
{
	static const char blanks[] = "\xff\xfe \t\r\n"; /* and the NUL behind them */

	for (size_t i = 0; i < head.n; i++)
		if (!memchr(blanks, head.p[i], sizeof(blanks)))
			return false;
	return true;
}

/* Two letters of ASCII? */
static bool is_wide_text(const char *p)
{
	return (p[0] && p[4] && memcmp(p + 1, "\0\0\0", 3) == 0 && memcmp(p + 5, "\0\0\0", 3) == 0) ||
	       (p[3] && p[7] && memcmp(p, "\0\0\0", 3) == 0 && memcmp(p + 4, "\0\0\0", 3) == 0);
}

/* What iconv and some editors write: its mark in the order of Intel begins like that of UTF-16. */
static bool is_utf32(struct str head)
{
	return (head.n >= 4 && (memcmp(head.p, "\xff\xfe\0\0", 4) == 0 || memcmp(head.p, "\0\0\xfe\xff", 4) == 0)) ||
	       (head.n >= 8 && is_wide_text(head.p));
}

/* What "istioctl … > file" makes in PowerShell. */
static bool is_utf16(struct str head)
{
	return head.n >= 2 && (memcmp(head.p, "\xff\xfe", 2) == 0 || memcmp(head.p, "\xfe\xff", 2) == 0 ||
	                       (head.p[0] && !head.p[1]) || (!head.p[0] && head.p[1]));
}

/* POSIX.1-2001 pax interchange format: the magic stands at byte 257. */
static bool is_archive(struct str head)
{
	return head.n >= 262 && memcmp(head.p + 257, "ustar", 5) == 0;
}

bool foreign_bytes_add(struct dump_reader *r, struct str head)
{
	if (str_has_prefix(head, str_of("\0asm", 4)))
		foreign_tell(r, CO_DUMP_TEXT, STR("a Wasm module"), "`callout inspect` reads modules");
	else if (is_archive(head))
		foreign_tell(r, CO_DUMP_TEXT, STR("a tar archive"), ASK_UNPACK);
	else if (is_utf32(head))
		foreign_tell(r, CO_DUMP_ENCODING, STR("UTF-32"), "write it in UTF-8: `iconv -f UTF-32 -t UTF-8`");
	else if (is_utf16(head))
		foreign_tell(r, CO_DUMP_ENCODING, STR("UTF-16"),
		             "PowerShell's > writes UTF-16: use `| Out-File -Encoding utf8`, or pipe into callout");
	else
		return false;
	return true;
}
