#include "manifest/placeholder.h"

#include "base/arena.h"

static const struct str field_names[] = {
	[PLACEHOLDER_CLUSTER] = STR_INIT("cluster"),
	[PLACEHOLDER_AUTHORITY] = STR_INIT("authority"),
	[PLACEHOLDER_HOST] = STR_INIT("host"),
	[PLACEHOLDER_PORT] = STR_INIT("port"),
	[PLACEHOLDER_PATH] = STR_INIT("path"),
	[PLACEHOLDER_TIMEOUT] = STR_INIT("timeout"),
	[PLACEHOLDER_TIMEOUT_MS] = STR_INIT("timeoutMs"),
	[PLACEHOLDER_TLS] = STR_INIT("tls"),
};
enum { N_UPSTREAM_FIELDS = PLACEHOLDER_TLS + 1 };

static const struct str string_suffix = STR_INIT(":string");

bool placeholder_next(struct str s, size_t *at, struct segment *ret)
{
	size_t start = *at, dollar;

	if (start >= s.n)
		return false;
	dollar = str_find_str(s, STR("${"), start);
	if (dollar == start) {
		size_t end = str_find(s, '}', start);

		*ret = (struct segment){ SEGMENT_PLACEHOLDER, str_slice(s, start + 2, end), start, end + 1 };
		if (end == s.n) {
			ret->kind = SEGMENT_UNCLOSED;
			ret->end = s.n;
		}
	} else if (dollar < s.n && s.p[dollar - 1] == '$') {
		/* $${ : the text up to and without the second dollar, then the brace as text */
		if (dollar - 1 > start) {
			*ret = (struct segment){ SEGMENT_TEXT, str_slice(s, start, dollar - 1), start, dollar - 1 };
		} else {
			*ret = (struct segment){ SEGMENT_TEXT, str_slice(s, dollar, dollar + 2), start, dollar + 2 };
		}
	} else {
		*ret = (struct segment){ SEGMENT_TEXT, str_slice(s, start, dollar), start, dollar };
	}
	*at = ret->end;
	return true;
}

static const struct upstream *find_upstream(const struct manifest *m, struct str name)
{
	for (size_t i = 0; i < manifest_upstreams(m); i++)
		if (str_eq(manifest_upstream(m, i)->name, name))
			return manifest_upstream(m, i);
	return NULL;
}

bool placeholder_parse(const struct manifest *m, struct str text, struct placeholder *ret)
{
	struct placeholder p = { 0 };
	struct str         head, name, rest;

	if (str_has_suffix(text, string_suffix)) {
		p.as_string = true;
		text.n -= string_suffix.n;
	}
	rest = str_cut(text, '.', &head);
	if (str_is(head, "metadata") && rest.p) {
		p.field = str_is(rest, "name") ? PLACEHOLDER_METADATA_NAME : PLACEHOLDER_METADATA_NAMESPACE;
		if (!str_is(rest, "name") && !str_is(rest, "namespace"))
			return false;
		*ret = p;
		return true;
	}
	if (!str_is(head, "upstreams") || !rest.p)
		return false;
	rest = str_cut(rest, '.', &name);
	p.upstream = find_upstream(m, name);
	if (!p.upstream || !rest.p)
		return false;
	for (size_t i = 0; i < N_UPSTREAM_FIELDS; i++) {
		if (str_eq(rest, field_names[i])) {
			p.field = (enum placeholder_field)i;
			*ret = p;
			return true;
		}
	}
	return false;
}

const char *placeholder_fault(const struct placeholder *p)
{
	const struct upstream *u = p->upstream;

	if (!u)
		return NULL;
	switch (p->field) {
	case PLACEHOLDER_AUTHORITY:
		return str_present(u->cluster) && !str_present(u->authority)
		               ? "an existing cluster has no authority unless it is given"
		               : NULL;
	case PLACEHOLDER_HOST:
		return str_present(u->cluster) ? "an existing cluster has no host" : NULL;
	case PLACEHOLDER_PORT:
		return u->port == INT_ABSENT ? "the upstream has no port" : NULL;
	case PLACEHOLDER_TLS:
		return upstream_is_host(u) ? NULL : "whether TLS is used is decided by the mesh";
	default:
		return NULL;
	}
}

/* With what was left out in front or behind: ${auth.cluster}, ${upstreams.auth}. */
static struct str completed(struct arena *arena, const struct manifest *m, struct str text)
{
	const struct str   tries[] = { STR_CONCAT(arena, STR("upstreams."), text),
		                       STR_CONCAT(arena, text, STR(".cluster")),
		                       STR_CONCAT(arena, STR("upstreams."), text, STR(".cluster")) };
	struct placeholder p;

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		if (placeholder_parse(m, tries[i], &p))
			return STR_CONCAT(arena, STR("${"), tries[i], STR("}"));
	return STR_ABSENT;
}

struct str placeholder_suggestion(struct arena *arena, const struct manifest *m, struct str text)
{
	size_t      n = 0, cap = manifest_upstreams(m) * N_UPSTREAM_FIELDS + 2, best;
	struct str *candidates, whole = completed(arena, m, text);

	if (str_present(whole))
		return whole;
	if (manifest_upstreams(m) > 16)
		return STR_ABSENT; /* a list that long helps nobody, and the search would be slow */
	candidates = ARENA_ARRAY(arena, cap, struct str);
	candidates[n++] = STR("metadata.name");
	candidates[n++] = STR("metadata.namespace");
	for (size_t i = 0; i < manifest_upstreams(m); i++)
		for (size_t f = 0; f < N_UPSTREAM_FIELDS; f++)
			candidates[n++] = STR_CONCAT(arena, STR("upstreams."), manifest_upstream(m, i)->name, STR("."),
			                             field_names[f]);
	best = str_nearest(text, candidates, n);
	return best < n ? STR_CONCAT(arena, STR("${"), candidates[best], STR("}")) : STR_ABSENT;
}

/* The k-th occurrence in the decoded text is the k-th in the scalar as written. */
struct pos placeholder_pos(const struct node *n, size_t at, size_t length)
{
	const struct source *source = node_source(n);
	struct str           text = node_text(n), wanted = str_slice(text, at, at + length), written;
	size_t               earlier = 0, found;

	if (!source)
		return node_pos(n);
	written = str_slice(source->bytes, n->offset, n->offset + n->length);
	for (size_t i = str_find_str(text, wanted, 0); i < at; i = str_find_str(text, wanted, i + 1))
		earlier++;
	found = str_find_str(written, wanted, 0);
	for (; earlier && found < written.n; earlier--)
		found = str_find_str(written, wanted, found + 1);
	return found < written.n ? pos_at(source, n->offset + found, length) : node_pos(n);
}
