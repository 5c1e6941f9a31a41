#include "verify/findings.h"

enum { PROXIES_NAMED = 5 };

struct str findings_proxies(struct arena *arena, const struct str *names, size_t n, size_t of)
{
	if (n == 1)
		return names[0];
	return STR_CONCAT(arena, str_from_uint(arena, n), STR(" of "), str_from_uint(arena, of), STR(" proxies ("),
	                  join_strings(arena, names, n, PROXIES_NAMED), STR(")"));
}

struct pos findings_line(const struct node *parent, const char *key)
{
	const struct node *n = node_get(parent, key);

	return n ? node_key_pos(n) : node_pos(parent);
}

void findings_help(struct diags *diags, struct diag *d, enum diag_code code)
{
	struct str fix = str_c(diag_info_of(code)->fix);
	size_t     n = fix.n - (fix.n && fix.p[fix.n - 1] == '.');
	char      *text = arena_copy(diags->arena, fix.p, fix.n);

	if (n && text[0] >= 'A' && text[0] <= 'Z')
		text[0] = (char)(text[0] - 'A' + 'a');
	diag_help_text(diags, d, str_of(text, n));
}
