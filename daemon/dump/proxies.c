/* What belongs to one proxy: parts with the same name given, the same node, or of one folder. */
#include "base/arena.h"
#include "base/file.h"
#include "dump/proxy_merge.h"
#include "names/cluster_name.h"

/* ---- wants ---- */

static struct str want_key(const void *item)
{
	return ((const struct dump_want *)item)->name;
}

void dump_wants_init(struct dump_wants *w, struct arena *arena)
{
	*w = (struct dump_wants){ .arena = arena };
	hash_init(&w->by_name, arena, want_key);
}

/* The items move when the list grows, so the hash is made anew. */
static void grow_clusters(struct dump_wants *w)
{
	w->clusters = ARENA_LIST(w->arena, w->clusters, w->n_clusters, &w->cap_clusters, struct dump_want);
	hash_init(&w->by_name, w->arena, want_key);
	for (size_t i = 0; i < w->n_clusters; i++)
		hash_add(&w->by_name, &w->clusters[i]);
}

size_t dump_wants_cluster(struct dump_wants *w, struct str name)
{
	const struct dump_want *old = hash_get(&w->by_name, name);
	struct cluster_name     parts = cluster_name_parse(name);
	struct dump_want       *want;

	if (old)
		return old->index;
	if (w->n_clusters == w->cap_clusters)
		grow_clusters(w);
	want = &w->clusters[w->n_clusters];
	*want = (struct dump_want){ .name = name, .index = w->n_clusters++ };
	if (str_is(parts.direction, "outbound") && str_present(parts.host)) {
		want->host = parts.host;
		want->subset = parts.subset;
		want->port = parts.port;
	}
	hash_add(&w->by_name, want);
	return want->index;
}

size_t dump_wants_plugin(struct dump_wants *w, struct str namespace, struct str name)
{
	struct str whole = STR_CONCAT(w->arena, namespace, STR("."), name);

	for (size_t i = 0; i < w->n_plugins; i++)
		if (str_eq(w->plugins[i], whole))
			return i;
	w->plugins = ARENA_LIST(w->arena, w->plugins, w->n_plugins, &w->cap_plugins, struct str);
	w->plugins[w->n_plugins] = whole;
	return w->n_plugins++;
}

/* Of a name that may not live as long. */
static void want_copy(struct dump_wants *w, struct str name)
{
	if (!hash_get(&w->by_name, name))
		dump_wants_cluster(w, str_copy(w->arena, name));
}

static void want_others(struct dump_wants *w, const struct proxy_cluster *c)
{
	for (size_t k = 0; c && k < c->n_members; k++)
		want_copy(w, c->members[k]);
	if (c && cluster_has_other_service(c))
		want_copy(w, c->eds_service);
}

bool dump_wants_members(struct dump_wants *w, const struct proxy_part *first)
{
	size_t n = w->n_clusters;

	for (const struct proxy_part *part = first; part; part = part->next)
		for (size_t i = 0; i < n; i++)
			want_others(w, part->clusters[i]);
	return w->n_clusters > n;
}

/* ---- which parts belong together ---- */

struct group {
	struct group             *next;
	struct str                key;
	struct str                name;
	const struct proxy_part  *first; /* for its kinds and node */
	struct str                folder;
	unsigned                  kinds;
	bool                      by_source; /* named after its source: nothing else told whose it is */
	const struct proxy_part **parts;
	size_t                    n, cap;
};

struct joining {
	struct arena            *arena;
	const struct dump_wants *wants;
	struct hash              groups; /* by key */
	struct group            *first;
	struct group           **last;
	size_t                   n;
};

static struct str group_key(const void *item)
{
	return ((const struct group *)item)->key;
}

static struct group *group_of(struct joining *j, struct str key, struct str name)
{
	struct group *g = hash_get(&j->groups, key);

	if (g)
		return g;
	g = ARENA_NEW(j->arena, struct group);
	g->key = key;
	g->name = name;
	*j->last = g;
	j->last = &g->next;
	j->n++;
	hash_add(&j->groups, g);
	return g;
}

static void add_part(struct joining *j, struct group *g, const struct proxy_part *part)
{
	g->parts = ARENA_LIST(j->arena, g->parts, g->n, &g->cap, const struct proxy_part *);
	g->parts[g->n++] = part;
	g->kinds |= part->kinds;
}

/* ---- folders ---- */

/* A folder is one proxy's when its files that name no node do not tell the same thing twice, and at most one node is named
 * in it. Else its files are proxies of their own. */
struct folder {
	struct str name;
	struct str node; /* the only one named */
	unsigned   kinds;
	bool       several;
};

static struct str folder_key(const void *item)
{
	return ((const struct folder *)item)->name;
}

/* What only one file of a proxy tells. */
enum { SINGLE_KINDS = DUMP_CLUSTERS | DUMP_LISTENERS | DUMP_PLUGINS | DUMP_STATS };

