/* driver - a small program around the store, for tests that end it, starve it, or measure it.
 *
 *     driver write DIR SEED        changes manifests for ever; "try ..." before and "ack ..." after each change
 *     driver dump DIR              all that is stored, checked
 *     driver script DIR            each call of the interface once
 *     driver fill DIR              puts until the disk is full, reads, says what it found
 *     driver load DIR N            N manifests
 *     driver open DIR              time of opening
 *     driver bench DIR             times of opening, pages, and puts
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "driver.h"

enum { KEYS = 40, WRITERS = 2 };

const char *directory;

struct store *open_store(struct diags *ds)
{
	struct store_options options = { .directory = str_c(directory), .extractor = 1 };

	return store_open(&options, ds);
}

/* Findings go to standard output: they are results here. */
static void print_findings(struct diags *ds)
{
	for (const struct diag *d = ds->first; d; d = d->next)
		printf("CO%04d %.*s\n", (int)d->code, STR_ARG(d->message));
	diags_init(ds, ds->arena);
}

static struct str document_of(struct arena *arena, unsigned key, unsigned number)
{
	size_t     n = 200 + (number * 37U + key * 101U) % 6000;
	char      *text = arena_alloc(arena, n);
	struct str head = str_fmt(arena, "%u %u\n", key, number);

	memset(text, 'a' + (int)(number % 26), n);
	memcpy(text, head.p, head.n);
	return str_of(text, n);
}

static void say(const char *what, unsigned key, unsigned number, uint64_t revision)
{
	char text[96];
	int  n = snprintf(text, sizeof(text), "%s %u %u %llu\n", what, key, number, (unsigned long long)revision);

	if (write(STDOUT_FILENO, text, (size_t)n) != n)
		_exit(1);
}

/* ---- write ---- */

struct writer {
	struct store *store;
	unsigned      seed, first;
};

static bool change(struct writer *w, struct arena *arena, struct diags *ds, unsigned key, unsigned number)
{
	static const struct store_host hosts[] = {
		{ STR_INIT("a"), STR_INIT("a.example.com"), 443, true, { NULL, 0 } }
	};
	struct str          name = str_fmt(arena, "key-%u", key);
	struct store_change done;

	say("try", key, number, 0);
	if (number) {
		struct store_put p = { .namespace = STR("shop"),
			               .name = name,
			               .document = document_of(arena, key, number),
			               .hosts = hosts,
			               .n_hosts = 1,
			               .now = number };

		if (!store_put(w->store, arena, &p, &done, ds))
			return false;
	} else {
		struct store_delete d = { .namespace = STR("shop"), .name = name };

		if (!store_delete(w->store, arena, &d, &done, ds))
			return false;
	}
	say("ack", key, number, done.outcome == STORE_NOT_FOUND ? 0 : done.manifest.revision);
	return true;
}

static void *write_forever(void *ctx)
{
	struct writer *w = ctx;
	unsigned       random = w->seed * 2654435761U + w->first;

	for (unsigned turn = 1;; turn++) {
		struct arena *arena = arena_new(64 * MIB);
		struct diags  ds;
		unsigned      key;

		diags_init(&ds, arena);
		random = random * 1664525U + 1013904223U;
		key = (random >> 8) % (KEYS / WRITERS) * WRITERS + w->first;
		if (!change(w, arena, &ds, key, (random >> 20) % 8 == 0 ? 0 : w->seed * 1000000U + turn)) {
			print_findings(&ds);
			exit(1);
		}
		arena_free(arena);
	}
	return NULL;
}

static int run_write(struct arena *arena, struct diags *ds, const char *seed)
{
	struct store *store = open_store(ds);
	struct writer writers[WRITERS];
	pthread_t     threads[WRITERS];

	(void)arena;
	if (!store)
		return 1;
	say("open", 0, 0, store_revision(store));
	for (unsigned i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ store, (unsigned)atoi(seed), i };
		if (pthread_create(&threads[i], NULL, write_forever, &writers[i]) != 0)
			return 1;
	}
	pthread_join(threads[0], NULL);
	return 1;
}

/* ---- dump ---- */

static bool dump_history(struct store *store, struct arena *arena, struct diags *ds, unsigned key)
{
	struct store_page page = { .documents = true };
	struct store_list found;
	struct str        name = str_fmt(arena, "key-%u", key);

	do {
		if (!store_history(store, arena, STR("shop"), name, &page, &found, ds))
			return false;
		for (size_t i = 0; i < found.n; i++) {
			struct str head = found.items[i].document;

			(void)str_cut(found.items[i].document, '\n', &head);
			printf("rev %u %llu %.*s\n", key, (unsigned long long)found.items[i].revision,
			       STR_ARG(str_present(head) ? head : STR("deleted")));
			if (str_present(head) &&
			    !str_eq(found.items[i].document, document_of(arena, key, (unsigned)found.items[i].when)))
				printf("WRONG text of key-%u\n", key);
		}
		page.after = found.next;
	} while (str_present(found.next));
	return true;
}

