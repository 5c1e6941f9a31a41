/* Files that a manifest names: modules are hashed and looked at, scripts are read. The plan itself reads nothing. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "cli/demand.h"
#include "cli/report_file.h"
#include "manifest/module_url.h"
#include "wasm/oci_layout.h"

static void refuse(struct run *run, enum diag_code code, const struct node *n, const struct str *values, size_t count)
{
	diag_at(&run->diags, code, n, values, count);
	run->sound = false;
}

/* Adds the finding for a file that could not be opened: an input error where the author of the manifest can mend
 * it (it is not there, it lies outside), else an error of the environment. */
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

/* A report would replace a file that the manifest names: then no report is written to a file at all. */
static void refuse_overwritten(struct run *run, const struct node *n, const char *field, const char *why)
{
	refuse(run, CO_FILE_OUTSIDE, n, ARGS(str_c(field), node_text(n), str_c(why)));
	run->withheld = true;
}

/* Would a report take the place of a file in the directory that the node names beneath root? */
static bool holds_report(struct run *run, struct str root, struct str name)
{
	struct str path = path_join(run->arena, root.n ? root : STR("."), name);

	return report_file_within(run->arguments, str_copy(run->arena, path).p) != NULL;
}

/* Files are looked up beneath the manifest's directory; from standard input only beneath --root. A descriptor of a regular
 * file, or of a directory where one is taken; -1: a finding was added. */
static int open_named(struct run *run, const struct node *n, const char *field, bool directory_too, struct stat *st)
{
	const struct source *source = node_source(n);
	struct str           root = argument_str(run->arguments, OPTION_ROOT), name = node_text(n);
	int                  fd;

	if (!str_present(root) && str_is(source->name, "<stdin>")) {
		refuse(run, CO_FILE_OUTSIDE, n,
		       ARGS(str_c(field), name,
		            STR("cannot be looked up: give --root for manifests on standard input")));
		return -1;
	}
	if (!str_present(root))
		root = path_directory(source->name);
	fd = path_open_beneath(run->arena, root, name);
	if (fd < 0) {
		cannot_open(run, n, field, name, errno);
		return -1;
	}
	if (fstat(fd, st) != 0)
		cannot_open(run, n, field, name, errno);
	else if (report_file_is(run->arguments, st))
		refuse_overwritten(run, n, field, "is the file that a report or the output goes to");
	else if (directory_too && S_ISDIR(st->st_mode) && holds_report(run, root, name))
		refuse_overwritten(run, n, field, "holds the file that a report goes to");
	else if (S_ISREG(st->st_mode) || (directory_too && S_ISDIR(st->st_mode)))
		return fd;
	else
		refuse(run, CO_FILE_OUTSIDE, n, ARGS(str_c(field), name, STR("is not a regular file")));
	close(fd);
	return -1;
}

static bool read_named(struct run *run, struct arena *arena, const struct node *n, const char *field, size_t cap,
                       struct str *ret)
{
	struct stat   st;
	int           fd = open_named(run, n, field, false, &st);
	struct diag **end;
	bool          ok;

	if (fd < 0)
		return false;
	end = run->diags.last;
	ok = file_read_fd(arena, fd, node_text(n), cap, ret, &run->diags);
	close(fd);
	if (ok)
		return true;
	if (*end) { /* the manifest is where the author looks */
		(*end)->pos = node_pos(n);
		diag_set_path(*end, node_path(run->arena, n));
	}
	run->sound = false;
	return false;
}

/* ---- the module ---- */

static bool is_of_scheme(const struct wasm *w, bool oci)
{
	struct module_url url;

	return str_present(w->url) && !module_url_parse(w->url, &url) &&
	       (oci ? url.scheme == URL_OCI : url.scheme == URL_HTTP || url.scheme == URL_HTTPS);
}

/* What keeps the module from loading where the mesh runs, as findings at `binary`. */
static void judge_module(struct run *run, const struct demand *d, const struct node *n,
                         const struct wasm_module *module)
{
	struct envoy_question question = envoy_question_istio(
		run->mesh ? run->mesh->versions : (struct version_range){ ISTIO_DEFAULT_LOWEST, ISTIO_NEWEST });
	const struct wasm_verdict *v = wasm_check(run->scratch, module, &d->wants);
	uint32_t                   bad = question.asked & ~v->loads;

	if (bad)
		refuse(run, CO_BINARY_INVALID, n,
		       ARGS(node_text(n), v->loads ? envoy_set_text(run->arena, bad, false) : STR("any version")));
	wasm_findings(v, &question, node_pos(n), &run->diags);
}

