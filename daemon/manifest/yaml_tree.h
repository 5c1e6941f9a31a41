/* yaml_tree.h - YAML text as trees with places.
 *
 * The subset that a filter manifest needs, read by libyaml's events: no anchors, aliases, merge keys, tags or
 * directives (but one %YAML), no duplicate keys, string keys only, UTF-8 only, all sizes capped. Plain scalars mean
 * what sigs.k8s.io/yaml (kubectl, kustomize, Helm) makes of them: YAML 1.1 as goyaml v2 resolves it.
 */
#ifndef CALLOUT_MANIFEST_YAML_TREE_H
#define CALLOUT_MANIFEST_YAML_TREE_H

#include "json/tree.h"

/* All documents of the stream; *ret is NULL when there is none. False: at least one error was added. Documents
 * that were whole before a syntax error are in *ret nevertheless, so that their findings can be shown too. */
bool yaml_tree_read(struct arena *, const struct source *, struct document **ret, struct diags *);
/* The same with other limits than manifest_limits. */
bool yaml_tree_read_within(struct arena *, const struct source *, const struct tree_limits *, struct document **ret,
                           struct diags *);
/* The same for a part of a source, so that a value inside of a larger document can be read by itself: text is what the
 * source holds at offset `at`, byte for byte, except that what comes before the value on its first line may have been
 * blanked. */
bool yaml_tree_read_part(struct arena *, const struct source *, size_t at, struct str text, const struct tree_limits *,
                         struct document **ret, struct diags *);

/* Sets the node's kind, style and canonical text to what goyaml v2 makes of a plain scalar. */
void yaml_resolve_plain(struct arena *, struct str plain, struct node *);

#endif
