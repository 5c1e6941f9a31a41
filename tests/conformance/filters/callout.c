/*
 * A Wasm filter that makes the calls that its configuration names, without any SDK:
 *
 *     {"auth": {"authority": "…", "cluster": "…", "path": "…", "protocol": "HTTP", "timeoutMs": 500}, "trail": "first"}
 *
 * GET /auth calls the cluster of the block "auth" and is answered with what came back; what the host said is in headers:
 * x-cluster (the name that was called), x-refused (the host's code, no call was made), x-status, x-grpc-status.
 * GET /auth?authority makes a gRPC call with the authority of the block, not with the cluster's name for it.
 * With "trail" the request goes on instead, and carries the filter's word in x-trail.
 */

#include "host.h"

/* ---- text ---- */

struct text {
	const char *p;
	u32         n;
};

#define TEXT(literal) ((struct text){ literal, sizeof literal - 1 })

void *memcpy(void *to, const void *from, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		((u8 *)to)[i] = ((const u8 *)from)[i];
	}
	return to;
}

void *memset(void *to, int byte, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		((u8 *)to)[i] = (u8)byte;
	}
	return to;
}

static int starts_with(struct text t, struct text with)
{
	for (u32 i = 0; i < with.n; i++) {
		if (i >= t.n || t.p[i] != with.p[i]) {
			return 0;
		}
	}
	return 1;
}

/* What follows the first `mark`, nothing when there is none. */
static struct text after(struct text t, struct text mark)
{
	for (; t.n; t.p++, t.n--) {
		if (starts_with(t, mark)) {
			return (struct text){ t.p + mark.n, t.n - mark.n };
		}
	}
	return t;
}

static struct text until(struct text t, char end)
{
	u32 n = 0;
	while (n < t.n && t.p[n] != end) {
		n++;
	}
	return (struct text){ t.p, n };
}

static u32 number(struct text t)
{
	u32 n = 0;
	for (u32 i = 0; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++) {
		n = n * 10 + (u32)(t.p[i] - '0');
	}
	return n;
}

