/* JUnit's XML, which every pipeline counts: a suite for each file that was read, in it a test that failed for each error,
 * and one that passed for each manifest, or upstream in a proxy, that nothing is said against; a file without any has
 * one test, which passed. Warnings and infos are the output of the suite; with --fail-on warning a warning fails too.
 */
#include "base/arena.h"
#include "base/hash.h"
#include "report/passed.h"
#include "report/places.h"
#include "report/report.h"
#include "report/xml_write.h"

/* The findings of one file: sorted[from, to). */
struct suite {
	const struct source *source;
	size_t               from, to;
	size_t               failures, errors; /* errors: what the environment did */
	struct passed       *passes;
	struct passed      **last_pass; /* NULL without any */
	size_t               tests;
	struct str           key;
};

struct suites {
	const struct report *report;
	const struct diag  **sorted;
	struct suite        *items;
	size_t               n;
	size_t               tests, failures, errors;
	struct hash          by_source;
};

static struct str key_of_suite(const void *item)
{
	return ((const struct suite *)item)->key;
}

static void add_suite(struct suites *all, struct arena *arena, const struct source *source)
{
	struct suite *s = &all->items[all->n];

	s->source = source;
	s->key = str_of(arena_copy(arena, &source, sizeof(source)), sizeof(source));
	if (!hash_add(&all->by_source, s))
		all->n++;
}

static bool is_environment(const struct diag *d)
{
	return d->level == DIAG_ERROR && diag_info_of(d->code)->class == DIAG_ENVIRONMENT;
}

static struct suite *suite_of(const struct suites *all, const struct source *source)
{
	return hash_get(&all->by_source, str_of((const char *)&source, sizeof(source)));
}

/* Findings of one file stand together in sorted. */
static void count_findings(struct suites *all)
{
	for (size_t i = 0; i < all->report->diags->n; i++) {
		const struct diag *d = all->sorted[i];
		struct suite      *s = suite_of(all, d->pos.source);

		if (s->to == 0)
			s->from = i;
		s->to = i + 1;
		if (is_environment(d))
			s->errors++;
		else if (report_fails_by(all->report, d))
			s->failures++;
	}
}

static void add_passes(struct suites *all, struct passed *list)
{
	struct passed *next;

	for (struct passed *one = list; one; one = next) {
		struct suite *s = suite_of(all, one->source);

		next = one->next;
		one->next = NULL;
		if (!s)
			continue;
		*(s->last_pass ? s->last_pass : &s->passes) = one;
		s->last_pass = &one->next;
		s->tests++;
	}
}

static void count_tests(struct suites *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct suite *s = &all->items[i];

		s->tests += s->failures + s->errors;
		s->tests += s->tests == 0;
		all->failures += s->failures;
		all->errors += s->errors;
		all->tests += s->tests;
	}
}

static void collect(struct suites *all, struct arena *arena, const struct report *report)
{
	*all = (struct suites){ .report = report };
	all->sorted = diags_sorted(report->diags, arena);
	all->items = ARENA_ARRAY(arena, report->n_sources + report->diags->n + 2, struct suite);
	hash_init(&all->by_source, arena, key_of_suite);
	for (size_t i = 0; i < report->n_sources; i++)
		add_suite(all, arena, report->sources[i]);
	for (size_t i = 0; i < report->diags->n; i++)
		add_suite(all, arena, all->sorted[i]->pos.source);
	if (all->n == 0)
		add_suite(all, arena, NULL);
	count_findings(all);
	add_passes(all, passed_tests(arena, report, all->sorted));
	count_tests(all);
}

/* ---- writing ---- */

/* "filter.yaml:12:11: error CO0204: …", the notes and the help, as text. */
static void write_body(struct buf *out, const struct diag *d)
{
	char code[7];

	xml_text(out, place_file(d->pos.source));
	if (place_has_lines(&d->pos)) {
		struct place place = source_place(d->pos.source, d->pos.offset);

		buf_fmt(out, ":%u:%u", place.line, place.column);
	}
	buf_fmt(out, ": %s %s: ", diag_level_text(d->level), diag_code_text(d->code, code));
	xml_text(out, d->message);
	buf_char(out, '\n');
	for (const struct diag_related *r = d->related; r; r = r->next) {
		xml_text(out, place_note(out->arena, r));
		buf_char(out, '\n');
	}
	if (str_present(d->help)) {
		buf_lit(out, "help: ");
		xml_text(out, d->help);
		buf_char(out, '\n');
	}
}

static void open_test(struct buf *out, struct str name, const struct source *source)
{
	buf_lit(out, "    <testcase");
	xml_attribute(out, "name", name);
	xml_attribute(out, "classname", place_file(source));
	buf_lit(out, " time=\"0\"");
}

static void write_failure(struct buf *out, const struct diag *d)
{
	const char *element = is_environment(d) ? "error" : "failure";
	char        code[7];
	struct str  name;

	diag_code_text(d->code, code);
	name = str_c(code);
	if (place_has_lines(&d->pos)) {
		struct place place = source_place(d->pos.source, d->pos.offset);

		name = str_fmt(out->arena, "%s at %u:%u", code, place.line, place.column);
	}
	open_test(out, name, d->pos.source);
	buf_fmt(out, ">\n      <%s", element);
	xml_attribute(out, "type", str_c(code));
	xml_attribute(out, "message", d->message);
	buf_char(out, '>');
	write_body(out, d);
	buf_fmt(out, "</%s>\n    </testcase>\n", element);
}

static void write_output(struct buf *out, const struct suites *all, const struct suite *s)
{
	bool any = false;

	for (size_t i = s->from; i < s->to; i++) {
		if (report_fails_by(all->report, all->sorted[i]))
			continue;
		if (!any)
			buf_lit(out, "    <system-out>");
		any = true;
		write_body(out, all->sorted[i]);
	}
	if (any)
		buf_lit(out, "</system-out>\n");
}

static void write_counts(struct buf *out, size_t tests, size_t failures, size_t errors)
{
	xml_attribute_uint(out, "tests", tests);
	xml_attribute_uint(out, "failures", failures);
	xml_attribute_uint(out, "errors", errors);
	buf_lit(out, " time=\"0\">\n");
}

static void write_pass(struct buf *out, struct str name, const struct source *source)
{
	open_test(out, name, source);
	buf_lit(out, "/>\n");
}

static void write_suite(struct buf *out, const struct suites *all, const struct suite *s)
{
	buf_lit(out, "  <testsuite");
	xml_attribute(out, "name", place_file(s->source));
	write_counts(out, s->tests, s->failures, s->errors);
	for (const struct passed *one = s->passes; one; one = one->next)
		write_pass(out, one->name, s->source);
	for (size_t i = s->from; i < s->to; i++)
		if (report_fails_by(all->report, all->sorted[i]))
			write_failure(out, all->sorted[i]);
	if (!s->passes && s->failures + s->errors == 0)
		write_pass(out, STR_CONCAT(out->arena, STR("callout "), all->report->command), s->source);
	write_output(out, all, s);
	buf_lit(out, "  </testsuite>\n");
}

void report_write_junit(struct buf *out, const struct report *report)
{
	struct suites all;

	collect(&all, out->arena, report);
	buf_lit(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	xml_attribute(out, "name", STR_CONCAT(out->arena, STR("callout "), report->command));
	write_counts(out, all.tests, all.failures, all.errors);
	for (size_t i = 0; i < all.n; i++)
		write_suite(out, &all, &all.items[i]);
	buf_lit(out, "</testsuites>\n");
}
