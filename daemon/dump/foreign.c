/* What people hand in instead of a dump, told by its first bytes. */
#include <stdlib.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "dump/foreign.h"

/* ---- the beginning ---- */

static struct str without_blanks(struct str s)
{
	size_t at = 0;

	if (str_has_prefix(s, STR("\xef\xbb\xbf")))
		at = 3;
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\n' || s.p[at] == '\r'))
		at++;
	return str_slice(s, at, s.n);
}

static struct str first_line(struct str s)
{
	return str_slice(s, 0, str_find(s, '\n', 0));
}

static bool is_name_byte(char c)
{
	return ascii_is_alnum_or(c, "._-|;~/@<>[](),=+*%$#&!?'");
}

/* "name: value" where the value is a number, a histogram or a text in quotes; and the name is one word with a dot. */
static bool is_stat_line(struct str line)
{
	size_t     at = str_find_str(line, STR(": "), 0), dots = 0;
	struct str value = str_slice(line, at + 2, line.n);

	if (at == 0 || at >= line.n || value.n == 0)
		return false;
	for (size_t i = 0; i < at; i++) {
		if (!is_name_byte(line.p[i]) && line.p[i] != ':')
			return false;
		dots += line.p[i] == '.';
	}
	return dots > 0 && (ascii_is_digit(value.p[0]) || value.p[0] == '"' || str_has_prefix(value, STR("P0(")) ||
	                    str_has_prefix(value, STR("No recorded")));
}

bool head_is_stats(struct str head)
{
	struct str rest = without_blanks(head);

	for (unsigned lines = 0; lines < 3; lines++) {
		struct str line, after = str_cut(rest, '\n', &line);

		if (!after.p && lines > 0)
			return true; /* the head may end inside this line */
		if (!is_stat_line(line.n && line.p[line.n - 1] == '\r' ? str_slice(line, 0, line.n - 1) : line))
			return false;
		if (!after.p || after.n == 0)
			return true;
		rest = after;
	}
	return true;
}

bool head_is_metrics(struct str head)
{
	struct str s = without_blanks(head);

	return str_has_prefix(s, STR("# HELP ")) || str_has_prefix(s, STR("# TYPE "));
}

bool head_is_clusters(struct str head)
{
	struct str line = first_line(without_blanks(head));

	return line.n && line.p[0] != '{' && line.p[0] != '[' &&
	       str_find_str(line, STR("::observability_name::"), 0) < line.n;
}

/* ---- by the first word ---- */

#define ASK_JSON "run the same command with -o json"
#define ASK_PAGE                                                                                                       \
	"a proxy, a login or a server answered in Envoy's place: take the dump with istioctl, or with `kubectl exec "  \
	"… "                                                                                                         \
	"pilot-agent request GET config_dump`"

