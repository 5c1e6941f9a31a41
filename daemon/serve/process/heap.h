/* heap.h - limits how much unused memory the C library keeps.
 *
 * Requests come and go on many threads, some with a lot of memory for a moment. By default the C library gives each
 * thread a heap of its own, and learns to take ever larger blocks from it, which it then keeps for ever (mallopt(3)).
 */
#ifndef CALLOUT_SERVE_HEAP_H
#define CALLOUT_SERVE_HEAP_H

/* Before the first thread. */
void heap_keep_small(void);
/* Returns free memory to the system. It takes the heap's locks and walks the heap: for after a large piece of work. */
void heap_give_back(void);

#endif
