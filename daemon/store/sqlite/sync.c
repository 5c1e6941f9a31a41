/* A store that follows another source: the whole set at once. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/diag.h"
#include "store/sqlite/room.h"

struct sync {
	struct store            *s;
	struct connection       *c;
	const struct store_put **sorted; /* by namespace and name */
	size_t                   n;
	struct str               who;
	int64_t                  now;
	struct store_synced      synced;
};

static int compare_names(struct str namespace_a, struct str name_a, struct str namespace_b, struct str name_b)
{
	int order = str_cmp(namespace_a, namespace_b);

	return order ? order : str_cmp(name_a, name_b);
}

static int compare_puts(const void *a, const void *b)
{
	const struct store_put *x = *(const struct store_put *const *)a, *y = *(const struct store_put *const *)b;

	return compare_names(x->namespace, x->name, y->namespace, y->name);
}

static int compare_manifest(const void *key, const void *item)
{
	const struct store_manifest *m = key;
	const struct store_put      *put = *(const struct store_put *const *)item;

	return compare_names(m->namespace, m->name, put->namespace, put->name);
}

/* Memory of one manifest at a time. */
static void sync_put(struct sync *y, const struct store_put *given)
{
	struct answer         a = { 0 };
	struct store_put      put = *given;
	struct store_manifest standing = { 0 };
	struct standing       more = { 0 };
	bool                  stands = manifest_standing(y->c, &a, put.namespace, put.name, &standing, &more);

	put.who = y->who;
	put.now = y->now;
	if (stands && put_is_unchanged(&put, &standing, &more)) {
		y->synced.unchanged++;
	} else if (connection_ok(y->c) && !a.failed) {
		(void)write_put(y->s, y->c, &a, &put, stands ? &standing : NULL);
		*(stands ? &y->synced.replaced : &y->synced.created) += 1;
	}
	answer_judge(y->c, &a);
	answer_release(&a);
}

/* Those that stand and were not given, collected before the first is deleted. */
static struct store_manifest *find_rest(struct sync *y, struct answer *a, size_t *n)
{
	struct store_manifest *rest = NULL;
	size_t                 cap = 0;
	struct query           q = query_open(y->c, SQL_LIST);

	query_int(&q, 0);
	query_text(&q, STR(""));
	query_text(&q, STR(""));
	query_int(&q, -1);
	while (query_step(&q)) {
		struct store_manifest m = { .namespace = column_view(&q, 0), .name = column_view(&q, 1) };

		if (bsearch(&m, y->sorted, y->n, sizeof(*y->sorted), compare_manifest))
			continue;
		rest = listing_item(y->c, a, rest, &cap, *n, sizeof(*rest));
		if (!rest || !manifest_of_row(&q, a, &rest[*n], NULL))
			break;
		(*n)++;
	}
	query_close(&q);
	return rest;
}

static void sync_rest(struct sync *y)
{
	struct answer          a = { 0 };
	size_t                 n = 0;
	struct store_manifest *rest = find_rest(y, &a, &n);

	for (size_t i = 0; i < n && connection_ok(y->c); i++) {
		(void)write_delete(y->c, &a, &rest[i], y->who, y->now);
		y->synced.deleted++;
	}
	answer_judge(y->c, &a);
	answer_release(&a);
}

static bool is_sound(const struct store_put *puts, size_t n, struct str who, struct diags *ds)
{
	if (!limit_name(who, "the name of a user", ds))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!put_within_limits(&puts[i], ds))
			return false;
	return true;
}

bool store_sync(struct store *s, const struct store_put *puts, size_t n, struct str who, int64_t now,
                struct store_synced *ret, struct diags *ds)
{
	struct sync y = { .s = s, .n = n, .who = who, .now = now };
	bool        ok;

	if (!is_sound(puts, n, who, ds))
		return false;
	y.sorted = calloc(n + 1, sizeof(*y.sorted));
	if (!y.sorted) {
		diag_add(ds, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		y.sorted[i] = &puts[i];
	qsort(y.sorted, n, sizeof(*y.sorted), compare_puts);
	y.c = writer_take(s);
	sync_rest(&y);
	for (size_t i = 0; i < n && connection_ok(y.c); i++)
		sync_put(&y, y.sorted[i]);
	free(y.sorted);
	ok = writer_give(s, y.c, y.synced.created + y.synced.replaced + y.synced.deleted > 0, NULL, ds);
	if (!ok)
		return false;
	y.synced.revision = store_revision(s);
	*ret = y.synced;
	return true;
}
