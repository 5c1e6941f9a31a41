/* Opening and closing, and what is known of the store as a whole. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/diag.h"
#include "store/sqlite/room.h"
#include "store/sqlite/schema.h"

enum { READERS_BY_DEFAULT = 2 };

/* ---- opening ---- */

/* Of requests that are at work now: they end with the process, so they are no part of the database. */
static const char at_work[] = "CREATE TEMP TABLE at_work( scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT "
			      "NULL, time INTEGER NOT NULL, PRIMARY KEY(scope, key)) STRICT, WITHOUT ROWID";

static void bring_up(struct connection *c, bool *is_new)
{
	char     message[sizeof(c->fault.message)];
	unsigned found = 0;

	switch (schema_bring_up(c, schema_steps, schema_version, &found)) {
	case SCHEMA_NEWER:
		(void)snprintf(message, sizeof(message), "schema %u, and this program knows %u", found, schema_version);
		connection_fail(c, FAULT_NEWER, message);
		break;
	case SCHEMA_FOREIGN:
		connection_fail(c, FAULT_FOREIGN, "it is the database of another program");
		break;
	case SCHEMA_READY:
	case SCHEMA_FAILED:
		break;
	}
	*is_new = found == 0;
}

static uint64_t bytes_of_files(const struct store *s)
{
	static const char *const endings[] = { "", "-wal" };
	char                     path[sizeof(s->directory.database) + 8];
	struct stat              status;
	uint64_t                 bytes = 0;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", s->directory.database, endings[i]);
		if (stat(path, &status) == 0)
			bytes += (uint64_t)status.st_size;
	}
	return bytes;
}

static void read_revision(struct store *s, struct connection *c)
{
	struct query q = query_open(c, SQL_REVISION);

	if (query_step(&q))
		atomic_store(&s->revision, column_uint(&q, 0));
	else
		connection_fail(c, FAULT_DAMAGED, "the table of the state is empty");
	query_close(&q);
}

static bool open_writer(struct store *s, struct fault *fault)
{
	struct connection *c = &s->writer;
	bool               is_new = true;

	if (connection_open(c, s->directory.database))
		bring_up(c, &is_new);
	/* Looks at every page, but not whether indexes and tables agree: store_check does, in the background, as it does
	 * for a store that is too large to be read before it is used. */
	if (s->unclean && !is_new && bytes_of_files(s) <= LIMIT_STORE_CHECKED_BYTES)
		check_structure(c, "PRAGMA quick_check(1)");
	connection_run(c, at_work);
	connection_ready(c);
	read_revision(s, c);
	connection_rest(c);
	*fault = c->fault;
	return connection_ok(c);
}

/* One, which most stores get along with; the others when as many read at the same time: each holds 150 KiB. */
static bool open_readers(struct store *s, unsigned n, struct fault *fault)
{
	s->n_readers = n;
	if (connection_open(&s->readers[0], s->directory.database))
		return true;
	*fault = s->readers[0].fault;
	return false;
}

static void close_connections(struct store *s)
{
	for (unsigned i = 0; i < s->n_readers; i++)
		connection_close(&s->readers[i]);
	connection_close(&s->writer);
}

static void initialize(struct store *s, const struct store_options *options)
{
	atomic_init(&s->extractor, options->extractor);
	s->changed = options->changed;
	s->changed_ctx = options->changed_ctx;
	atomic_init(&s->revision, 0);
	atomic_init(&s->claims_version, 1);
	atomic_init(&s->writable, true);
	atomic_init(&s->interrupted, false);
	atomic_init(&s->log_to_empty, false);
	(void)pthread_mutex_init(&s->writing, NULL); /* glibc's cannot fail with default attributes */
	(void)pthread_mutex_init(&s->pool, NULL);
	(void)pthread_cond_init(&s->given_back, NULL);
}

static bool open_all(struct store *s, struct str directory, unsigned readers, struct fault *fault)
{
	if (!data_directory_open(&s->directory, directory, fault))
		return false;
	s->unclean = s->directory.unclean;
	sqlite_use_little_memory();
	if (open_writer(s, fault) && open_readers(s, readers, fault))
		return true;
	close_connections(s);
	data_directory_close(&s->directory, !s->unclean);
	return false;
}

struct store *store_open(const struct store_options *options, struct diags *ds)
{
	unsigned      readers = options->readers ? options->readers : READERS_BY_DEFAULT;
	struct fault  fault = { 0 };
	struct store *s;

	if (!limit_count(readers, LIMIT_STORE_READERS, "connections for reading", ds))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		diag_add(ds, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
		return NULL;
	}
	initialize(s, options);
	if (open_all(s, options->directory, readers, &fault))
		return s;
	free(s);
	fault_report(&fault, options->directory, ds);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	close_connections(s);
	data_directory_close(&s->directory, true);
	(void)pthread_cond_destroy(&s->given_back);
	(void)pthread_mutex_destroy(&s->pool);
	(void)pthread_mutex_destroy(&s->writing);
	free(s);
}

/* ---- facts ---- */

uint64_t store_revision(const struct store *s)
{
	return atomic_load(&s->revision);
}

bool store_writable(const struct store *s)
{
	return atomic_load(&s->writable);
}

bool store_facts(struct store *s, struct store_facts *ret, struct diags *ds)
{
	struct store_facts facts = { .schema = schema_version, .unclean_start = s->unclean };
	struct connection *c = reader_take(s);
	struct query       q = query_open(c, SQL_STATE);

	if (query_step(&q)) {
		facts.revision = column_uint(&q, 0);
		facts.oldest = column_uint(&q, 1);
		facts.manifests = column_uint(&q, 2);
		facts.revisions = column_uint(&q, 3);
		facts.hosts = column_uint(&q, 4);
		facts.proxies = column_uint(&q, 5);
	}
	query_close(&q);
	if (!reader_give(s, c, NULL, ds))
		return false;
	facts.bytes = bytes_of_files(s);
	facts.writable = store_writable(s);
	*ret = facts;
	return true;
}
