#include "report/modules.h"

#include "base/arena.h"
#include "report/snippet.h"
#include "wasm/cause.h"

/* ---- what the verdict comes to ---- */

bool module_loads(const struct module_report *r)
{
	return (r->question.asked & ~r->verdict->loads) == 0;
}

bool module_fails(const struct module_report *r, uint32_t releases)
{
	for (const struct wasm_problem *p = r->verdict->problems; p; p = p->next)
		if (p->class == WASM_FAILS && p->releases & releases)
			return true;
	return false;
}

const char *module_verdict_word(const struct module_report *r, uint32_t releases)
{
	if (releases & r->verdict->crashes)
		return "crashes";
	if (releases & ~r->verdict->loads)
		return "refused";
	return module_fails(r, releases) ? "fails" : "loads";
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
