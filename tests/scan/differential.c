/* The scanner beside simdjson and jansson.
 *
 *	differential same FILE…           each is accepted by all three, and holds the same
 *	differential cut FILE…            cut off at every byte, each is refused by all, and the scanner says that it is cut off
 *	differential damage N SEED FILE…  N times a few bytes are changed: the strict scan and simdjson agree on what is JSON,
 *	                                  and on what it holds; so does jansson, where its own limits let it
 *
 * Prints what differs, and a closing line. Exit 1: something differs.
 */
#include <errno.h>
#include "base/arena.h"
#include "json/json_scan.h"
#include "peers.h"
#include "samples.h"

void events_add(struct events *e, const char *p, size_t n)
{
	if (e->n + n > e->cap) {
		e->cap = (e->n + n) * 2;
		e->p = realloc(e->p, e->cap);
		if (!e->p)
			abort();
	}
	if (n)
		memcpy(e->p + e->n, p, n);
	e->n += n;
}

void events_int(struct events *e, long long i)
{
	char text[32];

	events_add(e, text, (size_t)snprintf(text, sizeof(text), "n%lld\n", i));
}

void events_double(struct events *e, double d)
{
	char text[64];

	events_add(e, text, (size_t)snprintf(text, sizeof(text), "n%.17g\n", d));
}

static bool failed_to_fit; /* a number is beyond what the peers hold */

static void add_number(struct events *out, const char *text)
{
	char     *end;
	long long i;
	double    d;

	errno = 0;
	if (!strpbrk(text, ".eE")) {
		i = strtoll(text, &end, 10);
		if (!errno && strcmp(text, "-0") != 0) {
			events_int(out, i);
			return;
		}
		failed_to_fit |= errno != 0;
	}
	errno = 0;
	d = strtod(text, &end);
	failed_to_fit |= errno == ERANGE;
	events_double(out, d);
}

static void add_string(struct events *out, const char *mark, struct str s)
{
	events_add(out, mark, 1);
	events_add(out, s.p, s.n);
	events_add(out, "\n", 1);
}

static void add_value(struct json_scan *s, struct events *out)
{
	static char      text[1 << 20];
	struct json_text read;
	struct str       key;
	bool             value;

	switch (json_scan_kind(s)) {
	case JSON_OBJECT:
		json_scan_enter_object(s);
		events_add(out, "{\n", 2);
		while (json_scan_next_key(s, &key)) {
			add_string(out, "k", key);
			add_value(s, out);
		}
		events_add(out, "end\n", 4);
		break;
	case JSON_ARRAY:
		json_scan_enter_array(s);
		events_add(out, "[\n", 2);
		while (json_scan_next_item(s))
			add_value(s, out);
		events_add(out, "end\n", 4);
		break;
	case JSON_STRING:
		if (json_scan_string(s, text, sizeof(text), &read))
			add_string(out, "s", read.text);
		break;
	case JSON_NUMBER:
		if (json_scan_number(s, text, sizeof(text) - 1, &read)) {
			text[read.text.n] = '\0';
			add_number(out, text);
		}
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		if (json_scan_bool(s, &value))
			events_add(out, value ? "true\n" : "false\n", value ? 5 : 6);
		break;
	case JSON_NULL:
		if (json_scan_null(s))
			events_add(out, "null\n", 5);
		break;
	case JSON_FAILED:
		break;
	}
}

static struct json_scan *scans[3]; /* ordinary; the smallest blocks, portable; two threads are for files alone */
enum { SCANS = 2 };

/* The fault; out may be NULL. */
static enum json_fault scan_events(struct json_scan *s, struct str text, unsigned flags, struct events *out)
{
	struct json_input in;

	json_input_bytes(&in, text);
	json_scan_open(s, &in, flags);
	if (out)
		add_value(s, out);
	json_scan_finish(s);
	return json_scan_error(s)->fault;
}

