/* callout verify --wait: dumps from a command, again and again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "cli/verifying.h"
#include "cli/wait_command.h"
#include "report/verdicts.h"

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
	for (size_t i = 0; i < v->n_items; i++) {
		v->items[i].matched = v->items[i].n_left_out = 0;
		v->items[i].left_out = NULL;
	}
	if (part)
		verifying_judge(v, arena, part);
	w->again = part && dump_wants_members(&v->wants, part);
	if (w->again)
		verifying_prepare_reader(v);
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

/* Before the command runs, which may say something of its own. */
static void clear_round(const struct waiting *w)
{
	if (w->v->progress)
		fputs("\r\033[K", stderr);
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
		clear_round(w);
	}
	if (before.arena)
		arena_defer(run->arena, release_arena, before.arena);
	if (str_present(w->failure))
		take_back(w, &before);
	clear_round(w);
}

void verify_wait(struct verifying *v, int64_t wait_ms, int64_t interval_ms)
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
		verifying_add_findings(v);
}
