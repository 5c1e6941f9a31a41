/* object_set.h - the Istio objects of a run or of a cluster, found by kind, namespace and name.
 *
 * Objects come from files (documents, or Lists of them, as `kubectl get … -o yaml` prints them) or from a rendering.
 * Those of the kinds that Callout generates are in by_key and in the list `first`; Istio's other kinds, and manifests, are
 * in the list `others`.
 */
#ifndef CALLOUT_KRM_OBJECT_SET_H
#define CALLOUT_KRM_OBJECT_SET_H

#include "base/hash.h"
#include "json/tree.h"

struct object_entry {
	struct object_entry *next;
	struct str           key; /* KIND NAMESPACE/NAME */
	struct str           kind, namespace, name;
	const struct node   *root;
	struct pos           pos;      /* of the object in its file, or of what in a manifest it was rendered for */
	struct str           manifest; /* "NS/NAME", or several of them with commas; absent when it is not ours */
	bool                 matched;  /* the caller's own mark */
};

struct object_set {
	struct arena         *arena;
	struct str            default_namespace; /* of objects that name none: "default" unless it is set */
	struct hash           by_key;
	struct object_entry  *first; /* in the order of the input */
	struct object_entry **last;
	struct object_entry  *others; /* of Istio's other kinds, manifests, those without a name or with a known key */
	struct object_entry **last_other;
	size_t                n;
	bool                  manifests_count; /* is a source of manifests alone taken? False unless it is set */
	struct pos            begin; /* of the first object that was read, of whatever kind, or of an empty List */
};

/* Does Callout generate objects of this kind? The version of the API group does not matter. */
bool object_kind_is_generated(struct str api_version, struct str kind);

void object_set_init(struct object_set *, struct arena *);

/* Adds the objects of a source. False: errors were added; a source without any object is one. */
bool object_set_read(struct object_set *, const struct source *, struct diags *);

/* Adds what the generation renders, by both of its passes. False: errors were added. */
struct generation;
bool object_set_generate(struct object_set *, struct generation *);

struct object_entry *object_set_find(const struct object_set *, struct str key);

/* The object in a normal form that does not depend on who wrote it: keys sorted; without status, without what the API
 * server and delivery tools put into metadata, and without nulls and empty maps outside of free-form values. like: the
 * object that it is compared with, or NULL; apiVersion and what a tool may have added are then taken from it. */
struct str object_text(struct arena *, const struct node *root, const struct node *like);

#endif
