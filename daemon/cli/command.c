#include "cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

const struct option_info option_table[OPTION_COUNT] = {
	[OPTION_FILE] = { "filename", 'f', "FILE", true,
	                  "a file with manifests, with -R a directory too; - is standard input" },
	[OPTION_RECURSIVE] = { "recursive", 'R', NULL, false, "read every .yaml, .yml and .json beneath directories" },
	[OPTION_NAMESPACE] = { "namespace", 'n', "NS", false,
	                       "namespace of manifests that name none (default: default)" },
	[OPTION_MESH] = { "mesh", 0, "NAME", false, "the Mesh document of the input to generate for" },
	[OPTION_MESH_FILE] = { "mesh-file", 0, "FILE", false, "the only Mesh; one in the input is then an error" },
	[OPTION_ISTIO_VERSION] = { "istio-version", 0, "V[..V]", false,
	                           "the Istio minor, or range, instead of the Mesh's" },
	[OPTION_ENVOY_VERSION] = { "envoy-version", 0, "V[..V]", false,
	                           "the Envoy minor or patch, or range, to ask about" },
	[OPTION_ALL_VERSIONS] = { "all-versions", 0, NULL, false,
	                          "ask about every version that is known, and print them all" },
	[OPTION_OUTPUT] = { "output", 'o', "FORMAT", false, "what is printed; see FORMAT above" },
	[OPTION_CHECK] = { "check", 0, NULL, false, "with -o dir=D: write nothing, exit 1 if D is not up to date" },
	[OPTION_TEMPLATES] = { "templates", 0, "DIR", false,
	                       "use the templates in this directory instead of the built-in ones" },
	[OPTION_OBJECTS] = { "objects", 0, "FILE", true,
	                     "live objects (kubectl get … -o yaml): tells what a Sidecar trims, what a public name "
	                     "hides, and which Services give no cluster" },
	[OPTION_LIVE] = { "live", 0, "FILE", true,
	                  "the live objects to compare with (kubectl get … -o yaml); - is standard input" },
	[OPTION_FROM] = { "from", 0, "V", false, "the Istio minor, or range, that runs now" },
	[OPTION_TO] = { "to", 0, "V", false, "the Istio minor, or range, to upgrade to" },
	[OPTION_STRICT] = { "strict", 0, NULL, false,
	                    "check the whole grammar of dumps, also in parts that are skipped" },
	[OPTION_ONLY_MATCHING] = { "only-matching", 0, NULL, false,
	                           "leave out dumps of proxies that a manifest is not for" },
	[OPTION_WAIT] = { "wait", 0, "TIME", false, "run the command behind -- until all resolve, or this time is up" },
	[OPTION_INTERVAL] = { "interval", 0, "TIME", false, "with --wait: how long between two runs (default: 2s)" },
	[OPTION_CODE] = { "code", 0, NULL, false, "read the code even of modules with more than 16 MiB of it" },
	[OPTION_SHA256] = { "sha256", 0, NULL, false, "print the sha256 of each module" },
	[OPTION_ESCAPE_FOR] = { "escape-for", 0, "TOOL", false,
	                        "flux: write ${ as $${, which its substitution undoes" },
	[OPTION_SYNC_WAVES] = { "sync-waves", 0, NULL, false,
	                        "annotate for Argo CD: hosts in wave -2, clusters in -1, filters in 1" },
	[OPTION_APPLYSET] = { "applyset", 0, "[NS/]NAME", false,
	                      "label as members of an ApplySet, and print the ConfigMap that is its parent" },
	[OPTION_ROOT] = { "root", 0, "DIR", false, "where files named by a manifest on standard input are looked up" },
	[OPTION_IGNORE_OTHER_KINDS] = { "ignore-other-kinds", 0, NULL, false, "skip documents of other tools" },
	[OPTION_REPORT] = { "report", 0, "FORMAT[=FILE]", true,
	                    "write the findings to FILE (-: standard output) or standard error, as text, json, sarif, "
	                    "junit, gitlab, checkstyle or github" },
	[OPTION_FAIL_ON] = { "fail-on", 0, "LEVEL", false, "warning: exit 1 when there are warnings" },
	[OPTION_COLOR] = { "color", 0, "WHEN", false, "auto, never or always (NO_COLOR is honoured)" },
	[OPTION_QUIET] = { "quiet", 'q', NULL, false, "print errors only" },
	[OPTION_VERBOSE] = { "verbose", 'v', NULL, false, "say what was read and for which versions" },
	[OPTION_HELP] = { "help", 'h', NULL, false, "print this help" },
};

