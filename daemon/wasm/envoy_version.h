/* envoy_version.h - releases of Envoy, and which Istio carries which.
 *
 * A check answers for all releases at once: a set of them is a bit mask over envoy_table.
 */
#ifndef CALLOUT_WASM_ENVOY_VERSION_H
#define CALLOUT_WASM_ENVOY_VERSION_H

#include "names/istio_version.h"

enum {
	ENVOY_OLDEST = 19, /* minors: 1.19 */
	ENVOY_NEWEST = 40,
	ENVOY_RELEASES = ENVOY_NEWEST - ENVOY_OLDEST + 1,
};

struct envoy_release {
	int         minor;
	int         istio;
	int         v8;   /* major * 100 + minor */
	const char *host; /* the commit of proxy-wasm-cpp-host it is built with */
};

extern const struct envoy_release envoy_table[ENVOY_RELEASES]; /* ascending */

#define ENVOY_ALL ((uint32_t)((UINT64_C(1) << ENVOY_RELEASES) - 1))

/* All releases of that minor and later ones; none beyond the table. */
uint32_t envoy_since(int minor);
uint32_t envoy_between(int low, int high); /* both included */
/* All whose V8 is that one (major * 100 + minor) or newer. */
uint32_t envoy_with_v8(int v8);
/* The index of the lowest release in the set, which must not be empty. */
unsigned envoy_lowest(uint32_t set);

/* The releases that a module is asked about. */
struct envoy_question {
	uint32_t   asked;
	bool       by_envoy; /* the user speaks of Envoy's versions, not of Istio's */
	struct str newer;    /* a version beyond the table, as it was given: judged as the newest; else absent */
	struct str as_if;    /* "Envoy 1.32.13": a patch release that behaves like another minor; else absent */
};

struct envoy_question envoy_question_istio(struct version_range);
/* "1.38", "1.32.13" or "1.35..1.38". NULL: it is in *ret; else what is wrong with it. */
const char *envoy_question_parse(struct arena *, struct str, struct envoy_question *ret);
/* The same for Istio's versions. */
const char *istio_question_parse(struct arena *, struct str, struct envoy_question *ret);

/* "Istio 1.24 (Envoy 1.32)", "Istio 1.27 to 1.30", "Envoy 1.35 to 1.38, 1.40"; "no version" for the empty set. */
struct str envoy_set_text(struct arena *, uint32_t set, bool by_envoy);
/* The same with an open end where the set reaches to the newest: "Istio 1.25 and newer". */
struct str envoy_set_text_open(struct arena *, uint32_t set, bool by_envoy);

#endif
