#include "base/diag.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

void diags_init(struct diags *ds, struct arena *arena)
{
	*ds = (struct diags){ .arena = arena };
	ds->last = &ds->first;
}

/* Appends a value of unknown origin: printable, on one line, of bounded length. */
static void add_value(struct buf *b, struct str value, size_t most)
{
	size_t start = b->n;

	for (size_t at = 0; at < value.n;) {
		uint32_t cp = 0;
		size_t   n = utf8_decode(value, at, &cp);

		if (b->n - start >= most) {
			buf_lit(b, "…");
			return;
		}
		if (n == 0) {
			buf_fmt(b, "\\x%02x", (unsigned char)value.p[at]);
			n = 1;
		} else if (utf8_is_unseen(cp)) {
			buf_fmt(b, cp < 0x100 ? "\\x%02x" : cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
		} else {
			buf_add(b, str_slice(value, at, at + n));
		}
		at += n;
	}
}

static struct str fill(struct arena *arena, const char *text, const struct str *values, size_t n)
{
	struct str template = str_c(text);
	struct buf b;
	size_t     used = 0;

	buf_init(&b, arena, 16 * KIB);
	for (size_t at = 0; at < template.n;) {
		size_t hole = str_find_str(template, STR("{}"), at);

		buf_add(&b, str_slice(template, at, hole));
		if (hole == template.n)
			break;
		if (used < n)
			add_value(&b, values[used++], LIMIT_MESSAGE_VALUE_BYTES);
		at = hole + 2;
	}
	return buf_str(&b);
}

static void count(struct diags *ds, const struct diag_info *info)
{
	if (info->level == DIAG_ERROR) {
		ds->errors++;
		ds->class_seen[info->class] = true;
	} else if (info->level == DIAG_WARNING) {
		ds->warnings++;
	} else {
		ds->infos++;
	}
}

static void append(struct diags *ds, struct diag *d)
{
	*ds->last = d;
	ds->last = &d->next;
	ds->n++;
}

static struct diag *make(struct diags *ds, const struct diag_info *info, struct pos pos)
{
	struct diag *d = ARENA_NEW(ds->arena, struct diag);

	d->code = info->code;
	d->level = info->level;
	d->pos = pos;
	return d;
}

/* A source that there are findings about. */
struct told_source {
	const struct source *source;
	size_t               n;
	struct diag         *last_mild; /* the last of them that is no error */
};

static struct str bytes_of(const struct source *const *source)
{
	return str_of((const char *)source, sizeof(*source));
}

static struct str told_source_key(const void *told)
{
	return bytes_of(&((const struct told_source *)told)->source);
}

static struct told_source *told_source(struct diags *ds, const struct source *source)
{
	struct told_source *told = ds->sources.arena ? hash_get(&ds->sources, bytes_of(&source)) : NULL;

	if (told)
		return told;
	if (!ds->sources.arena)
		hash_init(&ds->sources, ds->arena, told_source_key);
	told = ARENA_NEW(ds->arena, struct told_source);
	told->source = source;
	hash_add(&ds->sources, told);
	return told;
}

static struct diag *add_shown(struct diags *ds, const struct diag_info *info, struct pos pos,
                              struct told_source *of_source)
{
	struct diag *d = make(ds, info, pos);

	if (of_source && info->level != DIAG_ERROR) {
		d->milder = of_source->last_mild;
		of_source->last_mild = d;
	}
	ds->n_mild += info->level != DIAG_ERROR;
	append(ds, d);
	return d;
}

/* The last finding of the source that is not an error. Entries of its chain may have been replaced by errors
 * meanwhile (make_room); these are passed over. */
static struct diag *last_mild_of(struct told_source *of_source)
{
	while (of_source->last_mild && of_source->last_mild->level == DIAG_ERROR)
		of_source->last_mild = of_source->last_mild->milder;
	return of_source->last_mild;
}

/* The last finding of the whole list that is not an error, CO_MORE_FINDINGS aside: that one has to stay. */
static struct diag *last_mild_of_all(struct diags *ds)
{
	struct diag *last = NULL;

	for (struct diag *d = ds->n_mild ? ds->first : NULL; d; d = d->next)
		if (d->level != DIAG_ERROR && d->code != CO_MORE_FINDINGS)
			last = d;
	return last;
}

/* Where a cap is reached, an error takes the place of the last warning or note: of its source or, if the whole
 * list is full, of any source. So warnings never hide an error. NULL: there are only errors. */
static struct diag *make_room(struct diags *ds, const struct diag_info *info, struct pos pos,
                              struct told_source *of_source)
{
	struct diag *d = NULL;

	if (info->level != DIAG_ERROR)
		return NULL;
	if (of_source)
		d = last_mild_of(of_source);
	if (!d && ds->n >= LIMIT_FINDINGS)
		d = last_mild_of_all(ds);
	if (!d)
		return NULL;
	*d = (struct diag){
		.code = info->code, .level = info->level, .pos = pos, .next = d->next, .milder = d->milder
	};
	ds->n_mild--;
	return d;
}

static void tell_of_more(struct diags *ds, struct pos pos)
{
	struct diag *d = make(ds, diag_info_of(CO_MORE_FINDINGS), pos);

	d->message = str_c(diag_info_of(CO_MORE_FINDINGS)->text);
	append(ds, d);
}

struct diag *diag_add(struct diags *ds, enum diag_code code, struct pos pos, const struct str *values, size_t n)
{
	const struct diag_info *info = diag_info_of(code);
	static struct diag  unseen; /* without a message, by which diag_help and the others know not to write to it */
	struct told_source *of_source = pos.source ? told_source(ds, pos.source) : NULL;
	struct diag        *d;

	count(ds, info);
	if (of_source)
		of_source->n++;
	if ((of_source && of_source->n > LIMIT_FINDINGS_PER_SOURCE) || ds->n >= LIMIT_FINDINGS) {
		if ((of_source && of_source->n == LIMIT_FINDINGS_PER_SOURCE + 1) ||
		    (ds->n >= LIMIT_FINDINGS && !ds->capped)) {
			ds->capped = ds->n >= LIMIT_FINDINGS;
			tell_of_more(ds, pos);
		}
		d = make_room(ds, info, pos, of_source);
		if (!d)
			return &unseen;
	} else {
		d = add_shown(ds, info, pos, of_source);
	}
	d->message = fill(ds->arena, info->text, values, n);
	return d;
}

void diag_repeat(struct diags *ds, const struct diag *old)
{
	struct diag *d = diag_add(ds, old->code, old->pos, NO_ARGS);

	if (!str_present(d->message))
		return;
	d->message = old->message;
	d->help = old->help;
	d->path = old->path;
	d->related = old->related;
}

void diags_append(struct diags *ds, const struct diags *from)
{
	if (from->first) {
		*ds->last = from->first;
		ds->last = from->last;
	}
	ds->n += from->n;
	ds->n_mild += from->n_mild;
	ds->errors += from->errors;
	ds->warnings += from->warnings;
	ds->infos += from->infos;
	for (unsigned i = 0; i < sizeof(ds->class_seen) / sizeof(ds->class_seen[0]); i++)
		ds->class_seen[i] = ds->class_seen[i] || from->class_seen[i];
}

/* The finding past a cap is shared and has no message: it is never written to. */
void diag_set_path(struct diag *d, struct str path)
{
	if (str_present(d->message))
		d->path = path;
}

void diag_help(struct diags *ds, struct diag *d, const char *text, const struct str *values, size_t n)
{
	if (str_present(d->message))
		d->help = fill(ds->arena, text, values, n);
}

void diag_help_text(struct diags *ds, struct diag *d, struct str help)
{
	struct buf b;

	if (!str_present(d->message))
		return;
	buf_init(&b, ds->arena, 16 * KIB);
	add_value(&b, help, LIMIT_HELP_BYTES);
	d->help = buf_str(&b);
}

void diag_relate(struct diags *ds, struct diag *d, struct pos pos, const char *text, const struct str *values, size_t n)
{
	struct diag_related  *r;
	struct diag_related **at = &d->related;

	if (!str_present(d->message))
		return;
	while (*at)
		at = &(*at)->next;
	r = ARENA_NEW(ds->arena, struct diag_related);
	r->message = fill(ds->arena, text, values, n);
	r->pos = pos;
	*at = r;
}

struct ranked {
	const struct diag *diag;
	size_t             source_rank;
	size_t             order;
};

static int compare_ranked(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->source_rank != b->source_rank)
		return a->source_rank < b->source_rank ? -1 : 1;
	if (a->diag->pos.offset != b->diag->pos.offset)
		return a->diag->pos.offset < b->diag->pos.offset ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

const struct diag **diags_sorted(const struct diags *ds, struct arena *arena)
{
	struct ranked        *ranked = ARENA_ARRAY(arena, ds->n + 1, struct ranked);
	const struct diag   **sorted = ARENA_ARRAY(arena, ds->n + 1, const struct diag *);
	const struct source **sources = ARENA_ARRAY(arena, ds->n + 1, const struct source *);
	size_t                n_sources = 0, i = 0, k;

	for (const struct diag *d = ds->first; d; d = d->next, i++) {
		for (k = n_sources; k > 0 && sources[k - 1] != d->pos.source; k--)
			;
		if (k == 0 && d->pos.source)
			sources[n_sources++] = d->pos.source, k = n_sources;
		ranked[i] = (struct ranked){ d, d->pos.source ? k : ds->n + 1, i };
	}
	qsort(ranked, ds->n, sizeof(*ranked), compare_ranked);
	for (i = 0; i < ds->n; i++)
		sorted[i] = ranked[i].diag;
	return sorted;
}
