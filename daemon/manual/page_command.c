/* callout(1), and a page for each subcommand. */
#include "base/arena.h"
#include "config/config.h"
#include "manual/pages.h"
#include "report/report.h"

/* A row of a table in a manual page. It is printed if the command takes the option, or always with OPTION_COUNT. */
struct row {
	enum option option;
	const char *term;
	const char *text;
};

static const struct row exit_rows[] = {
	{ OPTION_COUNT, "0", "Fine; warnings do not change that." },
	{ OPTION_FAIL_ON, "1",
	  "The answer is no: what the command was asked about does not hold, as its description tells; or there are "
	  "warnings, and `--fail-on warning` is given." },
	{ OPTION_COUNT, "2", "The command line is wrong; nothing was done." },
	{ OPTION_FAIL_ON, "3", "An input was refused: it is not what it should be, or breaks a rule." },
	{ OPTION_COUNT, "4",
	  "The environment failed: something could not be read, written, run or connected to, or memory ran out." },
};

static const struct row environment_rows[] = {
	{ OPTION_COLOR, "NO_COLOR", "Set and not empty: no colors, unless `--color=always` asks for them." },
	{ OPTION_COLOR, "TERM", "`dumb`: no colors, unless `--color=always` asks for them." },
};

static const struct row file_rows[] = {
	{ OPTION_CHECK, ".callout-files",
	  "In the directory of `-o dir=D`: the list of the files that were written there. A file is removed when it is "
	  "stale, in the list, and still carries the label of what Callout generates; nothing else is touched." },
	{ OPTION_ROOT, "*.yaml, *.yml, *.json",
	  "What `-R` reads beneath a directory, but for names that begin with a dot." },
};

static const char *const command_see_also[] = { "callout 1", "callout-mesh 5", "filter-manifest 5",
	                                        "callout-findings 7", NULL };
static const char *const program_see_also[] = { "callout-mesh 5", "filter-manifest 5", "callout-findings 7", NULL };

static bool is_needed(const struct command *c, enum option o)
{
	for (size_t i = 0; i < c->n_needed; i++)
		if (c->needed[i] == o)
			return true;
	return false;
}

static struct str page_name(struct arena *arena, const struct command *c)
{
	return STR_CONCAT(arena, STR("callout-"), str_c(c->name));
}

/* ---- parts of a page ---- */

/* "Fl f" or "Fl -mesh Ar NAME", behind a dot or a macro that opens the line. */
static void add_flag(struct buf *b, const struct option_info *o, bool letter)
{
	if (letter)
		buf_fmt(b, "Fl %c", o->letter);
	else
		buf_fmt(b, "Fl \\-%s", o->name);
	if (!o->value)
		return;
	buf_lit(b, " Ar \"");
	mdoc_escape(b, str_c(o->value));
	buf_lit(b, "\"");
}

static void add_operands(struct buf *b, struct str operands)
{
	while (str_present(operands)) {
		struct str word, rest = str_cut(operands, ' ', &word);
		bool       optional = word.n > 2 && word.p[0] == '[' && word.p[word.n - 1] == ']';

		if (optional)
			word = str_slice(word, 1, word.n - 1);
		mdoc_macro(b, optional ? "Op Ar" : "Ar", word);
		operands = rest;
	}
}

static void add_synopsis(struct buf *b, const struct command *c)
{
	mdoc_section(b, "SYNOPSIS");
	mdoc_macro(b, "Nm", STR_CONCAT(b->arena, STR("callout "), str_c(c->name)));
	for (size_t i = 0; i < c->n_needed; i++) {
		const struct option_info *o = &option_table[c->needed[i]];

		buf_char(b, '.');
		add_flag(b, o, o->letter != 0);
		buf_add(b, o->repeatable ? STR(" ...\n") : STR("\n"));
	}
	for (size_t i = 0; i < c->n_options; i++) {
		const struct option_info *o = &option_table[c->options[i]];

		if (c->options[i] == OPTION_HELP || is_needed(c, c->options[i]))
			continue;
		buf_lit(b, ".Op ");
		add_flag(b, o, o->letter != 0);
		buf_char(b, '\n');
	}
	if (!c->run)
		buf_lit(b, ".Op Ar option ...\n");
	add_operands(b, str_c(c->operands));
}

static void add_report_formats(struct buf *b)
{
	buf_lit(b, "The formats:\n.Bl -tag -width checkstyle -compact\n");
	for (size_t i = 0; i < report_formats_size; i++) {
		mdoc_macro(b, "It Cm", str_c(report_formats[i].name));
		mdoc_sentence(b, str_c(report_formats[i].summary));
	}
	buf_lit(b, ".El\n");
}

static void add_options(struct buf *b, const struct command *c)
{
	buf_lit(b, ".Pp\nThe options are:\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < c->n_options; i++) {
		const struct option_info *o = &option_table[c->options[i]];

		buf_lit(b, ".It ");
		if (o->letter) {
			add_flag(b, o, true);
			buf_lit(b, " , ");
		}
		add_flag(b, o, false);
		buf_char(b, '\n');
		mdoc_sentence(b, str_c(o->help));
		if (o->repeatable)
			buf_lit(b, "May be given more than once.\n");
		if (c->options[i] == OPTION_REPORT)
			add_report_formats(b);
	}
	buf_lit(b, ".El\n");
}

