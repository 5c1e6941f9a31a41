#include "store/limits.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"

static bool refuse(struct diags *ds, const char *what, size_t most, const char *unit)
{
	diag_add(ds, CO_STORE_LIMIT, POS_NONE,
	         ARGS(str_c(what), STR_CONCAT(ds->arena, str_from_uint(ds->arena, most), str_c(unit))));
	return false;
}

bool limit_count(size_t n, size_t most, const char *what, struct diags *ds)
{
	return n <= most || refuse(ds, what, most, " at once");
}

bool limit_bytes(struct str value, size_t most, const char *what, struct diags *ds)
{
	return value.n <= most || refuse(ds, what, most, " bytes");
}

bool limit_name(struct str value, const char *what, struct diags *ds)
{
	return limit_bytes(value, LIMIT_STORE_NAME_BYTES, what, ds);
}

static bool host_within_limits(const struct store_host *h, struct diags *ds)
{
	return limit_name(h->upstream, "the name of an upstream", ds) && limit_name(h->host, "a host", ds) &&
	       limit_name(h->cluster, "the name of a cluster", ds);
}

bool extract_within_limits(const struct store_host *hosts, size_t n_hosts, const struct store_claim *claims,
                           size_t n_claims, struct diags *ds)
{
	if (!limit_count(n_hosts, LIMIT_UPSTREAMS, "hosts of a manifest", ds) ||
	    !limit_count(n_claims, LIMIT_STORE_CLAIMS, "claims of a manifest", ds))
		return false;
	for (size_t i = 0; i < n_hosts; i++)
		if (!host_within_limits(&hosts[i], ds))
			return false;
	for (size_t i = 0; i < n_claims; i++)
		if (!limit_name(claims[i].key, "the key of a claim", ds) ||
		    !limit_name(claims[i].agreement, "the agreement of a claim", ds))
			return false;
	return true;
}

bool put_within_limits(const struct store_put *put, struct diags *ds)
{
	return limit_name(put->namespace, "a namespace", ds) && limit_name(put->name, "the name of a manifest", ds) &&
	       limit_name(put->who, "the name of a user", ds) &&
	       limit_bytes(put->document, LIMIT_DOCUMENT_BYTES, "a manifest", ds) &&
	       extract_within_limits(put->hosts, put->n_hosts, put->claims, put->n_claims, ds);
}

bool reply_within_limits(const struct store_request *request, const struct store_reply *reply, struct diags *ds)
{
	if (!request || !str_present(request->key))
		return true;
	return limit_bytes(request->key, LIMIT_STORE_KEY_BYTES, "an idempotency key", ds) &&
	       limit_bytes(request->scope, LIMIT_STORE_KEY_BYTES, "the owner of an idempotency key", ds) &&
	       limit_name(request->fingerprint, "the fingerprint of a request", ds) &&
	       (!reply || (limit_name(reply->media_type, "a media type", ds) &&
	                   limit_bytes(reply->body, LIMIT_STORE_REPORT_BYTES, "a reply that is remembered", ds)));
}

size_t page_limit(const struct store_page *page)
{
	return page->limit == 0 || page->limit > LIMIT_STORE_PAGE ? (size_t)LIMIT_STORE_PAGE : page->limit;
}
