/* callout clusters: what the filter calls, as the proxies should know it. */
#include "base/arena.h"
#include "base/limits.h"
#include "cli/run.h"
#include "report/cluster_list.h"

static bool print_clusters(struct run *run, enum cluster_list_format format)
{
	struct generation g = run_generation(run);
	struct buf        text;

	generation_note_nothing(&g, "list", false);
	buf_init(&text, run->arena, LIMIT_LISTING_BYTES);
	run->sound = cluster_list_write(&text, format, &g);
	return !run->sound || print_output(buf_str(&text));
}

enum exit_status cmd_clusters(struct arena *arena, const struct arguments *arguments)
{
	struct str               given = argument_str(arguments, OPTION_OUTPUT);
	enum cluster_list_format format = CLUSTER_LIST_TABLE;
	struct run               run;
	bool                     printed = true;

	if (!run_begin(&run, arena, arguments, "clusters"))
		return EXIT_USAGE;
	if (str_present(given) && !cluster_list_format_find(given, &format))
		return usage_error("clusters", "-o does not know \"%s\": table, json or snippet", given.p);
	run_load(&run);
	if (run.sound)
		printed = print_clusters(&run, format);
	return run_finish(&run, printed);
}
