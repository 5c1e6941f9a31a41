/* The member "modules" of a report. */
#include "base/arena.h"
#include "report/modules.h"
#include "wasm/cause.h"
#include "wasm/host_functions.h"

static void write_missing(struct json_writer *w, const struct module_report *r)
{
	json_key(w, STR("missingImports"));
	json_open(w, '[');
	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		if (str_present(p->import) && p->releases & r->question.asked)
			json_string(w, p->import);
	json_close(w, ']');
}

static void write_causes(struct json_writer *w, const struct module_report *r)
{
	json_key(w, STR("causes"));
	json_open(w, '[');
	for (const struct cause_found *f = causes_find(w->out->arena, r->verdict, r->question.asked); f; f = f->next) {
		json_open(w, '{');
		json_member_string(w, "what", str_c(f->cause->what));
		json_member_string(w, "why", str_c(f->cause->why));
		json_member_string(w, "instead", str_c(f->cause->instead));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_toolchain(struct json_writer *w, const struct toolchain *t)
{
	json_key(w, STR("toolchain"));
	json_open(w, '{');
	json_member_string(w, "name", toolchain_text(w->out->arena, &(struct toolchain){ .tool = t->tool }));
	json_member_or_null(w, "version", t->version);
	json_member_or_null(w, "sdk", str_c(t->sdk));
	json_close(w, '}');
}

static struct str minor_text(struct arena *arena, int minor)
{
	return str_fmt(arena, "1.%d", minor);
}

static void write_versions(struct json_writer *w, const struct module_report *r)
{
	json_key(w, STR("versions"));
	json_open(w, '[');
	for (unsigned i = 0; i < ENVOY_RELEASES; i++) {
		json_open(w, '{');
		json_member_string(w, "istio", minor_text(w->out->arena, envoy_table[i].istio));
		json_member_string(w, "envoy", minor_text(w->out->arena, envoy_table[i].minor));
		json_member_string(w, "verdict", str_c(module_verdict_word(r, UINT32_C(1) << i)));
		json_member_or_null(w, "envoyLog", wasm_first_log(r->verdict, UINT32_C(1) << i));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_type(struct json_writer *w, const struct wasm_type *type)
{
	if (type)
		json_member_string(w, "type", wasm_type_text(w->out->arena, type));
}

static void write_imports(struct json_writer *w, const struct wasm_module *m)
{
	json_key(w, STR("imports"));
	json_open(w, '[');
	for (size_t i = 0; i < m->imports.n; i++) {
		const struct wasm_import *import = wasm_import_at(m, i);

		json_open(w, '{');
		json_member_string(w, "module", import->module);
		json_member_string(w, "name", import->name);
		json_member_string(w, "kind", str_c(wasm_kind_words[import->kind]));
		if (import->kind == WASM_FUNCTION)
			write_type(w, wasm_module_type(m, import->type));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_exports(struct json_writer *w, const struct wasm_module *m)
{
	json_key(w, STR("exports"));
	json_open(w, '[');
	for (size_t i = 0; i < m->exports.n; i++) {
		const struct wasm_export *e = wasm_export_at(m, i);

		json_open(w, '{');
		json_member_string(w, "name", e->name);
		json_member_string(w, "kind", str_c(wasm_kind_words[e->kind]));
		if (e->kind == WASM_FUNCTION)
			write_type(w, wasm_function_type(m, e->index));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static const char *const name_words[NAME_KINDS] = { "cluster", "otherCluster", "format", "url" };

static void write_found_names(struct json_writer *w, const struct found_names *names)
{
	json_key(w, STR("names"));
	json_open(w, '[');
	for (const struct found_name *n = names->first; n; n = n->next) {
		json_open(w, '{');
		json_member_string(w, "kind", str_c(name_words[n->kind]));
		json_member_string(w, "text", n->text);
		json_member_string(w, "encoding", n->wide ? STR("UTF-16LE") : STR("UTF-8"));
		json_member_int(w, "offset", (int64_t)n->at);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_calls(struct json_writer *w, const struct wasm_verdict *v)
{
	json_key(w, STR("calls"));
	json_open(w, '[');
	if (v->calls_http)
		json_string(w, STR("http"));
	if (v->calls_grpc)
		json_string(w, STR("grpc"));
	json_close(w, ']');
}

void module_write_json(struct json_writer *w, const struct module_report *r, bool full)
{
	const struct wasm_verdict *v = r->verdict;
	struct arena              *arena = w->out->arena;

	json_open(w, '{');
	json_member_string(w, "source", r->name);
	json_key(w, STR("loads"));
	json_bool(w, module_loads(r));
	json_member_string(w, "verdict", str_c(module_verdict_word(r, r->question.asked)));
	json_member_or_null(w, "lowestIstio",
	                    v->loads ? minor_text(arena, envoy_table[envoy_lowest(v->loads)].istio) : STR_ABSENT);
	json_member_string(w, "asked", envoy_set_text(arena, r->question.asked, r->question.by_envoy));
	json_member_string(w, "loadsOn", envoy_set_text_open(arena, v->loads, r->question.by_envoy));
	write_missing(w, r);
	write_causes(w, r);
	if (str_present(r->call))
		json_member_string(w, "call", r->call);
	json_member_or_null(w, "envoyLog", wasm_first_log(v, r->question.asked));
	json_member_or_null(w, "abi", str_c(v->abi_text));
	write_toolchain(w, &v->toolchain);
	write_calls(w, v);
	if (v->module->names)
		write_found_names(w, v->module->names);
	json_member_int(w, "bytes", (int64_t)v->module->size);
	if (str_present(r->image))
		json_member_string(w, "image", STR_CONCAT(arena, STR("sha256:"), r->image));
	if (str_present(r->sha256))
		json_member_string(w, "sha256", r->sha256);
	if (r->all_versions)
		write_versions(w, r);
	if (full) {
		write_imports(w, v->module);
		write_exports(w, v->module);
	}
	json_close(w, '}');
}
