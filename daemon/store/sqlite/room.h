/* room.h - what the files of store/sqlite share: the open store, its connections, and rows that several of them
 * read. */
#ifndef CALLOUT_STORE_ROOM_H
#define CALLOUT_STORE_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "store/limits.h"
#include "store/sqlite/data_directory.h"
#include "store/sqlite/sqlite.h"
#include "store/store.h"

struct store {
	struct data_directory directory;
	bool                  unclean;
	atomic_uint           extractor;
	void (*changed)(void *ctx, uint64_t revision);
	void *changed_ctx;

	pthread_mutex_t   writing; /* held while the writer is taken */
	struct connection writer;

	pthread_mutex_t   pool; /* of the next three */
	pthread_cond_t    given_back;
	struct connection readers[LIMIT_STORE_READERS];
	bool              taken[LIMIT_STORE_READERS];
	unsigned          n_readers;

	atomic_uint_fast64_t revision;       /* the newest that is committed */
	atomic_uint_fast64_t claims_version; /* grows when claims were changed, after the commit */
	atomic_bool          writable;
	atomic_bool          interrupted;
	atomic_bool          log_to_empty; /* the write-ahead log still holds revisions that were purged */
};

/* ---- transaction.c ---- */

/* A connection with a transaction begun on it: a snapshot to read, or the only one that may write. Between taking and
 * giving back nothing may end an arena_run: memory comes from an answer, and findings are added afterwards. */
struct connection *reader_take(struct store *);
struct connection *writer_take(struct store *);

/* Ends the transaction, gives the connection back, and adds the finding of what failed meanwhile. The result is
 * false exactly then. keep: commit. a: its memory may have run out too; NULL: there is none. */
bool reader_give(struct store *, struct connection *, const struct answer *, struct diags *);
bool writer_give(struct store *, struct connection *, bool keep, const struct answer *, struct diags *);

/* The same without the finding. */
struct fault reader_end(struct store *, struct connection *, const struct answer *);
struct fault writer_end(struct store *, struct connection *, bool keep, const struct answer *);

/* Fails the connection when the answer is not whole. */
void answer_judge(struct connection *, const struct answer *);

/* Takes the next revision inside a writing transaction. */
uint64_t revision_next(struct connection *);

/* ---- rows ---- */

enum { ETAG_BYTES = 40 };
void etag_make(char *buf, uint64_t revision, struct str digest); /* buf: ETAG_BYTES */

/* The manifest of a row that begins with REVISION_COLUMNS and the document, which is compared with the checksum if it
 * is there. If it does not match, the connection fails or, with sound (may be NULL), *sound is false instead. */
bool manifest_of_row(const struct query *, struct answer *, struct store_manifest *ret, bool *sound);

struct standing {
	bool sound; /* a damaged manifest must not be given out, but can be replaced and deleted */
};
/* The manifest in force, with its document. more: NULL if a damaged one should fail the connection. False: there is
 * none, or a failure. */
bool manifest_standing(struct connection *, struct answer *, struct str namespace, struct str name,
                       struct store_manifest *ret, struct standing *more);

/* Room for n + 1 items of a listing; NULL fails the connection. */
void *listing_item(struct connection *, struct answer *, void *items, size_t *cap, size_t n, size_t size);

/* Does this statement about one manifest give a row? */
bool finds_row(struct connection *, enum statement, struct str namespace, struct str name);

enum { STATUS_COLUMNS_N = 9 + STORE_CLUSTER_STATES };

/* A row that begins with STATUS_COLUMNS; one that does not fit its checksum fails the connection. */
struct store_status status_of_row(const struct query *, struct answer *);
bool status_is_sound(const struct query *, struct str namespace, struct str name, const struct store_status *);

/* PRAGMA quick_check(1) or integrity_check(1): what it finds fails the connection. */
void check_structure(struct connection *, const char *pragma);

/* Writes a revision of a manifest with its hosts and claims. The result is in the answer, its document in the put.
 * standing: the one in force; NULL: none. */
struct store_manifest write_put(struct store *, struct connection *, struct answer *, const struct store_put *,
                                const struct store_manifest *standing);
struct store_manifest write_delete(struct connection *, struct answer *, const struct store_manifest *standing,
                                   struct str who, int64_t now);
bool put_is_unchanged(const struct store_put *, const struct store_manifest *standing, const struct standing *);

/* Remembers the reply of a request that is at work; without a key nothing. */
void reply_keep(struct connection *, const struct store_request *, const struct store_reply *);

#endif
