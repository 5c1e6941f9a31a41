/* store.h - what the daemon keeps: manifests with every revision of them, who calls which host, and the last verdicts.
 *
 * The store knows nothing of what a manifest means. The caller hands in a document's bytes and what it read out of
 * them (hosts, claims); these are rows of their own, so nothing is ever parsed again at start or for a listing.
 *
 * Durable: when a function that writes returns true, the change is on the disk (it survives a power cut); when it
 * returns false, nothing of it is. There is nothing between. A change's rows are written in one transaction.
 *
 * Threads: a struct store may be used by any number of threads at once. Writes go one after the other over one
 * connection; reads run beside them over a few more (struct store_options.readers), each on a snapshot, and wait when
 * all are taken. No function holds a connection when it returns. store_close is called once, by the last user.
 *
 * Answers and errors: false means that a finding of 07xx was added (no space, damaged, closed ...) and *ret is
 * untouched. What a client can cause by asking (not there, stale, quarrel) is no error but an enum store_outcome.
 * The caller's arena owns every answer; a struct str of a request needs to live only during the call. Texts may hold
 * any bytes but for names (namespace, name, proxy, host ...), which are UTF-8 without NUL.
 *
 * Times are Unix milliseconds and always the caller's: the store never looks at a clock.
 *
 * One store is built, store/sqlite, and its functions are these. There is no table of pointers between: with nothing to
 * choose from it would say every line of this header a second time and decide nothing. What another store would have to
 * keep is what stands here, in words that are no database's: entity tags and `next` mean nothing to the caller; revisions
 * grow and may have gaps, and resuming from one that is too old may be refused (STORE_GONE).
 */
#ifndef CALLOUT_STORE_STORE_H
#define CALLOUT_STORE_STORE_H

#include "base/str.h"

struct arena;
struct diags;
struct store;

/* ---- opening ---- */

struct store_options {
	struct str directory; /* made with mode 0700 when it is not there; the store's alone while it is open */
	unsigned   readers;   /* connections for reading, 1 to LIMIT_STORE_READERS; 0: 2 */
	unsigned   extractor; /* what extracts hosts and claims: a number for its code and all else that they depend on,
	                       * see store_outdated; 1 to INT32_MAX */
	/* Called after each change that was made, on the thread that made it and with no lock held: wakes the
	 * watchers. revision is at least that of the change. Must not call into the store. NULL: not called. */
	void (*changed)(void *ctx, uint64_t revision);
	void *changed_ctx;
};

/* NULL: a finding was added: CO0750 in use by another process (which one), CO0751 no such thing can be made or
 * written there, CO0752 written by a newer program, CO0753 damaged, CO0754 no data of Callout. After an unclean stop
 * (facts.unclean_start) the files are checked before the store is used, up to LIMIT_STORE_CHECKED_BYTES; run
 * store_check in the background then. Makes tables of older versions those of this one. */
struct store *store_open(const struct store_options *, struct diags *);
void          store_close(struct store *); /* NULL is fine */

struct store_facts {
	uint64_t revision;      /* of the newest change; 0 when there was none */
	uint64_t oldest;        /* changes after this one are all still known: where a watch may resume */
	uint64_t manifests;     /* not deleted */
	uint64_t revisions;     /* of all manifests, deleted ones included */
	uint64_t hosts;         /* rows of the host registry */
	uint64_t proxies;       /* rows of status */
	uint64_t bytes;         /* of the files */
	unsigned schema;        /* version of the schema */
	bool     unclean_start; /* the last process did not close the store */
	bool     writable;      /* false after a write failed for want of space or rights, until one succeeds */
};
bool     store_facts(struct store *, struct store_facts *ret, struct diags *);
uint64_t store_revision(const struct store *); /* newest committed revision: no lock, no disk */
bool     store_writable(const struct store *); /* as in the facts: no lock, no disk */

/* ---- manifests ---- */

enum store_format { STORE_YAML, STORE_JSON };
enum store_action { STORE_CREATE, STORE_REPLACE, STORE_DELETE };

/* One revision of one manifest. Revisions count all changes of the store, so they also order the changes of
 * different manifests; generation counts those of this manifest (it goes on after a delete). */
