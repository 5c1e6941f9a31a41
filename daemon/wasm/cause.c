#include "wasm/cause.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "wasm/wasm_check.h"

enum cause_id {
#define CAUSE(name, what, why, instead, callout) CAUSE_##name,
#include "wasm/causes.def"
#undef CAUSE
	CAUSE_COUNT
};

static const struct cause cause_table[CAUSE_COUNT] = {
#define CAUSE(name, what, why, instead, callout) [CAUSE_##name] = { what, why, instead, callout },
#include "wasm/causes.def"
#undef CAUSE
};

/* ---- rules ---- */

enum { ANY_TOOL = -1, ANY_EVIDENCE = -1 };

/* The first rule that fits an import tells its cause. Patterns may end in *. */
struct rule {
	const char   *module; /* "wasi": both names of it */
	const char   *name;
	int           tool;
	int           evidence; /* among the function names */
	const char   *also;     /* an import that must be there too: its name; NULL: none */
	enum cause_id cause;
};

static const struct rule rules[] = {
	/* Sockets, in whatever form they come. */
	{ "wasi", "sock_*", TOOL_GO, EVIDENCE_HTTP_CLIENT, NULL, CAUSE_NET_HTTP },
	{ "wasi", "sock_*", TOOL_GO, ANY_EVIDENCE, NULL, CAUSE_NET },
	{ "wasi", "sock_*", TOOL_RUST, ANY_EVIDENCE, NULL, CAUSE_RUST_NET },
	{ "wasi", "sock_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_SOCKETS },
	{ "env", "socket", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_SOCKETS },
	{ "env", "connect", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_SOCKETS },
	{ "env", "getaddrinfo", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_SOCKETS },
	{ "env", "gethostbyname", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_SOCKETS },
	{ "env", "curl_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_SOCKETS },

	/* What Go's runtime needs in every program. */
	{ "wasi", "poll_oneoff", TOOL_GO, ANY_EVIDENCE, NULL, CAUSE_GO_RUNTIME },
	{ "wasi", "sched_yield", TOOL_GO, ANY_EVIDENCE, NULL, CAUSE_GO_RUNTIME },
	{ "wasi", "fd_fdstat_*", TOOL_GO, ANY_EVIDENCE, NULL, CAUSE_GO_RUNTIME },
	{ "wasi", "fd_prestat_*", TOOL_GO, ANY_EVIDENCE, NULL, CAUSE_GO_RUNTIME },

	/* Old TinyGo: timers and atomics together are what net/http leaves behind. */
	{ "env", "time.*", TOOL_TINYGO, ANY_EVIDENCE, "sync/atomic.*", CAUSE_TINYGO_NET_HTTP },
	{ "env", "sync/atomic.*", TOOL_TINYGO, ANY_EVIDENCE, "time.*", CAUSE_TINYGO_NET_HTTP },
	{ "env", "time.*", TOOL_TINYGO, ANY_EVIDENCE, NULL, CAUSE_TIMERS },
	{ "env", "sync/atomic.*", TOOL_TINYGO, ANY_EVIDENCE, NULL, CAUSE_ATOMICS },
	{ "env", "syscall/js.*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_BROWSER_GO },
	{ "gojs", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_BROWSER_GO },
	{ "go", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_BROWSER_GO },
	{ "wasi", "fd_*", TOOL_TINYGO, ANY_EVIDENCE, "sync/atomic.*", CAUSE_TINYGO_NET_HTTP },
	{ "wasi", "path_*", TOOL_TINYGO, ANY_EVIDENCE, "sync/atomic.*", CAUSE_TINYGO_NET_HTTP },

	/* Files. Go's net/http reads the system's own: resolver, certificates, types of media. */
	{ "wasi", "path_link", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_LINKS },
	{ "wasi", "path_symlink", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_LINKS },
	{ "wasi", "fd_*", ANY_TOOL, EVIDENCE_HTTP_CLIENT, NULL, CAUSE_NET_HTTP },
	{ "wasi", "path_*", ANY_TOOL, EVIDENCE_HTTP_CLIENT, NULL, CAUSE_NET_HTTP },
	{ "wasi", "fd_*", ANY_TOOL, EVIDENCE_NET_HTTP, NULL, CAUSE_NET_HTTP_TYPES },
	{ "wasi", "path_*", ANY_TOOL, EVIDENCE_NET_HTTP, NULL, CAUSE_NET_HTTP_TYPES },
	{ "wasi", "fd_*", TOOL_GO, EVIDENCE_NET, NULL, CAUSE_NET },
	{ "wasi", "path_*", TOOL_GO, EVIDENCE_NET, NULL, CAUSE_NET },
	{ "wasi", "fd_*", TOOL_GO, EVIDENCE_OS, NULL, CAUSE_FILES },
	{ "wasi", "path_*", TOOL_GO, EVIDENCE_OS, NULL, CAUSE_FILES },
	{ "wasi", "fd_*", TOOL_GO, ANY_EVIDENCE, "path_filestat_get", CAUSE_NET_HTTP_PROBABLY },
	{ "wasi", "path_*", TOOL_GO, ANY_EVIDENCE, "path_filestat_get", CAUSE_NET_HTTP_PROBABLY },
	{ "wasi", "fd_*", TOOL_RUST, EVIDENCE_RUST_NET, NULL, CAUSE_RUST_NET },
	{ "wasi", "fd_prestat_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_STARTUP_FILES },
	{ "wasi", "path_open", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_STARTUP_FILES },
	{ "wasi", "fd_fdstat_set_flags", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_STDIO },
	{ "wasi", "fd_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_FILES },
	{ "wasi", "path_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_FILES },
	{ "wasi", "poll_oneoff", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_SLEEP },
	{ "wasi", "sched_yield", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_YIELD },
	{ "wasi", "clock_res_get", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_CLOCK },
	{ "wasi", "proc_raise", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_RAISE },

	/* Targets and SDKs for other hosts. */
	{ "wasi:*", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_PREVIEW2 },
	{ "http_handler", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_HTTP_WASM },
	{ "wbg", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_BINDGEN },
	{ "__wbindgen_*", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_BINDGEN },
	{ "./*", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_BINDGEN },
	{ "Date", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_AS_DEFAULTS },
	{ "Math", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_AS_DEFAULTS },
	{ "env", "abort", TOOL_ASSEMBLYSCRIPT, ANY_EVIDENCE, NULL, CAUSE_AS_DEFAULTS },
	{ "env", "seed", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_AS_DEFAULTS },
	{ "env", "trace", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_AS_DEFAULTS },
	{ "env", "console.*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_AS_DEFAULTS },
	{ "env", "Date.*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_AS_DEFAULTS },

	/* C and C++. */
	{ "env", "emscripten_notify_memory_growth", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_EMSCRIPTEN_GROWTH },
	{ "env", "__cxa_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_CPP_EXCEPTIONS },
	{ "env", "invoke_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_CPP_EXCEPTIONS },
	{ "env", "__resumeException", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_CPP_EXCEPTIONS },
	{ "env", "llvm_eh_typeid_for", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_CPP_EXCEPTIONS },
	{ "env", "getTempRet0", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_CPP_EXCEPTIONS },
	{ "env", "setTempRet0", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_CPP_EXCEPTIONS },
	{ "env", "emscripten_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_EMSCRIPTEN_JS },
	{ "env", "_emscripten_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_EMSCRIPTEN_JS },
	{ "env", "__syscall_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_EMSCRIPTEN_JS },
	{ "env", "__assert_fail", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_EMSCRIPTEN_JS },
	{ "env", "_tzset_js", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_EMSCRIPTEN_JS },
	{ "a", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_EMSCRIPTEN_JS },
	{ "env", "pthread_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_THREADS },
	{ "wasi", "thread-spawn", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_THREADS },
	{ "env", "__stack_pointer", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_NOT_LINKED },
	{ "env", "__memory_base", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_NOT_LINKED },
	{ "env", "__table_base", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_NOT_LINKED },
	{ "GOT.*", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_NOT_LINKED },

	{ "env", "proxy_*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_ABI_MIX },
	{ "env", "*", TOOL_TINYGO, ANY_EVIDENCE, NULL, CAUSE_TINYGO_UNDEFINED },
	{ "env", "*", ANY_TOOL, ANY_EVIDENCE, NULL, CAUSE_UNDEFINED },
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static bool fits(const char *pattern, struct str s)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return str_has_prefix(s, str_of(pattern, n - 1));
	return str_is(s, pattern);
}

static bool fits_module(const char *pattern, struct str module)
{
	if (strcmp(pattern, "wasi") == 0)
		return str_is(module, "wasi_snapshot_preview1") || str_is(module, "wasi_unstable") ||
		       str_is(module, "wasi");
	return fits(pattern, module);
}

static bool imports_name(const struct wasm_module *m, const char *pattern)
{
	for (size_t i = 0; i < m->imports.n; i++)
		if (fits(pattern, wasm_import_at(m, i)->name))
			return true;
	return false;
}

static const struct cause *cause_of(const struct wasm_module *m, const struct toolchain *t, struct str module,
                                    struct str name)
{
	for (size_t i = 0; i < RULES; i++) {
		const struct rule *rule = &rules[i];

		if (fits_module(rule->module, module) && fits(rule->name, name) &&
		    (rule->tool == ANY_TOOL || rule->tool == (int)t->tool) &&
		    (rule->evidence == ANY_EVIDENCE || m->evidence[rule->evidence]) &&
		    (!rule->also || imports_name(m, rule->also)))
			return &cause_table[rule->cause];
	}
	return NULL;
}

/* ---- by causes ---- */

enum { IMPORTS_NAMED = 4 };

static struct cause_found *find_or_add(struct arena *arena, struct cause_found **list, const struct cause *cause)
{
	while (*list && (*list)->cause != cause)
		list = &(*list)->next;
	if (!*list) {
		*list = ARENA_NEW(arena, struct cause_found);
		(*list)->cause = cause;
	}
	return *list;
}

/* Names of WASI stand for themselves. */
static struct str short_name(struct arena *arena, const struct wasm_import *import)
{
	if (str_is(import->module, "wasi_snapshot_preview1") || str_is(import->module, "wasi_unstable"))
		return import->name;
	return STR_CONCAT(arena, import->module, STR("."), import->name);
}

/* An import may be missing on some releases and of another type on others: it counts once. */
static void add_import(struct arena *arena, struct cause_found *found, const struct wasm_problem *p,
                       const struct wasm_import **last)
{
	struct str name = short_name(arena, p->item);

	if (*last == p->item)
		return;
	*last = p->item;
	if (found->n == 0) {
		found->first = p->item;
		found->imports = name;
	} else if (found->n < IMPORTS_NAMED) {
		found->imports = STR_CONCAT(arena, found->imports, STR(", "), name);
	}
	found->n++;
}

struct cause_found *causes_find(struct arena *arena, const struct wasm_verdict *v, uint32_t releases)
{
	struct cause_found       *list = NULL;
	const struct wasm_import *last = NULL;

	for (const struct wasm_problem *p = v->problems; p; p = p->next) {
		const struct cause *cause = NULL;

		if (p->item && p->releases & releases)
			cause = cause_of(v->module, &v->toolchain, p->item->module, p->item->name);
		if (cause)
			add_import(arena, find_or_add(arena, &list, cause), p, &last);
	}
	for (struct cause_found *f = list; f; f = f->next)
		if (f->n > IMPORTS_NAMED)
			f->imports = STR_CONCAT(arena, f->imports, STR(" and "),
			                        str_from_uint(arena, f->n - IMPORTS_NAMED), STR(" more"));
	return list;
}
