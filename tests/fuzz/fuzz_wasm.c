/* Any bytes as a module, or as gzip or tar around one: from memory and as a stream both give the same verdict, and every finding can be
 * written. */
#include <stdlib.h>

#include "fuzz.h"
#include "report/modules.h"
#include "wasm/wasm_box.h"

static ssize_t read_a_little(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	struct str rest = str_slice(in->bytes, (size_t)offset, in->bytes.n);

	n = rest.n < n ? rest.n : n;
	n = n > 7 ? 7 : n;
	memcpy(p, rest.p, n);
	return (ssize_t)n;
}

static const struct wasm_verdict *judge(struct arena *arena, struct str bytes, bool stream, struct wasm_box *box)
{
	static const struct str          names[] = { STR_INIT("outbound|443||auth.example.com"), STR_INIT("cluster") };
	static const struct str          hosts[] = { STR_INIT("auth.example.com") };
	static const struct names_sought sought = { names, 2, hosts, 1 };
	const struct wasm_options        options = { .max_bytes = LIMIT_MODULE_BYTES,
		                                     .max_code_bytes = LIMIT_CODE_BYTES,
		                                     .names = name_search_new(arena, &sought) };

	*box = (struct wasm_box){ 0 };
	wasm_input_bytes(&box->file, bytes);
	if (stream) {
		box->file.read = read_a_little;
		box->file.seekable = false;
		box->file.size = WASM_SIZE_UNKNOWN;
	}
	wasm_box_open(arena, box);
	return wasm_check(arena, wasm_box_read(arena, box, &options), NULL);
}

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct wasm_box            box, other;
	const struct wasm_verdict *v = judge(arena, source->bytes, false, &box),
				  *streamed = judge(arena, source->bytes, true, &other);
	struct module_report report = { .name = source->name, .verdict = v, .question.asked = ENVOY_ALL };
	struct json_writer   w;
	struct buf           b;

	if (v->loads != streamed->loads || v->crashes != streamed->crashes || !str_eq(box.kinds, other.kinds) ||
	    box.fault != other.fault)
		abort();
	wasm_findings(v, &report.question, pos_at(source, 0, 0), diags);
	wasm_box_finding(&box, pos_at(source, 0, 0), diags);
	buf_init(&b, arena, 512 * MIB);
	json_writer_init(&w, &b, 0);
	module_write_json(&w, &report, true);
	module_write_text(&b, &report);
	module_write_matrix(&b, &report);
}
