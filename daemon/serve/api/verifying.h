/* verifying.h - manifests against dumps that arrive with a request. */
#ifndef CALLOUT_SERVE_VERIFYING_H
#define CALLOUT_SERVE_VERIFYING_H

#include "report/verdicts.h"
#include "serve/api/routes.h"
#include "serve/documents/documents.h"

struct verifying {
	struct call         *call;
	struct documents    *documents;
	struct verify_item  *items;
	size_t               n_items;
	struct dump_wants    wants;
	struct dump_reader  *reader;
	struct proxy_part   *first, **last;
	size_t               n_dumps;
	uint64_t             left;   /* of the bytes that all dumps may have, inflated */
	bool                 capped; /* what was left is used up */
	struct proxy_states  proxies;
	struct verification *result;
};

/* What is wanted of the dumps. documents: judged and sound. False: findings were added to them. */
bool verifying_begin(struct verifying *, struct call *, struct documents *);

/* Reads one dump to its end. name: the dump's (absent: <stdin>); proxy: whose dump it is (absent: the dump says so).
 * Findings go to the documents. */
void verifying_read(struct verifying *, struct str name, struct str proxy, json_read_fn *read, void *ctx);

/* Verdicts and findings. False: nothing was verified. */
bool verifying_end(struct verifying *);
/* The answer then. */
void verifying_refuse(struct verifying *);

#endif
