/* Verdicts as findings: at the manifest's line, with the dumps' places beside it. Where many proxies share an answer there is
 * one finding, which names them. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "verify/findings.h"
#include "verify/verify.h"

/* ---- text ---- */

static struct str reason_text(struct arena *arena, const struct reason *r, bool missing)
{
	char code[7];

	return STR_CONCAT(arena,
	                  !missing     ? STR("")
	                  : r->certain ? STR("because ")
	                               : STR("possibly "),
	                  str_c(diag_code_text(r->code, code)), STR(": "), r->message);
}

/* ---- clusters ---- */

struct names {
	struct str *list;
	size_t      n, cap;
};

/* Of proxies, whose rows come one after the other. */
static void add_name(struct arena *arena, struct names *names, struct str name)
{
	if (names->n && str_eq(names->list[names->n - 1], name))
		return;
	names->list = ARENA_LIST(arena, names->list, names->n, &names->cap, struct str);
	names->list[names->n++] = name;
}

/* Verdicts on one upstream that are the same but for the proxy: of the same kind, for the same reasons. */
struct shared {
	struct shared          *next;
	struct shared          *alike; /* another one of the same key */
	struct str              key;
	struct cluster_verdict *first;
	enum diag_code          code;
	struct names            names;
};

static enum diag_code code_of(const struct cluster_verdict *v)
{
	if (v->verdict != VERDICT_RESOLVED)
		return verdict_codes[v->verdict];
	return v->conditional       ? CO_CLUSTER_CONDITION
	       : v->counted_against ? CO_COUNTED_AGAINST
	       : v->health_unseen   ? CO_HEALTH_UNSEEN
	                            : CO_NONE;
}

static bool same_reasons(const struct reason *a, const struct reason *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (a->code != b->code || a->certain != b->certain)
			return false;
	return !a && !b;
}

static bool is_same(const struct shared *s, const struct cluster_verdict *v)
{
	if (s->code == CO_HEALTH_UNSEEN && code_of(v) == CO_HEALTH_UNSEEN)
		return s->first->manifest == v->manifest; /* one for all upstreams */
	return s->code == code_of(v) && s->first->expected == v->expected &&
	       same_reasons(s->first->reasons, v->reasons) && str_eq(s->first->unknown_why, v->unknown_why);
}

static struct str shared_key(const void *shared)
{
	return ((const struct shared *)shared)->key;
}

/* What a verdict is on, and of which kind it is: there are few groups of one such key. */
static struct str key_of_verdict(struct arena *arena, const struct cluster_verdict *v)
{
	enum diag_code code = code_of(v);
	const void    *on = v->expected;

	if (code == CO_HEALTH_UNSEEN)
		on = v->manifest; /* one for all upstreams */
	return str_fmt(arena, "%p %u", on, (unsigned)code);
}

/* A verdict joins the first group that is like it. In the order in which each was met first. */
static struct shared *share(struct verification *v)
{
	struct shared *first = NULL, **last = &first;
	struct hash    known;

	hash_init(&known, v->arena, shared_key);
	for (struct cluster_verdict *row = v->clusters; row; row = row->next) {
		struct arena_mark mark = arena_mark(v->arena);
		struct shared    *s, *head;
		struct str        key;

		if (code_of(row) == CO_NONE)
			continue;
		key = key_of_verdict(v->arena, row);
		head = hash_get(&known, key);
		for (s = head; s && !is_same(s, row);)
			s = s->alike;
		if (s) {
			arena_reset(v->arena, mark);
		} else {
			s = ARENA_NEW(v->arena, struct shared);
			*s = (struct shared){ .key = key, .first = row, .code = code_of(row) };
			*last = s;
			last = &s->next;
			if (head) {
				s->alike = head->alike;
				head->alike = s;
			} else {
				hash_add(&known, s);
			}
		}
		add_name(v->arena, &s->names, row->proxy->name);
	}
	return first;
}

/* How much of a text is one piece: up to a blank, or where there is none as much as fits. */
static size_t piece_bytes(struct str text)
{
	size_t n = LIMIT_MESSAGE_VALUE_BYTES - 1;

	if (text.n < LIMIT_MESSAGE_VALUE_BYTES)
		return text.n;
	while (n > 1 && text.p[n] != ' ')
		n--;
	if (n > 1)
		return n;
	return utf8_cut(text, LIMIT_MESSAGE_VALUE_BYTES - 1);
}

