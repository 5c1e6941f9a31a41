/* The words behind a command's name: its options and operands. */
#include <string.h>

#include "base/arena.h"
#include "cli/command.h"
#include "cli/habits.h"

/* A pattern such as *.yaml comes here as several words, of which -f takes the first. */
#define HOW_TO_NAME "; manifests are given with -f, one behind each, or as a directory with -R -f DIR"

static enum option find_letter(const struct command *c, char letter)
{
	for (unsigned o = 0; o < OPTION_COUNT; o++)
		if (option_table[o].letter == letter && command_takes(c, (enum option)o))
			return (enum option)o;
	return OPTION_COUNT;
}

static enum option find_name(const struct command *c, struct str name)
{
	for (unsigned o = 0; o < OPTION_COUNT; o++)
		if (str_is(name, option_table[o].name) && command_takes(c, (enum option)o))
			return (enum option)o;
	return OPTION_COUNT;
}

static struct str nearest_option(const struct command *c, struct str name)
{
	struct str candidates[OPTION_COUNT];
	size_t     best;

	for (size_t i = 0; i < c->n_options; i++)
		candidates[i] = str_c(option_table[c->options[i]].name);
	best = str_nearest(name, candidates, c->n_options);
	for (size_t i = 0; name.n >= 3 && best == c->n_options && i < c->n_options; i++)
		if (str_has_prefix(candidates[i], name)) /* --file */
			return candidates[i];
	return best < c->n_options ? candidates[best] : STR_ABSENT;
}

struct reader {
	struct arena         *arena;
	const struct command *command;
	char                **argv;
	int                   argc;
	int                   at;
	struct arguments     *out;
};

static void add_value(struct reader *r, enum option o, const char *value)
{
	struct option_values *v = &r->out->options[o];

	if (!v->items)
		v->items =
			ARENA_ARRAY(r->arena, (size_t)r->argc * 2 + 1, const char *); /* room for clustered letters */
	v->items[v->n++] = value;
}

static bool is_path(enum option o)
{
	return strcmp(option_table[o].value, "FILE") == 0 || strcmp(option_table[o].value, "DIR") == 0;
}

static bool take_value(struct reader *r, enum option o, const char *given, const char *shown)
{
	if (!option_table[o].value) {
		if (given) {
			usage_error(r->command->name, "%s takes no value", shown);
			return false;
		}
		given = "";
	} else if (!given) {
		if (r->at >= r->argc) {
			usage_error(r->command->name, "%s needs a value: %s", shown, option_table[o].value);
			return false;
		}
		given = r->argv[r->at++];
	}
	if (option_table[o].value && !*given && is_path(o)) { /* as of a variable that is not set */
		usage_error(r->command->name, "%s needs a value that is not empty: %s", shown, option_table[o].value);
		return false;
	}
	if (r->out->options[o].n && !option_table[o].repeatable && option_table[o].value) {
		usage_error(r->command->name, "%s is given twice", shown);
		return false;
	}
	if (r->out->options[o].n < (size_t)r->argc * 2)
		add_value(r, o, given);
	return true;
}

static bool read_long(struct reader *r, const char *word)
{
	struct str  name, value = str_cut(str_c(word + 2), '=', &name), near;
	enum option o = find_name(r->command, name);
	const char *instead;

	if (o != OPTION_COUNT)
		return take_value(r, o, value.p, word);
	instead = habit_option(r->command, str_slice(str_c(word), 0, name.n + 2));
	near = nearest_option(r->command, name);
	if (instead)
		usage_error(r->command->name, "unknown option --%.*s: %s", STR_ARG(name), instead);
	else
		usage_error(r->command->name, "unknown option --%.*s%s%.*s%s", STR_ARG(name),
		            near.p ? "; did you mean --" : "", STR_ARG(near), near.p ? "?" : "");
	return false;
}

static bool unknown_letter(struct reader *r, const char *shown)
{
	const char *instead = habit_option(r->command, str_c(shown));
	char        other = (char)(shown[1] ^ 0x20); /* the other case */

	if (instead)
		usage_error(r->command->name, "unknown option %s: %s", shown, instead);
	else if (find_letter(r->command, other) != OPTION_COUNT)
		usage_error(r->command->name, "unknown option %s; did you mean -%c?", shown, other);
	else
		usage_error(r->command->name, "unknown option %s", shown);
	return false;
}

static bool read_letters(struct reader *r, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		enum option o = find_letter(r->command, *p);
		char        shown[3] = { '-', *p, 0 };

		if (o == OPTION_COUNT)
			return unknown_letter(r, shown);
		if (option_table[o].value || p[1] == '=')
			return take_value(r, o, p[1] ? p + 1 + (p[1] == '=') : NULL, shown);
		if (!take_value(r, o, NULL, shown))
			return false;
	}
	return true;
}

bool arguments_read(struct arena *arena, const struct command *command, int argc, char **argv, struct arguments *ret)
{
	struct reader r = { arena, command, argv, argc, 0, ret };
	bool          options_end = false;
	size_t        before = 0;

	ret->operands = ARENA_ARRAY(arena, (size_t)argc + 1, const char *);
	while (r.at < argc) {
		const char *word = argv[r.at++];

		if (options_end || word[0] != '-' || word[1] == 0) {
			ret->operands[ret->n_operands++] = word;
			if (!command->operands) {
				usage_error(command->name, "unexpected argument \"%s\"%s", word,
				            command_takes(command, OPTION_FILE) ? HOW_TO_NAME : "");
				return false;
			}
		} else if (strcmp(word, "--") == 0) {
			options_end = ret->dashes = true;
			before = ret->n_operands;
		} else if (word[1] == '-' ? !read_long(&r, word) : !read_letters(&r, word)) {
			return false;
		}
	}
	ret->n_before_dashes = ret->dashes ? before : ret->n_operands;
	return true;
}
