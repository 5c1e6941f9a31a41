/* Which transport sockets the endpoints of a cluster get (Envoy transport_socket_match_impl.cc): of each endpoint the first of
 * transport_socket_matches that fits its labels, else the cluster's own. */
#include "base/arena.h"
#include "dump/proxy_state.h"

static bool has_label(const struct label_set *labels, const struct setting *wanted)
{
	const struct setting *has = setting_find(labels->items, labels->n, wanted->key);

	return has && setting_equals(has, wanted);
}

bool socket_match_fits(const struct label_set *labels, const struct socket_match *m)
{
	for (size_t i = 0; i < m->labels.n; i++)
		if (!has_label(labels, &m->labels.items[i]))
			return false;
	return true;
}

/* Its index among the matches, or their number: the cluster's own. */
static size_t choose(const struct proxy_cluster *c, const struct label_set *labels)
{
	size_t i = 0;

	while (i < c->n_matches && !socket_match_fits(labels, &c->matches[i]))
		i++;
	return i;
}

void cluster_choose_sockets(struct arena *arena, struct proxy_cluster *c, const struct label_sets *labels)
{
	static const struct label_set none = { 0 };
	bool                          chosen[KEPT_MATCHES + 1] = { false };
	size_t                        n = labels->n ? labels->n : 1;

	c->sockets = NULL;
	c->n_sockets = 0;
	for (size_t i = 0; i < n; i++) {
		size_t                  at = choose(c, labels->n ? &labels->items[i] : &none);
		const struct tls_facts *tls = at < c->n_matches ? &c->matches[at].tls : &c->own;

		if (chosen[at])
			continue;
		chosen[at] = true;
		if (!c->n_sockets)
			c->tls = *tls;
		if (n > 1 && !c->sockets)
			c->sockets = ARENA_ARRAY(arena, KEPT_MATCHES + 1, struct tls_facts);
		if (c->sockets)
			c->sockets[c->n_sockets] = *tls;
		c->n_sockets++;
	}
}