static void look_at_folder(struct joining *j, struct hash *folders, const struct proxy_part *part)
{
	struct folder *f = hash_get(folders, part->folder);

	if (!f) {
		f = ARENA_NEW(j->arena, struct folder);
		f->name = part->folder;
		hash_add(folders, f);
	}
	if (str_present(part->node.id)) {
		f->several = f->several || (str_present(f->node) && !str_eq(f->node, part->node.id));
		f->node = part->node.id;
		return;
	}
	f->several = f->several || (f->kinds & part->kinds & SINGLE_KINDS);
	f->kinds |= part->kinds;
}

/* One in which only statistics lie, as /stats/prometheus becomes where each page is a file of its path, belongs to the proxy of the folder
 * above. NULL: the part is in none. */
static const struct folder *folder_of(const struct hash *folders, const struct proxy_part *part)
{
	const struct folder *f = str_present(part->folder) ? hash_get(folders, part->folder) : NULL;
	const struct folder *above = f ? hash_get(folders, path_directory(f->name)) : NULL;
	bool                 only_stats = f && !str_present(f->node) && !f->several && f->kinds == DUMP_STATS;

	return only_stats && above && !above->several && !(above->kinds & DUMP_STATS) ? above : f;
}

static struct str last_name(struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/' && i < path.n)
			return str_slice(path, i, path.n);
	return path;
}

/* ---- joining ---- */

static struct group *place_part(struct joining *j, const struct hash *folders, const struct proxy_part *part)
{
	const struct folder *f = folder_of(folders, part);
	const struct str     node = part->node.id;
	struct str           pod = str_present(part->node.pod) ? part->node.pod : node;

	if (str_present(part->given_name))
		return group_of(j, STR_CONCAT(j->arena, STR("name "), part->given_name), part->given_name);
	if (str_present(node))
		return group_of(j, STR_CONCAT(j->arena, STR("node "), node), pod);
	if (f && !f->several && str_present(f->node))
		return group_of(j, STR_CONCAT(j->arena, STR("node "), f->node), f->node);
	if (f && !f->several)
		return group_of(j, STR_CONCAT(j->arena, STR("folder "), f->name), last_name(f->name));
	return group_of(j, STR_CONCAT(j->arena, STR("source "), part->source->name), part->source->name);
}

/* A name that the user gave stands for the node that a file of that name carries: others of that node join it. */
static void join_given_nodes(struct joining *j)
{
	for (struct group *g = j->first; g; g = g->next) {
		for (size_t i = 0; i < g->n; i++) {
			struct group *other;

			if (!str_present(g->parts[i]->node.id) || !str_present(g->parts[i]->given_name))
				continue;
			other = hash_get(&j->groups, STR_CONCAT(j->arena, STR("node "), g->parts[i]->node.id));
			for (size_t k = 0; other && k < other->n; k++)
				add_part(j, g, other->parts[k]);
			if (other)
				other->n = 0;
		}
	}
}

/* ---- joining them ---- */

static void make_state(struct joining *j, const struct group *g, struct proxy_state *s)
{
	s->wants = j->wants;
	s->name = g->name;
	s->parts = g->parts;
	s->n_parts = g->n;
	proxy_state_merge(j->arena, s);
	if (s->node && str_present(s->node->pod) && !str_present(g->parts[0]->given_name))
		s->name = s->node->pod;
}

/* istiod names proxies by "POD.NAMESPACE", in one list for all of them. */
static void add_sync(struct proxy_states *states, const struct proxy_part *part)
{
	for (const struct proxy_sync *sync = part->sync; sync; sync = sync->next)
		for (size_t i = 0; i < states->n; i++) {
			struct proxy_state *s = &states->items[i];

			if (str_eq(s->name, sync->proxy) || (s->node && str_eq(s->node->pod, sync->proxy)))
				s->sync = sync;
		}
}

static bool is_only_sync(const struct proxy_part *part)
{
	return (part->kinds & ~(unsigned)DUMP_SYNC) == 0 && (part->kinds & DUMP_SYNC);
}

struct proxy_states proxy_states_join(struct arena *arena, const struct dump_wants *wants, struct proxy_part *first)
{
	struct joining      j = { .arena = arena, .wants = wants };
	struct proxy_states states = { NULL, 0 };
	struct hash         folders;

	j.last = &j.first;
	hash_init(&j.groups, arena, group_key);
	hash_init(&folders, arena, folder_key);
	for (const struct proxy_part *p = first; p; p = p->next)
		if (str_present(p->folder) && !is_only_sync(p))
			look_at_folder(&j, &folders, p);
	for (const struct proxy_part *p = first; p; p = p->next)
		if (!is_only_sync(p))
			add_part(&j, place_part(&j, &folders, p), p);
	join_given_nodes(&j);
	states.items = ARENA_ARRAY(arena, j.n + 1, struct proxy_state);
	for (const struct group *g = j.first; g; g = g->next)
		if (g->n)
			make_state(&j, g, &states.items[states.n++]);
	for (const struct proxy_part *p = first; p; p = p->next)
		add_sync(&states, p);
	return states;
}
