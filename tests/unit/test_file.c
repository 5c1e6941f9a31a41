/* Files: what is read and replaced whole, and what lies beneath a directory. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* A directory for each test, with one inside that is the root of what may be opened. */
struct folder {
	struct fixture *f;
	char            path[64];
	int             fd;
};

static struct folder folder_make(void **state)
{
	struct folder p = { .f = *state, .path = "/tmp/callout-file-XXXXXX" };

	assert_non_null(mkdtemp(p.path));
	p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p.fd >= 0);
	return p;
}

static void folder_write(const struct folder *p, const char *name, const char *bytes)
{
	int fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && file_write_all(fd, str_c(bytes)) && close(fd) == 0);
}

static struct str folder_path(const struct folder *p, const char *name)
{
	return path_join(p->f->arena, str_c(p->path), str_c(name));
}

/* Names with a slash behind them are directories; from the inside out. */
static void folder_remove(const struct folder *p, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool is_directory = str_has_suffix(str_c(names[i]), STR("/"));

		assert_int_equal(unlinkat(p->fd, names[i], is_directory ? AT_REMOVEDIR : 0), 0);
	}
	assert_int_equal(close(p->fd), 0);
	assert_int_equal(rmdir(p->path), 0); /* nothing else was left in it */
}

static void test_read(void **state)
{
	static const char *const names[] = { "text" };
	struct folder            p = folder_make(state);
	struct str               bytes = STR("untouched");

	folder_write(&p, "text", "0123456789");
	assert_true(file_read(p.f->arena, folder_path(&p, "text"), 10, &bytes, &p.f->diags));
	row_text("at the cap", bytes, "0123456789");
	bytes = STR("untouched");
	assert_false(file_read(p.f->arena, folder_path(&p, "text"), 9, &bytes, &p.f->diags));
	row_findings("over the cap", p.f, "INPUT_TOO_LARGE");
	assert_false(file_read(p.f->arena, folder_path(&p, "none"), 9, &bytes, &p.f->diags));
	row_findings("absent", p.f, "CANNOT_READ");
	assert_false(file_read(p.f->arena, str_c(p.path), 9, &bytes, &p.f->diags));
	row_findings("a directory", p.f, "IS_DIRECTORY");
	row_text("a failure", bytes, "untouched");
	folder_remove(&p, names, COUNT(names));
}

static void test_replace(void **state)
{
	static const char *const names[] = { "out", "taken/" };
	struct folder            p = folder_make(state);
	struct str               where = str_c(p.path), bytes;
	struct stat              before, after;

	assert_true(file_replace(p.f->arena, p.fd, where, STR("out"), STR("old"), &p.f->diags));
	assert_int_equal(fstatat(p.fd, "out", &before, 0), 0);
	assert_true(file_replace(p.f->arena, p.fd, where, STR("out"), STR("new"), &p.f->diags));
	assert_int_equal(fstatat(p.fd, "out", &after, 0), 0);
	row_true("replaced", before.st_ino != after.st_ino, "who has the old file open keeps it whole");
	assert_true(file_read(p.f->arena, folder_path(&p, "out"), 100, &bytes, &p.f->diags));
	row_text("replaced", bytes, "new");
	assert_int_equal(mkdirat(p.fd, "taken", 0700), 0);
	assert_false(file_replace(p.f->arena, p.fd, where, STR("taken"), STR("new"), &p.f->diags));
	row_findings("a directory has the name", p.f, "CANNOT_WRITE");
	folder_remove(&p, names, COUNT(names));
}

static void test_temporary(void **state)
{
	static const struct {
		const char *name, *of; /* NULL: none */
	} rows[] = {
		{ ".out.yaml.123.tmp", "out.yaml" },
		{ ".a.1.tmp", "a" },
		{ "out.yaml", NULL },
		{ "out.123.tmp", NULL },
		{ ".out.tmp", NULL },
		{ ".out.x1.tmp", NULL },
		{ ".out.123", NULL },
		{ ".123.tmp", NULL },
		{ "..123.tmp", NULL },
		{ ".tmp", NULL },
		{ "..tmp", NULL },
		{ "", NULL },
		{ ".out.99999999999.tmp", NULL },
		{ ".out.-1.tmp", NULL },
		{ ".callout-files", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str of = STR_ABSENT;
		bool       is = file_is_temporary(str_c(rows[i].name), &of);

		row_int(rows[i].name, is, rows[i].of != NULL);
		row_text(rows[i].name, of, rows[i].of);
	}
}

static void test_paths(void **state)
{
	static const struct {
		const char *dir, *name, *joined, *above;
	} rows[] = {
		{ "a", "b", "a/b", "a" },       { "a/", "b", "a/b", "a" }, { "", "b", "b", "" },
		{ "a", "/b", "/b", "/" },       { "/", "b", "/b", "/" },   { ".", "b", "./b", "." },
		{ "a/b", "c", "a/b/c", "a/b" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str joined = path_join(arena_of(state), str_c(rows[i].dir), str_c(rows[i].name));

		row_text(rows[i].joined, joined, rows[i].joined);
		row_text(rows[i].joined, path_directory(joined), rows[i].above);
	}
}

/* As ConfigMap mounts and git-sync link, and as an attacker would. */
static void test_beneath(void **state)
{
	static const struct {
		const char *path;
		int         error; /* 0: it is opened */
	} rows[] = {
		{ "file", 0 },
		{ "./file", 0 },
		{ "sub/file", 0 },
		{ "sub/../file", 0 },
		{ "..data/file", 0 },
		{ "inner", 0 },
		{ "../outside", EXDEV },
		{ "leaving", EXDEV },
		{ "sub/../../outside", EXDEV },
		{ "../root-2/file", EXDEV },
		{ "/etc/passwd", EXDEV },
		{ "none", ENOENT },
		{ "nowhere", ENOENT },
		{ ".", EXDEV },
	};
	static const char *const names[] = { "root/file",   "root/sub/file", "root/sub/",    "root/..data",
		                             "root/inner",  "root/leaving",  "root/nowhere", "root/",
		                             "root-2/file", "root-2/",       "outside" };
	struct folder            p = folder_make(state);

	assert_int_equal(mkdirat(p.fd, "root", 0700) | mkdirat(p.fd, "root/sub", 0700) | mkdirat(p.fd, "root-2", 0700),
	                 0);
	folder_write(&p, "root/file", "in");
	folder_write(&p, "root/sub/file", "in");
	folder_write(&p, "root-2/file", "out");
	folder_write(&p, "outside", "out");
	assert_int_equal(symlinkat("sub", p.fd, "root/..data") | symlinkat("sub/../file", p.fd, "root/inner") |
	                         symlinkat("../outside", p.fd, "root/leaving") |
	                         symlinkat("none", p.fd, "root/nowhere"),
	                 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str bytes = STR_ABSENT;
		int        fd = path_open_beneath(p.f->arena, folder_path(&p, "root"), str_c(rows[i].path));

		row_int(rows[i].path, fd < 0 ? errno : 0, rows[i].error);
		if (fd < 0)
			continue;
		assert_true(file_read_fd(p.f->arena, fd, str_c(rows[i].path), 100, &bytes, &p.f->diags));
		row_text(rows[i].path, bytes, "in");
		assert_int_equal(close(fd), 0);
	}
	folder_remove(&p, names, COUNT(names));
}

int main(void)
{
	const struct CMUnitTest tests[] = { UNIT_TEST(test_read), UNIT_TEST(test_replace), UNIT_TEST(test_temporary),
		                            UNIT_TEST(test_paths), UNIT_TEST(test_beneath) };

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
