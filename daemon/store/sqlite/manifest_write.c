/* Putting and deleting manifests: judged and changed inside of one transaction. */
#include "base/arena.h"
#include "base/diag.h"
#include "store/digest.h"
#include "store/sqlite/room.h"

/* ---- preconditions ---- */

static bool is_listed(const struct str *tags, size_t n, struct str etag)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(tags[i], etag))
			return true;
	return false;
}

/* RFC 9110 13.2.2: If-Match first, without it If-Unmodified-Since, then If-None-Match. STORE_DONE: they hold. */
static enum store_outcome precondition_judge(const struct store_precondition *p, const struct store_manifest *standing)
{
	bool has_match = p->if_match_any || p->n_if_match, has_none_match = p->if_none_match_any || p->n_if_none_match;

	if (has_match && !standing)
		return STORE_STALE;
	if (p->n_if_match && !p->if_match_any && !is_listed(p->if_match, p->n_if_match, standing->etag))
		return STORE_STALE;
	if (!has_match && p->has_unmodified_since && standing && standing->when / 1000 > p->unmodified_since / 1000)
		return STORE_STALE;
	if (standing && (p->if_none_match_any || is_listed(p->if_none_match, p->n_if_none_match, standing->etag)))
		return STORE_STALE;
	return standing && p->required && !has_match && !has_none_match ? STORE_UNCONDITIONAL : STORE_DONE;
}

/* ---- quarrels ---- */

static bool is_among(const struct store_manifest *others, size_t n, struct str namespace, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(others[i].namespace, namespace) && str_eq(others[i].name, name))
			return true;
	return false;
}

/* Who claims the same as a put does, otherwise. */
struct others {
	struct store_manifest *items;
	size_t                 n;
	bool                   more; /* than LIMIT_STORE_NEIGHBOURS */
};

/* Adds those of one key. */
static void collect_others(struct connection *c, struct answer *a, const struct store_put *put,
                           const struct store_claim *claim, struct others *others)
{
	struct query q = query_open(c, SQL_CLAIM_OTHERS);

	query_text(&q, claim->key);
	query_blob(&q, str_present(claim->agreement) ? claim->agreement : STR(""));
	query_text(&q, put->namespace);
	query_text(&q, put->name);
	while (!others->more && query_step(&q)) {
		struct str namespace = column_view(&q, 0), name = column_view(&q, 1);

		if (put->meets && !put->meets(put->agrees_ctx, claim->key, namespace))
			continue;
		if (is_among(others->items, others->n, namespace, name))
			continue;
		if (others->n == LIMIT_STORE_NEIGHBOURS)
			others->more = true;
		else if (manifest_standing(c, a, namespace, name, &others->items[others->n], NULL))
			others->n++;
	}
	query_close(&q);
}

static bool quarrels(struct connection *c, struct answer *a, const struct store_put *put, struct store_change *change)
{
	struct others others = { 0 };

	if (put->n_claims == 0)
		return false;
	others.items = answer_alloc(a, LIMIT_STORE_NEIGHBOURS * sizeof(*others.items));
	if (!others.items)
		return false;
	for (size_t i = 0; i < put->n_claims && !others.more; i++)
		collect_others(c, a, put, &put->claims[i], &others);
	if (others.n == 0 || !connection_ok(c) || a->failed)
		return false;
	if (put->agrees && put->agrees(put->agrees_ctx, others.items, others.n)) {
		if (others.more) /* nobody has asked the others */
			connection_fail(c, FAULT_LIMIT, "256 manifests that claim the same otherwise");
		return false;
	}
	change->others = others.items;
	change->n_others = others.n;
	return true;
}

/* ---- writing ---- */

static uint64_t next_generation(struct connection *c, struct str namespace, struct str name)
{
	struct query q = query_open(c, SQL_GENERATION);
	uint64_t     generation = 1;

	query_text(&q, namespace);
	query_text(&q, name);
	if (query_step(&q))
		generation = column_uint(&q, 0) + 1;
	query_close(&q);
	return generation;
}

