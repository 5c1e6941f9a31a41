/* type_identity.h - which declared types are one and the same (specification 3.0, 3.1.2 and 3.3.10).
 *
 * Types are declared in groups, whose members may name each other; most groups have one. Two groups are the same when they
 * are written alike, with the same types named and members of their own named by their places; then their members are, one
 * by one. Takes time and memory as the groups are long.
 */
#ifndef CALLOUT_WASM_TYPE_IDENTITY_H
#define CALLOUT_WASM_TYPE_IDENTITY_H

#include "base/buf.h"
#include "base/hash.h"

struct wasm_module;

struct type_identities {
	struct arena *arena;
	struct hash   groups;
	struct buf    text; /* of the group that is added */
};

void type_identities_init(struct type_identities *, struct arena *);
/* Gives the types of the module from that one to the last, a group, their identities. */
void type_identities_add(struct type_identities *, struct wasm_module *, uint32_t first);

#endif
