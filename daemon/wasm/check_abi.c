/* The version of the Proxy-Wasm ABI that the module says it speaks. */
#include "wasm/abi.h"
#include "wasm/checking.h"
#include "wasm/host_log.h"

/* Products whose own versions Envoy does not know. */
static const struct {
	const char *prefix;
	const char *what;
} foreign_table[] = {
	{ "proxy_abi_version_0_2_100", " (Higress's own)" },
	{ "proxy_abi_mosn_version", " (MOSN's own)" },
	{ "proxy_abi_version_", "" },
};

#define LOG STR(HOST_LOG_NO_ABI)

/* The first function of these names in the order of the exports counts. */
static bool find_known(struct checking *c)
{
	for (size_t i = 0; i < c->m->exports.n; i++) {
		const struct wasm_export *e = wasm_export_at(c->m, i);
		const struct abi         *abi = e->kind == WASM_FUNCTION ? abi_named(e->name) : NULL;

		if (abi) {
			c->verdict->abi = abi->bit;
			c->verdict->abi_text = abi->text;
			return true;
		}
	}
	return false;
}

static bool find_foreign(struct checking *c)
{
	for (size_t i = 0; i < c->m->exports.n; i++) {
		const struct wasm_export *e = wasm_export_at(c->m, i);

		for (size_t k = 0; k < sizeof(foreign_table) / sizeof(foreign_table[0]); k++)
			if (str_has_prefix(e->name, str_c(foreign_table[k].prefix))) {
				problem_add(c,
				            (struct wasm_problem){ .code = CO_WASM_ABI_UNKNOWN,
				                                   AT_ITEM(e),
				                                   .releases = ENVOY_ALL,
				                                   .values = { e->name, str_c(foreign_table[k].what) },
				                                   .log = LOG });
				return true;
			}
	}
	return false;
}

void check_abi(struct checking *c)
{
	if (!find_known(c) && !find_foreign(c))
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_ABI_MISSING, .releases = ENVOY_ALL, .log = LOG });
}
