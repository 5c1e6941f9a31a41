/* Commands that are programs of their own, so that this one starts without their libraries. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

enum { PATH_BYTES = 4096, MOST_ARGUMENTS = 256 };

static bool own_directory(char *directory, size_t n)
{
	ssize_t length = readlink("/proc/self/exe", directory, n - 1);
	char   *slash;

	if (length <= 0)
		return false;
	directory[length] = 0;
	slash = strrchr(directory, '/');
	if (!slash)
		return false;
	*slash = 0;
	return true;
}

enum exit_status program_exec(const struct command *command, char **arguments)
{
	char  directory[PATH_BYTES], path[2 * PATH_BYTES];
	char *argv[MOST_ARGUMENTS + 2] = { path };
	int   error = ENOENT;

	for (size_t i = 0; arguments[i]; i++) {
		if (i == MOST_ARGUMENTS)
			return usage_error(command->name, "more than %d arguments", MOST_ARGUMENTS);
		argv[i + 1] = arguments[i];
	}
	if (!own_directory(directory, sizeof(directory)))
		memcpy(directory, ".", 2);
	/* Beside this program as it lies in the build directory, beneath its prefix once installed, or where it was
	 * configured to be. */
	for (size_t i = 0; i < 3; i++) {
		int n = i == 0   ? snprintf(path, sizeof(path), "%s/callout-%s", directory, command->name)
		        : i == 1 ? snprintf(path, sizeof(path), "%s/../libexec/callout/callout-%s", directory,
		                            command->name)
		                 : snprintf(path, sizeof(path), CALLOUT_LIBEXEC "/callout-%s", command->name);

		if (n > 0 && (size_t)n < sizeof(path)) {
			execv(path, argv);
			error = errno == ENOENT ? error : errno;
		}
	}
	fprintf(stderr, "callout: cannot run callout-%s: %s%s\n", command->name, strerror(error),
	        error == ENOENT ? "; it belongs to the daemon's package" : "");
	return EXIT_ENVIRONMENT;
}
