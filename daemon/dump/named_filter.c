/* Filters that have a name, in whatever list they stand: which plugin one is, and what its configuration says. */
#include "dump/named_filter.h"

/* ---- the configuration ---- */

static void read_code(struct dump_reader *r, struct proxy_plugin *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_INLINE)
			p->code = take_long_text(r, &p->code_cut);
}

/* What a filter's message says, whose type stands beside it. */
static void read_message(struct dump_reader *r, struct proxy_plugin *p, bool *has_rules, bool in_struct)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key)) {
		if (key == K_TYPE_URL) /* of two, the one that a TypedStruct names comes last */
			p->type = take_text(r);
		else if (key == K_CONFIG)
			plugin_config_read(r, p);
		else if (key == K_RULES)
			*has_rules = true;
		else if (key == K_SOURCE_CODE)
			read_code(r, p);
		else if (key == K_INLINE)
			p->code = take_long_text(r, &p->code_cut);
		else if (key == K_VALUE && !in_struct)
			read_message(r, p, has_rules, true);
	}
}

static void read_typed_config(struct dump_reader *r, struct proxy_plugin *p)
{
	bool has_rules = false;

	read_message(r, p, &has_rules, false);
	p->wasm = str_has_suffix(p->type, STR(".wasm.v3.Wasm"));
	p->rbac = str_has_suffix(p->type, STR(".rbac.v3.RBAC"));
	p->rbac_allows = p->rbac && !has_rules; /* istio-agent: no rules lets pass, empty rules refuse */
}

/* ---- the filter ---- */

bool named_filter_read(struct dump_reader *r, struct named_filter *f)
{
	int key;

	*f = (struct named_filter){ .mark = arena_mark(r->scratch) };
	if (!json_scan_enter_object(r->scan))
		return false;
	while (next_key(r, KEYS_PLUGIN, &key)) {
		if (key == K_TYPED_CONFIG) {
			read_typed_config(r, &f->read);
		} else if (key == K_DISABLED) {
			f->read.disabled = take_bool(r);
		} else if (key == K_NAME) {
			f->read.name = take_text(r);
			f->place = json_scan_place(r->scan);
			f->plugin = plugin_of(r, f->read.name);
			if (!f->plugin) {
				json_scan_leave(r->scan);
				break;
			}
		}
	}
	if (!f->plugin)
		arena_reset(r->scratch, f->mark);
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
		arena_reset(r->scratch, f->mark);
	} else if (n <= KEPT_OTHERS) {
		f->read.pos = tell_place(r, &f->place, f->read.name.n + 2);
		f->read.active = true;
		last->other = arena_copy(r->scratch, &f->read, sizeof(f->read));
	}
}