struct store_manifest {
	struct str namespace;
	struct str        name;
	uint64_t          revision;
	uint64_t          generation;
	struct str        etag; /* without quotes: never given twice, not even after a restore */
	enum store_action action;
	enum store_format format;
	struct str        document; /* absent for a delete, and where it was not asked for */
	uint64_t          size;     /* of the document, whether it was asked for or not */
	struct str        who;
	int64_t           when;
	int64_t           created; /* when the manifest (since its last delete) was put first */
};

/* One upstream's host. shared: under its public name (isolated: false). */
struct store_host {
	struct str upstream;
	struct str host;
	uint16_t   port;
	bool       shared;
	struct str cluster; /* predicted name; may be absent */
};

/* What manifests must agree on, such as "host/shop/auth.example.com" or "cluster/rate_limit_cluster". Two manifests with
 * the same key and other agreement bytes (a digest of the settings, say) quarrel; an absent agreement quarrels with
 * every other manifest of the same key. The key's text is the caller's; the store compares bytes. */
struct store_claim {
	struct str key;
	struct str agreement;
};

/* RFC 9110 13.1: lists of entity tags without quotes and W/; *_any is "*". */
struct store_precondition {
	const struct str *if_match;
	size_t            n_if_match;
	bool              if_match_any;
	const struct str *if_none_match;
	size_t            n_if_none_match;
	bool              if_none_match_any;
	bool              has_unmodified_since; /* looked at without If-Match alone, in whole seconds */
	int64_t           unmodified_since;     /* Unix time in milliseconds */
	bool              required; /* replacing or deleting without any of the above is STORE_UNCONDITIONAL */
};

enum store_outcome {
	STORE_DONE,          /* read, or deleted */
	STORE_CREATED,       /* 201 */
	STORE_REPLACED,      /* 200 */
	STORE_UNCHANGED,     /* 200: the same bytes were there; no new revision */
	STORE_NOT_FOUND,     /* 404 */
	STORE_STALE,         /* 412: a precondition does not hold */
	STORE_UNCONDITIONAL, /* 428: needs a precondition */
	STORE_QUARREL,       /* 409: see others */
	STORE_GONE,          /* 410: changes since then are no longer all known */
	STORE_BAD_CONTINUE,  /* 400: not a token of this listing */
	STORE_MISMATCH,      /* 422: the idempotency key came with another request before */
	STORE_BUSY,          /* 409: the first request with this idempotency key is still at work */
};

struct store_put {
	struct str namespace;
	struct str                name;
	enum store_format         format;
	struct str                document; /* at most LIMIT_DOCUMENT_BYTES */
	const struct store_host  *hosts;
	size_t                    n_hosts; /* at most LIMIT_UPSTREAMS */
	const struct store_claim *claims;
	size_t                    n_claims;  /* at most LIMIT_STORE_CLAIMS */
	unsigned                  extractor; /* of hosts and claims; 0: the store's */
	struct store_precondition precondition;
	struct str                who;
	int64_t                   now;
	bool                      dry_run; /* everything is judged, nothing is kept */
	/* Other manifests with a claim of the same key and another agreement, documents included: do they agree
	 * after all? Called inside the transaction (all other writers wait), so that two puts cannot quarrel by
	 * being quick. NULL: any such manifest is a quarrel. Must not call into the store, nor end an arena_run. */
	bool (*agrees)(void *ctx, const struct store_manifest *others, size_t n);
	/* Can a claim under this key meet one of that namespace's manifests at all? Others are passed over unread. NULL: it
	 * can. As agrees, and with its ctx. */
	bool (*meets)(void *ctx, struct str key, struct str namespace);
	void *agrees_ctx;
};

struct store_change {
	enum store_outcome           outcome;
	struct store_manifest        manifest; /* as it is now, without document; after STALE and UNCONDITIONAL the one
	                                        * that stands; empty after NOT_FOUND */
	const struct store_manifest *others;   /* of a quarrel, documents included; LIMIT_STORE_NEIGHBOURS at most */
	size_t                       n_others;
};

