#include "live/live_patches.h"
#include "verify/explaining.h"

void explain_say(struct explaining *x, enum diag_code code, bool certain, struct pos pos, struct str message,
                 struct str remedy)
{
	if (!certain && x->proven)
		return;
	x->proven = x->proven || certain;
	reason_remedy(reason_add(x->j, code, certain, pos, message), remedy);
}

void explain_against(struct explaining *x, enum diag_code code, struct pos pos, struct str message)
{
	struct reason *r = ARENA_NEW(x->j->arena, struct reason);

	*r = (struct reason){ .code = code, .certain = true, .message = message, .pos = pos };
	*x->last_against = r;
	x->last_against = &r->next;
}

enum cluster_kind explain_kind(const struct explaining *x)
{
	return x->j->expected->kind;
}

bool explain_from_service(const struct explaining *x)
{
	return explain_kind(x) == CLUSTER_SERVICE_ENTRY || explain_kind(x) == CLUSTER_SERVICE;
}

struct str explain_proxy_type(const struct explaining *x)
{
	if (x->node && str_present(x->node->type))
		return x->node->type;
	return live_proxy_type(x->manifest->spec->target);
}

struct str explain_namespace(const struct explaining *x)
{
	if (x->node && str_present(x->node->namespace))
		return x->node->namespace;
	return manifest_proxies_namespace(x->manifest);
}

struct str explain_object_text(const struct explaining *x, const struct node *object)
{
	return X(x, live_object_namespace(object), STR("/"), live_object_name(object));
}

struct pos explain_object_pos(const struct node *object)
{
	return node_pos(node_get(object, "spec"));
}

bool explain_exports_by_default(const struct explaining *x, const struct node *object)
{
	return live_list_exports(node_get(x->mesh_config, "defaultServiceExportTo"), object, x->namespace);
}

bool explain_exported(const struct explaining *x, const struct node *object)
{
	const struct node *list = node_get(node_get(object, "spec"), "exportTo");

	return list && list->count ? live_list_exports(list, object, x->namespace)
	                           : explain_exports_by_default(x, object);
}
