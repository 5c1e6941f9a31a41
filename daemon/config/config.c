#include "config/config.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "manifest/yaml_tree.h"

/* ---- names ---- */

/* CALLOUT_SERVE_MESH_FILE of mesh-file. */
static struct str variable_of(struct arena *arena, const struct field *f)
{
	struct str flag = config_flag(arena, f);
	struct buf b;

	buf_init(&b, arena, KIB);
	buf_lit(&b, "CALLOUT_SERVE_");
	for (size_t i = 0; i < flag.n; i++)
		buf_char(&b, flag.p[i] == '-' ? '_' : (char)(flag.p[i] - 'a' + 'A'));
	return str_copy(arena, buf_str(&b));
}

/* ---- layers ---- */

bool config_has(const struct config *c, const struct field *f)
{
	const void *at = (const char *)c + f->offset;

	switch (f->type) {
	case FIELD_STRING:
		return str_present(*(const struct str *)at);
	case FIELD_BOOL:
		return *(const enum tri *)at != TRI_ABSENT;
	case FIELD_INT:
		return *(const int64_t *)at != INT_ABSENT;
	case FIELD_DURATION:
		return ((const struct duration *)at)->ms != 0;
	case FIELD_ENUM:
		return *(const unsigned *)at != 0;
	case FIELD_STRINGS:
		return ((const struct strings *)at)->node != NULL;
	default:
		return false;
	}
}

static size_t size_of(const struct field *f)
{
	return f->type == FIELD_STRING     ? sizeof(struct str)
	       : f->type == FIELD_BOOL     ? sizeof(enum tri)
	       : f->type == FIELD_INT      ? sizeof(int64_t)
	       : f->type == FIELD_DURATION ? sizeof(struct duration)
	       : f->type == FIELD_ENUM     ? sizeof(unsigned)
	                                   : sizeof(struct strings);
}

/* Each setting that the upper layer has replaces that of the layer below. */
static void overlay(struct config *below, const struct config *top)
{
	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];

		if (config_has(top, f))
			memcpy((char *)below + f->offset, (const char *)top + f->offset, size_of(f));
	}
}

/* Decodes one setting of a flag or variable as if it were a document with this entry alone. Lists are separated by
 * commas. */
static bool decode_one(struct arena *arena, const struct field *f, struct str name, struct str value,
                       struct config *below, struct diags *diags)
{
	struct document *doc = document_new(arena, source_from_bytes(arena, name, value));
	struct node     *tail = NULL, *entry, *items = NULL;
	struct config    one = { 0 };

	doc->root.kind = NODE_MAP;
	entry = node_append(arena, &doc->root, &tail, str_c(f->name));
	if (f->type == FIELD_STRINGS) {
		entry->kind = NODE_LIST;
		for (struct str rest = value, item; str_present(rest);) {
			rest = str_cut(rest, ',', &item);
			node_set_text(node_append(arena, entry, &items, STR_ABSENT), NODE_STRING, item);
		}
	} else if (f->type == FIELD_INT || f->type == FIELD_BOOL) {
		yaml_resolve_plain(arena, value, entry);
	} else {
		node_set_text(entry, NODE_STRING, value);
	}
	entry->length = (uint32_t)value.n;
	if (!fields_decode(arena, &config_object, &doc->root, &one, diags))
		return false;
	overlay(below, &one);
	return true;
}

static bool defaults(struct arena *arena, struct config *ret, struct diags *diags)
{
	struct document *nothing = document_new(arena, NULL);

	nothing->root.kind = NODE_MAP;
	if (!fields_decode(arena, &config_object, &nothing->root, ret, diags))
		return false;
	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];

		if (f->default_text && !decode_one(arena, f, str_c(f->name), str_c(f->default_text), ret, diags))
			return false;
	}
	return true;
}

static bool read_file(struct arena *arena, struct str path, struct config *below, struct diags *diags)
{
	const struct source *source = source_read(arena, path, LIMIT_DOCUMENT_BYTES, diags);
	struct document     *doc;
	struct config        file = { 0 };

	if (!source || !document_read_alone(arena, source, STR("the configuration"), &doc, diags))
		return false;
	if (!doc)
		return true;
	if (!fields_decode(arena, &config_object, &doc->root, &file, diags))
		return false;
	overlay(below, &file);
	return true;
}

static bool read_environment(struct arena *arena, struct config *below, struct diags *diags)
{
	bool ok = true;

	for (size_t i = 0; i < config_object.n_fields; i++) {
		struct str name = variable_of(arena, &config_object.fields[i]), value = str_c(getenv(name.p));

		if (value.n)
			ok = decode_one(arena, &config_object.fields[i], name, value, below, diags) && ok;
	}
	return ok;
}