static u32 hexadecimal(char c)
{
	return (u32)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

static struct text decimal(u32 n, char space[10])
{
	char *p = space + 10;
	do {
		*--p = (char)('0' + n % 10);
	} while (n /= 10);
	return (struct text){ p, (u32)(space + 10 - p) };
}

/* ---- memory: what the host hands over lives until the ring comes round, configurations stay ---- */

static char ring[1 << 20], kept[1 << 17];
static u32  ring_used, kept_used;

void *EXPORT(proxy_on_memory_allocate)(u32 size)
{
	size = (size + 7) & ~7u;
	if (ring_used + size > sizeof ring) {
		ring_used = 0;
	}
	ring_used += size;
	return ring + ring_used - size;
}

static struct text keep(struct text t)
{
	char *to = kept + kept_used;
	if (kept_used + t.n > sizeof kept) {
		__builtin_trap();
	}
	memcpy(to, t.p, t.n);
	kept_used += t.n;
	return (struct text){ to, t.n };
}

/* The text behind `mark`. Istio writes &, < and > as \u0026, \u003c and \u003e. */
static struct text member(struct text t, struct text mark)
{
	t = until(after(t, mark), '"');
	char *to = proxy_on_memory_allocate(t.n);
	u32   n = 0;
	for (; t.n; t.p++, t.n--) {
		if (starts_with(t, TEXT("\\u00")) && t.n >= 6) {
			to[n++] = (char)(hexadecimal(t.p[4]) << 4 | hexadecimal(t.p[5]));
			t.p += 5, t.n -= 5;
		} else {
			to[n++] = *t.p;
		}
	}
	return (struct text){ to, n };
}

/* ---- contexts: a root for each plugin that shares this machine, a stream for each request ---- */

enum { ROOTS = 256, STREAMS = 1024 };

static struct root {
	u32         id;
	struct text configuration;
} roots[ROOTS];
static u32 root_count;

static struct stream {
	u32         id, root, token;
	struct text cluster;
} streams[STREAMS];

static struct text *configuration_of(u32 root)
{
	for (u32 i = 0; i < root_count; i++) {
		if (roots[i].id == root) {
			return &roots[i].configuration;
		}
	}
	__builtin_trap();
}

/* Calls are made by streams, but the host tells their roots how they end. */
static struct stream *stream_that_waits_for(u32 token)
{
	for (u32 i = 0; i < STREAMS; i++) {
		if (streams[i].id && streams[i].token == token) {
			return &streams[i];
		}
	}
	__builtin_trap();
}

void EXPORT(proxy_abi_version_0_2_1)(void)
{
}

u32 EXPORT(proxy_on_vm_start)(u32 root, u32 size)
{
	(void)root, (void)size;
	return 1;
}

void EXPORT(proxy_on_context_create)(u32 id, u32 parent)
{
	if (parent) {
		streams[id % STREAMS] = (struct stream){ .id = id, .root = parent };
	} else if (root_count < ROOTS) {
		roots[root_count++].id = id;
	}
}

u32 EXPORT(proxy_on_configure)(u32 root, u32 size)
{
	struct text t = { 0 };
	if (size && proxy_get_buffer_bytes(CONFIGURATION, 0, size, &t.p, &t.n)) {
		return 0;
	}
	*configuration_of(root) = keep(t);
	return 1;
}

/* ---- header lists: a count, all sizes, then all texts with a NUL after each ---- */

struct headers {
	struct text pairs[16];
	u32         count;
};

static void add(struct headers *h, struct text key, struct text value)
{
	h->pairs[h->count++] = key;
	h->pairs[h->count++] = value;
}

static char *put_u32(char *to, u32 n)
{
	memcpy(to, &n, 4);
	return to + 4;
}

static struct text serialised(const struct headers *h)
{
	static char space[8192];
	char       *to = put_u32(space, h->count / 2);
	for (u32 i = 0; i < h->count; i++) {
		to = put_u32(to, h->pairs[i].n);
	}
	for (u32 i = 0; i < h->count; i++) {
		if (to + h->pairs[i].n >= space + sizeof space) {
			__builtin_trap();
		}
		memcpy(to, h->pairs[i].p, h->pairs[i].n);
		to += h->pairs[i].n;
		*to++ = 0;
	}
	return (struct text){ space, (u32)(to - space) };
}

static struct text header(u32 map, struct text key)
{
	struct text value = { 0 };
	return proxy_get_header_map_value(map, key.p, key.n, &value.p, &value.n) ? (struct text){ 0 } : value;
}

/* ---- the answer ---- */

/* The request goes on, with the filter's word behind those of the filters before it. */
static void leave_word(struct text word)
{
	static char space[256];
	struct text trail = header(REQUEST_HEADERS, TEXT("x-trail"));
	if (trail.n + word.n + 1 > sizeof space) {
		__builtin_trap();
	}
	memcpy(space, trail.p, trail.n);
	if (trail.n) {
		space[trail.n++] = ',';
	}
	memcpy(space + trail.n, word.p, word.n);
	proxy_replace_header_map_value(REQUEST_HEADERS, "x-trail", 7, space, trail.n + word.n);
	proxy_continue_stream(STREAM_OF_REQUEST);
}

static void answer(const struct stream *s, struct text name, struct text value, struct text body)
{
	struct headers h = { .count = 0 };
	struct text    word = member(*configuration_of(s->root), TEXT("\"trail\":\""));
	if (word.n) {
		leave_word(word);
		return;
	}
	add(&h, TEXT("x-cluster"), s->cluster);
	add(&h, name, value);
	struct text headers = serialised(&h);
	proxy_send_local_response(200, 0, 0, body.p, body.n, headers.p, headers.n, (u32)-1);
}

void EXPORT(proxy_on_http_call_response)(u32 root, u32 token, u32 header_count, u32 body_size, u32 trailer_count)
{
	struct stream *s = stream_that_waits_for(token);
	struct text    body = { 0 }, status = header(CALL_HEADERS, TEXT(":status"));
	(void)root, (void)header_count, (void)trailer_count;
	if (body_size) {
		proxy_get_buffer_bytes(CALL_BODY, 0, body_size, &body.p, &body.n);
	}
	s->token = 0;
	proxy_set_effective_context(s->id);
	answer(s, TEXT("x-status"), status, body);
}

void EXPORT(proxy_on_grpc_receive)(u32 root, u32 token, u32 size)
{
	struct stream *s = stream_that_waits_for(token);
	struct text    message = { 0 };
	(void)root;
	proxy_get_buffer_bytes(GRPC_MESSAGE, 0, size, &message.p, &message.n);
	s->token = 0;
	proxy_set_effective_context(s->id);
	answer(s, TEXT("x-grpc-status"), TEXT("0"), message);
}

void EXPORT(proxy_on_grpc_close)(u32 root, u32 token, u32 status)
{
	struct stream *s = stream_that_waits_for(token);
	char           space[10];
	(void)root;
	s->token = 0;
	proxy_set_effective_context(s->id);
	answer(s, TEXT("x-grpc-status"), decimal(status, space), (struct text){ 0 });
}

/* ---- the call ---- */

/* The block of the configuration that the request's path names. */
static struct text block_of(const struct stream *s)
{
	struct text path = until(header(REQUEST_HEADERS, TEXT(":path")), '?');
	char        space[64] = "\"";
	if (path.n < 2 || path.n + 4 > sizeof space) {
		return (struct text){ 0 };
	}
	memcpy(space + 1, path.p + 1, path.n - 1);
	memcpy(space + path.n, "\":{", 3);
	return until(after(*configuration_of(s->root), (struct text){ space, path.n + 3 }), '}');
}

static u32 call_http(struct stream *s, struct text block, u32 timeout_ms)
{
	struct headers h = { .count = 0 };
	add(&h, TEXT(":method"), TEXT("GET"));
	add(&h, TEXT(":path"), member(block, TEXT("\"path\":\"")));
	add(&h, TEXT(":authority"), member(block, TEXT("\"authority\":\"")));
	struct text headers = serialised(&h);
	return proxy_http_call(s->cluster.p, s->cluster.n, headers.p, headers.n, 0, 0, 0, 0, timeout_ms, &s->token);
}

/* A protobuf field of text, number 1 to 15. */
static char *put_field(char *to, u32 field, struct text value)
{
	*to++ = (char)(field << 3 | 2);
	if (value.n > 127) {
		__builtin_trap();
	}
	*to++ = (char)value.n;
	memcpy(to, value.p, value.n);
	return to + value.n;
}

/* envoy.config.core.v3.GrpcService {envoy_grpc: {cluster_name, authority}} */
static struct text grpc_service(struct text cluster, struct text authority)
{
	static char inner[256], outer[256];
	char       *end = put_field(put_field(inner, 1, cluster), 2, authority);
	end = put_field(outer, 1, (struct text){ inner, (u32)(end - inner) });
	return (struct text){ outer, (u32)(end - outer) };
}

/* The host takes the service for a name when it is no message; the upstream then sees the name as its :authority. */
static u32 call_grpc(struct stream *s, struct text block, u32 timeout_ms)
{
	struct text service = s->cluster;
	if (after(header(REQUEST_HEADERS, TEXT(":path")), TEXT("?")).n) {
		service = grpc_service(s->cluster, member(block, TEXT("\"authority\":\"")));
	}
	return proxy_grpc_call(service.p, service.n, "test.Auth", 9, "Check", 5, 0, 0, 0, 0, timeout_ms, &s->token);
}

u32 EXPORT(proxy_on_request_headers)(u32 id, u32 count, u32 end_of_stream)
{
	struct stream *s = &streams[id % STREAMS];
	struct text    block = block_of(s);
	char           space[10];
	(void)count, (void)end_of_stream;
	if (!block.n) {
		return CONTINUE;
	}
	u32 timeout_ms = number(after(block, TEXT("\"timeoutMs\":")));
	s->cluster = member(block, TEXT("\"cluster\":\""));
	u32 code = after(block, TEXT("\"protocol\":\"GRPC")).n ? call_grpc(s, block, timeout_ms)
	                                                       : call_http(s, block, timeout_ms);
	if (code) {
		answer(s, TEXT("x-refused"), decimal(code, space), (struct text){ 0 });
	}
	return PAUSE;
}

void EXPORT(proxy_on_delete)(u32 id)
{
	if (streams[id % STREAMS].id == id) {
		streams[id % STREAMS] = (struct stream){ .id = 0 };
	}
}