static void inspect_box(struct run *run, const struct manifest *m, const struct node *n, struct wasm_box *box)
{
	const struct wasm_options options = { .max_bytes = LIMIT_MODULE_BYTES, .max_code_bytes = LIMIT_CODE_BYTES };
	struct diags              unsaid; /* what the plan says is said when it is used */
	struct demand             d;
	const struct wasm_module *module;

	diags_init(&unsaid, run->scratch);
	d = demand_of(run, m, 0, &unsaid);
	wasm_box_open(run->scratch, box);
	module = demand_read(run->scratch, &d, options, box);
	if (module->error) {
		cannot_open(run, n, "binary", node_text(n), module->error);
		return;
	}
	judge_module(run, &d, n, module);
	if (box->fault) /* a box that the agent opens is what the author wants */
		wasm_box_finding(box, node_pos(n), &run->diags);
}

/* A directory is an image in OCI layout, whose digest is what Istio compares for oci://. */
static bool open_image(struct run *run, const struct node *n, int directory, struct oci_image *ret)
{
	const char *fault = is_oci_layout(directory) ? oci_layout_read(run->scratch, directory, ret)
	                                             : "it is a folder, and none of the OCI image layout";

	if (fault) {
		refuse(run, CO_BINARY_INVALID, n, ARGS(node_text(n), STR("any version")));
		diag_at(&run->diags, CO_WASM_IMAGE, n, ARGS(str_c(fault)));
	}
	return !fault;
}

static void load_image(struct run *run, struct manifest *m, const struct node *n, int directory)
{
	struct oci_image image;

	if (!open_image(run, n, directory, &image))
		return;
	m->artifacts.has_binary = true;
	if (is_of_scheme(m->spec->filter->wasm, true))
		m->artifacts.binary_sha256 = str_copy(run->arena, image.digest);
	close(image.module.fd);
}

/* What Istio compares for http and https. Absent: errno tells why. */
static struct str sha256_of_module(struct run *run, int fd)
{
	struct wasm_box box = { .wants_sha256 = true };

	wasm_input_fd(&box.file, fd);
	wasm_box_open(run->scratch, &box);
	return wasm_box_sha256(run->arena, &box);
}

static void load_binary(struct run *run, struct manifest *m, const struct wasm *w)
{
	const struct node *n = node_get(w->node, "binary");
	struct arena_mark  mark = arena_mark(run->scratch);
	struct stat        st;
	int                fd = str_present(w->binary) ? open_named(run, n, "binary", true, &st) : -1;

	if (fd < 0)
		return;
	m->artifacts.has_binary = S_ISREG(st.st_mode);
	if (S_ISDIR(st.st_mode)) {
		load_image(run, m, n, fd);
	} else if (is_of_scheme(w, false) && st.st_size <= (off_t)LIMIT_MODULE_BYTES) {
		m->artifacts.binary_sha256 = sha256_of_module(run, fd);
		if (!str_present(m->artifacts.binary_sha256))
			cannot_open(run, n, "binary", w->binary, errno);
	} else if (is_of_scheme(w, true) && !str_present(w->sha256) && str_find_str(w->url, STR("@"), 0) == w->url.n) {
		diag_at(&run->diags, CO_IMAGE_DIGEST, n, ARGS(w->binary));
	}
	close(fd);
	arena_reset(run->scratch, mark);
}

static void inspect_binary(struct run *run, const struct manifest *m)
{
	const struct wasm *w = m->spec->filter->wasm;
	const struct node *n = node_get(w->node, "binary");
	struct arena_mark  mark = arena_mark(run->scratch);
	struct oci_image   image = { .module.fd = -1 };
	struct wasm_box    box = { .sealed = !is_of_scheme(w, false) };
	struct stat        st;
	struct str         root = argument_str(run->arguments, OPTION_ROOT);
	int fd = path_open_beneath(run->arena, str_present(root) ? root : path_directory(node_source(n)->name),
	                           w->binary);

	if (fd < 0 || fstat(fd, &st) != 0) {
		cannot_open(run, n, "binary", w->binary, errno);
	} else if (!S_ISDIR(st.st_mode)) {
		wasm_input_fd(&box.file, fd);
		inspect_box(run, m, n, &box);
	} else if (open_image(run, n, fd, &image)) {
		box = (struct wasm_box){ .file = image.module, .sealed = true };
		inspect_box(run, m, n, &box);
		close(image.module.fd);
	}
	if (fd >= 0)
		close(fd);
	arena_reset(run->scratch, mark);
}

/* ---- scripts ---- */

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

void artifacts_inspect(struct run *run)
{
	for (size_t i = 0; i < run->inputs.n_manifests; i++)
		if (run->inputs.manifests[i]->artifacts.has_binary)
			inspect_binary(run, run->inputs.manifests[i]);
}
