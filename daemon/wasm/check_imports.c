/* Imports: what Envoy lacks, or has with another type. */
#include "wasm/checking.h"
#include "wasm/lookup.h"

enum { MADE_PAGES_MAX = 65536, MADE_ENTRIES_MAX = 10000000 }; /* of V8's C interface, the maximum counted */

/* Envoy registers these two with one parameter too few; with the standard's types no version links them. */
static bool is_host_defect(const struct wasm_import *import, const struct wasm_type *type)
{
	return (str_is(import->name, "path_link") && wasm_type_is(type, "iiiiiii>i")) ||
	       (str_is(import->name, "path_symlink") && wasm_type_is(type, "iiiii>i"));
}

static struct str missing_log(struct checking *c, struct str name)
{
	return STR_CONCAT(c->arena, STR("Failed to load Wasm module due to a missing import: "), name);
}

static void add_missing(struct checking *c, const struct wasm_import *import, enum diag_code code, uint32_t releases,
                        const char *detail, struct str help)
{
	struct str           name = import_text(c->arena, import);
	struct wasm_problem *p;

	if (hash_get(&c->missing, name))
		return;
	p = problem_add(c, (struct wasm_problem){ .code = code,
	                                          AT_ITEM(import),
	                                          .releases = releases,
	                                          .values = { name, str_c(detail) },
	                                          .help = help,
	                                          .log = missing_log(c, name),
	                                          .import = name,
	                                          .item = code == CO_WASM_IMPORT_VENDOR ? NULL : import });
	if (p)
		hash_add(&c->missing, p);
}

static void add_mismatch(struct checking *c, const struct wasm_import *import, const struct wasm_type *type,
                         const struct host_function *f)
{
	struct str name = import_text(c->arena, import), have = wasm_type_text(c->arena, type),
		   want = signature_text(c->arena, f->type);
	struct wasm_problem p = { .code = CO_WASM_IMPORT_TYPE,
		                  AT_ITEM(import),
		                  .releases = host_function_releases(f),
		                  .values = { name, have, want } };

	if (is_host_defect(import, type)) {
		p.code = CO_WASM_IMPORT_HOST_TYPE;
		p.item = import;
	}
	p.log = STR_CONCAT(c->arena, STR("Failed to load Wasm module due to an import type mismatch: "), name,
	                   STR(", want: "), have, STR(", but host exports: "), want);
	problem_add(c, p);
}

/* What the host makes is not what the module asks for. */
static void add_other(struct checking *c, const struct wasm_import *import, struct str what, struct str fault,
                      uint32_t releases)
{
	problem_add(c, (struct wasm_problem){ .code = CO_WASM_IMPORT_MEMORY,
	                                      AT_ITEM(import),
	                                      .releases = releases,
	                                      .values = { what, fault },
	                                      .log = NO_INSTANCE });
}

/* V8 gives the host's functions a type that stands alone, with none above it and room for none beneath it (Func::make of
 * v8/src/wasm/c-api.cc); one that is declared otherwise is another type, whatever its parameters. */
static void check_declaration(struct checking *c, const struct wasm_import *import, const struct wasm_type *type,
                              uint32_t releases)
{
	struct str what = STR_CONCAT(c->arena, STR("function "), import_text(c->arena, import));

	if (type->in_group)
		add_other(c, import, what, STR("its type is declared in a group with others, and Envoy's stands alone"),
		          releases);
	else if (type->open || type->super != NO_SUPERTYPE)
		add_other(c, import, what, STR("its type is declared above or beneath others, and Envoy's is final"),
		          releases);
}

/* "Istio 1.25 and newer have it" */
static struct str since_text(struct checking *c, const struct host_function *f)
{
	return STR_CONCAT(c->arena, envoy_set_text_open(c->arena, host_function_releases(f), false), STR(" have it"));
}

static void check_function(struct checking *c, const struct wasm_import *import)
{
	const struct host_function *f = host_function_find(import->module, import->name);
	const struct wasm_type     *type = wasm_module_type(c->m, import->type);
	const char                 *vendor = host_function_vendor(import->module, import->name);

	if (!f) {
		add_missing(c, import, vendor ? CO_WASM_IMPORT_VENDOR : CO_WASM_IMPORT_MISSING, ENVOY_ALL, vendor,
		            STR_ABSENT);
		return;
	}
	if (c->verdict->abi && !(f->abi & c->verdict->abi)) {
		add_missing(c, import, CO_WASM_IMPORT_ABI, ENVOY_ALL, c->verdict->abi_text, STR_ABSENT);
		return;
	}
	if (~host_function_releases(f) & ENVOY_ALL)
		add_missing(c, import, CO_WASM_IMPORT_MISSING, ENVOY_ALL & ~host_function_releases(f), NULL,
		            is_host_defect(import, type) ? STR_ABSENT : since_text(c, f));
	if (!wasm_type_is(type, f->type))
		add_mismatch(c, import, type, f);
	else
		check_declaration(c, import, type, host_function_releases(f));
}

/* ---- what is not a function ---- */