static void add_setting(struct buf *b, struct str flag, struct str value, const char *doc)
{
	buf_lit(b, ".It Fl \\-");
	mdoc_escape(b, flag);
	if (str_present(value)) {
		buf_lit(b, " Ar \"");
		mdoc_escape(b, value);
		buf_char(b, '"');
	}
	buf_char(b, '\n');
	mdoc_text(b, str_c(doc));
}

/* Of the daemon, whose command line is another program's: its settings, and what else it takes. */
static void add_settings(struct buf *b)
{
	buf_lit(b, ".Pp\nThe options are:\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];

		add_setting(b, config_flag(b->arena, f), config_value(b->arena, f), f->doc);
	}
	for (const struct config_option *o = config_options; o->name; o++)
		add_setting(b, str_c(o->name), str_c(o->value), o->doc);
	buf_lit(b, ".El\n");
}

/* c == NULL: of the program. */
static void add_rows(struct buf *b, const char *title, const char *macro, const struct row *rows, size_t n,
                     const struct command *c)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (c && rows[i].option != OPTION_COUNT && !command_takes(c, rows[i].option))
			continue;
		if (!any) {
			mdoc_section(b, title);
			buf_lit(b, ".Bl -tag -width Ds\n");
		}
		any = true;
		mdoc_macro(b, macro, str_c(rows[i].term));
		mdoc_text(b, str_c(rows[i].text));
	}
	if (any)
		buf_lit(b, ".El\n");
}

#define ROWS(table) table, sizeof(table) / sizeof(table[0])

static void add_surroundings(struct buf *b, const struct command *c)
{
	add_rows(b, "ENVIRONMENT", "It Ev", ROWS(environment_rows), c);
	add_rows(b, "FILES", "It Pa", ROWS(file_rows), c);
	add_rows(b, "EXIT STATUS", "It", ROWS(exit_rows), c);
}

void page_see_also(struct buf *b, const char *const *pages)
{
	mdoc_section(b, "SEE ALSO");
	for (size_t i = 0; pages[i]; i++)
		buf_fmt(b, ".Xr %s%s\n", pages[i], pages[i + 1] ? " ," : "");
}

/* ---- pages ---- */

void page_command(struct buf *b, const struct command *c, const char *date)
{
	mdoc_page(b, page_name(b->arena, c), 1, date);
	mdoc_section(b, "NAME");
	mdoc_macro(b, "Nm", page_name(b->arena, c));
	mdoc_macro(b, "Nd", str_c(c->summary));
	add_synopsis(b, c);
	mdoc_section(b, "DESCRIPTION");
	mdoc_text(b, str_c(c->description));
	if (c->run)
		add_options(b, c);
	else
		add_settings(b);
	add_surroundings(b, c);
	mdoc_section(b, "EXAMPLES");
	mdoc_examples(b, str_c(c->example));
	page_see_also(b, command_see_also);
}

static void add_commands(struct buf *b)
{
	buf_lit(b, ".Pp\nThe commands are:\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < n_commands; i++) {
		buf_lit(b, ".It Xr ");
		mdoc_escape(b, page_name(b->arena, &command_table[i]));
		buf_lit(b, " 1\n");
		mdoc_sentence(b, str_c(command_table[i].summary));
	}
	buf_lit(b, ".El\n");
}

/* The first command line of a command's examples. */
static struct str first_example(const struct command *c)
{
	struct str line, rest = str_c(c->example);

	do
		rest = str_cut(rest, '\n', &line);
	while (str_has_prefix(line, STR("# ")) && str_present(rest));
	return line;
}

static void add_tour(struct buf *b)
{
	mdoc_section(b, "EXAMPLES");
	for (size_t i = 0; i < n_commands; i++) {
		if (i)
			buf_lit(b, ".Pp\n");
		mdoc_sentence(b, STR_CONCAT(b->arena, str_c(command_table[i].summary), STR(":")));
		mdoc_macro(b, "Dl", first_example(&command_table[i]));
	}
}

void page_program(struct buf *b, const char *date)
{
	mdoc_page(b, STR("callout"), 1, date);
	buf_lit(b, ".Sh NAME\n"
	           ".Nm callout\n"
	           ".Nd let a filter inside Istio\\(aqs Envoy call the hosts it needs\n"
	           ".Sh SYNOPSIS\n"
	           ".Nm\n"
	           ".Ar command\n"
	           ".Op Ar option ...\n"
	           ".Op Ar operand ...\n");
	mdoc_section(b, "DESCRIPTION");
	mdoc_text(
		b,
		STR("A filter inside Envoy, in Wasm or in Lua, cannot open a socket. It can only ask Envoy to call a cluster by its "
	            "name, so that cluster must exist in just the proxies that run the filter, and the filter must be told the "
	            "name.\n\n"
	            "Callout takes one manifest that names the filter and the hosts it calls. From it Callout makes the Istio "
	            "objects, with the names of the clusters written into the configuration of the filter, and tells whether what "
	            "runs fits them.\n\n"
	            "Data goes to standard output, findings go to standard error or where `--report` says. Each finding has a code, "
	            "a place and a way out.\n\n"
	            "Under the name `kubectl-callout` the program is a plugin of kubectl: `kubectl callout verify "
	            "deploy/web -n shop -f filter.yaml` fetches the dump of the proxy with istioctl, or else with "
	            "kubectl."));
	add_commands(b);
	add_surroundings(b, NULL);
	add_tour(b);
	page_see_also(b, program_see_also);
}
