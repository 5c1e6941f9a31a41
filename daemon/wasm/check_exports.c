/* Exports that Envoy looks up: the allocator, the initializers, and the callbacks, each with the type it must have. */
#include "wasm/checking.h"

struct callback {
	const char *name;
	const char *type;
	unsigned    abi;   /* looked up under these */
	int         since; /* Envoy minor */
};

/* wasm.h of the host, and wasm.cc of Envoy for the last two; in the order in which they are looked up. */
static const struct callback callback_table[] = {
	{ "proxy_validate_configuration", "ii>i", ABI_ALL, 0 },
	{ "proxy_on_vm_start", "ii>i", ABI_ALL, 0 },
	{ "proxy_on_configure", "ii>i", ABI_ALL, 0 },
	{ "proxy_on_tick", "i>", ABI_ALL, 0 },
	{ "proxy_on_context_create", "ii>", ABI_ALL, 0 },
	{ "proxy_on_new_connection", "i>i", ABI_ALL, 0 },
	{ "proxy_on_downstream_data", "iii>i", ABI_ALL, 0 },
	{ "proxy_on_upstream_data", "iii>i", ABI_ALL, 0 },
	{ "proxy_on_downstream_connection_close", "ii>", ABI_ALL, 0 },
	{ "proxy_on_upstream_connection_close", "ii>", ABI_ALL, 0 },
	{ "proxy_on_request_body", "iii>i", ABI_ALL, 0 },
	{ "proxy_on_request_trailers", "ii>i", ABI_ALL, 0 },
	{ "proxy_on_request_metadata", "ii>i", ABI_ALL, 0 },
	{ "proxy_on_response_body", "iii>i", ABI_ALL, 0 },
	{ "proxy_on_response_trailers", "ii>i", ABI_ALL, 0 },
	{ "proxy_on_response_metadata", "ii>i", ABI_ALL, 0 },
	{ "proxy_on_http_call_response", "iiiii>", ABI_ALL, 0 },
	{ "proxy_on_grpc_receive", "iii>", ABI_ALL, 0 },
	{ "proxy_on_grpc_close", "iii>", ABI_ALL, 0 },
	{ "proxy_on_grpc_receive_initial_metadata", "iii>", ABI_ALL, 0 },
	{ "proxy_on_grpc_receive_trailing_metadata", "iii>", ABI_ALL, 0 },
	{ "proxy_on_queue_ready", "ii>", ABI_ALL, 0 },
	{ "proxy_on_done", "i>i", ABI_ALL, 0 },
	{ "proxy_on_log", "i>", ABI_ALL, 0 },
	{ "proxy_on_delete", "i>", ABI_ALL, 0 },
	{ "proxy_on_request_headers", "ii>i", ABI_0_1_0, 0 },
	{ "proxy_on_response_headers", "ii>i", ABI_0_1_0, 0 },
	{ "proxy_on_request_headers", "iii>i", ABI_0_2_0 | ABI_0_2_1, 0 },
	{ "proxy_on_response_headers", "iii>i", ABI_0_2_0 | ABI_0_2_1, 0 },
	{ "proxy_on_foreign_function", "iii>", ABI_0_2_0 | ABI_0_2_1, 0 },
	{ "envoy_on_resolve_dns", "iii>", ABI_ALL, 0 },
	{ "envoy_on_stats_update", "ii>", ABI_ALL, 0 },
};

/* What else it calls by name. */
static const char *const initializer_names[] = { "_initialize", "_start", "main",
	                                         "__main_void", "malloc", "proxy_on_memory_allocate" };

bool export_is_called(const struct wasm_export *e)
{
	for (size_t i = 0; i < sizeof(callback_table) / sizeof(callback_table[0]); i++)
		if (str_is(e->name, callback_table[i].name))
			return true;
	for (size_t i = 0; i < sizeof(initializer_names) / sizeof(initializer_names[0]); i++)
		if (str_is(e->name, initializer_names[i]))
			return true;
	return false;
}

/* The same callback under another ABI, where it has the type that this one has. */
static struct str other_abi_help(const struct callback *cb, const struct wasm_type *type)
{
	for (size_t i = 0; i < sizeof(callback_table) / sizeof(callback_table[0]); i++)
		if (strcmp(callback_table[i].name, cb->name) == 0 && callback_table[i].abi != cb->abi &&
		    wasm_type_is(type, callback_table[i].type))
			return callback_table[i].abi & ABI_0_1_0
			               ? STR("this is its type of ABI 0.1.0; the module says that it speaks 0.2: build "
			                     "all of it with one version of the SDK")
			               : STR("this is its type of ABI 0.2; the module says that it speaks 0.1.0: build "
			                     "all of it with one version of the SDK");
	return STR_ABSENT;
}

/* Looks the export up as Envoy does: true when it is there and has the type. */
static bool look_up(struct checking *c, const struct callback *cb)
{
	const struct wasm_export *e = wasm_export_find(c->m, WASM_FUNCTION, cb->name);
	const struct wasm_type   *type = e ? wasm_function_type(c->m, e->index) : NULL;
	struct str                have, want;

	if (!type || wasm_type_is(type, cb->type))
		return type != NULL;
	have = wasm_type_text(c->arena, type);
	want = signature_text(c->arena, cb->type);
	problem_add(c, (struct wasm_problem){ .code = CO_WASM_EXPORT_TYPE,
	                                      AT_ITEM(e),
	                                      .releases = envoy_since(cb->since),
	                                      .values = { e->name, have, want },
	                                      .help = other_abi_help(cb, type),
	                                      .log = STR_CONCAT(c->arena, STR("Bad function signature for: "), e->name,
	                                                        STR(", want: "), want,
	                                                        STR(", but the module exports: "), have) });
	return false;
}

/* _start counts only where _initialize is not usable; main only behind _initialize. */
static void check_initializers(struct checking *c)
{
	static const struct callback initialize = { "_initialize", ">", ABI_ALL, 0 },
				     start = { "_start", ">", ABI_ALL, 0 }, main_of = { "main", "ii>i", ABI_ALL, 0 },
				     main_void = { "__main_void", ">i", ABI_ALL, MAIN_VOID_SINCE };

	if (!look_up(c, &initialize)) {
		look_up(c, &start);
		return;
	}
	look_up(c, &main_of);
	look_up(c, &main_void);
}

static void check_allocator(struct checking *c)
{
	static const struct callback malloc_of = { "malloc", "i>i", ABI_ALL, 0 },
				     allocate = { "proxy_on_memory_allocate", "i>i", ABI_ALL, 0 };

	if (!look_up(c, &malloc_of) && !look_up(c, &allocate))
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_MALLOC_MISSING,
		                                      .releases = ENVOY_ALL,
		                                      .log = STR("Wasm module is missing malloc function.") });
}

void check_exports(struct checking *c)
{
	check_initializers(c);
	check_allocator(c);
	for (size_t i = 0; i < sizeof(callback_table) / sizeof(callback_table[0]); i++)
		if (callback_table[i].abi & c->verdict->abi)
			look_up(c, &callback_table[i]);
}
