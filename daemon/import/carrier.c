/* Objects that carry filters: whose they are, and what they have in common. */
#include "base/arena.h"
#include "import/importing.h"

/* An EnvoyFilter for a waypoint elsewhere stands beside that, in its namespace. */
struct found_manifest *carrier_manifest(struct importer *im, const struct object_entry *e, bool has_filter)
{
	struct str namespace = e->namespace, name;
	struct found_manifest *m;

	if (str_present(e->manifest)) {
		name = str_cut(e->manifest, '/', &namespace);
		m = found_manifest_of(im, namespace, name);
	} else {
		m = found_manifest_for(im, e, has_filter);
	}
	if (!str_eq(namespace, e->namespace))
		m->waypoint_namespace = e->namespace;
	if (!m->metadata)
		m->metadata = node_get(e->root, "metadata");
	return m;
}

void carrier_tell_name(struct importer *im, const struct object_entry *e, const struct found_manifest *m)
{
	const char *why = "a manifest cannot have this name, so the object will have another one; delete this one";

	if (str_present(e->manifest) || str_eq(m->name, e->name))
		return;
	if (!str_eq(m->name, label_from(im->arena, e->name)))
		why = "as a label this name is another object's, so the manifest has a number behind it, and so has the "
		      "object that it generates; delete this one";
	import_note(im, e, node_get(node_get(e->root, "metadata"), "name"), why);
}

/* The filter's object gives the labels and annotations. */
bool carrier_begin(struct importer *im, struct found_manifest *m, const struct object_entry *e)
{
	if (m->filter) {
		import_skip(im, e, e->root, "another object carries a filter of that manifest already");
		return false;
	}
	m->filter = map_new(im->arena);
	m->metadata = node_get(e->root, "metadata");
	return true;
}

/* With blanks at the ends of lines, YAML shows a script as one long string in quotes. What Callout generated stays as it is. */
struct str carrier_script(struct importer *im, const struct object_entry *e, const struct node *filter, struct str code)
{
	char  *text = arena_alloc(im->arena, code.n + 1);
	size_t n = 0;

	if (str_present(e->manifest))
		return code;
	for (size_t i = 0; i < code.n; i++) {
		text[n++] = code.p[i];
		if (code.p[i] != '\n')
			continue;
		for (n--; n && (text[n - 1] == ' ' || text[n - 1] == '\t');)
			n--;
		text[n++] = '\n';
	}
	while (n > 1 && text[n - 1] == '\n' && text[n - 2] == '\n')
		n--;
	if (n < code.n)
		import_note(im, e, filter,
		            "blanks at the ends of its lines are left out, so that the script can be read");
	return str_of(text, n);
}
