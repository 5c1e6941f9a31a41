#include "report/modules.h"

#include "base/arena.h"
#include "report/snippet.h"
#include "wasm/cause.h"
#include "wasm/host_functions.h"

/* ---- what the verdict comes to ---- */

static bool loads(const struct module_report *r)
{
	return (r->question.asked & ~r->verdict->loads) == 0;
}

static bool has_class(const struct module_report *r, uint32_t releases, enum wasm_class class)
{
	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		if (p->class == class && p->releases & releases)
			return true;
	return false;
}

static const char *verdict_word(const struct module_report *r, uint32_t releases)
{
	if (releases & r->verdict->crashes)
		return "crashes";
	if (releases & ~r->verdict->loads)
		return "refused";
	return has_class(r, releases, WASM_FAILS) ? "fails" : "loads";
}

/* Of the Envoy versions that were asked for, those that do not offer the import. */
static uint32_t missing_on(const struct module_report *r, const struct wasm_problem *p)
{
	return str_present(p->import) ? p->releases & r->question.asked : 0;
}

static size_t count_missing(const struct module_report *r)
{
	size_t n = 0;

	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		n += missing_on(r, p) != 0;
	return n;
}

/* ---- the way out ---- */

static bool should_call_through_envoy(struct arena *arena, const struct module_report *r)
{
	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		if ((p->code == CO_WASM_NO_NETWORK || p->code == CO_WASM_NO_CALLOUT) && p->releases & r->question.asked)
			return true;
	for (const struct cause_found *f = causes_find(arena, r->verdict, r->question.asked); f; f = f->next)
		if (f->cause->callout)
			return true;
	return false;
}

void module_add_call(struct arena *arena, struct module_report *r, const struct expected_cluster *cluster)
{
	struct buf b;

	if (!should_call_through_envoy(arena, r))
		return;
	buf_init(&b, arena, 64 * KIB);
	snippet_write_for(&b, r->verdict->toolchain.language, cluster);
	while (b.n && b.p[b.n - 1] == '\n')
		b.n--;
	r->call = buf_str(&b);
}

/* ---- text ---- */

static void write_bad_answer(struct buf *b, const struct module_report *r)
{
	const struct wasm_verdict *v = r->verdict;
	bool                       by_envoy = r->question.by_envoy;
	uint32_t                   bad = r->question.asked & ~v->loads, crashes = bad & v->crashes;

	buf_add(b, crashes ? STR("crashes the proxy on ") : STR("will not load on "));
	buf_add(b, envoy_set_text(b->arena, crashes ? crashes : bad, by_envoy));
	if (crashes && bad & ~crashes) {
		buf_lit(b, ", will not load on ");
		buf_add(b, envoy_set_text(b->arena, bad & ~crashes, by_envoy));
	}
	if (v->loads) {
		buf_lit(b, "; loads on ");
		buf_add(b, envoy_set_text_open(b->arena, v->loads, by_envoy));
	} else {
		buf_add(b, crashes ? STR("; loads on no other version") : STR(", nor on any other version"));
	}
}

static void write_good_answer(struct buf *b, const struct module_report *r)
{
	const struct wasm_verdict *v = r->verdict;
	bool                       by_envoy = r->question.by_envoy;

	buf_lit(b, "loads on ");
	buf_add(b, envoy_set_text_open(b->arena, v->loads, by_envoy));
	if (v->loads != ENVOY_ALL) {
		buf_lit(b, "; not on ");
		buf_add(b, envoy_set_text(b->arena, ENVOY_ALL & ~v->loads, by_envoy));
	}
	if (has_class(r, r->question.asked, WASM_FAILS))
		buf_lit(b, "; but see the warnings");
}

static void write_fact(struct buf *b, const char *label, struct str text)
{
	buf_fmt(b, "  %-11s ", label);
	buf_add(b, text);
	buf_char(b, '\n');
}

static struct str toolchain_fact(struct arena *arena, const struct toolchain *t)
{
	struct str text = toolchain_text(arena, t);

	if (t->evidence)
		text = STR_CONCAT(arena, text, STR(" ("), str_c(t->evidence), STR(")"));
	if (t->sdk)
		text = STR_CONCAT(arena, text, STR(", SDK "), str_c(t->sdk));
	return text;
}

static struct str imports_fact(struct arena *arena, const struct module_report *r)
{
	size_t     missing = count_missing(r);
	struct str text = str_from_uint(arena, r->verdict->module->imports.n);

	if (missing)
		text = STR_CONCAT(arena, text, STR(", of which Envoy lacks "), str_from_uint(arena, missing));
	return text;
}

static struct str callouts_fact(const struct wasm_verdict *v)
{
	if (v->calls_http)
		return v->calls_grpc ? STR("HTTP and gRPC") : STR("HTTP");
	return v->calls_grpc ? STR("gRPC") : STR("cannot: it imports neither proxy_http_call nor proxy_grpc_*");
}

static void write_names(struct buf *b, const struct found_names *names)
{
	for (const struct found_name *n = names ? names->first : NULL; n; n = n->next)
		if (n->kind == NAME_CLUSTER)
			write_fact(b, "names", n->wide ? STR_CONCAT(b->arena, n->text, STR(" (UTF-16)")) : n->text);
}

