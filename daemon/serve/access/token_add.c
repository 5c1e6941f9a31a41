/* callout serve token add: a new line in the tokens file, and the token itself on standard output, once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "names/hostname.h"
#include "render/yaml_writer.h"
#include "report/report.h"
#include "serve/access/auth.h"

enum { EXIT_FINE = 0, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_ENVIRONMENT = 4, MOST_NAMESPACES = 64 };

struct request {
	struct arena *arena;
	struct str    file, name, scope, san;
	struct str    namespaces[MOST_NAMESPACES];
	size_t        n_namespaces;
};

static int usage(const char *why, const char *what)
{
	fprintf(stderr,
	        "callout: %s%s\nUsage: callout serve token add --tokens FILE --name NAME --scope read|write|admin "
	        "[--namespace NS]… [--san SAN]\n",
	        why, what);
	return EXIT_USAGE;
}

static bool take(struct request *r, struct str flag, struct str value)
{
	struct str *at = str_is(flag, "--tokens")  ? &r->file
	                 : str_is(flag, "--name")  ? &r->name
	                 : str_is(flag, "--scope") ? &r->scope
	                 : str_is(flag, "--san")   ? &r->san
	                                           : NULL;

	if (str_is(flag, "--namespace") && r->n_namespaces < MOST_NAMESPACES)
		at = &r->namespaces[r->n_namespaces++];
	if (!at || str_present(*at))
		return false;
	*at = value;
	return true;
}

static int read_arguments(struct request *r, int argc, char **argv)
{
	if (argc < 1 || strcmp(argv[0], "add") != 0)
		return usage("token knows `add`", "");
	for (int i = 1; i < argc; i++) {
		struct str flag, value = str_cut(str_c(argv[i]), '=', &flag);

		if (!value.p && i + 1 < argc)
			value = str_c(argv[++i]);
		if (!value.p)
			return usage("a value is missing behind ", argv[i]);
		if (!take(r, flag, value))
			return usage("not known, or given twice: ", argv[i]);
	}
	if (!str_present(r->file) || !str_present(r->name) || !str_present(r->scope))
		return usage("--tokens, --name and --scope are needed", "");
	if (!str_is(r->scope, "read") && !str_is(r->scope, "write") && !str_is(r->scope, "admin"))
		return usage("--scope is read, write or admin, not ", r->scope.p);
	for (size_t i = 0; i < r->n_namespaces; i++)
		if (!dns_label_is(r->namespaces[i]))
			return usage("not the name of a namespace: ", r->namespaces[i].p);
	return EXIT_FINE;
}

/* n random bytes in hexadecimal; absent when the system gives none. */
static struct str random_hex(struct arena *arena, size_t n)
{
	unsigned char bytes[64];
	char         *text = arena_alloc(arena, 2 * n + 1);

	if (n > sizeof(bytes) || getrandom(bytes, n, 0) != (ssize_t)n)
		return STR_ABSENT;
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return str_of(text, 2 * n);
}

static void add_entry(struct request *r, struct buf *b, struct str id, struct str salt, struct str token)
{
	buf_lit(b, "- name: ");
	yaml_write_string(b, r->name);
	buf_fmt(b, "\n  scope: %.*s\n", STR_ARG(r->scope));
	if (r->n_namespaces)
		buf_lit(b, "  namespaces:\n");
	for (size_t i = 0; i < r->n_namespaces; i++) {
		buf_lit(b, "  - ");
		yaml_write_string(b, r->namespaces[i]);
		buf_char(b, '\n');
	}
	if (str_present(r->san)) {
		buf_lit(b, "  san: ");
		yaml_write_string(b, r->san);
		buf_char(b, '\n');
		return;
	}
	buf_fmt(b, "  id: \"%.*s\"\n  salt: \"%.*s\"\n  sha256: \"%.*s\"\n", STR_ARG(id), STR_ARG(salt),
	        STR_ARG(sha256_of_bytes(r->arena, STR_CONCAT(r->arena, salt, token))));
}

static int refuse(struct arena *arena, struct diags *diags)
{
	struct report report = { .command = STR("serve"), .diags = diags };
	struct buf    b;

	buf_init(&b, arena, MIB);
	report_write(&b, report_format_find(STR("text")), &report);
	file_write_all(STDERR_FILENO, buf_str(&b));
	return diags->class_seen[DIAG_ENVIRONMENT] ? EXIT_ENVIRONMENT : EXIT_INPUT;
}

/* What is there already must be sound, and so must the result. */
static int write_file(struct request *r, struct buf *text, struct diags *diags)
{
	struct str directory = path_directory(r->file), name = r->file;
	int        fd;
	bool       ok;

	if (directory.n)
		name = str_slice(name, directory.n + (str_is(directory, "/") ? 0 : 1), name.n);
	fd = open(directory.n ? str_copy(r->arena, directory).p : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		diag_add(diags, CO_CANNOT_WRITE, POS_NONE, ARGS(r->file, str_c(strerror(errno))));
		return refuse(r->arena, diags);
	}
	umask(077); /* for the owner alone, although it holds no token */
	ok = file_replace(r->arena, fd, directory, name, buf_str(text), diags);
	close(fd);
	return ok ? EXIT_FINE : refuse(r->arena, diags);
}

int token_command(struct arena *arena, int argc, char **argv)
{
	struct request           r = { .arena = arena };
	const struct principals *there = NULL;
	struct str   id = random_hex(arena, 8), salt = random_hex(arena, 16), secret = random_hex(arena, 32);
	struct str   before = STR_ABSENT, token;
	struct diags diags;
	struct buf   b;
	int          status = read_arguments(&r, argc, argv);

	if (status != EXIT_FINE)
		return status;
	diags_init(&diags, arena);
	if (access(r.file.p, F_OK) == 0) {
		there = principals_read(arena, r.file, &diags);
		if (!there || !file_read(arena, r.file, LIMIT_DOCUMENT_BYTES, &before, &diags))
			return refuse(arena, &diags);
	}
	for (size_t i = 0; there && i < there->tokens.n; i++)
		if (str_eq(((const struct principal *)there->tokens.items)[i].name, r.name))
			return usage("there is a token of this name already: ", r.name.p);
	if (!str_present(id) || !str_present(salt) || !str_present(secret)) {
		fputs("callout: the system gives no random bytes\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	token = STR_CONCAT(arena, STR("callout_"), id, STR("_"), secret);
	buf_init(&b, arena, LIMIT_DOCUMENT_BYTES);
	buf_add(&b, before);
	if (b.n && b.p[b.n - 1] != '\n')
		buf_char(&b, '\n');
	if (!there || !there->tokens.node)
		buf_lit(&b, "tokens:\n");
	add_entry(&r, &b, id, salt, token);
	status = write_file(&r, &b, &diags);
	if (status == EXIT_FINE && !str_present(r.san))
		printf("%.*s\n", STR_ARG(token));
	return status;
}
