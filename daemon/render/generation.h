/* generation.h - all manifests of a run or a request: judged, planned and rendered together.
 *
 * The front ends (command line, KRM function, daemon) bring documents and a mesh, and take findings and objects. What
 * lies between is the same for all of them, so the same input gives the same bytes. Nothing here reads or writes a
 * file.
 */
#ifndef CALLOUT_RENDER_GENERATION_H
#define CALLOUT_RENDER_GENERATION_H

#include "live/live_objects.h"
#include "render/object_writer.h"
#include "render/render.h"

struct generation {
	struct arena              *arena;
	struct arena              *scratch; /* emptied after each manifest */
	struct inputs             *inputs;  /* sorted by generation_judge */
	const struct mesh         *mesh;
	const struct live_objects *live;      /* NULL: none are known */
	const struct templates    *templates; /* needed by generation_check and generation_render */
	const struct manifest *only; /* NULL: all; else only this one of the inputs is checked, rendered and listed */
	/* If there are only a few manifests, keep the plans of generation_check for generation_render, which is faster.
	 * The scratch arena must not be reset between the two then. */
	bool                keep_plans;
	const struct plan **plans; /* NULL, or one for each of the inputs */
	struct neighbours   neighbours;
	struct diags       *diags;
};

/* Checks each manifest, and all of them together. False: errors were added, now or earlier. */
bool generation_judge(struct generation *);

/* The first pass: plans and checks everything, keeps nothing, and warns if there is nothing to generate. named (may be
 * NULL) is called for each object, which lives until it returns. False: errors were added. */
bool generation_check(struct generation *, void (*named)(void *ctx, const struct resource *), void *ctx);

/* A warning where none of the manifests that are wanted has an upstream or, if asked, a filter, so there is nothing to
 * `verb`: an input that holds nothing would pass for an answer. */
void generation_note_nothing(struct generation *, const char *verb, bool filters_too);

/* The second pass: the clusters of all manifests, then the filters of all manifests, in an order that does not depend
 * on that of the input. Only after generation_check returned true. False: the sink refused. */
bool generation_render(struct generation *, const struct document_sink *);

#endif
