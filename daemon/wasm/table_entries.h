/* table_entries.h - what the first table holds once the module stands, as far as its segments tell; nobody else fills it. */
#ifndef CALLOUT_WASM_TABLE_ENTRIES_H
#define CALLOUT_WASM_TABLE_ENTRIES_H

#include "wasm/wasm_reading.h"

enum { TABLE_ENTRIES_KNOWN = 65536 }; /* of whose functions a record is kept */

/* A segment fills so many entries: with what is not known, until it is said. */
void table_entries_fill(struct reading *, struct const_value offset, uint64_t length);
/* Its i-th entry is this function. */
void table_entries_set(struct reading *, struct const_value offset, uint64_t i, uint32_t function);

/* No segment fills it. */
bool table_entry_is_null(const struct reading *, uint64_t entry);
/* It is known which function it is, and that it is of no type that fits this one. */
bool table_entry_misfits(const struct reading *, uint64_t entry, uint32_t type);

#endif
