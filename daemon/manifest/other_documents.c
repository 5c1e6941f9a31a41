/* Documents of other tools among our own, in whatever YAML those tools take: with anchors, tags or numbers as keys, or as a
 * Helm template that is none at all. */
#include "base/arena.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "manifest/yaml_tree.h"

struct reading {
	struct arena             *arena;
	const struct source      *source;
	const struct tree_limits *limits;
	struct diags             *diags;
	struct document         **last;
};

/* No document of ours does without one of these words. Whoever misspells one is told what was skipped. */
static bool may_be_ours(struct str text)
{
	return str_find_str(text, STR("callout.dev"), 0) < text.n ||
	       str_find_str(text, STR("FilterManifest"), 0) < text.n;
}

static bool is_readable(const struct diags *found)
{
	for (const struct diag *d = found->first; d; d = d->next)
		if (d->code == CO_NOT_UTF8 || d->code == CO_CONTROL_CHARACTER)
			return false;
	return true;
}

/* Did the reader come to the end of the piece, which begins at offset `at` of its source, in the middle of a value? Of such
 * a file the words that would make it ours may be what is lost, and objects that are no longer generated are deleted by
 * whoever applies with pruning. */
static bool is_cut(struct str piece, size_t at, const struct diags *found)
{
	const struct diag *first = found->first;
	size_t             end = piece.n;

	while (first && first->code != CO_YAML_SYNTAX && first->code != CO_JSON_SYNTAX)
		first = first->next;
	while (end > 0 && strchr(" \t\r\n", piece.p[end - 1]))
		end--;
	return first && (size_t)first->pos.offset + first->pos.length >= at + end &&
	       !documents_are_template(piece, end);
}

/* Nothing but a line of --- begins a document in YAML, whatever stands around it. */
static bool is_mark(struct str text, size_t at)
{
	return str_has_prefix(str_slice(text, at, text.n), STR("---")) &&
	       (at + 3 == text.n || strchr(" \t\r\n", text.p[at + 3]));
}

static size_t next_mark(struct str text, size_t from)
{
	size_t at = str_find(text, '\n', from);

	while (at < text.n && !is_mark(text, at + 1))
		at = str_find(text, '\n', at + 1);
	return at < text.n ? at + 1 : text.n;
}

static bool read_piece(struct reading *r, size_t at, size_t end)
{
	struct str       text = str_slice(r->source->bytes, at, end);
	struct document *found = NULL;
	struct diags     unseen;
	bool             ok;

	diags_init(&unseen, r->arena);
	ok = yaml_tree_read_part(r->arena, r->source, at, text, r->limits, &found, &unseen);
	if (!ok && !may_be_ours(text) && !is_cut(text, at, &unseen)) {
		diag_add(r->diags, CO_SKIPPED_KIND, pos_at(r->source, at, 1), ARGS(STR("document of another tool")));
		return true;
	}
	diags_append(r->diags, &unseen);
	*r->last = found;
	while (*r->last)
		r->last = &(*r->last)->next;
	return ok;
}

static bool read_pieces(struct reading *r)
{
	struct str text = r->source->bytes;
	size_t     n = 0;
	bool       ok = true;

	for (size_t at = 0, end; at < text.n; at = end) {
		if (n++ == LIMIT_DOCUMENTS) {
			diag_add(r->diags, CO_TOO_MANY_INPUTS, pos_at(r->source, at, 1),
			         ARGS(str_from_uint(r->arena, LIMIT_DOCUMENTS), STR("documents")));
			return false;
		}
		end = next_mark(text, at);
		ok = read_piece(r, at, end) && ok;
	}
	return ok;
}

/* Are the errors of the file as a whole to be shown? Of YAML with a word of ours each document is asked by itself. */
static bool is_whole_file_ours(const struct source *source, const struct diags *found)
{
	if (may_be_ours(source->bytes))
		return documents_are_json(source);
	return is_cut(source->bytes, 0, found);
}

bool documents_read_ours(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                         struct document **ret, struct diags *diags)
{
	struct reading r = { arena, source, limits, diags, ret };
	struct diags   found;
	bool           ok;

	diags_init(&found, arena);
	ok = documents_read(arena, source, limits, ret, &found);
	if (ok || !is_readable(&found) || is_whole_file_ours(source, &found)) {
		diags_append(diags, &found);
		return ok;
	}
	*ret = NULL;
	if (may_be_ours(source->bytes))
		return read_pieces(&r);
	diag_add(diags, CO_SKIPPED_KIND, pos_at(source, 0, 1), ARGS(STR("file of another tool")));
	return true;
}
