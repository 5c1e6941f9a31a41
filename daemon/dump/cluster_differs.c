/* Two views of one cluster, from dumps of two moments or of one. */
#include "dump/host.h"
#include "dump/proxy_merge.h"

/* Absent is not the same as empty. */
static bool same_text(struct str a, struct str b)
{
	return str_present(a) == str_present(b) && (!str_present(a) || str_eq(a, b));
}

static bool same_tls(const struct tls_facts *a, const struct tls_facts *b)
{
	if (a->tls != b->tls || a->verifies != b->verifies || a->n_names != b->n_names || a->lowest != b->lowest ||
	    a->highest != b->highest)
		return false;
	for (size_t i = 0; i < a->n_names && i < KEPT_NAMES; i++)
		if (!same_text(a->names[i], b->names[i]))
			return false;
	return same_text(a->sni, b->sni) && same_text(a->ca, b->ca) && same_text(a->certificate, b->certificate) &&
	       same_text(a->pattern, b->pattern);
}

/* A mask may have left out all but the name. */
static bool tells_little(const struct proxy_cluster *c)
{
	return c->masked || (!c->has_type && c->n_endpoints == 0);
}

bool cluster_differs(const struct proxy_cluster *a, const struct proxy_cluster *b)
{
	if (tells_little(a) || tells_little(b))
		return false;
	return a->type != b->type || a->http != b->http || a->zero_requests != b->zero_requests ||
	       a->subsets != b->subsets || a->hashes != b->hashes || a->n_matches != b->n_matches ||
	       !same_text(a->type_text, b->type_text) || !same_text(a->eds_service, b->eds_service) ||
	       a->n_endpoints != b->n_endpoints ||
	       !addresses_same(a->addresses, a->n_addresses, b->addresses, b->n_addresses) ||
	       !same_tls(&a->own, &b->own);
}
