/* callout clusters: what the filter calls, as the proxies should know it. */
#include "base/arena.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cli/run.h"
#include "cli/snippet.h"
#include "json/json_write.h"

enum { COLUMNS = 7 };

struct row {
	struct row *next;
	struct str  cells[COLUMNS];
};

struct listing {
	struct run        *run;
	struct arena      *arena;
	struct buf         text;
	struct json_writer json;
	struct row        *first;
	struct row       **last;
	void (*cluster)(struct listing *, const struct manifest *, const struct expected_cluster *);
};

/* ---- json ---- */

static void string_or_null(struct json_writer *w, const char *key, struct str s)
{
	json_key(w, str_c(key));
	if (str_present(s))
		json_string(w, s);
	else
		json_plain(w, STR("null"));
}

static struct str ca_text(const struct tls *tls)
{
	if (tls->mode == TLS_ISTIO_MUTUAL || tls->insecure_skip_verify == TRI_YES || str_present(tls->credential_name))
		return STR_ABSENT;
	return str_present(tls->ca_certificates) ? tls->ca_certificates : STR("system");
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
	string_or_null(w, "sni", e->sni);
	json_key(w, STR("subjectAltNames"));
	json_open(w, '[');
	for (size_t i = 0; i < e->subject_alt_names.n; i++)
		json_string(w, e->subject_alt_names.items[i]);
	json_close(w, ']');
	string_or_null(w, "caCertificates", ca_text(tls));
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

static void list_json(struct listing *l, const struct manifest *m, const struct expected_cluster *e)
{
	struct json_writer *w = &l->json;

	json_open(w, '{');
	json_member_string(w, "manifest", manifest_id(l->arena, m));
	json_member_string(w, "upstream", e->upstream->name);
	json_member_string(w, "name", e->name);
	json_member_string(w, "kind", str_c(cluster_kind_words[e->kind]));
	string_or_null(w, "type", e->type);
	string_or_null(w, "host", e->host);
	json_key(w, STR("port"));
	if (e->port == INT_ABSENT)
		json_plain(w, STR("null"));
	else
		json_int(w, e->port);
	write_endpoints(w, e->upstream);
	write_tls(w, e);
	string_or_null(w, "authority", e->authority);
	json_key(w, STR("http2"));
	json_bool(w, e->http2);
	json_close(w, '}');
}

/* ---- table ---- */

static struct str dialled(struct listing *l, const struct expected_cluster *e)
{
	if (!str_present(e->host))
		return STR("-");
	return STR_CONCAT(l->arena, e->host, STR(":"), str_from_int(l->arena, e->port));
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
			buf_add(&l->text, r->cells[i]);
			if (i + 1 < COLUMNS)
				buf_fill(&l->text, ' ', width[i] - utf8_count(r->cells[i]) + 2);
		}
		buf_char(&l->text, '\n');
	}
}

/* ---- snippets ---- */

static void list_snippet(struct listing *l, const struct manifest *m, const struct expected_cluster *e)
{
	bool lua = m->spec->filter && m->spec->filter->lua;

	buf_fmt(&l->text, "%s %.*s, upstream %.*s\n\n", lua ? "--" : "//", STR_ARG(manifest_id(l->arena, m)),
	        STR_ARG(e->upstream->name));
	snippet_write(&l->text, m, e);
}

/* ---- the whole ---- */

static void list_all(struct listing *l)
{
	struct run       *run = l->run;
	struct arena_mark mark = arena_mark(run->scratch);

	for (size_t i = 0; i < run->inputs.n_manifests; i++) {
		const struct manifest *m = run->inputs.manifests[i];
		const struct plan     *plan =
			plan_build(run->scratch, m, run->mesh, &run->neighbours, PLAN_ALL, &run->diags);

		for (size_t k = 0; plan && k < plan->n_expected; k++)
			l->cluster(l, m, &plan->expected[k]);
		arena_reset(run->scratch, mark);
	}
	run->sound = run->sound && run->diags.errors == 0;
}

static bool print_listing(struct listing *l, const char *format)
{
	bool json = format && strcmp(format, "json") == 0, table = !format || strcmp(format, "table") == 0;

	l->cluster = json ? list_json : table ? list_row : list_snippet;
	if (json) {
		json_writer_init(&l->json, &l->text, 2);
		json_open(&l->json, '{');
		json_member_string(&l->json, "apiVersion", STR(CALLOUT_API_VERSION));
		json_member_string(&l->json, "kind", STR("ClusterList"));
		json_key(&l->json, STR("clusters"));
		json_open(&l->json, '[');
	}
	list_all(l);
	if (json) {
		json_close(&l->json, ']');
		json_close(&l->json, '}');
		buf_char(&l->text, '\n');
	}
	if (table)
		write_table(l);
	return !l->run->sound || print_output(buf_str(&l->text));
}

enum exit_status cmd_clusters(struct arena *arena, const struct arguments *arguments)
{
	const char    *format = argument(arguments, OPTION_OUTPUT);
	struct run     run;
	struct listing l = { .run = &run, .arena = arena };
	bool           printed = true;

	if (!run_begin(&run, arena, arguments, "clusters"))
		return EXIT_USAGE;
	if (format && strcmp(format, "table") != 0 && strcmp(format, "json") != 0 && strcmp(format, "snippet") != 0)
		return usage_error("clusters", "-o does not know \"%s\": table, json or snippet", format);
	l.last = &l.first;
	buf_init(&l.text, arena, LIMIT_LISTING_BYTES);
	run_load(&run);
	if (run.sound)
		printed = print_listing(&l, format);
	return run_finish(&run, printed);
}
