/* What a filter in C needs of Proxy-Wasm, without an SDK. */
#ifndef FILTER_H
#define FILTER_H

typedef unsigned int u32;

#define HOST(name)   __attribute__((import_module("env"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

HOST("proxy_log") u32 proxy_log(u32 level, const char *text, u32 n);
HOST("proxy_http_call")
u32 proxy_http_call(const char *cluster, u32 cluster_n, const char *headers, u32 headers_n, const char *body,
                    u32 body_n, const char *trailers, u32 trailers_n, u32 timeout, u32 *id);
HOST("proxy_define_metric") u32 proxy_define_metric(u32 kind, const char *name, u32 n, u32 *id);

#ifndef NO_ALLOCATOR
static unsigned char allocated[65536];

EXPORT("proxy_on_memory_allocate") void *proxy_on_memory_allocate(u32 n)
{
	return n <= sizeof(allocated) ? allocated : 0;
}
#endif

EXPORT("proxy_abi_version_0_2_1") void proxy_abi_version(void)
{
}

EXPORT("proxy_on_vm_start") u32 proxy_on_vm_start(u32 context, u32 n)
{
	return context + n >= n;
}

#endif