static void write_facts(struct buf *b, const struct module_report *r)
{
	const struct wasm_verdict *v = r->verdict;
	const struct wasm_module  *m = v->module;
	struct str                 log = wasm_first_log(v, r->question.asked);

	if (!m->other_kind && !m->fault && !m->too_large) {
		write_fact(b, "built with", toolchain_fact(b->arena, &v->toolchain));
		write_fact(b, "ABI", v->abi_text ? str_c(v->abi_text) : STR("none that Envoy knows"));
		write_fact(b, "imports", imports_fact(b->arena, r));
		write_fact(b, "calls out", callouts_fact(v));
	}
	if (str_present(r->image))
		write_fact(b, "image", STR_CONCAT(b->arena, STR("sha256:"), r->image));
	if (str_present(r->sha256))
		write_fact(b, "sha256", r->sha256);
	if (str_present(log))
		write_fact(b, "Envoy logs", log);
	write_names(b, m->names);
	for (const struct cause_found *f = causes_find(b->arena, v, r->question.asked); f; f = f->next) {
		write_fact(b, "because of",
		           STR_CONCAT(b->arena, str_c(f->cause->what), STR(": "), str_c(f->cause->why)));
		write_fact(b, "instead", str_c(f->cause->instead));
	}
}

static void write_call(struct buf *b, struct str call)
{
	struct str rest = call, line;

	if (!str_present(call))
		return;
	buf_char(b, '\n');
	while (rest.p) {
		rest = str_cut(rest, '\n', &line);
		if (line.n)
			buf_fill(b, ' ', 6);
		buf_add(b, line);
		buf_char(b, '\n');
	}
}

void module_write_text(struct buf *b, const struct module_report *r)
{
	buf_add(b, r->name);
	buf_lit(b, ": ");
	if (loads(r))
		write_good_answer(b, r);
	else
		write_bad_answer(b, r);
	buf_char(b, '\n');
	write_facts(b, r);
	write_call(b, r->call);
}

/* ---- the matrix ---- */

/* "3 imports missing", else the first finding's text. */
static void write_reasons(struct buf *b, const struct module_report *r, uint32_t release)
{
	struct module_report alone = *r;
	size_t               missing, others = 0;

	alone.question.asked = release;
	missing = count_missing(&alone);
	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		others += p->class <= WASM_REFUSED && p->releases & release && !str_present(p->import);
	if (missing)
		buf_fmt(b, "%zu import%s missing", missing, missing == 1 ? "" : "s");
	if (others)
		buf_fmt(b, "%s%zu other reason%s", missing ? ", " : "", others, others == 1 ? "" : "s");
}

void module_write_matrix(struct buf *b, const struct module_report *r)
{
	buf_lit(b, "\n  ISTIO  ENVOY  VERDICT  WHY\n");
	for (unsigned i = 0; i < ENVOY_RELEASES; i++) {
		uint32_t release = UINT32_C(1) << i;

		buf_fmt(b, "  1.%d   1.%d   %-7s  ", envoy_table[i].istio, envoy_table[i].minor,
		        verdict_word(r, release));
		write_reasons(b, r, release);
		while (b->n && b->p[b->n - 1] == ' ')
			b->n--;
		buf_char(b, '\n');
	}
}

/* ---- json ---- */

static void string_or_null(struct json_writer *w, const char *key, struct str s)
{
	json_key(w, str_c(key));
	if (str_present(s))
		json_string(w, s);
	else
		json_plain(w, STR("null"));
}

static void write_missing(struct json_writer *w, const struct module_report *r)
{
	json_key(w, STR("missingImports"));
	json_open(w, '[');
	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		if (missing_on(r, p))
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
	string_or_null(w, "version", t->version);
	string_or_null(w, "sdk", str_c(t->sdk));
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
		json_member_string(w, "verdict", str_c(verdict_word(r, UINT32_C(1) << i)));
		string_or_null(w, "envoyLog", wasm_first_log(r->verdict, UINT32_C(1) << i));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static const char *const kind_words[] = { "function", "table", "memory", "global", "tag" };

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
		json_member_string(w, "kind", str_c(kind_words[import->kind]));
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
		json_member_string(w, "kind", str_c(kind_words[e->kind]));
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
	json_bool(w, loads(r));
	json_member_string(w, "verdict", str_c(verdict_word(r, r->question.asked)));
	string_or_null(w, "lowestIstio",
	               v->loads ? minor_text(arena, envoy_table[envoy_lowest(v->loads)].istio) : STR_ABSENT);
	json_member_string(w, "asked", envoy_set_text(arena, r->question.asked, r->question.by_envoy));
	json_member_string(w, "loadsOn", envoy_set_text_open(arena, v->loads, r->question.by_envoy));
	write_missing(w, r);
	write_causes(w, r);
	if (str_present(r->call))
		json_member_string(w, "call", r->call);
	string_or_null(w, "envoyLog", wasm_first_log(v, r->question.asked));
	string_or_null(w, "abi", str_c(v->abi_text));
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
