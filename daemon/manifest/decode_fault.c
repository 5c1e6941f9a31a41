/* What is said of values that a field cannot take. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "manifest/decoding.h"
#include "manifest/field_help.h"

struct str words_text(struct arena *arena, const char *const *words)
{
	struct buf b;

	buf_init(&b, arena, 4 * KIB);
	for (size_t i = 0; words[i]; i++)
		buf_fmt(&b, "%s%s", i ? ", " : "", words[i]);
	return buf_str(&b);
}

/* "a string", "a list of strings", "one of A, B": as messages say it. */
static struct str type_text(struct arena *arena, const struct field *f)
{
	static const char *const texts[] = {
		[FIELD_STRING] = "a string",
		[FIELD_BOOL] = "true or false",
		[FIELD_INT] = "an integer",
		[FIELD_DURATION] = "a duration such as 500ms",
		[FIELD_OBJECT] = "a map",
		[FIELD_OBJECTS] = "a list of maps",
		[FIELD_STRINGS] = "a list of strings",
		[FIELD_WORDS] = "a list of strings",
		[FIELD_STRING_MAP] = "a map of strings",
		[FIELD_TREE] = "a map",
	};

	if (f->type == FIELD_ENUM)
		return STR_CONCAT(arena, STR("one of "), words_text(arena, f->words));
	return str_c(texts[f->type]);
}

struct diag *decode_refuse(struct decoder *d, enum diag_code code, const struct node *n, const struct str *values,
                           size_t count)
{
	d->ok = false;
	return diag_at(d->diags, code, n, values, count);
}

/* Template tools often put quotes around everything. */
static bool is_right_without_quotes(const struct field *f, const struct node *n)
{
	struct str text = node_text(n);
	uint64_t   v;

	if (n->kind != NODE_STRING)
		return false;
	if (f->type == FIELD_BOOL)
		return str_is(text, "true") || str_is(text, "false");
	return f->type == FIELD_INT && (text.p[0] != '0' || text.n == 1) && str_to_uint(text, INT64_MAX, &v);
}

void decode_wrong_type(struct decoder *d, const struct field *f, const struct node *n)
{
	struct str   given = f->type == FIELD_INT && n->kind == NODE_FLOAT ? node_written(n) : node_kind_text(n);
	struct diag *diag = decode_refuse(d, CO_WRONG_TYPE, n, ARGS(str_c(f->name), type_text(d->arena, f), given));

	if (is_right_without_quotes(f, n))
		diag_help(d->diags, diag, "write `{}` without quotes", ARGS(node_text(n)));
	else if (f->type == FIELD_OBJECT)
		help_with_map(d->diags, diag, f, n);
	else if (f->type == FIELD_OBJECTS)
		help_with_list(d->diags, diag, f, n);
}

static void help_with_duration(struct decoder *d, struct diag *diag)
{
	diag_help(d->diags, diag, "write a number with its unit, such as `500ms` or `1m30s`", NO_ARGS);
}

/* Quotes alone help where any text goes; a word or a duration needs another value. */
void decode_bare_scalar(struct decoder *d, const struct field *f, const struct node *n)
{
	struct str   written = node_written(n);
	struct diag *diag = decode_refuse(d, CO_BARE_SCALAR, n, ARGS(str_c(f->name), written, node_kind_text(n)));

	if (f->type == FIELD_DURATION)
		help_with_duration(d, diag);
	else if (f->type == FIELD_ENUM || f->words)
		diag_help(d->diags, diag, "write one of {}", ARGS(words_text(d->arena, f->words)));
	else
		diag_help(d->diags, diag, "put it in quotes: `\"{}\"`", ARGS(written));
}

void decode_no_duration(struct decoder *d, const struct field *f, const struct node *n)
{
	help_with_duration(d, decode_refuse(d, CO_DURATION, n, ARGS(str_c(f->name), node_text(n))));
}

static void suggest(struct decoder *d, struct diag *diag, struct str given, const char *const *words)
{
	struct str candidates[32];
	size_t     n = 0, best;

	while (n < 32 && words[n]) {
		candidates[n] = str_c(words[n]);
		n++;
	}
	best = str_nearest(given, candidates, n);
	if (best < n)
		diag_help(d->diags, diag, "did you mean `{}`?", ARGS(candidates[best]));
}

void decode_unknown_word(struct decoder *d, const struct field *f, const struct node *n, struct str text)
{
	suggest(d, decode_refuse(d, CO_UNKNOWN_VALUE, n, ARGS(str_c(f->name), text, words_text(d->arena, f->words))),
	        text, f->words);
}
