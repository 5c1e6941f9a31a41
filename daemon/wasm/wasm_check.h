/* wasm_check.h - will Envoy load the module, on which releases, and what keeps it from working?
 *
 * One pass answers for all releases that are known: every problem carries the set of those where it holds. What the
 * user asked about is a set too, and only decides what is shown.
 */
#ifndef CALLOUT_WASM_WASM_CHECK_H
#define CALLOUT_WASM_WASM_CHECK_H

#include "base/diag.h"
#include "wasm/envoy_version.h"
#include "wasm/toolchain.h"
#include "wasm/wasm_module.h"

enum wasm_class {
	WASM_CRASHES, /* ends the proxy's process */
	WASM_REFUSED, /* will not load */
	WASM_FAILS,   /* loads, then fails */
	WASM_ADVICE,
};

/* Where Envoy stops, in the order in which it looks. */
enum wasm_stage {
	STAGE_FETCH,
	STAGE_PARSE,
	STAGE_ABI,
	STAGE_NAMES,
	STAGE_COMPILE,
	STAGE_IMPORTS, /* all are listed before one is looked up */
	STAGE_LINK,
	STAGE_INSTANTIATE,
	STAGE_EXPORTS,
	STAGE_START,
	STAGE_RUN,
};

enum { PROBLEM_VALUES = 4 };

struct wasm_problem {
	struct wasm_problem *next;
	enum diag_code       code;
	enum wasm_class class;
	enum wasm_stage stage;
	uint32_t        releases; /* where it holds; never empty */
	uint32_t        first;    /* those of them that log this one first */
	uint64_t        at;       /* in the module */
	uint32_t        length;
	struct str      values[PROBLEM_VALUES]; /* of the code's text; the absent ones at the end are not given */
	struct str      help;                   /* absent: none */
	struct str      log;                    /* the line that Envoy logs; absent: none, or not known */
	struct str      import;                 /* "env.foo" where an import is missing; else absent */
	const struct wasm_import *item;         /* whose cause is to be looked for; else NULL */
};

/* What a manifest wants of the module; all of it may be empty. */
struct wasm_wants {
	bool http, grpc; /* upstreams of these kinds */
};

struct wasm_verdict {
	const struct wasm_module *module;
	struct wasm_problem      *problems;    /* in the order in which they were found */
	size_t                    more;        /* past LIMIT_WASM_PROBLEMS: counted, not kept */
	uint32_t                  more_refuse; /* releases that those stop */
	uint32_t                  loads;       /* releases */
	uint32_t                  crashes;     /* those of the others that end the proxy */
	unsigned                  abi;         /* ABI_0_2_1 …; 0: none that Envoy knows */
	const char               *abi_text;    /* "0.2.1"; NULL with 0 */
	struct toolchain          toolchain;
	bool                      calls_http, calls_grpc; /* imports them */
};

/* wants: NULL without a manifest. Never fails: what cannot be judged is a problem too. */
const struct wasm_verdict *wasm_check(struct arena *, const struct wasm_module *, const struct wasm_wants *wants);

/* Adds the problems that touch the question as findings. place: where they stand; without a source each stands at its own
 * offset in the module. False: one of them says no. */
bool wasm_findings(const struct wasm_verdict *, const struct envoy_question *, struct pos place, struct diags *);

/* The line that the lowest release of the set would log first; absent when it loads, or logs nothing certain. */
struct str wasm_first_log(const struct wasm_verdict *, uint32_t set);

#endif
