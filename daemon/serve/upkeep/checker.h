/* checker.h - what is done to the store in the background: bringing the host registry up to date at the start and after a
 * reload, and reading everything to compare it with its checksums, after an unclean stop at once, else once a day. */
#ifndef CALLOUT_SERVE_CHECKER_H
#define CALLOUT_SERVE_CHECKER_H

#include <stdbool.h>

struct checker;
struct service;

/* NULL: there is no thread to be had; the daemon goes on without. */
struct checker *checker_start(struct service *);
void            checker_stop(struct checker *); /* NULL is fine, here and below */

/* The mesh was changed: hosts and claims of what is stored may be others. */
void checker_extract(struct checker *);

bool checker_found_damage(struct checker *);

#endif
