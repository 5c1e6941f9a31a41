#include "manifest/yaml_memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Sanitizers want to see each piece by itself. */
#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define WATCHED 1
#endif
#endif

#ifdef WATCHED

struct yaml_memory *yaml_memory_use(struct yaml_memory *memory)
{
	(void)memory;
	return NULL;
}

#else

enum { SMALLEST = 16 };

/* Stands before each piece. */
struct head {
	alignas(max_align_t) struct yaml_memory *owner; /* NULL: malloc */
	size_t size;                                    /* that the piece has room for */
};

static _Thread_local struct yaml_memory *in_use;

struct yaml_memory *yaml_memory_use(struct yaml_memory *memory)
{
	struct yaml_memory *before = in_use;

	in_use = memory;
	return before;
}

/* The number of the smallest class that holds size > 0 bytes, or one too large. */
static unsigned rank_of(size_t size)
{
	return size <= SMALLEST ? 0 : (unsigned)(sizeof(long) * 8 - 4) - (unsigned)__builtin_clzl(size - 1);
}

static void *take_large(size_t size)
{
	struct head *head = size <= SIZE_MAX - sizeof(*head) ? malloc(sizeof(*head) + size) : NULL;

	if (!head)
		return NULL;
	*head = (struct head){ NULL, size };
	return head + 1;
}

/* Nobody looks at it, so that no page of it is ever there. */
static alignas(max_align_t) unsigned char unused[YAML_MEMORY_UNUSED_BYTES];

static void *take(size_t size)
{
	struct yaml_memory *m = in_use;
	unsigned            rank = rank_of(size);
	struct head        *head;

	if (!m || rank >= YAML_MEMORY_CLASSES)
		return m && m->unused && size <= sizeof(unused) ? unused : take_large(size);
	if (m->freed[rank]) {
		void *piece = m->freed[rank];

		memcpy(&m->freed[rank], piece, sizeof(void *));
		return piece;
	}
	size = (size_t)SMALLEST << rank;
	head = arena_alloc(m->arena, sizeof(*head) + size);
	*head = (struct head){ m, size };
	return head + 1;
}

/* libyaml declares these in yaml_private.h, which is not installed. */
void *yaml_malloc(size_t size);
void *yaml_realloc(void *piece, size_t size);
void  yaml_free(void *piece);
char *yaml_strdup(const char *text);

void *yaml_malloc(size_t size)
{
	return take(size ? size : 1);
}

void yaml_free(void *piece)
{
	struct head *head;
	void       **freed;

	if (!piece || piece == unused)
		return;
	head = (struct head *)piece - 1;
	if (!head->owner) {
		free(head);
		return;
	}
	freed = &head->owner->freed[rank_of(head->size)];
	memcpy(piece, freed, sizeof(void *));
	*freed = piece;
}

void *yaml_realloc(void *piece, size_t size)
{
	struct head *head;
	void        *larger;

	if (!piece)
		return yaml_malloc(size);
	head = (struct head *)piece - 1;
	if (size <= head->size)
		return piece;
	larger = take(size);
	if (!larger)
		return NULL;
	memcpy(larger, piece, head->size);
	yaml_free(piece);
	return larger;
}

char *yaml_strdup(const char *text)
{
	size_t n = text ? strlen(text) + 1 : 0;
	char  *copy = text ? yaml_malloc(n) : NULL;

	if (copy)
		memcpy(copy, text, n);
	return copy;
}

#endif