#define INPUT_OPTIONS                                                                                                  \
	OPTION_FILE, OPTION_RECURSIVE, OPTION_NAMESPACE, OPTION_MESH, OPTION_MESH_FILE, OPTION_ISTIO_VERSION,          \
		OPTION_OBJECTS, OPTION_ROOT, OPTION_IGNORE_OTHER_KINDS
#define REPORT_OPTIONS OPTION_REPORT, OPTION_FAIL_ON, OPTION_COLOR, OPTION_QUIET, OPTION_VERBOSE, OPTION_HELP

static const enum option generate_options[] = { INPUT_OPTIONS,     OPTION_OUTPUT,     OPTION_CHECK,    OPTION_TEMPLATES,
	                                        OPTION_ESCAPE_FOR, OPTION_SYNC_WAVES, OPTION_APPLYSET, REPORT_OPTIONS };
static const enum option clusters_options[] = { INPUT_OPTIONS, OPTION_OUTPUT, REPORT_OPTIONS };
static const enum option check_options[] = { INPUT_OPTIONS, OPTION_TEMPLATES, REPORT_OPTIONS };
static const enum option verify_options[] = { INPUT_OPTIONS,   OPTION_STRICT, OPTION_ONLY_MATCHING, OPTION_WAIT,
	                                      OPTION_INTERVAL, OPTION_OUTPUT, REPORT_OPTIONS };
static const enum option inspect_options[] = {
	OPTION_FILE,          OPTION_RECURSIVE,     OPTION_NAMESPACE,    OPTION_MESH,   OPTION_MESH_FILE,
	OPTION_ISTIO_VERSION, OPTION_ENVOY_VERSION, OPTION_ALL_VERSIONS, OPTION_ROOT,   OPTION_IGNORE_OTHER_KINDS,
	OPTION_CODE,          OPTION_SHA256,        OPTION_OUTPUT,       REPORT_OPTIONS
};
static const enum option diff_options[] = { INPUT_OPTIONS, OPTION_LIVE, OPTION_TEMPLATES, OPTION_OUTPUT,
	                                    REPORT_OPTIONS };
static const enum option upgrade_options[] = { OPTION_FILE,   OPTION_RECURSIVE,          OPTION_NAMESPACE,
	                                       OPTION_MESH,   OPTION_MESH_FILE,          OPTION_OBJECTS,
	                                       OPTION_ROOT,   OPTION_IGNORE_OTHER_KINDS, OPTION_FROM,
	                                       OPTION_TO,     OPTION_TEMPLATES,          OPTION_OUTPUT,
	                                       REPORT_OPTIONS };
static const enum option import_options[] = { OPTION_NAMESPACE, OPTION_MESH_FILE, OPTION_OUTPUT, REPORT_OPTIONS };
static const enum option fn_options[] = { OPTION_MESH_FILE, OPTION_ROOT,      OPTION_MESH,   OPTION_ISTIO_VERSION,
	                                  OPTION_NAMESPACE, OPTION_TEMPLATES, REPORT_OPTIONS };
static const enum option version_options[] = { OPTION_OUTPUT, OPTION_HELP };
static const enum option help_options[] = { OPTION_HELP };

#define OPTIONS(table) table, sizeof(table) / sizeof(table[0])
#define NEEDS_NOTHING  { OPTION_HELP }, 0
#define NEEDS(...)     { __VA_ARGS__ }, sizeof((enum option[]){ __VA_ARGS__ }) / sizeof(enum option)

