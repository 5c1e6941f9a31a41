/* Text in lines, put together from the blocks it comes in. */
#include "dump/lines.h"

struct line_reader {
	struct dump_reader *reader;
	text_line_met      *met;
	void               *ctx;
	char                line[LIMIT_CLUSTER_NAME_BYTES];
	size_t              n;
	bool                cut;
	uint64_t            offset, start, number;
	struct json_place   bad; /* the first line that is none; line 0: there is none */
};

static void end_line(struct line_reader *l, bool ended)
{
	struct text_line line = { str_of(l->line, l->n), { l->start, l->number, 1 }, l->cut, ended };

	if (l->start == 0 && str_has_prefix(line.text, STR("\xef\xbb\xbf"))) /* as PowerShell writes UTF-8 */
		line.text = str_slice(line.text, 3, line.text.n);
	if (line.text.n && line.text.p[line.text.n - 1] == '\r')
		line.text.n--;
	if (line.text.n && !l->met(l->ctx, &line) && l->bad.line == 0)
		l->bad = line.place;
	l->n = 0;
	l->cut = false;
	l->number++;
}

static void take_block(struct line_reader *l, struct str block)
{
	for (size_t i = 0; i < block.n; i++, l->offset++) {
		if (block.p[i] == '\n') {
			end_line(l, true);
			l->start = l->offset + 1;
		} else if (l->n < sizeof(l->line)) {
			l->line[l->n++] = block.p[i];
		} else {
			l->cut = true;
		}
	}
}

static bool add_fault(struct dump_reader *r, const struct json_filled *filled, uint64_t offset)
{
	struct json_error e = {
		.fault = filled->fault, .offset = offset, .line = 1, .column = 1, .error_number = filled->error_number
	};

	scan_fault_add(r, &e);
	return false;
}

/* To the end, or as far as the cap. */
static bool read_blocks(struct line_reader *l, struct peek *in)
{
	struct dump_reader *r = l->reader;
	unsigned char       block[32 * 1024];
	struct json_source  source = { .inflate = r->inflate };
	struct json_filled  filled = { .n = sizeof(block) };
	struct json_input   input;
	uint64_t            cap = r->cap < LIMIT_STATS_BYTES ? r->cap : LIMIT_STATS_BYTES;

	peek_input(in, &input);
	json_source_open(&source, &input);
	while (filled.n == sizeof(block)) {
		json_source_fill(&source, block, sizeof(block), &filled);
		take_block(l, str_of((const char *)block, filled.n));
		r->bytes = l->offset;
		if (l->offset > cap) {
			diag_add(r->diags, CO_DUMP_TOO_LARGE, pos_at(r->source, 0, 0),
			         ARGS(str_from_uint(r->scratch, cap)));
			return false;
		}
		if (filled.fault != JSON_OK)
			return add_fault(r, &filled, l->offset);
	}
	if (l->n)
		end_line(l, false);
	return true;
}

bool lines_read(struct dump_reader *r, struct peek *in, const char *of, text_line_met *met, void *ctx)
{
	struct line_reader l = { .reader = r, .met = met, .ctx = ctx, .number = 1 };

	if (!read_blocks(&l, in))
		return false;
	if (l.bad.line == 0)
		return true;
	diag_add(r->diags, CO_DUMP_STATS_LINE, tell_place(r, &l.bad, 1), ARGS(str_c(of)));
	return false;
}
