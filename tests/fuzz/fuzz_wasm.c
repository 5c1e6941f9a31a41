/* Any bytes as a module: from memory and as a stream both give the same verdict, and every finding can be written. */
#include <stdlib.h>

#include "fuzz.h"
#include "report/modules.h"

static ssize_t read_a_little(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	struct str rest = str_slice(in->bytes, (size_t)offset, in->bytes.n);

	n = rest.n < n ? rest.n : n;
	n = n > 7 ? 7 : n;
	memcpy(p, rest.p, n);
	return (ssize_t)n;
}

static const struct wasm_verdict *judge(struct arena *arena, struct str bytes, bool stream)
{
	static const struct str          names[] = { STR_INIT("outbound|443||auth.example.com"), STR_INIT("cluster") };
	static const struct str          hosts[] = { STR_INIT("auth.example.com") };
	static const struct names_sought sought = { names, 2, hosts, 1 };
	const struct wasm_options        options = { .max_bytes = LIMIT_MODULE_BYTES,
		                                     .max_code_bytes = LIMIT_CODE_BYTES,
		                                     .names = name_search_new(arena, &sought) };
	struct wasm_input                input;

	wasm_input_bytes(&input, bytes);
	if (stream) {
		input.read = read_a_little;
		input.seekable = false;
		input.size = WASM_SIZE_UNKNOWN;
	}
	return wasm_check(arena, wasm_module_read(arena, &input, &options), NULL);
}

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	const struct wasm_verdict *v = judge(arena, source->bytes, false),
				  *streamed = judge(arena, source->bytes, true);
	struct module_report report = { .name = source->name, .verdict = v, .question.asked = ENVOY_ALL };
	struct json_writer   w;
	struct buf           b;

	if (v->loads != streamed->loads || v->crashes != streamed->crashes)
		abort();
	wasm_findings(v, &report.question, pos_at(source, 0, 0), diags);
	buf_init(&b, arena, 512 * MIB);
	json_writer_init(&w, &b, 0);
	module_write_json(&w, &report, true);
	module_write_text(&b, &report);
	module_write_matrix(&b, &report);
}
