/* The filter's configuration: the author's tree with placeholders replaced by what the plan decided. */
#include <assert.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "json/json_write.h"
#include "manifest/placeholder.h"
#include "plan/planner.h"

struct filled {
	enum node_kind kind;
	struct str     text;
};

static const struct expected_cluster *expected_of(const struct planner *p, const struct upstream *u)
{
	for (size_t i = 0; i < p->plan->n_expected; i++)
		if (p->plan->expected[i].upstream == u)
			return &p->plan->expected[i];
	return NULL;
}

static struct filled string_value(struct str s)
{
	return (struct filled){ NODE_STRING, str_present(s) ? s : STR("") };
}

static struct filled int_value(struct arena *arena, int64_t v)
{
	return (struct filled){ NODE_INT, str_from_int(arena, v) };
}

static struct str host_text(const struct upstream *u, const struct expected_cluster *e)
{
	return u->service ? e->service_host : u->host;
}

static struct str metadata_value(const struct planner *p, const struct placeholder *ph)
{
	return ph->field == PLACEHOLDER_METADATA_NAME ? p->manifest->metadata->name : p->manifest->metadata->namespace;
}

/* The cluster that the plan expects for the upstream. All of them are planned before any configuration is filled in. */
static struct filled upstream_value(const struct planner *p, const struct placeholder *ph)
{
	const struct upstream         *u = ph->upstream;
	const struct expected_cluster *e = expected_of(p, u);

	assert(e);
	switch (ph->field) {
	case PLACEHOLDER_CLUSTER:
		return string_value(e->name);
	case PLACEHOLDER_AUTHORITY:
		return string_value(e->authority);
	case PLACEHOLDER_HOST:
		return string_value(host_text(u, e));
	case PLACEHOLDER_PORT:
		return int_value(p->arena, u->port);
	case PLACEHOLDER_PATH:
		return string_value(u->path);
	case PLACEHOLDER_TIMEOUT:
		return string_value(u->timeout.text);
	case PLACEHOLDER_TIMEOUT_MS:
		return int_value(p->arena, u->timeout.ms);
	case PLACEHOLDER_TLS:
		return (struct filled){ NODE_BOOL, upstream_has_tls(u) ? STR("true") : STR("false") };
	case PLACEHOLDER_METADATA_NAME:
	case PLACEHOLDER_METADATA_NAMESPACE:
		break;
	}
	return string_value(STR(""));
}

static struct filled value_of(const struct planner *p, const struct placeholder *ph)
{
	return ph->upstream ? upstream_value(p, ph) : string_value(metadata_value(p, ph));
}

static struct filled fill_scalar(struct planner *p, struct str text)
{
	struct segment     s;
	struct placeholder ph;
	struct buf         b;
	size_t             at = 0;
	struct filled      whole = { NODE_STRING, text };

	if (str_find_str(text, STR("${"), 0) == text.n)
		return whole;
	buf_init(&b, p->arena, 4 * LIMIT_SCALAR_BYTES);
	while (placeholder_next(text, &at, &s)) {
		if (s.kind == SEGMENT_TEXT || !placeholder_parse(p->manifest, s.text, &ph) || placeholder_fault(&ph)) {
			buf_add(&b, s.text); /* faults were reported by manifest_check */
			continue;
		}
		whole = value_of(p, &ph);
		if (s.start == 0 && s.end == text.n)
			return ph.as_string ? string_value(whole.text) : whole;
		buf_add(&b, whole.text);
	}
	if (b.overflow) {
		planner_fail(p, CO_STRING_TOO_LONG, p->manifest->spec->filter->node, NULL,
		             ARGS(str_from_uint(p->arena, 4 * LIMIT_SCALAR_BYTES)));
		return (struct filled){ NODE_STRING, STR("") };
	}
	return string_value(buf_str(&b));
}

struct str config_fill_text(struct planner *p, struct str text)
{
	struct filled f = fill_scalar(p, str_present(text) ? text : STR(""));

	return f.text;
}

/* Keys are sorted: their order means nothing to the filter, and so the same configuration gives the same bytes. Depth is
 * bounded by the reader (LIMIT_DEPTH). */
static void fill_into(struct planner *p, const struct node *from, struct node *to)
{
	const struct node **sorted;
	struct node        *tail = NULL;

	to->kind = from->kind;
	if (from->kind == NODE_STRING) {
		struct filled f = fill_scalar(p, node_text(from));

		node_set_text(to, f.kind, f.text);
	} else if (node_is_scalar(from)) {
		node_set_text(to, (enum node_kind)from->kind, node_text(from));
	}
	if (from->kind == NODE_MAP) {
		sorted = node_sorted(p->arena, from);
		for (size_t i = 0; i < from->count; i++)
			fill_into(p, sorted[i], node_append(p->arena, to, &tail, node_key(sorted[i])));
		return;
	}
	NODE_EACH (child, from)
		fill_into(p, child, node_append(p->arena, to, &tail, STR_ABSENT));
}

struct node *config_fill(struct planner *p, const struct node *config)
{
	struct document *doc;

	if (!config)
		return NULL;
	doc = document_new(p->arena, NULL);
	fill_into(p, config, &doc->root);
	return &doc->root;
}

struct str config_json(struct planner *p, const struct node *config)
{
	struct buf b;

	if (!config)
		return STR_ABSENT;
	buf_init(&b, p->arena, LIMIT_OBJECT_BYTES);
	json_write(&b, config_fill(p, config), 0);
	return buf_str(&b);
}
