/* schema.h - the tables, as a list of steps: each step brings a database from one version to the next.
 *
 * A new database goes through all of them, so there is no second description of the tables that could differ. A step
 * that was released is never changed. The version is the database's user_version; application_id tells that it is
 * ours at all.
 */
#ifndef CALLOUT_STORE_SCHEMA_H
#define CALLOUT_STORE_SCHEMA_H

#include "store/sqlite/sqlite.h"

enum { SCHEMA_APPLICATION_ID = 0x43614f75 }; /* "CaOu" */

/* The step at index i leads from version i to i + 1. */
extern const char *const schema_steps[];
extern const unsigned    schema_version; /* how many steps there are */

enum schema_state { SCHEMA_READY, SCHEMA_NEWER, SCHEMA_FOREIGN, SCHEMA_FAILED };

/* Brings the database to version n, each step with its version in a transaction of its own: one that fails leaves
 * what was there before it. *found: the version that it had. SCHEMA_FAILED: see the connection's fault. */
enum schema_state schema_bring_up(struct connection *, const char *const *steps, unsigned n, unsigned *found);

/* The value of a pragma without arguments; 0 and a fault when it cannot be read. */
int64_t pragma_int(struct connection *, const char *sql);

#endif
