/* The daemon's settings: where they come from, what wins, and what is said of those that are wrong. */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"

#define ARGV_MAX 8

/* Reads a command line whose words are separated by blanks. */
static bool read_line(struct fixture *f, const char *line, struct config *ret, struct config_request *request)
{
	char *argv[ARGV_MAX], *rest = arena_copy(f->arena, line, strlen(line) + 1), *saved;
	int   argc = 0;

	*ret = (struct config){ 0 };
	for (char *word = strtok_r(rest, " ", &saved); word; word = strtok_r(NULL, " ", &saved))
		argv[argc++] = word;
	return config_read(f->arena, argc, argv, ret, request, &f->diags);
}

static void test_defaults(void **state)
{
	struct config         c;
	struct config_request request;

	assert_true(read_line(*state, "", &c, &request));
	row_text("listen", c.listen, "127.0.0.1:8686");
	row_str("data", c.data, STR_ABSENT);
	assert_int_equal(c.insecure, TRI_NO);
	assert_int_equal(c.max_connections, 4096);
	assert_int_equal(c.threads, INT_ABSENT);
	assert_int_equal(c.drain_timeout.ms, 20000);
	assert_int_equal(c.log_format, LOG_FORMAT_AUTO);
	assert_null(c.allowed_hosts.node);
	assert_true(!request.check_only && !request.help && !request.version);
	row_str("backup", request.backup, STR_ABSENT);
}

static void test_flags(void **state)
{
	struct config         c;
	struct config_request request;

	assert_true(read_line(*state, "--listen=[::]:0 --threads 3 --insecure --allowed-hosts a,b --check-config", &c,
	                      &request));
	row_text("listen", c.listen, "[::]:0");
	assert_int_equal(c.threads, 3);
	assert_int_equal(c.insecure, TRI_YES);
	assert_int_equal(c.allowed_hosts.n, 2);
	row_text("allowedHosts", c.allowed_hosts.items[1], "b");
	assert_true(request.check_only && !request.help && !request.version);
	assert_true(read_line(*state, "--insecure=false --access-log=true --backup F --log-format text", &c, &request));
	assert_int_equal(c.insecure, TRI_NO);
	assert_int_equal(c.access_log, TRI_YES);
	assert_int_equal(c.log_format, LOG_FORMAT_TEXT);
	row_text("backup", request.backup, "F");
	assert_true(read_line(*state, "-h", &c, &request) && request.help);
	assert_true(read_line(*state, "--version", &c, &request) && request.version);
}

static const struct row {
	const char *line;
	const char *findings;
	const char *help; /* of the last finding */
} refused[] = {
	{ "listen", "SERVE_USAGE", NULL },
	{ "--listen", "SERVE_USAGE", NULL },
	{ "--config", "SERVE_USAGE", NULL },
	{ "--help=yes", "SERVE_USAGE", "did you mean --help?" },
	{ "--mesh-fiel F", "SERVE_USAGE, SERVE_USAGE", NULL },
	{ "--mesh-fiel=F", "SERVE_USAGE", "did you mean --mesh-file?" },
	{ "--confg=F", "SERVE_USAGE", "did you mean --config?" },
	{ "--something-else=F", "SERVE_USAGE", "callout serve --help lists them" },
	{ "--thraeds=1 --something-else=F", "SERVE_USAGE, SERVE_USAGE", "callout serve --help lists them" },
	{ "--something-else=F --thraeds=1", "SERVE_USAGE, SERVE_USAGE", "did you mean --threads?" },
	{ "--threads=many", "WRONG_TYPE 1:1", NULL },
	{ "--threads=65", "OUT_OF_RANGE 1:1", NULL },
	{ "--drain-timeout=soon", "DURATION 1:1", "write a number with its unit, such as `500ms` or `1m30s`" },
	{ "--log-format=xml", "UNKNOWN_VALUE 1:1", NULL },
	{ "--listen a:1 --listen=a:1", "SERVE_USAGE", NULL },
	{ "--allowed-hosts a --allowed-hosts b", "SERVE_USAGE", NULL },
	{ "--insecure --insecure=false", "SERVE_USAGE", NULL },
	{ "--config F --config F", "SERVE_USAGE", NULL },
	{ "--threads=65 --log-format=xml", "OUT_OF_RANGE 1:1, UNKNOWN_VALUE 1:1", NULL },
};

static void test_refused(void **state)
{
	struct fixture       *f = *state;
	struct config         c;
	struct config_request request;

	for (size_t i = 0; i < COUNT(refused); i++) {
		const struct diag *last;

		row_true(refused[i].line, !read_line(f, refused[i].line, &c, &request), "it is refused");
		for (last = f->diags.first; last->next; last = last->next)
			;
		row_text(refused[i].line, last->help, refused[i].help);
		row_findings(refused[i].line, f, refused[i].findings);
	}
}

/* A file of these bytes; the caller unlinks it. */
static char *write_file(struct fixture *f, const char *text)
{
	char *name = arena_copy(f->arena, "/tmp/test_config.XXXXXX", sizeof("/tmp/test_config.XXXXXX"));
	int   fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return name;
}

