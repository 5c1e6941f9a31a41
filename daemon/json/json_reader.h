/* json_reader.h - what the two files of the tree reader share: json_scalar.c reads scalars, json_tree.c builds the
 * tree.
 *
 * A function that finds a fault adds the finding and ends the reading (reader.stopped, reader.failed).
 */
#ifndef CALLOUT_JSON_JSON_READER_H
#define CALLOUT_JSON_JSON_READER_H

#include "base/ascii.h"
#include "base/hash.h"
#include "base/limits.h"
#include "json/tree.h"

#define BOM STR("\xef\xbb\xbf")

struct level {
	struct node *node;
	struct node *tail;
	struct hash *keys; /* of a large map: the first entry of each key */
};

struct reader {
	struct arena             *arena;
	struct diags             *diags;
	const struct source      *source;
	const struct tree_limits *limits;
	struct str                text;
	size_t                    at;
	struct document          *doc;
	size_t                    doc_start;
	size_t                    doc_nodes;
	struct level              stack[LIMIT_DEPTH];
	size_t                    depth;
	bool                      failed;
	bool                      stopped;
};

static inline bool json_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool json_is_word(char c)
{
	return ascii_is_alnum_or(c, "_");
}

static inline void reader_skip_space(struct reader *r)
{
	while (r->at < r->text.n && json_is_space(r->text.p[r->at]))
		r->at++;
}

/* The byte at the cursor; NUL, which the text does not hold, at its end. */
static inline char reader_peek(const struct reader *r)
{
	return r->at < r->text.n ? r->text.p[r->at] : '\0';
}

/* ---- json_scalar.c ---- */

/* Adds the finding for a limit that was reached, and ends the reading. */
void reader_stop_at_limit(struct reader *, enum diag_code, size_t offset, size_t limit);
/* Adds the finding "WHAT expected, not …" for what is at the cursor instead. */
void reader_expected(struct reader *, struct str what);
/* Is the text UTF-8 without NUL? */
bool reader_check_characters(struct reader *);
/* The scalar at the cursor, which moves behind it. */
bool reader_string(struct reader *, size_t limit, struct str *ret);
void reader_number(struct reader *, struct node *);
void reader_word(struct reader *, struct node *);

#endif
