/* A filter as it should be: it calls its cluster on each request, and takes the answer. */
#include "filter.h"

static const char cluster[] = "outbound|47080||auth.auth-check.shop.callout.internal";
static const char headers[] = "\3\0\0\0";

EXPORT("proxy_on_configure") u32 proxy_on_configure(u32 context, u32 n)
{
	proxy_log(2, cluster, sizeof(cluster) - 1);
	return context + n >= n;
}

EXPORT("proxy_on_request_headers") u32 proxy_on_request_headers(u32 context, u32 n, u32 end)
{
	u32 id;

	proxy_http_call(cluster, sizeof(cluster) - 1, headers, sizeof(headers), "", 0, "", 0, 500, &id);
	return context + n + end > 0;
}

EXPORT("proxy_on_http_call_response")
void proxy_on_http_call_response(u32 context, u32 id, u32 n, u32 body, u32 trailers)
{
	proxy_log(context + id + n + body + trailers > 0, "answered", 8);
}
