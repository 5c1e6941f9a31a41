#include "cli/kubectl_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/file.h"

enum { WORDS = 16 };

/* Without --wait the command runs once: it may take this long, and with an interval as long no second run fits in. */
#define ONCE "30s"

bool kubectl_plugin_is(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	return argv0 && strcmp(slash ? slash + 1 : argv0, "kubectl-callout") == 0;
}

/* deploy/web, or the bare name of a pod; what exists as a file is a dump. */
static bool is_workload(const char *word)
{
	unsigned slashes = 0, dots = 0;

	if (word[0] == '-' || word[0] == '.' || word[0] == '/' || access(word, F_OK) == 0)
		return false;
	for (const char *p = word; *p; p++) {
		slashes += *p == '/';
		dots += *p == '.';
		if (ascii_is_upper(*p) || !ascii_is_alnum_or(*p, "-./"))
			return false;
	}
	return slashes == 1 || (slashes == 0 && dots == 0);
}

static bool is_on_path(struct arena *arena, const char *program)
{
	struct str rest = str_c(getenv("PATH")), folder;

	while (str_present(rest)) {
		struct str  path;
		struct stat st;

		rest = str_cut(rest, ':', &folder);
		path = path_join(arena, folder.n ? folder : STR("."), str_c(program));
		if (stat(path.p, &st) == 0 && S_ISREG(st.st_mode) && access(path.p, X_OK) == 0)
			return true;
	}
	return false;
}

static void append(struct arguments *a, const char *word)
{
	a->operands[a->n_operands++] = word;
}

static void append_namespace(struct arguments *a)
{
	const char *namespace = argument(a, OPTION_NAMESPACE);

	if (!namespace)
		return; /* that of the current context */
	append(a, "-n");
	append(a, namespace);
}

static void use_istioctl(struct arguments *a, const char *workload)
{
	append(a, "istioctl");
	append(a, "proxy-config");
	append(a, "all");
	append(a, workload);
	append_namespace(a);
	append(a, "-o");
	append(a, "json");
}

/* The agent hands requests on to Envoy's admin port. */
static void use_kubectl(struct arguments *a, const char *workload)
{
	append(a, "kubectl");
	append(a, "exec");
	append(a, workload);
	append_namespace(a);
	append(a, "-c");
	append(a, "istio-proxy");
	append(a, "--");
	append(a, "pilot-agent");
	append(a, "request");
	append(a, "GET");
	append(a, "config_dump?include_eds");
}

static void set_once(struct arena *arena, struct arguments *a, enum option o)
{
	if (a->options[o].n)
		return;
	a->options[o].items = ARENA_ARRAY(arena, 1, const char *);
	a->options[o].items[0] = ONCE;
	a->options[o].n = 1;
}

static enum exit_status fetch(struct arena *arena, struct arguments *a, const char *workload)
{
	a->operands = ARENA_ARRAY(arena, WORDS, const char *);
	a->n_operands = a->n_before_dashes = 0;
	a->dashes = true;
	if (is_on_path(arena, "istioctl")) {
		use_istioctl(a, workload);
	} else if (is_on_path(arena, "kubectl")) {
		use_kubectl(a, workload);
	} else {
		fputs("callout: neither istioctl nor kubectl is on the PATH, one of which fetches the dump\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	if (!a->options[OPTION_WAIT].n)
		set_once(arena, a, OPTION_INTERVAL);
	set_once(arena, a, OPTION_WAIT);
	return EXIT_FINE;
}

enum exit_status kubectl_plugin_arguments(struct arena *arena, const struct command *command, struct arguments *a)
{
	const char *workload = NULL;
	size_t      n = 0;

	if (strcmp(command->name, "verify") != 0 || a->dashes)
		return EXIT_FINE;
	for (size_t i = 0; i < a->n_operands; i++) {
		if (!is_workload(a->operands[i]))
			continue;
		workload = a->operands[i];
		n++;
	}
	if (n == 0)
		return EXIT_FINE;
	if (n != a->n_operands || n > 1)
		return usage_error("verify", "one workload at a time, and no dumps beside it: \"%s\"", workload);
	return fetch(arena, a, workload);
}
