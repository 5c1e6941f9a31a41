/* Filters that have a name, in whatever list they stand: which plugin one is, and what its configuration says. */
#include "dump/named_filter.h"

/* ---- the configuration ---- */

struct str code_source_read(struct dump_reader *r, bool *cut)
{
	struct str code = STR_ABSENT;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return code;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_INLINE)
			code = take_long_text(r, cut);
	return code;
}

/* What wraps a message. */
enum wrapping { BARE, IN_STRUCT, IN_MATCHER };

static void read_message(struct dump_reader *r, struct proxy_plugin *p, bool *has_rules, enum wrapping);

/* ExtensionWithMatcher.extension_config: what runs unless an action says otherwise. */
static void read_matched(struct dump_reader *r, struct proxy_plugin *p, bool *has_rules)
{
	int key;

	p->matched = true;
	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_PLUGIN, &key))
		if (key == K_TYPED_CONFIG)
			read_message(r, p, has_rules, IN_MATCHER);
}

/* What a filter's message says, whose type stands beside it. */
static void read_message(struct dump_reader *r, struct proxy_plugin *p, bool *has_rules, enum wrapping wrapping)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key)) {
		if (key == K_TYPE_URL) /* of several, the one that is wrapped comes last */
			p->type = take_text(r);
		else if (key == K_CONFIG)
			plugin_config_read(r, p);
		else if (key == K_RULES)
			*has_rules = true;
		else if (key == K_SOURCE_CODE)
			p->code = code_source_read(r, &p->code_cut);
		else if (key == K_INLINE)
			p->code = take_long_text(r, &p->code_cut);
		else if (key == K_VALUE && wrapping != IN_STRUCT)
			read_message(r, p, has_rules, IN_STRUCT);
		else if (key == K_EXTENSION_CONFIG && wrapping == BARE)
			read_matched(r, p, has_rules);
		else if (key == K_XDS_MATCHER)
			matcher_read(r);
	}
}

static void read_typed_config(struct dump_reader *r, struct proxy_plugin *p)
{
	bool has_rules = false;

	read_message(r, p, &has_rules, BARE);
	p->wasm = str_has_suffix(p->type, STR(".wasm.v3.Wasm"));
	p->rbac = str_has_suffix(p->type, STR(".rbac.v3.RBAC"));
	p->rbac_allows = p->rbac && !has_rules; /* istio-agent: no rules lets pass, empty rules refuse */
}

/* ---- the filter ---- */

/* Unless the matcher beside it met a plugin for the first time, which lies there, too. */
void named_filter_forget(struct dump_reader *r, const struct named_filter *f)
{
	if (r->n_plugins == f->n_plugins)
		arena_reset(r->scratch, f->mark);
}

/* One that nobody wants may run others. */
static void read_other(struct dump_reader *r)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_MATCHER, &key))
		matcher_read(r);
}

bool named_filter_read(struct dump_reader *r, struct named_filter *f)
{
	bool unwanted = false;
	int  key;

	*f = (struct named_filter){ .mark = arena_mark(r->scratch), .n_plugins = r->n_plugins };
	if (!json_scan_enter_object(r->scan))
		return false;
	while (next_key(r, KEYS_PLUGIN, &key)) {
		if (key == K_TYPED_CONFIG && unwanted) {
			read_other(r);
		} else if (key == K_TYPED_CONFIG) {
			read_typed_config(r, &f->read);
		} else if (key == K_DISABLED) {
			f->read.disabled = take_bool(r);
		} else if (key == K_NAME) {
			f->read.name = take_text(r);
			f->place = json_scan_place(r->scan);
			f->plugin = plugin_of(r, f->read.name);
			f->n_plugins += f->plugin != NULL;
			unwanted = !f->plugin;
		}
	}
	if (!f->plugin)
		named_filter_forget(r, f);
	return f->plugin != NULL;
}

void named_filter_keep(struct dump_reader *r, struct named_filter *f)
{
	struct proxy_plugin *p = f->plugin;

	if (p->active && str_present(p->type) && !(p->seen & PLUGIN_ECDS))
		p->other = arena_copy(r->scratch, p, sizeof(*p));
	f->read.pos = tell_place(r, &f->place, f->read.name.n + 2);
	f->read.seen = p->seen;
	f->read.active = p->active;
	f->read.enabled = p->enabled;
	f->read.by_rds = p->by_rds;
	f->read.matched = f->read.matched || p->matched;
	f->read.refused = p->refused;
	f->read.refusal = p->refusal;
	f->read.other = p->other;
	*p = f->read;
}

/* ---- several of one name ---- */

static bool same_variables(const struct proxy_plugin *a, const struct proxy_plugin *b)
{
	for (size_t i = 0; i < a->n_env && i < KEPT_ENV && a->n_env == b->n_env; i++)
		if (!str_eq(a->env[i].key, b->env[i].key) || !str_eq(a->env[i].value, b->env[i].value))
			return false;
	return a->n_env == b->n_env;
}

static bool same_configuration(const struct proxy_plugin *a, const struct proxy_plugin *b)
{
	return str_eq(a->type, b->type) && str_eq(a->code, b->code) && str_eq(a->configuration, b->configuration) &&
	       str_eq(a->root_id, b->root_id) && str_eq(a->failure_policy, b->failure_policy) && same_variables(a, b);
}

void named_filter_add(struct dump_reader *r, struct named_filter *f)
{
	struct proxy_plugin *last = f->plugin;
	size_t               n = 1;

	while (last->other && !same_configuration(last, &f->read)) {
		last = last->other;
		n++;
	}
	if (same_configuration(last, &f->read)) {
		last->disabled = last->disabled && f->read.disabled;
		named_filter_forget(r, f);
	} else if (n <= KEPT_OTHERS) {
		f->read.pos = tell_place(r, &f->place, f->read.name.n + 2);
		f->read.active = true;
		last->other = arena_copy(r->scratch, &f->read, sizeof(f->read));
	} else {
		named_filter_forget(r, f);
	}
}
