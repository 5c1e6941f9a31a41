#include "cli/completion.h"

#include "base/arena.h"
#include "manifest/schema.h"
#include "names/istio_version.h"
#include "report/report.h"

enum { WORDS = 1024, DEPTH = 12 };

static void add(struct choice *c, struct str word)
{
	if (c->n < WORDS)
		c->words[c->n++] = word;
}

static void add_words(struct choice *c, struct str words, char separator)
{
	struct str word;

	while (str_present(words)) {
		words = str_cut(words, separator, &word);
		add(c, word);
	}
}

/* Of "FORMAT: yaml (default), json (a List), or dir=D: one file …" in the command's description, which is the one place
 * that says what -o takes: yaml, json, dir=. */
static void add_outputs(struct choice *c, const struct command *command)
{
	struct str text = str_c(command->description), word;
	size_t     at = str_find_str(text, STR("FORMAT: "), 0) + 8;

	while (at < text.n && text.p[at] != ':' && text.p[at] != '.') {
		size_t end = at;

		while (end < text.n && !strchr(" ,:.(", text.p[end]))
			end++;
		word = str_slice(text, at, end);
		if (word.n && !str_is(word, "or"))
			add(c, str_slice(word, 0, str_find(word, '=', 0) + 1));
		if (end < text.n && text.p[end] == '(')
			end = str_find(text, ')', end) + 1;
		else if (end < text.n && (text.p[end] == ' ' || text.p[end] == ','))
			end++;
		at = end;
	}
}

static void add_reports(struct arena *arena, struct choice *c)
{
	for (size_t i = 0; i < report_formats_size; i++) {
		add(c, str_c(report_formats[i].name));
		add(c, STR_CONCAT(arena, str_c(report_formats[i].name), STR("=")));
	}
}

static void add_versions(struct arena *arena, struct choice *c)
{
	for (int minor = ISTIO_NEWEST; minor >= ISTIO_OLDEST; minor--)
		add(c, str_fmt(arena, "1.%d", minor));
}

const struct option_info **options_of_command(struct arena *arena, const struct command *command, size_t *ret_n)
{
	const struct option_info **list;

	if (strcmp(command->name, "serve") == 0)
		return serve_options(arena, ret_n);
	list = ARENA_ARRAY(arena, command->n_options + 1, const struct option_info *);
	for (size_t i = 0; i < command->n_options; i++)
		list[i] = &option_table[command->options[i]];
	*ret_n = command->n_options;
	return list;
}

/* Options whose values are words: those that do not follow from tables. */
static const struct {
	const char *name, *words;
} fixed_words[] = {
	{ "color", "auto never always" },
	{ "fail-on", "warning error" },
	{ "escape-for", "flux" },
};

struct choice choice_of_value(struct arena *arena, const struct command *command, const struct option_info *o)
{
	struct str    value = str_c(o->value);
	struct choice c = { .files = str_is(value, "FILE"), .directories = str_is(value, "DIR") };

	c.words = ARENA_ARRAY(arena, WORDS, struct str);
	if (o == &option_table[OPTION_OUTPUT])
		add_outputs(&c, command);
	else if (o == &option_table[OPTION_REPORT])
		add_reports(arena, &c);
	else if (o == &option_table[OPTION_ISTIO_VERSION])
		add_versions(arena, &c);
	else if (str_find(value, '|', 0) < value.n)
		add_words(&c, value, '|');
	for (size_t i = 0; i < sizeof(fixed_words) / sizeof(fixed_words[0]); i++)
		if (strcmp(o->name, fixed_words[i].name) == 0)
			add_words(&c, str_c(fixed_words[i].words), ' ');
	return c;
}

/* ---- operands ---- */

static void add_fields(struct arena *arena, struct choice *c, struct str prefix, const struct object *o, unsigned depth)
{
	for (size_t i = 0; i < o->n_fields && depth < DEPTH; i++) {
		struct str path = STR_CONCAT(arena, prefix, str_c(o->fields[i].name));

		add(c, path);
		if (o->fields[i].object)
			add_fields(arena, c, STR_CONCAT(arena, path, STR(".")), o->fields[i].object, depth + 1);
	}
}

static void add_explained(struct arena *arena, struct choice *c)
{
	for (size_t i = 0; i < diag_table_size; i++) {
		char code[7];

		add(c, str_copy(arena, str_c(diag_code_text(diag_table[i].code, code))));
	}
	add_fields(arena, c, STR(""), schema_kinds[0], 0);
	for (size_t i = 1; i < n_schema_kinds; i++)
		add_fields(arena, c, STR_CONCAT(arena, str_lower(arena, str_c(schema_kinds[i]->name)), STR(".")),
		           schema_kinds[i], 0);
}

struct choice choice_of_operand(struct arena *arena, const struct command *command)
{
	struct str    operands = str_c(command->operands);
	struct choice c = { 0 };

	c.words = ARENA_ARRAY(arena, WORDS, struct str);
	if (strcmp(command->name, "serve") == 0)
		add(&c, STR("token"));
	if (!str_present(operands))
		return c;
	if (strcmp(command->name, "explain") == 0)
		add_explained(arena, &c);
	else if (strcmp(command->name, "completion") == 0)
		add_words(&c, STR("bash zsh fish"), ' ');
	else if (strcmp(command->name, "schema") == 0)
		for (size_t i = 0; i < n_schema_kinds; i++)
			add(&c, str_c(schema_kinds[i]->name));
	else
		c.files = true;
	return c;
}
