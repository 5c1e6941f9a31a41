/* fn.h - what the files of `callout fn` share. */
#ifndef CALLOUT_CLI_FN_H
#define CALLOUT_CLI_FN_H

#include "base/hash.h"
#include "cli/run.h"
#include "krm/function_config.h"
#include "krm/resource_list.h"

enum { FN_FLUSH_BYTES = 256 * 1024 };

struct generated {
	struct str              key; /* KIND/NAMESPACE/NAME */
	struct str              text;
	const struct list_item *item; /* that it replaces; NULL: it is new */
};

struct function {
	struct run            *run;
	struct resource_list   list;
	struct function_config config;
	struct str namespace; /* of manifests that name none */
	struct generated   *generated;
	size_t              n_generated, n_rendered;
	struct hash         by_key;    /* of struct generated */
	struct hash         by_item;   /* of struct known_item: items of the kinds that are generated */
	struct hash         manifests; /* of struct manifest_name */
	struct list_changes changes;
};

/* ---- fn_items.c: which items are what ---- */

/* Indexes the items of generated kinds. */
void                    fn_find_items(struct function *);
const struct list_item *fn_item_of(const struct function *, struct str key);

/* A copy of the object with the annotations by which kustomize and kpt find an item again. */
const struct node *fn_with_marks(struct function *, const struct list_item *, const struct node *object);

/* Decides what stays, goes and is replaced. False: something is in the way, and errors were added. */
bool fn_change_items(struct function *, struct list_changes *ret);

/* ---- fn_results.c ---- */

/* The findings as entries of `results`. */
const struct str *fn_results(struct function *, size_t *ret_n);

#endif
