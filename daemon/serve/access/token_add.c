/* callout serve token add: a new line in the tokens file, and the token itself on standard output, once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
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

enum { EXIT_FINE = 0, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_ENVIRONMENT = 4 };

struct request {
	struct arena *arena;
	struct str    file, name, scope, san;
	struct str    namespaces[LIMIT_STORE_NAMESPACES];
	size_t        n_namespaces;
};

#define USAGE                                                                                                          \
	"Usage: callout serve token add --tokens FILE --name NAME --scope read|write|admin [--namespace NS]… "       \
	"[--san SAN]\n"

static int usage(const char *why, const char *what)
{
	fprintf(stderr, "callout: %s%s\n" USAGE, why, what);
	return EXIT_USAGE;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int print_help(void)
{
	static const char text[] =
		"Adds a line to the tokens file, and prints the token, once: the file holds a salted hash of it.\n"
		"With --san the line stands for a client certificate of that name instead, and nothing is printed.\n\n" USAGE
		"\n"
		"  --scope      what it may do; write may do what read may, admin both\n"
		"  --namespace  the only namespaces that it reaches; repeat it for several\n"
		"  --san        DNS:NAME, URI:…, email:… or IP:…; without a type a name of any\n";

	return file_write_all(STDOUT_FILENO, str_c(text)) ? EXIT_FINE : EXIT_ENVIRONMENT;
}

static bool names_already(const struct request *r, struct str name)
{
	for (size_t i = 0; i < r->n_namespaces; i++)
		if (str_eq(r->namespaces[i], name))
			return true;
	return false;
}

static bool take(struct request *r, struct str flag, struct str value)
{
	struct str *at = str_is(flag, "--tokens")  ? &r->file
	                 : str_is(flag, "--name")  ? &r->name
	                 : str_is(flag, "--scope") ? &r->scope
	                 : str_is(flag, "--san")   ? &r->san
	                                           : NULL;

	if (str_is(flag, "--namespace") && r->n_namespaces < LIMIT_STORE_NAMESPACES && !names_already(r, value))
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
		const char *word = argv[i];
		struct str  flag, value = str_cut(str_c(word), '=', &flag);

		if (!value.p && i + 1 < argc)
			value = str_c(argv[++i]);
		if (!value.p)
			return usage("a value is missing behind ", argv[i]);
		if (str_is(flag, "--namespace") && r->n_namespaces == LIMIT_STORE_NAMESPACES)
			return usage("more namespaces than a token takes: ", value.p);
		if (!take(r, flag, value))
			return usage("not known, or given twice: ", word);
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

static const char *const scope_names[] = { "", "read", "write", "admin" };

static struct str id_of(const struct principal *p)
{
	return p->id;
}

static struct str salt_of(const struct principal *p)
{
	return p->salt;
}

static struct str sha256_of(const struct principal *p)
{
	return p->sha256;
}

static struct str san_of(const struct principal *p)
{
	return p->san;
}

/* What tells who it is: of each entry those that it has. */
static const struct {
	const char *name;
	struct str (*of)(const struct principal *);
} secrets[] = { { "san", san_of }, { "id", id_of }, { "salt", salt_of }, { "sha256", sha256_of } };

/* One more item of the list, as far in as those that are there. */
static void add_entry(struct buf *b, size_t indent, const struct principal *p)
{
	buf_fill(b, ' ', indent);
	buf_lit(b, "- name: ");
	yaml_write_string(b, p->name);
	buf_char(b, '\n');
	buf_fill(b, ' ', indent);
	buf_fmt(b, "  scope: %s\n", scope_names[p->scope]);
	if (p->namespaces.n) {
		buf_fill(b, ' ', indent);
		buf_lit(b, "  namespaces:\n");
	}
	for (size_t i = 0; i < p->namespaces.n; i++) {
		buf_fill(b, ' ', indent);
		buf_lit(b, "  - ");
		yaml_write_string(b, p->namespaces.items[i]);
		buf_char(b, '\n');
	}
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		struct str value = secrets[i].of(p);

		if (!str_present(value))
			continue;
		buf_fill(b, ' ', indent);
		buf_fmt(b, "  %s: ", secrets[i].name);
		yaml_write_string(b, value);
		buf_char(b, '\n');
	}
}

