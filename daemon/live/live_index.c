#include "live/live_index.h"

#include "base/arena.h"
#include "live/live_patches.h"

static struct str host_of(const void *item)
{
	return ((const struct live_host *)item)->host;
}

static struct live_host *host_at(struct arena *arena, struct live_objects *live, struct str host)
{
	struct live_host *found = hash_get(&live->by_host, host);

	if (!found) {
		found = ARENA_NEW(arena, struct live_host);
		found->host = host;
		hash_add(&live->by_host, found);
	}
	return found;
}

static struct str namespace_name(const void *item)
{
	return ((const struct live_namespace *)item)->name;
}

static struct live_namespace *namespace_of(struct arena *arena, struct live_objects *live, const struct node *object)
{
	struct str             name = live_object_namespace(object);
	struct live_namespace *found = hash_get(&live->by_namespace, name);

	if (!found) {
		found = ARENA_NEW(arena, struct live_namespace);
		found->name = name;
		hash_add(&live->by_namespace, found);
	}
	return found;
}

static void add(struct arena *arena, struct live_refs *refs, const struct node *object)
{
	if (refs->n && refs->items[refs->n - 1] == object) /* it names the host twice */
		return;
	refs->items = ARENA_LIST(arena, refs->items, refs->n, &refs->cap, const struct node *);
	refs->items[refs->n++] = object;
}

struct destinations {
	struct arena        *arena;
	struct live_objects *live;
	const struct node   *route;
	struct str           domain;
};

/* Under the name as it stands too: whoever asks for it may mean just that. */
static void add_destination(void *ctx, const struct node *destination)
{
	struct destinations *d = ctx;
	const struct node   *n = node_get(destination, "host");
	struct str           host = n && node_is_scalar(n) ? node_text(n) : STR_ABSENT, whole;

	if (!str_present(host))
		return;
	whole = live_whole_host(d->arena, host, live_object_namespace(d->route), d->domain);
	add(d->arena, &host_at(d->arena, d->live, host)->routes, d->route);
	if (!str_eq(whole, host))
		add(d->arena, &host_at(d->arena, d->live, whole)->routes, d->route);
}

static struct str answer_key(const void *answer)
{
	return ((const struct live_answer *)answer)->key;
}

/* Hosts of one namespace have a place of their own; nobody asks for a host with a slash. */
static struct str place_of(struct arena *arena, struct str namespace, struct str host)
{
	return STR_CONCAT(arena, namespace, STR("/"), host);
}

/* A rule with a selector is for its own namespace, whatever its exportTo. */
static bool is_local(const struct node *rule)
{
	return live_object_exported(rule, live_object_namespace(rule)) ||
	       node_get(node_get(rule, "spec"), "workloadSelector");
}

static void add_rule(struct arena *arena, struct live_objects *live, const struct node *rule, struct str cluster_domain)
{
	struct str host = live_rule_host(arena, rule, cluster_domain);

	if (!str_present(host))
		return;
	add(arena, &host_at(arena, live, host)->rules, rule);
	add(arena, &host_at(arena, live, place_of(arena, live_object_namespace(rule), host))->rules, rule);
	if (is_local(rule))
		add(arena, &host_at(arena, live, host)->local, rule);
}

static struct str cluster_name(const void *item)
{
	return ((const struct live_cluster *)item)->name;
}

static struct live_cluster *cluster_at(struct arena *arena, struct live_memory *memory, struct str name)
{
	struct live_cluster *found = hash_get(&memory->clusters, name);

	if (!found) {
		found = ARENA_NEW(arena, struct live_cluster);
		found->name = name;
		hash_add(&memory->clusters, found);
	}
	return found;
}

static void add_filter(struct arena *arena, struct live_objects *live, const struct node *filter)
{
	struct live_memory *memory = live->memory;

	if (live_patches_any(filter)) {
		add(arena, &memory->patchers, filter);
		add(arena, &namespace_of(arena, live, filter)->patchers, filter);
	}
	NODE_EACH (patch, node_get(node_get(filter, "spec"), "configPatches"))
		if (str_present(live_patch_added(patch)))
			add(arena, &cluster_at(arena, memory, live_patch_added(patch))->adders, filter);
}

void live_objects_index(struct arena *arena, struct live_objects *live, struct str cluster_domain)
{
	hash_init(&live->by_host, arena, host_of);
	hash_init(&live->by_namespace, arena, namespace_name);
	live->memory = ARENA_NEW(arena, struct live_memory);
	live->memory->arena = arena;
	hash_init(&live->memory->orders, arena, answer_key);
	hash_init(&live->memory->entries, arena, answer_key);
	hash_init(&live->memory->rules, arena, answer_key);
	hash_init(&live->memory->sidecars, arena, answer_key);
	hash_init(&live->memory->of_services, arena, answer_key);
	hash_init(&live->memory->clusters, arena, cluster_name);
	for (size_t i = 0; i < live->n_envoy_filters; i++)
		add_filter(arena, live, live->envoy_filters[i]);
	for (size_t i = 0; i < live->n_service_entries; i++)
		NODE_EACH (host, node_get(node_get(live->service_entries[i], "spec"), "hosts"))
			add(arena, &host_at(arena, live, node_text(host))->entries, live->service_entries[i]);
	for (size_t i = 0; i < live->n_destination_rules; i++)
		add_rule(arena, live, live->destination_rules[i], cluster_domain);
	for (size_t i = 0; i < live->n_sidecars; i++) {
		add(arena, &namespace_of(arena, live, live->sidecars[i])->sidecars, live->sidecars[i]);
		live->memory->sidecars_select = live->memory->sidecars_select || live_sidecar_labels(live->sidecars[i]);
	}
	for (size_t i = 0; i < live->n_services; i++)
		namespace_of(arena, live, live->services[i])->serves = true;
	for (size_t i = 0; i < live->n_virtual_services; i++) {
		struct destinations d = { arena, live, live->virtual_services[i], cluster_domain };

		live_each_destination(live->virtual_services[i], STR_ABSENT, add_destination, &d);
	}
}

const struct live_host *live_host(const struct live_objects *live, struct str host)
{
	static const struct live_host nothing = { .host = STR_INIT("") };
	const struct live_host       *found = live->by_host.arena ? hash_get(&live->by_host, host) : NULL;

	return found ? found : &nothing;
}

static const struct live_refs none;

const struct live_refs *live_adders(const struct live_objects *live, struct str cluster)
{
	const struct live_cluster *found = live && live->memory ? hash_get(&live->memory->clusters, cluster) : NULL;

	return found ? &found->adders : &none;
}

const struct live_refs *live_patchers(const struct live_objects *live)
{
	return live && live->memory ? &live->memory->patchers : &none;
}

const struct live_namespace *live_namespace(const struct live_objects *live, struct str name)
{
	static const struct live_namespace nothing = { 0 };
	const struct live_namespace *found = live->by_namespace.arena ? hash_get(&live->by_namespace, name) : NULL;

	return found ? found : &nothing;
}

const struct live_refs *live_rules_in(const struct live_objects *live, struct arena *arena, struct str namespace,
                                      struct str host)
{
	return &live_host(live, place_of(arena, namespace, host))->rules;
}

const struct live_host *live_rules(const struct live_objects *live, struct arena *arena, struct str host)
{
	const struct live_host *found = live_host(live, host);

	while (found->rules.n == 0 && host.n) {
		size_t dot = str_find(host, '.', 1);

		host = str_slice(host, dot, host.n);
		found = live_host(live, STR_CONCAT(arena, STR("*"), host));
	}
	return found;
}
