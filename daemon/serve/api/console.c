/* GET /: one page with everything in it. Its policy allows the one script and the one style by their hashes, requests to
 * this server, and nothing else; the page shows texts and never makes markup of them. */
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "serve/api/routes.h"

extern const unsigned char console_page[];
extern const size_t        console_page_n;

static struct str between(struct str page, const char *open, const char *close)
{
	size_t from = str_find_str(page, str_c(open), 0) + strlen(open);

	return str_slice(page, from, str_find_str(page, str_c(close), from));
}

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The digest that base/sha256 gives in hexadecimal, as Content-Security-Policy wants it. */
static struct str base64_of_hex(struct arena *arena, struct str hex)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct buf        b;

	buf_init(&b, arena, KIB);
	for (size_t i = 0; i < hex.n; i += 6) {
		unsigned v = 0, n = hex.n - i >= 6 ? 6 : (unsigned)(hex.n - i);

		for (unsigned k = 0; k < 6; k++)
			v = v << 4 | (k < n ? nibble(hex.p[i + k]) : 0);
		for (unsigned k = 0; k < 4; k++)
			buf_char(&b, k * 3 < n * 2 ? digits[v >> (18 - 6 * k) & 63] : '=');
	}
	return buf_str(&b);
}

struct str console_policy(struct arena *arena)
{
	struct str page = str_of((const char *)console_page, console_page_n);
	struct str script = sha256_of_bytes(arena, between(page, "<script>", "</script>")),
		   style = sha256_of_bytes(arena, between(page, "<style>", "</style>"));

	return STR_CONCAT(arena,
	                  STR("default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
	                      "frame-ancestors 'none'; script-src 'sha256-"),
	                  base64_of_hex(arena, script), STR("'; style-src 'sha256-"), base64_of_hex(arena, style),
	                  STR("'"));
}

void answer_console(struct call *call)
{
	reply(call, 200, MEDIA_HTML, str_of((const char *)console_page, console_page_n));
	http_add_header(call->x, "Content-Security-Policy", call->service->console_policy);
	http_add_header(call->x, "Referrer-Policy", STR("no-referrer"));
}
