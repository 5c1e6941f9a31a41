/* Does the proxy run the filter, and with the manifest's configuration? */
#include "verify/judging.h"

static struct plugin_row *add_row(struct verification *v, const struct verify_item *item,
                                  const struct proxy_state *proxy, enum plugin_verdict verdict, struct str detail)
{
	struct plugin_row *row = ARENA_NEW(v->arena, struct plugin_row);

	*row = (struct plugin_row){ .manifest = item->manifest, .proxy = proxy, .verdict = verdict, .detail = detail };
	if (proxy->plugins[item->plugin])
		row->pos = proxy->plugins[item->plugin]->pos;
	*v->last_plugin = row;
	v->last_plugin = &row->next;
	v->plugin_counts[verdict]++;
	return row;
}

/* To be added to what the dump shows. */
static struct str not_taken(const struct proxy_state *proxy)
{
	return proxy->sync && !sync_state_is_well(&proxy->sync->plugins)
	               ? STR("; the proxy has not taken the extensions that istiod sent last")
	               : STR("");
}

static bool istiod_was_told(const struct proxy_state *proxy, struct str plugin)
{
	const struct proxy_sync *sync = proxy->sync;

	return sync && str_present(sync->plugins.error) && plugin_is_named(plugin, sync->plugins.error);
}

static struct str failure(struct arena *arena, const struct proxy_state *proxy, const struct proxy_plugin *p,
                          struct str name)
{
	if (p->rbac)
		return p->rbac_allows ? STR("istio-agent put a filter that lets all requests pass in its place: the "
		                            "module could not be had")
		                      : STR("istio-agent put a filter that refuses all requests in its place: the "
		                            "module could not be had");
	if (p->refused)
		return p->refusal;
	if (istiod_was_told(proxy, name))
		return STR_CONCAT(arena, STR("Envoy told istiod: "), proxy->sync->plugins.error);
	if (p->config_fail && p->seen)
		return str_fmt(arena, "Envoy refused its configuration %llu times, by its statistics",
		               (unsigned long long)p->config_fail);
	return STR_ABSENT;
}

/* Do all inbound listeners of a sidecar, or all of a gateway, have the filter? */
static bool is_for_all(const struct filter *filter, bool gateway)
{
	for (size_t i = 0; i < filter->match.n; i++) {
		const struct match *m = (const struct match *)filter->match.items + i;

		if (m->ports.n == 0 && (gateway || m->mode != MATCH_CLIENT))
			return true;
	}
	return filter->match.n == 0;
}

/* Can the list be a part of all that may have the filter? By which filters of istioctl; the listeners of a gateway may well be of HTTP
 * alone, and what is for all of them is in those at the wildcard address, too. */
static unsigned left_by(const struct verify_item *item, const struct proxy_part *part)
{
	const struct spec *spec = item->manifest->spec;
	bool               gateway = spec->target->proxy == PROXY_GATEWAY;
	unsigned           usual = gateway ? LEFT_BY_TYPE_HTTP : 0;

	if (is_for_all(spec->filter, gateway))
		usual |= LEFT_BY_WILDCARD;
	return part->listeners_left_by & ~usual;
}

/* The list of its listeners that is whole, else any; NULL: there is none. */
static const struct proxy_part *listeners_of(const struct verify_item *item, const struct proxy_state *proxy)
{
	const struct proxy_part *found = NULL;

	for (size_t i = 0; i < proxy->n_parts; i++) {
		const struct proxy_part *part = proxy->parts[i];

		if (part->kinds & DUMP_LISTENERS && part != proxy->intention && (!found || left_by(item, found)))
			found = part;
	}
	return found;
}

/* Absent: the list is whole, or there is none. */
static struct str part_of_listeners(struct arena *arena, const struct verify_item *item,
                                    const struct proxy_state *proxy)
{
	static const struct {
		unsigned    by;
		const char *flag;
	} all[] = { { LEFT_BY_PORT, "--port" },
		    { LEFT_BY_ADDRESS | LEFT_BY_WILDCARD, "--address" },
		    { LEFT_BY_TYPE | LEFT_BY_TYPE_HTTP, "--type" } };
	const struct proxy_part *part = listeners_of(item, proxy);
	unsigned                 by = part ? left_by(item, part) : 0;
	struct str               flags = STR_ABSENT;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (by & all[i].by)
			flags = str_present(flags) ? STR_CONCAT(arena, flags, STR(" or "), str_c(all[i].flag))
			                           : str_c(all[i].flag);
	return by ? STR_CONCAT(arena, STR("the list of listeners may be a part, such as istioctl leaves with "), flags)
	          : STR_ABSENT;
}

static void add_unsure_row(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy,
                           struct str shown, struct str why)
{
	add_row(v, item, proxy, PLUGIN_UNKNOWN, STR_CONCAT(v->arena, shown, STR(", but "), why))->remedy =
		STR("take `istioctl proxy-config all -o json`, or `proxy-config listener -o json` without a filter");
}

/* One dump shows it all: the extensions, and the listeners that ask for them. */
static bool shows_both(const struct proxy_state *proxy)
{
	enum { ALL = DUMP_NODE | DUMP_LISTENERS | DUMP_PLUGINS };

	for (size_t i = 0; i < proxy->n_parts; i++)
		if (proxy->parts[i]->configs && (proxy->parts[i]->kinds & ALL) == ALL &&
		    !part_is_intention(proxy->parts[i]))
			return true;
	return false;
}

