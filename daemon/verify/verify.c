#include "verify/verify.h"

#include "verify/judging.h"

/* ---- preparing ---- */

struct verify_item verify_item_new(struct arena *arena, const struct plan *plan, struct dump_wants *wants)
{
	const struct metadata *meta = plan->manifest->metadata;
	struct verify_item     item = { .manifest = plan->manifest, .plan = plan };

	item.wants = ARENA_ARRAY(arena, plan->n_expected + 1, size_t);
	for (size_t i = 0; i < plan->n_expected; i++)
		item.wants[i] = dump_wants_cluster(wants, plan->expected[i].name);
	if (plan->manifest->spec->filter)
		item.plugin = dump_wants_plugin(wants, meta->namespace, meta->name);
	return item;
}

/* ---- reasons ---- */

static void sort_reasons(struct cluster_verdict *v)
{
	struct reason *certain = NULL, *possible = NULL, **c = &certain, **p = &possible;

	for (struct reason *r = v->reasons, *next; r; r = next) {
		next = r->next;
		r->next = NULL;
		if (r->certain) {
			*c = r;
			c = &r->next;
		} else {
			*p = r;
			p = &r->next;
		}
	}
	*c = possible;
	v->reasons = certain;
}

/* ---- one cluster in one proxy ---- */

static enum verdict judge_active(struct judging *j)
{
	bool uncallable, insecure, other, unconnected;

	if (j->cluster->refused) {
		reason_add(j, CO_WHY_REFUSED, true, j->cluster->pos,
		           TEXT(j, STR("Envoy refused its last update and keeps an older one: "),
		                str_present(j->cluster->refusal) ? j->cluster->refusal : STR("it does not say why")));
		return VERDICT_REJECTED;
	}
	uncallable = judge_callable(j);
	insecure = judge_sockets(j);
	other = !uncallable && !insecure && judge_same(j);
	unconnected = judge_connections(j);
	if (insecure && !uncallable)
		return VERDICT_INSECURE;
	if (other)
		return VERDICT_MISMATCHED;
	if (uncallable || unconnected)
		return VERDICT_UNCALLABLE;
	if (str_present(j->verdict->unknown_why))
		return VERDICT_UNKNOWN;
	judge_statistics(j);
	return VERDICT_RESOLVED;
}

static enum verdict judge_refused(struct judging *j)
{
	reason_add(j, CO_WHY_REFUSED, true, j->cluster->pos,
	           TEXT(j, STR("Envoy says: "),
	                str_present(j->cluster->refusal) ? j->cluster->refusal : STR("nothing")));
	return VERDICT_REJECTED;
}

/* What only statistics and istiod tell: the cluster is absent because Envoy did not take it. */
static bool was_refused(struct judging *j)
{
	const struct proxy_state *p = j->proxy;

	if (p->stats && p->stats->cds_rejected) {
		reason_add(j, CO_WHY_REFUSED, false, p->stats->stats_pos,
		           str_fmt(j->arena,
		                   "Envoy refused %llu updates of clusters: cluster_manager.cds.update_rejected",
		                   (unsigned long long)p->stats->cds_rejected));
		return true;
	}
	if (p->sync && str_present(p->sync->clusters.error)) {
		reason_add(j, CO_WHY_REFUSED, true, p->sync->pos,
		           TEXT(j, STR("Envoy told istiod: "), p->sync->clusters.error));
		return true;
	}
	if (p->sync && !p->sync->clusters.acked) {
		reason_add(j, CO_WHY_REFUSED, false, p->sync->pos,
		           STR("the proxy has not taken the clusters that istiod sent last"));
		return true;
	}
	return false;
}

static enum verdict unknown(struct judging *j, struct str why)
{
	j->verdict->unknown_why = why;
	return VERDICT_UNKNOWN;
}

static enum verdict judge_without_list(struct judging *j)
{
	const struct proxy_endpoints *e = j->endpoints;

	j->verdict->remedy =
		STR("add `istioctl proxy-config cluster -o json` of the same proxy, both files as NAME=FILE, or take "
	            "`istioctl proxy-config all -o json`");
	if (e && e->n)
		return unknown(j, str_fmt(j->arena, "its hosts were seen (%zu), but no list of clusters", e->n));
	return unknown(j, STR("no list of its clusters was given"));
}

