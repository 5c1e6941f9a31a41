/* Secrets that the proxy waits for: SecretsConfigDump, of which only their names are of use here. */
#include "dump/reading.h"

static void keep_name(struct dump_reader *r)
{
	struct proxy_part *part = r->part;
	struct str         name = part->n_waiting < KEPT_SECRETS ? take_text(r) : STR_ABSENT;

	if (!str_present(name))
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
				keep_name(r);
	}
}
