/* callout verify: do the clusters resolve in the proxies that run the filter? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "cli/dump_files.h"
#include "cli/wait_command.h"
#include "manifest/duration.h"
#include "report/verdicts.h"
#include "verify/verify.h"

enum { DEFAULT_INTERVAL_MS = 2000, PROGRESS_FILES = 20 };

struct verifying {
	struct run          *run;
	struct verify_item  *items;
	size_t               n_items;
	struct dump_wants    wants;
	struct dump_reader  *reader;
	struct proxy_states  proxies;
	struct verification *result;
	bool                 progress;
};

/* ---- what is wanted ---- */

static bool plan_items(struct verifying *v)
{
	struct run *run = v->run;

	dump_wants_init(&v->wants, run->arena);
	v->items = ARENA_ARRAY(run->arena, run->inputs.n_manifests + 1, struct verify_item);
	for (size_t i = 0; i < run->inputs.n_manifests; i++) {
		const struct plan *plan = plan_build(run->arena, run->inputs.manifests[i], run->mesh, &run->neighbours,
		                                     PLAN_ALL, &run->diags);

		if (plan)
			v->items[v->n_items++] = verify_item_new(run->arena, plan, &v->wants);
	}
	return run->diags.errors == 0;
}

static void prepare_reader(struct verifying *v)
{
	v->reader = dump_reader_new(v->run->arena, &v->wants, v->run->arguments->options[OPTION_STRICT].n > 0);
}

/* ---- reading ---- */

static struct proxy_part *read_file(struct verifying *v, const struct dump_file *file)
{
	struct run        *run = v->run;
	bool               is_stdin = str_is(file->path, "-");
	struct source     *source = source_without_bytes(run->arena, is_stdin ? STR("<stdin>") : file->path);
	int                fd = dump_file_open(run, file);
	struct proxy_part *part;
	struct json_input  input;

	if (fd < 0)
		return NULL;
	json_input_fd(&input, fd);
	part = dump_read(v->reader, run->arena, source, &input, &run->diags);
	if (!is_stdin)
		close(fd);
	if (part) {
		part->given_name = file->given_name;
		part->folder = file->folder;
	}
	return part;
}

static void show_progress(const struct verifying *v, size_t at, size_t n)
{
	if (v->progress && n > PROGRESS_FILES && (at % PROGRESS_FILES == 0 || at == n))
		fprintf(stderr, "\r%zu of %zu dumps%s", at, n, at == n ? "\r\033[K" : "");
}

static struct proxy_part *read_files(struct verifying *v, const struct dump_files *files)
{
	struct proxy_part *first = NULL, **last = &first;

	for (size_t i = 0; i < files->n; i++) {
		struct proxy_part *part = read_file(v, &files->items[i]);

		show_progress(v, i + 1, files->n);
		if (!part)
			continue;
		*last = part;
		last = &part->next;
	}
	return first;
}

/* ---- judging ---- */

static void judge(struct verifying *v, struct arena *arena, struct proxy_part *parts)
{
	struct run *run = v->run;

	v->proxies = proxy_states_join(arena, &v->wants, parts);
	v->result = ARENA_NEW(arena, struct verification);
	verification_init(v->result, arena, run->mesh, &run->live, run->arguments->options[OPTION_OBJECTS].n > 0,
	                  run->arguments->options[OPTION_ONLY_MATCHING].n > 0);
	for (size_t p = 0; p < v->proxies.n; p++)
		for (size_t i = 0; i < v->n_items; i++)
			verify_plan(v->result, &v->items[i], &v->proxies.items[p]);
}

static void add_findings(struct verifying *v)
{
	if (v->proxies.n == 0) { /* istiod's list of proxies alone */
		diag_add(&v->run->diags, CO_DUMP_FOREIGN, POS_NONE,
		         ARGS(STR("istiod's list of proxies alone, which goes with their dumps")));
		return;
	}
	v->run->verification = v->result;
	verification_findings(v->result, v->items, v->n_items, &v->proxies, &v->run->diags);
}

/* ---- printing ---- */

static void write_json(struct buf *b, const struct verification *result)
{
	struct json_writer w;

	json_writer_init(&w, b, 2);
	json_open(&w, '{');
	json_member_string(&w, "apiVersion", STR(CALLOUT_API_VERSION));
	json_member_string(&w, "kind", STR("VerdictList"));
	verdicts_write_json(&w, result);
	json_close(&w, '}');
	buf_char(b, '\n');
}

static bool print_result(struct verifying *v, bool json)
{
	struct buf b;

	if (!v->run->verification)
		return true;
	buf_init(&b, v->run->arena, LIMIT_LISTING_BYTES);
	if (json)
		write_json(&b, v->result);
	else
		verdicts_write_text(&b, v->result, v->run->arguments->options[OPTION_VERBOSE].n > 0);
	return print_output(buf_str(&b));
}

/* ---- from files ---- */

