/* demand.h - what a manifest requires of its Wasm module. */
#ifndef CALLOUT_CLI_DEMAND_H
#define CALLOUT_CLI_DEMAND_H

#include "cli/run.h"
#include "wasm/wasm_box.h"
#include "wasm/wasm_check.h"

/* Empty without a manifest. */
struct demand {
	const struct manifest *manifest;
	const struct plan     *plan; /* NULL: there is none */
	struct wasm_wants      wants;
	struct names_sought    sought;
};

/* The demand of a manifest; NULL gives an empty one. It lives in run->scratch. If the run is not sound, there is no
 * plan. parts: of the plan, whose findings go to diags. */
struct demand demand_of(struct run *, const struct manifest *m, unsigned parts, struct diags *);

/* Reads the module out of the opened box, and searches its data for the names that the manifest uses. */
const struct wasm_module *demand_read(struct arena *, const struct demand *, struct wasm_options, struct wasm_box *);

#endif