static int run_dump(struct arena *arena, struct diags *ds)
{
	struct store     *store = open_store(ds);
	struct store_list found;

	if (!store)
		return 1;
	if (!store_list(store, arena, &(struct store_page){ 0 }, &found, ds))
		return 1;
	for (size_t i = 0; i < found.n; i++)
		printf("now %.*s %llu\n", (int)found.items[i].name.n - 4, found.items[i].name.p + 4,
		       (unsigned long long)found.items[i].revision);
	for (unsigned key = 0; key < KEYS; key++)
		if (!dump_history(store, arena, ds, key))
			return 1;
	if (!store_check(store, ds))
		return 1;
	printf("end %llu\n", (unsigned long long)store_revision(store));
	store_close(store);
	return 0;
}

/* ---- fill ---- */

static int run_fill(struct arena *arena, struct diags *ds)
{
	struct store         *store = open_store(ds);
	struct store_manifest m;
	enum store_outcome    outcome;
	struct store_change   done;
	unsigned              stored = 0;

	if (!store)
		return 1;
	for (unsigned key = 1;; key++) {
		struct store_put p = { .namespace = STR("shop"),
			               .name = str_fmt(arena, "key-%u", key % KEYS),
			               .document = document_of(arena, key % KEYS, key),
			               .now = key };

		if (!store_put(store, arena, &p, &done, ds))
			break;
		stored = key;
	}
	print_findings(ds);
	if (!store_get(store, arena, STR("shop"), str_fmt(arena, "key-%u", stored % KEYS), &outcome, &m, ds) ||
	    outcome != STORE_DONE || !str_eq(m.document, document_of(arena, stored % KEYS, stored)))
		printf("WRONG: the last that was acknowledged is not there\n");
	printf("stored %u writable %d\n", stored, store_writable(store));
	fflush(stdout);
	/* Whoever runs this makes room now. */
	if (getchar() == 'g' && getchar() == 'o') {
		struct store_put p = {
			.namespace = STR("shop"), .name = STR("key-0"), .document = STR("0 0\n"), .now = 0
		};

		p.document = document_of(arena, 0, 77);
		p.now = 77;
		if (store_put(store, arena, &p, &done, ds))
			printf("again writable %d\n", store_writable(store));
		print_findings(ds);
	}
	store_close(store);
	return 0;
}

/* ---- load and bench ---- */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool put_numbered(struct store *store, struct arena *arena, struct diags *ds, unsigned i, unsigned number)
{
	struct store_host   hosts[3];
	struct store_change done;
	struct store_put    p = { .namespace = str_fmt(arena, "team-%u", i % 100),
		                  .name = str_fmt(arena, "filter-%u", i),
		                  .document = str_slice(document_of(arena, i, number), 0, 600),
		                  .hosts = hosts,
		                  .n_hosts = 3,
		                  .who = STR("alice"),
		                  .now = number };

	for (unsigned h = 0; h < 3; h++)
		hosts[h] = (struct store_host){ str_fmt(arena, "up-%u", h),
			                        str_fmt(arena, "host-%u.example.com", (i + h) % 5000), 443, h == 0,
			                        str_fmt(arena, "outbound|443||host-%u.example.com", (i + h) % 5000) };
	return store_put(store, arena, &p, &done, ds);
}

