/* document_read.h - the documents of a source, in YAML or JSON. */
#ifndef CALLOUT_MANIFEST_DOCUMENT_READ_H
#define CALLOUT_MANIFEST_DOCUMENT_READ_H

#include "json/tree.h"

/* Is a file of this name read where a directory stands for the documents in it? */
bool document_name_is(struct str name);
/* Is the source JSON rather than YAML? Decided by its name, or else by its first bytes. */
bool documents_are_json(const struct source *);
/* Does a line before this offset, or the value there, begin with an action of Helm's templates: {{ … }}? Such a text is
 * no YAML before Helm has rendered it. */
bool documents_are_template(struct str text, size_t until);

/* Reads all documents; *ret is NULL when there is none. False: errors were added; the documents that are complete are
 * in *ret nevertheless. */
bool documents_read(struct arena *, const struct source *, const struct tree_limits *, struct document **ret,
                    struct diags *);
/* The same for a source that is said to be JSON: YAML is refused. */
bool documents_read_json(struct arena *, const struct source *, const struct tree_limits *, struct document **ret,
                         struct diags *);

/* A file of the daemon's, which is one document, a map; *ret is NULL when it is empty. what: "the configuration". False: errors were
 * added. */
bool document_read_alone(struct arena *, const struct source *, struct str what, struct document **ret, struct diags *);

/* The same where documents of other tools are to be skipped (--ignore-other-kinds): one that cannot be read, and in which
 * there is no word of ours, draws an info instead of errors, unless it was cut off: what is lost may have been ours. */
bool documents_read_ours(struct arena *, const struct source *, const struct tree_limits *, struct document **ret,
                         struct diags *);

/* Is it one of our own: a FilterManifest or a Mesh, in whatever version? */
bool document_is_ours(const struct node *root);
/* Is the document an object of a cluster? A Status is the answer of a request that failed and says nothing of what there is, and a
 * manifest or Mesh has not become one. */
bool document_is_object(const struct node *root);
/* Says that the source holds no object, and what of ours it holds in their place. */
void documents_lack_objects(const struct source *, const struct document *, struct diags *);

#endif
