/* Findings on proxies: those that no manifest is for, and what their dumps tell of themselves. */
#include "verify/findings.h"

enum { PROXIES_SHOWN = 3 };

/* One finding for each manifest: with many manifests most proxies are of others. */
static void add_off_target(struct verification *v, const struct off_target *first, const struct off_target *const *all,
                           size_t n, size_t n_proxies, struct diags *diags)
{
	struct str  *names = ARENA_ARRAY(v->arena, n, struct str);
	struct diag *d;

	for (size_t i = 0; i < n; i++)
		names[i] = all[i]->proxy->name;
	d = diag_add(diags, CO_OTHER_TARGET, findings_line(first->manifest->node, "metadata"),
	             ARGS(manifest_id(v->arena, first->manifest), findings_proxies(v->arena, names, n, n_proxies),
	                  n == 1 ? STR("is no proxy") : STR("are no proxies"), first->why));
	for (size_t i = 0; i < n && i < PROXIES_SHOWN; i++) {
		if (!all[i]->proxy->node)
			continue;
		if (n == 1)
			diag_relate(diags, d, all[i]->proxy->node->pos, "its node is named here", NO_ARGS);
		else
			diag_relate(diags, d, all[i]->proxy->node->pos, "{}: {}",
			            ARGS(all[i]->proxy->name, all[i]->why));
	}
	if (str_present(first->remedy))
		diag_help_text(diags, d, first->remedy);
	else
		diag_help(diags, d, "--only-matching leaves such dumps out", NO_ARGS);
}

void proxy_findings_none(struct verification *v, const struct verify_item *item, struct diags *diags)
{
	struct diag *d = diag_add(diags, CO_NO_PROXY, findings_line(item->manifest->node, "metadata"),
	                          ARGS(manifest_id(v->arena, item->manifest)));
	struct str   remedy = STR_ABSENT;

	for (const struct off_target *o = item->left_out; o; o = o->next) {
		diag_relate(diags, d, o->proxy->node->pos, "{}: {}", ARGS(o->proxy->name, o->why));
		remedy = o->remedy;
	}
	if (str_present(remedy))
		diag_help_text(diags, d, remedy);
	else
		findings_help(diags, d, CO_NO_PROXY);
}

struct off_targets {
	const struct manifest    *manifest;
	const struct off_target **list;
	size_t                    n, cap;
};

/* Those of a manifest, among the proxies of all: by the order of the items, which is looked up once for each. */
void proxy_findings_targets(struct verification *v, const struct verify_item *items, size_t n_items, size_t n_proxies,
                            struct diags *diags)
{
	struct off_targets *of = ARENA_ARRAY(v->arena, n_items + 1, struct off_targets);
	size_t              at = 0;

	for (size_t i = 0; i < n_items; i++)
		of[i] = (struct off_targets){ .manifest = items[i].manifest };
	for (const struct off_target *o = n_items ? v->off_targets : NULL; o; o = o->next) {
		while (of[at].manifest != o->manifest) /* they come in the order of the items, proxy by proxy */
			at = at + 1 < n_items ? at + 1 : 0;
		of[at].list = ARENA_LIST(v->arena, of[at].list, of[at].n, &of[at].cap, const struct off_target *);
		of[at].list[of[at].n++] = o;
	}
	for (size_t i = 0; i < n_items; i++)
		if (of[i].n)
			add_off_target(v, of[i].list[0], of[i].list, of[i].n, n_proxies, diags);
}

static void note_extensions(const struct proxy_state *p, struct diags *diags, struct arena *arena)
{
	const struct proxy_sync *sync = p->sync;
	struct str               told = STR("");

	if (!p->wants->n_plugins || !sync || sync_state_is_well(&sync->plugins))
		return;
	if (str_present(sync->plugins.error))
		told = STR_CONCAT(arena, STR(": "), sync->plugins.error);
	findings_help(diags, diag_add(diags, CO_EXTENSIONS_NOT_TAKEN, sync->pos, ARGS(p->name, told)),
	              CO_EXTENSIONS_NOT_TAKEN);
}

void proxy_findings_notes(const struct proxy_state *p, bool refusal_told, struct diags *diags, struct arena *arena)
{
	struct diag *d;

	if (p->other_node) {
		d = diag_add(diags, CO_NODES_MIXED, p->node->pos, ARGS(p->name, p->other_node->id, p->node->id));
		diag_relate(diags, d, p->other_node->pos, "the other one is named here", NO_ARGS);
	}
	if (p->list && part_is_intention(p->list))
		findings_help(diags, diag_add(diags, CO_ISTIOD_VIEW, POS_NONE, ARGS(p->list->source->name)),
		              CO_ISTIOD_VIEW);
	if (p->told && !p->other_node) {
		d = diag_add(diags, CO_DUMPS_DISAGREE, POS_NONE,
		             ARGS(p->name, p->quarrel, p->told->source->name, p->denied->source->name));
		diag_help(diags, d, "give dumps of one moment; those of several moments as BEFORE=FILE AFTER=FILE",
		          NO_ARGS);
	}
	if (p->stats && p->stats->cds_rejected)
		findings_help(diags,
		              diag_add(diags, CO_UPDATES_REJECTED, p->stats->stats_pos,
		                       ARGS(p->name, str_from_uint(arena, p->stats->cds_rejected))),
		              CO_UPDATES_REJECTED);
	if (!refusal_told)
		note_extensions(p, diags, arena);
	if ((p->kinds & ~(unsigned)DUMP_OTHER) == 0)
		diag_add(diags, CO_DUMP_USELESS, pos_at(p->parts[0]->source, 0, 0), NO_ARGS);
}
