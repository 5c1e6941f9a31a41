/*
 * What Envoy offers a Wasm filter (proxy-wasm ABI 0.2.1), as far as callout.c uses it.
 */
#ifndef CALLOUT_FILTERS_HOST_H
#define CALLOUT_FILTERS_HOST_H

typedef unsigned char u8;
typedef unsigned int  u32;

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name))) u32 name
#define EXPORT(name) __attribute__((export_name(#name))) name

enum { REQUEST_HEADERS = 0, CALL_HEADERS = 6 };
enum { CALL_BODY = 4, GRPC_MESSAGE = 5, CONFIGURATION = 7 };
enum { CONTINUE = 0, PAUSE = 1 };
enum { STREAM_OF_REQUEST = 0 };

IMPORT(proxy_get_buffer_bytes)(u32 buffer, u32 start, u32 length, const char **bytes, u32 *size);
IMPORT(proxy_get_header_map_value)(u32 map, const char *key, u32 key_size, const char **value, u32 *size);
IMPORT(proxy_replace_header_map_value)(u32 map, const char *key, u32 key_size, const char *value, u32 size);
IMPORT(proxy_http_call)
(const char *cluster, u32 cluster_size, const char *headers, u32 headers_size, const char *body, u32 body_size,
 const char *trailers, u32 trailers_size, u32 timeout_ms, u32 *token);
IMPORT(proxy_grpc_call)
(const char *service, u32 service_size, const char *name, u32 name_size, const char *method, u32 method_size,
 const char *metadata, u32 metadata_size, const char *message, u32 message_size, u32 timeout_ms, u32 *token);
IMPORT(proxy_send_local_response)
(u32 status, const char *details, u32 details_size, const char *body, u32 body_size, const char *headers,
 u32 headers_size, u32 grpc_status);
IMPORT(proxy_continue_stream)(u32 stream);
IMPORT(proxy_set_effective_context)(u32 context);

#endif
