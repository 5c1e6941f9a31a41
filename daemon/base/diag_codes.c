#include "base/diag_codes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"

const struct diag_info diag_table[] = {
#define DIAG(number, name, level, class, text, cause, consequence, fix)                                                \
	{ CO_##name, #name, DIAG_##level, DIAG_##class, text, cause, consequence, fix },
#include "base/diag_codes.def"
#undef DIAG
};
const size_t diag_table_size = sizeof(diag_table) / sizeof(diag_table[0]);

static int compare_code(const void *key, const void *row)
{
	return (int)*(const enum diag_code *)key - (int)((const struct diag_info *)row)->code;
}

const struct diag_info *diag_info_of(enum diag_code code)
{
	return bsearch(&code, diag_table, diag_table_size, sizeof(diag_table[0]), compare_code);
}

bool diag_info_has_words(const struct diag_info *info)
{
	for (const char *p = info->text; *p; p++)
		if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
			return true;
	return false;
}

struct str diag_info_text(struct arena *arena, const struct diag_info *info)
{
	struct str text = str_c(diag_info_has_words(info) ? info->text : info->cause);
	struct buf b;

	buf_init(&b, arena, 16 * KIB);
	for (size_t at = 0; at < text.n;) {
		size_t hole = str_find_str(text, STR("{}"), at);

		buf_add(&b, str_slice(text, at, hole));
		if (hole < text.n)
			buf_lit(&b, "…");
		at = hole + 2;
	}
	return buf_str(&b);
}

const char *diag_code_text(enum diag_code code, char *buf)
{
	snprintf(buf, 7, "CO%04u", (unsigned)code % 10000);
	return buf;
}

enum diag_code diag_code_parse(struct str s)
{
	uint64_t number;

	if (s.n && (s.p[s.n - 1] == ':' || s.p[s.n - 1] == ',')) /* as it stands in a line that was copied */
		s = str_slice(s, 0, s.n - 1);
	if (s.n >= 2 && str_eq_nocase(str_slice(s, 0, 2), STR("CO")))
		s = str_slice(s, 2, s.n);
	if (!str_to_uint(s, 9999, &number) || number == 0 || !diag_info_of((enum diag_code)number))
		return CO_NONE;
	return (enum diag_code)number;
}

const char *diag_level_text(enum diag_level level)
{
	static const char *const names[] = { "info", "warning", "error" };

	return names[level];
}
