#include "cli/dumps_beside.h"

#include <string.h>

void dumps_beside_note(struct dumps_beside *b, const char *what, const struct dump_file *file)
{
	size_t i = 0;

	while (i < b->n_kinds && strcmp(b->kinds[i].what, what) != 0)
		i++;
	if (b->n_files++ == 0)
		b->folder = file->folder;
	if (i == KEPT_KINDS_BESIDE)
		return;
	if (i == b->n_kinds) {
		b->kinds[i].what = what;
		b->kinds[i].first = file->path;
		b->n_kinds++;
	}
	b->kinds[i].n++;
}

void dumps_beside_add(struct run *run, const struct dumps_beside *b, bool has_dumps)
{
	struct diag *d;

	if (b->n_files == 0)
		return;
	if (has_dumps)
		d = diag_add(&run->diags, CO_DUMPS_BESIDE, POS_NONE, ARGS(str_from_uint(run->arena, b->n_files)));
	else
		d = diag_add(&run->diags, CO_DUMP_NONE, POS_NONE, ARGS(b->folder));
	for (size_t i = 0; i < b->n_kinds; i++)
		diag_relate(&run->diags, d, POS_NONE, "{} is {}{}",
		            ARGS(b->kinds[i].first, str_c(b->kinds[i].what),
		                 b->kinds[i].n == 1 ? STR("")
		                                    : str_fmt(run->arena, ", and %zu more are", b->kinds[i].n - 1)));
}