/* Fills in revision, generation and tag, and writes the revision. */
static void revision_add(struct connection *c, struct answer *a, struct store_manifest *m)
{
	char          etag[ETAG_BYTES];
	struct digest digest;
	struct str    sum;
	struct query  q;

	m->revision = revision_next(c);
	m->generation = next_generation(c, m->namespace, m->name);
	sum = digest_of_manifest(&digest, m);
	etag_make(etag, m->revision, sum);
	m->etag = answer_copy(a, etag, strlen(etag));
	q = query_open(c, SQL_REVISION_ADD);
	query_uint(&q, m->revision);
	query_text(&q, m->namespace);
	query_text(&q, m->name);
	query_uint(&q, m->generation);
	query_int(&q, (int64_t)m->action);
	query_int(&q, (int64_t)m->format);
	query_uint(&q, m->size);
	query_text(&q, m->who);
	query_int(&q, m->when);
	query_int(&q, m->created);
	query_blob(&q, sum);
	query_blob(&q, m->document);
	(void)query_run(&q);
}

static void run_named(struct connection *c, enum statement which, struct str namespace, struct str name)
{
	struct query q = query_open(c, which);

	query_text(&q, namespace);
	query_text(&q, name);
	(void)query_run(&q);
}

static void host_add(struct connection *c, struct str namespace, struct str name, const struct store_host *h)
{
	struct query q = query_open(c, SQL_HOST_ADD);

	query_text(&q, namespace);
	query_text(&q, name);
	query_text(&q, h->upstream);
	query_text(&q, h->host);
	query_int(&q, h->port);
	query_int(&q, h->shared);
	query_text(&q, h->cluster);
	(void)query_run(&q);
}

static void claim_add(struct connection *c, struct str namespace, struct str name, const struct store_claim *claim)
{
	struct query q = query_open(c, SQL_CLAIM_ADD);

	query_text(&q, claim->key);
	query_text(&q, namespace);
	query_text(&q, name);
	query_blob(&q, str_present(claim->agreement) ? claim->agreement : STR(""));
	(void)query_run(&q);
}

/* Writes the hosts and claims of a manifest in place of those that are there. */
static void extract_replace(struct connection *c, struct str namespace, struct str name, const struct store_host *hosts,
                            size_t n_hosts, const struct store_claim *claims, size_t n_claims)
{
	c->claims_changed = true;
	run_named(c, SQL_HOSTS_REMOVE, namespace, name);
	run_named(c, SQL_CLAIMS_REMOVE, namespace, name);
	for (size_t i = 0; i < n_hosts; i++)
		host_add(c, namespace, name, &hosts[i]);
	for (size_t i = 0; i < n_claims; i++)
		claim_add(c, namespace, name, &claims[i]);
}

struct store_manifest write_put(struct store *s, struct connection *c, struct answer *a, const struct store_put *put,
                                const struct store_manifest *standing)
{
	struct store_manifest m = { .namespace = answer_copy(a, put->namespace.p, put->namespace.n),
		                    .name = answer_copy(a, put->name.p, put->name.n),
		                    .action = standing ? STORE_REPLACE : STORE_CREATE,
		                    .format = put->format,
		                    .document = put->document,
		                    .size = put->document.n,
		                    .who = str_present(put->who) ? answer_copy(a, put->who.p, put->who.n) : STR_ABSENT,
		                    .when = put->now,
		                    .created = standing ? standing->created : put->now };
	struct query          q;

	answer_judge(c, a);
	revision_add(c, a, &m);
	q = query_open(c, SQL_MANIFEST_PUT);
	query_text(&q, m.namespace);
	query_text(&q, m.name);
	query_uint(&q, m.revision);
	query_int(&q, put->extractor ? put->extractor : atomic_load(&s->extractor));
	(void)query_run(&q);
	extract_replace(c, m.namespace, m.name, put->hosts, put->n_hosts, put->claims, put->n_claims);
	return m;
}

/* Whoever extracted its hosts: see store_outdated. */
bool put_is_unchanged(const struct store_put *put, const struct store_manifest *standing, const struct standing *more)
{
	return more->sound && standing->format == put->format && str_eq(standing->document, put->document);
}

static void put_judged(struct store *s, struct connection *c, struct answer *a, const struct store_put *put,
                       struct store_change *change)
{
	struct store_manifest standing = { 0 };
	struct standing       more = { 0 };
	bool                  stands = manifest_standing(c, a, put->namespace, put->name, &standing, &more);

	change->outcome = precondition_judge(&put->precondition, stands ? &standing : NULL);
	change->manifest = standing;
	if (!connection_ok(c) || change->outcome != STORE_DONE)
		return;
	if (stands && put_is_unchanged(put, &standing, &more)) {
		change->outcome = STORE_UNCHANGED;
	} else if (quarrels(c, a, put, change)) {
		change->outcome = STORE_QUARREL;
	} else {
		change->outcome = stands ? STORE_REPLACED : STORE_CREATED;
		change->manifest = write_put(s, c, a, put, stands ? &standing : NULL);
	}
}

