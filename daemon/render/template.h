/* template.h - the files of templates/: the shape of generated objects, compiled once and filled many times.
 *
 * templates/README.md describes the language. A template is compiled against the variables of its record type, so that
 * a wrong name is found before anything is generated. Values are put into the tree, never into text, so they cannot
 * change its structure.
 */
#ifndef CALLOUT_RENDER_TEMPLATE_H
#define CALLOUT_RENDER_TEMPLATE_H

#include "plan/resource.h"

struct templates;

/* The embedded templates, each replaced by the file of the same name in the directory dir (absent: none), if there is
 * one. NULL: errors were added, with file, line and column in the template. */
const struct templates *templates_load(struct arena *, struct str dir, struct diags *);

/* Where the directory has the file of a record type, if it does. */
struct str template_path(struct arena *, struct str dir, struct str name);

/* The size of all templates together: no object holds more constant text than that. */
size_t templates_bytes(const struct templates *);

/* Fills the template of the record's type. Every placeholder was found to name a variable, so this cannot fail. */
struct document *template_fill(struct arena *, const struct templates *, const struct record *);

/* The embedded files, made at build time. */
struct embedded_template {
	const char *name; /* "service-entry" */
	const char *text;
	size_t      n;
};
extern const struct embedded_template embedded_templates[];
extern const size_t                   n_embedded_templates;

#endif
