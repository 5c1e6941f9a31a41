#include "cli/object_diff.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/line_diff.h"
#include "manifest/manifest.h"
#include "render/yaml_writer.h"

struct str object_diff_hunks(struct arena *scratch, const struct object_entry *old, const struct object_entry *new,
                             bool with_version)
{
	struct str a = old ? object_text(scratch, old->root, new && !with_version ? new->root : NULL) : STR("");
	struct str b = new ? object_text(scratch, new->root, NULL) : STR("");
	struct buf hunks;

	buf_init(&hunks, scratch, LIMIT_LISTING_BYTES);
	line_diff(&hunks, scratch, a, b);
	return buf_str(&hunks);
}

void object_diff_begin(struct object_diff *d)
{
	buf_init(&d->text, d->arena, LIMIT_LISTING_BYTES);
	if (!d->json)
		return;
	json_writer_init(&d->writer, &d->text, 2);
	json_open(&d->writer, '{');
	json_member_string(&d->writer, "apiVersion", STR(CALLOUT_API_VERSION));
	json_member_string(&d->writer, "kind", str_c(d->list_kind));
	json_key(&d->writer, STR("objects"));
	json_open(&d->writer, '[');
}

void object_diff_end(struct object_diff *d)
{
	if (!d->json)
		return;
	json_close(&d->writer, ']');
	json_close(&d->writer, '}');
	buf_char(&d->text, '\n');
}

/* Names of live objects may be anything; as a YAML scalar they stay on their line. */
static void write_head(struct object_diff *d, const char *mark, const char *side, const struct object_entry *e)
{
	buf_add(&d->text, str_c(mark));
	if (e)
		yaml_write_string(&d->text, STR_CONCAT(d->scratch, str_c(side), STR("/"), e->namespace, STR("/"),
		                                       e->kind, STR("/"), e->name));
	else
		buf_lit(&d->text, "/dev/null");
	buf_char(&d->text, '\n');
}

static void write_json(struct object_diff *d, const char *state, const struct object_entry *e, struct str hunks)
{
	json_open(&d->writer, '{');
	json_member_string(&d->writer, "kind", e->kind);
	json_member_string(&d->writer, "namespace", e->namespace);
	json_member_string(&d->writer, "name", e->name);
	json_member_string(&d->writer, "manifest", str_present(e->manifest) ? e->manifest : STR(""));
	json_member_string(&d->writer, "state", str_c(state));
	json_member_string(&d->writer, "diff", hunks);
	json_close(&d->writer, '}');
}

void object_diff_add(struct object_diff *d, const char *state, const struct object_entry *old,
                     const struct object_entry *new, struct str hunks)
{
	if (d->json) {
		write_json(d, state, new ? new : old, hunks);
	} else if (hunks.n) {
		write_head(d, "--- ", d->old_side, old);
		write_head(d, "+++ ", d->new_side, new);
		buf_add(&d->text, hunks);
	}
}
