/* json_write.h - JSON text, written value by value.
 *
 * The writer sets commas, colons, line breaks and indentation; the caller opens and closes maps and lists and gives
 * keys and values in order. What it writes is always UTF-8 without control characters, whatever the strings hold.
 */
#ifndef CALLOUT_JSON_JSON_WRITE_H
#define CALLOUT_JSON_JSON_WRITE_H

#include "base/buf.h"
#include "base/limits.h"

struct node;

/* Deeper than any tree that is read, with room for what is wrapped around it. Beyond it the buffer
 * counts as overflowed. */
enum { JSON_WRITER_DEPTH = LIMIT_DEPTH + 16 };

struct json_writer {
	struct buf *out;
	unsigned    indent; /* spaces a level; 0: all on one line */
	unsigned    depth;
	bool        after_key;
	bool        has_members[JSON_WRITER_DEPTH + 1]; /* of the open maps and lists, and of the text itself */
};

void json_writer_init(struct json_writer *, struct buf *, unsigned indent);

void json_open(struct json_writer *, char bracket);  /* '{' or '[' */
void json_close(struct json_writer *, char bracket); /* '}' or ']' */
void json_key(struct json_writer *, struct str);
void json_string(struct json_writer *, struct str);
void json_int(struct json_writer *, int64_t);
void json_bool(struct json_writer *, bool);
void json_plain(struct json_writer *, struct str); /* a number's text, or null: taken as it is */
void json_node(struct json_writer *, const struct node *);

/* One member of a map. */
void json_member_string(struct json_writer *, const char *key, struct str);
void json_member_int(struct json_writer *, const char *key, int64_t);
/* A string, or null when it is absent. */
void json_member_or_null(struct json_writer *, const char *key, struct str);

/* A tree, with its keys in their order and no line end behind it. .inf and .nan, which JSON does not have, become
 * null. */
void json_write(struct buf *, const struct node *, unsigned indent);

/* A string in its quotes: controls, U+2028, U+2029 and U+FEFF as escapes, U+FFFD for bytes that are not UTF-8. */
void json_write_string(struct buf *, struct str);

#endif
