/* resource_list.h - a ResourceList (config.kubernetes.io/v1), as kustomize and kpt hand it to a function, read and
 * written back.
 *
 * What belongs to others goes through byte by byte, comments and all: only the places of items are looked up, and
 * writing splices changed items into the bytes that were read. YAML is understood in block style (items may be in
 * flow style), JSON as it is. Foreign items may use what our own documents may not: anchors, tags, long texts.
 */
#ifndef CALLOUT_KRM_RESOURCE_LIST_H
#define CALLOUT_KRM_RESOURCE_LIST_H

#include "json/tree.h"

struct list_item {
	size_t     start, end;       /* of the value in the source */
	size_t     cut_from, cut_to; /* what goes when the item is dropped: its lines, in a YAML block */
	struct str api_version, kind, name, namespace; /* absent when not there */
	struct str managed_by, manifest;               /* labels of ours */
	struct str manifests;                          /* annotation of ours */
	struct str path, index;                        /* where the orchestrator read it */
};

/* How a list is written in the input. */
enum list_form {
	LIST_ABSENT,
	LIST_EMPTY, /* null, or [] */
	LIST_BLOCK,
	LIST_FLOW,
};

struct list_part {
	enum list_form    form;
	size_t            colon;    /* behind the key's colon */
	size_t            from, to; /* of the value; of whole lines in a block */
	size_t            column;   /* of the dashes of a block */
	struct list_item *items;
	size_t            n, cap;
};

struct resource_list {
	const struct source *source;
	bool                 json;
	size_t               column; /* of the keys of a YAML list */
	size_t               end;    /* where another key would stand */
	struct str           api_version;
	struct list_part     items, results;
	bool                 has_config;
	struct list_item     config;
};

/* Reads the list that is the one document of the source. scratch is emptied again. False: errors were added. */
bool resource_list_read(struct arena *, struct arena *scratch, const struct source *, struct resource_list *ret,
                        struct diags *);

/* The tree of an item, or of the function's configuration, with places in the source. NULL: errors were added. */
struct document *resource_list_tree(struct arena *, const struct resource_list *, const struct list_item *,
                                    const struct tree_limits *, struct diags *);

/* The item, or configuration, that a place lies in; NULL when none does. */
const struct list_item *resource_list_item_at(const struct resource_list *, size_t offset);

/* ---- writing ---- */

enum item_fate { ITEM_KEEP, ITEM_DROP, ITEM_REPLACE };

struct item_change {
	enum item_fate fate;
	struct str     text; /* of ITEM_REPLACE */
};

/* Texts are what resource_list_text gives. */
struct list_changes {
	const struct item_change *items; /* one for each */
	const struct str         *added;
	size_t                    n_added;
	const struct str         *results;
	size_t                    n_results;
};

/* A tree as it will stand in the list: YAML lines from column 0, or JSON. The buffer is of the texts' arena. */
struct str resource_list_text(struct arena *, const struct resource_list *, const struct node *);

struct list_sink {
	bool (*write)(void *ctx, struct str);
	void *ctx;
};

/* Writes the whole list with its changes. False: the sink refused. */
bool resource_list_write(const struct resource_list *, const struct list_changes *, const struct list_sink *);

#endif
