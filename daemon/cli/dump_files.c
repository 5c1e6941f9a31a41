#include "cli/dump_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/habits.h"
#include "cli/report_file.h"

struct listing {
	struct run        *run;
	struct dump_files *out;
	struct str         given_name;
	bool               beside; /* see struct dump_file */
	bool               ok;
};

static struct diag *fail(struct run *run, enum diag_code code, struct str path, int error)
{
	return diag_add(&run->diags, code, POS_NONE, ARGS(path, str_copy(run->arena, str_c(strerror(error)))));
}

static void add(struct listing *l, struct str path, struct str folder)
{
	struct dump_files *f = l->out;

	if (f->n >= LIMIT_DUMPS) {
		if (l->ok)
			diag_add(&l->run->diags, CO_TOO_MANY_INPUTS, POS_NONE,
			         ARGS(str_from_uint(l->run->arena, LIMIT_DUMPS), STR("dumps")));
		l->ok = false;
		return;
	}
	f->items = ARENA_LIST(l->run->arena, f->items, f->n, &f->cap, struct dump_file);
	f->items[f->n++] = (struct dump_file){ path, l->given_name, folder, l->beside };
}

/* ---- directories ---- */

#define PROXIES_OF_BUG_REPORT "proxies"

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* What `istioctl bug-report` makes of itself, whatever it may leave out of it: istio tools/bug-report/pkg/archive, and the files `versions`
 * and cluster/cluster-context. */
static bool is_bug_report(struct dirent *const *names, int n)
{
	static const char *const all[] = { PROXIES_OF_BUG_REPORT, "cluster", "versions" };
	size_t                   found = 0;

	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++)
			found += strcmp(names[i]->d_name, all[k]) == 0;
	return found == sizeof(all) / sizeof(all[0]);
}

static void walk(struct listing *l, struct str path, unsigned depth)
{
	const bool      was_beside = l->beside;
	bool            archive;
	struct dirent **names;
	bool            too_deep = depth > LIMIT_DIRECTORY_DEPTH;
	int             n = too_deep ? -1 : scandir(path.p, &names, is_shown, by_name);

	if (n < 0) {
		diag_add(&l->run->diags, CO_CANNOT_READ, POS_NONE,
		         ARGS(path, too_deep ? STR(TOO_DEEP) : str_copy(l->run->arena, str_c(strerror(errno)))));
		l->ok = false;
		return;
	}
	archive = is_bug_report(names, n);
	for (int i = 0; i < n; i++) {
		struct str  name = str_c(names[i]->d_name), child = path_join(l->run->arena, path, name);
		struct stat st, target;

		l->beside = archive ? !str_is(name, PROXIES_OF_BUG_REPORT) : was_beside;
		free(names[i]);
		if (lstat(child.p, &st) != 0) {
			fail(l->run, CO_CANNOT_READ, child, errno);
			l->ok = false;
		} else if (S_ISDIR(st.st_mode)) {
			walk(l, child, depth + 1);
		} else if (stat(child.p, &target) == 0 && S_ISREG(target.st_mode) &&
		           !report_file_is(l->run->arguments, &target)) {
			add(l, child, path);
		}
	}
	free(names);
	l->beside = was_beside;
}

/* ---- operands ---- */

static bool is_proxy_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum_or(s.p[i], "._-~"))
			return false;
	return s.n > 0;
}

struct str dump_operand_path(struct str operand, struct str *ret_name)
{
	struct stat st;
	struct str  name, file = str_cut(operand, '=', &name);

	*ret_name = STR_ABSENT;
	if (!file.p || file.n == 0 || !is_proxy_name(name) || stat(operand.p, &st) == 0)
		return operand;
	*ret_name = name;
	return file;
}

bool dump_files_list(struct run *run, const char *const *operands, size_t n, struct dump_files *ret)
{
	struct listing l = { .run = run, .out = ret, .ok = true };

	for (size_t i = 0; i < n; i++) {
		struct str  path = dump_operand_path(str_c(operands[i]), &l.given_name);
		size_t      before = ret->n;
		struct stat st;

		if (str_is(path, "-") || stat(path.p, &st) != 0 || !S_ISDIR(st.st_mode)) {
			add(&l, path, STR_ABSENT);
			continue;
		}
		walk(&l, path, 0);
		if (ret->n == before && l.ok) {
			diag_add(&run->diags, CO_DUMP_NONE, POS_NONE, ARGS(path));
			l.ok = false;
		}
	}
	return l.ok;
}

/* ---- opening ---- */

enum { WRITER_WAIT_MS = 2000, WRITER_POLL_MS = 20 };

/* A named pipe answers "end" as long as nobody ever opened its other end. Waits for that a while; then for bytes as long as
 * it takes. */
static bool wait_for_writer(int fd)
{
	const struct timespec pause = { 0, WRITER_POLL_MS * 1000000L };
	struct pollfd         p = { .fd = fd, .events = POLLIN };

	for (int waited = 0; waited < WRITER_WAIT_MS; waited += WRITER_POLL_MS) {
		char c;

		if (poll(&p, 1, 0) > 0)
			return true;
		if (read(fd, &c, 0) < 0 && errno == EAGAIN)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int open_pipe(struct run *run, const struct dump_file *file, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (!wait_for_writer(fd)) {
		diag_add(&run->diags, CO_DUMP_PIPE_UNUSED, POS_NONE, ARGS(file->path));
		close(fd);
		return -1;
	}
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

int dump_file_open(struct run *run, const struct dump_file *file)
{
	struct stat st;
	int         fd;

	if (str_is(file->path, "-"))
		return STDIN_FILENO;
	fd = open(file->path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		const char  *help = habit_workload(file->path);
		struct diag *d = fail(run, CO_CANNOT_READ, file->path, errno);

		if (help)
			diag_help(&run->diags, d, help, NO_ARGS);
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return open_pipe(run, file, fd);
	return fd;
}