static const struct principal *entry_of(const struct principals *ps, size_t i)
{
	return (const struct principal *)ps->tokens.items + i;
}

/* How far in the list's items stand. */
static size_t indent_of(struct str text, const struct principals *there)
{
	size_t line = 0, n = 0;

	if (!there || there->tokens.n == 0)
		return 0;
	for (size_t at = 0; at < entry_of(there, 0)->node->offset && at < text.n; at++)
		if (text.p[at] == '\n')
			line = at + 1;
	while (line + n < text.n && text.p[line + n] == ' ')
		n++;
	return n;
}

/* *ret_why: the first fault of a text that is not. */
static bool is_sound(struct arena *arena, struct str name, struct str text, struct str *ret_why)
{
	struct diags diags;

	diags_init(&diags, arena);
	if (principals_parse(arena, source_from_bytes(arena, name, text), &diags))
		return true;
	*ret_why = diags.first->message;
	return false;
}

/* Behind what is there, whose comments stay; where nothing can stand behind it (a list in brackets, an end that is marked)
 * all of it is written anew. Absent: even so it would not be sound, *ret_why. */
static struct str text_with(struct request *r, const struct principals *there, struct str before,
                            const struct principal *p, struct str *ret_why)
{
	struct buf b;

	buf_init(&b, r->arena, LIMIT_DOCUMENT_BYTES);
	buf_add(&b, before);
	if (b.n && b.p[b.n - 1] != '\n')
		buf_char(&b, '\n');
	if (!there || !there->tokens.node)
		buf_lit(&b, "tokens:\n");
	add_entry(&b, indent_of(before, there), p);
	*ret_why = STR("the file would be too large");
	if (!b.overflow && is_sound(r->arena, r->file, buf_str(&b), ret_why))
		return buf_str(&b);
	buf_init(&b, r->arena, LIMIT_DOCUMENT_BYTES);
	buf_lit(&b, "tokens:\n");
	for (size_t i = 0; there && i < there->tokens.n; i++)
		add_entry(&b, 0, entry_of(there, i));
	add_entry(&b, 0, p);
	return !b.overflow && is_sound(r->arena, r->file, buf_str(&b), ret_why) ? buf_str(&b) : STR_ABSENT;
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

/* Who could read the file before can read it again: the daemon need not be its owner. */
static void give_back(int directory, const char *name, const struct stat *before)
{
	if (fchownat(directory, name, before->st_uid, before->st_gid, 0) != 0 ||
	    fchmodat(directory, name, before->st_mode & 0777, 0) != 0)
		fprintf(stderr, "callout: warning: %s is for its new owner alone: %s\n", name, strerror(errno));
}

/* A file in the place of a device would be there for everyone on the machine. */
static bool replace_file(struct request *r, int directory, struct str above, struct str name, struct str text,
                         const struct stat *before, struct diags *diags)
{
	if (before && !S_ISREG(before->st_mode)) {
		diag_add(diags, CO_CANNOT_WRITE, POS_NONE, ARGS(r->file, STR("not a regular file")));
		return false;
	}
	return file_replace(r->arena, directory, above, name, text, diags);
}

/* The directory of the file, locked: two that read it at the same time would each write it without the other's token. Not
 * every file system has locks; there it is as it is. -1: errno tells why there is no directory. */
static int open_directory(struct request *r)
{
	struct str directory = path_directory(r->file);
	int        fd = open(directory.n ? str_copy(r->arena, directory).p : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	return fd;
}

/* fd: of the directory; error: why there is none. */
static int write_file(struct request *r, int fd, int error, struct str text, struct diags *diags)
{
	struct str  directory = path_directory(r->file), name = r->file;
	struct stat before;
	bool        ok, was_there;

	if (directory.n)
		name = str_slice(name, directory.n + (str_is(directory, "/") ? 0 : 1), name.n);
	if (fd < 0) {
		diag_add(diags, CO_CANNOT_WRITE, POS_NONE, ARGS(r->file, str_c(strerror(error))));
		return refuse(r->arena, diags);
	}
	umask(077); /* for the owner alone, although it holds no token */
	was_there = fstatat(fd, str_copy(r->arena, name).p, &before, 0) == 0;
	ok = replace_file(r, fd, directory, name, text, was_there ? &before : NULL, diags);
	if (ok && was_there)
		give_back(fd, str_copy(r->arena, name).p, &before);
	return ok ? EXIT_FINE : refuse(r->arena, diags);
}

/* What stands for the request in the file; token: absent for a certificate. False: the system gives no random bytes. */
static bool make_entry(struct request *r, struct principal *ret, struct str *ret_token)
{
	struct str id = random_hex(r->arena, 8), salt = random_hex(r->arena, 16), secret = random_hex(r->arena, 32);

	*ret = (struct principal){ .name = r->name, .namespaces = { .items = r->namespaces, .n = r->n_namespaces } };
	while (!str_is(r->scope, scope_names[ret->scope]))
		ret->scope++;
	*ret_token = STR_ABSENT;
	ret->id = ret->salt = ret->sha256 = ret->san = STR_ABSENT;
	if (str_present(r->san)) {
		ret->san = r->san;
		return true;
	}
	if (!str_present(id) || !str_present(salt) || !str_present(secret))
		return false;
	*ret_token = STR_CONCAT(r->arena, STR("callout_"), id, STR("_"), secret);
	ret->id = id;
	ret->salt = salt;
	ret->sha256 = sha256_of_bytes(r->arena, STR_CONCAT(r->arena, salt, *ret_token));
	return true;
}

/* There is no other copy of it: it is printed before the file knows it, so that none is valid that nobody has. */
static bool show(struct arena *arena, struct str token)
{
	if (file_write_all(STDOUT_FILENO, STR_CONCAT(arena, token, STR("\n"))))
		return true;
	fprintf(stderr,
	        "callout: cannot write the token to standard output: %s\n"
	        "The tokens file is as it was.\n",
	        strerror(errno));
	return false;
}

/* directory: of the file; -1 with error: there is none. */
static int add_token(struct request *r, int directory, int error)
{
	const struct principals *there = NULL;
	struct str               before = STR(""), token, text, why;
	struct principal         entry;
	struct diags             diags;
	int                      status;

	diags_init(&diags, r->arena);
	if (access(r->file.p, F_OK) == 0) {
		there = principals_read(r->arena, r->file, &diags);
		if (!there || !file_read(r->arena, r->file, LIMIT_DOCUMENT_BYTES, &before, &diags))
			return refuse(r->arena, &diags);
	}
	for (size_t i = 0; there && i < there->tokens.n; i++)
		if (str_eq(entry_of(there, i)->name, r->name))
			return usage("there is a token of this name already: ", r->name.p);
	if (!make_entry(r, &entry, &token)) {
		fputs("callout: the system gives no random bytes\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	text = text_with(r, there, before, &entry, &why);
	if (!str_present(text))
		return usage("not taken: ", str_copy(r->arena, why).p);
	if (str_present(token) && !show(r->arena, token))
		return EXIT_ENVIRONMENT;
	status = write_file(r, directory, error, text, &diags);
	if (status != EXIT_FINE && str_present(token))
		fputs("callout: the token that was printed is of no use\n", stderr);
	return status;
}

int token_command(struct arena *arena, int argc, char **argv)
{
	struct request r = { .arena = arena };
	int            status, directory;

	if (asks_for_help(argc, argv))
		return print_help();
	status = read_arguments(&r, argc, argv);
	if (status != EXIT_FINE)
		return status;
	directory = open_directory(&r);
	status = add_token(&r, directory, errno);
	if (directory >= 0)
		close(directory);
	return status;
}
