/* Settings as text: the usage, the settings in force, and which of two sets differ. */
#include "base/arena.h"
#include "base/limits.h"
#include "config/config.h"
#include "render/yaml_writer.h"

/* ---- the usage ---- */

static void write_option(struct buf *b, struct str name, struct str value, const char *doc)
{
	buf_fmt(b, "  --%.*s%s%.*s\n      %s", STR_ARG(name), value.n ? " " : "", STR_ARG(value), doc);
}

void config_write_help(struct buf *b)
{
	buf_lit(b, "Serves generate, check, clusters, verify and inspect over HTTP, and keeps manifests.\n\n"
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

/* ---- the settings in force ---- */

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
	if (config_has(c, f))
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

void config_write(struct buf *b, const struct config *config)
{
	for (size_t i = 0; i < config_object.n_fields; i++) {
		const struct field *f = &config_object.fields[i];

		if (!config_has(config, f))
			continue;
		buf_fmt(b, "%s:%s", f->name, f->type == FIELD_STRINGS ? "" : " ");
		write_value(b, f, (const char *)config + f->offset);
		buf_char(b, '\n');
	}
}
