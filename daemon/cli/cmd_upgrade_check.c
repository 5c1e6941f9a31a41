/* callout upgrade-check: the same manifests for two versions of Istio, and for both at once.
 *
 * What is generated for a range is right for every version in it. So an object that is the same for the present version
 * and for the range of both keeps working after the upgrade, and one that is not does not.
 */
#include "base/arena.h"
#include "base/file.h"
#include "cli/object_diff.h"
#include "cli/run.h"
#include "live/live_index.h"

/* What is generated for one version or range, and the findings of it. */
struct outcome {
	struct version_range versions;
	struct str           text; /* "1.27 to 1.31" */
	struct diags        *diags;
	struct object_set    objects;
	bool                 sound;
};

struct upgrade {
	struct run             *run;
	const struct templates *templates;
	struct outcome          from, to, both;
	struct object_diff      out;
};

/* ---- generating ---- */

/* Adds what keeps local modules from loading in that version. A run of its own holds the findings, so that both
 * sides can be compared. */
static bool inspect(struct upgrade *u, const struct mesh *mesh, struct diags *diags)
{
	struct run there = *u->run;

	diags_init(&there.diags, there.arena);
	there.mesh = mesh;
	artifacts_inspect(&there);
	for (const struct diag *d = there.diags.first; d; d = d->next)
		diag_repeat(diags, d);
	return there.diags.errors == 0;
}

static void generate(struct upgrade *u, struct outcome *t)
{
	struct run       *run = u->run;
	struct generation g = run_generation(run);
	struct mesh      *mesh = arena_copy(run->arena, run->mesh, sizeof(*run->mesh));

	mesh->versions = t->versions;
	if (!t->diags) {
		t->diags = ARENA_NEW(run->arena, struct diags);
		diags_init(t->diags, run->arena);
	}
	object_set_init(&t->objects, run->arena);
	g.mesh = mesh;
	g.diags = t->diags;
	g.templates = u->templates;
	t->text = version_range_text(run->arena, t->versions);
	t->sound = inspect(u, mesh, t->diags);
	t->sound = generation_judge(&g) && object_set_generate(&t->objects, &g) && t->sound;
}

/* ---- findings ---- */

/* Codes 0600 to 0699 are those of modules (diag_codes.def). */
static bool is_of_module(const struct diag *d)
{
	return d->code >= 600 && d->code < 700;
}

/* What a finding is about, to tell it apart from others. Findings about a module have no line, so their text is
 * taken, up to the versions, which differ from side to side. */
static struct str subject_of(const struct diag *d)
{
	return str_slice(d->message, 0, str_find_str(d->message, STR(" on Istio "), 0));
}

static bool has_finding(const struct diags *diags, const struct diag *wanted)
{
	for (const struct diag *d = diags->first; d; d = d->next)
		if (d->code == wanted->code && d->pos.source == wanted->pos.source &&
		    d->pos.offset == wanted->pos.offset &&
		    (!is_of_module(d) || str_eq(subject_of(d), subject_of(wanted))))
			return true;
	return false;
}

/* A finding of one side, quoted in a finding of the run. Its message is appended and not given as a value, since values are
 * shortened. */
static void repeat(struct upgrade *u, enum diag_code code, const struct outcome *t, const struct diag *old)
{
	char         number[7];
	struct str   words = str_c(diag_code_text(old->code, number));
	struct diag *d = diag_add(&u->run->diags, code, old->pos, ARGS(t->text, words));

	if (!str_present(d->message))
		return;
	d->message = STR_CONCAT(u->run->arena, d->message, STR(": "), old->message);
	d->help = old->help;
	diag_set_path(d, old->path);
}

/* Only findings that the present version does not have: the others are not about the upgrade. */
static void tell_findings(struct upgrade *u)
{
	for (const struct diag *d = u->to.diags->first; d; d = d->next) {
		if (d->level == DIAG_INFO || has_finding(u->from.diags, d))
			continue;
		if (d->level == DIAG_ERROR)
			repeat(u, CO_UPGRADE_REFUSED, &u->to, d);
		else
			diag_repeat(&u->run->diags, d);
	}
	for (const struct diag *d = u->both.diags->first; u->to.sound && d; d = d->next)
		if (d->level == DIAG_ERROR)
			repeat(u, CO_UPGRADE_NO_COMMON, &u->both, d);
}

/* ---- objects ---- */

enum state { STATE_SAME, STATE_CHANGES, STATE_BREAKS, STATE_REMOVED, STATE_ADDED };

/* Does the object that is generated for the present version serve the other one too? */
static bool keeps_working(struct upgrade *u, const struct object_entry *old)
{
	const struct object_entry *common = u->both.sound ? object_set_find(&u->both.objects, old->key) : NULL;

	return common && object_diff_hunks(u->run->scratch, old, common, true).n == 0;
}

