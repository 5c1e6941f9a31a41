/* Is it a module at all, whole, of a size that is taken? */
#include "base/limits.h"
#include "wasm/checking.h"
#include "wasm/host_log.h"

#define CORRUPTED STR(HOST_LOG_CORRUPTED)

static void check_size(struct checking *c)
{
	if (c->m->too_large)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_TOO_LARGE,
		                                      .releases = ENVOY_ALL,
		                                      .values = { str_from_uint(c->arena, c->m->size),
		                                                  str_from_uint(c->arena, LIMIT_MODULE_BYTES) } });
}

/* What the host's own walk over the sections minds is said before the engine sees the module. */
static void check_structure(struct checking *c)
{
	const struct wasm_module *m = c->m;

	if (!m->fault || m->error)
		return;
	problem_add(c, (struct wasm_problem){ .code = CO_WASM_MALFORMED,
	                                      .releases = ENVOY_ALL,
	                                      .at = m->fault_at,
	                                      .length = 1,
	                                      .values = { str_c(m->fault_part), str_c(m->fault) },
	                                      .help = str_c(m->fault_fix) });
}

static void check_linked(struct checking *c)
{
	static const struct {
		enum custom section;
		const char *what;
	} parts[] = {
		{ CUSTOM_LINKING, "an object file (section linking)" },
		{ CUSTOM_DYLINK, "a module for dynamic linking (section dylink)" },
		{ CUSTOM_COMPONENT_TYPE, "a module that is to become a component (section component-type)" },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (c->m->custom[parts[i].section])
			problem_add(c, (struct wasm_problem){ .code = CO_WASM_NOT_LINKED,
			                                      .releases = ENVOY_ALL,
			                                      .values = { str_c(parts[i].what) } });
}

void check_format(struct checking *c)
{
	const struct wasm_module *m = c->m;

	check_size(c);
	check_structure(c);
	if (m->other_kind)
		problem_add(c, (struct wasm_problem){ .code = m->component ? CO_WASM_COMPONENT : CO_WASM_OTHER_FORMAT,
		                                      .releases = ENVOY_ALL,
		                                      .values = { str_c(m->other_kind) },
		                                      .help = str_c(m->other_fix),
		                                      .log = str_c(m->other_log) });
	check_linked(c);
	if (m->name_fault)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_NAME_SECTION,
		                                      .releases = ENVOY_ALL,
		                                      .at = m->name_fault_at,
		                                      .length = 1,
		                                      .values = { str_c(m->name_fault) },
		                                      .log = CORRUPTED });
}
