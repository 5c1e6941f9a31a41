/* text_search.h - finds many short texts at once in bytes, at about the speed at which a file is read.
 *
 * Three bytes of each text, its rarest ones, are looked for in many places at once (the way of Teddy, from Intel's
 * Hyperscan): two tables of sixteen entries a byte tell by its halves which of eight groups of texts may stand here. Only
 * where a group stays are the texts themselves compared.
 */
#ifndef CALLOUT_WASM_TEXT_SEARCH_H
#define CALLOUT_WASM_TEXT_SEARCH_H

#include "base/str.h"

struct arena;

enum { SEARCH_SHORTEST = 3 }; /* bytes of a text */

struct text_search;

/* The texts must have SEARCH_SHORTEST bytes or more, and stay. */
struct text_search *text_search_new(struct arena *, const struct str *texts, size_t n);

/* Without the instructions of newer processors; gives the same. */
void text_search_portable(struct text_search *);

typedef void text_found(void *context, size_t at, size_t text);

/* Tells every place below `limit` where one of the texts begins; it may end behind. */
void text_search_run(const struct text_search *, struct str bytes, size_t limit, text_found *, void *context);

#endif
