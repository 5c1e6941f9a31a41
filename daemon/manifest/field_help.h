/* field_help.h - what to write instead of a key or a value that a table of fields does not take. */
#ifndef CALLOUT_MANIFEST_FIELD_HELP_H
#define CALLOUT_MANIFEST_FIELD_HELP_H

#include "manifest/fields.h"

/* Adds the way out to the finding about an entry whose key is no field of the object: the field that was most likely meant, or
 * where a field of that name belongs. outer: the object that this one is a part of, or NULL. */
void help_with_key(struct diags *, struct diag *, const struct object *, const struct object *outer,
                   const struct node *entry);

/* Adds the way out to the finding about a value that is no map, for a field that holds one: `tls: true`, `service: NAME`. */
void help_with_map(struct diags *, struct diag *, const struct field *, const struct node *value);

/* The same where a list of maps is wanted: `match: {mode: SERVER}`, `upstreams: {auth: {…}}`, `env: {MODE: strict}`. */
void help_with_list(struct diags *, struct diag *, const struct field *, const struct node *value);

#endif
