/* The rules of the filter: module, script, match and configuration. */
#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "manifest/check.h"
#include "manifest/module_url.h"
#include "manifest/placeholder.h"

/* ---- configuration ---- */

/* Faults in one configuration after which the search for more ends: further findings would not be shown, and
 * looking for them all could cost more than reading the input. */
enum { CONFIG_FAULTS = LIMIT_FINDINGS_PER_SOURCE };

struct config_check {
	struct check *c;
	unsigned      faults;
	bool          is_code;
};

/* The value of a placeholder if it can hold quotes: the path and an existing cluster's name. All others are names,
 * numbers and durations. */
static struct str value_with_quotes(const struct placeholder *p)
{
	const struct upstream *u = p->upstream;

	if (u && p->field == PLACEHOLDER_PATH)
		return u->path;
	if (u && p->field == PLACEHOLDER_CLUSTER)
		return str_present(u->cluster) ? u->cluster : u->cluster_name;
	return STR_ABSENT;
}

static bool breaks_code(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (strchr("\"'\\", value.p[i]))
			return true;
	for (size_t i = 0; (i = str_find(value, ']', i)) < value.n; i++) { /* ]], ]=], ]==] … */
		size_t end = i + 1;

		while (end < value.n && value.p[end] == '=')
			end++;
		if (end < value.n && value.p[end] == ']')
			return true;
	}
	return false;
}

/* A finding says already why the upstreams could not be read, so that there is none to refer to. */
static bool are_upstreams_unread(const struct manifest *m)
{
	return node_get(m->spec->node, "upstreams") && !m->spec->upstreams.node;
}

static void check_placeholder(struct config_check *cc, const struct node *n, const struct segment *s)
{
	struct check      *c = cc->c;
	struct placeholder p;
	const char        *fault;
	struct str         meant;
	struct diag       *d;

	if (s->kind == SEGMENT_UNCLOSED) {
		d = diag_add(c->diags, CO_PLACEHOLDER_SYNTAX, placeholder_pos(n, s->start, 2), NO_ARGS);
	} else if (!placeholder_parse(c->manifest, s->text, &p)) {
		if (are_upstreams_unread(c->manifest))
			return;
		d = diag_add(c->diags, CO_PLACEHOLDER_UNKNOWN, placeholder_pos(n, s->start, s->end - s->start),
		             ARGS(s->text));
		meant = placeholder_suggestion(c->arena, c->manifest, s->text);
		if (str_present(meant))
			diag_help(c->diags, d, "did you mean `{}`?", ARGS(meant));
	} else if ((fault = placeholder_fault(&p))) {
		d = diag_add(c->diags, CO_PLACEHOLDER_VALUE, placeholder_pos(n, s->start, s->end - s->start),
		             ARGS(s->text, str_c(fault)));
	} else if (cc->is_code && breaks_code(value_with_quotes(&p))) {
		d = diag_add(c->diags, CO_PLACEHOLDER_BREAKS_CODE, placeholder_pos(n, s->start, s->end - s->start),
		             ARGS(s->text, value_with_quotes(&p)));
	} else {
		return;
	}
	diag_set_path(d, node_path(c->arena, n));
	c->ok = false;
	cc->faults++;
}

static void check_text(struct config_check *cc, const struct node *n)
{
	struct segment s;

	for (size_t at = 0; cc->faults < CONFIG_FAULTS && placeholder_next(node_text(n), &at, &s);)
		if (s.kind != SEGMENT_TEXT)
			check_placeholder(cc, n, &s);
}

/* An integer of more than 64 bits is read as a float; it was written as an integer. */
static bool is_written_as_integer(const struct node *n)
{
	struct str text = node_written(n);

	for (size_t i = 0; i < text.n; i++)
		if (strchr(".eE", text.p[i]))
			return false;
	return true;
}

/* protobuf Struct holds doubles: integers are exact up to 2^53. */
static void check_integer(struct config_check *cc, const struct node *n)
{
	struct str text = node_text(n);
	uint64_t   v;

	if (text.p[0] == '-')
		text = str_slice(text, 1, text.n);
	if (str_to_uint(text, UINT64_C(1) << 53, &v))
		return;
	diag_at(cc->c->diags, CO_INTEGER_INEXACT, n, ARGS(n->kind == NODE_INT ? node_text(n) : node_written(n)));
	cc->faults++;
}

