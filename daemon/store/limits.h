/* limits.h - what a request to any store may hold. Each function returns false after adding a finding. what: names the
 * value in it. */
#ifndef CALLOUT_STORE_LIMITS_H
#define CALLOUT_STORE_LIMITS_H

#include "store/store.h"

bool limit_name(struct str value, const char *what, struct diags *);
bool limit_count(size_t n, size_t most, const char *what, struct diags *);
bool limit_bytes(struct str value, size_t most, const char *what, struct diags *);

bool put_within_limits(const struct store_put *, struct diags *);
bool extract_within_limits(const struct store_host *, size_t n_hosts, const struct store_claim *, size_t n_claims,
                           struct diags *);
bool reply_within_limits(const struct store_request *, const struct store_reply *, struct diags *);

/* How many items a page has at most. */
size_t page_limit(const struct store_page *);

#endif
