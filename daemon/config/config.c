#include "config/config.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "manifest/yaml_tree.h"
#include "render/yaml_writer.h"

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

static bool is_present(const struct field *f, const void *at)
{
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

/* What top says replaces what is below it. */
static void overlay(struct config *below, const struct config *top)
{
	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];

		if (is_present(f, (const char *)top + f->offset))
			memcpy((char *)below + f->offset, (const char *)top + f->offset, size_of(f));
	}
}

/* One setting by itself, as a document of one entry. Lists are separated by commas. */
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

	if (!source || !documents_read(arena, source, &manifest_limits, &doc, diags))
		return false;
	if (!doc)
		return true;
	if (doc->root.kind != NODE_MAP) {
		diag_at(diags, CO_WRONG_TYPE, &doc->root,
		        ARGS(STR("the configuration"), STR("a map"), node_kind_text(&doc->root)));
		return false;
	}
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

static bool usage(struct diags *diags, struct str word, const char *why)
{
	diag_add(diags, CO_SERVE_USAGE, POS_NONE, ARGS(word, str_c(why)));
	return false;
}

static const struct field *find_flag(struct arena *arena, struct str name)
{
	for (size_t i = 0; i < config_object.n_fields; i++)
		if (str_eq(config_flag(arena, &config_object.fields[i]), name))
			return &config_object.fields[i];
	return NULL;
}

static bool suggest_flag(struct arena *arena, struct str word, struct str name, struct diags *diags)
{
	struct str names[64];
	size_t     n = 0, best;

	for (; n < config_object.n_fields && n < 56; n++)
		names[n] = config_flag(arena, &config_object.fields[n]);
	for (const struct config_option *o = config_options; o->name; o++)
		names[n++] = str_c(o->name);
	best = str_nearest(name, names, n);
	usage(diags, word, "is not an option");
	if (best < n)
		diag_help(diags, diags->first, "did you mean --{}?", ARGS(names[best]));
	else
		diag_help(diags, diags->first, "callout serve --help lists them", NO_ARGS);
	return false;
}

struct flags {
	struct arena *arena;
	struct diags *diags;
	struct config values;
	int           argc, at;
	char        **argv;
};

static bool read_flag(struct flags *fl, struct config_request *request)
{
	struct str          word = str_c(fl->argv[fl->at++]), name, value;
	const struct field *f;

	if (!str_has_prefix(word, STR("--")))
		return str_is(word, "-h") ? (request->help = true) : usage(fl->diags, word, "is not expected here");
	value = str_cut(str_slice(word, 2, word.n), '=', &name);
	if (!value.p && (str_is(name, "check-config") || str_is(name, "help") || str_is(name, "version"))) {
		request->check_only = request->check_only || str_is(name, "check-config");
		request->help = request->help || str_is(name, "help");
		request->version = request->version || str_is(name, "version");
		return true;
	}
	f = find_flag(fl->arena, name);
	if (!f && !str_is(name, "config") && !str_is(name, "backup"))
		return suggest_flag(fl->arena, word, name, fl->diags);
	if (!value.p && f && f->type == FIELD_BOOL)
		value = STR("true");
	else if (!value.p && fl->at < fl->argc)
		value = str_c(fl->argv[fl->at++]);
	else if (!value.p)
		return usage(fl->diags, word, "needs a value");
	if (!f) {
		*(str_is(name, "config") ? &request->file : &request->backup) = value;
		return true;
	}
	return decode_one(fl->arena, f, STR_CONCAT(fl->arena, STR("--"), name), value, &fl->values, fl->diags);
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
		ok = read_flag(&fl, ret_request) && ok;
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

/* ---- writing ---- */

static void write_option(struct buf *b, struct str name, struct str value, const char *doc)
{
	buf_fmt(b, "  --%.*s%s%.*s\n      %s", STR_ARG(name), value.n ? " " : "", STR_ARG(value), doc);
}

void config_write_help(struct buf *b)
{
	buf_lit(b, "Serves generate, check and clusters over HTTP, and keeps manifests.\n\n"
	           "Usage:\n"
	           "  callout serve [OPTION…]\n\n"
	           "Options:\n");
	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];

		write_option(b, config_flag(b->arena, f), config_value(b->arena, f), f->doc);
		if (f->default_text)
			buf_fmt(b, " Default: %s.", f->default_text);
		buf_char(b, '\n');
	}
	for (const struct config_option *o = config_options; o->name; o++) {
		write_option(b, str_c(o->name), str_c(o->value), o->doc);
		buf_char(b, '\n');
	}
	buf_lit(b,
	        "\n"
	        "Each setting is also a variable of the environment, such as CALLOUT_SERVE_MESH_FILE. A flag wins over the\n"
	        "environment, that over the file. SIGHUP reads files again, SIGTERM ends after the requests at work.\n\n"
	        "Exit status: 0 fine, 2 usage, 3 a setting or file is refused, 4 environment.\n");
}

static void write_value(struct buf *, const struct field *, const void *at);

static bool is_only_for_starting(const struct field *f)
{
	for (size_t i = 0; config_starting[i]; i++)
		if (strcmp(config_starting[i], f->name) == 0)
			return true;
	return false;
}

static struct str value_text(struct arena *arena, const struct field *f, const struct config *c)
{
	struct buf b;

	buf_init(&b, arena, MIB);
	if (is_present(f, (const char *)c + f->offset))
		write_value(&b, f, (const char *)c + f->offset);
	return buf_str(&b);
}

struct str config_not_reloaded(struct arena *arena, const struct config *was, const struct config *now)
{
	struct str names = STR("");

	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];

		if (is_only_for_starting(f) && !str_eq(value_text(arena, f, was), value_text(arena, f, now)))
			names = STR_CONCAT(arena, names, names.n ? STR(", ") : STR(""), str_c(f->name));
	}
	return names;
}

static void write_value(struct buf *b, const struct field *f, const void *at)
{
	const struct strings *list = at;

	if (f->type == FIELD_STRING)
		yaml_write_string(b, *(const struct str *)at);
	else if (f->type == FIELD_BOOL)
		buf_add(b, *(const enum tri *)at == TRI_YES ? STR("true") : STR("false"));
	else if (f->type == FIELD_INT)
		buf_add(b, str_from_int(b->arena, *(const int64_t *)at));
	else if (f->type == FIELD_DURATION)
		buf_add(b, ((const struct duration *)at)->text);
	else if (f->type == FIELD_ENUM)
		buf_add(b, field_word(f->words, *(const unsigned *)at));
	else
		for (size_t i = 0; i < list->n; i++) {
			buf_lit(b, "\n- ");
			yaml_write_string(b, list->items[i]);
		}
}

void config_write(struct buf *b, const struct config *config)
{
	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];
		const void         *at = (const char *)config + f->offset;

		if (!is_present(f, at))
			continue;
		buf_fmt(b, "%s:%s", f->name, f->type == FIELD_STRINGS ? "" : " ");
		write_value(b, f, at);
		buf_char(b, '\n');
	}
}
