/* yaml_print - JSON documents on standard input, the same as YAML on standard output.
 *
 * For yaml_roundtrip.py, which reads the output with other people's YAML readers. Exit code 3: refused, findings on
 * standard error.
 */
#include <stdio.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "json/json_tree.h"
#include "render/yaml_writer.h"
#include "report/report.h"

struct run {
	struct arena *arena;
	int           status;
};

static bool print(struct arena *arena, struct diags *diags)
{
	const struct source *source = source_read(arena, STR("-"), LIMIT_INPUT_BYTES, diags);
	struct document     *doc = source ? json_tree_read(arena, source, diags) : NULL;
	struct buf           out;

	if (!doc)
		return false;
	buf_init(&out, arena, 1024 * MIB);
	for (; doc; doc = doc->next)
		yaml_write_document(&out, &doc->root);
	return !out.overflow && file_write_all(1, buf_str(&out));
}

static void body(void *ctx)
{
	struct run   *run = ctx;
	struct diags  diags;
	struct report report = { .command = STR("yaml_print"), .diags = &diags };
	struct buf    out;

	diags_init(&diags, run->arena);
	if (print(run->arena, &diags)) {
		run->status = 0;
		return;
	}
	buf_init(&out, run->arena, MIB);
	report_write(&out, report_format_find(STR("text")), &report);
	file_write_all(2, buf_str(&out));
	run->status = 3;
}

int main(void)
{
	struct run run = { arena_new(4096 * MIB), 4 };

	if (run.arena && !arena_run(run.arena, body, &run))
		fputs("out of memory\n", stderr);
	arena_free(run.arena);
	return run.status;
}