/* Findings cut each value: a text of our own is handed over in pieces, so that it is shown whole, or else is seen to end. */
static void relate(struct diags *diags, struct diag *d, struct pos pos, struct str text)
{
	struct str piece[7];

	for (size_t i = 0; i < 6; i++) {
		size_t n = piece_bytes(text);

		piece[i] = str_slice(text, 0, n);
		text = str_slice(text, n, text.n);
	}
	piece[6] = text.n ? STR("…") : STR("");
	diag_relate(diags, d, pos, "{}{}{}{}{}{}{}", piece, 7);
}

static void relate_near(struct diags *diags, struct diag *d, const struct cluster_verdict *v)
{
	if (v->n_near)
		relate(diags, d, POS_NONE,
		       STR_CONCAT(diags->arena, STR("the nearest names there: "),
		                  join_strings(diags->arena, v->near, v->n_near, KEPT_NEAR)));
}

/* In one line: what is ruled out is told shorter than what is not. */
static void relate_against(struct diags *diags, struct diag *d, const struct cluster_verdict *v)
{
	struct buf b;
	char       code[7];

	if (!v->against)
		return;
	buf_init(&b, diags->arena, 64 * 1024);
	for (const struct reason *r = v->against; r; r = r->next) {
		buf_add(&b, str_c(r == v->against ? "not " : "; not "));
		buf_add(&b, str_c(diag_code_text(r->code, code)));
		buf_lit(&b, ": ");
		buf_add(&b, r->message);
	}
	relate(diags, d, POS_NONE, buf_str(&b));
}

/* Of the causes that a missing cluster may have, the first that tells what to do; else that of the first reason. */
static struct str remedy_text(const struct cluster_verdict *v)
{
	const struct reason *r = v->reasons;

	while (r && v->verdict == VERDICT_MISSING && !str_present(r->remedy))
		r = r->next;
	return r ? r->remedy : v->reasons ? STR_ABSENT : v->remedy;
}

static void add_remedy(struct diags *diags, struct diag *d, const struct cluster_verdict *v)
{
	struct str remedy = remedy_text(v);

	if (str_present(remedy))
		diag_help_text(diags, d, remedy);
	else if (v->verdict == VERDICT_UNKNOWN)
		diag_help(diags, d, "take `istioctl proxy-config all {} -o json`",
		          ARGS(v->proxy->node ? v->proxy->name : STR("POD.NAMESPACE")));
	else if (v->reasons)
		findings_help(diags, d, v->reasons->code);
}

static void add_finding(struct verification *v, const struct shared *s, size_t n_proxies, struct diags *diags)
{
	const struct cluster_verdict *row = s->first;
	struct arena                 *arena = v->arena;
	struct str                    where = findings_proxies(arena, s->names.list, s->names.n, n_proxies),
		   id = manifest_id(arena, row->manifest);
	struct str   upstream = row->expected->upstream->name;
	struct pos   pos = node_pos(node_get(row->expected->upstream->node, "name"));
	struct diag *d;

	if (s->code == CO_HEALTH_UNSEEN) {
		d = diag_add(diags, s->code, findings_line(row->manifest->spec->node, "upstreams"), ARGS(id, where));
		diag_help(
			diags, d,
			"add `istioctl proxy-config endpoint -o json`, both files as NAME=FILE, or take `proxy-config "
			"all`",
			NO_ARGS);
		return;
	}
	if (s->code == CO_CLUSTER_UNKNOWN)
		d = diag_add(diags, s->code, pos, ARGS(id, upstream, row->expected->name, where, row->unknown_why));
	else
		d = diag_add(diags, s->code, pos, ARGS(id, upstream, row->expected->name, where));
	for (const struct reason *r = row->reasons; r; r = r->next)
		relate(diags, d, r->pos, reason_text(arena, r, row->verdict == VERDICT_MISSING));
	relate_against(diags, d, row);
	if (row->verdict == VERDICT_MISSING || row->verdict == VERDICT_UNKNOWN || row->verdict == VERDICT_REJECTED)
		relate_near(diags, d, row);
	if (row->pos.source && !row->reasons)
		diag_relate(diags, d, row->pos, "the cluster is here", NO_ARGS);
	add_remedy(diags, d, row);
}

