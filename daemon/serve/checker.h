/* checker.h - reads the whole store in the background and compares it with its checksums: after an unclean stop at once, else
 * once a day. */
#ifndef CALLOUT_SERVE_CHECKER_H
#define CALLOUT_SERVE_CHECKER_H

#include <stdbool.h>

struct checker;
struct service;

/* NULL: there is no thread to be had; the daemon goes on without. */
struct checker *checker_start(struct service *);
void            checker_stop(struct checker *); /* NULL is fine, here and below */

bool checker_found_damage(struct checker *);

#endif
