#include "serve/upkeep/extracting.h"

#include "base/arena.h"
#include "base/limits.h"
#include "serve/documents/extract.h"
#include "serve/process/log.h"
#include "serve/service/service.h"

enum { AT_ONCE = 64 };

/* One step: some manifests, each in one transaction of its own, so that requests go on beside it. */
struct extracting {
	struct service  *service;
	struct settings *settings;
	struct arena    *arena, *scratch;
	uint64_t         done;
	size_t           failed; /* these come first in each list, so they are passed over */
	bool             more;
};

/* Alone: claims and hosts are those of one manifest, whoever shares them. */
static bool extract_one(struct extracting *e, const struct store_manifest *m, struct diags *diags)
{
	struct documents         d = { .arena = e->arena, .scratch = e->scratch };
	struct documents_options options = { .settings = e->settings, .namespace = m->namespace };
	enum store_outcome       outcome;
	struct extract           extract;

	if (!documents_load(&d, source_from_bytes(e->arena, m->name, m->document), &options) ||
	    d.inputs.n_manifests != 1)
		return false;
	extract = extract_build(&d, d.inputs.manifests[0]);
	return store_extract(e->service->store, e->arena,
	                     &(struct store_extraction){ m->namespace, m->name, m->revision, extract.hosts,
	                                                 extract.n_hosts, extract.claims, extract.n_claims },
	                     &outcome, diags);
}

static void extract_some(void *ctx)
{
	struct extracting *e = ctx;
	struct store_page  page = { .limit = e->failed + AT_ONCE, .documents = true };
	struct store_list  list;
	struct diags       diags;

	e->more = false;
	arena_share_run(e->scratch, e->arena);
	diags_init(&diags, e->arena);
	if (!store_outdated(e->service->store, e->arena, &page, &list, &diags)) {
		log_findings(&diags, e->arena);
		return;
	}
	e->more = list.n > e->failed && page.limit < LIMIT_STORE_PAGE;
	for (size_t i = e->failed, failed = 0; i < list.n; i++, e->failed += failed, failed = 0) {
		if (extract_one(e, &list.items[i], &diags))
			e->done++;
		else
			failed = 1;
	}
	log_findings(&diags, e->arena);
}

static void tell(const struct extracting *e, struct arena *arena)
{
	if (e->done)
		log_event(LOG_INFO, "host registry brought up to date",
		          LOG_VALUES({ "manifests", str_from_uint(arena, e->done) }));
	if (e->failed)
		log_event(LOG_WARNING, "stored manifests that are refused now keep their old rows in the host registry",
		          LOG_VALUES({ "manifests", str_from_uint(arena, e->failed) }));
}

void extracting_run(struct service *service, bool (*is_over)(void *ctx), void *ctx)
{
	struct extracting e = { .service = service,
		                .arena = arena_new(LIMIT_REQUEST_MEMORY_BYTES),
		                .scratch = arena_new(LIMIT_REQUEST_MEMORY_BYTES),
		                .more = true };
	struct arena_mark start, scratch_start;

	if (e.arena && e.scratch) {
		start = arena_mark(e.arena);
		scratch_start = arena_mark(e.scratch);
		e.settings = settings_take(service);
		store_extractor_set(service->store, e.settings->extractor);
		while (e.more && !is_over(ctx) && arena_run(e.arena, extract_some, &e)) {
			arena_reset(e.scratch, scratch_start);
			arena_reset(e.arena, start);
		}
		tell(&e, e.arena);
		settings_give(e.settings);
	}
	arena_free(e.scratch);
	arena_free(e.arena);
}