/* Pipes cannot: which clusters an aggregate leads to is known only once the aggregate was read, and they may stand before it
 * in the dump, so that they are looked for in a second reading. */
static bool can_be_read_again(const struct dump_files *files)
{
	struct stat st;

	for (size_t i = 0; i < files->n; i++)
		if (stat(files->items[i].path.p, &st) != 0 || !S_ISREG(st.st_mode))
			return false;
	return true;
}

/* Findings of a first reading are dropped where there is a second one, which finds them again. */
static struct proxy_part *read_files_whole(struct verifying *v, const struct dump_files *files)
{
	struct diags       before = v->run->diags, found;
	struct proxy_part *parts;

	diags_init(&v->run->diags, v->run->arena);
	parts = read_files(v, files);
	if (can_be_read_again(files) && dump_wants_members(&v->wants, parts)) {
		diags_init(&v->run->diags, v->run->arena);
		prepare_reader(v);
		parts = read_files(v, files);
	}
	found = v->run->diags;
	v->run->diags = before;
	diags_append(&v->run->diags, &found);
	return parts;
}

static void verify_files(struct verifying *v)
{
	const struct arguments *a = v->run->arguments;
	struct dump_files       files = { 0 };
	struct proxy_part      *parts;

	dump_files_list(v->run, (const char *const *)a->operands, a->n_operands, &files);
	parts = read_files_whole(v, &files);
	if (!parts)
		return;
	judge(v, v->run->arena, parts);
	add_findings(v);
}

/* ---- from a command, again and again ---- */

struct waiting {
	struct verifying   *v;
	struct wait_command command;
	int64_t             interval_ms;
	struct str          name;    /* of the command, for findings */
	struct diags        diags;   /* of the last run */
	bool                again;   /* more is wanted than was looked for in the last run */
	struct str          failure; /* of the command itself; absent: it did well */
};

/* What a run came to. When the time is up in the middle of one, the one before counts. */
struct round {
	struct arena        *arena; /* NULL: there was none */
	struct proxy_states  proxies;
	struct verification *result;
	struct diags         diags;
};

static void release_arena(void *arena)
{
	arena_free(arena);
}

static struct arena *round_arena(struct run *run)
{
	struct arena *arena = arena_new(LIMIT_MEMORY_BYTES);

	if (!arena)
		arena_exhausted(run->arena);
	arena_share_run(arena, run->arena);
	return arena;
}

static void add_command_failure(struct waiting *w)
{
	struct diags *diags = &w->v->run->diags;

	if (w->command.late)
		diag_add(diags, CO_COMMAND_LATE, POS_NONE, ARGS(w->name));
	else
		diag_add(diags, CO_COMMAND_FAILED, POS_NONE, ARGS(w->name, w->failure));
}

/* Runs the command once. True: there is a verdict, or at least findings on what it printed. */
static bool run_once(struct waiting *w, struct arena *arena)
{
	struct verifying  *v = w->v;
	struct source     *source = source_without_bytes(arena, w->name);
	struct json_input  input;
	struct proxy_part *part;

	diags_init(&w->diags, arena);
	v->proxies.n = 0;
	if (!wait_command_start(&w->command)) {
		w->failure = STR_CONCAT(arena, STR("cannot be run: "), str_copy(arena, str_c(strerror(errno))));
		return false;
	}
	json_input_callback(&input, wait_command_read, &w->command);
	part = dump_read(v->reader, arena, source, &input, &w->diags);
	w->failure = wait_command_end(&w->command, arena);
	if (!part && w->command.cut_off) /* what it printed was refused before its end, and it had more to say */
		w->failure = STR_ABSENT;
	if (str_present(w->failure))
		return false;
	for (size_t i = 0; i < v->n_items; i++)
		v->items[i].matched = 0;
	if (part)
		judge(v, arena, part);
	w->again = part && dump_wants_members(&v->wants, part);
	if (w->again)
		prepare_reader(v);
	return true;
}

static bool is_good(const struct waiting *w)
{
	for (size_t i = 0; i < w->v->n_items; i++)
		if (w->v->items[i].matched == 0)
			return false;
	return w->v->proxies.n > 0 && w->diags.errors == 0 && verification_is_good(w->v->result);
}

static void show_round(const struct waiting *w, struct arena *arena)
{
	int64_t left = w->command.deadline_ms - clock_now_ms();

	if (w->v->progress)
		fprintf(stderr, "\r\033[K%.*s; %lld s left",
		        STR_ARG(w->v->proxies.n ? verdicts_summary(arena, w->v->result) : STR("no dump yet")),
		        (long long)(left > 0 ? left / 1000 : 0));
}

/* Where the time was up in the middle of a run, the answer of the run before counts, if there is one. */
static void take_back(struct waiting *w, const struct round *before)
{
	if (!w->command.late || !before->arena)
		return;
	w->v->proxies = before->proxies;
	w->v->result = before->result;
	w->diags = before->diags;
	if (!w->diags.first)
		w->diags.last = &w->diags.first;
	w->failure = STR_ABSENT;
}

