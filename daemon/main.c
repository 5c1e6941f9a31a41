/* callout - lets a filter inside Istio's Envoy call the hosts it needs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "cli/command.h"
#include "cli/habits.h"
#include "cli/kubectl_plugin.h"

struct invocation {
	struct arena         *arena;
	const struct command *command;
	int                   argc;
	char                **argv;
	bool                  is_plugin; /* of kubectl */
	enum exit_status      status;
};

static void run(void *ctx)
{
	struct invocation *in = ctx;
	struct arguments   arguments = { 0 };

	if (!arguments_read(in->arena, in->command, in->argc, in->argv, &arguments)) {
		in->status = EXIT_USAGE;
		return;
	}
	if (arguments.options[OPTION_HELP].n) {
		print_help(in->command);
		in->status = EXIT_FINE;
		return;
	}
	in->status = in->is_plugin ? kubectl_plugin_arguments(in->arena, in->command, &arguments) : EXIT_FINE;
	if (in->status == EXIT_FINE)
		in->status = in->command->run(in->arena, &arguments);
}

static enum exit_status out_of_memory(void)
{
	static const char message[] = "callout: error CO0105: out of memory\n";

	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		return EXIT_ENVIRONMENT;
	return EXIT_ENVIRONMENT;
}

static enum exit_status invoke(const struct command *command, int argc, char **argv)
{
	struct arena     *arena = arena_new(LIMIT_MEMORY_BYTES);
	struct invocation in = { arena, command, argc - 2, argv + 2, kubectl_plugin_is(argv[0]), EXIT_ENVIRONMENT };

	if (!arena || !arena_run(arena, run, &in))
		in.status = out_of_memory();
	arena_free(arena);
	return in.status;
}

/* The only command that begins so, as in `callout gen`, else the one that is spelt most alike. */
static size_t nearest_command(struct str name, const struct str *names)
{
	size_t found = n_commands;

	for (size_t i = 0; i < n_commands; i++) {
		if (name.n == 0 || !str_has_prefix(names[i], name))
			continue;
		if (found < n_commands)
			return n_commands;
		found = i;
	}
	return found < n_commands ? found : str_nearest(name, names, n_commands);
}

static enum exit_status unknown_command(const char *name)
{
	const char *instead = habit_command(str_c(name));
	struct str  names[32] = { 0 };
	size_t      best;

	if (instead)
		return usage_error(NULL, "unknown command \"%s\": %s", name, instead);
	for (size_t i = 0; i < n_commands && i < 32; i++)
		names[i] = str_c(command_table[i].name);
	best = nearest_command(str_c(name), names);
	if (best < n_commands)
		return usage_error(NULL, "unknown command \"%s\"; did you mean \"%s\"?", name,
		                   command_table[best].name);
	return usage_error(NULL, "unknown command \"%s\"", name);
}

/* An option stands before the command, where kubectl takes global options. A usage error says where it belongs. */
static enum exit_status option_without_command(const char *option)
{
	if (strcmp(option, "-v") == 0 || strcmp(option, "-V") == 0)
		return usage_error(NULL, "unknown option %s: `callout version` prints the version", option);
	return usage_error(NULL, "unknown option %s: the command comes first, then its options", option);
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* `callout help [COMMAND]`: argv holds what stands behind the word. */
static enum exit_status help(int argc, char **argv)
{
	const struct command *command = argc ? command_find(str_c(argv[0])) : NULL;

	if (argc && !command && !is_help(argv[0]))
		return unknown_command(argv[0]);
	if (command && !command->run)
		return program_exec(command, (char *[]){ (char[]){ "--help" }, NULL });
	print_help(command);
	return EXIT_FINE;
}

static enum exit_status dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_help(NULL);
		return EXIT_USAGE;
	}
	if (is_help(argv[1]))
		return help(argc - 2, argv + 2);
	command = command_find(strcmp(argv[1], "--version") == 0 ? STR("version") : str_c(argv[1]));
	if (command && !command->run)
		return program_exec(command, argv + 2);
	if (command)
		return invoke(command, argc, argv);
	return argv[1][0] == '-' ? option_without_command(argv[1]) : unknown_command(argv[1]);
}

/* Where a standard stream is closed, the next file that is opened would get its descriptor, and what is meant for the
 * stream would go to that file. What takes its place here fails like a closed one: it cannot be used in the direction
 * of the stream. */
static void occupy_closed_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	enum exit_status status;

	occupy_closed_streams();
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error to report, not a sudden death */
	status = dispatch(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (status == EXIT_FINE)
			fprintf(stderr, "callout: cannot write to standard output: %s\n", strerror(errno));
		return status == EXIT_FINE ? EXIT_ENVIRONMENT : (int)status;
	}
	return (int)status;
}
