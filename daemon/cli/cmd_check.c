/* callout check: every finding, nothing generated. */
#include "cli/generate.h"

enum exit_status cmd_check(struct arena *arena, const struct arguments *arguments)
{
	struct run run;

	if (!run_begin(&run, arena, arguments, "check"))
		return EXIT_USAGE;
	run_load(&run);
	generate_check(&run);
	return run_finish(&run, true);
}
