/* driver.h - what the files of the store's driver share. */
#ifndef CALLOUT_TESTS_STORE_DRIVER_H
#define CALLOUT_TESTS_STORE_DRIVER_H

#include "store/store.h"

extern const char *directory; /* the store's, of the command line */

/* NULL: a finding was added. */
struct store *open_store(struct diags *);

/* driver_script.c: the exit status. */
int run_script(void);

#endif
