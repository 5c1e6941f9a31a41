/* stored.h - what the routes of stored manifests share. */
#ifndef CALLOUT_SERVE_STORED_H
#define CALLOUT_SERVE_STORED_H

#include "json/json_write.h"
#include "serve/api/routes.h"
#include "serve/documents/documents.h"
#include "store/store.h"

/* Answers for the store: no space, out of order, too much asked. */
void store_problem(struct call *, const struct diags *);

/* Who asks, as history names it. */
struct str call_who(const struct call *);

/* The namespaces that the caller sees: all, or his. */
struct store_scope call_scope(const struct call *);
bool               call_sees(const struct call *, struct str namespace);

/* ?limit and ?continue. */
struct store_page call_page(struct call *, bool documents);
bool              call_is_dry_run(struct call *);

/* If-Match and If-None-Match. */
struct store_precondition call_precondition(struct call *, bool required);

void add_etag(struct call *, struct str etag);

/* Members of an object: what is known of a revision, but for its document. */
void write_revision(struct json_writer *, struct arena *, const struct store_manifest *);
/* A list's head up to "items": [, and its end. next: absent on the last page. */
void begin_list(struct json_writer *, struct buf *, struct call *, const char *kind);
void end_list(struct json_writer *, struct buf *, struct call *, struct str next, uint64_t revision);

/* The manifest of the path. False: the answer is set (404, or the store's trouble). */
bool stored_find(struct call *, struct store_manifest *ret);

/* Reads a stored manifest together with those that share its public hosts, ready to plan it alone. False: the answer is
 * set. */
bool stored_load(struct call *, const struct store_manifest *, struct documents *);

/* The document in a form that Accept allows: as it was stored, or turned from YAML to JSON or back. */
void reply_document(struct call *, const struct store_manifest *);

#endif
