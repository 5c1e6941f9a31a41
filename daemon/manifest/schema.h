/* schema.h - the field tables as JSON Schema (2020-12) and as explanations for people. */
#ifndef CALLOUT_MANIFEST_SCHEMA_H
#define CALLOUT_MANIFEST_SCHEMA_H

#include "base/buf.h"
#include "manifest/fields.h"

/* The kinds of document that have a schema. */
extern const struct object *const schema_kinds[];
extern const size_t               n_schema_kinds;

/* Writes the JSON Schema of a kind. Rules that a schema cannot express are left to manifest_check. */
void schema_write(struct buf *, const struct object *kind);

/* Writes what kustomize needs to know of the kinds to merge patches into them (the `openapi` field of a kustomization):
 * their structure, and the keys by which it tells list items apart. */
void schema_write_kustomize(struct buf *);

/* The field that path names ("spec.upstreams.tls", "mesh.spec.policy", indexes are ignored), as `kubectl explain`
 * prints it. False: there is no such field; *ret_nearest is the nearest sibling's path or absent. */
bool schema_explain(struct buf *, struct str path, struct str *ret_nearest);

/* The path of the topmost field of this name, in whatever kind; absent. */
struct str schema_find(struct arena *, struct str name);

/* "string", "[]map": as explain and filter-manifest(5) print it. */
const char *field_type_name(const struct field *);

/* What else there is to say of a field, at most FIELD_FACTS lines: "from 1 to 65535", "default: HTTP". Returns their
 * number. */
enum { FIELD_FACTS = 8 };
size_t field_facts(struct arena *, const struct field *, struct str ret[FIELD_FACTS]);

#endif