/* Order of judgement: preconditions, then unchanged, then quarrels. */
bool store_put(struct store *, struct arena *, const struct store_put *, struct store_change *ret, struct diags *);

struct store_delete {
	struct str namespace;
	struct str                name;
	struct store_precondition precondition;
	struct str                who;
	int64_t                   now;
	bool                      dry_run;
};
/* Keeps the history; status and hosts go. STORE_DONE, NOT_FOUND, STALE, UNCONDITIONAL. */
bool store_delete(struct store *, struct arena *, const struct store_delete *, struct store_change *ret,
                  struct diags *);

/* Makes what is given all that stands, in one transaction: readers see the set from before or the new one. What is given
 * and stands already keeps its revision, the rest is put, and what is not given is deleted. For a store that follows
 * another source: quarrels between them are the caller's to find beforehand. Of each put precondition, who, now, dry_run
 * and agrees are not looked at; no name may come twice. */
struct store_synced {
	size_t   created, replaced, deleted, unchanged;
	uint64_t revision; /* newest of the store afterwards */
};
bool store_sync(struct store *, const struct store_put *, size_t n, struct str who, int64_t now,
                struct store_synced *ret, struct diags *);

/* The manifest that stands. STORE_DONE or STORE_NOT_FOUND. */
bool store_get(struct store *, struct arena *, struct str namespace, struct str name, enum store_outcome *,
               struct store_manifest *ret, struct diags *);

/* ---- listings ---- */

/* What a listing shows: n_namespaces == 0 is everything; else these alone, each once. */
struct store_scope {
	const struct str *namespaces;
	size_t            n_namespaces; /* at most LIMIT_STORE_NAMESPACES */
};

/* limit: 0 or more than LIMIT_STORE_PAGE is LIMIT_STORE_PAGE; a page also ends early at LIMIT_STORE_PAGE_BYTES. after:
 * the `next` of the page before, absent for the first; it belongs to one kind of listing with one scope and filter (else
 * STORE_BAD_CONTINUE) and is valid for ever. Paging is by key: what stands all the time is seen exactly once, whatever
 * else changes meanwhile. */
struct store_page {
	struct store_scope scope;
	size_t             limit;
	struct str         after;
	bool               documents; /* with the bytes of each */
};

struct store_list {
	enum store_outcome           outcome; /* STORE_DONE, STORE_BAD_CONTINUE */
	const struct store_manifest *items;   /* by namespace, then name, as bytes */
	size_t                       n;
	struct str                   next;     /* absent: this was the last page */
	uint64_t                     revision; /* of the FIRST page: a watch from here misses nothing */
	bool                         more;     /* something is behind the page */
	uint64_t                     as_of;    /* of store_list: the newest change that this page knows of */
};
bool store_list(struct store *, struct arena *, const struct store_page *, struct store_list *ret, struct diags *);

/* All revisions of one manifest, newest first, deletes included. STORE_NOT_FOUND: it never was there, or was purged.
 * page->scope is not looked at. */
bool store_history(struct store *, struct arena *, struct str namespace, struct str name, const struct store_page *,
                   struct store_list *ret, struct diags *);
/* One revision with its document. */
bool store_history_get(struct store *, struct arena *, struct str namespace, struct str name, uint64_t revision,
                       enum store_outcome *, struct store_manifest *ret, struct diags *);

/* Changes after the revision since, oldest first, at most page->limit (`after` is not looked at). Revisions that were
 * replaced since may be missing (purged); the newest of each manifest never is. STORE_GONE: since is before deletions
 * that are forgotten, or from the future (another history): list again. ret->revision: resume from here next time, at
 * once when ret->more (even when no item is shown: changes outside of the scope were passed over), else after the next
 * `changed`. */
bool store_changes(struct store *, struct arena *, uint64_t since, const struct store_page *, struct store_list *ret,
                   struct diags *);

/* ---- the host registry ---- */

struct store_caller {
	struct str namespace;
	struct str        name;
	struct store_host host;
};

