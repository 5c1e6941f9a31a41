#include "report/passed.h"

#include <stdlib.h>

#include "base/arena.h"
#include "manifest/manifest.h"
#include "report/places.h"
#include "verify/verdict.h"

struct passing {
	struct arena        *arena;
	const struct report *report;
	struct passed       *first, **last;
};

bool report_fails_by(const struct report *report, const struct diag *d)
{
	return d->level == DIAG_ERROR || (report->warnings_fail && d->level == DIAG_WARNING);
}

static void pass(struct passing *p, const struct source *source, struct str name)
{
	struct passed *one = ARENA_NEW(p->arena, struct passed);

	*one = (struct passed){ .source = source, .name = name };
	*p->last = one;
	p->last = &one->next;
}

/* ---- verdicts ---- */

static struct str test_name(struct passing *p, const struct manifest *m, struct str what, struct str proxy)
{
	return STR_CONCAT(p->arena, manifest_id(p->arena, m), STR(": "), what, STR(" in "), proxy);
}

static void pass_verdicts(struct passing *p, const struct verification *v)
{
	for (const struct cluster_verdict *c = v->clusters; c; c = c->next)
		if (c->verdict == VERDICT_RESOLVED && !(c->conditional && p->report->warnings_fail))
			pass(p, node_source(c->manifest->node),
			     test_name(p, c->manifest, c->expected->upstream->name, c->proxy->name));
	for (const struct plugin_row *row = v->plugins; row; row = row->next)
		if (row->verdict == PLUGIN_PRESENT)
			pass(p, node_source(row->manifest->node),
			     test_name(p, row->manifest, STR("the filter"), row->proxy->name));
}

/* ---- documents ---- */

/* A document and where it begins; it goes on until the next one of its file. */
struct extent {
	const struct source   *source;
	size_t                 offset;
	const struct manifest *manifest; /* NULL: a Mesh */
	bool                   failed;
};

static int compare_extents(const void *x, const void *y)
{
	const struct extent *a = x, *b = y;

	if (a->source != b->source)
		return (uintptr_t)a->source < (uintptr_t)b->source ? -1 : 1;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

static struct extent *extents_of(struct arena *arena, const struct inputs *inputs, size_t *ret_n)
{
	struct extent *list = ARENA_ARRAY(arena, inputs->n_manifests + inputs->n_meshes + 1, struct extent);
	size_t         n = 0;

	for (size_t i = 0; i < inputs->n_manifests; i++) {
		struct pos pos = node_pos(inputs->manifests[i]->node);

		list[n++] = (struct extent){ pos.source, pos.offset, inputs->manifests[i], false };
	}
	for (size_t i = 0; i < inputs->n_meshes; i++) {
		struct pos pos = node_pos(inputs->meshes[i]->node);

		list[n++] = (struct extent){ pos.source, pos.offset, NULL, false };
	}
	if (n)
		qsort(list, n, sizeof(*list), compare_extents);
	*ret_n = n;
	return list;
}

/* The document that a place belongs to: the last one that begins at or before it. NULL: none does. */
static struct extent *extent_at(struct extent *list, size_t n, const struct pos *pos)
{
	struct extent wanted = { .source = pos->source, .offset = pos->offset };
	size_t        low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_extents(&list[middle], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && list[low - 1].source == pos->source ? &list[low - 1] : NULL;
}

static void pass_manifests(struct passing *p, const struct inputs *inputs, const struct diag *const *sorted)
{
	size_t         n;
	struct extent *list = extents_of(p->arena, inputs, &n);

	for (size_t i = 0; i < p->report->diags->n; i++) {
		struct extent *e = extent_at(list, n, &sorted[i]->pos);

		if (e && report_fails_by(p->report, sorted[i]))
			e->failed = true;
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].manifest && list[i].manifest->metadata && !list[i].failed)
			pass(p, list[i].source, manifest_id(p->arena, list[i].manifest));
}

struct passed *passed_tests(struct arena *arena, const struct report *report, const struct diag *const *sorted)
{
	struct passing p = { .arena = arena, .report = report };

	p.last = &p.first;
	if (report->verification)
		pass_verdicts(&p, report->verification);
	else if (report->inputs)
		pass_manifests(&p, report->inputs, sorted);
	return p.first;
}
