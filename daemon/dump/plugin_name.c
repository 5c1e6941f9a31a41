/* Which of the wanted plugins a name means. */
#include "base/ascii.h"
#include "dump/reading.h"

/* Istio's name of the ECDS resource, which is the filter's name too, changed in 1.21, 1.26 and 1.30 (the misspelt prefix is
 * Istio's own); callout.<ns>.<name> is the name that our own EnvoyFilters give. */
static const struct str prefixes[] = {
	STR_INIT("extensions.istio.io/trafficextension/"),
	STR_INIT("extensions.istio.io/wasmplugin/"),
	STR_INIT("extenstions.istio.io/wasmplugin/"),
	STR_INIT("callout."),
};
static const struct str suffix = STR_INIT("~istio-translated-wasmplugin");

static struct str bare_name(struct str name)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (str_has_prefix(name, prefixes[i])) {
			name = str_slice(name, prefixes[i].n, name.n);
			break;
		}
	return str_has_suffix(name, suffix) ? str_slice(name, 0, name.n - suffix.n) : name;
}

static bool goes_on(char c)
{
	return ascii_is_alnum_or(c, "-");
}

/* Neither part of NAMESPACE.NAME has a dot, so that one behind it ends a sentence, or leads to another name. */
bool plugin_is_named(struct str plugin, struct str text)
{
	for (size_t at = 0; (at = str_find_str(text, plugin, at)) < text.n; at++) {
		struct str before = str_slice(text, 0, at), rest = str_slice(text, at + plugin.n, text.n);
		bool       begins = before.n == 0 || str_has_suffix(before, STR("callout.")) ||
		              (!goes_on(before.p[before.n - 1]) && before.p[before.n - 1] != '.');

		if (begins &&
		    (rest.n == 0 || (!goes_on(rest.p[0]) && (rest.p[0] != '.' || rest.n == 1 || !goes_on(rest.p[1])))))
			return true;
	}
	return false;
}

struct proxy_plugin *plugin_at(struct dump_reader *r, size_t i)
{
	if (!r->plugins[i])
		r->plugins[i] = ARENA_NEW(r->scratch, struct proxy_plugin);
	return r->plugins[i];
}

struct proxy_plugin *plugin_named(struct dump_reader *r, struct str name)
{
	struct str bare = bare_name(name);

	for (size_t i = 0; i < r->wants->n_plugins; i++)
		if (str_eq(r->wants->plugins[i], bare))
			return plugin_at(r, i);
	return NULL;
}

struct proxy_plugin *plugin_of(struct dump_reader *r, struct str name)
{
	struct proxy_plugin *plugin = plugin_named(r, name);

	return plugin && ++r->n_plugins <= KEPT_PLUGINS ? plugin : NULL;
}

/* ---- names of Prometheus ---- */

/* Envoy writes '_' in the place of all that such a name cannot have (source/server/admin/prometheus_stats.cc). True: the metric's name goes
 * on with the text, and *rest is what comes then. */
static bool metric_continues(struct str metric, struct str text, struct str *rest)
{
	if (metric.n < text.n)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (metric.p[i] != (ascii_is_alnum_or(text.p[i], "_") ? text.p[i] : '_'))
			return false;
	*rest = str_slice(metric, text.n, metric.n);
	return true;
}

static bool is_metric_of(struct str metric, struct str plugin)
{
	struct str rest = metric;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (metric_continues(metric, prefixes[i], &rest))
			break;
	return metric_continues(rest, plugin, &rest) &&
	       (rest.n == 0 || (metric_continues(rest, suffix, &rest) && rest.n == 0));
}

struct proxy_plugin *plugin_of_metric(struct dump_reader *r, struct str name)
{
	size_t found = r->wants->n_plugins;

	for (size_t i = 0; i < r->wants->n_plugins; i++) {
		if (!is_metric_of(name, r->wants->plugins[i]))
			continue;
		if (found < r->wants->n_plugins)
			return NULL;
		found = i;
	}
	return found < r->wants->n_plugins ? plugin_at(r, found) : NULL;
}
