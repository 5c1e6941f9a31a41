/* The grammar of placeholders: every byte of a text is in one piece, and only `${` begins a placeholder. */
#include "unit.h"

#include "manifest/placeholder.h"

/* Pieces in order: 'text', <placeholder>, !unclosed. */
static struct str pieces_of(struct arena *arena, struct str s)
{
	static const char *const marks[] = {
		[SEGMENT_TEXT] = "''", [SEGMENT_PLACEHOLDER] = "<>", [SEGMENT_UNCLOSED] = "!!"
	};
	struct buf     b;
	struct segment piece;
	size_t         at = 0;

	buf_init(&b, arena, MIB);
	while (placeholder_next(s, &at, &piece)) {
		const char *mark = marks[piece.kind];

		buf_fmt(&b, "%c%.*s%c", mark[0], STR_ARG(piece.text), mark[1]);
		row_int("its end is where the next one begins", (int64_t)piece.end, (int64_t)at);
	}
	row_int("the whole text", (int64_t)at, (int64_t)s.n);
	return buf_str(&b);
}

static void test_grammar(void **state)
{
	static const struct {
		const char *text, *pieces;
	} rows[] = {
		{ "", "" },
		{ "plain", "'plain'" },
		{ "${a.b}", "<a.b>" },
		{ "x${a}y", "'x'<a>'y'" },
		{ "${a}${b}", "<a><b>" },
		{ "$${a}", "'${''a}'" },
		{ "x$${a}y", "'x''${''a}y'" },
		{ "$$${a}", "'$''${''a}'" },
		{ "${}", "<>" },
		{ "${${a}}", "<${a>'}'" },
		{ "$", "'$'" },
		{ "$a {b} }", "'$a {b} }'" },
		{ "${a", "!a!" },
		{ "x${", "'x'!!" },
		{ "$${", "'${'" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		row_text(rows[i].text, pieces_of(arena_of(state), str_c(rows[i].text)), rows[i].pieces);
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(test_grammar) };

	return cmocka_run_group_tests_name("placeholder", tests, NULL, NULL);
}
