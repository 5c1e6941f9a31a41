#include "live/live_key.h"

#include "base/limits.h"

void live_key_begin(struct buf *b, struct arena *arena)
{
	buf_init(b, arena, LIMIT_MEMORY_BYTES);
}

void live_key_add(struct buf *b, struct str part)
{
	buf_uint(b, part.n);
	buf_char(b, ':');
	buf_add(b, part);
}

void live_key_add_labels(struct buf *b, const struct node *labels)
{
	size_t              n = labels && labels->kind == NODE_MAP ? labels->count : 0;
	const struct node **sorted = n ? node_sorted(b->arena, labels) : NULL;

	for (size_t i = 0; i < n; i++) {
		live_key_add(b, node_key(sorted[i]));
		live_key_add(b, node_text(sorted[i]));
	}
	buf_char(b, ';');
}
