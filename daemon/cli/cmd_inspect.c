/* callout inspect: will Envoy load the module, and can it call? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/demand.h"
#include "manifest/module_url.h"
#include "report/modules.h"
#include "wasm/oci_layout.h"

struct inspection {
	struct run            *run;
	struct wasm_options    options;
	struct envoy_question  question;
	struct module_report **last;
};

/* ---- one module ---- */

static bool cannot_read(struct run *run, struct str path, int error)
{
	diag_add(&run->diags, CO_CANNOT_READ, POS_NONE, ARGS(path, str_copy(run->arena, str_c(strerror(error)))));
	return false;
}

static int open_module(struct run *run, struct str path)
{
	struct stat st;
	int         fd;

	if (str_is(path, "-"))
		return STDIN_FILENO;
	fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		cannot_read(run, path, errno);
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && !is_oci_layout(fd)) {
		diag_help(&run->diags, diag_add(&run->diags, CO_IS_DIRECTORY, POS_NONE, ARGS(path)),
		          "name the modules in it; a directory is read where it is an image in OCI layout", NO_ARGS);
		close(fd);
		return -1;
	}
	return fd;
}

/* A file is the module itself or holds it, a folder holds an image with it, whose digest goes to *image_digest; fd is closed or goes to the box.
 * False: a finding was added. */
static bool open_input(struct run *run, const struct source *source, int fd, struct wasm_box *ret,
                       struct str *image_digest)
{
	struct oci_image image;
	struct stat      st;
	const char      *fault;

	*ret = (struct wasm_box){ 0 };
	*image_digest = STR_ABSENT;
	if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) {
		wasm_input_fd(&ret->file, fd);
		return true;
	}
	fault = oci_layout_read(run->arena, fd, &image);
	close(fd);
	if (fault) {
		diag_add(&run->diags, CO_WASM_IMAGE, pos_at(source, 0, 0), ARGS(str_c(fault)));
		return false;
	}
	ret->file = image.module;
	ret->sealed = true;
	*image_digest = image.digest;
	return true;
}

/* ---- the manifest of a module ---- */