struct store_callers {
	enum store_outcome         outcome;
	const struct store_caller *items; /* by host, port, namespace, name, upstream */
	size_t                     n;
	struct str                 next;
};
/* host: only this one (exact bytes; the caller lowers case); absent: all. */
bool store_hosts(struct store *, struct arena *, struct str host, const struct store_page *, struct store_callers *ret,
                 struct diags *);

/* Claims on which stored manifests do not agree (put under older rules, or let through by `agrees`). */
struct store_quarrel {
	struct str key;
	struct str namespace;
	struct str name;
	struct str agreement;
};
struct store_quarrels {
	enum store_outcome          outcome;
	const struct store_quarrel *items; /* by key, namespace, name: all parties of a key */
	size_t                      n;     /* at most LIMIT_STORE_QUARRELS, and LIMIT_STORE_QUARRELS_BYTES of text */
	bool                        more;
};
/* Looks over all claims: what it gave may be kept until store_claims_version is another. A key without any agreement, which
 * many namespaces may have for themselves, is left out unless a namespace has it twice, or root (empty: none) has it too:
 * however many there are, they take the place of no other. */
bool store_quarrels(struct store *, struct arena *, struct str root, struct store_quarrels *ret, struct diags *);
/* Another number after each change of claims: no lock, no disk. */
uint64_t store_claims_version(const struct store *);

/* Another extractor from now on: manifests of the one before are outdated. */
void store_extractor_set(struct store *, unsigned extractor);
/* Manifests, documents included, whose hosts and claims were extracted by another than the store's extractor, at
 * most page->limit; for each the caller calls store_extract. Empty: all are up to date. page->after is not looked at. */
bool store_outdated(struct store *, struct arena *, const struct store_page *, struct store_list *ret, struct diags *);
struct store_extraction {
	struct str namespace;
	struct str                name;
	uint64_t                  revision; /* that was read */
	const struct store_host  *hosts;
	size_t                    n_hosts; /* at most LIMIT_UPSTREAMS */
	const struct store_claim *claims;
	size_t                    n_claims; /* at most LIMIT_STORE_CLAIMS */
};
/* Replaces hosts and claims of the manifest, when its revision is still this one (else STORE_STALE or NOT_FOUND). */
bool store_extract(struct store *, struct arena *, const struct store_extraction *, enum store_outcome *ret,
                   struct diags *);

/* ---- idempotency ---- */

/* A POST that came with Idempotency-Key. scope: who asked (keys of different users never meet). */
struct store_request {
	struct str scope;
	struct str key;         /* at most LIMIT_STORE_KEY_BYTES; absent: no key, nothing is remembered */
	struct str fingerprint; /* of what is known when it begins: the path and so on */
	struct str content;     /* checksum of its body, when its reply is kept: SHA-256 as text, or absent */
};
/* The answer that the first request with the key got. */
struct store_reply {
	unsigned   status;
	struct str media_type;
	struct str body; /* at most LIMIT_STORE_REPORT_BYTES */
	struct str
		content; /* of the request that it was the answer to; empty when there was none. Only read: the caller
	                     * compares it with the body that comes now */
};
/* Takes the key. STORE_CREATED: go on, and end with store_status_put or store_abandon. STORE_DONE: *ret is
 * what to answer. STORE_BUSY, STORE_MISMATCH. What was at work when the process died is free again. */
bool store_begin(struct store *, struct arena *, const struct store_request *, int64_t now, enum store_outcome *,
                 struct store_reply *ret, struct diags *);
bool store_abandon(struct store *, const struct store_request *, struct diags *);

/* ---- status ---- */

/* What a manifest's clusters come to in one proxy: kinds that the caller numbers, always the same way. */
enum { STORE_CLUSTER_STATES = 8 };

