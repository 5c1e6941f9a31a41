/* What is reported of a module to people: the answer, the facts behind it, and a line for each version. */
#include "base/arena.h"
#include "report/modules.h"
#include "wasm/cause.h"

/* How many imports some of these releases do not offer. */
static size_t count_missing(const struct module_report *r, uint32_t releases)
{
	size_t n = 0;

	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		n += str_present(p->import) && p->releases & releases;
	return n;
}

/* ---- the answer ---- */

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
	if (module_fails(r, r->question.asked))
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
	size_t     missing = count_missing(r, r->question.asked);
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
	if (module_loads(r))
		write_good_answer(b, r);
	else
		write_bad_answer(b, r);
	buf_char(b, '\n');
	write_facts(b, r);
	write_call(b, r->call);
}

/* ---- the matrix ---- */

/* "3 imports missing, 1 other reason" */
static void write_reasons(struct buf *b, const struct module_report *r, uint32_t release)
{
	size_t missing = count_missing(r, release), others = 0;

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
		        module_verdict_word(r, release));
		write_reasons(b, r, release);
		while (b->n && b->p[b->n - 1] == ' ')
			b->n--;
		buf_char(b, '\n');
	}
}