const struct command command_table[] = {
	{ "generate", NULL, "print the Istio objects for filter manifests",
	  "# apply what a manifest needs\n"
	  "callout generate -f filter.yaml | kubectl apply -f -\n"
	  "# one file per object, for every manifest beneath a directory\n"
	  "callout generate -R -f filters/ -o dir=generated\n"
	  "# in a pipeline: are the committed files up to date?\n"
	  "callout generate -R -f filters/ -o dir=generated --check\n"
	  "# objects that are valid in every version of a mesh that is being upgraded\n"
	  "callout generate -f filter.yaml --istio-version 1.26..1.31",
	  "Reads filter manifests and prints the objects that make their hosts callable, with the cluster names written into\n"
	  "the filter's configuration. Nothing is printed when there is an error.\n\n"
	  "FORMAT: yaml (default), json (a List), or dir=D: one file per object in the directory D, whose list\n"
	  ".callout-files says which stale files may be removed.",
	  OPTIONS(generate_options), cmd_generate, NEEDS(OPTION_FILE) },
	{ "clusters", NULL, "print the clusters that a filter calls",
	  "# which clusters will there be, under which names?\n"
	  "callout clusters -f filter.yaml\n"
	  "# the call in the language of the filter\n"
	  "callout clusters -f filter.yaml -o snippet\n"
	  "# the names alone, for another program\n"
	  "callout clusters -f filter.yaml -o json | jq -r '.clusters[].name'",
	  "Predicts, for every upstream, the name and kind of its Envoy cluster, its TLS and the :authority to send.\n\n"
	  "FORMAT: table (default), json, or snippet: the call in Go, Rust, C++, AssemblyScript and Lua.",
	  OPTIONS(clusters_options), cmd_clusters, NEEDS(OPTION_FILE) },
	{ "check", NULL, "report every finding, generate nothing",
	  "# every manifest beneath a directory\n"
	  "callout check -R -f filters/\n"
	  "# by the rules of the platform team, with a report for the pipeline\n"
	  "callout check -R -f filters/ --mesh-file mesh.yaml --report json=findings.json\n"
	  "# what would the objects hide from the applications of a live cluster, and are the services there?\n"
	  "kubectl get serviceentries,destinationrules,sidecars,services -A -o yaml > live.yaml\n"
	  "callout check -f filter.yaml --objects live.yaml",
	  "Reads, checks and plans everything as generate does, but prints only the findings.", OPTIONS(check_options),
	  cmd_check, NEEDS(OPTION_FILE) },
	{ "verify", "DUMP… | --wait TIME -- CMD ARG…",
	  "tell whether the clusters resolve in live proxies, and if not, why",
	  "# do they resolve in this pod?\n"
	  "istioctl proxy-config all deploy/web -n shop -o json | callout verify -f filter.yaml -\n\n"
	  "# wait until they do\n"
	  "callout verify -f filter.yaml --wait 60s -- istioctl proxy-config all deploy/web -n shop -o json",
	  "Reads dumps of proxies (files, directories, - for standard input; NAME=FILE names the proxy) and says of each\n"
	  "upstream in each proxy: resolved, missing, uncallable, insecure, mismatched, pending, rejected or unknown.\n"
	  "A dump is what istioctl proxy-config all, cluster, endpoint, listener, ecds and bootstrap print with -o json,\n"
	  "or Envoy's /config_dump, /clusters and /stats, compressed with gzip or not. Files belong to one proxy\n"
	  "by its node, by NAME=FILE, or by being in one directory. With --wait the command behind -- is run until all resolve.\n"
	  "Exit status 1: something is not resolved.\n\n"
	  "FORMAT: table (default) or json.",
	  OPTIONS(verify_options), cmd_verify, NEEDS(OPTION_FILE) },
	{ "import", "OBJECTS…", "write manifests from existing objects",
	  "kubectl get se,dr,envoyfilters,wasmplugins -n shop -o yaml | callout import -",
	  "Reads ServiceEntries with their DestinationRules, EnvoyFilters that add clusters or carry a Lua or Wasm filter,\n"
	  "WasmPlugins and TrafficExtensions, and prints the manifests from which they would be generated. Whatever a\n"
	  "manifest cannot say becomes a finding.\n\n"
	  "FORMAT: yaml (default) or json.",
	  OPTIONS(import_options), cmd_import, NEEDS_NOTHING },
	{ "inspect", "FILE.wasm…", "tell whether Envoy loads a module, and if not, why",
	  "# will the mesh load it?\n"
	  "callout inspect filter.wasm --istio-version 1.27\n"
	  "# which versions load it?\n"
	  "callout inspect filter.wasm --all-versions\n"
	  "# does it fit its manifest?\n"
	  "callout inspect filter.wasm -f filter.yaml",
	  "Reads the modules (- is standard input) and says which versions of Istio load them, and every reason why the\n"
	  "others do not. Without a version it asks for those of the mesh, or for Istio 1.27 and newer. With -f it also\n"
	  "compares them with the manifests. Exit status 1: a module does not load on a version asked for.\n\n"
	  "FORMAT: text (default) or json.",
	  OPTIONS(inspect_options), cmd_inspect, NEEDS_NOTHING },
	{ "diff", NULL, "compare what is generated with live objects",
	  "kubectl get se,dr,envoyfilters,wasmplugins -A -o yaml | callout diff -R -f filters/ --live -",
	  "Prints, as a unified diff, what applying the generated objects would change, and which live objects of Callout are\n"
	  "no longer generated. What the API server and GitOps tools add to objects is not counted. Exit status 1: there are\n"
	  "differences.\n\n"
	  "FORMAT: unified (default), json, or stale: references to the objects that are no longer generated, for "
	  "kubectl delete -f -.",
	  OPTIONS(diff_options), cmd_diff, NEEDS(OPTION_FILE, OPTION_LIVE) },
	{ "fn", NULL, "run as a KRM function of kustomize or kpt", "callout fn --mesh-file mesh.yaml < list.yaml",
	  "Reads a ResourceList on standard input, replaces its FilterManifests by the objects that are generated for them, and\n"
	  "prints the list; findings are its results. Other objects pass through unchanged. The functionConfig may be a\n"
	  "FilterManifest (generator), a FunctionConfig or a ConfigMap with its fields: mode (generate or validate),\n"
	  "keepManifests, mesh, istioVersion, namespace. With an error the items stay as they were and the exit status "
	  "is 3.",
	  OPTIONS(fn_options), cmd_fn, NEEDS_NOTHING },
	{ "explain", "[CODE|VERDICT|FIELD]", "explain a finding, a verdict or a field",
	  "# a finding: cause, consequence and way out\n"
	  "callout explain CO0204\n"
	  "# a verdict of verify\n"
	  "callout explain uncallable\n"
	  "# a field of a manifest\n"
	  "callout explain spec.upstreams.tls\n"
	  "# a field of a Mesh\n"
	  "callout explain mesh.spec.policy",
	  "Prints cause, consequence and way out of a finding or of a verdict of verify, or type, default and meaning of a\n"
	  "field of FilterManifest (spec.upstreams.tls) or Mesh (mesh.spec.policy). Without operand: the fields of a\n"
	  "FilterManifest.",
	  OPTIONS(help_options), cmd_explain, NEEDS_NOTHING },
	{ "schema", "[KIND]", "print the JSON Schema of FilterManifest or Mesh",
	  "callout schema FilterManifest > filter-manifest.schema.json",
	  "Prints the JSON Schema (2020-12) of a kind, by default FilterManifest, for editors and validators.\n\n"
	  "KIND: FilterManifest, Mesh, or kustomize: an OpenAPI file that tells kustomize how to merge patches into "
	  "both.",
	  OPTIONS(help_options), cmd_schema, NEEDS_NOTHING },
	{ "serve", NULL, "serve the same over HTTP",
	  "# on this machine alone\n"
	  "callout serve --listen 127.0.0.1:8686\n"
	  "# what is in force, and is it all right?\n"
	  "callout serve --config callout.yaml --check-config",
	  "Serves generate, check, clusters, verify and inspect over HTTP, and keeps manifests for platform teams. It is a\n"
	  "program of its own, callout-serve, which takes many settings as options, as environment variables and from one\n"
	  "YAML file; `callout serve --help` lists them.",
	  OPTIONS(help_options), NULL, NEEDS_NOTHING },
	{ "upgrade-check", NULL, "tell what an Istio upgrade changes",
	  "callout upgrade-check -R -f filters/ --from 1.27 --to 1.31",
	  "Generates for both versions and prints, as a unified diff, what will be generated differently; the findings tell\n"
	  "which of it stops working, whether one set of objects serves both versions, and what is refused. Exit status 1:\n"
	  "something differs or breaks.\n\n"
	  "FORMAT: unified (default) or json.",
	  OPTIONS(upgrade_options), cmd_upgrade_check, NEEDS(OPTION_FILE, OPTION_FROM, OPTION_TO) },
	{ "completion", "SHELL", "print the completion script of a shell",
	  "# bash, for all of one's shells\n"
	  "callout completion bash > ~/.local/share/bash-completion/completions/callout\n"
	  "# zsh, in a directory of $fpath\n"
	  "callout completion zsh > ~/.zfunc/_callout\n"
	  "# fish\n"
	  "callout completion fish > ~/.config/fish/completions/callout.fish",
	  "Prints a script that lets bash, zsh or fish complete commands, options and their values. `cmake --install` puts\n"
	  "the three where the shells of the system look.",
	  OPTIONS(help_options), cmd_completion, NEEDS_NOTHING },
	{ "version", NULL, "print the version", "callout version\ncallout version -o json",
	  "Prints the version of Callout and the Istio versions it knows.\n"
	  "\n"
	  "FORMAT: text (default) or json.",
	  OPTIONS(version_options), cmd_version, NEEDS_NOTHING },
};
const size_t n_commands = sizeof(command_table) / sizeof(command_table[0]);

