/* generation.h - all manifests of a run or a request: judged, planned and rendered together.
 *
 * The faces (command line, daemon) bring documents and a mesh and take findings and objects; what lies between is the
 * same for each of them, so the same input gives the same bytes. Nothing here reads or writes a file.
 */
#ifndef CALLOUT_RENDER_GENERATION_H
#define CALLOUT_RENDER_GENERATION_H

#include "plan/live_objects.h"
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
	/* Keeps the plans of generation_check for generation_render, for as many manifests as are few: faster, and the
	 * scratch arena must be left alone between the two. */
	bool                keep_plans;
	const struct plan **plans; /* NULL, or one for each of the inputs */
	struct neighbours   neighbours;
	struct diags       *diags;
};

/* Rules of each manifest and between them. False: errors were added, now or earlier. */
bool generation_judge(struct generation *);

/* The first pass: plans and checks everything and keeps nothing; warns when nothing comes of it. named, which may be
 * NULL, is told of each object; it lives until named returns. False: errors were added. */
bool generation_check(struct generation *, void (*named)(void *ctx, const struct resource *), void *ctx);

/* The second pass: clusters of every manifest, then filters of every manifest, in an order that does not depend on the
 * input's. Only after generation_check said true. False: the sink refused. */
bool generation_render(struct generation *, const struct document_sink *);

#endif