static void compare(struct upgrade *u, const struct object_entry *old, const struct object_entry *new)
{
	static const struct {
		const char    *word;
		enum diag_code code;
	} states[] = {
		[STATE_SAME] = { "same", CO_NONE },
		[STATE_CHANGES] = { "changes", CO_UPGRADE_CHANGES },
		[STATE_BREAKS] = { "breaks", CO_UPGRADE_BREAKS },
		[STATE_REMOVED] = { "removed", CO_UPGRADE_REMOVED },
		[STATE_ADDED] = { "added", CO_UPGRADE_ADDED },
	};
	struct arena_mark          mark = arena_mark(u->run->scratch);
	struct str                 hunks = object_diff_hunks(u->run->scratch, old, new, true);
	const struct object_entry *e = new ? new : old;
	enum state                 state = STATE_SAME;

	if (!old || !new)
		state = old ? STATE_REMOVED : STATE_ADDED;
	else if (hunks.n)
		state = keeps_working(u, old) ? STATE_CHANGES : STATE_BREAKS;
	if (state != STATE_SAME)
		diag_add(&u->run->diags, states[state].code, e->pos, ARGS(e->key, u->to.text));
	object_diff_add(&u->out, states[state].word, old, new, hunks);
	arena_reset(u->run->scratch, mark);
}

static void compare_all(struct upgrade *u)
{
	for (struct object_entry *e = u->to.objects.first; e; e = e->next) {
		struct object_entry *old = object_set_find(&u->from.objects, e->key);

		if (old)
			old->matched = true;
		compare(u, old, e);
	}
	for (struct object_entry *e = u->from.objects.first; e; e = e->next)
		if (!e->matched)
			compare(u, e, NULL);
}

static const char *side(const struct upgrade *u, enum option o)
{
	return STR_CONCAT(u->run->arena, STR("istio-"), argument_str(u->run->arguments, o)).p;
}

static bool print_comparison(struct upgrade *u, bool json)
{
	u->out = (struct object_diff){ .arena = u->run->arena,
		                       .scratch = u->run->scratch,
		                       .json = json,
		                       .old_side = side(u, OPTION_FROM),
		                       .new_side = side(u, OPTION_TO),
		                       .list_kind = "UpgradeDiffList" };
	object_diff_begin(&u->out);
	if (u->to.sound)
		compare_all(u);
	object_diff_end(&u->out);
	return print_output(buf_str(&u->out.text));
}

/* ---- the whole ---- */

static bool check(struct upgrade *u, bool json)
{
	struct run *run = u->run;

	u->templates = templates_load(run->arena, argument_str(run->arguments, OPTION_TEMPLATES), &run->diags);
	if (!u->templates || !run->sound || run->diags.errors)
		return true;
	u->from.diags = &run->diags; /* they are the findings of the run */
	generate(u, &u->from);
	if (!u->from.sound)
		return true;
	generate(u, &u->to);
	u->both.versions = run->versions;
	generate(u, &u->both);
	tell_findings(u);
	return print_comparison(u, json);
}

static struct version_range range_of_both(struct version_range a, struct version_range b)
{
	return (struct version_range){ a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high };
}

enum exit_status cmd_upgrade_check(struct arena *arena, const struct arguments *arguments)
{
	const char    *format = argument(arguments, OPTION_OUTPUT);
	struct run     run;
	struct upgrade u = { .run = &run };
	bool           printed = true;

	if (!run_begin(&run, arena, arguments, "upgrade-check"))
		return EXIT_USAGE;
	if (!argument(arguments, OPTION_FROM) || !argument(arguments, OPTION_TO))
		return usage_error("upgrade-check", "--from V and --to V are needed");
	if (!run_read_versions(&run, OPTION_FROM, &u.from.versions) ||
	    !run_read_versions(&run, OPTION_TO, &u.to.versions))
		return EXIT_USAGE;
	run.versions = range_of_both(u.from.versions, u.to.versions);
	if (format && strcmp(format, "unified") != 0 && strcmp(format, "json") != 0)
		return usage_error("upgrade-check", "-o does not know \"%s\": unified or json", format);
	run_read(&run);
	artifacts_load(&run);
	run.mesh = mesh_choose(arena, &run.inputs, argument_str(arguments, OPTION_MESH), STR_ABSENT, &run.diags);
	run.sound = run.mesh && run.sound;
	if (run.mesh) {
		live_objects_index(arena, &run.live, run.mesh->spec->cluster_domain);
		printed = check(&u, format && strcmp(format, "json") == 0);
	}
	return run_finish(&run, printed);
}
