/* scope.h - the namespaces that a listing shows. */
#ifndef CALLOUT_STORE_SCOPE_H
#define CALLOUT_STORE_SCOPE_H

#include "store/store.h"

/* Whether the scope shows this namespace. */
bool scope_shows(const struct store_scope *, struct str namespace);

/* The namespaces of a scope in the order of the listing, in the arena. */
const struct str *scope_sorted(struct arena *, const struct store_scope *);

#endif
