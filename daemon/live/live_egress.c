/* The hosts of an egress listener, as istiod compares them (istio pilot/pkg/model/sidecar.go convertIstioListenerToWrapper, selectServices). */
#include "live/live_egress.h"

#include "base/arena.h"

/* "ns/host", with "." for the namespace of the proxies and "*" for any; host with a leading "*." or "*". "~ns/host" takes out what
 * another one of the same listener lets in, "~/host" of every namespace (Istio 1.31). False: it is none. */
static bool read_import(const struct node *entry, struct live_import *ret, struct str *ret_pattern)
{
	*ret_pattern = str_cut(node_text(entry), '/', &ret->where);
	ret->is_taken_out = str_has_prefix(ret->where, STR("~"));
	if (ret->is_taken_out)
		ret->where = ret->where.n == 1 ? STR("*") : str_slice(ret->where, 1, ret->where.n);
	return ret_pattern->p;
}

/* By its letters as they are: istiod compares them so (hostClassification). */
static bool host_fits(struct str pattern, struct str host)
{
	return pattern.n && pattern.p[0] == '*' ? str_has_suffix(host, str_slice(pattern, 1, pattern.n))
	                                        : str_eq(pattern, host);
}

static bool is_of(struct str where, struct str proxies, struct str namespace)
{
	return str_is(where, "*") || str_eq(str_is(where, ".") ? proxies : where, namespace);
}

/* ---- one listener ---- */

/* That of a general HTTP proxy keeps those of all ports (needsPortMatch); a socket that is a file has number 0. */
unsigned live_egress_port(const struct node *listener)
{
	const struct node *port = node_get(listener, "port"), *number = node_get(port, "number"),
			  *protocol = node_get(port, "protocol");
	uint64_t only;

	if (protocol && str_eq_nocase(node_text(protocol), STR("HTTP_PROXY")))
		return 0;
	return number && str_to_uint(node_text(number), 65535, &only) ? (unsigned)only : 0;
}

bool live_egress_covers(const struct node *listener, struct str proxies, struct str namespace, struct str host,
                        bool takes_out)
{
	bool covers = false;

	NODE_EACH (entry, node_get(listener, "hosts")) {
		struct live_import import;
		struct str         pattern;

		if (!read_import(entry, &import, &pattern) || !is_of(import.where, proxies, namespace) ||
		    !host_fits(pattern, host))
			continue;
		if (!import.is_taken_out)
			covers = true;
		else if (takes_out)
			return false;
	}
	return covers;
}

bool live_egress_covers_all(const struct node *listener, struct str proxies, struct str namespace, bool takes_out)
{
	bool covers = false;

	NODE_EACH (entry, node_get(listener, "hosts")) {
		struct live_import import;
		struct str         pattern;

		if (!read_import(entry, &import, &pattern))
			continue;
		if (!import.is_taken_out)
			covers = covers || (str_is(pattern, "*") && is_of(import.where, proxies, namespace));
		else if (takes_out)
			return false;
	}
	return covers;
}

bool live_listener_lets_in(const struct live_listener *l, struct str proxies, struct str namespace, bool takes_out)
{
	bool lets_in = false;

	for (size_t i = 0; i < l->n; i++) {
		if (!is_of(l->imports[i].where, proxies, namespace))
			continue;
		if (!l->imports[i].is_taken_out)
			lets_in = true;
		else if (takes_out)
			return false;
	}
	return lets_in;
}

/* ---- those that have a host ---- */

/* What it takes out does not count for being exact. */
static struct live_listener read_listener(struct arena *arena, const struct node *listener, struct str host)
{
	struct live_listener ret = { .port = live_egress_port(listener), .is_exact = true };
	size_t               cap = 0;

	NODE_EACH (entry, node_get(listener, "hosts")) {
		struct live_import import;
		struct str         pattern;

		if (!read_import(entry, &import, &pattern))
			continue;
		if (!import.is_taken_out && (str_is(import.where, "*") || str_has_prefix(pattern, STR("*"))))
			ret.is_exact = false;
		if (!host_fits(pattern, host) || ret.n == IMPORTS_LOOKED_AT)
			continue;
		ret.imports = ARENA_LIST(arena, ret.imports, ret.n, &cap, struct live_import);
		ret.imports[ret.n++] = import;
		ret.takes_out = ret.takes_out || import.is_taken_out;
	}
	return ret;
}

static void add_listener(struct arena *arena, struct live_egress *egress, size_t *cap, struct live_listener listener)
{
	egress->listeners = ARENA_LIST(arena, egress->listeners, egress->n, cap, struct live_listener);
	egress->listeners[egress->n++] = listener;
}

struct live_egress *live_egress_read(struct arena *arena, const struct node *sidecar, struct str host)
{
	static struct live_import any = { .where = { "*", 1 } };
	const struct node        *egress = node_get(node_get(sidecar, "spec"), "egress");
	struct live_egress       *ret = ARENA_NEW(arena, struct live_egress);
	size_t                    cap = 0;

	if (!egress || egress->count == 0)
		add_listener(arena, ret, &cap, (struct live_listener){ .imports = &any, .n = 1 });
	NODE_EACH (listener, egress) {
		struct live_listener one = read_listener(arena, listener, host);

		if (one.n && ret->n < LISTENERS_LOOKED_AT)
			add_listener(arena, ret, &cap, one);
	}
	return ret;
}
