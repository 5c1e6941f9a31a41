/* Files that a manifest names: modules are hashed and looked at, scripts are read. The plan itself reads nothing. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "cli/run.h"

static void refuse(struct run *run, enum diag_code code, const struct node *n, const struct str *values, size_t count)
{
	diag_at(&run->diags, code, n, values, count);
	run->sound = false;
}

/* What the author of the manifest can mend is refused; the rest is the system's. */
static void cannot_open(struct run *run, const struct node *n, const char *field, struct str name, int error)
{
	struct str why = str_copy(run->arena, str_c(strerror(error)));

	if (error == EXDEV)
		refuse(run, CO_FILE_OUTSIDE, n,
		       ARGS(str_c(field), name, STR("is not beneath the manifest's directory")));
	else if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG)
		refuse(run, CO_FILE_OUTSIDE, n,
		       ARGS(str_c(field), name, STR_CONCAT(run->arena, STR("cannot be read: "), why)));
	else
		refuse(run, CO_CANNOT_READ, n, ARGS(name, why));
}

/* Files are looked up beneath the manifest's directory; from standard input only beneath --root. */
static bool read_named(struct run *run, struct arena *arena, const struct node *n, const char *field, size_t cap,
                       struct str *ret)
{
	const struct source *source = node_source(n);
	struct str           root = argument_str(run->arguments, OPTION_ROOT), name = node_text(n);
	struct stat          st;
	bool                 ok;
	int                  fd;

	if (!str_present(root) && str_is(source->name, "<stdin>")) {
		refuse(run, CO_FILE_OUTSIDE, n,
		       ARGS(str_c(field), name,
		            STR("cannot be looked up: give --root for manifests on standard input")));
		return false;
	}
	fd = path_open_beneath(run->arena, str_present(root) ? root : path_directory(source->name), name);
	if (fd < 0) {
		cannot_open(run, n, field, name, errno);
		return false;
	}
	if (fstat(fd, &st) != 0) {
		cannot_open(run, n, field, name, errno);
		close(fd);
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		refuse(run, CO_FILE_OUTSIDE, n, ARGS(str_c(field), name, STR("is not a regular file")));
		close(fd);
		return false;
	}
	ok = file_read_fd(arena, fd, name, cap, ret, &run->diags);
	close(fd);
	if (!ok)
		run->sound = false;
	return ok;
}

/* istio-agent's own test of what it downloaded: the magic number and at least 8 bytes; and Envoy's: version 1. */
static const char *module_fault(struct str bytes)
{
	if (bytes.n < 8)
		return "it has fewer than 8 bytes";
	if (memcmp(bytes.p, "\0asm", 4) != 0)
		return "it does not begin with the magic number of WebAssembly";
	if (memcmp(bytes.p + 4, "\x0d\0\1\0", 4) == 0)
		return "it is a WebAssembly component, not a core module";
	if (memcmp(bytes.p + 4, "\1\0\0\0", 4) != 0)
		return "its version of WebAssembly is not 1";
	return NULL;
}

static void load_binary(struct run *run, struct manifest *m, const struct wasm *w)
{
	const struct node *n = node_get(w->node, "binary");
	struct arena_mark  mark = arena_mark(run->scratch);
	const char        *fault;
	struct str         bytes;

	if (str_present(w->binary) && read_named(run, run->scratch, n, "binary", LIMIT_MODULE_BYTES, &bytes)) {
		fault = module_fault(bytes);
		if (fault)
			refuse(run, CO_BINARY_INVALID, n, ARGS(w->binary, str_c(fault)));
		else
			m->artifacts.binary_sha256 = sha256_of_bytes(run->arena, bytes);
	}
	arena_reset(run->scratch, mark);
}

static void load_lua(struct run *run, struct manifest *m, const struct lua *lua)
{
	const struct node *n = node_get(lua->node, "file");
	struct str         code;
	bool               ascii;

	if (!str_present(lua->file) || !read_named(run, run->arena, n, "lua.file", LIMIT_LUA_BYTES, &code))
		return;
	if (utf8_valid_prefix(code, &ascii) < code.n || str_find(code, 0, 0) < code.n)
		refuse(run, CO_FILE_OUTSIDE, n, ARGS(STR("lua.file"), lua->file, STR("is not UTF-8 text")));
	else if (code.n == 0)
		refuse(run, CO_EMPTY_VALUE, n, ARGS(STR("the script")));
	else
		m->artifacts.lua_code = code;
}

void artifacts_load(struct run *run)
{
	for (size_t i = 0; i < run->inputs.n_manifests; i++) {
		struct manifest *m = run->inputs.manifests[i];

		if (!m->metadata || !m->spec || !m->spec->filter)
			continue;
		if (m->spec->filter->wasm)
			load_binary(run, m, m->spec->filter->wasm);
		if (m->spec->filter->lua)
			load_lua(run, m, m->spec->filter->lua);
	}
}
