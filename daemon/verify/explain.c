/* Why is there no cluster? The decisions of istiod itself (istio pilot/pkg/networking/core/cluster.go, waypoint.go,
 * pilot/pkg/model/push_context.go, sidecar.go), in the order of explain_missing. What the dump or the live objects prove is
 * certain; what they leave open is possible. */
#include "live/live_scope.h"
#include "verify/explaining.h"

/* ---- nothing came, or it was refused ---- */

static void explain_sent(struct explaining *x)
{
	const struct proxy_part    *intention = x->j->proxy->intention;
	const struct proxy_cluster *sent = intention ? intention->clusters[x->j->want] : NULL;

	if (sent)
		explain_say(x, CO_WHY_REFUSED, true, sent->pos,
		            STR("istiod would send it, and the proxy does not have it: Envoy refused it, or all of "
		                "that update, or has not got it yet"),
		            STR("look at `istioctl proxy-status`, and add the proxy's /stats to the dumps"));
	else if (intention && intention->has_dynamic)
		explain_against(x, CO_WHY_REFUSED, POS_NONE, STR("istiod would not send it either"));
}

static void nothing_came(struct explaining *x)
{
	const struct proxy_part *list = x->j->proxy->list;

	if (list->configs && !list->has_dynamic && !list->has_cds_builtin && !list->camel)
		explain_say(x, CO_WHY_REFUSED, false, POS_NONE,
		            STR("the proxy has no cluster at all from istiod: it is not connected, or refused the "
		                "whole update"),
		            STR("look at `istioctl proxy-status`, and add the proxy's /stats to the dumps"));
}

/* A dump without the bootstrap was requested section by section, and the warming clusters may not be among the sections.
 * istiod's own dump never knows what is warming. */
static void may_warm(struct explaining *x)
{
	const struct proxy_state *p = x->j->proxy;

	if (p->list->configs && p->list->kinds & DUMP_NODE)
		explain_against(x, CO_WHY_WARMING, POS_NONE, STR("the dump would show it among those that warm"));
	else if (!(p->stats && p->stats->warming == 0) && !part_is_intention(p->list))
		explain_say(x, CO_WHY_WARMING, false, p->stats ? p->stats->stats_pos : POS_NONE,
		            p->stats ? STR("the proxy has warming clusters, which this list does not show")
		                     : STR("it may be warming, which this list does not show"),
		            STR("istioctl proxy-config all -o json shows warming clusters"));
}

/* ---- the name ---- */

static void other_port(struct explaining *x, const struct near_name *n)
{
	struct cluster_name met = cluster_name_parse(n->name);
	struct str          port = str_from_uint(x->j->arena, met.port);
	bool                dialled = explain_kind(x) == CLUSTER_SERVICE && met.port != x->name.port;

	explain_say(x, CO_WHY_PORT, dialled, n->pos,
	            X(x, STR("the host is there on port "), port, STR(": "), n->name,
	              STR(" (a cluster is named by the port of the service, not by the port that is dialled)")),
	            X(x, STR("write `port: "), port, STR("` if that is the service's port")));
}

static void other_spelling(struct explaining *x, const struct near_name *n)
{
	static const char *const how[] = {
		[NEAR_CASE] = "the same host in other letter case is there: ",
		[NEAR_DOT] = "the same host with or without its final dot is there: ",
		[NEAR_DOMAIN] = "a host that begins alike is there: ",
		[NEAR_EDITS] = "a host that is spelled almost alike is there: ",
	};

	explain_say(x, CO_WHY_SPELLING, n->kind == NEAR_CASE || n->kind == NEAR_DOT, n->pos,
	            X(x, str_c(how[n->kind]), n->name), STR_ABSENT);
}

static void explain_name(struct explaining *x)
{
	const struct near_name *n = x->j->near;

	for (unsigned i = 0; n && i < KEPT_NEAR && str_present(n[i].name); i++) {
		if (n[i].kind == NEAR_PORT)
			other_port(x, &n[i]);
		else if (n[i].kind >= NEAR_CASE && i == 0)
			other_spelling(x, &n[i]);
	}
}

/* ---- clusters that others make ---- */

static void explain_existing(struct explaining *x)
{
	if (explain_kind(x) == CLUSTER_EXISTING)
		explain_say(x, CO_WHY_NOT_APPLIED, false, POS_NONE,
		            STR("the manifest expects it to be there already (`cluster:`), so no object that generate "
		                "prints makes it"),
		            STR("compare the name with `istioctl proxy-config cluster`"));
}

/* The objects are as they should be: what remains is the way from them to the proxy. */
static void explain_the_way(struct explaining *x)
{
	const struct proxy_state *p = x->j->proxy;

	if (p->stats)
		explain_against(x, CO_WHY_REFUSED, p->stats->stats_pos,
		                STR("Envoy refused no update of clusters since it started"));
	if (x->live && !x->proven && !x->j->verdict->reasons)
		explain_say(x, CO_WHY_REFUSED, false, POS_NONE,
		            STR("the live objects should give the proxy this cluster: istiod has not read them, or the "
		                "proxy has not taken what it sent"),
		            STR("look at `istioctl proxy-status` and at istiod's log"));
}

/* What is certain whatever else holds comes first, then a name that is not quite right, then the objects on the way from the
 * host to the proxy. */
void explain_missing(struct judging *j)
{
	static void (*const steps[])(struct explaining *) = {
		explain_sent,    explain_removed,   explain_owner,    explain_name,         explain_subset,
		explain_service, explain_discovery, explain_applied,  explain_revision,     explain_export,
		explain_sidecar, explain_endpoints, explain_filtered, explain_envoy_filter, explain_existing,
		nothing_came,    may_warm,          explain_the_way,
	};
	struct explaining x = { .j = j,
		                .manifest = j->item->manifest,
		                .live = j->v->has_live ? j->v->live : NULL,
		                .node = j->proxy->node,
		                .last_against = &j->verdict->against,
		                .name = cluster_name_parse(j->expected->name) };

	x.namespace = explain_namespace(&x);
	x.service_namespace = j->expected->kind == CLUSTER_SERVICE ? j->upstream->service->namespace
	                                                           : x.manifest->metadata->namespace;
	if (x.live)
		x.mesh_config = live_mesh_config(x.live, j->v->mesh->spec->root_namespace,
		                                 x.node ? x.node->revision : STR_ABSENT);
	explain_find_entry(&x);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		steps[i](&x);
}
