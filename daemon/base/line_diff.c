/* Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986), on what is left after equal lines at both ends are
 * removed. */
#include "base/line_diff.h"

#include "base/arena.h"

enum {
	CONTEXT = 3,
	EDITS_MAX = 1500, /* the trace takes memory by the square of it */
};

struct side {
	struct str *lines;
	size_t      n;
};

/* One line of the result: it is in the old text only, in the new one only, or in both. */
struct step {
	char       mark; /* '-', '+' or ' ' */
	struct str line;
};

struct script {
	struct step *steps;
	size_t       n;
};

static struct side split(struct arena *arena, struct str text)
{
	struct side s = { NULL, 0 };

	for (size_t at = 0; at < text.n; at = str_find(text, '\n', at) + 1)
		s.n++;
	s.lines = ARENA_ARRAY(arena, s.n + 1, struct str);
	s.n = 0;
	for (size_t at = 0; at < text.n;) {
		size_t end = str_find(text, '\n', at);

		s.lines[s.n++] = str_slice(text, at, end);
		at = end + 1;
	}
	return s;
}

static void add(struct script *s, char mark, struct str line)
{
	s->steps[s->n++] = (struct step){ mark, line };
}

/* The furthest x on diagonal k after d edits. */
static long furthest(const long *v, long d, long k, long n)
{
	if (k == -d || (k != d && v[n + k - 1] < v[n + k + 1]))
		return v[n + k + 1];
	return v[n + k - 1] + 1;
}

/* Fills trace[d] with the furthest points before the d-th round; the number of edits, or -1 when there are too many. */
static long search(struct arena *arena, const struct side *a, const struct side *b, long **trace)
{
	long n = EDITS_MAX + 1, *v = ARENA_ARRAY(arena, 2 * (size_t)n + 1, long);

	for (long d = 0; d <= EDITS_MAX; d++) {
		trace[d] = ARENA_ARRAY(arena, 2 * (size_t)d + 3, long);
		memcpy(trace[d], &v[n - d - 1], (2 * (size_t)d + 3) * sizeof(long));
		for (long k = -d; k <= d; k += 2) {
			long x = furthest(v, d, k, n), y = x - k;

			while (x < (long)a->n && y < (long)b->n && y >= 0 && str_eq(a->lines[x], b->lines[y]))
				x++, y++;
			v[n + k] = x;
			if (x >= (long)a->n && y >= (long)b->n)
				return d;
		}
	}
	return -1;
}

/* Walks the trace back from the end; steps are written from the last to the first. */
static void walk_back(struct script *s, const struct side *a, const struct side *b, long **trace, long edits)
{
	long   x = (long)a->n, y = (long)b->n;
	size_t first = s->n;

	for (long d = edits; d >= 0; d--) {
		const long *v = trace[d];
		long        k = x - y, before_k, before_x, before_y;

		before_k = k == -d || (k != d && v[d + 1 + k - 1] < v[d + 1 + k + 1]) ? k + 1 : k - 1;
		before_x = d ? v[d + 1 + before_k] : 0;
		before_y = d ? before_x - before_k : 0;
		while (x > before_x && y > before_y) {
			x--, y--;
			add(s, ' ', a->lines[x]);
		}
		if (d == 0)
			break;
		if (x == before_x)
			add(s, '+', b->lines[--y]);
		else
			add(s, '-', a->lines[--x]);
	}
	for (size_t i = first, k = s->n; i + 1 < k; i++) {
		struct step swap = s->steps[i];

		s->steps[i] = s->steps[--k];
		s->steps[k] = swap;
	}
}

static void compare_middle(struct arena *arena, struct script *s, const struct side *a, const struct side *b)
{
	long **trace = ARENA_ARRAY(arena, EDITS_MAX + 1, long *);
	long   edits = a->n && b->n ? search(arena, a, b, trace) : -1;

	if (edits >= 0) {
		walk_back(s, a, b, trace, edits);
		return;
	}
	for (size_t i = 0; i < a->n; i++)
		add(s, '-', a->lines[i]);
	for (size_t i = 0; i < b->n; i++)
		add(s, '+', b->lines[i]);
}

static struct script compare(struct arena *arena, struct side a, struct side b)
{
	struct script s = { ARENA_ARRAY(arena, a.n + b.n + 1, struct step), 0 };
	size_t        tail = 0;

	while (a.n && b.n && str_eq(a.lines[0], b.lines[0])) {
		add(&s, ' ', a.lines[0]);
		a.lines++, a.n--;
		b.lines++, b.n--;
	}
	while (a.n && b.n && str_eq(a.lines[a.n - 1], b.lines[b.n - 1])) {
		a.n--, b.n--;
		tail++;
	}
	compare_middle(arena, &s, &a, &b);
	for (size_t i = 0; i < tail; i++)
		add(&s, ' ', a.lines[a.n + i]);
	return s;
}

/* ---- hunks ---- */

/* The end of the hunk that begins at `from`: where more than twice the context is equal. */
static size_t hunk_end(const struct script *s, size_t from)
{
	size_t end = from;

	for (size_t i = from; i < s->n && i <= end + 2 * (size_t)CONTEXT + 1; i++)
		if (s->steps[i].mark != ' ')
			end = i;
	return end + 1;
}

static void write_range(struct buf *b, char mark, size_t line, size_t n)
{
	buf_fmt(b, "%c%zu", mark, n ? line + 1 : line);
	if (n != 1)
		buf_fmt(b, ",%zu", n);
}

static void write_hunk(struct buf *b, const struct script *s, size_t from, size_t to, size_t old_line, size_t new_line)
{
	size_t n_old = 0, n_new = 0;

	for (size_t i = from; i < to; i++) {
		n_old += s->steps[i].mark != '+';
		n_new += s->steps[i].mark != '-';
	}
	buf_lit(b, "@@ ");
	write_range(b, '-', old_line, n_old);
	buf_char(b, ' ');
	write_range(b, '+', new_line, n_new);
	buf_lit(b, " @@\n");
	for (size_t i = from; i < to; i++) {
		buf_char(b, s->steps[i].mark);
		buf_add(b, s->steps[i].line);
		buf_char(b, '\n');
	}
}

bool line_diff(struct buf *b, struct arena *arena, struct str old, struct str new)
{
	struct script s = compare(arena, split(arena, old), split(arena, new));
	size_t        old_line = 0, new_line = 0, counted = 0;
	bool          differ = false;

	for (size_t i = 0; i < s.n; i++) {
		size_t from, to, end;

		if (s.steps[i].mark == ' ')
			continue;
		differ = true;
		end = hunk_end(&s, i);
		from = i > counted + CONTEXT ? i - CONTEXT : counted;
		to = end + CONTEXT < s.n ? end + CONTEXT : s.n;
		for (; counted < from; counted++)
			old_line++, new_line++; /* only equal lines stand between hunks */
		write_hunk(b, &s, from, to, old_line, new_line);
		for (; counted < to; counted++) {
			old_line += s.steps[counted].mark != '+';
			new_line += s.steps[counted].mark != '-';
		}
		i = to - 1;
	}
	return differ;
}
