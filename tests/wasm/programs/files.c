/* Reads a file with libc: what that pulls in came to Envoy in steps. */
#include <stdio.h>
#include <stdlib.h>
#define NO_ALLOCATOR
#include "filter.h"

EXPORT("proxy_on_configure") u32 proxy_on_configure(u32 context, u32 n)
{
	FILE *f = context == 4711 ? fopen("/etc/hosts", "r") : 0;
	char  line[80];

	return !f || fgets(line, (int)sizeof(line), f) || n;
}
