/* The names of all clusters of a dump, by the scanner alone: scan_names THREADS KERNEL FILE. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "json/json_scan.h"

enum { CONFIGS, CLUSTERS, CLUSTER };

static const struct json_key names[] = {
	{ STR_INIT("configs"), CONFIGS },
	{ STR_INIT("dynamic_active_clusters"), CLUSTERS },
	{ STR_INIT("dynamicActiveClusters"), CLUSTERS },
	{ STR_INIT("static_clusters"), CLUSTERS },
	{ STR_INIT("staticClusters"), CLUSTERS },
	{ STR_INIT("cluster"), CLUSTER },
};

static unsigned long count;

static void read_cluster(struct json_scan *s)
{
	struct str name;

	if (json_scan_peek_string(s, STR("name"), &name)) {
		count++;
		json_scan_skip_peeked(s);
		return;
	}
	if (json_scan_enter_object(s))
		while (json_scan_next_key(s, &name))
			count += str_is(name, "name");
}

static void read_clusters(struct json_scan *s, const struct json_keys *keys)
{
	int id;

	if (!json_scan_enter_array(s))
		return;
	while (json_scan_next_item(s)) {
		if (!keys)
			read_cluster(s);
		else if (json_scan_enter_object(s))
			while (json_scan_next_wanted(s, keys, &id))
				read_cluster(s);
	}
}

static void read_dump(struct json_scan *s, const struct json_keys *keys)
{
	int id;

	if (json_scan_kind(s) == JSON_ARRAY) {
		read_clusters(s, NULL);
		return;
	}
	if (!json_scan_enter_object(s) || !json_scan_next_wanted(s, keys, &id) || !json_scan_enter_array(s))
		return;
	while (json_scan_next_item(s))
		if (json_scan_enter_object(s))
			while (json_scan_next_wanted(s, keys, &id))
				read_clusters(s, keys);
}

int main(int argc, char **argv)
{
	struct arena            *arena = arena_new(64 << 20);
	struct json_scan_options o = { 0 };
	struct json_keys         keys = { names, sizeof(names) / sizeof(names[0]), 0 };
	struct json_input        in;
	struct json_scan        *s;

	if (argc != 4 || !arena)
		return 2;
	o.threads = (unsigned)atoi(argv[1]);
	o.kernel = atoi(argv[2]);
	json_keys_prepare(&keys);
	json_input_fd(&in, open(argv[3], O_RDONLY | O_CLOEXEC));
	s = json_scan_new(arena, &o);
	json_scan_open(s, &in, 0);
	read_dump(s, &keys);
	if (!json_scan_finish(s))
		return 1;
	printf("%lu\n", count);
	arena_free(arena);
	return 0;
}
