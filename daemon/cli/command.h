/* command.h - the table of subcommands, and the options they share.
 *
 * Usage, help and manual pages are printed from these tables, so that they cannot drift apart.
 */
#ifndef CALLOUT_CLI_COMMAND_H
#define CALLOUT_CLI_COMMAND_H

#include "base/diag.h"

/* The exit statuses of every command. */
enum exit_status { EXIT_FINE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_ENVIRONMENT = 4 };

/* An option by its place in option_table; a command lists those it takes. */
enum option {
	OPTION_FILE,
	OPTION_RECURSIVE,
	OPTION_NAMESPACE,
	OPTION_MESH,
	OPTION_MESH_FILE,
	OPTION_ISTIO_VERSION,
	OPTION_ENVOY_VERSION,
	OPTION_ALL_VERSIONS,
	OPTION_OUTPUT,
	OPTION_CHECK,
	OPTION_TEMPLATES,
	OPTION_OBJECTS,
	OPTION_LIVE,
	OPTION_FROM,
	OPTION_TO,
	OPTION_STRICT,
	OPTION_ONLY_MATCHING,
	OPTION_WAIT,
	OPTION_INTERVAL,
	OPTION_CODE,
	OPTION_SHA256,
	OPTION_ESCAPE_FOR,
	OPTION_SYNC_WAVES,
	OPTION_APPLYSET,
	OPTION_ROOT,
	OPTION_IGNORE_OTHER_KINDS,
	OPTION_REPORT,
	OPTION_FAIL_ON,
	OPTION_COLOR,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_COUNT
};

struct option_info {
	const char *name;   /* long name */
	char        letter; /* 0: none */
	const char *value;  /* what follows it, as in the usage; NULL: a flag */
	bool        repeatable;
	const char *help;
};

extern const struct option_info option_table[OPTION_COUNT];

struct option_values {
	const char **items;
	size_t       n;
};

struct arguments {
	struct option_values options[OPTION_COUNT];
	const char         **operands;
	size_t               n_operands;
	size_t               n_before_dashes; /* operands that stood before "--"; all where there was none */
	bool                 dashes;
};

static inline const char *argument(const struct arguments *a, enum option o)
{
	return a->options[o].n ? a->options[o].items[a->options[o].n - 1] : NULL;
}

static inline struct str argument_str(const struct arguments *a, enum option o)
{
	return str_c(argument(a, o));
}

struct command {
	const char        *name;
	const char        *operands; /* as in the usage; NULL: none are taken */
	const char        *summary;
	const char        *example; /* lines: command lines, each after a line "# what for" unless it stands alone */
	const char        *description;
	const enum option *options;
	size_t             n_options;
	/* Runs inside arena_run. NULL: the program callout-NAME takes its place, with all that follows the name. */
	enum exit_status (*run)(struct arena *, const struct arguments *);
	enum option needed[3]; /* without which it does not run */
	size_t      n_needed;
};

extern const struct command command_table[];
extern const size_t         n_commands;

const struct command *command_find(struct str name);
/* Is it one of the options of this command? */
bool command_takes(const struct command *, enum option);

/* Reads argv behind the command's name. False: the fault was printed to standard error (exit 2). */
bool arguments_read(struct arena *, const struct command *, int argc, char **argv, struct arguments *ret);

void print_help(const struct command *); /* NULL: of the program */

/* Replaces this process by the program of a subcommand, found beside this one or in libexec. Returns only if that
 * fails. */
enum exit_status program_exec(const struct command *, char **arguments);

/* Prints "callout: …" and a hint to standard error; EXIT_USAGE. */
enum exit_status usage_error(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes to standard output; false after a message when it cannot. */
bool print_output(struct str);

enum exit_status cmd_generate(struct arena *, const struct arguments *);
enum exit_status cmd_clusters(struct arena *, const struct arguments *);
enum exit_status cmd_check(struct arena *, const struct arguments *);
enum exit_status cmd_verify(struct arena *, const struct arguments *);
enum exit_status cmd_import(struct arena *, const struct arguments *);
enum exit_status cmd_inspect(struct arena *, const struct arguments *);
enum exit_status cmd_fn(struct arena *, const struct arguments *);
enum exit_status cmd_diff(struct arena *, const struct arguments *);
enum exit_status cmd_explain(struct arena *, const struct arguments *);
enum exit_status cmd_schema(struct arena *, const struct arguments *);
enum exit_status cmd_upgrade_check(struct arena *, const struct arguments *);
enum exit_status cmd_completion(struct arena *, const struct arguments *);
enum exit_status cmd_version(struct arena *, const struct arguments *);

#endif
