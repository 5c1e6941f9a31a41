/* The daemon's options, for completion: its settings, and what else its command line takes. */
#include "base/arena.h"
#include "base/ascii.h"
#include "cli/completion.h"
#include "config/config.h"

/* Where the first thing that a text says ends: before the full stop of "Directory of the store. Default: …", before the
 * bracket of "What is kept (a number); …". */
static size_t end_of_first(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		bool last = i + 1 == text.n || text.p[i + 1] == ' ';

		if ((last && strchr(".;:", text.p[i])) || (text.p[i] == ' ' && i + 1 < text.n && text.p[i + 1] == '('))
			return i;
	}
	return text.n;
}

/* The first thing that a setting's text says, in the form of the other options' help: without a capital and a full stop. */
static const char *short_text(struct arena *arena, const char *doc)
{
	struct str whole = str_c(doc);
	char      *text = arena_alloc(arena, whole.n + 1);
	size_t     n = end_of_first(whole);

	memcpy(text, whole.p, n);
	text[n] = '\0';
	if (n > 1 && ascii_is_upper(text[0]) && !ascii_is_upper(text[1]))
		text[0] = ascii_lower(text[0]);
	return text;
}

static const struct option_info *option_new(struct arena *arena, const char *name, const char *value, const char *doc)
{
	struct option_info *o = ARENA_NEW(arena, struct option_info);

	*o = (struct option_info){ .name = name,
		                   .letter = strcmp(name, "help") == 0 ? 'h' : 0,
		                   .value = value,
		                   .help = short_text(arena, doc) };
	return o;
}

const struct option_info **serve_options(struct arena *arena, size_t *ret_n)
{
	const struct option_info **list;
	size_t                     n = config_object.n_fields, at = 0;

	for (const struct config_option *o = config_options; o->name; o++)
		n++;
	list = ARENA_ARRAY(arena, n, const struct option_info *);
	for (; at < config_object.n_fields; at++) {
		const struct field *f = &config_object.fields[at];

		list[at] =
			option_new(arena, config_flag(arena, f).p, str_copy(arena, config_value(arena, f)).p, f->doc);
	}
	for (const struct config_option *o = config_options; o->name; o++)
		list[at++] = option_new(arena, o->name, o->value, o->doc);
	*ret_n = n;
	return list;
}