static void wait_until_good(struct waiting *w)
{
	struct run  *run = w->v->run;
	struct round before = { 0 };

	for (;;) {
		struct arena *arena = round_arena(run);
		bool          ran = run_once(w, arena);

		show_round(w, arena);
		if (!ran || (is_good(w) && !w->again) || clock_now_ms() + w->interval_ms >= w->command.deadline_ms) {
			arena_defer(run->arena, release_arena, arena);
			break;
		}
		arena_free(before.arena);
		before = (struct round){ arena, w->v->proxies, w->v->result, w->diags };
		clock_sleep_ms(w->interval_ms);
	}
	if (before.arena)
		arena_defer(run->arena, release_arena, before.arena);
	if (str_present(w->failure))
		take_back(w, &before);
	if (w->v->progress)
		fputs("\r\033[K", stderr);
}

static void verify_command(struct verifying *v, int64_t wait_ms, int64_t interval_ms)
{
	const struct arguments *a = v->run->arguments;
	struct waiting          w = { .v = v, .interval_ms = interval_ms };

	a->operands[a->n_operands] = NULL; /* arguments_read keeps room for it */
	w.command.argv = (const char *const *)a->operands + a->n_before_dashes;
	w.command.deadline_ms = clock_now_ms() + wait_ms;
	w.name = STR_CONCAT(v->run->arena, STR("<"), str_c(w.command.argv[0]), STR(">"));
	wait_until_good(&w);
	if (str_present(w.failure)) { /* what it printed means nothing */
		add_command_failure(&w);
		return;
	}
	diags_append(&v->run->diags, &w.diags);
	if (w.diags.errors == 0)
		add_findings(v);
}

/* ---- the command line ---- */

static bool read_duration(const struct arguments *a, enum option o, int64_t fallback, int64_t *ret)
{
	const char *text = argument(a, o);

	*ret = fallback;
	if (!text || duration_parse(str_c(text), ret))
		return true;
	usage_error("verify", "--%s %s is not a duration such as 60s or 1m30s", option_table[o].name, text);
	return false;
}

/* Without --wait what stands behind the dashes are dumps, whose names may begin with one; a word without a dot or slash,
 * with arguments, that is no file, was meant as a command. */
static bool names_command(const struct arguments *a)
{
	const char *word = a->operands[a->n_before_dashes];

	return a->dashes && a->n_before_dashes + 1 < a->n_operands && !strpbrk(word, "./") && access(word, F_OK) != 0;
}

/* False: a usage error was printed. */
static bool check_usage(const struct arguments *a)
{
	const char *format = argument(a, OPTION_OUTPUT);
	bool        waits = a->options[OPTION_WAIT].n > 0, ok = false;

	if (format && strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
		usage_error("verify", "-o does not know \"%s\": table or json", format);
	else if (!waits && a->options[OPTION_INTERVAL].n)
		usage_error("verify", "--interval goes with --wait");
	else if (waits && (!a->dashes || a->n_before_dashes == a->n_operands))
		usage_error("verify", "--wait needs a command: --wait 60s -- istioctl proxy-config all POD -o json");
	else if (waits && a->n_before_dashes)
		usage_error("verify", "--wait reads what its command prints, so \"%s\" has no place here",
		            a->operands[0]);
	else if (!waits && names_command(a))
		usage_error("verify", "a command needs a time: --wait 60s -- %s …", a->operands[a->n_before_dashes]);
	else if (!waits && a->n_operands == 0)
		usage_error("verify", "no dump is given: callout verify -f FILE DUMP…, - for standard input");
	else
		ok = true;
	return ok;
}

enum exit_status cmd_verify(struct arena *arena, const struct arguments *arguments)
{
	const char      *format = argument(arguments, OPTION_OUTPUT);
	bool             waits = arguments->options[OPTION_WAIT].n > 0;
	struct run       run;
	struct verifying v = { .run = &run };
	int64_t          wait_ms, interval_ms;

	if (!run_begin(&run, arena, arguments, "verify") || !check_usage(arguments) ||
	    !read_duration(arguments, OPTION_WAIT, 0, &wait_ms) ||
	    !read_duration(arguments, OPTION_INTERVAL, DEFAULT_INTERVAL_MS, &interval_ms))
		return EXIT_USAGE;
	v.progress = isatty(STDERR_FILENO) && !arguments->options[OPTION_QUIET].n;
	run_load(&run);
	if (!run.sound || !plan_items(&v))
		return run_finish(&run, true);
	run_note_nothing(&run, "verify", true);
	prepare_reader(&v);
	if (waits)
		verify_command(&v, wait_ms, interval_ms);
	else
		verify_files(&v);
	return run_finish(&run, print_result(&v, format && strcmp(format, "json") == 0));
}