const struct command *command_find(struct str name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (str_is(name, command_table[i].name))
			return &command_table[i];
	return NULL;
}

bool command_takes(const struct command *c, enum option o)
{
	for (size_t i = 0; i < c->n_options; i++)
		if (c->options[i] == o)
			return true;
	return false;
}

enum exit_status usage_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fputs("callout: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry `callout%s%s --help`.\n", command ? " " : "", command ? command : "");
	return EXIT_USAGE;
}

bool print_output(struct str s)
{
	if (file_write_all(STDOUT_FILENO, s))
		return true;
	fprintf(stderr, "callout: cannot write to standard output: %s\n", strerror(errno));
	return false;
}

/* ---- help ---- */

static void print_option(const struct option_info *o)
{
	char left[40];

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
	         o->letter ? "," : " ", o->name, o->value ? " " : "", o->value ? o->value : "");
	printf("  %-30s %s\n", left, o->help);
}

static void print_program_help(void)
{
	puts("Callout lets a filter inside Istio's Envoy call the hosts it needs.\n\n"
	     "Example:\n"
	     "  callout generate -f filter.yaml | kubectl apply -f -\n\n"
	     "Usage:\n"
	     "  callout COMMAND [OPTION…]\n\n"
	     "Commands:");
	for (size_t i = 0; i < n_commands; i++)
		printf("  %-13s %s\n", command_table[i].name, command_table[i].summary);
	puts("\n"
	     "`callout COMMAND --help` tells more.\n\n"
	     "Exit status: 0 fine, 1 the answer is no, 2 usage, 3 input refused, 4 environment.");
}

static void print_examples(struct str lines)
{
	puts(str_find(lines, '\n', 0) < lines.n ? "Examples:" : "Example:");
	while (str_present(lines)) {
		struct str line, rest = str_cut(lines, '\n', &line);

		printf("  %.*s\n", STR_ARG(line));
		lines = rest;
	}
}

/* The synopsis line: options that are required come first. */
static void print_usage(const struct command *c)
{
	printf("\nUsage:\n  callout %s", c->name);
	for (size_t i = 0; i < c->n_needed; i++) {
		const struct option_info *o = &option_table[c->needed[i]];

		if (o->letter)
			printf(" -%c", o->letter);
		else
			printf(" --%s", o->name);
		printf(" %s%s", o->value, o->repeatable ? "…" : "");
	}
	printf("%s%s%s\n", c->n_options > c->n_needed + 1 ? " [OPTION…]" : "", c->operands ? " " : "",
	       c->operands ? c->operands : "");
}

void print_help(const struct command *c)
{
	if (!c) {
		print_program_help();
		return;
	}
	print_examples(str_c(c->example));
	print_usage(c);
	printf("\n%s\n\nOptions:\n", c->description);
	for (size_t i = 0; i < c->n_options; i++)
		print_option(&option_table[c->options[i]]);
}
