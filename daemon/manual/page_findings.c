/* callout-findings(7), and the same as Markdown: every code with cause, consequence and way out. */
#include "base/arena.h"
#include "manual/pages.h"

static const char *const see_also[] = { "callout 1", "callout-explain 1", "filter-manifest 5", NULL };

static const char *const groups[] = {
	[1] = "Reading",  [2] = "Rules of documents", [3] = "Generation and versions", [4] = "Dumps",
	[5] = "Verdicts", [6] = "Wasm modules",       [7] = "Service and store",
};

static const char *group_of(enum diag_code code)
{
	unsigned n = (unsigned)code / 100;

	return n < sizeof(groups) / sizeof(groups[0]) && groups[n] ? groups[n] : "Others";
}

/* The exit status of a command that found an error of this class. */
static enum exit_status exit_status_of(enum diag_class class)
{
	static const enum exit_status statuses[] = { [DIAG_INPUT] = EXIT_INPUT,
		                                     [DIAG_ENVIRONMENT] = EXIT_ENVIRONMENT,
		                                     [DIAG_ANSWER] = EXIT_NO,
		                                     [DIAG_USAGE] = EXIT_USAGE };

	return statuses[class];
}

/* "error, exit status 3", "warning" */
static struct str level_text(struct arena *arena, const struct diag_info *d)
{
	if (d->level != DIAG_ERROR)
		return str_c(diag_level_text(d->level));
	return str_fmt(arena, "error, exit status %d", (int)exit_status_of(d->class));
}

static void add_finding(struct buf *b, const struct diag_info *d)
{
	char code[7];

	buf_fmt(b, ".It Cm %s No \\&(", diag_code_text(d->code, code));
	buf_add(b, level_text(b->arena, d));
	buf_lit(b, ")\n");
	if (diag_info_has_words(d)) {
		mdoc_text(b, STR_CONCAT(b->arena, STR("`"), diag_info_text(b->arena, d), STR("`")));
		buf_lit(b, ".Pp\n");
	}
	mdoc_text(b, str_c(d->cause));
	mdoc_text(b, str_c(d->consequence));
	mdoc_text(b, STR_CONCAT(b->arena, STR("Way out: "), str_c(d->fix)));
}

void page_findings(struct buf *b, const char *date)
{
	const char *group = NULL;

	mdoc_page(b, STR("callout-findings"), 7, date);
	buf_lit(b, ".Sh NAME\n.Nm callout-findings\n.Nd what Callout finds, why, and the way out\n");
	mdoc_section(b, "DESCRIPTION");
	mdoc_text(
		b,
		STR("Every finding has a code that is never used for another thing, a level, one line of text and mostly a place. "
	            "`callout explain CODE` prints what stands here.\n\n"
	            "Errors decide the exit status. Warnings do so with `--fail-on warning`; infos never do."));
	for (size_t i = 0; i < diag_table_size; i++) {
		const struct diag_info *d = &diag_table[i];

		if (group != group_of(d->code)) {
			if (group)
				buf_lit(b, ".El\n");
			group = group_of(d->code);
			mdoc_subsection(b, str_c(group));
			buf_lit(b, ".Bl -tag -width Ds\n");
		}
		add_finding(b, d);
	}
	buf_lit(b, ".El\n");
	page_see_also(b, see_also);
}

/* ---- Markdown ---- */

/* Text in which no character has a meaning of its own, but for code between backticks. */
static void add_markdown(struct buf *b, struct str s)
{
	bool code = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '`')
			code = !code;
		else if (!code && strchr("*_[]<>#|\\", s.p[i]))
			buf_char(b, '\\');
		buf_char(b, s.p[i]);
	}
}

static void add_row(struct buf *b, const char *what, const char *text)
{
	buf_fmt(b, "- %s: ", what);
	add_markdown(b, str_c(text));
	buf_char(b, '\n');
}

void markdown_findings(struct buf *b)
{
	const char *group = NULL;

	buf_lit(b, "# Findings\n\nPrinted from the program's table; `callout explain CODE` prints the same.\n");
	for (size_t i = 0; i < diag_table_size; i++) {
		const struct diag_info *d = &diag_table[i];
		char                    code[7];

		if (group != group_of(d->code)) {
			group = group_of(d->code);
			buf_fmt(b, "\n## %s\n", group);
		}
		buf_fmt(b, "\n### %s\n\n", diag_code_text(d->code, code));
		add_markdown(b, level_text(b->arena, d));
		if (diag_info_has_words(d)) {
			buf_lit(b, ": ");
			add_markdown(b, diag_info_text(b->arena, d));
		}
		buf_lit(b, "\n\n");
		add_row(b, "cause", d->cause);
		add_row(b, "consequence", d->consequence);
		add_row(b, "way out", d->fix);
	}
}
