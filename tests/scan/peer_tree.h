/* peer_tree.h - a document as other people's readers of JSON hold it, as one kind of tree. */
#ifndef CALLOUT_TESTS_PEER_TREE_H
#define CALLOUT_TESTS_PEER_TREE_H

#include <stddef.h>

#include "samples.h"

#ifdef __cplusplus
extern "C" {
#endif

enum peer_kind { PEER_OBJECT, PEER_ARRAY, PEER_STRING, PEER_INTEGER, PEER_OTHER };

struct peer_value {
	enum peer_kind     kind;
	const char        *key; /* of a member */
	size_t             key_n;
	const char        *text; /* of a string */
	size_t             n;
	long long          integer;
	struct peer_value *first, *last, *next;
};

/* All of a document's memory, freed at once. */
struct peer_memory;
struct peer_memory *peer_memory_new(void);
void                peer_memory_free(struct peer_memory *);
struct peer_value  *peer_value_new(struct peer_memory *, enum peer_kind, struct peer_value *parent);
void                peer_value_key(struct peer_memory *, struct peer_value *, const char *, size_t n);
void                peer_value_text(struct peer_memory *, struct peer_value *, const char *, size_t n);

enum peer_answer { PEER_READ, PEER_REFUSED, PEER_LIMIT }; /* the last: of its own, numbers too large for it */

/* p needs PEER_PADDING bytes behind n. */
enum peer_answer simdjson_tree(struct peer_memory *, const char *p, size_t n, struct peer_value **);
enum peer_answer jansson_tree(struct peer_memory *, const char *p, size_t n, struct peer_value **);

#ifdef __cplusplus
}
#endif
#endif
