#include "wasm/toolchain.h"

#include "base/arena.h"
#include "base/ascii.h"

static const struct {
	const char       *name;
	enum sdk_language language;
} tool_table[TOOL_COUNT] = {
	[TOOL_UNKNOWN] = { "unknown", SDK_ANY }, [TOOL_GO] = { "Go", SDK_GO },
	[TOOL_TINYGO] = { "TinyGo", SDK_GO },    [TOOL_RUST] = { "Rust", SDK_RUST },
	[TOOL_CLANG] = { "Clang", SDK_CPP },     [TOOL_EMSCRIPTEN] = { "Emscripten", SDK_CPP },
	[TOOL_ZIG] = { "Zig", SDK_CPP },         [TOOL_ASSEMBLYSCRIPT] = { "AssemblyScript", SDK_ASSEMBLYSCRIPT },
};

/* ---- the section producers ---- */

static bool contains(struct str s, const char *part)
{
	return str_find_str(s, str_c(part), 0) < s.n;
}

/* The first row that fits wins: TinyGo and Zig are built on clang and say so too. */
static const struct {
	const char *name;    /* somewhere in the producer's: distributions put their own before it */
	const char *version; /* somewhere in its version; NULL: whatever it is */
	enum tool   tool;
} producer_table[] = {
	{ "TinyGo", NULL, TOOL_TINYGO }, { "Go", NULL, TOOL_GO },
	{ "rustc", NULL, TOOL_RUST },    { "Rust", NULL, TOOL_RUST },
	{ "Zig", NULL, TOOL_ZIG },       { "clang", "tinygo", TOOL_TINYGO },
	{ "clang", "zig", TOOL_ZIG },    { "clang", "emscripten", TOOL_EMSCRIPTEN },
	{ "clang", NULL, TOOL_CLANG },
};

/* "go1.26.8" gives 1.26.8; "1.63.0 (4b91a6ea7 2022-08-08)" gives 1.63.0. */
static struct str number_of(struct str version)
{
	size_t from = 0, to;

	while (from < version.n && !ascii_is_digit(version.p[from]))
		from++;
	for (to = from; to < version.n && (version.p[to] == '.' || ascii_is_digit(version.p[to])); to++)
		;
	return to > from ? str_slice(version, from, to) : STR_ABSENT;
}

static bool find_producer(const struct wasm_module *m, struct toolchain *ret)
{
	for (size_t i = 0; i < sizeof(producer_table) / sizeof(producer_table[0]); i++)
		for (const struct wasm_producer *p = m->producers; p; p = p->next) {
			if (!contains(p->name, producer_table[i].name) ||
			    (producer_table[i].version && !contains(p->version, producer_table[i].version)))
				continue;
			ret->tool = producer_table[i].tool;
			ret->evidence = "section producers";
			if (!producer_table[i].version && !str_present(ret->version))
				ret->version = number_of(p->version);
			if (str_present(ret->version) || producer_table[i].version)
				return true;
		}
	return ret->tool != TOOL_UNKNOWN;
}

/* ---- what else gives a toolchain away ---- */

static bool exports_function(const struct wasm_module *m, const char *name)
{
	return wasm_export_find(m, WASM_FUNCTION, name) != NULL;
}

static bool imports_of_prefix(const struct wasm_module *m, const char *prefix)
{
	for (size_t i = 0; i < m->imports.n; i++)
		if (str_is(wasm_import_at(m, i)->module, "env") &&
		    str_has_prefix(wasm_import_at(m, i)->name, str_c(prefix)))
			return true;
	return false;
}

/* asc leaves its abort where no one replaced it; with the SDK's own, proc_exit of the old WASI is all there is of it. */
static bool is_assemblyscript(const struct wasm_module *m)
{
	const struct wasm_import *abort_of = wasm_import_find(m, "env", "abort");
	const struct wasm_type   *type = abort_of ? wasm_module_type(m, abort_of->type) : NULL;

	if (type && type->n_params == 4 && type->n_results == 0)
		return true;
	return wasm_import_find(m, "wasi_unstable", "proc_exit") && !exports_function(m, "_start") &&
	       !exports_function(m, "_initialize");
}

