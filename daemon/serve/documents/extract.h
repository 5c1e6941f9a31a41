/* extract.h - what the host registry keeps of a manifest beside its document. */
#ifndef CALLOUT_SERVE_EXTRACT_H
#define CALLOUT_SERVE_EXTRACT_H

#include "serve/documents/documents.h"
#include "store/store.h"

struct extract {
	struct store_host  *hosts;
	size_t              n_hosts;
	struct store_claim *claims;
	size_t              n_claims;
};

/* To be increased when the code extracts something else from the same manifest under the same mesh. */
enum { EXTRACT_VERSION = 3 };

/* The hosts and claims of one manifest of documents that were judged; lives in their arena. */
struct extract extract_build(struct documents *, const struct manifest *);

#endif
