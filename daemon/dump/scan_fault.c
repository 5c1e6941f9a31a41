/* What the scanner found wrong, as a finding at its place. */
#include "dump/foreign.h"

static struct str found_text(struct dump_reader *r, const struct json_error *e)
{
	if (e->fault != JSON_SYNTAX)
		return str_c(json_fault_text(e->fault));
	return str_fmt(r->scratch, "expected %s", e->expected);
}

void scan_fault_add(struct dump_reader *r, const struct json_error *e)
{
	struct json_place place = { e->offset, e->line, e->column };
	struct pos        pos = tell_place(r, &place, 0);
	struct diag      *d;

	switch (e->fault) {
	case JSON_READ:
		diag_add(r->diags, CO_CANNOT_READ, POS_NONE,
		         ARGS(r->source->name, str_copy(r->scratch, str_c(strerror(e->error_number)))));
		return;
	case JSON_EMPTY:
		foreign_tell(r, CO_DUMP_EMPTY, STR_ABSENT,
		             "the command that made it may have failed: look at its standard error");
		return;
	case JSON_TRUNCATED:
		d = diag_add(r->diags, CO_DUMP_TRUNCATED, pos,
		             ARGS(str_fmt(r->scratch, "%llu", (unsigned long long)e->offset)));
		diag_help(r->diags, d, "take the dump again; istioctl gives up after --kubeclient-timeout (15s)",
		          NO_ARGS);
		return;
	case JSON_TRAILING:
		d = diag_add(r->diags, CO_DUMP_TRAILING, pos, NO_ARGS);
		diag_help(r->diags, d,
		          "give each dump as a file of its own, without what a command says beside it (no `2>&1`); "
		          "NAME=FILE joins the files of one proxy",
		          NO_ARGS);
		return;
	case JSON_GZIP:
		diag_add(r->diags, CO_DUMP_GZIP, pos, NO_ARGS);
		return;
	case JSON_TOO_LARGE:
		diag_add(r->diags, CO_DUMP_TOO_LARGE, pos, ARGS(str_from_uint(r->scratch, r->cap)));
		return;
	default:
		diag_add(r->diags, CO_DUMP_SYNTAX, pos, ARGS(found_text(r, e), str_c(e->near)));
		return;
	}
}
