/* SARIF 2.1.0 (OASIS), which code scanning of GitHub and others reads.
 *
 * One run. The rules are the codes that were found, each with its help. Columns count code points, as Callout's do. The
 * limits of GitHub (25,000 results, 1,000 locations a result, 20 tags a rule, 10 MiB packed) are far above those of a
 * run (LIMIT_FINDINGS), but for related places, of which no more are written.
 */
#include "base/arena.h"
#include "base/ascii.h"
#include "json/json_write.h"
#include "report/places.h"
#include "report/report.h"

enum { RELATED_LOCATIONS = 1000 };

static const char *const levels[] = { [DIAG_INFO] = "note", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error" };

static void member_text(struct json_writer *w, const char *key, struct str text)
{
	json_key(w, str_c(key));
	json_open(w, '{');
	json_member_string(w, "text", text);
	json_close(w, '}');
}

static bool is_argument(struct str s, size_t at)
{
	size_t end = at + 1;

	while (end < s.n && ascii_is_digit(s.p[end]))
		end++;
	return s.p[at] == '{' && end > at + 1 && end < s.n && s.p[end] == '}';
}

/* A message is plain text but for {0}, which stands for an argument, and [text](target), which is a link (3.11.5,
 * 3.11.6): what looks like one is escaped, and nothing else, since few readers undo it. */
static struct str message_text(struct arena *arena, struct str s)
{
	struct buf b;

	buf_init(&b, arena, 64 * KIB);
	for (size_t at = 0; at < s.n; at++) {
		if (is_argument(s, at)) {
			size_t end = str_find(s, '}', at);

			buf_char(&b, '{');
			buf_add(&b, str_slice(s, at, end + 1));
			buf_char(&b, '}');
			at = end;
			continue;
		}
		if (s.p[at] == ']' && at + 1 < s.n && s.p[at + 1] == '(')
			buf_char(&b, '\\');
		buf_char(&b, s.p[at]);
	}
	return buf_str(&b);
}

/* ---- rules ---- */

/* HOST_INVALID becomes HostInvalid: names of rules are in Pascal case. */
static struct str rule_name(struct arena *arena, const char *name)
{
	struct buf b;
	bool       capital = true;

	buf_init(&b, arena, KIB);
	for (; *name; name++) {
		char c = *name;

		if (c != '_')
			buf_char(&b, capital ? c : ascii_lower(c));
		capital = c == '_';
	}
	return buf_str(&b);
}

static void write_help(struct json_writer *w, const struct diag_info *d)
{
	struct arena *arena = w->out->arena;

	json_key(w, STR("help"));
	json_open(w, '{');
	json_member_string(w, "text",
	                   STR_CONCAT(arena, str_c(d->cause), STR("\n"), str_c(d->consequence), STR("\n"),
	                              str_c(d->fix)));
	json_member_string(w, "markdown",
	                   STR_CONCAT(arena, STR("**Cause:** "), str_c(d->cause), STR("\n\n**Consequence:** "),
	                              str_c(d->consequence), STR("\n\n**Way out:** "), str_c(d->fix)));
	json_close(w, '}');
}

static void write_rule(struct json_writer *w, const struct diag_info *d)
{
	char code[7];

	json_open(w, '{');
	json_member_string(w, "id", str_c(diag_code_text(d->code, code)));
	json_member_string(w, "name", rule_name(w->out->arena, d->name));
	member_text(w, "shortDescription", diag_info_text(w->out->arena, d));
	member_text(w, "fullDescription", str_c(d->cause));
	write_help(w, d);
	json_key(w, STR("defaultConfiguration"));
	json_open(w, '{');
	json_member_string(w, "level", str_c(levels[d->level]));
	json_close(w, '}');
	json_close(w, '}');
}

/* Marks the rows of diag_table that were found; the place of each among them. */
static size_t *write_rules(struct json_writer *w, const struct diags *ds)
{
	size_t *index = ARENA_ARRAY(w->out->arena, diag_table_size, size_t), n = 0;

	for (const struct diag *d = ds->first; d; d = d->next)
		index[diag_info_of(d->code) - diag_table] = 1;
	json_key(w, STR("rules"));
	json_open(w, '[');
	for (size_t i = 0; i < diag_table_size; i++) {
		if (!index[i])
			continue;
		index[i] = n++;
		write_rule(w, &diag_table[i]);
	}
	json_close(w, ']');
	return index;
}

static size_t *write_tool(struct json_writer *w, const struct diags *ds)
{
	size_t *index;

	json_key(w, STR("tool"));
	json_open(w, '{');
	json_key(w, STR("driver"));
	json_open(w, '{');
	json_member_string(w, "name", STR("Callout"));
	json_member_string(w, "version", STR(CALLOUT_VERSION));
	json_member_string(w, "semanticVersion", STR(CALLOUT_VERSION));
	index = write_rules(w, ds);
	json_close(w, '}');
	json_close(w, '}');
	return index;
}

/* ---- results ---- */

static void write_region(struct json_writer *w, const struct pos *pos)
{
	struct place from = source_place(pos->source, pos->offset), to;

	json_key(w, STR("region"));
	json_open(w, '{');
	json_member_int(w, "startLine", from.line);
	json_member_int(w, "startColumn", from.column);
	if (pos->length) {
		to = source_place(pos->source, pos->offset + pos->length);
		json_member_int(w, "endLine", to.line);
		json_member_int(w, "endColumn", to.column);
	}
	json_close(w, '}');
}

static void write_physical(struct json_writer *w, const struct pos *pos)
{
	struct buf uri;

	buf_init(&uri, w->out->arena, 64 * KIB);
	place_uri(&uri, pos->source);
	json_key(w, STR("physicalLocation"));
	json_open(w, '{');
	json_key(w, STR("artifactLocation"));
	json_open(w, '{');
	json_member_string(w, "uri", buf_str(&uri));
	json_close(w, '}');
	if (place_has_lines(pos))
		write_region(w, pos);
	json_close(w, '}');
}

static void write_logical(struct json_writer *w, struct str path)
{
	json_key(w, STR("logicalLocations"));
	json_open(w, '[');
	json_open(w, '{');
	json_member_string(w, "fullyQualifiedName", path);
	json_member_string(w, "kind", STR("member"));
	json_close(w, '}');
	json_close(w, ']');
}

/* A finding without a place stands at the root: code scanning refuses results that have none. */
static void write_locations(struct json_writer *w, const struct diag *d)
{
	json_key(w, STR("locations"));
	json_open(w, '[');
	json_open(w, '{');
	write_physical(w, &d->pos);
	if (str_present(d->path))
		write_logical(w, d->path);
	json_close(w, '}');
	json_close(w, ']');
}

static void write_related(struct json_writer *w, const struct diag_related *r)
{
	json_key(w, STR("relatedLocations"));
	json_open(w, '[');
	for (int id = 1; r && id <= RELATED_LOCATIONS; r = r->next, id++) {
		json_open(w, '{');
		json_member_int(w, "id", id);
		if (r->pos.source)
			write_physical(w, &r->pos);
		member_text(w, "message", message_text(w->out->arena, r->message));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_result(struct json_writer *w, const struct diag *d, size_t rule, struct str fingerprint)
{
	struct arena *arena = w->out->arena;
	struct str    message;
	char          code[7];

	json_open(w, '{');
	json_member_string(w, "ruleId", str_c(diag_code_text(d->code, code)));
	json_member_int(w, "ruleIndex", (int64_t)rule);
	json_member_string(w, "level", str_c(levels[d->level]));
	message = str_present(d->help) ? STR_CONCAT(arena, d->message, STR("\nhelp: "), d->help) : d->message;
	member_text(w, "message", message_text(arena, message));
	write_locations(w, d);
	if (d->related)
		write_related(w, d->related);
	json_key(w, STR("partialFingerprints"));
	json_open(w, '{');
	json_member_string(w, "callout/v1", fingerprint);
	json_close(w, '}');
	json_close(w, '}');
}

static void write_results(struct json_writer *w, const struct diags *ds, const size_t *rules)
{
	const struct diag **sorted = diags_sorted(ds, w->out->arena);
	const struct str   *prints = fingerprints(w->out->arena, sorted, ds->n);

	json_key(w, STR("results"));
	json_open(w, '[');
	for (size_t i = 0; i < ds->n; i++)
		write_result(w, sorted[i], rules[diag_info_of(sorted[i]->code) - diag_table], prints[i]);
	json_close(w, ']');
}

static void write_run(struct json_writer *w, const struct report *report)
{
	const size_t *rules;

	json_open(w, '{');
	rules = write_tool(w, report->diags);
	/* So that what one command found does not replace what another did. */
	json_key(w, STR("automationDetails"));
	json_open(w, '{');
	json_member_string(w, "id", STR_CONCAT(w->out->arena, STR("callout/"), report->command, STR("/")));
	json_close(w, '}');
	json_key(w, STR("invocations"));
	json_open(w, '[');
	json_open(w, '{');
	json_key(w, STR("executionSuccessful"));
	json_bool(w, !report->diags->class_seen[DIAG_ENVIRONMENT]);
	json_close(w, '}');
	json_close(w, ']');
	json_member_string(w, "columnKind", STR("unicodeCodePoints"));
	write_results(w, report->diags, rules);
	json_close(w, '}');
}

void report_write_sarif(struct buf *out, const struct report *report)
{
	struct json_writer w;

	json_writer_init(&w, out, 2);
	json_open(&w, '{');
	json_member_string(&w, "$schema", STR("https://json.schemastore.org/sarif-2.1.0.json"));
	json_member_string(&w, "version", STR("2.1.0"));
	json_key(&w, STR("runs"));
	json_open(&w, '[');
	write_run(&w, report);
	json_close(&w, ']');
	json_close(&w, '}');
	buf_char(out, '\n');
}
