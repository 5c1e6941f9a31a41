#include "cli/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 32768, BELOW = 4096 };

struct process {
	pid_t pid, parent;
};

/* "PID (NAME) STATE PARENT …", where NAME may hold anything. 0: it has gone. */
static pid_t parent_of(pid_t pid)
{
	char        path[32], text[512];
	const char *behind;
	long        parent = 0;
	ssize_t     n;
	int         fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	behind = strrchr(text, ')');
	if (behind && strlen(behind) > 4)
		parent = strtol(behind + 4, NULL, 10); /* ") S " */
	return (pid_t)parent;
}

static size_t all_processes(struct process *list, size_t most)
{
	DIR                 *proc = opendir("/proc");
	const struct dirent *entry;
	size_t               n = 0;

	while (proc && n < most && (entry = readdir(proc))) {
		char *end;
		long  pid = strtol(entry->d_name, &end, 10);

		if (pid > 0 && *end == '\0')
			list[n++] = (struct process){ (pid_t)pid, parent_of((pid_t)pid) };
	}
	if (proc)
		closedir(proc);
	return n;
}

static int by_parent(const void *x, const void *y)
{
	const struct process *a = x, *b = y;

	return (a->parent > b->parent) - (a->parent < b->parent);
}

/* Where in the list, which is sorted by parent, the children of this parent begin, or would. */
static size_t first_of(const struct process *list, size_t n, pid_t parent)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (list[middle].parent < parent)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

void process_tree_signal(pid_t root, int number)
{
	struct process *list = malloc(PROCESSES * sizeof(*list));
	pid_t           below[BELOW + 1] = { root };
	size_t          n = list ? all_processes(list, PROCESSES) : 0, n_below = 1;

	if (n)
		qsort(list, n, sizeof(*list), by_parent);
	for (size_t i = 0; i < n_below; i++)
		for (size_t k = first_of(list, n, below[i]); k < n && list[k].parent == below[i] && n_below <= BELOW;
		     k++)
			below[n_below++] = list[k].pid;
	for (size_t i = 1; i < n_below; i++)
		kill(below[i], number);
	free(list);
}

bool process_has_child(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}
