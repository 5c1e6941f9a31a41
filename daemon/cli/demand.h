/* demand.h - what a manifest wants of its module, and whether the module that it names gives it. */
#ifndef CALLOUT_CLI_DEMAND_H
#define CALLOUT_CLI_DEMAND_H

#include "cli/run.h"
#include "wasm/wasm_check.h"

/* Empty without a manifest. */
struct demand {
	const struct manifest *manifest;
	const struct plan     *plan; /* NULL: there is none */
	struct wasm_wants      wants;
	struct names_sought    sought;
};

/* m: NULL gives the empty one. Lives in run->scratch. Without a sound run there is no plan. parts: of the plan; findings of
 * the plan go to diags. */
struct demand demand_of(struct run *, const struct manifest *m, unsigned parts, struct diags *);

/* The module behind the input, its data searched for what the manifest names. */
const struct wasm_module *demand_read(struct arena *, const struct demand *, struct wasm_options, struct wasm_input *);

#endif
