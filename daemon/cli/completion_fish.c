/* Completion for fish: a `complete` for each command, option and operand. */
#include "base/arena.h"
#include "cli/completion.h"

/* Adds text inside single quotes, where only a backslash and the quote itself need escapes. */
static void add_text(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'' || s.p[i] == '\\')
			buf_char(b, '\\');
		buf_char(b, s.p[i]);
	}
}

static void add_words(struct buf *b, const struct choice *c)
{
	buf_lit(b, " -a '");
	for (size_t i = 0; i < c->n; i++) {
		if (i)
			buf_char(b, ' ');
		add_text(b, c->words[i]);
	}
	buf_char(b, '\'');
}

static void add_choice(struct buf *b, const struct choice *c)
{
	if (c->files)
		buf_lit(b, " -F");
	else if (c->directories)
		buf_lit(b, " -f -a '(__fish_complete_directories)'");
	else if (c->n)
		add_words(b, c);
}

static void open_line(struct buf *b, const struct command *c)
{
	buf_fmt(b, "complete -c callout -n '__fish_seen_subcommand_from %s'", c->name);
}

static void add_option(struct buf *b, const struct command *c, const struct option_info *info)
{
	open_line(b, c);
	if (info->letter)
		buf_fmt(b, " -s %c", info->letter);
	buf_fmt(b, " -l %s", info->name);
	if (info->value) {
		struct choice choice = choice_of_value(b->arena, c, info);

		buf_add(b, choice.files || choice.directories ? STR(" -r") : STR(" -x")); /* -x: no files */
		add_choice(b, &choice);
	}
	buf_lit(b, " -d '");
	add_text(b, str_c(info->help));
	buf_lit(b, "'\n");
}

static void add_operand(struct buf *b, const struct command *c)
{
	struct choice operand = choice_of_operand(b->arena, c);

	if (!operand.files && operand.n == 0)
		return;
	open_line(b, c);
	add_choice(b, &operand);
	buf_char(b, '\n');
}

static void add_command(struct buf *b, const struct command *c)
{
	size_t                     n;
	const struct option_info **options = options_of_command(b->arena, c, &n);

	buf_char(b, '\n');
	for (size_t i = 0; i < n; i++)
		add_option(b, c, options[i]);
	add_operand(b, c);
}

void completion_write_fish(struct buf *b)
{
	buf_lit(b, "# fish completion of callout, printed by `callout completion fish`\n\ncomplete -c callout -f\n");
	for (size_t i = 0; i < n_commands; i++) {
		buf_fmt(b, "complete -c callout -n __fish_use_subcommand -a %s -d '", command_table[i].name);
		add_text(b, str_c(command_table[i].summary));
		buf_lit(b, "'\n");
	}
	for (size_t i = 0; i < n_commands; i++)
		add_command(b, &command_table[i]);
	buf_lit(b, "\ncomplete -c kubectl-callout -w callout\n");
}
