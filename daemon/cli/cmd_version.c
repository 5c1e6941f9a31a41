/* callout version */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "cli/command.h"
#include "json/json_write.h"
#include "names/istio_version.h"

static void write_json(struct buf *b)
{
	struct json_writer w;

	json_writer_init(&w, b, 2);
	json_open(&w, '{');
	json_member_string(&w, "apiVersion", STR("callout.dev/v1alpha1"));
	json_member_string(&w, "kind", STR("Version"));
	json_member_string(&w, "version", STR(CALLOUT_VERSION));
	json_key(&w, STR("istioVersions")); /* as a Mesh names them: lowest and highest */
	json_open(&w, '[');
	json_string(&w, str_fmt(b->arena, "1.%d", ISTIO_OLDEST));
	json_string(&w, str_fmt(b->arena, "1.%d", ISTIO_NEWEST));
	json_close(&w, ']');
	json_close(&w, '}');
	buf_char(b, '\n');
}

enum exit_status cmd_version(struct arena *arena, const struct arguments *arguments)
{
	struct str given = argument_str(arguments, OPTION_OUTPUT);
	struct buf b;

	if (str_present(given) && !str_is(given, "text") && !str_is(given, "json"))
		return usage_error("version", "-o does not know \"%s\": text or json", given.p);
	buf_init(&b, arena, KIB);
	if (str_is(given, "json"))
		write_json(&b);
	else
		buf_fmt(&b, "callout " CALLOUT_VERSION "\nmanifests: callout.dev/v1alpha1\nIstio: 1.%d to 1.%d\n",
		        ISTIO_OLDEST, ISTIO_NEWEST);
	return print_output(buf_str(&b)) ? EXIT_FINE : EXIT_ENVIRONMENT;
}
