/* fixture.h - what the tests of the store share: a store in a directory of its own, and short ways to ask it. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "store/store.h"

struct fixture {
	struct arena *arena;
	struct diags  diags;
	struct store *store;
	char          directory[64]; /* not there until the store is opened */
	char          above[48];
	atomic_uint   changes; /* calls of `changed` */
	atomic_ullong changed; /* the last one's revision */
};

/* With a store that is open. */
int fixture_setup(void **state);
int fixture_setup_closed(void **state);
int fixture_teardown(void **state);

bool fixture_open(struct fixture *);
void fixture_reopen(struct fixture *);
bool fixture_open_with(struct fixture *, unsigned extractor);

/* The findings since the last call hold this code and no other error. */
void assert_finding(struct fixture *, enum diag_code);
void assert_no_finding(struct fixture *);
void assert_str(struct str got, const char *want);

enum { NOW = 1700000000 };

/* Puts without a precondition. */
struct store_put    put_of(const char *namespace, const char *name, const char *document);
struct store_change put(struct fixture *, const char *namespace, const char *name, const char *document);
struct store_change put_it(struct fixture *, const struct store_put *);
struct store_change delete_it(struct fixture *, const char *namespace, const char *name);
/* Document of the one that stands, or absent. */
struct str get(struct fixture *, const char *namespace, const char *name);

struct store_list list(struct fixture *, const struct store_page *);

/* The bytes of a file in the data directory; absent when there is none. */
struct str file_bytes(struct fixture *, const char *name);
/* SQL by another connection: to damage or look at the database. */
void    run_sql(struct fixture *, const char *sql);
int64_t ask_sql(struct fixture *, const char *sql);

#define FIXTURE_TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)
#define CLOSED_TEST(function)  cmocka_unit_test_setup_teardown(function, fixture_setup_closed, fixture_teardown)

#endif
