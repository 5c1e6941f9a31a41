/* PluginConfig of a Wasm filter: its configuration, its environment and what happens when it fails
 * (envoy/extensions/wasm/v3/wasm.proto). */
#include "dump/reading.h"

/* ---- what the filter is given ---- */

/* A text, or the message that is in the place of one as it is written. */
static struct str take_value(struct dump_reader *r, bool *cut)
{
	struct json_text t;

	if (json_scan_kind(r->scan) == JSON_STRING)
		return take_long_text(r, cut);
	if (!r->long_text)
		r->long_text = arena_alloc(r->arena, LIMIT_PLUGIN_BYTES);
	if (!json_scan_raw(r->scan, r->long_text, LIMIT_PLUGIN_BYTES, &t))
		return STR_ABSENT;
	*cut = t.cut;
	return str_copy(r->scratch, t.text);
}

static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char       *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* What protojson writes for bytes; what is none stays as it is. */
static struct str base64_decoded(struct dump_reader *r, struct str text)
{
	char    *to = arena_alloc(r->scratch, text.n + 1);
	size_t   n = 0;
	unsigned bits = 0, held = 0;

	while (text.n && text.p[text.n - 1] == '=')
		text.n--;
	for (size_t i = 0; i < text.n; i++) {
		int digit = base64_digit(text.p[i]);

		if (digit < 0)
			return text;
		held = held << 6 | (unsigned)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			to[n++] = (char)(held >> bits & 0xff);
		}
	}
	return str_of(to, n);
}

/* PluginConfig.configuration: an Any; istiod packs a StringValue, others a Struct or a BytesValue. */
static void read_configuration(struct dump_reader *r, struct proxy_plugin *p)
{
	bool bytes = false;
	int  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_TYPE_URL) {
			bytes = str_has_suffix(take_text(r), STR(".BytesValue"));
		} else if (key == K_VALUE) {
			p->configuration = take_value(r, &p->configuration_cut);
			p->has_configuration = str_present(p->configuration);
		}
	if (bytes && p->has_configuration && !p->configuration_cut)
		p->configuration = base64_decoded(r, p->configuration);
}

/* ---- the environment ---- */

/* Beyond KEPT_ENV they are only counted. */
static struct setting *add_variable(struct dump_reader *r, struct proxy_plugin *p)
{
	if (!p->env)
		p->env = ARENA_ARRAY(r->scratch, KEPT_ENV, struct setting);
	return p->n_env++ < KEPT_ENV ? &p->env[p->n_env - 1] : NULL;
}

/* EnvironmentVariables */
static void read_environment(struct dump_reader *r, struct proxy_plugin *p)
{
	struct str name;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_KEY_VALUES && json_scan_enter_object(r->scan)) {
			while (json_scan_next_key(r->scan, &name)) {
				struct setting *variable = add_variable(r, p);

				if (!variable)
					continue;
				variable->key = str_copy(r->scratch, name);
				variable->value = take_text(r);
			}
		} else if (key == K_HOST_KEYS && json_scan_enter_array(r->scan)) {
			while (json_scan_next_item(r->scan)) {
				struct setting *variable = add_variable(r, p);

				if (variable)
					*variable = (struct setting){ .key = take_text(r), .value = STR_ABSENT };
			}
		}
}

static void read_vm_config(struct dump_reader *r, struct proxy_plugin *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_ENVIRONMENT)
			read_environment(r, p);
}

/* PluginConfig; fail_open is what Istio before 1.25 wrote. */
void plugin_config_read(struct dump_reader *r, struct proxy_plugin *p)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_WASM, &key))
		if (key == K_CONFIGURATION)
			read_configuration(r, p);
		else if (key == K_ROOT_ID)
			p->root_id = take_text(r);
		else if (key == K_VM_CONFIG)
			read_vm_config(r, p);
		else if (key == K_FAILURE_POLICY)
			p->failure_policy = take_text(r);
		else if (key == K_FAIL_OPEN && take_bool(r) && !str_present(p->failure_policy))
			p->failure_policy = STR("FAIL_OPEN");
}
