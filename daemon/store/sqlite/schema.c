#include "store/sqlite/schema.h"

#include <stdio.h>

/* clang-format off */

/* What stands and every revision. Revisions are numbered by the store itself, so that a number never comes twice, not
 * even after the newest revision was purged. document is the last column: what is behind a row's first page is read
 * only when it is asked for. The triggers keep the counts, which no statement can forget to do. */
static const char manifests[] =
	"CREATE TABLE state("
	"  id INTEGER PRIMARY KEY CHECK (id = 1),"
	"  revision INTEGER NOT NULL,"  /* the newest */
	"  horizon INTEGER NOT NULL,"   /* deletions up to it may be forgotten */
	"  manifests INTEGER NOT NULL,"
	"  revisions INTEGER NOT NULL,"
	"  hosts INTEGER NOT NULL,"
	"  proxies INTEGER NOT NULL"
	") STRICT;"
	"INSERT INTO state VALUES(1, 0, 0, 0, 0, 0, 0);"

	"CREATE TABLE revisions("
	"  revision INTEGER PRIMARY KEY,"
	"  namespace TEXT NOT NULL,"
	"  name TEXT NOT NULL,"
	"  generation INTEGER NOT NULL,"
	"  action INTEGER NOT NULL,"    /* enum store_action */
	"  format INTEGER NOT NULL,"    /* enum store_format */
	"  size INTEGER NOT NULL,"
	"  who TEXT,"
	"  time INTEGER NOT NULL,"
	"  created INTEGER NOT NULL,"
	"  digest BLOB NOT NULL,"
	"  document BLOB"
	") STRICT;"
	"CREATE INDEX revisions_of ON revisions(namespace, name, revision);"
	"CREATE INDEX deletions ON revisions(time) WHERE action = 2;"

	"CREATE TABLE manifests("
	"  namespace TEXT NOT NULL,"
	"  name TEXT NOT NULL,"
	"  revision INTEGER NOT NULL,"
	"  extractor INTEGER NOT NULL,"
	"  PRIMARY KEY(namespace, name)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TRIGGER manifest_in AFTER INSERT ON manifests"
	"  BEGIN UPDATE state SET manifests = manifests + 1; END;"
	"CREATE TRIGGER manifest_out AFTER DELETE ON manifests"
	"  BEGIN UPDATE state SET manifests = manifests - 1; END;"
	"CREATE TRIGGER revision_in AFTER INSERT ON revisions"
	"  BEGIN UPDATE state SET revisions = revisions + 1; END;"
	"CREATE TRIGGER revision_out AFTER DELETE ON revisions"
	"  BEGIN UPDATE state SET revisions = revisions - 1; END;";

/* Who calls which host, in the two orders of the registry, and what manifests must agree on. */
static const char registry[] =
	"CREATE TABLE hosts("
	"  namespace TEXT NOT NULL,"
	"  name TEXT NOT NULL,"
	"  upstream TEXT NOT NULL,"
	"  host TEXT NOT NULL,"
	"  port INTEGER NOT NULL,"
	"  shared INTEGER NOT NULL,"
	"  cluster TEXT,"
	"  PRIMARY KEY(namespace, name, upstream)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX hosts_all ON hosts(host, port, namespace, name, upstream);"
	"CREATE INDEX hosts_of ON hosts(namespace, host, port, name, upstream);"

	"CREATE TABLE claims("
	"  key TEXT NOT NULL,"
	"  namespace TEXT NOT NULL,"
	"  name TEXT NOT NULL,"
	"  agreement BLOB NOT NULL,"
	"  PRIMARY KEY(key, namespace, name, agreement)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX claims_of ON claims(namespace, name);"

	"CREATE TRIGGER host_in AFTER INSERT ON hosts"
	"  BEGIN UPDATE state SET hosts = hosts + 1; END;"
	"CREATE TRIGGER host_out AFTER DELETE ON hosts"
	"  BEGIN UPDATE state SET hosts = hosts - 1; END;";

/* What the dumps of proxies came to, and the answers that repeated requests get again. status_sums holds all columns
 * that the sums need, so that reports are not read for them. */
