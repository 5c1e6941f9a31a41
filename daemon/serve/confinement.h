/* confinement.h - the daemon's sandbox: confines it to the files that its settings name. */
#ifndef CALLOUT_SERVE_CONFINEMENT_H
#define CALLOUT_SERVE_CONFINEMENT_H

#include "serve/service/service.h"

/* Enters the sandbox as the setting `sandbox` says, and logs what is in force. To be called when the store is open and
 * no other thread runs. False: the setting requires what the kernel lacks, and a finding was added. */
bool confinement_enter(struct service *, struct diags *);

#endif