static bool is_same_file(const struct stat *a, const char *path)
{
	struct stat b;

	return stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

static bool names_file(struct run *run, const struct manifest *m, const struct stat *file)
{
	const struct filter *f = m->spec->filter;
	struct str           root = argument_str(run->arguments, OPTION_ROOT);

	if (!f || !f->wasm || !str_present(f->wasm->binary))
		return false;
	if (!str_present(root))
		root = path_directory(node_source(f->wasm->node)->name);
	return is_same_file(file, path_join(run->arena, root, f->wasm->binary).p);
}

/* The manifest whose `binary` is this file, else the only manifest; NULL when there is none or several. */
static const struct manifest *find_manifest(struct run *run, int fd)
{
	struct stat st;

	if (!run->sound || run->inputs.n_manifests == 0)
		return NULL;
	for (size_t i = 0; fstat(fd, &st) == 0 && i < run->inputs.n_manifests; i++)
		if (names_file(run, run->inputs.manifests[i], &st))
			return run->inputs.manifests[i];
	return run->inputs.n_manifests == 1 ? run->inputs.manifests[0] : NULL;
}

/* ---- checksums ---- */

/* Does Istio compare the checksum of the module itself? For oci:// it compares that of the image's manifest; that
 * of `binary` was checked with the manifest. */
static bool compares_module(const struct manifest *m)
{
	const struct wasm *w = m && m->spec->filter ? m->spec->filter->wasm : NULL;
	struct module_url  url;

	return w && !str_present(w->binary) && str_present(w->sha256) && !module_url_parse(w->url, &url) &&
	       (url.scheme == URL_HTTP || url.scheme == URL_HTTPS);
}

/* Is the checksum needed? It is computed only when it is printed or compared. */
static bool wants_sha256(struct run *run, const struct manifest *m)
{
	return compares_module(m) || run->arguments->options[OPTION_SHA256].n;
}

static void add_sha256(struct run *run, struct module_report *report, const struct manifest *m, struct wasm_box *box)
{
	report->sha256 = wasm_box_sha256(run->arena, box);
	if (!str_present(report->sha256))
		cannot_read(run, report->name, errno);
	else if (m && compares_module(m) && !str_eq(report->sha256, m->spec->filter->wasm->sha256))
		diag_at(&run->diags, CO_SHA256_DIFFERS, node_get(m->spec->filter->wasm->node, "sha256"),
		        ARGS(m->spec->filter->wasm->sha256, report->name, report->sha256));
}

/* ---- the report ---- */

static void add_report(struct inspection *in, const struct source *source, const struct wasm_module *module,
                       const struct demand *d, struct wasm_box *box, struct str image_digest)
{
	struct run           *run = in->run;
	struct module_report *report = ARENA_NEW(run->arena, struct module_report);

	run_add_source(run, source);
	report->name = source->name;
	report->image = image_digest;
	report->verdict = wasm_check(run->arena, module, d->manifest ? &d->wants : NULL);
	report->question = in->question;
	report->all_versions = run->arguments->options[OPTION_ALL_VERSIONS].n > 0;
	wasm_findings(report->verdict, &in->question, pos_at(source, 0, 0), &run->diags);
	wasm_box_finding(box, pos_at(source, 0, 0), &run->diags);
	module_add_call(run->arena, report, d->plan && d->plan->n_expected ? &d->plan->expected[0] : NULL);
	if (box->wants_sha256)
		add_sha256(run, report, d->manifest, box);
	*in->last = report;
	in->last = &report->next;
}

static void inspect_opened(struct inspection *in, struct str path, const struct source *source,
                           const struct demand *demand, struct wasm_box *box, struct str image_digest)
{
	struct run               *run = in->run;
	const struct wasm_module *module;

	box->wants_sha256 = wants_sha256(run, demand->manifest);
	wasm_box_open(run->arena, box);
	module = demand_read(run->arena, demand, in->options, box);
	if (module->error)
		cannot_read(run, path, module->error);
	else
		add_report(in, source, module, demand, box, image_digest);
	if (box->file.fd != STDIN_FILENO)
		close(box->file.fd);
}

static void inspect_file(struct inspection *in, struct str path)
{
	struct run          *run = in->run;
	struct arena_mark    mark = arena_mark(run->scratch);
	int                  fd = open_module(run, path);
	const struct source *source;
	struct demand        demand;
	struct wasm_box      box;
	struct str           image_digest;

	if (fd < 0)
		return;
	demand = demand_of(run, find_manifest(run, fd), PLAN_ALL, &run->diags);
	source = source_from_bytes(run->arena, str_is(path, "-") ? STR("<stdin>") : path, STR_ABSENT);
	if (open_input(run, source, fd, &box, &image_digest))
		inspect_opened(in, path, source, &demand, &box, image_digest);
	arena_reset(run->scratch, mark);
}

/* ---- the question ---- */

/* Which versions are asked about: those of the options, else of the mesh, else of the default mesh. False: a usage
 * error was printed. */
static bool read_question(struct inspection *in)
{
	const struct arguments *a = in->run->arguments;
	struct arena           *arena = in->run->arena;
	const char *istio = argument(a, OPTION_ISTIO_VERSION), *envoy = argument(a, OPTION_ENVOY_VERSION), *fault;
	bool        all = a->options[OPTION_ALL_VERSIONS].n > 0;

	if ((istio != NULL) + (envoy != NULL) + all > 1) {
		usage_error("inspect", "--istio-version, --envoy-version and --all-versions exclude each other");
		return false;
	}
	in->question = envoy_question_istio((struct version_range){ ISTIO_DEFAULT_LOWEST, ISTIO_NEWEST });
	if (all)
		in->question.asked = ENVOY_ALL;
	fault = istio   ? istio_question_parse(arena, str_c(istio), &in->question)
	        : envoy ? envoy_question_parse(arena, str_c(envoy), &in->question)
	                : NULL;
	if (!fault && istio && a->options[OPTION_FILE].n)
		return run_check_versions(in->run); /* manifests are judged, too */
	if (fault)
		usage_error("inspect", "--%s \"%s\" %s", istio ? "istio-version" : "envoy-version",
		            istio ? istio : envoy, fault);
	return !fault;
}

/* A version beyond the tables is judged as the newest of them, and that is said. */
static void note_newer(struct inspection *in)
{
	struct run *run = in->run;

	if (str_present(in->question.newer))
		diag_add(&run->diags, CO_WASM_VERSION_NEWER, POS_NONE,
		         ARGS(in->question.newer,
		              envoy_set_text(run->arena, envoy_since(ENVOY_NEWEST), in->question.by_envoy)));
}

/* ---- manifests ---- */

static void read_manifests(struct inspection *in)
{
	struct run *run = in->run;

	if (run->arguments->options[OPTION_FILE].n == 0)
		return;
	run->inspects = true;
	run_load(run);
	if (run->mesh && !argument(run->arguments, OPTION_ISTIO_VERSION) &&
	    !argument(run->arguments, OPTION_ENVOY_VERSION) && !run->arguments->options[OPTION_ALL_VERSIONS].n)
		in->question = envoy_question_istio(run->mesh->versions);
}

/* ---- printing ---- */

static void write_json(struct buf *b, const struct module_report *reports)
{
	struct json_writer w;

	json_writer_init(&w, b, 2);
	json_open(&w, '{');
	json_member_string(&w, "apiVersion", STR(CALLOUT_API_VERSION));
	json_member_string(&w, "kind", STR("ModuleList"));
	json_key(&w, STR("modules"));
	json_open(&w, '[');
	for (const struct module_report *r = reports; r; r = r->next)
		module_write_json(&w, r, true);
	json_close(&w, ']');
	json_close(&w, '}');
	buf_char(b, '\n');
}

static void write_text(struct buf *b, const struct module_report *reports)
{
	for (const struct module_report *r = reports; r; r = r->next) {
		module_write_text(b, r);
		if (r->all_versions)
			module_write_matrix(b, r);
		if (r->next)
			buf_char(b, '\n');
	}
}

static bool print_reports(struct run *run, bool json)
{
	struct buf b;

	buf_init(&b, run->arena, LIMIT_LISTING_BYTES);
	if (json)
		write_json(&b, run->modules);
	else
		write_text(&b, run->modules);
	return print_output(buf_str(&b));
}

enum exit_status cmd_inspect(struct arena *arena, const struct arguments *arguments)
{
	const char       *format = argument(arguments, OPTION_OUTPUT);
	bool              json = format && strcmp(format, "json") == 0;
	struct run        run;
	struct inspection in = { .run = &run, .last = &run.modules };

	if (!run_prepare(&run, arena, arguments, "inspect") || !read_question(&in))
		return EXIT_USAGE;
	if (format && !json && strcmp(format, "text") != 0)
		return usage_error("inspect", "-o does not know \"%s\": text or json", format);
	if (arguments->n_operands == 0)
		return usage_error("inspect", "no module is given: callout inspect FILE.wasm…");
	in.options.max_bytes = LIMIT_MODULE_BYTES;
	in.options.max_code_bytes = arguments->options[OPTION_CODE].n ? LIMIT_MODULE_BYTES : LIMIT_CODE_BYTES;
	read_manifests(&in);
	note_newer(&in);
	for (size_t i = 0; i < arguments->n_operands; i++)
		inspect_file(&in, str_c(arguments->operands[i]));
	return run_finish(&run, print_reports(&run, json));
}
