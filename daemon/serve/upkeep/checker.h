/* checker.h - what is done to the store in the background: bringing the host registry up to date at the start and after a
 * reload, and reading everything to compare it with its checksums, after an unclean stop at once, else once a day. */
#ifndef CALLOUT_SERVE_CHECKER_H
#define CALLOUT_SERVE_CHECKER_H

#include <stdbool.h>

struct checker;
struct service;

/* NULL: no thread could be started; the daemon runs without a checker then. */
struct checker *checker_start(struct service *);
void            checker_stop(struct checker *); /* NULL is fine, here and below */

/* Makes it extract hosts and claims again, because the mesh changed. */
void checker_extract(struct checker *);

bool checker_found_damage(struct checker *);

#endif
