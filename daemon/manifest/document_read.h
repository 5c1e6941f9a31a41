/* document_read.h - the documents of a source, YAML or JSON by what its bytes look like. */
#ifndef CALLOUT_MANIFEST_DOCUMENT_READ_H
#define CALLOUT_MANIFEST_DOCUMENT_READ_H

#include "json/tree.h"

/* By its name, or its first bytes. */
bool documents_are_json(const struct source *);

/* *ret is NULL when there is none. False: errors were added; documents that were whole are in *ret nevertheless. */
bool documents_read(struct arena *, const struct source *, const struct tree_limits *, struct document **ret,
                    struct diags *);

#endif
