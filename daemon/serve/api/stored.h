/* stored.h - what the routes of stored manifests share. */
#ifndef CALLOUT_SERVE_STORED_H
#define CALLOUT_SERVE_STORED_H

#include "json/json_write.h"
#include "serve/api/routes.h"
#include "serve/documents/documents.h"
#include "store/store.h"

/* Answers with the store's failure: no space, damage, or more asked than it allows. */
void store_problem(struct call *, const struct diags *);

/* Who asks, as the history of a manifest records it. */
struct str call_who(const struct call *);

/* The namespaces that the caller may see. */
struct store_scope call_scope(const struct call *);
bool               call_sees(const struct call *, struct str namespace);

/* ?limit and ?continue. */
struct store_page call_page(struct call *, bool documents);
bool              call_is_dry_run(struct call *);

/* If-Match, If-None-Match and If-Unmodified-Since, with tags as they came; and with those of any form of a revision as
 * the revision's own, for the store. */
struct store_precondition call_precondition(struct call *);
struct store_precondition call_precondition_of_change(struct call *, bool required);

/* The tag of a manifest in this form: the revision's own for the form that it was put in. */
struct str etag_of_form(struct arena *, const struct store_manifest *, enum media form);

void add_etag(struct call *, struct str etag);

/* Writes, as members of the open object, all that is known of a revision except its document. */
void write_revision(struct json_writer *, struct arena *, const struct store_manifest *);
/* A list's head up to "items": [, and its end. next: absent on the last page. */
void begin_list(struct json_writer *, struct buf *, struct call *, const char *kind);
void end_list(struct json_writer *, struct buf *, struct call *, struct str next, uint64_t revision);

/* The manifest that the path names. False: the answer is set (404, or a failure of the store). */
bool stored_find(struct call *, struct store_manifest *ret);

/* Reads a stored manifest together with those that share its public hosts, ready to plan it alone. False: the answer is
 * set. */
bool stored_load(struct call *, const struct store_manifest *, struct documents *);

/* The form that Accept wants: as it was stored, or converted between YAML and JSON. */
enum media document_form(struct call *, const struct store_manifest *);
void       reply_document(struct call *, const struct store_manifest *, enum media form);

#endif
