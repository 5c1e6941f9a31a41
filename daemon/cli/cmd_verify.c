/* callout verify: do the clusters resolve in the proxies that run the filter? */
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/verifying.h"
#include "manifest/duration.h"
#include "report/verdicts.h"

enum { DEFAULT_INTERVAL_MS = 2000 };

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
	const char       *format = argument(arguments, OPTION_OUTPUT);
	bool              waits = arguments->options[OPTION_WAIT].n > 0;
	struct run        run;
	struct generation generation;
	struct verifying  v = { .run = &run };
	int64_t           wait_ms, interval_ms;

	if (!run_begin(&run, arena, arguments, "verify") || !check_usage(arguments) ||
	    !read_duration(arguments, OPTION_WAIT, 0, &wait_ms) ||
	    !read_duration(arguments, OPTION_INTERVAL, DEFAULT_INTERVAL_MS, &interval_ms))
		return EXIT_USAGE;
	v.progress = run_on_terminal() && !arguments->options[OPTION_QUIET].n;
	run_load(&run);
	if (!run.sound || !verifying_plan(&v))
		return run_finish(&run, true);
	generation = run_generation(&run);
	generation_note_nothing(&generation, "verify", true);
	verifying_prepare_reader(&v);
	if (waits)
		verify_wait(&v, wait_ms, interval_ms);
	else
		verify_files(&v);
	return run_finish(&run, print_result(&v, format && strcmp(format, "json") == 0));
}