/* help NULL: it is an error, whose first line tells why there is no dump, and is shown */
static const struct look looks[] = {
	{ "<!DOCTYPE", CO_DUMP_HTML, "an HTML page", ASK_PAGE },
	{ "<!doctype", CO_DUMP_HTML, "an HTML page", ASK_PAGE },
	{ "<html", CO_DUMP_HTML, "an HTML page", ASK_PAGE },
	{ "<HTML", CO_DUMP_HTML, "an HTML page", ASK_PAGE },
	{ "<head", CO_DUMP_HTML, "an HTML page", ASK_PAGE },
	{ "<?xml", CO_DUMP_HTML, "an XML document", ASK_PAGE },
	{ "<", CO_DUMP_HTML, "a web page or XML", ASK_PAGE },
	{ "\x1f\x8b", CO_DUMP_TEXT, "packed twice with gzip", "unpack it once" },
	{ "SERVICE FQDN", CO_DUMP_TABLE, "a table of clusters", ASK_JSON },
	{ "ENDPOINT ", CO_DUMP_TABLE, "a table of endpoints", ASK_JSON },
	{ "ADDRESSES", CO_DUMP_TABLE, "a table of listeners", ASK_JSON },
	{ "ADDRESS ", CO_DUMP_TABLE, "a table of listeners", ASK_JSON },
	{ "NAME ", CO_DUMP_TABLE, "a table", ASK_JSON },
	{ "ECDS NAME", CO_DUMP_TABLE, "a table of extensions", ASK_JSON },
	{ "RESOURCE NAME", CO_DUMP_TABLE, "a table of secrets", ASK_JSON },
	{ "NAMESPACE ", CO_DUMP_TABLE, "a table", ASK_JSON },
	{ "VHOST NAME", CO_DUMP_TABLE, "a table of routes", ASK_JSON },
	{ "Failed to convert protobuf", CO_DUMP_TEXT, "an error of Envoy's admin interface",
	  "Envoy holds something that it cannot print; ask for less: "
	  "/config_dump?mask=dynamic_active_clusters,static_clusters" },
	{ "No resources found", CO_DUMP_TEXT, "an answer of kubectl without objects", ASK_ALL },
	{ "panic:", CO_DUMP_TEXT, "the crash of a program", NULL },
	{ "bash: ", CO_DUMP_TEXT, "an error of a shell", NULL },
	{ "sh: ", CO_DUMP_TEXT, "an error of a shell", NULL },
	{ "zsh: ", CO_DUMP_TEXT, "an error of a shell", NULL },
	{ "ssh: ", CO_DUMP_TEXT, "an error of ssh", NULL },
	{ "Unauthorized", CO_DUMP_TEXT, "a refusal for want of a login", NULL },
	{ "404", CO_DUMP_TEXT, "the answer of a server that has no such page", ASK_PAGE },
	{ "Client sent an HTTP request", CO_DUMP_TEXT, "the answer of a server that wants HTTPS", ASK_PAGE },
	{ "invalid path. admin", CO_DUMP_TEXT, "an answer of Envoy's admin interface, which has no such path",
	  "ask for /config_dump?include_eds" },
	{ "Error:", CO_DUMP_TEXT, "an error message", NULL },
	{ "error:", CO_DUMP_TEXT, "an error message", NULL },
	{ "Error from server", CO_DUMP_TEXT, "an error of the API server", NULL },
	{ "curl: ", CO_DUMP_TEXT, "an error of curl", NULL },
	{ "jq: ", CO_DUMP_TEXT, "an error of jq", NULL },
	{ "command terminated", CO_DUMP_TEXT, "an error of kubectl", NULL },
	{ "OCI runtime exec failed", CO_DUMP_TEXT, "an error of kubectl", NULL },
	{ "error sending request", CO_DUMP_TEXT, "an error of kubectl", NULL },
	{ "Proxy not connected to this Pilot", CO_DUMP_TEXT, "istiod's answer that the proxy is not connected to it",
	  "ask the istiod that it is connected to, or take `istioctl proxy-config all POD.NAMESPACE -o json`" },
	{ "Forwarding from ", CO_DUMP_TEXT, "what `kubectl port-forward` prints",
	  "leave it running, and take the dump with curl from another shell" },
	{ "RBAC: access denied", CO_DUMP_TEXT, "a refusal by an Envoy", ASK_PAGE },
	{ "upstream connect error", CO_DUMP_TEXT, "an error of an Envoy", ASK_PAGE },
	{ "no healthy upstream", CO_DUMP_TEXT, "an error of an Envoy", ASK_PAGE },
	{ "HTTP/", CO_DUMP_TEXT, "an HTTP answer with its headers", "leave the headers out: curl without -i" },
	{ "Clusters Match", CO_DUMP_TEXT, "what `istioctl proxy-status POD` compares",
	  "take `proxy-config all -o json`" },
	{ "--- Istiod", CO_DUMP_TEXT, "what `istioctl proxy-status POD` compares", "take `proxy-config all -o json`" },
	{ "\"", CO_DUMP_TEXT, "a JSON text, or a dump without its beginning",
	  "where jq wrote it, take its input, or `jq -r` of it" },
	{ "PK\x03\x04", CO_DUMP_TEXT, "a zip archive", ASK_UNPACK },
	{ "BZh", CO_DUMP_TEXT, "packed with bzip2", ASK_UNPACK },
	{ "\x28\xb5\x2f\xfd", CO_DUMP_TEXT, "packed with zstd", ASK_UNPACK },
	{ "\xfd"
	  "7zXZ",
	  CO_DUMP_TEXT, "packed with xz", ASK_UNPACK },
	{ "configs:", CO_DUMP_YAML, "a dump in YAML", ASK_JSON },
	{ "- ", CO_DUMP_YAML, "YAML", ASK_JSON },
	{ "---", CO_DUMP_YAML, "YAML", ASK_JSON },
	{ "bootstrap:", CO_DUMP_YAML, "a dump in YAML", ASK_JSON },
};

