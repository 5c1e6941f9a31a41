#include "render/object_writer.h"

#include "base/arena.h"
#include "render/yaml_writer.h"

void object_writer_begin(struct object_writer *w)
{
	if (!w->json)
		return;
	json_writer_init(&w->writer, w->out, 2);
	json_open(&w->writer, '{');
	json_member_string(&w->writer, "apiVersion", STR("v1"));
	json_member_string(&w->writer, "kind", STR("List"));
	json_key(&w->writer, STR("items"));
	json_open(&w->writer, '[');
}

/* Flux substitutes ${…} after kustomize, and makes one $ of each pair of them (fluxcd/pkg/envsubst, parse/scan.go): so
 * dollars are doubled, all but one that stands alone and begins nothing. */
static void add_escaped(struct object_writer *w, struct str text)
{
	for (size_t at = 0; at < text.n;) {
		size_t from = str_find(text, '$', at), to = from;

		while (to < text.n && text.p[to] == '$')
			to++;
		buf_add(w->out, str_slice(text, at, to));
		if (to - from > 1 || (to < text.n && text.p[to] == '{'))
			buf_add(w->out, str_slice(text, from, to));
		at = to;
	}
}

void object_writer_add(struct object_writer *w, const struct node *object)
{
	struct buf one;

	if (w->json) {
		json_node(&w->writer, object);
	} else if (!w->escape_for_flux) {
		yaml_write_document(w->out, object);
	} else {
		buf_init(&one, w->scratch, LIMIT_OBJECT_BYTES);
		yaml_write_document(&one, object);
		add_escaped(w, buf_str(&one));
	}
}

void object_writer_end(struct object_writer *w)
{
	if (!w->json)
		return;
	json_close(&w->writer, ']');
	json_close(&w->writer, '}');
	buf_char(w->out, '\n');
}