/* ---- flags ---- */

static struct diag *usage(struct diags *diags, struct str word, const char *why)
{
	return diag_add(diags, CO_SERVE_USAGE, POS_NONE, ARGS(word, str_c(why)));
}

static const struct field *find_flag(struct arena *arena, struct str name)
{
	for (size_t i = 0; i < config_object.n_fields; i++)
		if (str_eq(config_flag(arena, &config_object.fields[i]), name))
			return &config_object.fields[i];
	return NULL;
}

static void unknown_flag(struct arena *arena, struct str word, struct str name, struct diags *diags)
{
	struct diag *diag = usage(diags, word, "is not an option");
	struct str   names[2 * OBJECT_FIELDS_MAX];
	size_t       n = 0, best;

	for (size_t i = 0; i < config_object.n_fields; i++)
		names[n++] = config_flag(arena, &config_object.fields[i]);
	for (const struct config_option *o = config_options; o->name && n < 2 * OBJECT_FIELDS_MAX; o++)
		names[n++] = str_c(o->name);
	best = str_nearest(name, names, n);
	if (best < n)
		diag_help(diags, diag, "did you mean --{}?", ARGS(names[best]));
	else
		diag_help(diags, diag, "callout serve --help lists them", NO_ARGS);
}

struct flags {
	struct arena *arena;
	struct diags *diags;
	struct config values;
	int           argc, at;
	char        **argv;
};

/* The options that are questions. False: the name is none of them. */
static bool take_question(struct config_request *request, struct str name)
{
	if (str_is(name, "check-config"))
		request->check_only = true;
	else if (str_is(name, "help"))
		request->help = true;
	else if (str_is(name, "version"))
		request->version = true;
	else
		return false;
	return true;
}

/* The value of an option: what stood behind =, else the next word; of a switch, true. Absent: it has none. */
static struct str value_of(struct flags *fl, const struct field *f, struct str given)
{
	if (str_present(given))
		return given;
	if (f && f->type == FIELD_BOOL)
		return STR("true");
	return fl->at < fl->argc ? str_c(fl->argv[fl->at++]) : STR_ABSENT;
}

static bool read_setting(struct flags *fl, struct config_request *request, struct str word)
{
	struct str          name, value, given = str_cut(str_slice(word, 2, word.n), '=', &name);
	const struct field *f = find_flag(fl->arena, name);
	struct str *other = str_is(name, "config") ? &request->file : str_is(name, "backup") ? &request->backup : NULL;

	if (!str_present(given) && take_question(request, name))
		return true;
	if (!f && !other) {
		unknown_flag(fl->arena, word, name, fl->diags);
		return false;
	}
	value = value_of(fl, f, given);
	if (!str_present(value)) {
		usage(fl->diags, word, "needs a value");
		return false;
	}
	if (f ? config_has(&fl->values, f) : str_present(*other)) {
		usage(fl->diags, STR_CONCAT(fl->arena, STR("--"), name), "is given twice");
		return false;
	}
	if (f)
		return decode_one(fl->arena, f, STR_CONCAT(fl->arena, STR("--"), name), value, &fl->values, fl->diags);
	*other = value;
	return true;
}

static bool read_word(struct flags *fl, struct config_request *request)
{
	struct str word = str_c(fl->argv[fl->at++]);

	if (str_has_prefix(word, STR("--")))
		return read_setting(fl, request, word);
	if (str_is(word, "-h")) {
		request->help = true;
		return true;
	}
	usage(fl->diags, word, "is not expected here");
	return false;
}

bool config_read(struct arena *arena, int argc, char **argv, struct config *ret, struct config_request *ret_request,
                 struct diags *diags)
{
	struct flags     fl = { .arena = arena, .diags = diags, .argc = argc, .argv = argv };
	struct document *nothing = document_new(arena, NULL);
	bool             ok = true;

	*ret_request = (struct config_request){ 0 };
	nothing->root.kind = NODE_MAP;
	fields_decode(arena, &config_object, &nothing->root, &fl.values, diags);
	while (fl.at < argc)
		ok = read_word(&fl, ret_request) && ok;
	if (!ok || ret_request->help || ret_request->version)
		return ok;
	if (!str_present(ret_request->file))
		ret_request->file = str_c(getenv("CALLOUT_SERVE_CONFIG"));
	ok = defaults(arena, ret, diags);
	if (ret_request->file.n)
		ok = read_file(arena, ret_request->file, ret, diags) && ok;
	ok = read_environment(arena, ret, diags) && ok;
	overlay(ret, &fl.values);
	return ok;
}
