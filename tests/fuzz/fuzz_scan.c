/* The scanner on any bytes: every kernel, cut into blocks as small as they can be, sees what the portable one sees in one
 * block; what json_tree takes as one document, the strict scan takes. */
#include <stdlib.h>

#include "fuzz.h"
#include "json/json_tree.h"
#include "scan_events.h"

enum { WALK, SKIP, STRICT, WAYS };

static struct str outcome(struct json_scan *s, struct arena *arena, struct str text, int way)
{
	struct json_input in;
	struct buf        out;

	buf_init(&out, arena, 64 * MIB);
	json_input_bytes(&in, text);
	json_scan_open(s, &in, way == STRICT ? JSON_SCAN_STRICT : 0);
	if (way == WALK)
		events_value(s, &out);
	events_result(s, 0, &out);
	if (json_scan_place(s).line < 1 || json_scan_place(s).column < 1)
		abort();
	return buf_str(&out);
}

static bool is_strict(struct json_scan *s, struct str text)
{
	struct json_input in;

	json_input_bytes(&in, text);
	json_scan_open(s, &in, JSON_SCAN_STRICT);
	return json_scan_finish(s);
}

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct json_scan_options o = { .kernel = JSON_KERNEL_PORTABLE,
		                       .threads = 1,
		                       .block_bytes = source->bytes.n + 64 };
	struct json_scan        *first = json_scan_new(arena, &o);
	struct document         *doc;

	for (int kernel = JSON_KERNEL_PORTABLE; kernel <= JSON_KERNEL_AVX512; kernel++) {
		struct json_scan *other;

		if (!json_kernel_available((enum json_kernel)kernel))
			continue;
		o = (struct json_scan_options){ .kernel = kernel, .block_bytes = 64, .threads = 1 };
		other = json_scan_new(arena, &o);
		events_look_ahead = kernel % 2;
		for (int way = WALK; way < WAYS; way++)
			if (!str_eq(outcome(other, arena, source->bytes, way),
			            outcome(first, arena, source->bytes, way)))
				abort();
	}
	events_look_ahead = false;
	doc = json_tree_read(arena, source, diags);
	if (doc && !doc->next && !diags->errors && !is_strict(first, source->bytes))
		abort();
}
