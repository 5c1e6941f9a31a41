/* near_index.h - the wanted names, indexed so that similar ones are found fast: a run may want thousands of names and a
 * dump has thousands, so no name of the dump may be compared with all wanted ones. */
#ifndef CALLOUT_DUMP_NEAR_INDEX_H
#define CALLOUT_DUMP_NEAR_INDEX_H

#include "dump/reading.h"

enum { NEAR_EDITS_MOST = 3, NEAR_LENGTHS = LIMIT_NEAR_NAME_BYTES + NEAR_EDITS_MOST + 2 };

/* Wants that share a key. */
struct near_group {
	struct str       key;
	size_t          *wants;
	size_t           n, cap;
	struct near_list list; /* names that are equally near to each of them */
};

/* Texts sorted by length, each with a set of the bytes in it (64 bits, by hash): one edit changes at most two of these
 * bits. */
struct near_spellings {
	size_t     *wants;
	uint64_t   *bytes;
	struct str *texts;
	size_t      n;
	size_t      begin[NEAR_LENGTHS + 1]; /* of the texts of each length */
};

struct near_index {
	struct hash           hosts;    /* of Istio's names: by host */
	struct hash           folded;   /* by host in lower case, without a final dot */
	struct hash           labels;   /* by the host's first label, where that says something */
	struct hash           ports;    /* by first label and port */
	struct near_spellings by_host;  /* the hosts of Istio's names */
	struct near_spellings by_name;  /* other names */
	uint64_t              compared; /* so far, up to LIMIT_NEAR_COMPARED */
};

struct near_index *near_index_new(struct arena *, const struct dump_wants *);

/* The host in lower case without a final dot, in buf; absent: it does not fit. near_port_key likewise. */
struct str near_fold(struct str host, char *buf, size_t cap);
struct str near_first_label(struct str host);
struct str near_port_key(struct str label, unsigned port, char *buf, size_t cap);
uint64_t   near_bytes(struct str);

#endif
