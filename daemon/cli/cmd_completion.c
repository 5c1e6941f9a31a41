/* callout completion SHELL */
#include "base/limits.h"
#include "cli/completion.h"

static const struct {
	const char *shell;
	void (*write)(struct buf *);
} shells[] = {
	{ "bash", completion_write_bash },
	{ "zsh", completion_write_zsh },
	{ "fish", completion_write_fish },
};

enum exit_status cmd_completion(struct arena *arena, const struct arguments *arguments)
{
	struct buf b;

	if (arguments->n_operands != 1)
		return usage_error("completion", "one shell is to be named: bash, zsh or fish");
	buf_init(&b, arena, MIB);
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(arguments->operands[0], shells[i].shell) != 0)
			continue;
		shells[i].write(&b);
		return print_output(buf_str(&b)) ? EXIT_FINE : EXIT_ENVIRONMENT;
	}
	return usage_error("completion", "there is no completion for \"%s\": bash, zsh or fish",
	                   arguments->operands[0]);
}
