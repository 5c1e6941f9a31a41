/* template.h - the files of templates/: the shape of generated objects, compiled once and filled many times.
 *
 * The language is described in templates/README.md. A template is compiled against the variables of its record type,
 * so a wrong name is found before anything is generated. Values are set in the tree, never in text.
 */
#ifndef CALLOUT_RENDER_TEMPLATE_H
#define CALLOUT_RENDER_TEMPLATE_H

#include "plan/resource.h"

struct templates;

/* The embedded templates, or those of the directory dir (absent: none) where it has a file of the same name. NULL:
 * errors were added, with file, line and column of the template. */
const struct templates *templates_load(struct arena *, struct str dir, struct diags *);

/* Bytes of all templates together: no object holds more constant text. */
size_t templates_bytes(const struct templates *);

/* Fills the template of the record's type. Every placeholder names a known variable, so this cannot fail. */
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
