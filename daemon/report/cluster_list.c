#include "report/cluster_list.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "json/json_write.h"
#include "names/hostname.h"
#include "report/snippet.h"

enum { COLUMNS = 7 };

struct row {
	struct row *next;
	struct str  cells[COLUMNS];
};

struct listing {
	struct generation *g;
	struct arena      *arena;
	struct buf        *text;
	struct json_writer json;
	struct row        *first;
	struct row       **last;
	void (*cluster)(struct listing *, const struct manifest *, const struct expected_cluster *);
};

/* ---- json ---- */

static struct str ca_text(const struct upstream *u)
{
	const struct tls *tls = u->tls;

	if (tls->mode == TLS_ISTIO_MUTUAL || tls->insecure_skip_verify == TRI_YES || str_present(tls->credential_name))
		return STR_ABSENT;
	return upstream_ca_certificates(u);
}

static void write_tls(struct json_writer *w, const struct expected_cluster *e)
{
	const struct tls *tls = e->upstream->tls;

	json_key(w, STR("tls"));
	if (!upstream_has_tls(e->upstream)) {
		json_plain(w, STR("null"));
		return;
	}
	json_open(w, '{');
	json_member_string(w, "mode", field_word(tls_mode_words, tls->mode));
	json_member_or_null(w, "sni", e->sni);
	json_key(w, STR("subjectAltNames"));
	json_open(w, '[');
	for (size_t i = 0; i < e->subject_alt_names.n; i++)
		json_string(w, e->subject_alt_names.items[i]);
	json_close(w, ']');
	json_member_or_null(w, "caCertificates", ca_text(e->upstream));
	json_close(w, '}');
}

