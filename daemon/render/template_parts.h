/* template_parts.h - the compiled form of templates: what template_compile.c makes and template_fill.c reads. */
#ifndef CALLOUT_RENDER_TEMPLATE_PARTS_H
#define CALLOUT_RENDER_TEMPLATE_PARTS_H

#include "json/tree.h"
#include "render/template.h"

enum part_kind {
	PART_MAP,
	PART_LIST,
	PART_SCALAR,   /* as it stands in the template */
	PART_VARIABLE, /* the value with its type */
	PART_TEXT,     /* pieces and values joined as text */
};

/* A variable as seen from where it is used: how many levels of $each further out, and its number in that record
 * type. */
struct reference {
	unsigned               outwards;
	unsigned               number;
	const struct variable *variable;
};

struct piece {
	struct piece    *next;
	struct str       text; /* absent: a variable */
	struct reference reference;
};

struct part {
	struct part       *next;
	struct part       *first;
	struct str         key;
	enum part_kind     kind;
	bool               keep;     /* never left out */
	bool               repeated; /* for each element of the list that `reference` names */
	uint8_t            style;    /* of its nodes: which texts the writer need not examine again (STYLE_BARE_…) */
	const struct node *scalar;
	struct reference   reference;
	struct piece      *pieces;
};

struct templates {
	struct part *by_type[32]; /* as resource_types */
	size_t       bytes;
};

#endif
