/* Secrets that the proxy waits for: SecretsConfigDump, of which only their names are of use here. */
#include "dump/reading.h"

static void keep_name(struct dump_reader *r, struct str name)
{
	struct proxy_part *part = r->part;

	if (!str_present(name) || part->n_waiting == KEPT_SECRETS)
		return;
	if (!part->waiting)
		part->waiting = ARENA_ARRAY(r->scratch, KEPT_SECRETS, struct str);
	part->waiting[part->n_waiting++] = name;
}

void warming_secrets_read(struct dump_reader *r)
{
	int key;

	r->part->kinds |= DUMP_OTHER;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		if (!json_scan_enter_object(r->scan))
			continue;
		while (next_key(r, KEYS_STATUS, &key))
			if (key == K_NAME)
				keep_name(r, take_text(r));
	}
}
