/* list_reading.h - what the readers of a ResourceList in YAML and in JSON share. */
#ifndef CALLOUT_KRM_LIST_READING_H
#define CALLOUT_KRM_LIST_READING_H

#include "krm/resource_list.h"

enum list_field { KEY_OTHER, KEY_API_VERSION, KEY_KIND, KEY_ITEMS, KEY_CONFIG, KEY_RESULTS };

struct list_reading {
	struct arena         *arena;
	struct arena         *scratch;
	struct resource_list *list;
	struct diags         *diags;
	struct str            kind;
	unsigned              seen; /* bits of fields */
};

enum list_field list_field_of(struct str key);

/* Records that the field was seen. False: it was seen before, and an error was added. */
bool list_field_seen(struct list_reading *, enum list_field, struct str key, size_t offset, size_t length);

/* Adds an empty item. It may move when the next one is added. */
struct list_item *list_add_item(struct arena *, struct list_part *);

/* Keeps (a copy of) a scalar that identifies an item: "apiVersion", "metadata.name", "metadata.labels.KEY". The path
 * has up to three names; those that it does not have are absent. Other paths are ignored. */
void list_item_note(struct arena *, struct list_item *, struct str top, struct str second, struct str third,
                    struct str text);

/* Adds CO_LIST_MALFORMED and returns false. */
bool list_refuse(struct list_reading *, size_t offset, size_t length, struct str why);

/* list_block.c: gives each item of a list in YAML's block style the lines that are its own. False: an error was added,
 * since items stand on one line. */
bool list_place_block(struct list_reading *, struct list_part *);

bool list_read_yaml(struct list_reading *);
bool list_read_json(struct list_reading *);

/* The offset of the first byte of the line that `at` is on, behind a byte order mark, and of the line after it. */
size_t line_start(struct str text, size_t at);
size_t line_after(struct str text, size_t at);

#endif
