/* Plugins as ECDS gives them: EcdsConfigDump. */
#include "dump/named_filter.h"

/* The last resource of a name counts. */
static struct proxy_plugin *read_extension(struct dump_reader *r)
{
	struct named_filter f;

	if (!named_filter_read(r, &f))
		return NULL;
	named_filter_keep(r, &f);
	f.plugin->seen |= PLUGIN_ECDS;
	return f.plugin;
}

void plugin_entry_read(struct dump_reader *r)
{
	r->part->kinds |= DUMP_PLUGINS;
	read_extension(r);
}

/* {details, failed_configuration}: what it is a refusal of, the entry says, or else the configuration that failed. */
static struct proxy_plugin *read_error_state(struct dump_reader *r, struct proxy_plugin *p, struct str *details)
{
	int key;

	*details = STR("it does not say why");
	if (!json_scan_enter_object(r->scan))
		return p;
	while (next_key(r, KEYS_ERROR_STATE, &key)) {
		struct named_filter f;

		if (key == K_DETAILS)
			*details = take_text(r);
		else if (key == K_FAILED_CONFIGURATION && named_filter_read(r, &f) && !p)
			p = f.plugin;
	}
	return p;
}

/* {ecds_filter, error_state} */
static void read_entry(struct dump_reader *r)
{
	struct str           details = STR_ABSENT;
	struct proxy_plugin *p = NULL;
	int                  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_PLUGIN, &key))
		if (key == K_ECDS_ENTRY)
			p = read_extension(r);
		else if (key == K_ERROR_STATE)
			p = read_error_state(r, p, &details);
		else if (key == K_CLIENT_STATUS && json_scan_string_is(r->scan, STR("NACKED")) && !details.n)
			details = STR("it does not say why");
	if (p && str_present(details)) {
		p->refused = true;
		p->refusal = details;
	}
}

void plugins_read(struct dump_reader *r)
{
	r->part->kinds |= DUMP_PLUGINS;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		read_entry(r);
}