static bool same(const struct events *a, const struct events *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

static void report(const char *what, const char *name, struct str text)
{
	printf("%s: %s: ", name, what);
	for (size_t i = 0; i < text.n && i < 200; i++)
		printf(text.p[i] >= 0x20 && text.p[i] < 0x7F ? "%c" : "\\x%02x", (unsigned char)text.p[i]);
	printf("\n");
}

/* jansson refuses a NUL in a key, and takes one behind a number or word (JSONTestSuite's n_multidigit_number_then_00); it
 * keeps the last of two equal keys, so that what it holds can differ. */
static bool jansson_is_fit(struct str text)
{
	return !memchr(text.p, 0, text.n) && !memmem(text.p, text.n, "\\u0000", 6);
}

/* 1: something differs. */
static int compare(const char *name, struct str text, bool must_be_fine)
{
	struct events theirs = { 0 }, ours = { 0 }, janssons = { 0 };
	bool          fine[SCANS], accepted = simdjson_events(text.p, text.n, &theirs), jansson;
	const char   *what = NULL;

	failed_to_fit = false;
	for (int i = 0; i < SCANS && !what; i++) {
		ours.n = 0;
		fine[i] = scan_events(scans[i], text, JSON_SCAN_STRICT, NULL) == JSON_OK;
		if ((scan_events(scans[i], text, 0, &ours) == JSON_OK) != fine[i])
			what = "the walk and the strict scan do not agree";
		else if (failed_to_fit || (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0))
			continue; /* simdjson 3.0.1 takes no byte order mark */
		else if (fine[i] != accepted)
			what = accepted ? "simdjson accepts" : "simdjson refuses";
		else if (fine[i] && !same(&ours, &theirs))
			what = "simdjson reads something else";
	}
	jansson = jansson_events(text.p, text.n, &janssons);
	if (!what && !failed_to_fit && jansson != fine[0] && jansson_is_fit(text))
		what = jansson ? "jansson accepts" : "jansson refuses";
	if (!what && must_be_fine && !(fine[0] && same(&ours, &janssons)))
		what = "jansson reads something else";
	if (what)
		report(what, name, text);
	free(theirs.p);
	free(ours.p);
	free(janssons.p);
	return what != NULL;
}

static int cut(const char *name, struct text t)
{
	int failed = 0;

	while (t.n && strchr(" \n", t.p[t.n - 1]))
		t.n--;
	for (size_t n = 1; n < t.n; n++) {
		struct events ignored = { 0 };
		struct str    text = { t.p, n };
		char         *copy = calloc(1, n + PEER_PADDING); /* so that reading past the end is seen */
		bool          accepted;

		if (!copy)
			abort();
		memcpy(copy, t.p, n);
		text.p = copy;
		accepted = simdjson_events(copy, n, &ignored);
		for (int i = 0; i < SCANS; i++)
			for (unsigned flags = 0; flags <= JSON_SCAN_STRICT; flags++)
				if (accepted || scan_events(scans[i], text, flags, NULL) != JSON_TRUNCATED ||
				    json_scan_error(scans[i])->offset != n) {
					report("cut off and not seen", name, text);
					failed++;
				}
		free(copy);
		free(ignored.p);
	}
	printf("%s: %zu lengths\n", name, t.n - 1);
	return failed;
}

static uint64_t random_state;

static int damage(const char *name, struct text t, unsigned long times)
{
	static const char bytes[] =
		"\0\x01\t\n\r \"\"\"\\\\\\/{}[]{}[]::,,0123456789-+.eEutrfalsn\x7f\x80\xbf\xc2\xe2\xf0\xff";
	int failed = 0;

	while (times--) {
		char    *copy = calloc(1, t.n + PEER_PADDING);
		uint64_t changes = 1 + random_below(&random_state, 3);

		if (!copy)
			abort();
		memcpy(copy, t.p, t.n);
		while (t.n && changes--)
			copy[random_below(&random_state, t.n)] = bytes[random_below(&random_state, sizeof(bytes) - 1)];
		failed += compare(name, str_of(copy, t.n), false);
		free(copy);
	}
	return failed;
}

static void make_scans(struct arena *arena)
{
	struct json_scan_options small = { .block_bytes = 64, .kernel = JSON_KERNEL_PORTABLE };

	scans[0] = json_scan_new(arena, NULL);
	scans[1] = json_scan_new(arena, &small);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(64 << 20);
	bool cutting = argc > 1 && strcmp(argv[1], "cut") == 0, damaging = argc > 3 && strcmp(argv[1], "damage") == 0;
	int  first = damaging ? 4 : 2, failed = 0;

	if (!arena || argc <= first)
		return 2;
	make_scans(arena);
	if (damaging)
		random_state = strtoull(argv[3], NULL, 10) * 2654435761U + 88172645463325252U;
	for (int i = first; i < argc; i++) {
		struct text t = file_text(argv[i]);

		if (cutting)
			failed += cut(argv[i], t) != 0;
		else if (damaging)
			failed += damage(argv[i], t, strtoul(argv[2], NULL, 10)) != 0;
		else
			failed += compare(argv[i], str_of(t.p, t.n), true);
		free(t.p);
	}
	arena_free(arena);
	printf("differential %s: %d passed, %d failed\n", argv[1], argc - first - failed, failed);
	return failed != 0;
}
