#include "wasm/wasm_check.h"

#include "base/limits.h"
#include "wasm/cause.h"
#include "wasm/checking.h"

/* What a finding of the room means. Codes of level error stop the module; here stands which way. */
static const struct {
	enum diag_code code;
	enum wasm_class class;
	enum wasm_stage stage;
} meaning_table[] = {
	{ CO_WASM_TOO_LARGE, WASM_REFUSED, STAGE_FETCH },
	{ CO_WASM_OTHER_FORMAT, WASM_REFUSED, STAGE_PARSE },
	{ CO_WASM_COMPONENT, WASM_REFUSED, STAGE_COMPILE },
	{ CO_WASM_MALFORMED, WASM_REFUSED, STAGE_PARSE },
	{ CO_WASM_ABI_MISSING, WASM_REFUSED, STAGE_ABI },
	{ CO_WASM_ABI_UNKNOWN, WASM_REFUSED, STAGE_ABI },
	{ CO_WASM_NAME_SECTION, WASM_REFUSED, STAGE_NAMES },
	{ CO_WASM_FEATURE, WASM_REFUSED, STAGE_COMPILE },
	{ CO_WASM_FEATURE_MIX, WASM_REFUSED, STAGE_COMPILE },
	{ CO_WASM_IMPORT_MISSING, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_TYPE, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_HOST_TYPE, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_VENDOR, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_ABI, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_GLOBAL, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_TAG, WASM_CRASHES, STAGE_LINK },
	{ CO_WASM_IMPORT_MEMORY, WASM_REFUSED, STAGE_INSTANTIATE },
	{ CO_WASM_MEMORY_MINIMUM, WASM_REFUSED, STAGE_INSTANTIATE },
	{ CO_WASM_SEGMENT, WASM_REFUSED, STAGE_INSTANTIATE },
	{ CO_WASM_START_CALL, WASM_CRASHES, STAGE_INSTANTIATE },
	{ CO_WASM_EXPORT_TYPE, WASM_REFUSED, STAGE_EXPORTS },
	{ CO_WASM_MALLOC_MISSING, WASM_REFUSED, STAGE_EXPORTS },
	{ CO_WASM_INIT_TRAP, WASM_REFUSED, STAGE_START },
	{ CO_WASM_GO_COMMAND, WASM_REFUSED, STAGE_START },
	{ CO_WASM_MEMORY_NONE, WASM_CRASHES, STAGE_START },
};

static void set_meaning(struct wasm_problem *p)
{
	p->class = diag_info_of(p->code)->level == DIAG_WARNING ? WASM_FAILS : WASM_ADVICE;
	p->stage = STAGE_RUN;
	for (size_t i = 0; i < sizeof(meaning_table) / sizeof(meaning_table[0]); i++)
		if (meaning_table[i].code == p->code) {
			p->class = meaning_table[i].class;
			p->stage = meaning_table[i].stage;
		}
}

static bool stops(const struct wasm_problem *p)
{
	return p->class <= WASM_REFUSED;
}

struct wasm_problem *problem_add(struct checking *c, struct wasm_problem problem)
{
	struct wasm_problem *p;

	if (!problem.releases)
		return NULL;
	set_meaning(&problem);
	if (c->n == LIMIT_WASM_PROBLEMS) {
		c->verdict->more++;
		if (stops(&problem))
			c->verdict->more_refuse |= problem.releases;
		return NULL;
	}
	c->n++;
	p = arena_copy(c->arena, &problem, sizeof(problem));
	p->next = NULL;
	*c->last = p;
	c->last = &p->next;
	return p;
}

/* ---- the whole ---- */

/* Which problem does each release meet first? By stage; within one by the order of the module, in which they were found.
 * A crash counts only where Envoy gets that far. */
static void find_first(struct wasm_verdict *v)
{
	for (unsigned i = 0; i < ENVOY_RELEASES; i++) {
		struct wasm_problem *first = NULL;

		for (struct wasm_problem *p = v->problems; p; p = p->next)
			if (stops(p) && p->releases >> i & 1 && (!first || p->stage < first->stage))
				first = p;
		if (!first)
			continue;
		first->first |= UINT32_C(1) << i;
		if (first->class == WASM_CRASHES)
			v->crashes |= UINT32_C(1) << i;
	}
}

uint32_t releases_stopped(const struct checking *c)
{
	uint32_t stopped = c->verdict->more_refuse;

	for (const struct wasm_problem *p = c->verdict->problems; p; p = p->next)
		if (stops(p))
			stopped |= p->releases;
	return stopped;
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
		check_imports(&c);
		check_memory(&c);
		check_exports(&c);
		check_start(&c);
		check_callouts(&c);
		check_runtime(&c);
		check_names(&c);
	}
	v->loads = ENVOY_ALL & ~releases_stopped(&c);
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
		n += stops(other) && other->releases & q->asked;
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
		diag_help(diags, d, "{}", &p->help, 1);
}

static void add_causes(const struct wasm_verdict *v, const struct envoy_question *q, struct pos place,
                       struct diags *diags)
{
	for (struct cause_found *f = causes_find(diags->arena, v, q->asked); f; f = f->next) {
		struct pos   pos = place.length ? place : pos_at(place.source, (size_t)f->first->at, f->first->length);
		struct str   instead = str_c(f->cause->instead);
		struct diag *d = diag_add(diags, CO_WASM_CAUSE, pos,
		                          ARGS(str_c(f->cause->what), f->imports, str_c(f->cause->why)));

		diag_help(diags, d, "{}", &instead, 1);
	}
}

bool wasm_findings(const struct wasm_verdict *v, const struct envoy_question *q, struct pos place, struct diags *diags)
{
	bool ok = true;

	for (const struct wasm_problem *p = v->problems; p; p = p->next) {
		if (!(p->releases & q->asked))
			continue;
		add_finding(v, p, q, place, diags);
		ok = ok && !stops(p);
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
