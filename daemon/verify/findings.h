/* findings.h - what the findings of verify share. */
#ifndef CALLOUT_VERIFY_FINDINGS_H
#define CALLOUT_VERIFY_FINDINGS_H

#include "verify/judging.h"

/* "web-1.shop", "3 of 10 proxies (web-1.shop, web-2.shop, web-3.shop)" */
struct str findings_proxies(struct arena *, const struct str *names, size_t n, size_t of);
/* The place of a member's key, for findings about a member that is larger than a line. */
struct pos findings_line(const struct node *parent, const char *key);
/* Sets the finding's help to the fix that `callout explain CODE` prints for this code. */
void findings_help(struct diags *, struct diag *, enum diag_code);

/* ---- proxy_findings.c ---- */
/* Proxies that a manifest is not for (one finding for each manifest), and what is to be said about a proxy by
 * itself. */
void proxy_findings_targets(struct verification *, const struct verify_item *, size_t n_items, size_t n_proxies,
                            struct diags *);
/* The manifest is for none of the proxies. */
void proxy_findings_none(struct verification *, const struct verify_item *, struct diags *);
/* refusal_told: the finding on a filter has said already what istiod was told. */
void proxy_findings_notes(const struct proxy_state *, bool refusal_told, struct diags *, struct arena *);

#endif