static const char verdicts[] =
	"CREATE TABLE status("
	"  id INTEGER PRIMARY KEY,"
	"  namespace TEXT NOT NULL,"
	"  name TEXT NOT NULL,"
	"  proxy TEXT NOT NULL,"
	"  revision INTEGER NOT NULL,"
	"  verdict TEXT,"
	"  good INTEGER NOT NULL,"
	"  source TEXT,"
	"  who TEXT,"
	"  time INTEGER NOT NULL,"
	"  digest BLOB NOT NULL,"
	"  report BLOB,"
	"  UNIQUE(namespace, name, proxy)"
	") STRICT;"
	"CREATE INDEX status_sums ON status(namespace, name, revision, good, time);"
	"CREATE INDEX status_times ON status(time);"
	"CREATE TRIGGER proxy_in AFTER INSERT ON status"
	"  BEGIN UPDATE state SET proxies = proxies + 1; END;"
	"CREATE TRIGGER proxy_out AFTER DELETE ON status"
	"  BEGIN UPDATE state SET proxies = proxies - 1; END;"

	"CREATE TABLE replies("
	"  id INTEGER PRIMARY KEY,"
	"  scope TEXT NOT NULL,"
	"  key TEXT NOT NULL,"
	"  fingerprint BLOB NOT NULL,"
	"  status INTEGER NOT NULL,"
	"  media_type TEXT,"
	"  time INTEGER NOT NULL,"
	"  body BLOB,"
	"  UNIQUE(scope, key)"
	") STRICT;"
	"CREATE INDEX replies_times ON replies(time);";

/* How many clusters are in which state, of each row, and in the index that the sums are made from. Rows from before say
 * nothing until their proxy's next dump. */
#define ADD_CLUSTERS(n) "ALTER TABLE status ADD COLUMN clusters" n " INTEGER NOT NULL DEFAULT 0;"
static const char clusters[] =
	ADD_CLUSTERS("0") ADD_CLUSTERS("1") ADD_CLUSTERS("2") ADD_CLUSTERS("3")
	ADD_CLUSTERS("4") ADD_CLUSTERS("5") ADD_CLUSTERS("6") ADD_CLUSTERS("7")
	"DROP INDEX status_sums;"
	"CREATE INDEX status_sums ON status(namespace, name, revision, good, time,"
	"  clusters0, clusters1, clusters2, clusters3, clusters4, clusters5, clusters6, clusters7);";

/* clang-format on */

const char *const schema_steps[] = { manifests, registry, verdicts, clusters };
const unsigned    schema_version = sizeof(schema_steps) / sizeof(schema_steps[0]);

int64_t pragma_int(struct connection *c, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t       value = 0;
	int           code;

	if (!connection_ok(c))
		return 0;
	code = sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL);
	if (code == SQLITE_OK) {
		code = sqlite3_step(statement);
		value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	}
	if (code != SQLITE_ROW)
		connection_fail_sqlite(c, code);
	(void)sqlite3_finalize(statement); /* repeats what the step has told */
	return value;
}

static void take_step(struct connection *c, const char *step, unsigned version)
{
	char mark[96];

	(void)snprintf(mark, sizeof(mark), "PRAGMA user_version=%u; PRAGMA application_id=%d", version,
	               SCHEMA_APPLICATION_ID);
	connection_begin(c, true);
	connection_run(c, step);
	connection_run(c, mark);
	connection_end(c, true);
}

enum schema_state schema_bring_up(struct connection *c, const char *const *steps, unsigned n, unsigned *found)
{
	int64_t version = pragma_int(c, "PRAGMA user_version");
	int64_t id = pragma_int(c, "PRAGMA application_id");
	int64_t objects = pragma_int(c, "SELECT count(*) FROM sqlite_schema");

	if (!connection_ok(c))
		return SCHEMA_FAILED;
	if (id != SCHEMA_APPLICATION_ID && (id != 0 || version != 0 || objects != 0))
		return SCHEMA_FOREIGN;
	*found = (unsigned)version;
	if (version < 0 || version > (int64_t)n)
		return SCHEMA_NEWER;
	for (unsigned at = (unsigned)version; at < n && connection_ok(c); at++)
		take_step(c, steps[at], at + 1);
	return connection_ok(c) ? SCHEMA_READY : SCHEMA_FAILED;
}
