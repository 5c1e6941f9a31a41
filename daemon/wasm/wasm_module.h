/* wasm_module.h - what stands in a WebAssembly module, as far as it decides whether Envoy loads it.
 *
 * The module is read once, from its first byte to its last; code and data are passed over by their lengths unless they
 * are asked for. All strings live in the arena. What is not WebAssembly at all is recognised by name.
 */
#ifndef CALLOUT_WASM_WASM_MODULE_H
#define CALLOUT_WASM_WASM_MODULE_H

#include "wasm/engine_feature.h"
#include "wasm/value_type.h"
#include "wasm/wasm_input.h"
#include "wasm/wasm_names.h"

struct arena;

enum wasm_kind { WASM_FUNCTION, WASM_TABLE, WASM_MEMORY, WASM_GLOBAL, WASM_TAG };
extern const char *const wasm_kind_words[WASM_TAG + 1];

enum wasm_form { TYPE_FUNCTION, TYPE_STRUCT, TYPE_ARRAY, TYPE_CONTINUATION };

#define NO_SUPERTYPE UINT32_MAX

/* What the type section declares. Of a function: one byte (value_byte) for each parameter, then for each result. Of a struct
 * or an array: its fields, of which an array has one. */
struct wasm_type {
	const unsigned char *values; /* NULL: no function type */
	const value_type    *exact;  /* the same, or the fields; NULL: the bytes are */
	uint16_t             n_params, n_results, n_fields;
	uint8_t              form;     /* enum wasm_form */
	bool                 open;     /* others may be declared beneath it */
	bool                 in_group; /* one of several that are declared together */
	bool                 must_set; /* a field of it that has no value before it is set */
	uint8_t              depth;    /* how many types are above it */
	uint32_t             super;    /* the type beneath which it is declared, or NO_SUPERTYPE */
	uint32_t             far;      /* one above that, by which those high above are found in few steps */
	uint32_t             identity; /* types that have the same are one type */
};

/* Envoy gives no memory more (--wasm_max_mem_pages of its host: 1 GiB) since that minor release. */
enum { WASM_PAGES_MAX = 16384, WASM_PAGES_MAX_SINCE = 23 };

struct wasm_limits {
	uint64_t min, max; /* max: UINT64_MAX without one */
	bool     has_max, shared, is_64;
};

struct wasm_memory {
	struct wasm_memory *next;
	struct wasm_limits  limits;
	uint64_t            at; /* offset in the module */
	bool                imported;
};

struct wasm_import {
	struct str                module, name;
	enum wasm_kind            kind;
	uint32_t                  type;   /* of a function or tag: index into types */
	value_type                value;  /* of a global, or of a table's entries */
	const struct wasm_limits *limits; /* of a table or memory; else NULL */
	uint64_t                  at;
	uint32_t                  length; /* in the module */
};

struct wasm_export {
	struct str                name;
	enum wasm_kind            kind;
	uint32_t                  index;
	value_type                value;  /* of a global, or of a table's entries */
	const struct wasm_limits *limits; /* of a table; else NULL */
	uint64_t                  at;
	uint32_t                  length;
	bool                      cut; /* the name is longer than what is kept of it */
};

struct wasm_list {
	void  *items;
	size_t n, cap;
};

/* An entry of the producers section: "processed-by", "Go cmd/compile", "go1.26.8". */
struct wasm_producer {
	struct wasm_producer *next;
	struct str            field, name, version;
};

struct wasm_text {
	struct wasm_text *next;
	struct str        text;
};

/* Packages and SDKs that the function names speak of. */
enum evidence {
	EVIDENCE_NET_HTTP,
	EVIDENCE_HTTP_CLIENT,
	EVIDENCE_NET,
	EVIDENCE_OS,
	EVIDENCE_TIME_SLEEP,
	EVIDENCE_SDK_GO,
	EVIDENCE_SDK_GO_TETRATE,
	EVIDENCE_SDK_RUST,
	EVIDENCE_SDK_CPP,
	EVIDENCE_SDK_AS,
	EVIDENCE_SDK_HIGRESS,
	EVIDENCE_RUST_NET,
	EVIDENCE_COUNT
};

/* The first operand of a function's body that is not of the type that its instruction takes. */
struct operand_fault {
	uint32_t    function; /* of the function space */
	struct str  name;     /* of it; absent: the name section has none, or stands before the code */
	uint64_t    at;       /* of the instruction in the module */
	const char *what;     /* the whole fault in words; NULL: */
	const char *place;    /* where it is wanted: " at the end of a block"; "" */
	value_type  wanted, found;
	const char *wanted_text; /* "a reference", in the place of wanted; else NULL */
	bool        wants_nothing, found_nothing;
};

