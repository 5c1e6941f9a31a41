#include "peer_tree.h"

#include <stdlib.h>
#include <string.h>

struct chunk {
	struct chunk *next;
	size_t        n, cap;
	max_align_t   bytes[];
};

struct peer_memory {
	struct chunk *first;
};

static void *alloc(struct peer_memory *m, size_t n)
{
	struct chunk *c = m->first;
	void         *p;

	n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!c || c->cap - c->n < n) {
		size_t cap = n > 65536 ? n : 65536;

		c = calloc(1, sizeof(*c) + cap);
		if (!c)
			abort();
		*c = (struct chunk){ .next = m->first, .cap = cap };
		m->first = c;
	}
	p = (char *)c->bytes + c->n;
	c->n += n;
	return p;
}

struct peer_memory *peer_memory_new(void)
{
	struct peer_memory *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	return m;
}

void peer_memory_free(struct peer_memory *m)
{
	while (m->first) {
		struct chunk *next = m->first->next;

		free(m->first);
		m->first = next;
	}
	free(m);
}

struct peer_value *peer_value_new(struct peer_memory *m, enum peer_kind kind, struct peer_value *parent)
{
	struct peer_value *v = alloc(m, sizeof(*v));

	*v = (struct peer_value){ .kind = kind };
	if (parent && parent->last)
		parent->last->next = v;
	else if (parent)
		parent->first = v;
	if (parent)
		parent->last = v;
	return v;
}

static const char *copied(struct peer_memory *m, const char *p, size_t n)
{
	char *to = alloc(m, n + 1);

	if (n)
		memcpy(to, p, n);
	to[n] = '\0';
	return to;
}

void peer_value_key(struct peer_memory *m, struct peer_value *v, const char *p, size_t n)
{
	v->key = copied(m, p, n);
	v->key_n = n;
}

void peer_value_text(struct peer_memory *m, struct peer_value *v, const char *p, size_t n)
{
	v->text = copied(m, p, n);
	v->n = n;
}
