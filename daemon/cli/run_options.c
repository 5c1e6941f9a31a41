/* The options that all commands have which read manifests: what no table can say of their values. */
#include <stdio.h>

#include "cli/dump_files.h"
#include "cli/report_file.h"
#include "cli/run.h"
#include "names/hostname.h"
#include "report/report.h"

static bool one_of(const char *value, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

/* Is the option's value one of these words? known: the words as the usage error lists them. */
static bool check_word(const struct run *run, enum option o, const char *const *words, const char *known)
{
	const char *value = argument(run->arguments, o);

	if (!value || one_of(value, words))
		return true;
	usage_error(run->command, "--%s does not know \"%s\": %s", option_table[o].name, value, known);
	return false;
}

static bool same_file(const struct run *run, const char *a, const char *b)
{
	struct str name, file_a = str_cut(str_c(a), '=', &name), file_b = str_cut(str_c(b), '=', &name);

	return file_a.p && file_b.p && report_file_is_same(run->arena, file_a, file_b);
}

static bool check_report(const struct run *run, const struct option_values *reports, size_t i)
{
	struct str name, file = str_cut(str_c(reports->items[i]), '=', &name);

	if (!report_format_find(name)) {
		usage_error(run->command, "--report does not know \"%.*s\": %.*s", STR_ARG(name),
		            STR_ARG(report_format_names(run->arena)));
		return false;
	}
	if (file.p && file.n == 0) {
		usage_error(run->command, "--report %s names no file", reports->items[i]);
		return false;
	}
	for (size_t k = 0; k < i; k++) {
		if (same_file(run, reports->items[i], reports->items[k])) {
			usage_error(run->command, "two reports would go to one file: \"%s\"", reports->items[i]);
			return false;
		}
	}
	return true;
}

static bool check_reports(const struct run *run)
{
	const struct option_values *reports = &run->arguments->options[OPTION_REPORT];
	const char                 *input = report_file_clash(run->arguments);

	for (size_t i = 0; i < reports->n; i++)
		if (!check_report(run, reports, i))
			return false;
	if (input)
		usage_error(run->command, "a report would replace an input: \"%s\"", input);
	return !input;
}

bool run_read_versions(const struct run *run, enum option o, struct version_range *ret)
{
	const char *text = argument(run->arguments, o), *fault = version_range_read(str_c(text), ret);

	if (fault)
		usage_error(run->command, "--%s \"%s\" %s", option_table[o].name, text, fault);
	return !fault;
}

bool run_check_versions(const struct run *run)
{
	struct version_range ignored;

	return !argument(run->arguments, OPTION_ISTIO_VERSION) ||
	       run_read_versions(run, OPTION_ISTIO_VERSION, &ignored);
}

static bool is_stdin(const struct run *run, const char *operand)
{
	struct str ignored;

	if (strcmp(run->command, "verify") == 0)
		return str_is(dump_operand_path(str_c(operand), &ignored), "-");
	return strcmp(operand, "-") == 0;
}

/* Standard input has one reader: a second one would find it empty, and report an empty file that does not exist. */
static bool check_stdin(const struct run *run)
{
	static const enum option once[] = { OPTION_MESH_FILE, OPTION_OBJECTS, OPTION_LIVE };
	const struct arguments  *a = run->arguments;
	size_t                   operands = a->options[OPTION_WAIT].n ? a->n_before_dashes : a->n_operands;
	size_t                   readers = strcmp(run->command, "fn") == 0; /* its list */
	bool                     manifests = false;

	for (size_t i = 0; i < a->options[OPTION_FILE].n; i++) /* -f - twice is -f - once */
		manifests = manifests || strcmp(a->options[OPTION_FILE].items[i], "-") == 0;
	readers += manifests;
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		for (size_t k = 0; k < a->options[once[i]].n; k++)
			readers += strcmp(a->options[once[i]].items[k], "-") == 0;
	for (size_t i = 0; i < operands; i++)
		readers += is_stdin(run, a->operands[i]);
	if (readers > 1)
		usage_error(run->command, "standard input can be read once, and is named for %zu inputs: give files",
		            readers);
	return readers <= 1;
}

bool run_check_options(const struct run *run)
{
	static const char *const levels[] = { "warning", "error", NULL };
	static const char *const colors[] = { "auto", "never", "always", NULL };
	const char *namespace = argument(run->arguments, OPTION_NAMESPACE);

	if (!check_word(run, OPTION_FAIL_ON, levels, "warning or error") ||
	    !check_word(run, OPTION_COLOR, colors, "auto, never or always") || !check_reports(run))
		return false;
	if (namespace && !dns_label_is(str_c(namespace))) {
		usage_error(run->command, "-n \"%s\" is not the name of a namespace", namespace);
		return false;
	}
	if (argument(run->arguments, OPTION_MESH) && argument(run->arguments, OPTION_MESH_FILE)) {
		usage_error(run->command, "--mesh and --mesh-file exclude each other");
		return false;
	}
	return check_stdin(run);
}
