/* data.h - the store's life in the daemon: opened at start, swept now and then, closed at the end. */
#ifndef CALLOUT_SERVE_DATA_H
#define CALLOUT_SERVE_DATA_H

#include "serve/service/service.h"

/* Could the configured directory be opened? Creates nothing, and does not mind if another process uses it. False:
 * findings were added. */
bool data_look(struct service *, struct diags *);
/* Opens the store in the configured directory, or in a temporary one; starts no thread yet. False: findings were
 * added. */
bool data_open(struct service *, struct diags *);
/* Starts the threads that check the store and follow the directory of manifests. False: findings were added. */
bool data_follow(struct service *, struct diags *);
/* Copies the store of the configured directory to a file. False: findings were added. */
bool data_backup(struct service *, struct str file, struct diags *);
void data_close(struct service *); /* also after a data_open that failed */
/* Called by the main thread alone, which also swaps the settings. */
void data_sweep(struct service *);

#endif