/* It may well be there, whatever else was refused. */
static enum verdict judge_in_part_of_list(struct judging *j)
{
	if (j->proxy->list->maybe_filtered)
		return unknown(
			j, STR("the list of clusters may not be whole: its names have letters in common, as those have "
		               "that istioctl's --fqdn, --subset and --direction leave"));
	return unknown(j, STR("the list of clusters is not whole: it lacks those that every proxy has"));
}

static enum verdict judge_absent(struct judging *j)
{
	if (!j->proxy->list)
		return judge_without_list(j);
	if (!j->proxy->list->whole)
		return judge_in_part_of_list(j);
	if (was_refused(j))
		return VERDICT_REJECTED;
	explain_missing(j);
	return VERDICT_MISSING;
}

/* Envoy waits for the first answer, whatever it is; for endpoints and secrets Istio lets it wait without end (initial_fetch_timeout). */
static enum verdict judge_warming(struct judging *j)
{
	j->verdict->remedy =
		j->cluster->type == CLUSTER_EDS
			? STR("wait with --wait; if it stays, istiod has not sent its endpoints: look at `istioctl "
	                      "proxy-status`")
		: cluster_is_dns(j->cluster)
			? STR("wait with --wait; if it stays, the proxy gets no answer from DNS")
			: STR("wait with --wait; if it stays, look at its health checks and at secrets");
	judge_secrets(j);
	return VERDICT_PENDING;
}

static enum verdict judge(struct judging *j)
{
	if (!j->cluster)
		return judge_absent(j);
	if (j->cluster->masked)
		return unknown(j, STR("it is there, but this answer of /config_dump?resource=… was masked, so parts of "
		                      "it may be left out"));
	if (j->cluster->active)
		return judge_active(j);
	if (j->cluster->refused)
		return judge_refused(j);
	return judge_warming(j);
}

static const struct near_name *near_of(const struct proxy_state *proxy, size_t want)
{
	return proxy->list ? proxy->list->near[want] : NULL;
}

static void keep_near(struct judging *j)
{
	struct cluster_verdict *v = j->verdict;

	if (!j->near || j->cluster)
		return;
	v->near = ARENA_ARRAY(j->arena, KEPT_NEAR, struct str);
	while (v->n_near < KEPT_NEAR && str_present(j->near[v->n_near].name)) {
		v->near[v->n_near] = j->near[v->n_near].name;
		v->n_near++;
	}
}

static void judge_cluster(struct verification *v, const struct verify_item *item, size_t i,
                          const struct proxy_state *proxy)
{
	struct cluster_verdict *row = ARENA_NEW(v->arena, struct cluster_verdict);
	struct judging          j = {
			 .v = v, .arena = v->arena, .item = item, .expected = &item->plan->expected[i], .proxy = proxy
	};

	j.upstream = j.expected->upstream;
	j.want = item->wants[i];
	judging_turn(&j, j.want);
	j.near = near_of(proxy, j.want);
	j.verdict = row;
	j.last = &row->reasons;
	row->manifest = item->manifest;
	row->expected = j.expected;
	row->proxy = proxy;
	row->pos = j.cluster ? j.cluster->pos : POS_NONE;
	row->verdict = judge(&j);
	keep_near(&j);
	sort_reasons(row);
	*v->last_cluster = row;
	v->last_cluster = &row->next;
	v->counts[row->verdict]++;
}

/* ---- one manifest in one proxy ---- */

enum { LEFT_OUT_SHOWN = 3 };

void verify_plan(struct verification *v, struct verify_item *item, const struct proxy_state *proxy)
{
	struct str remedy, difference = target_difference(v->arena, item->manifest, v->mesh, proxy->node, &remedy);
	struct off_target *off;

	if (str_present(difference) && v->only_matching && item->n_left_out++ >= LEFT_OUT_SHOWN)
		return;
	if (str_present(difference)) {
		off = ARENA_NEW(v->arena, struct off_target);
		*off = (struct off_target){
			.manifest = item->manifest, .proxy = proxy, .why = difference, .remedy = remedy
		};
		if (v->only_matching) {
			off->next = item->left_out;
			item->left_out = off;
			return;
		}
		*v->last_off_target = off;
		v->last_off_target = &off->next;
	}
	item->matched++;
	for (size_t i = 0; i < item->plan->n_expected; i++)
		judge_cluster(v, item, i, proxy);
	plugin_judge(v, item, proxy);
}