/* Without memory growth there is nothing of it in the imports; which of the exports there are depends on its version. */
static bool is_emscripten(const struct wasm_module *m)
{
	return m->custom[CUSTOM_EMSCRIPTEN] || exports_function(m, "__errno_location") ||
	       exports_function(m, "_emscripten_stack_restore") || exports_function(m, "emscripten_stack_init") ||
	       exports_function(m, "stackRestore") || imports_of_prefix(m, "emscripten_") ||
	       imports_of_prefix(m, "_emscripten_");
}

static bool is_tinygo(const struct wasm_module *m)
{
	return imports_of_prefix(m, "time.") || imports_of_prefix(m, "sync/atomic.") ||
	       imports_of_prefix(m, "syscall/js.") || exports_function(m, "tinygo_getCurrentStackPointer");
}

static bool is_go(const struct wasm_module *m)
{
	return m->custom[CUSTOM_GO_BUILDID];
}

static const struct {
	bool (*test)(const struct wasm_module *);
	enum tool   tool;
	const char *evidence;
} trace_table[] = {
	{ is_go, TOOL_GO, "section go:buildid" },
	{ is_tinygo, TOOL_TINYGO, "its imports" },
	{ is_emscripten, TOOL_EMSCRIPTEN, "its imports and exports" },
	{ is_assemblyscript, TOOL_ASSEMBLYSCRIPT, "its imports" },
};

static void find_trace(const struct wasm_module *m, struct toolchain *ret)
{
	for (size_t i = 0; i < sizeof(trace_table) / sizeof(trace_table[0]) && ret->tool == TOOL_UNKNOWN; i++)
		if (trace_table[i].test(m)) {
			ret->tool = trace_table[i].tool;
			ret->evidence = trace_table[i].evidence;
		}
}

/* ---- the SDK ---- */

static const struct {
	enum evidence     evidence;
	const char       *sdk;
	enum sdk_language language;
} sdk_table[] = {
	{ EVIDENCE_SDK_HIGRESS, "higress-group/proxy-wasm-go-sdk", SDK_GO },
	{ EVIDENCE_SDK_GO, "proxy-wasm/proxy-wasm-go-sdk", SDK_GO },
	{ EVIDENCE_SDK_GO_TETRATE, "tetratelabs/proxy-wasm-go-sdk", SDK_GO },
	{ EVIDENCE_SDK_AS, "solo-io/proxy-runtime", SDK_ASSEMBLYSCRIPT },
	{ EVIDENCE_SDK_RUST, "proxy-wasm-rust-sdk", SDK_RUST },
	{ EVIDENCE_SDK_CPP, "proxy-wasm-cpp-sdk", SDK_CPP },
};

static void find_sdk(const struct wasm_module *m, struct toolchain *ret)
{
	for (size_t i = 0; i < sizeof(sdk_table) / sizeof(sdk_table[0]); i++)
		if (m->evidence[sdk_table[i].evidence] &&
		    (ret->language == SDK_ANY || ret->language == sdk_table[i].language)) {
			ret->sdk = sdk_table[i].sdk;
			ret->language = sdk_table[i].language;
			return;
		}
}

struct toolchain toolchain_of(const struct wasm_module *m)
{
	struct toolchain t = { 0 };

	if (!find_producer(m, &t) || t.tool == TOOL_CLANG) {
		struct toolchain traced = { 0 };

		find_trace(m, &traced);
		if (traced.tool != TOOL_UNKNOWN)
			t = traced;
	}
	t.language = tool_table[t.tool].language;
	find_sdk(m, &t);
	return t;
}

struct str toolchain_text(struct arena *arena, const struct toolchain *t)
{
	if (!str_present(t->version))
		return str_c(tool_table[t->tool].name);
	return STR_CONCAT(arena, str_c(tool_table[t->tool].name), STR(" "), t->version);
}
