#include "report/verdicts.h"

#include "base/arena.h"
#include "base/utf8.h"

enum { COLUMNS = 5 };

struct row {
	struct row *next;
	struct str  cells[COLUMNS];
};

struct table {
	struct arena *arena;
	struct row   *first;
	struct row  **last;
};

/* ---- tables ---- */

static void add_row(struct table *t, const struct str cells[COLUMNS])
{
	struct row *row = ARENA_NEW(t->arena, struct row);

	memcpy(row->cells, cells, sizeof(row->cells));
	*t->last = row;
	t->last = &row->next;
}

static void begin_table(struct table *t, struct arena *arena, const struct str titles[COLUMNS])
{
	*t = (struct table){ .arena = arena };
	t->last = &t->first;
	add_row(t, titles);
}

/* Names come from dumps: characters that could move the cursor or hide text are replaced by U+FFFD. */
static struct str visible(struct arena *arena, struct str s)
{
	struct buf b;

	buf_init(&b, arena, 4096);
	for (size_t at = 0; at < s.n;) {
		uint32_t cp;
		size_t   n = utf8_decode(s, at, &cp);

		if (n == 0 || utf8_is_unseen(cp))
			buf_lit(&b, "\xef\xbf\xbd");
		else
			buf_add(&b, str_slice(s, at, at + n));
		at += n ? n : 1;
	}
	return buf_str(&b);
}

static void write_table(struct buf *out, const struct table *t)
{
	size_t width[COLUMNS] = { 0 };

	for (struct row *r = t->first; r; r = r->next)
		for (unsigned i = 0; i < COLUMNS; i++) {
			r->cells[i] = visible(t->arena, r->cells[i]);
			if (utf8_count(r->cells[i]) > width[i])
				width[i] = utf8_count(r->cells[i]);
		}
	for (const struct row *r = t->first; r; r = r->next) {
		unsigned columns = COLUMNS;

		while (columns > 1 && r->cells[columns - 1].n == 0)
			columns--;
		for (unsigned i = 0; i < columns; i++) {
			buf_add(out, r->cells[i]);
			if (i + 1 < columns)
				buf_fill(out, ' ', width[i] - utf8_count(r->cells[i]) + 2);
		}
		buf_char(out, '\n');
	}
}

/* ---- text ---- */

static const struct str verdict_titles[COLUMNS] = { STR_INIT("MANIFEST"), STR_INIT("UPSTREAM"), STR_INIT("CLUSTER"),
	                                            STR_INIT("PROXY"), STR_INIT("VERDICT") };

static void add_verdict(struct table *t, const struct cluster_verdict *v)
{
	add_row(t, (const struct str[]){ manifest_id(t->arena, v->manifest), v->expected->upstream->name,
	                                 v->expected->name, v->proxy->name, str_c(verdict_words[v->verdict]) });
}

static void add_plugin(struct table *t, const struct plugin_row *p)
{
	add_row(t, (const struct str[]){ manifest_id(t->arena, p->manifest), STR("(filter)"), STR(""), p->proxy->name,
	                                 str_c(plugin_verdict_words[p->verdict]) });
}

static bool deviates(const struct plugin_row *p)
{
	return p->verdict != PLUGIN_PRESENT && p->verdict != PLUGIN_UNKNOWN;
}

static size_t count_rows(const struct verification *v)
{
	size_t n = 0;

	for (unsigned i = 0; i < VERDICTS; i++)
		n += v->counts[i];
	for (unsigned i = 0; i < PLUGIN_VERDICTS; i++)
		n += v->plugin_counts[i];
	return n;
}

/* "5 resolved, 1 missing" */
static struct str counts_text(struct arena *arena, const size_t *counts, const char *const *words, size_t n)
{
	struct buf b;

	buf_init(&b, arena, 4096);
	for (size_t i = 0; i < n; i++) {
		if (counts[i] == 0)
			continue;
		if (b.n)
			buf_lit(&b, ", ");
		buf_uint(&b, counts[i]);
		buf_char(&b, ' ');
		buf_add(&b, str_c(words[i]));
	}
	return buf_str(&b);
}

struct str verdicts_summary(struct arena *arena, const struct verification *v)
{
	struct str clusters = counts_text(arena, v->counts, verdict_words, VERDICTS);
	struct str plugins = counts_text(arena, v->plugin_counts, plugin_verdict_words, PLUGIN_VERDICTS);

	if (plugins.n == 0)
		return clusters;
	return STR_CONCAT(arena, clusters, clusters.n ? STR("; filters: ") : STR("filters: "), plugins);
}

/* One line for each of the first 256 upstreams: how many proxies have which verdict. */
static void write_counts(struct buf *out, const struct verification *v)
{
	static const struct str titles[COLUMNS] = { STR_INIT("MANIFEST"), STR_INIT("UPSTREAM"), STR_INIT("CLUSTER"),
		                                    STR_INIT("PROXIES"), STR_INIT("") };
	const struct cluster_verdict *firsts[256];
	size_t                        counts[256][VERDICTS] = { { 0 } }, n = 0, more = 0;
	struct table                  t;

	begin_table(&t, out->arena, titles);
	for (const struct cluster_verdict *row = v->clusters; row; row = row->next) {
		size_t i = 0;

		while (i < n && firsts[i]->expected != row->expected)
			i++;
		if (i == sizeof(firsts) / sizeof(firsts[0])) {
			more++;
			continue;
		}
		if (i == n)
			firsts[n++] = row;
		counts[i][row->verdict]++;
	}
	for (size_t i = 0; i < n; i++)
		add_row(&t,
		        (const struct str[]){ manifest_id(out->arena, firsts[i]->manifest),
		                              firsts[i]->expected->upstream->name, firsts[i]->expected->name,
		                              counts_text(out->arena, counts[i], verdict_words, VERDICTS), STR("") });
	write_table(out, &t);
	if (more)
		buf_fmt(out, "(and %zu verdicts on further upstreams)\n", more);
}

