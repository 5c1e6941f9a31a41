/* What loads and cannot work. */
#include "wasm/checking.h"

/* From the release that offers poll_oneoff to the one whose answer Go's runtime bears. */
enum { POLL_SINCE = 33, POLL_BROKEN_UNTIL = 38 };

/* Go's runtime ends the module when poll_oneoff fails. Without function names it is not known whether anything sleeps. */
static void check_go_poll(struct checking *c)
{
	const struct wasm_import *poll = wasm_import_find(c->m, "wasi_snapshot_preview1", "poll_oneoff");
	bool                      sleeps = c->m->evidence[EVIDENCE_TIME_SLEEP] || !c->m->custom[CUSTOM_NAME];

	if (c->verdict->toolchain.tool == TOOL_GO && poll)
		problem_add(c, (struct wasm_problem){ .code = sleeps ? CO_WASM_GO_SLEEP : CO_WASM_GO_POLL,
		                                      AT_ITEM(poll),
		                                      .releases = envoy_between(POLL_SINCE, POLL_BROKEN_UNTIL) &
		                                                  ~problems_stop(c) });
}

static void check_network(struct checking *c)
{
	if (c->m->evidence[EVIDENCE_HTTP_CLIENT])
		problem_add(c, (struct wasm_problem){ .code = CO_WASM_NO_NETWORK,
		                                      .releases = ENVOY_ALL & ~problems_stop(c),
		                                      .values = { STR("net/http's client") } });
}

void check_runtime(struct checking *c)
{
	check_go_poll(c);
	check_network(c);
}
