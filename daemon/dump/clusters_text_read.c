/* /clusters as text (envoy source/server/admin/clusters_handler.cc writeClustersAsText): lines of NAME::KEY::VALUE, then of
 * NAME::ADDRESS::KEY::VALUE for each host. Names and addresses may have "::" themselves. It tells the same as
 * /clusters?format=json, and that it is whole only by its last line. */
#include "dump/host.h"
#include "dump/lines.h"
#include "names/hostname.h"

static const struct str sep = STR_INIT("::");

/* The cluster whose lines come, and the host. */
struct clusters_text {
	struct dump_reader     *reader;
	char                    name[LIMIT_CLUSTER_NAME_BYTES];
	size_t                  n;
	const struct dump_want *want; /* NULL: nobody wants it */
	struct proxy_endpoints  hosts;
	uint64_t                priority, connects;
	enum host_health        health;
	bool                    whole; /* the last line ends a host, or a cluster without hosts */
};

/* ---- hosts ---- */

/* HostUtility::healthFlagsToString: "healthy", or all of them, each behind a slash. */
static enum host_health health_of(struct str flags)
{
	static const struct {
		struct str       flag;
		enum host_health health;
	} all[] = {
		{ STR_INIT("degraded_active_hc"), HOST_DEGRADED },
		{ STR_INIT("degraded_eds_health"), HOST_DEGRADED },
		{ STR_INIT("degraded_outlier_detection"), HOST_DEGRADED },
		{ STR_INIT("failed_active_hc"), HOST_UNHEALTHY },
		{ STR_INIT("failed_outlier_check"), HOST_UNHEALTHY },
		{ STR_INIT("failed_eds_health"), HOST_UNHEALTHY },
		{ STR_INIT("pending_dynamic_removal"), HOST_UNHEALTHY },
		{ STR_INIT("active_hc_timeout"), HOST_UNHEALTHY },
		{ STR_INIT("pending_active_hc"), HOST_EXCLUDED },
		{ STR_INIT("excluded_via_immediate_hc_fail"), HOST_EXCLUDED },
		{ STR_INIT("eds_status_draining"), HOST_EXCLUDED },
	};
	enum host_health worst = HOST_HEALTHY;

	while (flags.n) {
		struct str flag;

		flags = str_cut(flags, '/', &flag);
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			if (str_eq(flag, all[i].flag) && all[i].health > worst)
				worst = all[i].health;
	}
	return worst;
}

/* "10.0.0.5:80", "[::1]:80"; others, such as those of listeners within the proxy, are no socket addresses. */
static struct address address_of(struct dump_reader *r, struct str text)
{
	struct address a = { STR_ABSENT, 0, STR_ABSENT };
	struct str     host;

	if (text.n && text.p[0] != '/' && str_find_str(text, STR("//"), 0) == text.n &&
	    host_port_split(text, &host, &a.port))
		a.host = str_copy(r->scratch, host);
	return a;
}

static void end_host(struct clusters_text *t, struct str address)
{
	struct dump_reader *r = t->reader;
	struct arena_mark   mark = arena_mark(r->scratch);
	struct address      a = address_of(r, address);

	t->hosts.n_untried += t->connects == 0;
	if (!host_keep(r, &t->hosts, host_level_at(&t->hosts.levels, t->priority), &a, t->health))
		arena_reset(r->scratch, mark);
	t->health = HOST_HEALTHY;
	t->priority = t->connects = 0;
}

static void host_member(struct clusters_text *t, struct str address, struct str key, struct str value)
{
	uint64_t n = 0;

	if (str_is(key, "cx_total") && str_to_uint(value, UINT64_MAX, &n))
		t->hosts.connects.n += t->connects = n;
	else if (str_is(key, "cx_connect_fail") && str_to_uint(value, UINT64_MAX, &n))
		t->hosts.connects.n_failed += n;
	else if (str_is(key, "health_flags"))
		t->health = health_of(value);
	else if (str_is(key, "priority"))
		str_to_uint(value, UINT32_MAX, &t->priority);
	else if (str_is(key, "local_origin_success_rate"))
		end_host(t, address);
}

/* ---- clusters ---- */

/* last: of a file that may be cut off where its hosts would begin. */
static void end_cluster(struct clusters_text *t, bool last)
{
	if (t->want && !(last && t->hosts.n == 0))
		endpoints_keep(t->reader, t->want, &t->hosts);
	t->want = NULL;
}

static void begin_cluster(struct clusters_text *t, struct str name, const struct json_place *place)
{
	end_cluster(t, false);
	memcpy(t->name, name.p, name.n);
	t->n = name.n;
	t->hosts = (struct proxy_endpoints){ .by_cluster = true };
	t->want = endpoints_met(t->reader, name);
	if (t->want)
		t->hosts.pos = tell_place(t->reader, place, name.n);
}

/* What stands before the last "::" of text, and what behind it. */
static bool split(struct str text, struct str *before, struct str *after)
{
	size_t at = text.n;

	while (at > 1 && !(text.p[at - 1] == ':' && text.p[at - 2] == ':'))
		at--;
	if (at < 2)
		return false;
	*before = str_slice(text, 0, at - 2);
	*after = str_slice(text, at, text.n);
	return true;
}

/* Behind the cluster's name. */
static bool member_met(struct clusters_text *t, struct str rest)
{
	struct str value, key, address = STR_ABSENT;

	if (!split(rest, &key, &value))
		return false;
	if (split(key, &address, &key) && t->want)
		host_member(t, address, key, value);
	t->whole = value.n > 0 && (str_is(key, "local_origin_success_rate") || str_is(key, "added_via_api") ||
	                           str_is(key, "eds_service_name"));
	return true;
}

static bool line_met(void *ctx, const struct text_line *l)
{
	struct clusters_text *t = ctx;
	struct str            line = l->text, name = str_of(t->name, t->n);
	size_t                at = str_find_str(line, STR("::observability_name::"), 0);
	bool                  is_one;

	t->whole = false;
	if (at < line.n) {
		begin_cluster(t, str_slice(line, 0, at), &l->place);
		return true;
	}
	is_one = t->n && str_has_prefix(line, name) && str_has_prefix(str_slice(line, t->n, line.n), sep) &&
	         member_met(t, str_slice(line, t->n + sep.n, line.n));
	return is_one || l->cut || !l->ended;
}

bool clusters_text_read(struct dump_reader *r, struct peek *in)
{
	struct clusters_text t = { .reader = r };

	endpoints_new_section(r);
	if (!lines_read(r, in, "the clusters", line_met, &t))
		return false;
	if (!t.whole) {
		struct json_error e = { .fault = JSON_TRUNCATED, .offset = r->bytes, .line = 1, .column = 1 };

		scan_fault_add(r, &e);
		return false;
	}
	end_cluster(&t, true);
	return true;
}
