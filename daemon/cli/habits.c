#include "cli/habits.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/source.h"

#define NO_CLUSTER "callout connects to no cluster; it reads what kubectl and istioctl print"
#define ALL_READ   "the manifests of all namespaces are read; -n is for those that name none"
#define KUSTOMIZE  "`kustomize build DIR` prints what -f - reads; `callout fn` runs in kustomize"
#define NO_APPLY   "callout applies nothing; `kubectl apply --dry-run=server -f -` judges what generate prints"
#define FINDINGS   "findings come in other forms by --report FORMAT, such as --report json=-"

struct habit {
	const char *word;
	enum option needs; /* the way out is one only where the command takes this; OPTION_HELP: anywhere */
	const char *instead;
};

/* Where files are named without an option. */
static const struct habit operand_habits[] = {
	{ "-f", OPTION_OUTPUT, "files are named without it" },
	{ "--filename", OPTION_OUTPUT, "files are named without it" },
};

static const struct habit habits[] = {
	{ "-A", OPTION_NAMESPACE, ALL_READ },
	{ "--all-namespaces", OPTION_NAMESPACE, ALL_READ },
	{ "-k", OPTION_FILE, KUSTOMIZE },
	{ "--kustomize", OPTION_FILE, KUSTOMIZE },
	{ "-o", OPTION_REPORT, FINDINGS },
	{ "--output", OPTION_REPORT, FINDINGS },
	{ "--output-dir", OPTION_CHECK, "use -o dir=DIR" },
	{ "--format", OPTION_OUTPUT, "-o FORMAT is for what is printed, --report FORMAT for findings" },
	{ "--dry-run", OPTION_HELP, NO_APPLY },
	{ "--context", OPTION_HELP, NO_CLUSTER },
	{ "--kubeconfig", OPTION_HELP, NO_CLUSTER },
	{ "--no-color", OPTION_COLOR, "use --color never, or the variable NO_COLOR" },
	{ "--no-colour", OPTION_COLOR, "use --color never, or the variable NO_COLOR" },
	{ "--strict", OPTION_FAIL_ON, "use --fail-on warning" },
	{ "--timeout", OPTION_WAIT, "use --wait TIME -- CMD" },
	{ "-w", OPTION_WAIT, "use --wait TIME -- CMD" },
	{ "--watch", OPTION_WAIT, "use --wait TIME -- CMD" },
	{ "--version", OPTION_HELP, "`callout version` prints it; --istio-version is for that of Istio" },
};

/* What other tools call it. */
static const struct {
	const char *word, *instead;
} other_commands[] = {
	{ "apply", "callout applies nothing: `callout generate -f FILE | kubectl apply -f -`" },
	{ "create", "callout applies nothing: `callout generate -f FILE | kubectl apply -f -`" },
	{ "install", "callout applies nothing: `callout generate -f FILE | kubectl apply -f -`" },
	{ "upgrade", "`callout upgrade-check` tells what an upgrade of Istio changes" },
	{ "delete", "callout deletes nothing: `callout generate -f FILE | kubectl delete -f -`" },
	{ "template", "`callout generate` prints the objects" },
	{ "render", "`callout generate` prints the objects" },
	{ "build", "`callout generate` prints the objects" },
	{ "validate", "`callout check` reports every finding" },
	{ "lint", "`callout check` reports every finding" },
	{ "analyze", "`callout check` reports every finding" },
	{ "proxy-config", "`callout verify` reads what `istioctl proxy-config` prints" },
	{ "get", "`callout clusters` prints the clusters, and `callout verify` whether they are in the proxies" },
	{ "describe", "`callout clusters` prints the clusters, and `callout verify` whether they are in the proxies" },
	{ "convert", "`callout import` writes manifests from objects" },
};

const char *habit_command(struct str word)
{
	for (size_t i = 0; i < sizeof(other_commands) / sizeof(other_commands[0]); i++)
		if (str_is(word, other_commands[i].word))
			return other_commands[i].instead;
	return NULL;
}

static const char *find_instead(const struct habit *table, size_t n, const struct command *c, struct str word)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(word, table[i].word) && command_takes(c, table[i].needs))
			return table[i].instead;
	return NULL;
}

const char *habit_option(const struct command *c, struct str word)
{
	const char *instead =
		c->operands ? find_instead(operand_habits, sizeof(operand_habits) / sizeof(operand_habits[0]), c, word)
			    : NULL;

	return instead ? instead : find_instead(habits, sizeof(habits) / sizeof(habits[0]), c, word);
}

static const char *help_for_path(struct arena *arena, struct str path)
{
	if (str_has_prefix(path, STR("https://")) || str_has_prefix(path, STR("http://")))
		return "nothing is fetched from the web: let curl print it, and name - for standard input";
	if (str_has_prefix(path, STR("file://")))
		return "a file is named by its path alone, without file://";
	if (access(str_copy(arena, path).p, F_OK) == 0)
		return NULL;
	if (str_find(path, '*', 0) < path.n)
		return "patterns are left to the shell: leave the quotes out; -R reads a directory";
	if (str_find(path, ',', 0) < path.n)
		return "names are not split at commas: repeat the option";
	return NULL;
}

void habit_help(struct diags *diags, struct diag *first, struct str path)
{
	const char *help = first && first->code == CO_CANNOT_READ ? help_for_path(diags->arena, path) : NULL;

	if (help && !str_present(first->help))
		diag_help(diags, first, help, NO_ARGS);
}

const char *habit_workload(struct str path)
{
	static const char *const kinds[] = { "deploy/", "deployment/",  "pod/", "po/",        "svc/",
		                             "sts/",    "statefulset/", "ds/",  "daemonset/", "service/" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_has_prefix(path, str_c(kinds[i])))
			return "`kubectl callout verify` takes a workload and fetches the dump; `callout verify` reads files";
	return NULL;
}
