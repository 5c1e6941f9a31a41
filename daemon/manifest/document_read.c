#include "manifest/document_read.h"

#include "json/json_tree.h"
#include "manifest/yaml_tree.h"

/* A JSON text has no line that begins with ---, since its strings hold no line ends. What looks like JSON and has such
 * a line is YAML whose documents are written in JSON, as tools print it that join documents. */
static bool looks_like_json(struct str bytes)
{
	return json_tree_looks_like(bytes) && str_find_str(bytes, STR("\n---"), 0) == bytes.n;
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

/* Adds the way out to a finding about what is no text. */
static void help_with_bytes(const struct source *source, struct diag *first, struct diags *diags)
{
	const char *help = first && (first->code == CO_NOT_UTF8 || first->code == CO_CONTROL_CHARACTER)
	                           ? kind_of_bytes(source->bytes)
	                           : NULL;

	if (help)
		diag_help(diags, first, help, NO_ARGS);
}

bool documents_read(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                    struct document **ret, struct diags *diags)
{
	struct diag **end = diags->last;
	bool          ok;

	*ret = NULL;
	if (source->bytes.n == 0)
		return true;
	if (documents_are_json(source)) {
		*ret = json_tree_read_within(arena, source, limits, diags);
		ok = *ret != NULL;
	} else {
		ok = yaml_tree_read_within(arena, source, limits, ret, diags);
	}
	if (!ok)
		help_with_bytes(source, *end, diags);
	return ok;
}
