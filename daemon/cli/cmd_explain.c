/* callout explain CODE|VERDICT|FIELD */
#include "base/arena.h"
#include "base/limits.h"
#include "cli/command.h"
#include "manifest/schema.h"
#include "verify/verdict.h"

static void explain_code(struct buf *b, const struct diag_info *info)
{
	char code[8];

	buf_fmt(b, "%s (%s)", diag_code_text(info->code, code), diag_level_text(info->level));
	if (diag_info_has_words(info)) {
		buf_lit(b, ": ");
		buf_add(b, diag_info_text(b->arena, info));
	}
	buf_lit(b, "\n\n");
	buf_fmt(b, "Cause\n  %s\n\nConsequence\n  %s\n\nWay out\n  %s\n", info->cause, info->consequence, info->fix);
}

/* The finding for a verdict, given as the word that verify shows; verdicts of clusters come before those of plugins. */
static enum diag_code code_of_verdict(struct str word)
{
	for (size_t i = 0; i < VERDICTS; i++)
		if (str_is(word, verdict_words[i]))
			return verdict_codes[i];
	for (size_t i = 0; i < PLUGIN_VERDICTS; i++)
		if (str_is(word, plugin_verdict_words[i]))
			return plugin_verdict_codes[i];
	return CO_NONE;
}

/* The whole path of a field that was given without the kind or `spec.`, as findings and people write it. Absent:
 * there is no such field. */
static struct str within(struct arena *arena, struct str field)
{
	static const struct str parents[] = { STR_INIT("spec."), STR_INIT("mesh."), STR_INIT("mesh.spec.") };
	struct buf              b;

	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		struct str path = STR_CONCAT(arena, parents[i], field), ignored;

		buf_init(&b, arena, MIB);
		if (schema_explain(&b, path, &ignored))
			return path;
	}
	return STR_ABSENT;
}

enum exit_status cmd_explain(struct arena *arena, const struct arguments *arguments)
{
	struct str     what = arguments->n_operands ? str_c(arguments->operands[0]) : STR("FilterManifest"), nearest;
	enum diag_code code = diag_code_parse(what);
	struct buf     b;

	if (arguments->n_operands > 1)
		return usage_error("explain", "one code or field at a time");
	if (code == CO_NONE)
		code = code_of_verdict(what);
	buf_init(&b, arena, MIB);
	if (code != CO_NONE) {
		explain_code(&b, diag_info_of(code));
	} else if (!schema_explain(&b, what, &nearest)) {
		if (!str_present(nearest))
			nearest = within(arena, what);
		if (!str_present(nearest))
			nearest = schema_find(arena, what);
		if (str_present(nearest))
			return usage_error("explain", "there is no field \"%.*s\"; did you mean \"%.*s\"?",
			                   STR_ARG(what), STR_ARG(nearest));
		return usage_error("explain", "there is no finding, verdict or field \"%.*s\"", STR_ARG(what));
	}
	return print_output(buf_str(&b)) ? EXIT_FINE : EXIT_ENVIRONMENT;
}
