/* wasm_names.h - what of a manifest stands in the data of a module: cluster names, and what is mistaken for them.
 *
 * Compilers leave texts in data segments, in UTF-8 or (AssemblyScript) in UTF-16, little end first. Rust and Go pack them
 * without separators: where a text begins is known, where it ends is not. So a name counts as found where it begins.
 */
#ifndef CALLOUT_WASM_WASM_NAMES_H
#define CALLOUT_WASM_WASM_NAMES_H

#include "base/str.h"

struct arena;
struct reading;

/* What is looked for. All strings stay the caller's and must outlive wasm_check. */
struct names_sought {
	const struct str *clusters;
	size_t            n_clusters;
	const struct str *hosts; /* of upstreams: a URL of one is suspicious */
	size_t            n_hosts;
};

enum name_kind {
	NAME_CLUSTER, /* one of names_sought.clusters */
	NAME_OTHER,   /* the name of a cluster, and none of them */
	NAME_FORMAT,  /* the beginning of one, which is put together when the module runs */
	NAME_URL,     /* of one of the hosts */
	NAME_KINDS
};

struct found_name {
	struct found_name *next;
	enum name_kind     kind;
	struct str         text;
	bool               wide;   /* UTF-16 */
	uint64_t           at;     /* in the module */
	uint32_t           length; /* there */
};

struct found_names {
	const struct names_sought *sought;
	struct found_name         *first; /* in the order of the module, each once */
	size_t                     n, more;
	bool                       host_header, authority_header; /* ":host", ":authority" */
};

struct name_search;

struct name_search *name_search_new(struct arena *, const struct names_sought *);

/* Where a manifest asks for it, m->names is made. */
void names_prepare(struct reading *);

/* Searches the next n bytes of what is read; they count as read. */
void read_names_in_data(struct reading *, uint32_t n);

#endif
