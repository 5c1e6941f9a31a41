/* Rows of revisions. */
#include <stdio.h>

#include "base/arena.h"
#include "store/digest.h"
#include "store/sqlite/room.h"

enum { COLUMN_DIGEST = 10, COLUMN_DOCUMENT, ETAG_DIGEST_BYTES = 8 };

void etag_make(char *buf, uint64_t revision, struct str digest)
{
	int n = snprintf(buf, ETAG_BYTES, "%llu-", (unsigned long long)revision);

	for (size_t i = 0; i < ETAG_DIGEST_BYTES && i < digest.n; i++)
		n += snprintf(buf + n, ETAG_BYTES - (size_t)n, "%02x", (unsigned char)digest.p[i]);
}

static void damaged(struct connection *c, const struct store_manifest *m)
{
	char message[256];

	(void)snprintf(message, sizeof(message), "revision %llu of %.60s/%.60s does not fit its checksum",
	               (unsigned long long)m->revision, m->namespace.p, m->name.p);
	connection_fail(c, FAULT_DAMAGED, message);
}

bool manifest_of_row(const struct query *q, struct answer *a, struct store_manifest *ret, bool *sound)
{
	char                  etag[ETAG_BYTES];
	struct str            sum = column_view(q, COLUMN_DIGEST);
	struct digest         digest;
	struct store_manifest m = { .namespace = column_str(q, 0, a),
		                    .name = column_str(q, 1, a),
		                    .revision = column_uint(q, 2),
		                    .generation = column_uint(q, 3),
		                    .action = (enum store_action)column_int(q, 4),
		                    .format = (enum store_format)column_int(q, 5),
		                    .size = column_uint(q, 6),
		                    .who = column_str(q, 7, a),
		                    .when = column_int(q, 8),
		                    .created = column_int(q, 9),
		                    .document = column_str(q, COLUMN_DOCUMENT, a) };

	etag_make(etag, m.revision, sum);
	m.etag = answer_copy(a, etag, strlen(etag));
	if (a->failed)
		return false;
	if (sound)
		*sound = true;
	if (str_present(m.document) && !str_eq(digest_of_manifest(&digest, &m), sum)) {
		if (!sound) {
			damaged(q->connection, &m);
			return false;
		}
		*sound = false;
	}
	*ret = m;
	return true;
}

bool manifest_standing(struct connection *c, struct answer *a, struct str namespace, struct str name,
                       struct store_manifest *ret, struct standing *more)
{
	struct query q = query_open(c, SQL_MANIFEST);
	bool         found;

	query_text(&q, namespace);
	query_text(&q, name);
	found = query_step(&q) && manifest_of_row(&q, a, ret, more ? &more->sound : NULL);
	query_close(&q);
	return found;
}

bool finds_row(struct connection *c, enum statement which, struct str namespace, struct str name)
{
	struct query q = query_open(c, which);
	bool         found;

	query_text(&q, namespace);
	query_text(&q, name);
	found = query_step(&q);
	query_close(&q);
	return found;
}