/* What is known of a custom section by its name alone. */
enum custom {
	CUSTOM_NAME,
	CUSTOM_PRODUCERS,
	CUSTOM_TARGET_FEATURES,
	CUSTOM_GO_BUILDID,
	CUSTOM_LINKING,
	CUSTOM_DYLINK,
	CUSTOM_COMPONENT_TYPE,
	CUSTOM_EMSCRIPTEN,
	CUSTOM_PRECOMPILED,
	CUSTOM_DEBUG,
	CUSTOM_SIGNATURE,
	CUSTOM_COUNT
};

struct wasm_module {
	uint64_t size; /* as far as it was read */

	/* NULL: it is a module. Else what the file is instead, and what to do about it. */
	const char *other_kind;
	const char *other_fix;
	const char *other_log; /* what Envoy says of it; NULL: nothing */
	bool        component;

	/* NULL: the structure is sound, as far as it is judged. */
	const char *fault;
	const char *fault_part; /* "import section" */
	const char *fault_fix;  /* what has probably damaged the file, and what to do about it; NULL: nobody knows */
	uint64_t    fault_at;
	bool        too_large;
	int         error; /* errno when the file could not be read */

	/* Only Envoy's own reader minds these. */
	const char *name_fault;
	uint64_t    name_fault_at;

	struct wasm_list    types;     /* of struct wasm_type */
	struct wasm_list    imports;   /* of struct wasm_import */
	struct wasm_list    functions; /* of uint32_t: types of those that are defined, not imported */
	struct wasm_list    exports;   /* of struct wasm_export */
	struct wasm_memory *memories;
	uint32_t            n_memories, n_tables, n_globals, n_tags, n_sections;
	uint32_t            n_imported_functions, n_imported_tables, n_imported_globals;
	bool                has_start;
	uint32_t            start;
	uint64_t            start_at;
	uint64_t            code_bytes, data_bytes;
	bool                writes_tables; /* its code does */
	bool                grows_memories;
	const char         *segment_fault; /* a data or element segment that lies outside for certain */
	uint64_t            segment_fault_at;

	bool                  custom[CUSTOM_COUNT];
	struct wasm_producer *producers;
	struct wasm_text     *target_features; /* "simd128": those with + */
	bool                  evidence[EVIDENCE_COUNT];

	/* Engine features that the module needs, and where the first use of each stands. */
	bool     features[FEATURE_KINDS];
	uint64_t feature_at[FEATURE_KINDS];

	struct code_summary *code;       /* NULL: the code was not read */
	struct wasm_list operand_faults; /* of struct operand_fault, of functions in their order, at most one of each */
	struct found_names *names;       /* NULL: the data was not searched */
};

struct wasm_options {
	uint64_t max_bytes;      /* of the file: LIMIT_MODULE_BYTES */
	uint64_t max_code_bytes; /* larger code is read only where a start section asks for it */

	const struct name_search *names; /* what to look for in the data; NULL: it is passed over */
};

/* Reads the input to its end or first fault. Never NULL: what is wrong is told by other_kind, fault and error. */
const struct wasm_module *wasm_module_read(struct arena *, struct wasm_input *, const struct wasm_options *);

/* NULL when there is no such type. */
const struct wasm_type *wasm_type_at(const struct wasm_module *, uint32_t type);
/* NULL when there is no such type, or it is none of a function. */
const struct wasm_type *wasm_module_type(const struct wasm_module *, uint32_t type);
/* The import behind a function; NULL: it is the module's own, or there is none. */
const struct wasm_import *wasm_function_import(const struct wasm_module *, uint32_t function);
/* By the index space of functions: imported ones come first. */
const struct wasm_type *wasm_function_type(const struct wasm_module *, uint32_t function);

static inline const struct wasm_import *wasm_import_at(const struct wasm_module *m, size_t i)
{
	return (const struct wasm_import *)m->imports.items + i;
}

static inline const struct wasm_export *wasm_export_at(const struct wasm_module *m, size_t i)
{
	return (const struct wasm_export *)m->exports.items + i;
}

/* NULL when nothing of that name and kind is exported. */
const struct wasm_export *wasm_export_find(const struct wasm_module *, enum wasm_kind, const char *name);

/* Does it import that function? */
const struct wasm_import *wasm_import_find(const struct wasm_module *, const char *module, const char *name);

/* Room for one more item at the end of the list. */
void *wasm_list_add(struct arena *, struct wasm_list *, size_t item_size);

#endif
