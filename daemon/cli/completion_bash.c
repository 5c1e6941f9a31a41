/* Completion for bash 4 and newer; needs no other package.
 *
 * Readline breaks words at = too (COMP_WORDBREAKS), so `--report sarif=x` arrives as four words, and what a word with =
 * leads to is completed as a file. Where this function offers nothing, bash completes file names (-o default), unless
 * that is switched off.
 */
#include "base/arena.h"
#include "cli/completion.h"

static const char head[] =
	"# bash completion of callout, printed by `callout completion bash`\n"
	"# shellcheck shell=bash\n\n"
	"_callout_words() {\n"
	"  compopt +o default 2>/dev/null\n"
	"  mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	"  [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null\n"
	"}\n\n"
	"_callout() {\n"
	"  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' option='' i\n"
	"  COMPREPLY=()\n"
	"  if [[ $cur == = ]]; then\n"
	"    option=$prev cur=''\n"
	"  elif [[ $prev == = ]]; then\n"
	"    option=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"  elif [[ $prev == -* ]]; then\n"
	"    option=$prev\n"
	"  fi\n"
	"  for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"    [[ ${COMP_WORDS[i]} == -* ]] || {\n"
	"      command=${COMP_WORDS[i]}\n"
	"      break\n"
	"    }\n"
	"  done\n"
	"  # Behind format= or dir= stands a file.\n"
	"  [[ -z $option || $option == -* ]] || return 0\n";

static const char tail[] = "complete -o default -F _callout callout kubectl-callout\n";

static void add_words(struct buf *b, const struct choice *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (i)
			buf_char(b, ' ');
		buf_add(b, c->words[i]);
	}
}

static void add_choice(struct buf *b, const struct choice *c)
{
	if (c->files) {
		buf_lit(b, "return 0");
	} else if (c->directories) {
		buf_lit(b, "compopt -o dirnames 2>/dev/null; return 0");
	} else {
		buf_lit(b, "_callout_words '");
		add_words(b, c);
		buf_lit(b, "'; return 0");
	}
}

static void add_value(struct buf *b, const struct command *c, const struct option_info *info)
{
	struct choice choice = choice_of_value(b->arena, c, info);

	buf_fmt(b, "        --%s", info->name);
	if (info->letter)
		buf_fmt(b, " | -%c", info->letter);
	buf_lit(b, ") ");
	add_choice(b, &choice);
	buf_lit(b, " ;;\n");
}

static bool take_values(const struct option_info *const *options, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (options[i]->value)
			return true;
	return false;
}

static void add_command(struct buf *b, const struct command *c)
{
	struct choice              operand = choice_of_operand(b->arena, c);
	size_t                     n;
	const struct option_info **options = options_of_command(b->arena, c, &n);

	buf_fmt(b, "    %s)\n", c->name);
	if (take_values(options, n)) {
		buf_lit(b, "      case $option in\n");
		for (size_t i = 0; i < n; i++)
			if (options[i]->value)
				add_value(b, c, options[i]);
		buf_lit(b, "      esac\n");
	}
	buf_lit(b, "      if [[ $cur == -* ]]; then\n        _callout_words '");
	for (size_t i = 0; i < n; i++)
		buf_fmt(b, "%s--%s", i ? " " : "", options[i]->name);
	buf_lit(b, "'\n");
	if (!operand.files) {
		buf_lit(b, "      else\n        ");
		add_choice(b, &operand);
		buf_char(b, '\n');
	}
	buf_lit(b, "      fi\n      ;;\n");
}

void completion_write_bash(struct buf *b)
{
	buf_lit(b, head);
	buf_lit(b, "  case $command in\n    '' | help)\n      _callout_words '");
	for (size_t i = 0; i < n_commands; i++)
		buf_fmt(b, "%s ", command_table[i].name);
	buf_lit(b, "help --help --version'\n      ;;\n");
	for (size_t i = 0; i < n_commands; i++)
		add_command(b, &command_table[i]);
	buf_lit(b, "  esac\n}\n\n");
	buf_lit(b, tail);
}