static bool is_yaml_line(struct str line)
{
	size_t colon = str_find(line, ':', 0);

	for (size_t i = 0; i < colon; i++)
		if (!is_name_byte(line.p[i]))
			return false;
	return colon > 0 && colon < line.n && (colon + 1 == line.n || line.p[colon + 1] == ' ');
}

/* A notice or a warning that stands before the dump: standard error in the same file, or a loop that names its steps. */
static bool is_before_json(struct str s)
{
	while (s.p) {
		struct str line;

		s = str_cut(s, '\n', &line);
		if (s.n && (s.p[0] == '{' || s.p[0] == '['))
			return true;
	}
	return false;
}

/* "2026-11-24", with a bracket before it or not. */
static bool is_log_line(struct str line)
{
	static const char form[] = "dddd-dd-dd";
	size_t            at = line.n && line.p[0] == '[';

	for (size_t i = 0; form[i]; i++)
		if (at + i >= line.n ||
		    (form[i] == 'd' ? line.p[at + i] < '0' || line.p[at + i] > '9' : line.p[at + i] != '-'))
			return false;
	return true;
}

static bool line_has(struct str line, const char *word)
{
	return str_find_str(line, str_c(word), 0) < line.n;
}

static bool is_csv(struct str line)
{
	size_t first = str_find(line, ',', 0);

	return first > 0 && first < line.n && str_find(line, ',', first + 1) < line.n && !line_has(line, ", ") &&
	       !line_has(line, ":") && !line_has(line, "{");
}

/* Bytes that no text has. */
static bool is_binary(struct str head)
{
	for (size_t i = 0; i < head.n && i < 64; i++) {
		unsigned char c = (unsigned char)head.p[i];

		if ((c < ' ' && !strchr("\t\n\r\f\x1b", c)) || c == 0 || c == 0x7f)
			return true;
	}
	return false;
}

/* What the first line's form tells, where its first word does not. False: nothing. */
static bool form_add(struct dump_reader *r, struct str s)
{
	struct str line = first_line(s);

	if (is_log_line(line) && (line.p[0] == '[' || !is_before_json(s)))
		foreign_aside(r, CO_DUMP_TEXT, "a log", ASK_ALL);
	else if (str_has_prefix(line, STR("NAME ")) && (line_has(line, " READY ") || line_has(line, " AGE")))
		foreign_aside(r, CO_DUMP_TEXT, "a table of kubectl", ASK_ALL);
	else if (str_has_prefix(line, STR("NAME ")) && line_has(line, " ISTIOD "))
		foreign_tell(r, CO_DUMP_TEXT, STR("what `istioctl proxy-status` prints"), ASK_ALL);
	else if (str_has_prefix(line, STR("\"")) ? line_has(line, "\",\"") : is_csv(line))
		foreign_tell(r, CO_DUMP_TEXT, STR("a table of comma-separated values"), ASK_ALL);
	else
		return false;
	return true;
}

/* As much of the first line as a message takes. */
static struct str shown_line(struct dump_reader *r, struct str s)
{
	enum { SHOWN = 110 };
	struct str line = first_line(s);

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n <= SHOWN)
		return line;
	return STR_CONCAT(r->scratch, str_slice(line, 0, utf8_cut(line, SHOWN)), STR("…"));
}

