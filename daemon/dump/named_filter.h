/* named_filter.h - {name, typed_config}: a TypedExtensionConfig of ECDS, or an HTTP filter of a listener. */
#ifndef CALLOUT_DUMP_NAMED_FILTER_H
#define CALLOUT_DUMP_NAMED_FILTER_H

#include "dump/reading.h"

struct named_filter {
	struct proxy_plugin *plugin; /* that it is */
	struct proxy_plugin  read;
	struct json_place    place; /* of the name */
	struct arena_mark    mark;  /* before all that was read of it */
	unsigned n_plugins; /* that were read before; with more of them, what lies behind the mark is not its alone */
};

/* One comes next. False: nobody wants it, and nothing of it was kept. */
bool named_filter_read(struct dump_reader *, struct named_filter *ret);

/* What was read takes the place of what was known of the plugin, but for how it fared, and for what listeners in use carry inline. */
void named_filter_keep(struct dump_reader *, struct named_filter *);
/* It counts beside what is known, unless that is the same; KEPT_OTHERS at most. */
void named_filter_add(struct dump_reader *, struct named_filter *);
/* It does not count. */
void named_filter_forget(struct dump_reader *, const struct named_filter *);

/* A DataSource of Lua code; absent: it is no code that the dump shows. */
struct str code_source_read(struct dump_reader *, bool *cut);

/* The matcher that comes next (matcher_read.c): wanted filters that it may run are marked as matched. */
void matcher_read(struct dump_reader *);

#endif