static void write_endpoints(struct json_writer *w, const struct upstream *u)
{
	if (u->endpoints.n == 0)
		return;
	json_key(w, STR("endpoints"));
	json_open(w, '[');
	for (size_t i = 0; i < u->endpoints.n; i++) {
		const struct endpoint *e = (const struct endpoint *)u->endpoints.items + i;

		json_open(w, '{');
		json_member_string(w, "address", e->address);
		json_member_int(w, "port", e->port);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void cluster_settings_write(struct json_writer *w, const struct expected_cluster *e)
{
	json_member_or_null(w, "type", e->type);
	json_member_or_null(w, "host", e->host);
	json_key(w, STR("port"));
	if (e->port == INT_ABSENT)
		json_plain(w, STR("null"));
	else
		json_int(w, e->port);
	write_endpoints(w, e->upstream);
	write_tls(w, e);
	json_member_or_null(w, "authority", e->authority);
	json_key(w, STR("http2"));
	json_bool(w, e->http2);
}

static void list_json(struct listing *l, const struct manifest *m, const struct expected_cluster *e)
{
	struct json_writer *w = &l->json;

	json_open(w, '{');
	json_member_string(w, "manifest", manifest_id(l->arena, m));
	json_member_string(w, "upstream", e->upstream->name);
	json_member_string(w, "name", e->name);
	json_member_string(w, "kind", str_c(cluster_kind_words[e->kind]));
	cluster_settings_write(w, e);
	json_close(w, '}');
}

/* ---- table ---- */

/* Addresses without blanks, as columns are cut by them: "10.0.0.5:8080,[2001:db8::1]:8080,10.0.0.7:80,+2" */
static struct str dialled_addresses(struct listing *l, const struct objects *endpoints)
{
	enum { SHOWN = 3 };
	const struct endpoint *e = endpoints->items;
	struct str             text = hostname_with_port(l->arena, e[0].address, e[0].port);

	for (size_t i = 1; i < endpoints->n && i < SHOWN; i++)
		text = STR_CONCAT(l->arena, text, STR(","), hostname_with_port(l->arena, e[i].address, e[i].port));
	if (endpoints->n > SHOWN)
		text = STR_CONCAT(l->arena, text, STR(",+"), str_from_uint(l->arena, endpoints->n - SHOWN));
	return text;
}

static struct str dialled(struct listing *l, const struct expected_cluster *e)
{
	if (e->upstream->endpoints.n)
		return dialled_addresses(l, &e->upstream->endpoints);
	return str_present(e->host) ? hostname_with_port(l->arena, e->host, e->port) : STR("-");
}

static void list_row(struct listing *l, const struct manifest *m, const struct expected_cluster *e)
{
	struct row *row = ARENA_NEW(l->arena, struct row);
	struct str  tls = upstream_has_tls(e->upstream) ? field_word(tls_mode_words, e->upstream->tls->mode) : STR("-");

	row->cells[0] = manifest_id(l->arena, m);
	row->cells[1] = e->upstream->name;
	row->cells[2] = str_copy(l->arena, e->name);
	row->cells[3] = str_c(cluster_kind_words[e->kind]);
	row->cells[4] = dialled(l, e);
	row->cells[5] = tls;
	row->cells[6] = str_present(e->authority) ? str_copy(l->arena, e->authority) : STR("-");
	*l->last = row;
	l->last = &row->next;
}

static void write_table(struct listing *l)
{
	static const struct str titles[COLUMNS] = {
		STR_INIT("MANIFEST"), STR_INIT("UPSTREAM"), STR_INIT("CLUSTER"),   STR_INIT("KIND"),
		STR_INIT("DIALS"),    STR_INIT("TLS"),      STR_INIT("AUTHORITY"),
	};
	struct row head = { l->first, { { 0 } } };
	size_t     width[COLUMNS] = { 0 };

	memcpy(head.cells, titles, sizeof(titles));
	for (const struct row *r = &head; r; r = r->next)
		for (unsigned i = 0; i < COLUMNS; i++)
			if (utf8_count(r->cells[i]) > width[i])
				width[i] = utf8_count(r->cells[i]);
	for (const struct row *r = &head; r; r = r->next) {
		for (unsigned i = 0; i < COLUMNS; i++) {
			buf_add(l->text, r->cells[i]);
			if (i + 1 < COLUMNS)
				buf_fill(l->text, ' ', width[i] - utf8_count(r->cells[i]) + 2);
		}
		buf_char(l->text, '\n');
	}
}

/* ---- snippets ---- */

static void list_snippet(struct listing *l, const struct manifest *m, const struct expected_cluster *e)
{
	bool lua = m->spec->filter && m->spec->filter->lua;

	buf_fmt(l->text, "%s %.*s, upstream %.*s\n\n", lua ? "--" : "//", STR_ARG(manifest_id(l->arena, m)),
	        STR_ARG(e->upstream->name));
	snippet_write(l->text, m, e);
}

/* ---- the whole ---- */

static void list_all(struct listing *l)
{
	struct generation *g = l->g;
	struct arena_mark  mark = arena_mark(g->scratch);

	for (size_t i = 0; i < g->inputs->n_manifests; i++) {
		const struct manifest *m = g->inputs->manifests[i];
		const struct plan     *plan;

		if (g->only && g->only != m)
			continue;
		plan = plan_build(g->scratch, m, g->mesh, &g->neighbours, PLAN_ALL, g->diags);
		for (size_t k = 0; plan && k < plan->n_expected; k++)
			l->cluster(l, m, &plan->expected[k]);
		arena_reset(g->scratch, mark);
	}
}

static void write_json(struct listing *l)
{
	json_writer_init(&l->json, l->text, 2);
	json_open(&l->json, '{');
	json_member_string(&l->json, "apiVersion", STR(CALLOUT_API_VERSION));
	json_member_string(&l->json, "kind", STR("ClusterList"));
	json_key(&l->json, STR("clusters"));
	json_open(&l->json, '[');
	list_all(l);
	json_close(&l->json, ']');
	json_close(&l->json, '}');
	buf_char(l->text, '\n');
}

bool cluster_list_format_find(struct str name, enum cluster_list_format *ret)
{
	static const char *const names[] = { "table", "json", "snippet" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(name, names[i])) {
			*ret = (enum cluster_list_format)i;
			return true;
		}
	return false;
}

bool cluster_list_write(struct buf *out, enum cluster_list_format format, struct generation *g)
{
	struct listing l = { .g = g, .arena = g->arena, .text = out };

	l.last = &l.first;
	l.cluster = format == CLUSTER_LIST_JSON ? list_json : format == CLUSTER_LIST_TABLE ? list_row : list_snippet;
	if (format == CLUSTER_LIST_JSON)
		write_json(&l);
	else
		list_all(&l);
	if (format == CLUSTER_LIST_TABLE)
		write_table(&l);
	return g->diags->errors == 0;
}
