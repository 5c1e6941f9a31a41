/* json_source.h - the bytes of an input in order, inflated when they are gzip. */
#ifndef CALLOUT_JSON_JSON_SOURCE_H
#define CALLOUT_JSON_JSON_SOURCE_H

#include "json/json_scan.h"

struct json_inflate;

/* What became of a request for bytes. */
struct json_filled {
	size_t          n;            /* bytes that were had; fewer than asked for only at the end or before a fault */
	enum json_fault fault;        /* JSON_OK, JSON_READ, JSON_GZIP */
	int             error_number; /* of JSON_READ */
};

struct json_source {
	struct json_input input;
	uint64_t          at; /* raw bytes taken from the input */
	bool              begun, gzip;
	bool strict; /* of gzip, as Go reads it: no zeros behind the last member. Unset by json_source_open */
	struct json_inflate *inflate; /* made once, by json_inflate_new */
};

/* ---- json_source.c: raw bytes ---- */

void json_source_open(struct json_source *, const struct json_input *);
/* In order, at most n > 0, as read(2) gives them. */
ssize_t json_source_read(struct json_source *, unsigned char *p, size_t n);

/* ---- json_inflate.c ---- */

/* zlib is loaded when the first gzip is met, and released with the arena. */
struct json_inflate *json_inflate_new(struct arena *);
/* Begins a stream whose first n raw bytes are at p. 0, or as errno has it why not: no memory, or no zlib. */
int  json_inflate_begin(struct json_inflate *, const unsigned char *p, size_t n);
void json_inflate_fill(struct json_inflate *, struct json_source *, unsigned char *p, size_t n, struct json_filled *);

/* What the first read may bring at most: as much as the buffer for compressed bytes holds. */
enum { JSON_COMPRESSED_BYTES = 64 * 1024 };

/* ---- json_fill.c: bytes as they are read ---- */

void json_source_fill(struct json_source *, unsigned char *p, size_t n, struct json_filled *);
/* The n raw bytes at the offset of a regular file, from any thread. */
void json_source_fill_at(const struct json_input *, uint64_t offset, unsigned char *p, size_t n, struct json_filled *);

#endif
