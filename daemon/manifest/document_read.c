#include "manifest/document_read.h"

#include "json/json_tree.h"
#include "manifest/yaml_tree.h"

/* A JSON text has no line that begins with ---, since its strings hold no line ends. What looks like JSON and has such
 * a line is YAML whose documents are written in JSON, as tools print it that join documents. */
static bool looks_like_json(struct str bytes)
{
	return json_tree_looks_like(bytes) && str_find_str(bytes, STR("\n---"), 0) == bytes.n;
}

bool document_name_is(struct str name)
{
	return str_ends_with_nocase(name, STR(".yaml")) || str_ends_with_nocase(name, STR(".yml")) ||
	       str_ends_with_nocase(name, STR(".json"));
}

bool documents_are_json(const struct source *source)
{
	return str_ends_with_nocase(source->name, STR(".json")) || looks_like_json(source->bytes);
}

/* What is handed in by mistake, by its first bytes; NULL: nothing is known of it. */
static const char *kind_of_bytes(struct str bytes)
{
	static const struct {
		struct str  start;
		const char *what;
	} kinds[] = {
		{ STR_INIT("\xff\xfe"), "this is UTF-16, as PowerShell's > writes it: save it as UTF-8" },
		{ STR_INIT("\xfe\xff"), "this is UTF-16: save it as UTF-8" },
		{ STR_INIT("\x1f\x8b"), "this is compressed by gzip: unpack it first, as with `zcat FILE`" },
		{ STR_INIT("\x28\xb5\x2f\xfd"), "this is compressed by zstd: unpack it first" },
		{ STR_INIT("PK\x03\x04"), "this is a zip archive: unpack it first" },
		{ STR_INIT("\0asm"), "this is a WebAssembly module: `callout inspect` reads such" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_has_prefix(bytes, kinds[i].start))
			return kinds[i].what;
	if (bytes.n >= 2 && (bytes.p[0] == 0) != (bytes.p[1] == 0)) /* without the mark at its beginning */
		return "this is UTF-16: save it as UTF-8";
	return NULL;
}

bool documents_are_template(struct str text, size_t until)
{
	size_t at = 0;

	while ((at = str_find_str(text, STR("{{"), at)) < text.n && at <= until) {
		size_t begin = at;

		while (begin > 0 && (text.p[begin - 1] == ' ' || text.p[begin - 1] == '\t'))
			begin--;
		if (at + 2 < text.n && strchr(" -.$", text.p[at + 2]) &&
		    (begin == 0 || text.p[begin - 1] == '\n' || text.p[begin - 1] == ':'))
			return true;
		at += 2;
	}
	return false;
}

/* A value without quotes that begins with what means something else to YAML (*.example.com is no alias), or a tab before a key.
 * libyaml points at the character, behind that of an alias or anchor. */
static const char *help_for_character(struct str text, size_t at)
{
	if (at < text.n && text.p[at] == '\t')
		return "indent with blanks: YAML takes no tabs there";
	if ((at < text.n && strchr("`@%", text.p[at])) || (at > 0 && at <= text.n && strchr("*&", text.p[at - 1])))
		return "put the value in quotes: without them none begins with `, @, %, * or &";
	return NULL;
}

/* The way out of what is not YAML at all, or NULL. */
static const char *help_for(const struct source *source, const struct diag *first)
{
	if (first->code == CO_NOT_UTF8 || first->code == CO_CONTROL_CHARACTER)
		return kind_of_bytes(source->bytes);
	if ((first->code == CO_YAML_SYNTAX || first->code == CO_KEY_NOT_STRING) &&
	    documents_are_template(source->bytes, first->pos.offset))
		return "{{ … }} is a template of Helm, not YAML: render it first, as with `helm template`";
	if (first->code == CO_YAML_SYNTAX)
		return help_for_character(source->bytes, first->pos.offset);
	return NULL;
}

static void help_with_source(const struct source *source, struct diag *first, struct diags *diags)
{
	const char *help = first ? help_for(source, first) : NULL;

	if (help)
		diag_help(diags, first, help, NO_ARGS);
}

static bool read_documents(struct arena *arena, const struct source *source, bool is_json,
                           const struct tree_limits *limits, struct document **ret, struct diags *diags)
{
	struct diag **end = diags->last;
	bool          ok;

	*ret = NULL;
	if (source->bytes.n == 0)
		return true;
	if (is_json) {
		*ret = json_tree_read_within(arena, source, limits, diags);
		ok = *ret != NULL;
	} else {
		ok = yaml_tree_read_within(arena, source, limits, ret, diags);
	}
	if (!ok)
		help_with_source(source, *end, diags);
	return ok;
}

bool documents_read(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                    struct document **ret, struct diags *diags)
{
	return read_documents(arena, source, documents_are_json(source), limits, ret, diags);
}

bool documents_read_json(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                         struct document **ret, struct diags *diags)
{
	return read_documents(arena, source, true, limits, ret, diags);
}

bool document_read_alone(struct arena *arena, const struct source *source, struct str what, struct document **ret,
                         struct diags *diags)
{
	if (!documents_read(arena, source, &manifest_limits, ret, diags))
		return false;
	if (*ret && (*ret)->root.kind != NODE_MAP) {
		diag_at(diags, CO_WRONG_TYPE, &(*ret)->root, ARGS(what, STR("a map"), node_kind_text(&(*ret)->root)));
		return false;
	}
	if (*ret && (*ret)->next) {
		diag_at(diags, CO_SERVE_DOCUMENTS, &(*ret)->next->root, ARGS(what));
		return false;
	}
	return true;
}

/* ---- objects of a cluster ---- */

bool document_is_ours(const struct node *root)
{
	return str_has_prefix(node_get_text(root, "apiVersion"), STR("callout.dev/"));
}

bool document_is_object(const struct node *root)
{
	struct str kind = node_get_text(root, "kind");

	return str_present(kind) && !document_is_ours(root) &&
	       !(str_is(kind, "Status") && str_is(node_get_text(root, "apiVersion"), "v1"));
}

void documents_lack_objects(const struct source *source, const struct document *docs, struct diags *diags)
{
	struct diag *d = diag_add(diags, CO_NO_OBJECTS, pos_at(source, 0, 1), NO_ARGS);

	for (; docs; docs = docs->next) {
		if (!document_is_ours(&docs->root))
			continue;
		diag_help(diags, d, "it holds a {}, which goes to -f: give here what kubectl get -o yaml prints",
		          ARGS(node_get_text(&docs->root, "kind")));
		return;
	}
}
