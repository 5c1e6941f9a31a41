/* utf8: the grammar of RFC 3629, section 4, is the referee: each sequence of bytes is asked of it and of us. */
#include "unit.h"

#include "base/utf8.h"

/* UTF8-octets = ( from-to of each byte ); n is the number of bytes. */
static const struct {
	unsigned      n;
	unsigned char from[4], to[4];
} grammar[] = {
	{ 1, { 0x00 }, { 0x7f } },
	{ 2, { 0xc2, 0x80 }, { 0xdf, 0xbf } },
	{ 3, { 0xe0, 0xa0, 0x80 }, { 0xe0, 0xbf, 0xbf } },
	{ 3, { 0xe1, 0x80, 0x80 }, { 0xec, 0xbf, 0xbf } },
	{ 3, { 0xed, 0x80, 0x80 }, { 0xed, 0x9f, 0xbf } },
	{ 3, { 0xee, 0x80, 0x80 }, { 0xef, 0xbf, 0xbf } },
	{ 4, { 0xf0, 0x90, 0x80, 0x80 }, { 0xf0, 0xbf, 0xbf, 0xbf } },
	{ 4, { 0xf1, 0x80, 0x80, 0x80 }, { 0xf3, 0xbf, 0xbf, 0xbf } },
	{ 4, { 0xf4, 0x80, 0x80, 0x80 }, { 0xf4, 0x8f, 0xbf, 0xbf } },
};

static size_t length_by_grammar(struct str s)
{
	for (size_t i = 0; i < COUNT(grammar); i++) {
		size_t k = 0;

		while (k < grammar[i].n && k < s.n && (unsigned char)s.p[k] >= grammar[i].from[k] &&
		       (unsigned char)s.p[k] <= grammar[i].to[k])
			k++;
		if (k == grammar[i].n)
			return k;
	}
	return 0;
}

static void ask(const unsigned char *bytes, size_t n)
{
	struct str s = str_of((const char *)bytes, n);
	uint32_t   cp;
	bool       ascii;
	size_t     want = length_by_grammar(s), got = utf8_decode(s, 0, &cp);
	char       again[4];

	if (got != want)
		fail_msg("%02x %02x %02x %02x (%zu bytes): %zu, the grammar says %zu", bytes[0], bytes[1], bytes[2],
		         bytes[3], n, got, want);
	if (want && (utf8_encode(cp, again) != want || memcmp(again, bytes, want) != 0))
		fail_msg("%02x %02x %02x %02x: U+%04X is written otherwise", bytes[0], bytes[1], bytes[2], bytes[3],
		         (unsigned)cp);
	if (want == n && utf8_valid_prefix(s, &ascii) != n)
		fail_msg("%02x %02x %02x %02x: valid, and not taken", bytes[0], bytes[1], bytes[2], bytes[3]);
	if (want == 0 && utf8_valid_prefix(s, &ascii) != 0)
		fail_msg("%02x %02x %02x %02x: invalid, and taken", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* All sequences of up to three bytes, and of four all that differ to the grammar. */
static void test_grammar(void **state)
{
	static const unsigned char edges[] = { 0x00, 0x7f, 0x80, 0x8f, 0x90, 0xbf, 0xc0, 0xff };
	unsigned char              b[4] = { 0 };

	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		b[0] = (unsigned char)first;
		ask(b, 1);
		for (unsigned second = 0; second < 256; second++) {
			b[1] = (unsigned char)second;
			ask(b, 2);
			for (unsigned third = 0; third < 256; third++) {
				b[2] = (unsigned char)third;
				ask(b, 3);
			}
			for (size_t i = 0; i < COUNT(edges) * COUNT(edges); i++) {
				b[2] = edges[i / COUNT(edges)];
				b[3] = edges[i % COUNT(edges)];
				ask(b, 4);
			}
			b[2] = b[3] = 0;
		}
		b[1] = 0;
	}
}

/* Every scalar value there and back. */
static void test_code_points(void **state)
{
	char     bytes[4];
	uint32_t back;

	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		size_t n;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		n = utf8_encode(cp, bytes);
		if (utf8_decode(str_of(bytes, n), 0, &back) != n || back != cp)
			fail_msg("U+%04X came back as U+%04X", (unsigned)cp, (unsigned)back);
	}
}

static void test_prefixes(void **state)
{
	static const struct {
		const char *name;
		struct str  text;
		size_t      valid, count;
		bool        ascii; /* of texts that are valid */
	} rows[] = {
		{ "empty", STR_INIT(""), 0, 0, true },
		{ "ASCII", STR_INIT("abc"), 3, 3, true },
		{ "with NUL", STR_INIT("a\0b"), 3, 3, true },
		{ "a block of eight", STR_INIT("abcdefgh"), 8, 8, true },
		{ "two bytes each", STR_INIT("\xc3\xa9\xc3\xa9"), 4, 2, false },
		{ "three bytes", STR_INIT("a\xe2\x82\xac"), 4, 2, false },
		{ "four bytes across a block", STR_INIT("abcdefg\xf0\x9f\x98\x80z"), 12, 9, false },
		{ "ASCII between", STR_INIT("\xc3\xa9-------------\xc3\xa9"), 17, 15, false },
		{ "a byte order mark", STR_INIT("\xef\xbb\xbfx"), 4, 2, false },
		{ "a lone continuation", STR_INIT("ab\x80z"), 2, 4, false },
		{ "cut off at the end", STR_INIT("ab\xe2\x82"), 2, 4, false },
		{ "cut off in the middle", STR_INIT("\xe2\x82z"), 0, 3, false },
		{ "overlong", STR_INIT("\xc0\xaf"), 0, 2, false },
		{ "half of a surrogate pair", STR_INIT("\xed\xa0\x80"), 0, 3, false },
		{ "above U+10FFFF", STR_INIT("\xf4\x90\x80\x80"), 0, 4, false },
		{ "the newest bytes", STR_INIT("\xff\xfe"), 0, 2, false },
		{ "late in a long text", STR_INIT("0123456789abcdef0123456789abcdef\xff"), 32, 33, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool   ascii = !rows[i].ascii;
		size_t valid = utf8_valid_prefix(rows[i].text, &ascii);

		row_int(rows[i].name, (int64_t)valid, (int64_t)rows[i].valid);
		if (rows[i].valid == rows[i].text.n)
			row_int(rows[i].name, ascii, rows[i].ascii);
		row_int(rows[i].name, (int64_t)utf8_count(rows[i].text), (int64_t)rows[i].count);
	}
}

/* Wherever the one wrong byte stands, that is where the valid part ends. */
static void test_wrong_byte_anywhere(void **state)
{
	char text[64];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		bool ascii;

		memset(text, 'a', sizeof(text));
		text[at] = (char)0xbf;
		assert_int_equal(utf8_valid_prefix(str_of(text, sizeof(text)), &ascii), at);
		text[at] = (char)0xc3;
		assert_int_equal(utf8_valid_prefix(str_of(text, sizeof(text)), &ascii), at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_code_points),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_wrong_byte_anywhere),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
