/* confinement.h - the sandbox of this daemon: which files its settings name. */
#ifndef CALLOUT_SERVE_CONFINEMENT_H
#define CALLOUT_SERVE_CONFINEMENT_H

#include "serve/service/service.h"

/* Enters the sandbox as `sandbox` says, and logs what is in force. Call it when the store is open and no other thread runs.
 * False: a finding was added, for something is missing that is required. */
bool confinement_enter(struct service *, struct diags *);

#endif