static int run_load(struct arena *arena, struct diags *ds, unsigned n)
{
	struct store *store = open_store(ds);

	for (unsigned i = 0; store && i < n; i++) {
		struct arena_mark mark = arena_mark(arena);

		if (!put_numbered(store, arena, ds, i, 1))
			return 1;
		arena_reset(arena, mark);
	}
	store_close(store);
	return store ? 0 : 1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Milliseconds of one call, the median and the slowest of a walk over all pages. */
static bool walk(struct store *store, struct diags *ds, const char *what, struct store_page page, bool hosts)
{
	static double        times[200000];
	size_t               n = 0, items = 0;
	struct store_list    list = { 0 };
	struct store_callers callers = { 0 };
	struct arena        *arena = arena_new(64 * MIB), *before = NULL;
	double               total = 0, slowest = 0;

	do {
		double start = seconds();

		if (hosts ? !store_hosts(store, arena, STR_ABSENT, &page, &callers, ds)
		          : !store_list(store, arena, &page, &list, ds))
			return false;
		times[n] = (seconds() - start) * 1000;
		total += times[n];
		slowest = times[n] > slowest ? times[n] : slowest;
		n++;
		items += hosts ? callers.n : list.n;
		page.after = hosts ? callers.next : list.next;
		arena_free(before);
		before = arena;
		arena = arena_new(64 * MIB);
	} while (str_present(page.after) && n < 200000);
	arena_free(before);
	arena_free(arena);
	qsort(times, n, sizeof(times[0]), compare);
	printf("%s items %zu pages %zu median_ms %.3f mean_ms %.3f slowest_ms %.3f\n", what, items, n, times[n / 2],
	       total / (double)n, slowest);
	return true;
}

static bool time_puts(struct store *store, struct arena *arena, struct diags *ds, unsigned n)
{
	double start = seconds();

	for (unsigned i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(arena);

		if (!put_numbered(store, arena, ds, i * 97 % 100000, 2 + i))
			return false;
		arena_reset(arena, mark);
	}
	printf("put per_second %.0f\n", n / (seconds() - start));
	return true;
}

/* What the disk can do: write a page and sync it. */
static void time_syncs(unsigned n)
{
	char   path[4200], page[4096] = { 0 };
	FILE  *file;
	double start;

	snprintf(path, sizeof(path), "%s/probe", directory);
	file = fopen(path, "w");
	if (!file)
		return;
	start = seconds();
	for (unsigned i = 0; i < n; i++)
		if (fwrite(page, sizeof(page), 1, file) != 1 || fflush(file) != 0 || fdatasync(fileno(file)) != 0)
			return;
	printf("sync per_second %.0f\n", n / (seconds() - start));
	fclose(file);
	remove(path);
}

static int run_open(struct diags *ds)
{
	double        start = seconds();
	struct store *store = open_store(ds);
	double        opened = seconds();

	if (!store)
		return 1;
	printf("open_after_kill ms %.3f\n", (opened - start) * 1000);
	store_close(store);
	return 0;
}

static int run_bench(struct arena *arena, struct diags *ds)
{
	static const struct str  team[] = { STR_INIT("team-7") };
	double                   start = seconds();
	struct store            *store = open_store(ds);
	struct store_facts       facts;
	struct store_status_sums sums;

	if (!store)
		return 1;
	printf("open ms %.3f\n", (seconds() - start) * 1000);
	start = seconds();
	if (!store_facts(store, &facts, ds) || !store_status_sums(store, 0, 0, &sums, ds))
		return 1;
	printf("facts ms %.3f manifests %llu bytes %llu\n", (seconds() - start) * 1000,
	       (unsigned long long)facts.manifests, (unsigned long long)facts.bytes);
	if (!walk(store, ds, "list_100", (struct store_page){ .limit = 100 }, false) ||
	    !walk(store, ds, "list_100_documents", (struct store_page){ .limit = 100, .documents = true }, false) ||
	    !walk(store, ds, "list_500", (struct store_page){ .limit = 500 }, false) ||
	    !walk(store, ds, "list_100_one_team", (struct store_page){ .limit = 100, .scope = { team, 1 } }, false) ||
	    !walk(store, ds, "hosts_500", (struct store_page){ .limit = 500 }, true) ||
	    !walk(store, ds, "hosts_100_one_team", (struct store_page){ .limit = 100, .scope = { team, 1 } }, true))
		return 1;
	time_syncs(200);
	if (!time_puts(store, arena, ds, 1000))
		return 1;
	time_syncs(200);
	start = seconds();
	if (!store_check(store, ds))
		return 1;
	printf("check ms %.0f\n", (seconds() - start) * 1000);
	store_close(store);
	return 0;
}

int main(int argc, char **argv)
{
	struct arena *arena;
	struct diags  ds;
	int           status = 2;

	if (argc < 3)
		return 2;
	directory = argv[2];
	if (strcmp(argv[1], "script") == 0)
		return run_script();
	arena = arena_new(1024 * MIB);
	diags_init(&ds, arena);
	if (strcmp(argv[1], "write") == 0 && argc == 4)
		status = run_write(arena, &ds, argv[3]);
	else if (strcmp(argv[1], "dump") == 0)
		status = run_dump(arena, &ds);
	else if (strcmp(argv[1], "fill") == 0)
		status = run_fill(arena, &ds);
	else if (strcmp(argv[1], "load") == 0 && argc == 4)
		status = run_load(arena, &ds, (unsigned)atoi(argv[3]));
	else if (strcmp(argv[1], "open") == 0)
		status = run_open(&ds);
	else if (strcmp(argv[1], "bench") == 0)
		status = run_bench(arena, &ds);
	print_findings(&ds);
	arena_free(arena);
	return status;
}