/* Default, file, environment, flag: each is above the one before. */
static void test_layers(void **state)
{
	struct fixture       *f = *state;
	struct config         c;
	struct config_request request;
	char *file = write_file(f, "maxConnections: 100\nmaxHeaderBytes: 5000\nthreads: 2\nallowedHosts: [a]\n");

	assert_int_equal(setenv("CALLOUT_SERVE_CONFIG", file, 1), 0);
	assert_int_equal(setenv("CALLOUT_SERVE_MAX_HEADER_BYTES", "6000", 1), 0);
	assert_int_equal(setenv("CALLOUT_SERVE_THREADS", "3", 1), 0);
	assert_int_equal(setenv("CALLOUT_SERVE_TOKENS", "", 1), 0); /* empty is as good as unset */
	assert_true(read_line(f, "--threads=4", &c, &request));
	assert_int_equal(c.max_connections_per_address, 512);
	assert_int_equal(c.max_connections, 100);
	assert_int_equal(c.max_header_bytes, 6000);
	assert_int_equal(c.threads, 4);
	assert_int_equal(c.allowed_hosts.n, 1);
	row_str("tokens", c.tokens, STR_ABSENT);
	assert_int_equal(setenv("CALLOUT_SERVE_THREADS", "x", 1), 0);
	assert_int_equal(setenv("CALLOUT_SERVE_LOG_FORMAT", "x", 1), 0);
	assert_false(read_line(f, "", &c, &request));
	assert_int_equal(f->diags.errors, 2);
	unsetenv("CALLOUT_SERVE_THREADS");
	unsetenv("CALLOUT_SERVE_LOG_FORMAT");
	unsetenv("CALLOUT_SERVE_MAX_HEADER_BYTES");
	unsetenv("CALLOUT_SERVE_TOKENS");
	unsetenv("CALLOUT_SERVE_CONFIG");
	unlink(file);
}

static void test_files(void **state)
{
	static const struct {
		const char *text, *findings;
	} rows[] = {
		{ "", "" },
		{ "- threads", "WRONG_TYPE 1:1" },
		{ "thraeds: 1\nthreads: 0", "UNKNOWN_FIELD 1:1, OUT_OF_RANGE 2:10" },
		{ "threads: [", "YAML_SYNTAX 1:11" },
	};
	struct fixture       *f = *state;
	struct config         c;
	struct config_request request;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *file = write_file(f, rows[i].text);
		bool  ok = read_line(f, str_fmt(f->arena, "--config %s", file).p, &c, &request);

		row_true(rows[i].text, ok == (*rows[i].findings == 0), "findings make it fail");
		row_findings(rows[i].text, f, rows[i].findings);
		unlink(file);
	}
	assert_false(read_line(f, "--config /nowhere", &c, &request));
	row_findings("no file", f, "CANNOT_READ");
}

/* What is printed as in force gives the same settings again. */
static void test_written(void **state)
{
	struct fixture       *f = *state;
	struct config         c, again;
	struct config_request request;
	struct buf            first, second;
	char                 *file;

	assert_true(read_line(f, "--allowed-hosts a,b --insecure --stale-after 90m --tokens on", &c, &request));
	buf_init(&first, f->arena, MIB);
	config_write(&first, &c);
	row_true("list", str_find_str(buf_str(&first), STR("allowedHosts:\n- a\n- b\n"), 0) < first.n, "in lines");
	row_true("string", str_find_str(buf_str(&first), STR("tokens: \"on\"\n"), 0) < first.n, "in quotes");
	row_true("absent", str_find_str(buf_str(&first), STR("meshFile"), 0) == first.n, "left out");
	file = write_file(f, str_copy(f->arena, buf_str(&first)).p);
	assert_true(read_line(f, str_fmt(f->arena, "--config %s", file).p, &again, &request));
	buf_init(&second, f->arena, MIB);
	config_write(&second, &again);
	row_str("again", buf_str(&second), buf_str(&first));
	unlink(file);
}

static void test_not_reloaded(void **state)
{
	struct fixture       *f = *state;
	struct config         was, now;
	struct config_request request;

	assert_true(read_line(f, "--threads 2", &was, &request));
	assert_true(read_line(f, "--threads 2 --insecure --stale-after 1h --tokens F", &now, &request));
	row_text("none", config_not_reloaded(f->arena, &was, &now), "");
	assert_true(read_line(f, "--listen=:1 --max-connections=50", &now, &request));
	row_text("some", config_not_reloaded(f->arena, &was, &now), "listen, threads, maxConnections");
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	struct buf      help;

	row_text("flag", config_flag(f->arena, object_field(&config_object, STR("maxConnectionsPerAddress"))),
	         "max-connections-per-address");
	row_text("words", config_value(f->arena, object_field(&config_object, STR("logFormat"))), "auto|json|text");
	row_str("switch", config_value(f->arena, object_field(&config_object, STR("insecure"))), STR_ABSENT);
	row_text("file", config_value(f->arena, object_field(&config_object, STR("meshFile"))), "FILE");
	buf_init(&help, f->arena, MIB);
	config_write_help(&help);
	for (size_t i = 0; i < config_object.n_fields; i++) {
		struct str flag = config_flag(f->arena, &config_object.fields[i]);

		row_true(flag.p, str_find_str(buf_str(&help), STR_CONCAT(f->arena, STR("  --"), flag), 0) < help.n,
		         "the usage has it");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_defaults), UNIT_TEST(test_flags),        UNIT_TEST(test_refused), UNIT_TEST(test_layers),
		UNIT_TEST(test_files),    UNIT_TEST(test_not_reloaded), UNIT_TEST(test_written), UNIT_TEST(test_names),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
