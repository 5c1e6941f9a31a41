/* resource_list.h - a ResourceList (config.kubernetes.io/v1), as kustomize and kpt hand it to a function: reading it
 * and writing it back.
 *
 * Items of others pass through byte for byte, with their comments: reading only finds where each item is, and writing
 * splices changed items into the bytes that were read. The list may be JSON, or YAML in block style (its items in flow
 * style, too). Foreign items may use what our own documents may not: anchors, tags, long texts.
 */
#ifndef CALLOUT_KRM_RESOURCE_LIST_H
#define CALLOUT_KRM_RESOURCE_LIST_H

#include "json/tree.h"

struct list_item {
	size_t     start, end;       /* of the value in the source */
	size_t     cut_from, cut_to; /* what is removed with the item: in a YAML block, its whole lines */
	struct str api_version, kind, name, namespace; /* each absent when the item does not have it, as below */
	struct str managed_by, manifest;               /* Callout's labels */
	struct str manifests;                          /* Callout's annotation */
	struct str path, index;                        /* annotations: the file that the orchestrator read it from */
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

/* Reads the list, which is the only document of the source. scratch is emptied again. False: errors were added. */
bool resource_list_read(struct arena *, struct arena *scratch, const struct source *, struct resource_list *ret,
                        struct diags *);

/* The tree of an item, or of the function's configuration, with places in the source. NULL: errors were added. */
struct document *resource_list_tree(struct arena *, const struct resource_list *, const struct list_item *,
                                    const struct tree_limits *, struct diags *);

/* The item, or the configuration, that contains this offset; or NULL. */
const struct list_item *resource_list_item_at(const struct resource_list *, size_t offset);

/* ---- writing ---- */

enum item_fate { ITEM_KEEP, ITEM_DROP, ITEM_REPLACE };

struct item_change {
	enum item_fate fate;
	struct str     text; /* of ITEM_REPLACE */
};

/* All texts are made by resource_list_text. */
struct list_changes {
	const struct item_change *items; /* one for each */
	const struct str         *added;
	size_t                    n_added;
	const struct str         *results;
	size_t                    n_results;
};

/* The text of a tree for the list, in the arena: YAML lines from column 0, or JSON. */
struct str resource_list_text(struct arena *, const struct resource_list *, const struct node *);

struct list_sink {
	bool (*write)(void *ctx, struct str);
	void *ctx;
};

/* Writes the whole list with the changes. False: the sink refused. */
bool resource_list_write(const struct resource_list *, const struct list_changes *, const struct list_sink *);

#endif
