#include "serve/directory/directory_read.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "manifest/document_read.h"
#include "serve/documents/extract.h"
#include "serve/process/clock.h"

/* ---- which files ---- */

struct finding {
	struct arena           *arena;
	struct directory_files *files;
	struct diags           *diags;
	struct sha256          *sum;
	bool                    ok;
};

static void fail(struct finding *f, struct str path, int error)
{
	diag_add(f->diags, CO_CANNOT_READ, POS_NONE, ARGS(path, str_copy(f->arena, str_c(strerror(error)))));
	f->ok = false;
}

static void add_file(struct finding *f, struct str path, const struct stat *st)
{
	struct directory_files *files = f->files;

	if (files->n >= LIMIT_INPUTS) {
		diag_add(f->diags, CO_TOO_MANY_INPUTS, POS_NONE,
		         ARGS(str_from_uint(f->arena, LIMIT_INPUTS), STR("files")));
		f->ok = false;
		return;
	}
	files->paths = ARENA_LIST(f->arena, files->paths, files->n, &files->cap, struct str);
	files->paths[files->n++] = path;
	sha256_add(f->sum,
	           str_fmt(f->arena, "%llu %llu %lld %lld.%09ld %lld.%09ld ", (unsigned long long)st->st_dev,
	                   (unsigned long long)st->st_ino, (long long)st->st_size, (long long)st->st_mtim.tv_sec,
	                   st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec));
	sha256_add(f->sum, str_of(path.p, path.n + 1));
}

/* Links to files are followed (a mounted ConfigMap has no others), links to directories are not: they could lead round in
 * circles. */
static void walk(struct finding *f, struct str path, unsigned depth)
{
	struct str *names;
	size_t      n;

	if (depth > LIMIT_DIRECTORY_DEPTH) {
		fail(f, path, ELOOP);
		return;
	}
	if (!directory_names(f->arena, path, &names, &n)) {
		fail(f, path, errno);
		return;
	}
	for (size_t i = 0; i < n && f->ok; i++) {
		struct str  child = str_copy(f->arena, path_join(f->arena, path, names[i]));
		struct stat st;

		if (lstat(child.p, &st) != 0) {
			if (errno != ENOENT) /* who took it away since has woken the watch */
				fail(f, child, errno);
		} else if (S_ISDIR(st.st_mode)) {
			walk(f, child, depth + 1);
		} else if (document_name_is(names[i])) {
			if (S_ISLNK(st.st_mode) && stat(child.p, &st) != 0)
				fail(f, child, errno);
			else if (S_ISREG(st.st_mode))
				add_file(f, child, &st);
		}
	}
}

bool directory_files_find(struct arena *arena, struct str path, struct directory_files *ret, struct diags *diags)
{
	struct finding f = { arena, ret, diags, sha256_new(arena), true };

	*ret = (struct directory_files){ .directory = str_copy(arena, path) };
	walk(&f, ret->directory, 0);
	ret->print = sha256_text(arena, f.sum);
	return f.ok;
}

/* ---- into the store ---- */

/* A line that ends one document and begins another. YAML 1.2 9.1: at a line's beginning it is that everywhere. */
static bool is_mark(struct str bytes, size_t at)
{
	struct str line = str_slice(bytes, at, at + 4);

	return (str_has_prefix(line, STR("---")) || str_has_prefix(line, STR("..."))) &&
	       (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t' || line.p[3] == '\r' || line.p[3] == '\n');
}

/* The text of the document that holds the offset: of a file with several, each is stored by itself. */
static struct str document_around(struct str bytes, size_t offset)
{
	size_t begin = 0, end = bytes.n;

	for (size_t line = 0; line < bytes.n; line = str_find(bytes, '\n', line) + 1) {
		if (!is_mark(bytes, line))
			continue;
		if (line <= offset) {
			begin = line;
		} else {
			end = line;
			break;
		}
	}
	if (begin && bytes.p[begin] == '.') /* "..." belongs to the document before */
		begin = str_find(bytes, '\n', begin);
	return str_slice(bytes, begin, end);
}

/* JSON documents follow each other with nothing between them. */
static struct str json_document(struct str bytes, const struct node *root)
{
	const struct document *next = ((const struct document *)root)->next;

	return str_slice(bytes, root->offset, next ? next->root.offset : bytes.n);
}

static struct store_put put_of(struct documents *d, const struct manifest *m, unsigned extractor)
{
	const struct source *source = node_source(m->node);
	struct extract       extract = extract_build(d, m);
	bool                 json = documents_are_json(source);

	return (struct store_put){ .namespace = m->metadata->namespace,
		                   .name = m->metadata->name,
		                   .format = json ? STORE_JSON : STORE_YAML,
		                   .document = json ? json_document(source->bytes, m->node)
		                                    : document_around(source->bytes, m->node->offset),
		                   .hosts = extract.hosts,
		                   .n_hosts = extract.n_hosts,
		                   .claims = extract.claims,
		                   .n_claims = extract.n_claims,
		                   .extractor = extractor };
}

static void read_all(struct documents *d, const struct directory_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct source *source = source_read(d->arena, files->paths[i], LIMIT_INPUT_BYTES, &d->diags);

		if (source)
			documents_add(d, source, STR("default"), false);
	}
}

/* What was read is what lies there, and not a mix of before and after. */
static bool is_still(struct arena *arena, const struct directory_files *files)
{
	struct directory_files now;
	struct diags           ignored;

	diags_init(&ignored, arena);
	return directory_files_find(arena, files->directory, &now, &ignored) && str_eq(now.print, files->print);
}

static bool sync_store(struct service *service, struct documents *d, unsigned extractor, struct store_synced *ret)
{
	struct store_put *puts = ARENA_ARRAY(d->arena, d->inputs.n_manifests + 1, struct store_put);

	for (size_t i = 0; i < d->inputs.n_manifests; i++)
		puts[i] = put_of(d, d->inputs.manifests[i], extractor);
	return store_sync(service->store, puts, d->inputs.n_manifests, STR("directory"), clock_unix_ms(), ret,
	                  &d->diags);
}

enum directory_result directory_bring(struct service *service, struct arena *arena, struct arena *scratch,
                                      const struct settings *settings, const struct directory_files *files,
                                      struct store_synced *ret, struct diags *diags)
{
	struct documents d = { .arena = arena, .scratch = scratch };
	bool             ok;

	documents_begin(&d, settings);
	read_all(&d, files);
	if (!is_still(arena, files))
		return DIRECTORY_CHANGED;
	ok = documents_judge(&d, settings, STR_ABSENT) && d.diags.errors == 0 && d.readable &&
	     generation_check(&d.generation, NULL, NULL) && sync_store(service, &d, settings->extractor, ret);
	if (d.diags.n) /* else the list's end points into d */
		*diags = d.diags;
	return ok ? DIRECTORY_DONE : DIRECTORY_REFUSED;
}
