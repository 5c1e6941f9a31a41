/* object_writer.h - generated objects as text: a stream of YAML documents, or one JSON List. */
#ifndef CALLOUT_RENDER_OBJECT_WRITER_H
#define CALLOUT_RENDER_OBJECT_WRITER_H

#include "json/json_write.h"

struct arena;
struct node;

struct object_writer {
	struct buf        *out;
	struct arena      *scratch; /* for one object at a time */
	bool               json;
	bool               escape_for_flux; /* YAML only: $ is doubled where Flux would substitute a variable */
	struct json_writer writer;
};

/* out, scratch, json and escape_for_flux are set by the caller. */
void object_writer_begin(struct object_writer *);
void object_writer_add(struct object_writer *, const struct node *object);
void object_writer_end(struct object_writer *);

#endif
