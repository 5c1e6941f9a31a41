#include "plan/claim.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "json/json_write.h"
#include "plan/planner.h"

/* Writes the settings that neighbours.c compares, one after the other, in an unambiguous form. */
struct settings_text {
	struct buf         text;
	struct json_writer writer;
};

static void begin(struct settings_text *s, struct arena *arena)
{
	buf_init(&s->text, arena, MIB);
	json_writer_init(&s->writer, &s->text, 0);
	json_open(&s->writer, '[');
}

static struct str digest(struct settings_text *s)
{
	json_close(&s->writer, ']');
	return sha256_of_bytes(s->text.arena, buf_str(&s->text));
}

/* As a set: the order in which a document lists them changes nothing. */
static void add_strings(struct settings_text *s, struct strings list)
{
	struct strings sorted = strings_sorted(s->text.arena, list);

	json_open(&s->writer, '[');
	for (size_t i = 0; i < sorted.n; i++)
		json_string(&s->writer, sorted.items[i]);
	json_close(&s->writer, ']');
}

static void add_addresses(struct settings_text *s, const struct upstream *u, bool ports_too)
{
	json_open(&s->writer, '[');
	for (size_t i = 0; i < u->endpoints.n; i++) {
		const struct endpoint *e = (const struct endpoint *)u->endpoints.items + i;

		json_string(&s->writer, e->address);
		if (ports_too)
			json_int(&s->writer, e->port);
	}
	json_close(&s->writer, ']');
}

static struct str host_agreement(struct planner *p, const struct upstream *u)
{
	struct settings_text s;

	begin(&s, p->arena);
	json_int(&s.writer, upstream_resolution(u));
	json_bool(&s.writer, u->location == LOCATION_INTERNAL);
	add_addresses(&s, u, false);
	add_strings(&s, export_to_of(p, u));
	return digest(&s);
}

static void add_tls(struct settings_text *s, const struct upstream *u)
{
	json_int(&s->writer, u->tls->mode);
	json_bool(&s->writer, u->tls->insecure_skip_verify == TRI_YES);
	if (!upstream_has_tls(u))
		return;
	json_string(&s->writer, upstream_sni(u));
	add_strings(s, upstream_subject_alt_names(s->text.arena, u));
	json_string(&s->writer, upstream_ca_certificates(u));
	json_string(&s->writer, u->tls->client_certificate);
	json_string(&s->writer, u->tls->private_key);
	json_string(&s->writer, u->tls->credential_name);
}

static void add_limits(struct settings_text *s, const struct upstream *u)
{
	const struct connection_pool *pool = u->connection_pool; /* an empty one is as good as none */

	json_int(&s->writer, pool ? pool->max_connections : INT_ABSENT);
	json_int(&s->writer, pool ? pool->max_pending_requests : INT_ABSENT);
	json_int(&s->writer, pool ? pool->max_requests : INT_ABSENT);
	json_int(&s->writer, pool ? pool->max_retries : INT_ABSENT);
	json_bool(&s->writer, u->outlier_detection != NULL);
	if (u->outlier_detection) {
		json_int(&s->writer, u->outlier_detection->consecutive_5xx);
		json_int(&s->writer, u->outlier_detection->interval.ms);
		json_int(&s->writer, u->outlier_detection->base_ejection_time.ms);
		json_int(&s->writer, u->outlier_detection->max_ejection_percent);
	}
}

static struct str port_agreement(struct planner *p, const struct upstream *u)
{
	struct settings_text s;

	begin(&s, p->arena);
	json_int(&s.writer, u->protocol);
	json_int(&s.writer, upstream_dialled_port(u));
	add_tls(&s, u);
	json_int(&s.writer, u->connect_timeout.ms);
	add_limits(&s, u);
	add_addresses(&s, u, true);
	return digest(&s);
}

static bool selects(const struct manifest *m, struct str host)
{
	for (size_t i = 0; i < manifest_upstreams(m); i++) {
		const struct upstream *u = manifest_upstream(m, i);

		if (upstream_is_host(u) && str_eq(u->host, host) && upstream_needs_selector(m, u))
			return true;
	}
	return false;
}

/* What a rule selects (neighbours.c, check_selection). Whether one that selects and one that does not can stand together,
 * neighbours_collect tells; two that select nothing always can. */
static struct str selection_agreement(struct planner *p, const struct upstream *u)
{
	struct settings_text s;
	const struct pair   *labels;
	size_t               n;

	if (!selects(p->manifest, u->host))
		return STR(CLAIM_SELECTS_NONE);
	labels = selector_pairs(p, &n);
	begin(&s, p->arena);
	for (size_t i = 0; i < n; i++) {
		json_string(&s.writer, labels[i].key);
		json_string(&s.writer, labels[i].text);
	}
	return digest(&s);
}

/* Adds a claim unless the key is there: two upstreams of one manifest with the same key agree, or the manifest
 * would have been refused. */
static void add(struct claim *claims, size_t *n, struct str key, struct str agreement)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq(claims[i].key, key))
			return;
	claims[(*n)++] = (struct claim){ key, agreement };
}

struct claim *claims_collect(struct arena *arena, const struct manifest *m, const struct mesh *mesh, size_t *ret_n)
{
	struct diags   ignored;
	struct planner p = { arena, &ignored, m, mesh, NULL, NULL, true };
	struct claim  *claims = ARENA_ARRAY(arena, manifest_upstreams(m) * 4 + 1, struct claim);
	struct str namespace = m->metadata->namespace;

	diags_init(&ignored, arena);
	*ret_n = 0;
	for (size_t i = 0; i < manifest_upstreams(m); i++) {
		const struct upstream *u = manifest_upstream(m, i);

		if (upstream_is_shared(m, u, mesh)) {
			struct str host = STR_CONCAT(arena, STR("host/"), namespace, STR("/"), u->host);

			add(claims, ret_n, host, host_agreement(&p, u));
			add(claims, ret_n, STR_CONCAT(arena, STR("rule/"), namespace, STR("/"), u->host),
			    selection_agreement(&p, u));
			add(claims, ret_n,
			    STR_CONCAT(arena, STR("port/"), namespace, STR("/"), u->host, STR("/"),
			               str_from_int(arena, u->port)),
			    port_agreement(&p, u));
		}
		if (str_present(u->cluster_name))
			add(claims, ret_n,
			    STR_CONCAT(arena, STR("cluster/"), field_word(proxy_words, m->spec->target->proxy),
			               STR("/"), u->cluster_name),
			    STR_ABSENT);
	}
	return claims;
}
