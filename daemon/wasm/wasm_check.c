#include "wasm/wasm_check.h"

#include "wasm/cause.h"
#include "wasm/checking.h"

/* ---- the whole ---- */

/* Which problem does each release meet first? By stage; within one by the order of the module, in which they were found.
 * A crash counts only where Envoy gets that far. */
static void find_first(struct wasm_verdict *v)
{
	for (unsigned i = 0; i < ENVOY_RELEASES; i++) {
		struct wasm_problem *first = NULL;

		for (struct wasm_problem *p = v->problems; p; p = p->next)
			if (problem_stops(p) && p->releases >> i & 1 && (!first || p->stage < first->stage))
				first = p;
		if (!first)
			continue;
		first->first |= UINT32_C(1) << i;
		if (first->class == WASM_CRASHES)
			v->crashes |= UINT32_C(1) << i;
	}
}

const struct wasm_verdict *wasm_check(struct arena *arena, const struct wasm_module *m, const struct wasm_wants *wants)
{
	struct wasm_verdict *v = ARENA_NEW(arena, struct wasm_verdict);
	struct checking      c = { .arena = arena, .m = m, .wants = wants, .verdict = v, .last = &v->problems };

	v->module = m;
	check_format(&c);
	if (!m->other_kind && !m->fault && !m->error && !m->too_large) {
		v->toolchain = toolchain_of(m);
		check_abi(&c);
		check_features(&c);
		check_operands(&c);
		check_listed_imports(
			&c); /* before those that are met later: what comes behind LIMIT_WASM_PROBLEMS is lost */
		check_imports(&c);
		check_memory(&c);
		check_listed_exports(&c);
		check_exports(&c);
		check_start(&c);
		check_callouts(&c);
		check_runtime(&c);
		check_names(&c);
	}
	v->loads = ENVOY_ALL & ~problems_stop(&c);
	find_first(v);
	return v;
}

/* ---- findings ---- */

static struct str releases_text(struct arena *arena, const struct wasm_problem *p, const struct envoy_question *q)
{
	if (p->releases == ENVOY_ALL)
		return STR("every version");
	return envoy_set_text(arena, p->releases & q->asked, q->by_envoy);
}

/* Only where more is missing does it help to know which one the log shows. */
static struct str first_text(const struct wasm_verdict *v, const struct wasm_problem *p, const struct envoy_question *q,
                             struct arena *arena)
{
	uint32_t first = p->first & q->asked;
	size_t   n = 0;

	for (const struct wasm_problem *other = v->problems; other; other = other->next)
		n += problem_stops(other) && other->releases & q->asked;
	if (!first || !str_present(p->import) || n < 2)
		return STR("");
	if (first == (p->releases & q->asked))
		return STR("; Envoy's log shows this one first");
	return STR_CONCAT(arena, STR("; shown first by the log of "), envoy_set_text(arena, first, q->by_envoy));
}

/* The texts of the room take their values, then the releases, then the mark of the first. */
static void add_finding(const struct wasm_verdict *v, const struct wasm_problem *p, const struct envoy_question *q,
                        struct pos place, struct diags *diags)
{
	struct str   values[PROBLEM_VALUES + 2];
	size_t       n = 0;
	struct diag *d;

	while (n < PROBLEM_VALUES && str_present(p->values[n])) {
		values[n] = p->values[n];
		n++;
	}
	values[n++] = releases_text(diags->arena, p, q);
	values[n++] = first_text(v, p, q, diags->arena);
	if (place.source && !place.length)
		place = pos_at(place.source, (size_t)p->at, p->length);
	d = diag_add(diags, p->code, place, values, n);
	if (str_present(p->help))
		diag_help_text(diags, d, p->help);
}

static void add_causes(const struct wasm_verdict *v, const struct envoy_question *q, struct pos place,
                       struct diags *diags)
{
	for (struct cause_found *f = causes_find(diags->arena, v, q->asked); f; f = f->next) {
		struct pos   pos = place.length ? place : pos_at(place.source, (size_t)f->first->at, f->first->length);
		struct diag *d = diag_add(diags, CO_WASM_CAUSE, pos,
		                          ARGS(str_c(f->cause->what), f->imports, str_c(f->cause->why)));

		diag_help_text(diags, d, str_c(f->cause->instead));
	}
}

bool wasm_findings(const struct wasm_verdict *v, const struct envoy_question *q, struct pos place, struct diags *diags)
{
	bool ok = true;

	for (const struct wasm_problem *p = v->problems; p; p = p->next) {
		if (!(p->releases & q->asked))
			continue;
		add_finding(v, p, q, place, diags);
		ok = ok && !problem_stops(p);
	}
	add_causes(v, q, place, diags);
	return ok;
}

struct str wasm_first_log(const struct wasm_verdict *v, uint32_t set)
{
	uint32_t refused = set & ~v->loads;

	if (!refused)
		return STR_ABSENT;
	for (const struct wasm_problem *p = v->problems; p; p = p->next)
		if (p->first >> envoy_lowest(refused) & 1)
			return p->log;
	return STR_ABSENT;
}
