/* What is read as plain block YAML is what libyaml reads, with all its places. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "yaml_both.h"

static void compare(struct arena *arena, const struct source *source, const struct tree_limits *limits)
{
	struct yaml_both both = yaml_read_both(arena, source->bytes, 0, source->bytes, limits);

	if (!str_present(both.differs))
		return;
	fprintf(stderr, "%.*s", STR_ARG(both.differs));
	abort();
}

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	static const struct tree_limits low = { 60, 8, 5, false };

	(void)diags;
	compare(arena, source, &manifest_limits);
	compare(arena, source, &low);
}
