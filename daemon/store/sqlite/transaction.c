/* Connections with a transaction begun on them, taken and given back. */
#include "store/sqlite/room.h"

struct connection *reader_take(struct store *s)
{
	struct connection *c;
	unsigned           i = 0;

	(void)pthread_mutex_lock(&s->pool);
	for (;;) {
		for (i = 0; i < s->n_readers && s->taken[i]; i++)
			;
		if (i < s->n_readers)
			break;
		(void)pthread_cond_wait(&s->given_back, &s->pool);
	}
	s->taken[i] = true;
	(void)pthread_mutex_unlock(&s->pool);
	c = &s->readers[i];
	c->fault = (struct fault){ 0 };
	if (!c->db)
		(void)connection_open(c, s->directory.database); /* its fault is told when it is given back */
	connection_begin(c, false);
	return c;
}

struct connection *writer_take(struct store *s)
{
	(void)pthread_mutex_lock(&s->writing);
	s->writer.fault = (struct fault){ 0 };
	s->writer.in_memory = false;
	s->writer.claims_changed = false;
	connection_begin(&s->writer, true);
	return &s->writer;
}

void answer_judge(struct connection *c, const struct answer *a)
{
	if (!a || !a->failed)
		return;
	if (a->too_much)
		connection_fail(c, FAULT_LIMIT, "an answer of 64 MiB");
	else
		connection_fail(c, SQLITE_NOMEM, "out of memory");
}

struct fault reader_end(struct store *s, struct connection *c, const struct answer *a)
{
	struct fault fault;

	answer_judge(c, a);
	connection_end(c, true);
	fault = c->fault;
	(void)pthread_mutex_lock(&s->pool);
	s->taken[c - s->readers] = false;
	(void)pthread_cond_signal(&s->given_back);
	(void)pthread_mutex_unlock(&s->pool);
	return fault;
}

bool reader_give(struct store *s, struct connection *c, const struct answer *a, struct diags *ds)
{
	struct fault fault = reader_end(s, c, a);

	return fault_report(&fault, str_c(s->directory.database), ds);
}

/* Only what is about the disk says anything of later writes. */
static bool is_of_disk(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return code < FAULT_DAMAGED;
	default:
		return false;
	}
}

struct fault writer_end(struct store *s, struct connection *c, bool keep, const struct answer *a)
{
	struct fault fault;
	uint64_t     revision;

	answer_judge(c, a);
	connection_end(c, keep && connection_ok(c));
	fault = c->fault;
	revision = keep && fault.code == SQLITE_OK ? c->revision : 0;
	if (revision)
		atomic_store(&s->revision, revision);
	if (keep && fault.code == SQLITE_OK && c->claims_changed)
		atomic_fetch_add(&s->claims_version, 1);
	if (is_of_disk(fault.code))
		atomic_store(&s->writable, false);
	else if (keep && fault.code == SQLITE_OK && !c->in_memory)
		atomic_store(&s->writable, true);
	(void)pthread_mutex_unlock(&s->writing);
	if (revision && s->changed)
		s->changed(s->changed_ctx, revision);
	return fault;
}

bool writer_give(struct store *s, struct connection *c, bool keep, const struct answer *a, struct diags *ds)
{
	struct fault fault = writer_end(s, c, keep, a);

	return fault_report(&fault, str_c(s->directory.database), ds);
}

uint64_t revision_next(struct connection *c)
{
	struct query q = query_open(c, SQL_REVISION_NEXT);

	if (query_step(&q))
		c->revision = column_uint(&q, 0);
	/* The row comes before the statement has ended. */
	while (query_step(&q))
		;
	query_close(&q);
	return c->revision;
}
