/* Completion for zsh: as the file _callout in $fpath, or by `source <(callout completion zsh)` behind compinit. */
#include "base/arena.h"
#include "cli/completion.h"

static const char tail[] = "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
			   "  _callout \"$@\"\n"
			   "else\n"
			   "  compdef _callout callout kubectl-callout\n"
			   "fi\n";

/* Adds text to one field of a specification in single quotes: colons and brackets would end the field. */
static void add_text(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'') {
			buf_lit(b, "'\\''");
			continue;
		}
		if (strchr(":[]\\", s.p[i]))
			buf_char(b, '\\');
		buf_char(b, s.p[i]);
	}
}

static void add_choice(struct buf *b, const struct choice *c)
{
	if (c->files || c->directories) {
		buf_add(b, c->files ? STR("_files") : STR("_files -/"));
		return;
	}
	if (c->n == 0) {
		buf_char(b, ' ');
		return;
	}
	buf_char(b, '(');
	for (size_t i = 0; i < c->n; i++) {
		if (i)
			buf_char(b, ' ');
		add_text(b, c->words[i]);
	}
	buf_char(b, ')');
}

/* '(-n --namespace)'{-n+,--namespace=}, written out once for each spelling. */
static void add_spelling(struct buf *b, const struct command *c, const struct option_info *info, bool letter)
{
	struct choice choice;

	buf_lit(b, " \\\n        '");
	if (info->repeatable)
		buf_char(b, '*');
	else if (info->letter)
		buf_fmt(b, "(-%c --%s)", info->letter, info->name);
	if (letter)
		buf_fmt(b, "-%c%s", info->letter, info->value ? "+" : "");
	else
		buf_fmt(b, "--%s%s", info->name, info->value ? "=" : "");
	buf_char(b, '[');
	add_text(b, str_c(info->help));
	buf_char(b, ']');
	if (info->value) {
		choice = choice_of_value(b->arena, c, info);
		buf_char(b, ':');
		add_text(b, str_c(info->value));
		buf_char(b, ':');
		add_choice(b, &choice);
	}
	buf_char(b, '\'');
}

static void add_command(struct buf *b, const struct command *c)
{
	struct choice              operand = choice_of_operand(b->arena, c);
	size_t                     n;
	const struct option_info **options = options_of_command(b->arena, c, &n);

	buf_fmt(b, "    %s)\n      _arguments -s -S", c->name);
	for (size_t i = 0; i < n; i++) {
		if (options[i]->letter)
			add_spelling(b, c, options[i], true);
		add_spelling(b, c, options[i], false);
	}
	if (operand.files || operand.n || c->operands) {
		buf_lit(b, " \\\n        '*:");
		add_text(b, str_c(c->operands ? c->operands : c->name));
		buf_char(b, ':');
		add_choice(b, &operand);
		buf_char(b, '\'');
	}
	buf_lit(b, "\n      ;;\n");
}

void completion_write_zsh(struct buf *b)
{
	buf_lit(b, "#compdef callout kubectl-callout\n"
	           "# zsh completion of callout, printed by `callout completion zsh`\n\n"
	           "_callout() {\n"
	           "  local context state state_descr line ret=1\n"
	           "  typeset -A opt_args\n"
	           "  local -a commands\n"
	           "  commands=(\n");
	for (size_t i = 0; i < n_commands; i++) {
		buf_fmt(b, "    '%s:", command_table[i].name);
		add_text(b, str_c(command_table[i].summary));
		buf_lit(b, "'\n");
	}
	buf_lit(b, "  )\n"
	           "  _arguments -C '1: :->command' '*:: :->arguments' && ret=0\n"
	           "  if [[ $state == command ]]; then\n"
	           "    _describe command commands && ret=0\n"
	           "    return ret\n"
	           "  fi\n"
	           "  [[ $state == arguments ]] || return ret\n"
	           "  case $words[1] in\n");
	for (size_t i = 0; i < n_commands; i++)
		add_command(b, &command_table[i]);
	buf_lit(b, "  esac\n}\n\n");
	buf_lit(b, tail);
}
