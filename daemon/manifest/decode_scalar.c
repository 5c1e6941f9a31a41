/* Values of one scalar: strings, booleans, integers, durations, words. */
#include "base/arena.h"
#include "base/ascii.h"
#include "manifest/decoding.h"
#include "manifest/duration.h"

/* ---- text ---- */

bool decode_text(struct decoder *d, const struct field *f, const struct node *n, struct str *ret)
{
	if (n->kind == NODE_STRING) {
		*ret = node_text(n);
		return true;
	}
	if (node_is_scalar(n) && n->length)
		decode_bare_scalar(d, f, n);
	else
		decode_wrong_type(d, f, n);
	return false;
}

static bool check_text(struct decoder *d, const struct field *f, const struct node *n, struct str s)
{
	if (s.n == 0 && f->min > 0) {
		decode_refuse(d, CO_EMPTY_VALUE, n, ARGS(str_c(f->name)));
		return false;
	}
	if (f->max && s.n > (size_t)f->max) {
		decode_refuse(d, CO_OUT_OF_RANGE, n,
		              ARGS(str_c(f->name), str_fmt(d->arena, "at most %lld bytes", (long long)f->max),
		                   str_from_uint(d->arena, s.n)));
		return false;
	}
	if (text_format_is(f->format, s))
		return true;
	if (text_format_code(f->format) == CO_SHA256_INVALID)
		decode_refuse(d, CO_SHA256_INVALID, n, ARGS(s));
	else
		decode_refuse(d, text_format_code(f->format), n,
		              ARGS(str_c(f->name), s, str_c(text_format_text(f->format))));
	return false;
}

bool decode_checked_text(struct decoder *d, const struct field *f, const struct node *n, struct str *ret)
{
	return decode_text(d, f, n, ret) && check_text(d, f, n, *ret);
}

void decode_string(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	struct str s;

	if (decode_checked_text(d, f, n, &s))
		*(struct str *)at = s;
}

/* ---- booleans and integers ---- */

void decode_bool(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	if (n->kind != NODE_BOOL)
		decode_wrong_type(d, f, n);
	else
		*(enum tri *)at = str_is(node_text(n), "true") ? TRI_YES : TRI_NO;
}

/* Decimal digits, behind a minus if need be. */
static bool read_int(struct str text, int64_t *ret)
{
	bool     negative = text.n && text.p[0] == '-';
	uint64_t v;

	if (!str_to_uint(negative ? str_slice(text, 1, text.n) : text, INT64_MAX, &v))
		return false;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

/* Integers of more than 64 bits are read as numbers with a point. */
static bool is_integer(const struct node *n)
{
	struct str digits, text = node_written(n);

	if (n->kind != NODE_FLOAT)
		return n->kind == NODE_INT;
	digits = str_has_prefix(text, STR("-")) ? str_slice(text, 1, text.n) : text;
	for (size_t i = 0; i < digits.n; i++)
		if (!ascii_is_digit(digits.p[i]))
			return false;
	return digits.n > 0;
}

void decode_int(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	int64_t v;

	if (!is_integer(n))
		decode_wrong_type(d, f, n);
	else if (n->kind != NODE_INT || !read_int(node_text(n), &v) || v < f->min || v > f->max)
		decode_refuse(d, CO_OUT_OF_RANGE, n,
		              ARGS(str_c(f->name),
		                   str_fmt(d->arena, "%lld to %lld", (long long)f->min, (long long)f->max),
		                   n->kind == NODE_INT ? node_text(n) : node_written(n)));
	else
		*(int64_t *)at = v;
}

/* ---- durations ---- */

void decode_duration(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	struct str s;
	int64_t    ms;

	if (!decode_text(d, f, n, &s))
		return;
	if (!duration_parse(s, &ms))
		decode_no_duration(d, f, n);
	else if (ms > f->max)
		decode_refuse(d, CO_OUT_OF_RANGE, n,
		              ARGS(str_c(f->name),
		                   STR_CONCAT(d->arena, STR("at most "), duration_seconds_text(d->arena, f->max)), s));
	else
		*(struct duration *)at = (struct duration){ ms, s };
}

/* ---- words ---- */

unsigned decode_word(struct decoder *d, const struct field *f, const struct node *n, struct str text)
{
	unsigned number = field_word_number(f->words, text);

	if (number)
		return number;
	for (const struct refusal *r = f->refusal; r && r->words; r++) {
		if (field_word_number(r->words, text)) {
			struct diag *diag = decode_refuse(d, r->code, n, ARGS(text));

			if (r->help)
				diag_help_text(d->diags, diag, str_c(r->help));
			return 0;
		}
	}
	decode_unknown_word(d, f, n, text);
	return 0;
}

void decode_enum(struct decoder *d, const struct field *f, const struct node *n, void *at)
{
	struct str s;
	unsigned   number;

	if (!decode_text(d, f, n, &s))
		return;
	number = decode_word(d, f, n, s);
	if (number)
		*(unsigned *)at = number;
}

/* ---- defaults ---- */

void decode_default(const struct field *f, void *at)
{
	struct str text = str_c(f->default_text);

	switch (f->type) {
	case FIELD_STRING:
		*(struct str *)at = text;
		break;
	case FIELD_BOOL:
		*(enum tri *)at = str_is(text, "true") ? TRI_YES : TRI_NO;
		break;
	case FIELD_ENUM:
		*(unsigned *)at = field_word_number(f->words, text);
		break;
	case FIELD_DURATION:
		((struct duration *)at)->text = text;
		duration_parse(text, &((struct duration *)at)->ms);
		break;
	case FIELD_INT:
		read_int(text, at);
		break;
	default:
		break;
	}
}
