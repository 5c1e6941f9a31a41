/* json_tree.h - JSON text as trees with places.
 *
 * RFC 8259 to the letter, and stricter in four things: no duplicate keys, no byte order mark but at the very start,
 * no halves of surrogate pairs, and sizes, depth and counts are capped (base/limits.h). A stream may hold
 * any number of documents, with white space or nothing between them.
 */
#ifndef CALLOUT_JSON_JSON_TREE_H
#define CALLOUT_JSON_JSON_TREE_H

#include "json/tree.h"

/* The first document; the others follow by ->next. NULL: at least one error was added. Texts without escapes point
 * into the source, whose bytes must stay. */
struct document *json_tree_read(struct arena *, const struct source *, struct diags *);
/* The same with other limits than manifest_limits. */
struct document *json_tree_read_within(struct arena *, const struct source *, const struct tree_limits *,
                                       struct diags *);
/* The same for the bytes [from, to) of the source. */
struct document *json_tree_read_part(struct arena *, const struct source *, size_t from, size_t to,
                                     const struct tree_limits *, struct diags *);

/* Should this be read as JSON rather than as YAML, which may begin with { or [ as well? Looks at the beginning only. */
bool json_tree_looks_like(struct str bytes);

#endif
