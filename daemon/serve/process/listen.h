/* listen.h - the socket that the daemon listens on. */
#ifndef CALLOUT_SERVE_LISTEN_H
#define CALLOUT_SERVE_LISTEN_H

#include "base/diag.h"

/* Opens what `listen` names ("127.0.0.1:8686", "[::1]:8686", ":8686"), or takes the manager's socket. text: where the
 * address is written that it listens on. *ret_loopback: can only this machine reach it? -1: a finding was added. */
int listen_open(struct arena *, struct str listen, char *text, size_t text_n, bool *ret_loopback, struct diags *);

/* The same question without opening anything. False: a finding was added. */
bool listen_look(struct arena *, struct str listen, bool *ret_loopback, struct diags *);

#endif
