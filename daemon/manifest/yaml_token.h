/* yaml_token.h - scalars of plain YAML: those that stand on one line, and literal blocks.
 *
 * For yaml_block and yaml_brackets. Anything but the plainest kind is refused here (false), even if it is good YAML,
 * and is then read by libyaml.
 */
#ifndef CALLOUT_MANIFEST_YAML_TOKEN_H
#define CALLOUT_MANIFEST_YAML_TOKEN_H

#include "manifest/tree_growth.h"
#include "manifest/yaml_marks.h"

struct yaml_token {
	const char *from;
	const char *to;   /* behind the last of its bytes */
	struct str  text; /* what it means: in the source text, or in the arena if it was written with escapes */
	bool        is_plain;
};

/* The scalar that begins at `at` and ends on the line that ends at eol, in flow style or not. */
bool yaml_token_scan(struct arena *, const char *at, const char *eol, bool flow, struct yaml_token *ret);

/* The literal block (|, |-, |+) whose mark is at `at` on the line that ends at eol, in a text that goes on until `end`. Its
 * lines are indented by more than `indent`. It ends where a line begins. */
bool yaml_token_scan_block(struct arena *, const char *at, const char *eol, const char *end, size_t indent,
                           struct yaml_token *ret);

/* Adds the scalar as the next value. False: a cap was reached. */
bool yaml_token_add(const struct yaml_token *, struct tree_growth *, const struct yaml_marks *);

/* Makes it the key of the next value. False: it cannot be a key, being too long, not a string, or there already. */
bool yaml_token_take_key(const struct yaml_token *, struct tree_growth *, const struct yaml_marks *);

static inline const char *yaml_skip_spaces(const char *at, const char *eol)
{
	while (at < eol && *at == ' ')
		at++;
	return at;
}

/* Is nothing left of the line but a comment? */
static inline bool yaml_line_is_done(const char *at, const char *eol)
{
	const char *next = yaml_skip_spaces(at, eol);

	return next == eol || (*next == '#' && next > at);
}

/* Is this a blank, or the end of the line? */
static inline bool yaml_is_gap(const char *at, const char *eol)
{
	return at == eol || *at == ' ';
}

#endif