/* What a dump of one proxy said about one manifest. */
struct store_status {
	struct str proxy;
	uint64_t   revision;                       /* of the manifest that was judged */
	struct str verdict;                        /* the worst of its upstreams, one word: resolved, missing ... */
	bool       good;                           /* nothing is wrong */
	uint32_t   clusters[STORE_CLUSTER_STATES]; /* how many are in each state; 0 in rows of older versions */
	struct str source;                         /* what it was read from: the dump's file name */
	struct str who;
	int64_t    when;
	struct str report; /* the verdicts as the caller wants them back (JSON), at most LIMIT_STORE_REPORT_BYTES */
	/* Filled in when read. */
	bool stale;    /* older than the time given */
	bool outdated; /* the manifest has changed since */
};
struct store_verdicts {
	struct str namespace;
	struct str                  name;
	const struct store_status  *rows;
	size_t                      n;       /* at most LIMIT_STORE_PAGE */
	const struct store_request *request; /* NULL or without a key: the reply is not remembered */
	const struct store_reply   *reply;
};
/* Replaces the rows of these proxies (all or none), and remembers the reply under the request's key in the same
 * transaction. STORE_DONE or STORE_NOT_FOUND (no such manifest). An older verdict (by when) does not replace a newer one,
 * unless that is of a clock that was set back since: a minute or more ahead. */
bool store_status_put(struct store *, const struct store_verdicts *, enum store_outcome *ret, struct diags *);

struct store_statuses {
	enum store_outcome         outcome; /* STORE_DONE, STORE_NOT_FOUND, STORE_BAD_CONTINUE */
	const struct store_status *items;   /* by proxy; reports only with page->documents */
	size_t                     n;
	struct str                 next;
	/* Of the manifest as a whole, whatever the page. An outdated or stale row counts there alone. */
	uint64_t proxies, good, bad, stale, outdated;
	int64_t  newest; /* when; 0 without rows */
};
struct store_status_query {
	struct str namespace;
	struct str               name;
	const struct store_page *page; /* its scope is not looked at */
	int64_t                  now;
	int64_t                  stale_after; /* milliseconds; 0: never stale */
};
bool store_status(struct store *, struct arena *, const struct store_status_query *, struct store_statuses *ret,
                  struct diags *);

/* The same sums over all manifests, for metrics. */
struct store_status_sums {
	uint64_t proxies, good, bad, stale, outdated;
	uint64_t clusters[STORE_CLUSTER_STATES]; /* of rows that are neither stale nor outdated */
	int64_t  last_good; /* when the newest verdict with nothing wrong was handed in; 0: never */
};
bool store_status_sums(struct store *, int64_t now, int64_t stale_after, struct store_status_sums *ret, struct diags *);

/* ---- upkeep: each may be called beside everything else ---- */

/* Takes all revisions but the one that stands out of the files (overwritten with zeros, for they may hold secrets), of a
 * deleted manifest all. STORE_DONE or STORE_NOT_FOUND. *removed: how many. Watches from before must list again. */
bool store_purge(struct store *, struct str namespace, struct str name, enum store_outcome *, uint64_t *removed,
                 struct diags *);

struct store_retention {
	int64_t  deleted;   /* milliseconds that the history of a deleted manifest is kept; 0: for ever */
	uint64_t revisions; /* of one manifest that are kept; 0: all */
	int64_t  replies;   /* that an idempotency key is remembered; 0: for ever */
	int64_t  status;    /* that a verdict is kept; 0: for ever */
};
/* Removes what is past its time, a bounded number of rows a call; *more: call again. */
bool store_sweep(struct store *, const struct store_retention *, int64_t now, bool *more, struct diags *);

/* Reads everything and compares it with its checksums and indexes: for the background. False: a finding names what is
 * damaged (CO0753). Ends early, as if all were well, after store_interrupt. */
bool store_check(struct store *, struct diags *);
void store_interrupt(struct store *); /* async-signal-safe: ends store_check and store_copy early */

/* Copies the whole store in a data directory, as it is at one moment, to a new file (mode 0600; replaced whole or not at
 * all). The store may be open, in another process too, and goes on. The file is a data directory's callout.db. */
bool store_backup(struct str directory, struct str file, struct diags *);
/* The same of an open store, into a file that has no name, on the store's own disk, of which it leaves some free. One at a
 * time, which the caller sees to. */
struct store_copy {
	int      fd;       /* of the caller from now on, at offset 0 */
	uint64_t bytes;    /* of the file */
	uint64_t revision; /* of the newest change that is in it */
};
bool store_copy(struct store *, struct store_copy *ret, struct diags *);

#endif
