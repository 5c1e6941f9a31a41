#include "wasm/wasm_names.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/limits.h"
#include "wasm/text_search.h"
#include "wasm/wasm_reading.h"

enum {
	TEXT_MAX = 512,          /* characters of a text that is looked for, and of a name that is told */
	KEPT = 2 * TEXT_MAX + 2, /* bytes that a text may need behind the place where it begins */
	FORMAT_MAX = 40,
	SCHEME_END = 3, /* :// */
};

#define OUTBOUND  STR_INIT("outbound|")
#define HOST      STR_INIT(":host")
#define AUTHORITY STR_INIT(":authority")

enum text_kind { TEXT_OUTBOUND, TEXT_CLUSTER, TEXT_URL, TEXT_HOST, TEXT_AUTHORITY };

struct sought_text {
	enum text_kind kind;
	bool           wide;
	struct str     narrow; /* as it is in UTF-8 */
};

struct name_search {
	const struct names_sought *sought;
	struct text_search        *search;
	struct sought_text        *texts; /* by the numbers of the search */
};

/* ---- what is looked for ---- */

struct building {
	struct arena       *arena;
	struct sought_text *texts;
	struct str         *bytes;
	size_t              n;
};

/* Without the zero behind the last character, which may be cut off. */
static struct str widened(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, 2 * s.n + 1);

	for (size_t i = 0; i < s.n; i++) {
		p[2 * i] = s.p[i];
		p[2 * i + 1] = 0;
	}
	return str_of(p, 2 * s.n - 1);
}

/* In both encodings. What is not ASCII is no name of Istio's, and is looked for in UTF-8 alone. */
static void add_text(struct building *b, enum text_kind kind, struct str text)
{
	bool ascii = true;

	for (size_t i = 0; i < text.n; i++)
		ascii = ascii && (unsigned char)text.p[i] < 0x80;
	if (text.n < SEARCH_SHORTEST || text.n > TEXT_MAX)
		return;
	b->texts[b->n] = (struct sought_text){ kind, false, text };
	b->bytes[b->n++] = text;
	if (!ascii)
		return;
	b->texts[b->n] = (struct sought_text){ kind, true, text };
	b->bytes[b->n++] = widened(b->arena, text);
}

struct name_search *name_search_new(struct arena *arena, const struct names_sought *sought)
{
	struct name_search *s = ARENA_NEW(arena, struct name_search);
	size_t              most = 2 * (sought->n_clusters + sought->n_hosts + 3);
	struct building     b = { .arena = arena,
		                  .texts = ARENA_ARRAY(arena, most, struct sought_text),
		                  .bytes = ARENA_ARRAY(arena, most, struct str) };

	add_text(&b, TEXT_OUTBOUND, (struct str)OUTBOUND);
	add_text(&b, TEXT_HOST, (struct str)HOST);
	add_text(&b, TEXT_AUTHORITY, (struct str)AUTHORITY);
	for (size_t i = 0; i < sought->n_clusters; i++)
		if (!str_has_prefix(sought->clusters[i], (struct str)OUTBOUND))
			add_text(&b, TEXT_CLUSTER, sought->clusters[i]);
	for (size_t i = 0; i < sought->n_hosts; i++)
		add_text(&b, TEXT_URL, STR_CONCAT(arena, STR("://"), sought->hosts[i]));
	*s = (struct name_search){ sought, text_search_new(arena, b.bytes, b.n), b.texts };
	return s;
}

/* ---- what was found ---- */

struct finding_names {
	struct reading           *r;
	const struct name_search *search;
	struct str                view;
	uint64_t                  base; /* of the view in the module */
};

static void add_name(struct finding_names *f, enum name_kind kind, struct str text, bool wide, size_t at)
{
	struct found_names *names = f->r->m->names;
	struct found_name **last = &names->first;
	struct found_name  *n;

	for (; *last; last = &(*last)->next)
		if ((*last)->kind == kind && (*last)->wide == wide && str_eq((*last)->text, text))
			return;
	if (names->n == LIMIT_WASM_NAMES) {
		names->more++;
		return;
	}
	names->n++;
	n = ARENA_NEW(f->r->arena, struct found_name);
	n->kind = kind;
	n->text = str_copy(f->r->arena, text);
	n->wide = wide;
	n->at = f->base + at;
	n->length = (uint32_t)(wide ? 2 * text.n : text.n);
	*last = n;
}

/* The text that begins there, as ASCII; it ends at the latest where the view does. Optimizers cut zeros off the end of a
 * segment, the last half of a character in UTF-16 too. */