static void check_config_value(struct config_check *cc, const struct node *n)
{
	if (n->kind == NODE_STRING) {
		check_text(cc, n);
	} else if (n->style & STYLE_NOT_JSON) {
		diag_at(cc->c->diags, CO_NOT_JSON, n, ARGS(node_text(n)));
		cc->c->ok = false;
		cc->faults++;
	} else if (n->kind == NODE_INT || (n->kind == NODE_FLOAT && is_written_as_integer(n))) {
		check_integer(cc, n);
	}
}

/* Does the text, in which placeholders are not replaced, hold one? */
static bool holds_placeholder(const struct check *c, struct str text)
{
	struct placeholder ignored;
	struct segment     s;

	for (size_t at = 0; placeholder_next(text, &at, &s);)
		if (s.kind == SEGMENT_PLACEHOLDER && placeholder_parse(c->manifest, s.text, &ignored))
			return true;
	return false;
}

void check_kept(struct check *c, const struct node *object, const char *field, struct str text)
{
	if (holds_placeholder(c, text))
		check_warn(c, CO_PLACEHOLDER_KEPT, object, field, ARGS(text));
}

static void check_config(struct check *c, const struct node *root)
{
	struct config_check cc = { c, 0, false };

	for (const struct node *n = root; n && cc.faults < CONFIG_FAULTS; n = node_after(n, root)) {
		if (node_is_scalar(n))
			check_config_value(&cc, n);
		if (n != root && n->key_p && holds_placeholder(c, node_key(n))) {
			diag_at_key(c->diags, CO_PLACEHOLDER_KEPT, n, ARGS(node_key(n)));
			cc.faults++;
		}
	}
}

/* ---- Wasm ---- */

/* Compares the checksum with that of the local file, if there is one that tells it. */
static void check_sha256(struct check *c, const struct wasm *w, const char *field, struct str written)
{
	struct str found = c->manifest->artifacts.binary_sha256;

	if (str_present(written) && str_present(found) && !str_eq(written, found))
		check_fail(c, CO_SHA256_DIFFERS, w->node, field, ARGS(written, w->binary, found));
}

static void check_url(struct check *c, const struct wasm *w)
{
	struct module_url url;
	const char       *fault;
	struct diag      *d;
	struct str        host;

	if (!str_present(w->url))
		return;
	fault = module_url_parse(w->url, &url);
	if (fault) {
		d = check_fail(c, CO_URL_INVALID, w->node, "url", ARGS(w->url, str_c(fault)));
		str_cut(w->url, '/', &host);
		if (str_find_str(w->url, STR("://"), 0) == w->url.n && host.n < w->url.n &&
		    str_find(host, '.', 0) < host.n)
			diag_help(c->diags, d, "did you mean `oci://{}`?", ARGS(w->url));
		return;
	}
	if (module_url_is_of_docker_hub(&url))
		diag_help(c->diags, check_warn(c, CO_URL_DOCKER_HUB, w->node, "url", ARGS(url.authority)),
		          "write oci://{}:443{} for the registry, or oci://docker.io/{}{} for Docker Hub",
		          ARGS(url.authority, url.path, url.authority, url.path));
	check_sha256(c, w, "sha256", w->sha256);
	check_sha256(c, w, "url", url.digest);
	if (str_present(url.digest) && str_present(w->sha256) && !str_eq(url.digest, w->sha256))
		check_fail(c, CO_FIELD_CONFLICT, w->node, "sha256",
		           ARGS(STR("a sha256"), STR("beside another @sha256: in the URL")));
}

static struct str env_key(const void *env)
{
	return ((const struct env_var *)env)->name;
}

static void check_env(struct check *c, const struct wasm *w)
{
	struct hash seen;

	hash_init(&seen, c->arena, env_key);
	for (size_t i = 0; i < w->env.n; i++) {
		struct env_var *e = (struct env_var *)w->env.items + i;

		if (!str_present(e->name))
			continue;
		if (str_has_prefix(e->name, STR("ISTIO_META_")))
			check_fail(c, CO_ENV_INVALID, e->node, "name",
			           ARGS(e->name, STR("names that begin with ISTIO_META_ are stripped by the agent")));
		if (e->value_from == ENV_HOST && node_get(e->node, "value"))
			check_fail(c, CO_ENV_INVALID, e->node, "value",
			           ARGS(e->name, STR("a value has no meaning with valueFrom: HOST")));
		if (hash_add(&seen, e))
			check_fail(c, CO_DUPLICATE_NAME, e->node, "name", ARGS(STR("env"), e->name));
		check_kept(c, e->node, "value", e->value);
	}
}

