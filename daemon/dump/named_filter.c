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
	struct arena_mark mark = arena_mark(r->scratch);
	int               key;

	*f = (struct named_filter){ 0 };
	if (!json_scan_enter_object(r->scan))
		return false;
	while (next_key(r, KEYS_PLUGIN, &key)) {
		if (key == K_TYPED_CONFIG) {
			read_typed_config(r, &f->read);
		} else if (key == K_DISABLED) {
			f->disabled = take_bool(r);
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
		arena_reset(r->scratch, mark);
	return f->plugin != NULL;
}

void named_filter_keep(struct dump_reader *r, struct named_filter *f)
{
	struct proxy_plugin *p = f->plugin;

	f->read.pos = tell_place(r, &f->place, f->read.name.n + 2);
	f->read.seen = p->seen;
	f->read.active = p->active;
	f->read.enabled = p->enabled;
	f->read.by_rds = p->by_rds;
	f->read.refused = p->refused;
	f->read.refusal = p->refusal;
	*p = f->read;
}
