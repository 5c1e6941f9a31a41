/* Can the module call anyone, and hear the answer? And what of it loads but cannot work. */
#include "wasm/checking.h"

struct call {
	const char *import;
	const char *answers[2]; /* exports that take the answer; each must be there */
};

static const struct call call_table[] = {
	{ "proxy_http_call", { "proxy_on_http_call_response", NULL } },
	{ "proxy_grpc_call", { "proxy_on_grpc_receive", "proxy_on_grpc_close" } },
	{ "proxy_grpc_stream", { "proxy_on_grpc_receive", "proxy_on_grpc_close" } },
};

static void check_answers(struct checking *c, const struct call *call)
{
	const struct wasm_import *import = wasm_import_find(c->m, "env", call->import);

	for (size_t i = 0; import && i < 2 && call->answers[i]; i++)
		if (!wasm_export_find(c->m, WASM_FUNCTION, call->answers[i]))
			problem_add(c, (struct wasm_problem){
					       .code = CO_WASM_NO_ANSWER,
					       AT_ITEM(import),
					       .releases = ENVOY_ALL,
					       .values = { str_c(call->import), str_c(call->answers[i]) } });
}

static void check_wants(struct checking *c)
{
	const struct wasm_verdict *v = c->verdict;

	if (!c->wants)
		return;
	if (c->wants->http && !v->calls_http)
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_NO_CALLOUT,
		                                      .releases = ENVOY_ALL,
		                                      .values = { STR("HTTP"), STR("proxy_http_call") } });
	if (c->wants->grpc && !v->calls_grpc)
		problem_add(c, (struct wasm_problem){
				       .code = CO_WASM_NO_CALLOUT,
				       .releases = ENVOY_ALL,
				       .values = { STR("gRPC"), STR("proxy_grpc_call or proxy_grpc_stream") } });
}

void check_callouts(struct checking *c)
{
	struct wasm_verdict *v = c->verdict;

	v->calls_http = wasm_import_find(c->m, "env", "proxy_http_call") != NULL;
	v->calls_grpc = wasm_import_find(c->m, "env", "proxy_grpc_call") != NULL ||
	                wasm_import_find(c->m, "env", "proxy_grpc_stream") != NULL;
	for (size_t i = 0; i < sizeof(call_table) / sizeof(call_table[0]); i++)
		check_answers(c, &call_table[i]);
	check_wants(c);
}
