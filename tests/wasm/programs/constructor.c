/* A metric defined by a constructor: too early, unless Envoy is older than 1.24. */
#include "filter.h"

__attribute__((constructor)) static void define(void)
{
	u32 id;

	proxy_define_metric(0, "calls", 5, &id);
}

EXPORT("proxy_on_configure") u32 proxy_on_configure(u32 context, u32 n)
{
	return context + n >= n;
}