/* Envoy keeps an extension while listeners that are no longer in use drain, which a dump does not show. Absent: it is in use, as far as can
 * be told. */
static struct str out_of_use(const struct proxy_state *proxy, const struct proxy_plugin *p)
{
	if (p->seen & PLUGIN_LISTENER)
		return p->active ? STR_ABSENT
		                 : STR("each listener that has it is still warming, and serves no requests yet");
	return p->seen & PLUGIN_ECDS && shows_both(proxy)
	               ? STR("the proxy still has the extension, but none of its listeners asks for it")
	               : STR_ABSENT;
}

/* Does a list of its extensions show what is absent? */
static bool shows_all_extensions(const struct proxy_state *proxy)
{
	for (size_t i = 0; i < proxy->n_parts; i++)
		if (proxy->parts[i]->kinds & DUMP_PLUGINS && proxy->parts[i]->extensions_whole &&
		    proxy->parts[i] != proxy->intention)
			return true;
	return false;
}

/* A listener asks for it, and it did not come by ECDS. */
static void judge_asked(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy)
{
	if (shows_all_extensions(proxy) && !item->manifest->spec->filter->lua)
		add_row(v, item, proxy, PLUGIN_FAILED,
		        STR_CONCAT(v->arena,
		                   STR("a listener asks for it, and the proxy has no such extension: it was "
		                       "refused or never came"),
		                   not_taken(proxy)));
	else
		add_row(v, item, proxy, PLUGIN_UNKNOWN, STR("a listener asks for it"));
}

/* It is there, as the manifest says, but each listener that was seen has it disabled. */
static void judge_disabled(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy,
                           const struct proxy_plugin *p)
{
	struct str part = part_of_listeners(v->arena, item, proxy);

	if (p->by_rds)
		add_row(v, item, proxy, PLUGIN_UNKNOWN,
		        STR("its listeners have it disabled, and routes that come by RDS, which this dump does not show, "
		            "may enable it"))
			->remedy = STR("take `istioctl proxy-config all -o json`, which shows them");
	else if (str_present(part))
		add_unsure_row(v, item, proxy, STR("each listener shown that names it has it disabled"), part);
	else
		add_row(v, item, proxy, PLUGIN_DIFFERS,
		        STR_CONCAT(v->arena,
		                   STR("each listener that names it has it disabled, or all of its routes have"),
		                   not_taken(proxy)));
}

static void judge_seen(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy,
                       const struct proxy_plugin *p)
{
	struct str         name = proxy->wants->plugins[item->plugin], detail = failure(v->arena, proxy, p, name);
	struct plugin_row *row;
	struct pos         at = POS_NONE;

	if (str_present(detail)) {
		add_row(v, item, proxy, PLUGIN_FAILED, detail)->told_istiod = istiod_was_told(proxy, name);
		return;
	}
	if (!(p->seen & PLUGIN_ECDS) && !str_present(p->type) && !p->matched) {
		judge_asked(v, item, proxy);
		return;
	}
	detail = p->matched ? STR_ABSENT : out_of_use(proxy, p);
	if (str_present(detail)) {
		row = add_row(v, item, proxy, PLUGIN_ABSENT, detail);
		if (p->seen & PLUGIN_LISTENER)
			row->remedy = STR(
				"wait, and dump it again; the proxy's /init_dump tells what its listeners wait for");
		return;
	}
	detail = plugin_difference(v->arena, item, p, &at);
	if (str_present(detail))
		add_row(v, item, proxy, PLUGIN_DIFFERS, STR_CONCAT(v->arena, detail, not_taken(proxy)))->pos = at;
	else if (p->matched && !p->enabled)
		add_row(v, item, proxy, PLUGIN_UNKNOWN,
		        STR("a matcher decides for which requests its listeners run it, and is not looked at"));
	else if (p->seen & PLUGIN_LISTENER && !p->enabled)
		judge_disabled(v, item, proxy, p);
	else
		add_row(v, item, proxy, PLUGIN_PRESENT, STR_ABSENT);
}

/* Neither among the extensions nor in a listener. */
static void judge_unseen(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy)
{
	bool       lua = item->manifest->spec->filter->lua != NULL;
	struct pos at = POS_NONE;
	struct str part = part_of_listeners(v->arena, item, proxy), why;

	if ((!lua && shows_all_extensions(proxy)) || (proxy->kinds & DUMP_LISTENERS && !str_present(part))) {
		why = explain_absent_plugin(v, item, proxy, &at);
		add_row(v, item, proxy, PLUGIN_ABSENT, why)->pos = at;
	} else if (str_present(part)) {
		add_unsure_row(v, item, proxy, STR("none of the listeners shown has it"), part);
	} else if (!lua && proxy->kinds & DUMP_PLUGINS) {
		add_row(v, item, proxy, PLUGIN_UNKNOWN,
		        STR("none of the extensions shown is it, but a name_regex may have left others out"));
	} else {
		add_row(v, item, proxy, PLUGIN_UNKNOWN, STR_ABSENT);
	}
}

void plugin_judge(struct verification *v, const struct verify_item *item, const struct proxy_state *proxy)
{
	const struct proxy_plugin *p = proxy->plugins[item->plugin];

	if (!item->manifest->spec->filter)
		return;
	if (p && (p->seen || p->refused))
		judge_seen(v, item, proxy, p);
	else
		judge_unseen(v, item, proxy);
}
