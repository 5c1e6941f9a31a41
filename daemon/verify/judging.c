#include "verify/judging.h"

void judging_turn(struct judging *j, size_t want)
{
	const struct proxy_endpoints *e = j->proxy->endpoints[want];

	j->cluster = j->proxy->clusters[want];
	j->endpoints = e && !e->mixed ? e : NULL;
	j->mixed = e && e->mixed;
	j->counts = &j->proxy->counts[want];
}

struct reason *reason_add(struct judging *j, enum diag_code code, bool certain, struct pos pos, struct str message)
{
	struct reason *r = ARENA_NEW(j->arena, struct reason);

	*r = (struct reason){ .code = code, .certain = certain, .message = message, .pos = pos };
	r->remedy = remedy_for(code, j->expected);
	*j->last = r;
	j->last = &r->next;
	return r;
}

void reason_remedy(struct reason *r, struct str remedy)
{
	r->remedy = remedy;
}

struct str join_strings(struct arena *arena, const struct str *list, size_t n, size_t shown)
{
	struct buf b;

	buf_init(&b, arena, 64 * 1024);
	for (size_t i = 0; i < n && i < shown; i++) {
		if (i)
			buf_lit(&b, ", ");
		buf_add(&b, list[i]);
	}
	if (n > shown)
		buf_fmt(&b, " and %zu more", n - shown);
	return buf_str(&b);
}
