#include "base/utf8.h"

static bool continues(struct str s, size_t at)
{
	return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

size_t utf8_decode(struct str s, size_t at, uint32_t *ret)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char         lead = (unsigned char)s.p[at];
	size_t                n;
	uint32_t              cp;

	if (lead < 0x80) {
		*ret = lead;
		return 1;
	}
	if (lead >= 0xc2 && lead <= 0xdf)
		n = 2, cp = lead & 0x1fu;
	else if ((lead & 0xf0) == 0xe0)
		n = 3, cp = lead & 0x0fu;
	else if (lead >= 0xf0 && lead <= 0xf4)
		n = 4, cp = lead & 0x07u;
	else
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (!continues(s, at + i))
			return 0;
		cp = cp << 6 | ((unsigned char)s.p[at + i] & 0x3fu);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret = cp;
	return n;
}

size_t utf8_encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static size_t skip_ascii(struct str s, size_t at)
{
	uint64_t eight;

	while (at + sizeof(eight) <= s.n) {
		memcpy(&eight, s.p + at, sizeof(eight));
		if (eight & UINT64_C(0x8080808080808080))
			break;
		at += sizeof(eight);
	}
	while (at < s.n && !((unsigned char)s.p[at] & 0x80))
		at++;
	return at;
}

size_t utf8_valid_prefix(struct str s, bool *ascii)
{
	size_t at = skip_ascii(s, 0);

	*ascii = at == s.n;
	while (at < s.n) {
		uint32_t cp;
		size_t   n = utf8_decode(s, at, &cp);

		if (n == 0)
			return at;
		at += n;
		if (at < s.n && !((unsigned char)s.p[at] & 0x80))
			at = skip_ascii(s, at);
	}
	return at;
}

size_t utf8_cut(struct str s, size_t n)
{
	while (n > 0 && continues(s, n))
		n--;
	return n;
}

size_t utf8_count(struct str s)
{
	size_t count = 0;

	for (size_t at = 0; at < s.n; count++) {
		uint32_t cp;
		size_t   n = utf8_decode(s, at, &cp);

		at += n ? n : 1;
	}
	return count;
}

bool utf8_is_unseen(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x061c, 0x061c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && ranges[i].first <= cp; i++)
		if (cp <= ranges[i].last)
			return true;
	return false;
}
