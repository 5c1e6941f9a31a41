#include "wasm/host_functions.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

enum { NEVER = ENVOY_NEWEST + 1, SAFE = 0, CRASHES = 1 };

const struct host_function host_function_table[] = {
#define HOST(module, name, type, since, abi, init, allocate, start)                                                    \
	{ #module, #name, type, since, abi, init, allocate, start },
#define VENDOR(module, name, vendor)
#include "wasm/host_functions.def"
#undef HOST
#undef VENDOR
};
const size_t host_function_table_size = sizeof(host_function_table) / sizeof(host_function_table[0]);

static const struct {
	const char *module, *name, *vendor;
} vendor_table[] = {
#define HOST(module, name, type, since, abi, init, allocate, start)
#define VENDOR(module, name, vendor) { #module, #name, vendor },
#include "wasm/host_functions.def"
#undef HOST
#undef VENDOR
};

/* ---- finding ---- */

struct wanted {
	struct str module, name;
};

static int compare(const void *key, const void *item)
{
	const struct wanted        *w = key;
	const struct host_function *f = item;
	int                         order = str_cmp(w->module, str_c(f->module));

	return order ? order : str_cmp(w->name, str_c(f->name));
}

/* Envoy has the same functions under two names of the module. */
static struct str family(struct str module)
{
	if (str_is(module, "wasi_snapshot_preview1") || str_is(module, "wasi_unstable"))
		return STR("wasi");
	return str_is(module, "wasi") ? STR("") : module;
}

const struct host_function *host_function_find(struct str module, struct str name)
{
	struct wanted wanted = { family(module), name };

	return bsearch(&wanted, host_function_table, host_function_table_size, sizeof(host_function_table[0]), compare);
}

/* Of env: those that take and give numbers alone; of WASI: those that need a context and no memory. */
static const char *const without_memory[] = {
	"emscripten_notify_memory_growth",
	"fd_close",
	"proc_exit",
	"proxy_clear_route_cache",
	"proxy_close_stream",
	"proxy_continue_request",
	"proxy_continue_response",
	"proxy_continue_stream",
	"proxy_done",
	"proxy_grpc_cancel",
	"proxy_grpc_close",
	"proxy_increment_metric",
	"proxy_record_metric",
	"proxy_set_effective_context",
	"proxy_set_tick_period_milliseconds",
	"pthread_equal",
};

bool host_function_uses_memory(const struct host_function *f)
{
	for (size_t i = 0; i < sizeof(without_memory) / sizeof(without_memory[0]); i++)
		if (strcmp(f->name, without_memory[i]) == 0)
			return false;
	return strcmp(f->module, "env") == 0 || f->crashes_at_start;
}

const char *host_function_vendor(struct str module, struct str name)
{
	for (size_t i = 0; i < sizeof(vendor_table) / sizeof(vendor_table[0]); i++)
		if (str_is(module, vendor_table[i].module) && str_is(name, vendor_table[i].name))
			return vendor_table[i].vendor;
	return NULL;
}

static uint32_t trapped(int allowed_since)
{
	return envoy_since(FIRST_WITH_TRAPS) & ~envoy_since(allowed_since);
}

uint32_t host_function_trapped_at_init(const struct host_function *f)
{
	return trapped(f->init);
}

uint32_t host_function_trapped_at_allocation(const struct host_function *f)
{
	return trapped(f->allocate);
}

/* ---- types ---- */

static unsigned char value_of_letter(char letter)
{
	return letter == 'i' ? VALUE_I32 : VALUE_I64;
}

bool wasm_type_is(const struct wasm_type *type, const char *signature)
{
	size_t n_params = strcspn(signature, ">"), n_results = strlen(signature) - n_params - 1;

	if (type->n_params != n_params || type->n_results != n_results)
		return false;
	for (size_t i = 0; i < n_params + n_results; i++)
		if (type->values[i] != value_of_letter(signature[i < n_params ? i : i + 1]))
			return false;
	return true;
}

/* As Envoy's log writes it, which tells no reference that may be null from one that may not. */
static const char *value_text(value_type value)
{
	switch (value & ~VALUE_NOT_NULL) {
	case VALUE_I32:
		return "i32";
	case VALUE_I64:
		return "i64";
	case VALUE_F32:
		return "f32";
	case VALUE_F64:
		return "f64";
	case VALUE_FUNCREF:
		return "funcref";
	case VALUE_EXTERNREF:
		return "externref";
	default:
		return "unknown";
	}
}

static void add_values(struct buf *b, const struct wasm_type *type, uint32_t first, uint32_t n)
{
	if (n == 0)
		buf_lit(b, "void");
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			buf_char(b, ' ');
		buf_add(b, str_c(value_text(wasm_type_value(type, first + i))));
	}
}

struct str wasm_type_text(struct arena *arena, const struct wasm_type *type)
{
	struct buf b;

	buf_init(&b, arena, 32 * KIB);
	add_values(&b, type, 0, type->n_params);
	buf_lit(&b, " -> ");
	add_values(&b, type, type->n_params, type->n_results);
	return buf_str(&b);
}

struct str signature_text(struct arena *arena, const char *signature)
{
	unsigned char    values[32] = { 0 };
	struct wasm_type type = { .values = values, .n_params = (uint16_t)strcspn(signature, ">") };
	size_t           n = strlen(signature) - 1;

	type.n_results = (uint16_t)(n - type.n_params);
	for (size_t i = 0; i < n; i++)
		values[i] = value_of_letter(signature[i < type.n_params ? i : i + 1]);
	return wasm_type_text(arena, &type);
}