static void check_global(struct checking *c, const struct wasm_import *import)
{
	struct str name = import_text(c->arena, import);

	problem_add(c, (struct wasm_problem){ .code = CO_WASM_IMPORT_GLOBAL,
	                                      AT_ITEM(import),
	                                      .releases = ENVOY_ALL,
	                                      .values = { name },
	                                      .log = missing_log(c, name),
	                                      .import = name,
	                                      .item = import });
}

/* It is not made: linking ends here. */
static void add_not_made(struct checking *c, const struct wasm_import *import, const char *fault, uint32_t releases)
{
	problem_add(c, (struct wasm_problem){ .code = CO_WASM_IMPORT_LIMITS,
	                                      AT_ITEM(import),
	                                      .releases = releases,
	                                      .values = { str_c(wasm_kind_words[import->kind]), str_c(fault) },
	                                      .log = STR("Failed to initialize Wasm code") });
}

/* The host keeps one table and one memory: what it made for an import before is gone when V8 is handed it (the loop over imports
 * of V8::link of proxy-wasm-cpp-host; measured: refused, or the end of the process). */
static void judge_several(struct checking *c, const struct wasm_import *import, bool several)
{
	if (several)
		add_other(c, import, str_c(wasm_kind_words[import->kind]),
		          STR("it is one of several, and Envoy keeps the last alone, which may also crash it"),
		          ENVOY_ALL);
}

/* V8's C interface hands all imports over as one object, by their names: of two of one name the last is there for both, and it is
 * of the wrong kind for one (measured: refused, whichever comes first). Functions of one name are one function. */
static void judge_namesake(struct checking *c, const struct wasm_import *import)
{
	for (size_t i = 0; i < c->m->imports.n; i++) {
		const struct wasm_import *other = wasm_import_at(c->m, i);

		if (other->kind != import->kind && str_eq(other->module, import->module) &&
		    str_eq(other->name, import->name)) {
			add_other(c, import, str_c(wasm_kind_words[import->kind]),
			          STR("another import of another kind has its name, and V8 keeps the last alone"),
			          ENVOY_ALL);
			return;
		}
	}
}

/* Functions of such names are missing anyway. */
static void judge_name(struct checking *c, const struct wasm_import *import)
{
	const char *fault = lookup_fault(import->module);

	fault = fault ? fault : lookup_fault(import->name);
	if (fault)
		add_other(c, import, str_c(wasm_kind_words[import->kind]),
		          STR_CONCAT(c->arena, STR("V8 finds nothing by "), str_c(fault)), ENVOY_ALL);
}

/* The host makes what is imported by its limits, with V8's C interface (Memory::make, Table::make of
 * v8/src/wasm/c-api.cc), which makes nothing that is shared or has 64-bit addresses and looks at the maximum, too. */
static void check_memory_import(struct checking *c, const struct wasm_import *import)
{
	const struct wasm_memory *second = c->m->memories->next;

	judge_name(c, import);
	judge_several(c, import, second && second->imported);
	if (!second || !second->imported)
		judge_namesake(c, import);
	if (import->limits->min > WASM_PAGES_MAX)
		add_not_made(c, import, "it begins with more than 16384 pages (1 GiB)",
		             envoy_since(WASM_PAGES_MAX_SINCE));
	else if (import->limits->has_max && import->limits->max > MADE_PAGES_MAX)
		add_not_made(c, import, "its maximum is more than 65536 pages", ENVOY_ALL);
	if (import->limits->shared)
		add_other(c, import, STR("memory"), STR("it is shared, and Envoy makes one that is not"), ENVOY_ALL);
	else if (import->limits->is_64)
		add_other(c, import, STR("memory"), STR("its addresses have 64 bits, and Envoy makes one of 32"),
		          ENVOY_ALL);
}

static void check_table_import(struct checking *c, const struct wasm_import *import)
{
	judge_name(c, import);
	judge_several(c, import, c->m->n_imported_tables > 1);
	if (c->m->n_imported_tables == 1)
		judge_namesake(c, import);
	if (import->limits->has_max && import->limits->max > MADE_ENTRIES_MAX)
		add_not_made(c, import, "its maximum is more than 10000000 entries", ENVOY_ALL);
	if (import->limits->is_64)
		add_other(c, import, STR("table"), STR("its addresses have 64 bits, and Envoy makes one of 32"),
		          ENVOY_ALL);
}

static void check_import(struct checking *c, const struct wasm_import *import)
{
	switch (import->kind) {
	case WASM_FUNCTION:
		check_function(c, import);
		break;
	case WASM_GLOBAL:
		check_global(c, import);
		break;
	case WASM_TABLE:
		check_table_import(c, import);
		break;
	case WASM_MEMORY:
		check_memory_import(c, import);
		break;
	case WASM_TAG: /* judged by check_listing */
		break;
	}
}

/* Toolchains import one function several times (Go does): once is enough to say so. */
static struct str import_key(const void *item)
{
	return ((const struct wasm_problem *)item)->import;
}

void check_imports(struct checking *c)
{
	hash_init(&c->missing, c->arena, import_key);
	for (size_t i = 0; i < c->m->imports.n; i++)
		check_import(c, wasm_import_at(c->m, i));
}