static void write_deviations(struct buf *out, const struct verification *v)
{
	size_t       shown = 0, left = 0;
	struct table t;

	begin_table(&t, out->arena, verdict_titles);
	for (const struct cluster_verdict *row = v->clusters; row; row = row->next)
		if (row->verdict != VERDICT_RESOLVED) {
			if (shown++ < VERDICT_ROWS)
				add_verdict(&t, row);
			else
				left++;
		}
	for (const struct plugin_row *row = v->plugins; row; row = row->next)
		if (deviates(row)) {
			if (shown++ < VERDICT_ROWS)
				add_plugin(&t, row);
			else
				left++;
		}
	if (!shown)
		return;
	buf_char(out, '\n');
	write_table(out, &t);
	if (left)
		buf_fmt(out, "(and %zu more: see --report json)\n", left);
}

static void write_rows(struct buf *out, const struct verification *v)
{
	struct table t;

	begin_table(&t, out->arena, verdict_titles);
	for (const struct cluster_verdict *row = v->clusters; row; row = row->next)
		add_verdict(&t, row);
	for (const struct plugin_row *row = v->plugins; row; row = row->next)
		add_plugin(&t, row);
	write_table(out, &t);
}

void verdicts_write_text(struct buf *out, const struct verification *v, bool all)
{
	size_t n = count_rows(v);

	if (n == 0)
		return;
	if (all || n <= VERDICT_ROWS) {
		write_rows(out, v);
		return;
	}
	write_counts(out, v);
	write_deviations(out, v);
}

/* ---- JSON ---- */

static void write_place(struct json_writer *w, struct pos pos)
{
	struct place place;

	if (!pos.source)
		return;
	place = source_place(pos.source, pos.offset);
	json_key(w, STR("location"));
	json_open(w, '{');
	json_member_string(w, "source", pos.source->name);
	json_member_int(w, "line", place.line);
	json_member_int(w, "column", place.column);
	json_member_int(w, "offset", pos.offset);
	json_member_int(w, "length", pos.length);
	json_close(w, '}');
}

static void write_reason(struct json_writer *w, const struct reason *r)
{
	char code[7];

	json_open(w, '{');
	json_member_string(w, "code", str_c(diag_code_text(r->code, code)));
	json_key(w, STR("certain"));
	json_bool(w, r->certain);
	json_member_string(w, "message", r->message);
	if (str_present(r->remedy))
		json_member_string(w, "help", r->remedy);
	write_place(w, r->pos);
	json_close(w, '}');
}

/* A reason that the objects rule out, and the object that does so. */
static void write_against(struct json_writer *w, const struct reason *r)
{
	char code[7];

	json_open(w, '{');
	json_member_string(w, "code", str_c(diag_code_text(r->code, code)));
	json_member_string(w, "message", r->message);
	write_place(w, r->pos);
	json_close(w, '}');
}

static void write_verdict(struct json_writer *w, const struct cluster_verdict *v)
{
	json_open(w, '{');
	json_member_string(w, "manifest", manifest_id(w->out->arena, v->manifest));
	json_member_string(w, "upstream", v->expected->upstream->name);
	json_member_string(w, "cluster", v->expected->name);
	json_member_string(w, "proxy", v->proxy->name);
	json_member_string(w, "verdict", str_c(verdict_words[v->verdict]));
	json_key(w, STR("reasons"));
	json_open(w, '[');
	for (const struct reason *r = v->reasons; r; r = r->next)
		write_reason(w, r);
	json_close(w, ']');
	if (v->against) {
		json_key(w, STR("against"));
		json_open(w, '[');
		for (const struct reason *r = v->against; r; r = r->next)
			write_against(w, r);
		json_close(w, ']');
	}
	json_key(w, STR("near"));
	json_open(w, '[');
	for (size_t i = 0; i < v->n_near; i++)
		json_string(w, v->near[i]);
	json_close(w, ']');
	write_place(w, v->pos);
	json_close(w, '}');
}

static void write_plugin(struct json_writer *w, const struct plugin_row *p)
{
	json_open(w, '{');
	json_member_string(w, "manifest", manifest_id(w->out->arena, p->manifest));
	json_member_string(w, "proxy", p->proxy->name);
	json_member_string(w, "verdict", str_c(plugin_verdict_words[p->verdict]));
	if (str_present(p->detail))
		json_member_string(w, "message", p->detail);
	write_place(w, p->pos);
	json_close(w, '}');
}

void verdicts_write_json(struct json_writer *w, const struct verification *v)
{
	json_key(w, STR("verdicts"));
	json_open(w, '[');
	for (const struct cluster_verdict *row = v->clusters; row; row = row->next)
		write_verdict(w, row);
	json_close(w, ']');
	json_key(w, STR("plugins"));
	json_open(w, '[');
	for (const struct plugin_row *row = v->plugins; row; row = row->next)
		write_plugin(w, row);
	json_close(w, ']');
}
