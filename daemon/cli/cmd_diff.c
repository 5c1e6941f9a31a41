/* callout diff: what applying the generated objects would change. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "cli/decoration.h"
#include "cli/object_diff.h"
#include "cli/run.h"
#include "render/yaml_writer.h"

enum format { FORMAT_UNIFIED, FORMAT_JSON, FORMAT_STALE };

enum state { STATE_SAME, STATE_DIFFERS, STATE_MISSING, STATE_STALE };

struct comparison {
	struct run        *run;
	struct object_set  live, generated;
	enum format        format;
	struct object_diff out;
};

static bool read_live(struct comparison *c)
{
	const struct option_values *files = &c->run->arguments->options[OPTION_LIVE];
	bool                        ok = true;

	object_set_init(&c->live, c->run->arena);
	for (size_t i = 0; i < files->n; i++) {
		const struct source *source = run_source_read(c->run, str_c(files->items[i]), NULL);

		ok = source && object_set_read(&c->live, source, &c->run->diags) && ok;
	}
	return ok;
}

static bool generate(struct comparison *c)
{
	struct generation g = run_generation(c->run);

	object_set_init(&c->generated, c->run->arena);
	g.templates = templates_load(c->run->arena, argument_str(c->run->arguments, OPTION_TEMPLATES), &c->run->diags);
	return g.templates && c->run->sound && object_set_generate(&c->generated, &g);
}

/* ---- findings ---- */

static void say(struct comparison *c, enum state state, const struct object_entry *e, const struct object_entry *live)
{
	static const enum diag_code codes[] = {
		[STATE_DIFFERS] = CO_LIVE_DIFFERS, [STATE_MISSING] = CO_LIVE_MISSING, [STATE_STALE] = CO_LIVE_STALE
	};
	struct diag *d;

	if (state == STATE_SAME)
		return;
	d = diag_add(&c->run->diags, codes[state], e->pos, ARGS(e->key, e->manifest));
	if (state != STATE_DIFFERS)
		return;
	diag_relate(&c->run->diags, d, live->pos, "the live object is here", NO_ARGS);
	if (!str_present(live->manifest))
		diag_help(&c->run->diags, d, "it does not carry the labels of Callout: someone else wrote it", NO_ARGS);
}

/* ---- output ---- */

/* As much of the object as kubectl delete needs. */
static void write_reference(struct comparison *c, const struct object_entry *e)
{
	buf_lit(&c->out.text, "---\napiVersion: ");
	yaml_write_string(&c->out.text, node_text(node_get(e->root, "apiVersion")));
	buf_fmt(&c->out.text, "\nkind: %.*s\nmetadata:\n  name: ", STR_ARG(e->kind));
	yaml_write_string(&c->out.text, e->name);
	buf_lit(&c->out.text, "\n  namespace: ");
	yaml_write_string(&c->out.text, e->namespace);
	buf_char(&c->out.text, '\n');
}

static bool is_stale(const struct object_entry *live)
{
	return !live->matched && str_present(live->manifest);
}

/* In the order in which they are to be deleted: a filter that still runs fails its calls once its clusters are gone. */
static void write_stale(struct comparison *c)
{
	for (int wave = WAVE_OF_FILTERS; wave >= WAVE_OF_HOSTS; wave--)
		for (const struct object_entry *e = c->live.first; e; e = e->next)
			if (is_stale(e) && decoration_wave(e->kind, e->root) == wave)
				write_reference(c, e);
}

/* ---- comparing ---- */

static void compare(struct comparison *c, const struct object_entry *old, const struct object_entry *new)
{
	static const char *const words[] = { "same", "differs", "missing", "stale" };
	struct arena_mark        mark = arena_mark(c->run->scratch);
	struct str               hunks = object_diff_hunks(c->run->scratch, old, new, false);
	enum state state = !old ? STATE_MISSING : !new ? STATE_STALE : hunks.n ? STATE_DIFFERS : STATE_SAME;

	say(c, state, new ? new : old, old);
	if (c->format != FORMAT_STALE)
		object_diff_add(&c->out, words[state], old, new, hunks);
	arena_reset(c->run->scratch, mark);
}

static void compare_all(struct comparison *c)
{
	for (struct object_entry *e = c->generated.first; e; e = e->next) {
		struct object_entry *live = object_set_find(&c->live, e->key);

		if (live)
			live->matched = true;
		compare(c, live, e);
	}
	for (struct object_entry *e = c->live.first; e; e = e->next)
		if (is_stale(e))
			compare(c, e, NULL);
	if (c->format == FORMAT_STALE)
		write_stale(c);
}

static bool print_comparison(struct comparison *c)
{
	c->out = (struct object_diff){ .arena = c->run->arena,
		                       .scratch = c->run->scratch,
		                       .json = c->format == FORMAT_JSON,
		                       .old_side = "live",
		                       .new_side = "generated",
		                       .list_kind = "ObjectDiffList" };
	object_diff_begin(&c->out);
	compare_all(c);
	object_diff_end(&c->out);
	return print_output(buf_str(&c->out.text));
}

enum exit_status cmd_diff(struct arena *arena, const struct arguments *arguments)
{
	const char       *format = argument(arguments, OPTION_OUTPUT);
	struct run        run;
	struct comparison c = { .run = &run };
	bool              printed = true, live;

	if (!run_begin(&run, arena, arguments, "diff"))
		return EXIT_USAGE;
	if (arguments->options[OPTION_LIVE].n == 0)
		return usage_error("diff",
		                   "no live objects are given: use --live FILE, or --live - for standard input");
	if (format && strcmp(format, "unified") != 0 && strcmp(format, "json") != 0 && strcmp(format, "stale") != 0)
		return usage_error("diff", "-o does not know \"%s\": unified, json or stale", format);
	c.format = !format || strcmp(format, "unified") == 0 ? FORMAT_UNIFIED
	           : strcmp(format, "json") == 0             ? FORMAT_JSON
	                                                     : FORMAT_STALE;
	run_load(&run);
	live = read_live(&c);
	if (generate(&c) && live)
		printed = print_comparison(&c);
	return run_finish(&run, printed);
}