static struct str text_at(const struct finding_names *f, size_t at, bool wide, char *room)
{
	size_t n = 0, step = wide ? 2 : 1;

	for (; n < TEXT_MAX && at < f->view.n; at += step) {
		char c = f->view.p[at];

		if (c < 0x20 || c > 0x7e || (wide && at + 1 < f->view.n && f->view.p[at + 1] != 0))
			break;
		room[n++] = c;
	}
	return str_of(room, n);
}

static bool is_host_character(char c)
{
	return ascii_is_alnum_or(c, ".-_*");
}

static size_t span(struct str s, size_t from, bool digits)
{
	while (from < s.n && (digits ? ascii_is_digit(s.p[from]) : is_host_character(s.p[from])))
		from++;
	return from;
}

/* outbound|PORT|SUBSET|HOST: its length; 0 when it is none. */
static size_t cluster_name_length(struct str s)
{
	size_t port = ((struct str)OUTBOUND).n, subset = span(s, port, true) + 1, host, end;

	if (subset == port + 1 || subset > s.n || s.p[subset - 1] != '|')
		return 0;
	host = span(s, subset, false) + 1;
	if (host > s.n || s.p[host - 1] != '|')
		return 0;
	end = span(s, host, false);
	return end > host ? end : 0;
}

/* "outbound|%d||%s", without what stands packed behind it. */
static struct str format_of(struct str s)
{
	size_t n = 0;

	while (n < s.n && n < FORMAT_MAX && s.p[n] != ' ' && s.p[n] != '"' && s.p[n] != '\'')
		n++;
	return str_slice(s, 0, n);
}

/* The longest of the manifest's names that begins there. */
static struct str known_name(const struct names_sought *sought, struct str text)
{
	struct str best = STR_ABSENT;

	for (size_t i = 0; i < sought->n_clusters; i++)
		if (str_has_prefix(text, sought->clusters[i]) && (!best.p || sought->clusters[i].n > best.n))
			best = sought->clusters[i];
	return best;
}

static void judge_outbound(struct finding_names *f, size_t at, bool wide)
{
	char       room[TEXT_MAX];
	struct str text = text_at(f, at, wide, room), known = known_name(f->search->sought, text);
	size_t     length = cluster_name_length(text);

	if (str_present(known))
		add_name(f, NAME_CLUSTER, known, wide, at);
	else if (length)
		add_name(f, NAME_OTHER, str_slice(text, 0, length), wide, at);
	else
		add_name(f, NAME_FORMAT, format_of(text), wide, at);
}

/* ":host", and not ":hostname". */
static void judge_host(struct finding_names *f, size_t at, bool wide)
{
	char       room[TEXT_MAX] = { 0 };
	struct str text = text_at(f, at, wide, room);
	size_t     n = ((struct str)HOST).n;

	if (n == text.n || text.p[n] == ':' || !is_host_character(text.p[n]))
		f->r->m->names->host_header = true;
}

static void judge(void *context, size_t at, size_t number)
{
	struct finding_names     *f = context;
	const struct sought_text *t = &f->search->texts[number];

	switch (t->kind) {
	case TEXT_OUTBOUND:
		judge_outbound(f, at, t->wide);
		break;
	case TEXT_CLUSTER:
		add_name(f, NAME_CLUSTER, t->narrow, t->wide, at);
		break;
	case TEXT_URL:
		add_name(f, NAME_URL, str_slice(t->narrow, SCHEME_END, t->narrow.n), t->wide, at);
		break;
	case TEXT_HOST:
		judge_host(f, at, t->wide);
		break;
	case TEXT_AUTHORITY:
		f->r->m->names->authority_header = true;
		break;
	}
}

/* ---- reading ---- */

void read_names_in_data(struct reading *r, uint32_t n)
{
	struct finding_names f = { .r = r, .search = r->options->names };
	uint64_t             outer = cursor_enter(&r->c, n, "a data segment is longer than its section");

	while (cursor_more(&r->c)) {
		size_t limit;

		f.view = cursor_view(&r->c, KEPT);
		f.base = cursor_offset(&r->c);
		limit = f.view.n > KEPT && f.view.n < cursor_left(&r->c) ? f.view.n - KEPT : f.view.n;
		text_search_run(f.search->search, f.view, limit, judge, &f);
		if (limit == 0)
			break;
		cursor_skip(&r->c, limit);
	}
	r->c.end = outer;
}

void names_prepare(struct reading *r)
{
	if (!r->options->names)
		return;
	r->m->names = ARENA_NEW(r->arena, struct found_names);
	r->m->names->sought = r->options->names->sought;
}
