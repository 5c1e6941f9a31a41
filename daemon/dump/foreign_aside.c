/* What is no dump and yet lies beside dumps with good reason: in the archive of `istioctl bug-report`, for one. */
#include "base/ascii.h"
#include "dump/foreign.h"

/* ---- by its first words ---- */

static const struct look looks[] = {
	{ "Info [IST", CO_DUMP_TEXT, "what `istioctl analyze` prints", ASK_ALL },
	{ "Warning [IST", CO_DUMP_TEXT, "what `istioctl analyze` prints", ASK_ALL },
	{ "Error [IST", CO_DUMP_TEXT, "what `istioctl analyze` prints", ASK_ALL },
	{ "\xe2\x9c\x94 No validation issues", CO_DUMP_TEXT, "what `istioctl analyze` prints", ASK_ALL },
	{ "{\"level\":", CO_DUMP_TEXT, "a log in JSON", ASK_ALL },
	{ "{\"ts\":", CO_DUMP_TEXT, "a log in JSON", ASK_ALL },
	{ "admin commands are:", CO_DUMP_TEXT, "Envoy's /help", ASK_DUMP },
	{ "Mutex contention tracing", CO_DUMP_TEXT, "Envoy's /contention", ASK_DUMP },
	{ "Active Internet connections", CO_DUMP_TEXT, "what `netstat` prints", ASK_ALL },
	{ "========= Previous log", CO_DUMP_TEXT, "a log", ASK_ALL },
	{ "\x7f"
	  "ELF",
	  CO_DUMP_TEXT, "a program, or what one left behind when it crashed", ASK_ALL },
	{ "apiVersion:", CO_DUMP_YAML, "a Kubernetes object in YAML",
	  "live objects are given with --objects, manifests with -f" },
};

/* ---- by its form ---- */

static struct str first_line(struct str s)
{
	return str_slice(s, 0, str_find(s, '\n', 0));
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* "NAME::10.0.0.1:80", "NAME::[::]:80" */
static bool is_listener_line(struct str line)
{
	struct str address, port;
	size_t     at = str_find_str(line, STR("::"), 0), colon = str_find_last(line, ':');

	if (at == 0 || colon < at + 3)
		return false;
	address = str_slice(line, at + 2, colon);
	port = str_slice(line, colon + 1, line.n);
	for (size_t i = 0; i < address.n; i++)
		if (!ascii_is_alnum_or(address.p[i], ".:[]"))
			return false;
	return is_digits(port);
}

/* Short answers, which are all that there is. */
static const char *short_page(struct str s)
{
	static const char *const states[] = { "LIVE", "DRAINING", "PRE_INITIALIZING", "INITIALIZING" };
	struct str               line = first_line(s), major, minor;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	minor = str_cut(line, '.', &major);
	if (is_listener_line(line))
		return "Envoy's /listeners";
	if (str_find(s, '\n', 0) + 1 < s.n)
		return NULL;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (str_is(line, states[i]))
			return "Envoy's /ready";
	return str_is(line, "disabled") || (str_present(minor) && is_digits(major) && is_digits(minor))
	               ? "Envoy's /hot_restart_version"
	               : NULL;
}

bool foreign_aside_add(struct dump_reader *r, struct str s)
{
	const char        *page = short_page(s);
	const struct look *look;

	if (page) {
		foreign_aside(r, CO_DUMP_TEXT, page, ASK_DUMP);
		return true;
	}
	look = foreign_look(looks, sizeof(looks) / sizeof(looks[0]), s);
	if (look)
		foreign_aside(r, look->code, look->what, look->help);
	return look != NULL;
}
