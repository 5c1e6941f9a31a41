/* near_index.h - the names that are wanted, as they are looked for among those that are met: a run may want thousands, and a
 * dump has thousands, so that no met name is compared with all of them. */
#ifndef CALLOUT_DUMP_NEAR_INDEX_H
#define CALLOUT_DUMP_NEAR_INDEX_H

#include "dump/reading.h"

enum { NEAR_EDITS_MOST = 3, NEAR_LENGTHS = LIMIT_NEAR_NAME_BYTES + NEAR_EDITS_MOST + 2 };

/* Wants that have something in common. */
struct near_group {
	struct str       key;
	size_t          *wants;
	size_t           n, cap;
	struct near_list list; /* what is near to each of them alike */
};

/* Texts by their length, with the bytes that occur in each: an edit changes no more than two of the 64 bits. */
struct near_spellings {
	size_t     *wants;
	uint64_t   *bytes;
	struct str *texts;
	size_t      n;
	size_t      begin[NEAR_LENGTHS + 1]; /* of the texts of each length */
};

struct near_index {
	struct hash           hosts;   /* of Istio's names: by host */
	struct hash           folded;  /* by host in lower case, without a final dot */
	struct hash           labels;  /* by the host's first label, where that says something */
	struct hash           ports;   /* by first label and port */
	struct near_spellings by_host; /* the hosts of Istio's names */
	struct near_spellings by_name; /* other names */
	uint64_t              compared;
};

struct near_index *near_index_new(struct arena *, const struct dump_wants *);

struct str near_fold(struct str host, char *buf, size_t cap); /* absent: it does not fit */
struct str near_first_label(struct str host);
struct str near_port_key(struct str label, unsigned port, char *buf, size_t cap); /* likewise */
uint64_t   near_bytes(struct str);

#endif
