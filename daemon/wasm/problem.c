#include "wasm/problem.h"

#include "base/limits.h"

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
	{ CO_WASM_OPERANDS, WASM_REFUSED, STAGE_COMPILE },
	{ CO_WASM_FEATURE, WASM_REFUSED, STAGE_COMPILE },
	{ CO_WASM_FEATURE_MIX, WASM_REFUSED, STAGE_COMPILE },
	{ CO_WASM_IMPORT_MISSING, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_TYPE, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_HOST_TYPE, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_VENDOR, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_ABI, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_GLOBAL, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_LIMITS, WASM_REFUSED, STAGE_LINK },
	{ CO_WASM_IMPORT_TAG, WASM_CRASHES, STAGE_IMPORTS },
	{ CO_WASM_IMPORT_LISTED, WASM_CRASHES, STAGE_IMPORTS },
	{ CO_WASM_IMPORT_MEMORY, WASM_REFUSED, STAGE_INSTANTIATE },
	{ CO_WASM_MEMORY_MINIMUM, WASM_REFUSED, STAGE_INSTANTIATE },
	{ CO_WASM_SEGMENT, WASM_REFUSED, STAGE_INSTANTIATE },
	{ CO_WASM_START_CALL, WASM_CRASHES, STAGE_INSTANTIATE },
	{ CO_WASM_START_FAILS, WASM_REFUSED, STAGE_INSTANTIATE },
	{ CO_WASM_START_HANGS, WASM_CRASHES, STAGE_INSTANTIATE },
	{ CO_WASM_EXPORT_LISTED, WASM_CRASHES, STAGE_EXPORTS },
	{ CO_WASM_EXPORT_TYPE, WASM_REFUSED, STAGE_EXPORTS },
	{ CO_WASM_MALLOC_MISSING, WASM_REFUSED, STAGE_EXPORTS },
	{ CO_WASM_INIT_TRAP, WASM_REFUSED, STAGE_START },
	{ CO_WASM_INIT_FAILS, WASM_REFUSED, STAGE_START },
	{ CO_WASM_INIT_HANGS, WASM_CRASHES, STAGE_START },
	{ CO_WASM_INIT_REFUSES, WASM_REFUSED, STAGE_START },
	{ CO_WASM_GO_COMMAND, WASM_REFUSED, STAGE_START },
	{ CO_WASM_MEMORY_NONE, WASM_CRASHES, STAGE_START },
	{ CO_WASM_INIT_MAY_TRAP, WASM_ADVICE, STAGE_START }, /* nobody can tell whether it is ever met */
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

bool problem_stops(const struct wasm_problem *p)
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
		if (problem_stops(&problem))
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

uint32_t problems_stop(const struct checking *c)
{
	uint32_t stopped = c->verdict->more_refuse;

	for (const struct wasm_problem *p = c->verdict->problems; p; p = p->next)
		if (problem_stops(p))
			stopped |= p->releases;
	return stopped;
}