static void check_wasm(struct check *c, const struct filter *f)
{
	check_url(c, f->wasm);
	check_env(c, f->wasm);
	check_kept(c, f->wasm->node, "url", f->wasm->url);
	check_kept(c, f->wasm->node, "pluginName", f->wasm->plugin_name);
	if (f->config)
		check_config(c, f->config);
}

/* ---- Lua ---- */

static void check_lua_code(struct check *c, const struct lua *lua)
{
	struct config_check cc = { c, 0, true };
	const struct node  *inline_node = node_get(lua->node, "inline");
	struct node        *whole;

	if (inline_node && inline_node->kind == NODE_STRING) {
		check_text(&cc, inline_node);
	} else if (str_present(c->manifest->artifacts.lua_code)) {
		/* The script is another file: what is wrong in it is shown at the field that names it. */
		const struct node *file = node_get(lua->node, "file");

		whole = arena_copy(c->arena, file, sizeof(*file));
		node_set_text(whole, NODE_STRING, c->manifest->artifacts.lua_code);
		check_text(&cc, whole);
	}
}

static void check_lua(struct check *c, const struct filter *f)
{
	if (f->config || node_get(f->node, "config"))
		check_fail(c, CO_FIELD_CONFLICT, f->node, "config",
		           ARGS(STR("config"), STR("for Lua: use placeholders in the script")));
	if (f->fail_strategy)
		check_fail(c, CO_FAIL_STRATEGY_LUA, f->node, "failStrategy", NO_ARGS);
	if (f->kind == CARRIER_WASM_PLUGIN)
		check_fail(c, CO_KIND_CONFLICT, f->node, "kind", ARGS(STR("WasmPlugin"), STR("a Lua filter")));
	if (f->phase == PHASE_AUTHN || f->phase == PHASE_AUTHZ)
		check_warn(c, CO_LUA_FAILS_OPEN, f->node, "phase", ARGS(field_word(phase_words, f->phase)));
	check_lua_code(c, f->lua);
}

/* ---- match ---- */

static void check_match_ports(struct check *c, const struct match *m)
{
	for (size_t i = 0; i < m->ports.n; i++) {
		const struct match_port *p = (const struct match_port *)m->ports.items + i;

		for (size_t k = 0; k < i; k++) {
			if (((const struct match_port *)m->ports.items)[k].number != p->number)
				continue;
			check_fail(c, CO_DUPLICATE_NAME, p->node, "number",
			           ARGS(STR("port"), str_from_int(c->arena, p->number)));
			break;
		}
	}
}

/* Istio asks for the filters of a waypoint without a port, and its only listener has none: so neither a plugin's ports nor
 * an EnvoyFilter's portNumber are ever met (buildWaypointHTTPFilters, matchPorts and listenerMatch in istio). */
static void check_match_meets(struct check *c, const struct match *m)
{
	unsigned   proxy = c->manifest->spec->target->proxy;
	struct str where = field_word(proxy_words, proxy);

	if ((proxy == PROXY_GATEWAY && m->mode == MATCH_SERVER) || (proxy == PROXY_WAYPOINT && m->mode == MATCH_CLIENT))
		check_fail(c, CO_MATCH_NEVER, m->node, "mode",
		           ARGS(STR_CONCAT(c->arena, STR("mode "), field_word(match_mode_words, m->mode)), where));
	if (proxy == PROXY_WAYPOINT && m->ports.n)
		check_fail(c, CO_MATCH_NEVER, m->node, "ports", ARGS(STR("a match by ports"), where));
}

static void check_match(struct check *c, const struct filter *f)
{
	for (size_t i = 0; i < f->match.n; i++) {
		const struct match *m = (const struct match *)f->match.items + i;

		check_match_meets(c, m);
		check_match_ports(c, m);
	}
}

void check_filter(struct check *c, const struct filter *f)
{
	if (f->wasm && !f->lua)
		check_wasm(c, f);
	if (f->lua && !f->wasm)
		check_lua(c, f);
	check_match(c, f);
}
