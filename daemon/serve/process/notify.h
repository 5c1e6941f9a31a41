/* notify.h - sd_notify(3) without its library: one datagram to the socket that the service manager named. */
#ifndef CALLOUT_SERVE_NOTIFY_H
#define CALLOUT_SERVE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* "READY=1"; nothing happens without a manager. */
void notify_manager(const char *state);
/* Microseconds between two signs of life that the manager wants; 0: none. */
uint64_t notify_watchdog(void);
/* The listening socket that the manager handed over (LISTEN_FDS), or -1. */
int notify_socket(void);

#endif