bool store_put(struct store *s, struct arena *arena, const struct store_put *put, struct store_change *ret,
               struct diags *ds)
{
	struct store_change change = { .outcome = STORE_DONE };
	struct answer      *a;
	struct connection  *c;

	if (!put_within_limits(put, ds))
		return false;
	a = answer_new(arena);
	c = writer_take(s);
	put_judged(s, c, a, put, &change);
	change.manifest.document = STR_ABSENT;
	if (!writer_give(s, c, !put->dry_run && (change.outcome == STORE_CREATED || change.outcome == STORE_REPLACED),
	                 a, ds))
		return false;
	*ret = change;
	return true;
}

/* ---- deleting ---- */

struct store_manifest write_delete(struct connection *c, struct answer *a, const struct store_manifest *standing,
                                   struct str who, int64_t now)
{
	struct store_manifest m = { .namespace = standing->namespace,
		                    .name = standing->name,
		                    .action = STORE_DELETE,
		                    .format = standing->format,
		                    .who = str_present(who) ? answer_copy(a, who.p, who.n) : STR_ABSENT,
		                    .when = now,
		                    .created = standing->created };

	answer_judge(c, a);
	revision_add(c, a, &m);
	run_named(c, SQL_MANIFEST_REMOVE, m.namespace, m.name);
	run_named(c, SQL_STATUS_REMOVE, m.namespace, m.name);
	extract_replace(c, m.namespace, m.name, NULL, 0, NULL, 0);
	return m;
}

static void delete_judged(struct connection *c, struct answer *a, const struct store_delete *delete,
                          struct store_change *change)
{
	struct store_manifest standing = { 0 };
	struct standing       more = { 0 };
	bool                  stands = manifest_standing(c, a, delete->namespace, delete->name, &standing, &more);

	/* RFC 9110 13.2.1: preconditions count only where the request would do well without them. */
	change->outcome = stands ? precondition_judge(&delete->precondition, &standing) : STORE_NOT_FOUND;
	change->manifest = standing;
	if (connection_ok(c) && change->outcome == STORE_DONE)
		change->manifest = write_delete(c, a, &standing, delete->who, delete->now);
}

bool store_delete(struct store *s, struct arena *arena, const struct store_delete *delete, struct store_change *ret,
                  struct diags *ds)
{
	struct store_change change = { .outcome = STORE_DONE };
	struct answer      *a;
	struct connection  *c;

	if (!limit_name(delete->namespace, "a namespace", ds) ||
	    !limit_name(delete->name, "the name of a manifest", ds) ||
	    !limit_name(delete->who, "the name of a user", ds))
		return false;
	a = answer_new(arena);
	c = writer_take(s);
	delete_judged(c, a, delete, &change);
	change.manifest.document = STR_ABSENT;
	if (!writer_give(s, c, !delete->dry_run && change.outcome == STORE_DONE, a, ds))
		return false;
	*ret = change;
	return true;
}

/* ---- what was extracted ---- */

void store_extractor_set(struct store *s, unsigned extractor)
{
	atomic_store(&s->extractor, extractor);
}

bool store_extract(struct store *s, struct arena *arena, const struct store_extraction *e, enum store_outcome *ret,
                   struct diags *ds)
{
	struct store_manifest standing = { 0 };
	enum store_outcome    outcome = STORE_DONE;
	struct answer        *a;
	struct connection    *c;

	if (!extract_within_limits(e->hosts, e->n_hosts, e->claims, e->n_claims, ds))
		return false;
	a = answer_new(arena);
	c = writer_take(s);
	if (!manifest_standing(c, a, e->namespace, e->name, &standing, NULL))
		outcome = STORE_NOT_FOUND;
	else if (standing.revision != e->revision)
		outcome = STORE_STALE;
	if (outcome == STORE_DONE) {
		struct query q = query_open(c, SQL_EXTRACTOR_SET);

		query_int(&q, atomic_load(&s->extractor));
		query_text(&q, e->namespace);
		query_text(&q, e->name);
		(void)query_run(&q);
		extract_replace(c, e->namespace, e->name, e->hosts, e->n_hosts, e->claims, e->n_claims);
	}
	if (!writer_give(s, c, outcome == STORE_DONE, a, ds))
		return false;
	*ret = outcome;
	return true;
}
