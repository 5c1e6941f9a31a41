/* peers.h - other people's readers of JSON, asked what a document holds. */
#ifndef CALLOUT_TESTS_PEERS_H
#define CALLOUT_TESTS_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#include "samples.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Text that grows; made of zeros, freed by free(p). */
struct events {
	char  *p;
	size_t n, cap;
};
void events_add(struct events *, const char *p, size_t n);
void events_int(struct events *, long long);
void events_double(struct events *, double);

/* False: the reader refuses the text. p needs PEER_PADDING bytes behind n. */
bool simdjson_events(const char *p, size_t n, struct events *);
bool jansson_events(const char *p, size_t n, struct events *);

#ifdef __cplusplus
}
#endif
#endif