/* What no row tells. */
static void text_add(struct dump_reader *r, struct str s)
{
	struct str line = shown_line(r, s);

	if (is_binary(s))
		foreign_tell(r, CO_DUMP_TEXT, STR("binary data"), ASK_ALL);
	else if (s.p[0] == '\x1b')
		foreign_tell(r, CO_DUMP_TEXT, STR("text with colours for a terminal"),
		             "switch them off (`jq -M`, `--color never`), or take the dump without that command");
	else if (is_before_json(s))
		foreign_tell(
			r, CO_DUMP_TEXT, STR_CONCAT(r->scratch, STR("text before JSON: "), line),
			"leave that line out: standard error does not belong into the file (no `2>&1`, no `kubectl exec "
			"-t`), and each dump "
			"is a file of its own");
	else if (is_yaml_line(first_line(s)))
		foreign_tell(r, CO_DUMP_YAML, STR("YAML"), ASK_JSON);
	else
		foreign_tell(r, CO_DUMP_TEXT, STR_CONCAT(r->scratch, STR("text: "), line),
		             "verify reads what `istioctl proxy-config … -o json` or Envoy's /config_dump print");
}

/* Lines of a log may begin like JSON. */
static bool is_log(struct str s)
{
	return is_log_line(first_line(s)) || str_has_prefix(s, STR("{\"level\":")) ||
	       str_has_prefix(s, STR("{\"ts\":"));
}

/* Comments before the first key, and the mark of a document. Statistics for Prometheus begin with what looks like the former. */
static struct str without_yaml_head(struct str s)
{
	struct str rest = s, line;

	while (str_has_prefix(rest, STR("---\n")) ||
	       (str_has_prefix(rest, STR("#")) && !str_has_prefix(rest, STR("# HELP")) &&
	        !str_has_prefix(rest, STR("# TYPE")))) {
		rest = str_cut(rest, '\n', &line);
		rest = rest.p ? without_blanks(rest) : STR("");
	}
	return rest.n && is_yaml_line(first_line(rest)) ? rest : s;
}

static void look_add(struct dump_reader *r, const struct look *look, struct str s)
{
	if (look->help)
		foreign_tell(r, look->code, str_c(look->what), look->help);
	else
		foreign_tell(r, look->code, STR_CONCAT(r->scratch, str_c(look->what), STR(": "), shown_line(r, s)),
		             "run the command alone and see that it prints JSON");
}

static bool is_null(struct str s)
{
	return str_has_prefix(s, STR("null")) && without_blanks(str_slice(s, 4, s.n)).n == 0;
}

bool foreign_add(struct dump_reader *r, struct str head)
{
	struct str         s = without_blanks(head);
	const struct look *look;

	if (head.n < 256 && (s.n == 0 || foreign_bytes_blank(head))) {
		foreign_tell(r, CO_DUMP_EMPTY, STR_ABSENT,
		             "the command that made it may have failed: look at its standard error");
		return true;
	}
	if (foreign_bytes_add(r, head))
		return true;
	if (s.n == 0 || ((s.p[0] == '{' || s.p[0] == '[') && !is_log(s)))
		return false;
	s = without_yaml_head(s);
	if (form_add(r, s) || foreign_aside_add(r, s))
		return true;
	if (is_null(s)) {
		foreign_tell(r, CO_DUMP_NOTHING, STR_ABSENT,
		             "jq prints null for what is not there: give it the whole dump");
		return true;
	}
	look = foreign_look(looks, sizeof(looks) / sizeof(looks[0]), s);
	if (look)
		look_add(r, look, s);
	else
		text_add(r, s.n ? s : head);
	return true;
}

bool is_hollow(struct str head)
{
	struct str s = without_blanks(head);

	for (size_t i = 0; i < s.n; i++)
		if (!strchr("[]{} \t\r\n", s.p[i]) || !s.p[i])
			return false;
	return true;
}
