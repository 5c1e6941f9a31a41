/* By which names a request is known in logs: its own id, and the trace that it belongs to. */
#include "base/arena.h"
#include "base/ascii.h"
#include "serve/api/admitting.h"

static bool is_id(struct str s)
{
	if (s.n == 0 || s.n > 128)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_alnum_or(s.p[i], "-._~:/+="))
			return false;
	}
	return true;
}

static bool is_hexadecimal(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_lower_hex(s.p[i]))
			return false;
	return true;
}

static bool is_zeros(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

enum { TRACEPARENT_BYTES = 55 };

/* W3C Trace Context 3.2.2: version, trace, parent and flags. Versions to come may say more behind them. */
static bool is_traceparent(struct str s)
{
	static const struct {
		size_t from, to;
	} parts[] = { { 0, 2 }, { 3, 35 }, { 36, 52 }, { 53, TRACEPARENT_BYTES } };

	if (s.n < TRACEPARENT_BYTES || (s.n > TRACEPARENT_BYTES && str_has_prefix(s, STR("00"))) || !is_id(s))
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!is_hexadecimal(str_slice(s, parts[i].from, parts[i].to)) ||
		    (parts[i].to < s.n && s.p[parts[i].to] != '-'))
			return false;
	return !str_has_prefix(s, STR("ff")) && !is_zeros(str_slice(s, 3, 35)) && !is_zeros(str_slice(s, 36, 52));
}

/* Each request gets one: printf would be a good part of what the HTTP side costs. */
static struct str hexadecimal(struct digits *room, uint64_t v)
{
	size_t at = sizeof(room->p);

	do {
		room->p[--at] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	return str_of(room->p + at, sizeof(room->p) - at);
}

/* A client's own id is taken over; else one is made that no other request of this process has. */
void call_id_give(struct call *call)
{
	static _Atomic uint64_t counter;
	struct str              given = http_request_header(call->x, "X-Request-Id"), trace;
	struct digits           room[2];

	if (is_id(given))
		call->request_id = given;
	else
		call->request_id = STR_CONCAT(call->arena, hexadecimal(&room[0], (uint64_t)call->service->started),
		                              STR("-"), hexadecimal(&room[1], atomic_fetch_add(&counter, 1)));
	http_add_header(call->x, "X-Request-Id", call->request_id);
	trace = http_request_header(call->x, "traceparent");
	if (!is_traceparent(trace))
		return;
	http_add_header(call->x, "traceparent", trace);
	call->trace = str_slice(trace, 3, 35);
}
