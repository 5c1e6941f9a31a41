#include "serve/documents/quarrels.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/limits.h"
#include "plan/claim.h"
#include "serve/documents/documents.h"
#include "store/store.h"

struct finding {
	struct service        *service;
	const struct settings *settings;
	struct arena          *arena, *scratch; /* scratch: of the rows, which may be many more than the quarrels */
	struct quarrels       *ret;
	struct str             root; /* the namespace whose objects reach all others */
	struct quarrel_pair   *items;
	size_t                 cap, judged;
};

static bool is_of_clusters(struct str key)
{
	return str_has_prefix(key, STR("cluster/"));
}

bool quarrel_meets(struct str key, struct str a, struct str b, struct str root)
{
	return !is_of_clusters(key) || str_eq(a, b) || str_eq(a, root) || str_eq(b, root);
}

/* A rule that selects workloads was found to agree with one that selects none before it was kept. */
static bool is_quarrel(const struct store_quarrel *a, const struct store_quarrel *b)
{
	if (str_eq(a->namespace, b->namespace) && str_eq(a->name, b->name))
		return false;
	if (str_has_prefix(a->key, STR("rule/")) &&
	    (str_is(a->agreement, CLAIM_SELECTS_NONE) || str_is(b->agreement, CLAIM_SELECTS_NONE)))
		return false;
	return is_of_clusters(a->key) || !str_eq(a->agreement, b->agreement);
}

static struct quarrel_party party_of(struct finding *f, const struct store_quarrel *q)
{
	return (struct quarrel_party){ str_copy(f->arena, q->namespace), str_copy(f->arena, q->name) };
}

/* False: enough was found, or looked at. */
static bool judge(struct finding *f, const struct store_quarrel *a, const struct store_quarrel *b)
{
	struct quarrels *found = f->ret;

	found->more = found->more || found->n == LIMIT_QUARRELS || f->judged++ == LIMIT_QUARRELS_JUDGED;
	if (found->more)
		return false;
	if (!is_quarrel(a, b))
		return true;
	f->items = arena_list(f->arena, f->items, found->n, &f->cap, sizeof(*f->items));
	f->items[found->n++] = (struct quarrel_pair){ .about = str_copy(f->arena, a->key),
		                                      .parties = { party_of(f, a), party_of(f, b) } };
	return true;
}

static bool judge_each(struct finding *f, const struct store_quarrel *a, const struct store_quarrel *from,
                       const struct store_quarrel *to)
{
	for (; from < to; from++)
		if (!judge(f, a, from))
			return false;
	return true;
}

/* Behind the last of the rows that are of one namespace with the first. */
static const struct store_quarrel *namespace_end(const struct store_quarrel *from, const struct store_quarrel *to)
{
	struct str namespace = from->namespace;

	while (from < to && str_eq(from->namespace, namespace))
		from++;
	return from;
}

/* The parties of one key, by namespace: each with those behind it that it meets. Of the name of a cluster that many
 * namespaces have for themselves not every two are looked at. */
static bool judge_key(struct finding *f, const struct store_quarrel *from, const struct store_quarrel *to)
{
	const struct store_quarrel *root = from, *root_end;

	while (root < to && !str_eq(root->namespace, f->root))
		root++;
	root_end = root < to ? namespace_end(root, to) : to;
	for (const struct store_quarrel *a = from, *end = from; a < to; a++) {
		bool meets_all = !is_of_clusters(a->key) || (a >= root && a < root_end);

		if (a == end)
			end = namespace_end(a, to);
		if (!judge_each(f, a, a + 1, meets_all ? to : end) ||
		    (!meets_all && a < root && !judge_each(f, a, root, root_end)))
			return false;
	}
	return true;
}

static void find(void *ctx)
{
	struct finding       *f = ctx;
	struct store_quarrels rows = { 0 };
	struct quarrels      *found = ARENA_NEW(f->arena, struct quarrels);
	size_t                end;

	arena_share_run(f->scratch, f->arena);
	atomic_init(&found->users, 1);
	found->arena = f->arena;
	found->extractor = f->settings->extractor;
	found->version = store_claims_version(f->service->store); /* first: what is read then is not older */
	diags_init(&found->diags, f->arena);
	f->ret = found;
	f->root = mesh_of_settings(f->scratch, f->settings)->spec->root_namespace;
	found->failed = !store_quarrels(f->service->store, f->scratch, f->root, &rows, &found->diags);
	for (size_t i = 0; i < rows.n; i = end) {
		for (end = i + 1; end < rows.n && str_eq(rows.items[end].key, rows.items[i].key); end++)
			;
		if (!judge_key(f, rows.items + i, rows.items + end))
			break;
	}
	found->more = found->more || rows.more;
	found->items = f->items;
}

/* NULL: no memory. */
static struct quarrels *quarrels_find(struct service *service, const struct settings *settings)
{
	struct finding f = { .service = service,
		             .settings = settings,
		             .arena = arena_new(LIMIT_REQUEST_MEMORY_BYTES),
		             .scratch = arena_new(LIMIT_REQUEST_MEMORY_BYTES) };
	bool           found = f.arena && f.scratch && arena_run(f.arena, find, &f);

	arena_free(f.scratch);
	if (found)
		return f.ret;
	arena_free(f.arena);
	return NULL;
}

/* ---- kept ---- */

static struct quarrels *taken(struct quarrels *q)
{
	if (q)
		atomic_fetch_add_explicit(&q->users, 1, memory_order_relaxed);
	return q;
}

void quarrels_give(struct quarrels *q)
{
	if (q && atomic_fetch_sub(&q->users, 1) == 1)
		arena_free(q->arena);
}

static bool knows(const struct quarrels *q, const struct settings *settings, uint64_t version)
{
	return q && q->extractor == settings->extractor && q->version >= version;
}

static struct quarrels *quarrels_kept(struct service *service)
{
	struct quarrels *q;

	pthread_mutex_lock(&service->lock);
	q = taken(service->quarrels);
	pthread_mutex_unlock(&service->lock);
	return q;
}

static void quarrels_keep(struct service *service, struct quarrels *q)
{
	struct quarrels *before;

	pthread_mutex_lock(&service->lock);
	before = service->quarrels;
	service->quarrels = taken(q);
	pthread_mutex_unlock(&service->lock);
	quarrels_give(before);
}

/* NULL: no memory. */
static struct quarrels *quarrels_take(struct service *service, const struct settings *settings)
{
	uint64_t         version = store_claims_version(service->store);
	struct quarrels *q = quarrels_kept(service);

	if (knows(q, settings, version))
		return q;
	quarrels_give(q);
	/* Who comes meanwhile waits for what is found here, instead of holding as many claims again. */
	pthread_mutex_lock(&service->finding_quarrels);
	q = quarrels_kept(service);
	if (!knows(q, settings, version)) {
		quarrels_give(q);
		q = quarrels_find(service, settings);
		if (q && !q->failed)
			quarrels_keep(service, q);
	}
	pthread_mutex_unlock(&service->finding_quarrels);
	return q;
}

struct hold {
	struct quarrels *q;
};

static void let_go(void *hold)
{
	quarrels_give(((struct hold *)hold)->q);
}

const struct quarrels *quarrels_now(struct arena *arena, struct service *service, const struct settings *settings)
{
	struct hold *hold = ARENA_NEW(arena, struct hold);

	arena_defer(arena, let_go, hold); /* before there is anything to lose */
	hold->q = quarrels_take(service, settings);
	if (!hold->q)
		arena_exhausted(arena);
	return hold->q;
}