/* ---- plugins ---- */

static void plugin_finding(struct verification *v, const struct plugin_row *row, const struct str *names, size_t n,
                           size_t of, struct diags *diags)
{
	struct str   id = manifest_id(v->arena, row->manifest), where = findings_proxies(v->arena, names, n, of);
	struct pos   pos = findings_line(row->manifest->spec->node, "filter");
	struct diag *d;

	if (row->verdict == PLUGIN_ABSENT || row->verdict == PLUGIN_UNKNOWN)
		d = diag_add(diags, plugin_verdict_codes[row->verdict], pos, ARGS(id, where));
	else
		d = diag_add(diags, plugin_verdict_codes[row->verdict], pos, ARGS(id, where, row->detail));
	if ((row->verdict == PLUGIN_ABSENT || row->verdict == PLUGIN_UNKNOWN) && str_present(row->detail))
		relate(diags, d, row->pos, row->detail);
	else if (row->pos.source)
		diag_relate(diags, d, row->pos, "it is here", NO_ARGS);
	if (str_present(row->remedy))
		diag_help_text(diags, d, row->remedy);
	else if (row->verdict == PLUGIN_ABSENT && !v->has_live && !str_present(row->detail))
		diag_help(diags, d,
		          "give `kubectl get wasmplugins,trafficextensions,envoyfilters -A -o yaml` with --objects",
		          NO_ARGS);
	else
		findings_help(diags, d, plugin_verdict_codes[row->verdict]);
}

/* Answers on one plugin that are the same but for the proxy. */
struct plugin_group {
	struct plugin_group     *next;
	struct str               key;
	const struct plugin_row *first;
	struct names             names;
};

static struct str group_key(const void *group)
{
	return ((const struct plugin_group *)group)->key;
}

static struct str key_of(struct arena *arena, const struct plugin_row *row)
{
	return STR_CONCAT(arena, manifest_id(arena, row->manifest), STR(" "),
	                  str_from_uint(arena, (unsigned)row->verdict), STR(" "),
	                  str_present(row->detail) ? row->detail : STR(""));
}

/* In the order in which each was met first. */
static struct plugin_group *group_plugins(const struct verification *v)
{
	struct plugin_group *first = NULL, **last = &first;
	struct hash          known;

	hash_init(&known, v->arena, group_key);
	for (const struct plugin_row *row = v->plugins; row; row = row->next) {
		struct plugin_group *group;
		struct str           key;

		if (row->verdict == PLUGIN_PRESENT)
			continue;
		key = key_of(v->arena, row);
		group = hash_get(&known, key);
		if (!group) {
			group = ARENA_NEW(v->arena, struct plugin_group);
			group->key = key;
			group->first = row;
			hash_add(&known, group);
			*last = group;
			last = &group->next;
		}
		add_name(v->arena, &group->names, row->proxy->name);
	}
	return first;
}

static void add_plugins(struct verification *v, size_t n_proxies, struct diags *diags)
{
	for (const struct plugin_group *g = group_plugins(v); g; g = g->next)
		plugin_finding(v, g->first, g->names.list, g->names.n, n_proxies, diags);
}

/* ---- proxies ---- */

/* The rows come in the order of the proxies. */
static void add_notes(struct verification *v, const struct proxy_states *proxies, struct diags *diags)
{
	const struct plugin_row *row = v->plugins;

	for (size_t i = 0; i < proxies->n; i++) {
		bool told = false;

		for (; row && row->proxy == &proxies->items[i]; row = row->next)
			told = told || row->told_istiod;
		proxy_findings_notes(&proxies->items[i], told, diags, v->arena);
	}
}

/* ---- all ---- */

bool verification_findings(struct verification *v, const struct verify_item *items, size_t n_items,
                           const struct proxy_states *proxies, struct diags *diags)
{
	size_t before = diags->errors;

	for (const struct shared *s = share(v); s; s = s->next)
		add_finding(v, s, proxies->n, diags);
	add_plugins(v, proxies->n, diags);
	proxy_findings_targets(v, items, n_items, proxies->n, diags);
	add_notes(v, proxies, diags);
	for (size_t i = 0; i < n_items; i++)
		if (items[i].matched == 0)
			proxy_findings_none(v, &items[i], diags);
	return diags->errors == before;
}
