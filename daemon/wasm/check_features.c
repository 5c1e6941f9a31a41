/* What the module asks of V8, against the V8 of each Envoy. */
#include "base/buf.h"
#include "base/limits.h"
#include "wasm/checking.h"
#include "wasm/host_log.h"

#define BYTECODE STR(HOST_LOG_BYTECODE)

static struct str v8_text(struct arena *arena, int v8)
{
	if (v8 == V8_NEVER)
		return STR("a V8 that is not released");
	return str_fmt(arena, "V8 %d.%d", v8 / 100, v8 % 100);
}

static void check_feature(struct checking *c, enum engine_feature feature)
{
	const struct engine_feature_row *row = &engine_feature_table[feature];

	if (c->m->features[feature])
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_FEATURE,
		                                      .at = c->m->feature_at[feature],
		                                      .length = 1,
		                                      .releases = ENVOY_ALL & ~envoy_with_v8(row->since),
		                                      .values = { str_c(row->text), v8_text(c->arena, row->since) },
		                                      .log = BYTECODE });
}

/* Both kinds of exceptions in one module are refused even by engines that know each. */
static void check_mix(struct checking *c)
{
	if (c->m->features[FEATURE_LEGACY_EXCEPTIONS] && c->m->features[FEATURE_EXCEPTIONS])
		problem_add(c, (struct wasm_problem){
				       .code = CO_WASM_FEATURE_MIX,
				       .at = c->m->feature_at[FEATURE_EXCEPTIONS],
				       .length = 1,
				       .releases = envoy_with_v8(engine_feature_table[FEATURE_EXCEPTIONS].since),
				       .log = BYTECODE });
}

/* The compiler was allowed to use it; whether it did stands in the code, which was not read. */
static void check_hint(struct checking *c, struct str hint)
{
	for (unsigned i = 0; i < FEATURE_KINDS; i++) {
		const struct engine_feature_row *row = &engine_feature_table[i];

		if (row->target_feature && str_is(hint, row->target_feature) && !c->m->features[i])
			problem_add(c, (struct wasm_problem){
					       .code = CO_WASM_FEATURE_HINT,
					       .releases = ENVOY_ALL & ~envoy_with_v8(row->since),
					       .values = { str_c(row->text), v8_text(c->arena, row->since) } });
	}
}

void check_features(struct checking *c)
{
	for (unsigned i = 0; i < FEATURE_KINDS; i++)
		check_feature(c, (enum engine_feature)i);
	check_mix(c);
	if (c->m->code)
		return;
	for (const struct wasm_text *t = c->m->target_features; t; t = t->next)
		check_hint(c, t->text);
}
