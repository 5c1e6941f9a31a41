#include "manifest/yaml_brackets.h"

#include "manifest/yaml_token.h"

struct reader {
	struct tree_growth      *growth;
	const struct yaml_marks *marks;
	const char              *at;
	const char              *eol;
};

static bool is_map(const struct reader *r)
{
	return tree_growth_top(r->growth)->node->kind == NODE_MAP;
}

static bool take(struct reader *r, char c)
{
	if (r->at == r->eol || *r->at != c)
		return false;
	r->at = yaml_skip_spaces(r->at + 1, r->eol);
	return true;
}

static bool read_scalar(struct reader *r, struct yaml_token *ret)
{
	if (r->at == r->eol || !yaml_token_scan(r->growth->arena, r->at, r->eol, true, ret))
		return false;
	r->at = yaml_skip_spaces(ret->to, r->eol);
	return true;
}

/* The key of the entry that comes next, in a map. */
static bool read_key(struct reader *r)
{
	struct yaml_token key;

	if (!is_map(r))
		return true;
	if (!read_scalar(r, &key) || r->at - key.from > LIMIT_KEY_BYTES) /* blanks before the colon count, too */
		return false;
	return take(r, ':') && yaml_token_take_key(&key, r->growth, r->marks);
}

static bool open(struct reader *r, bool map)
{
	if (!tree_growth_enter(r->growth, yaml_marks_place(r->marks, r->at), map ? NODE_MAP : NODE_LIST, STYLE_FLOW))
		return false;
	r->at = yaml_skip_spaces(r->at + 1, r->eol);
	return true;
}

/* Closes the innermost map or list if its bracket comes next. Blanks behind the last bracket are left where they
 * are. */
static bool close(struct reader *r)
{
	if (r->at == r->eol || *r->at != (is_map(r) ? '}' : ']'))
		return false;
	r->at++;
	tree_growth_close(r->growth, yaml_marks_place(r->marks, r->at));
	return true;
}

static bool add_scalar(struct reader *r)
{
	struct yaml_token token;

	return read_scalar(r, &token) && yaml_token_add(&token, r->growth, r->marks);
}

/* Closes the maps and lists that end here, then moves past the comma to the next value of the one that does not. */
static bool go_on(struct reader *r, size_t outside)
{
	while (r->growth->depth > outside) {
		r->at = yaml_skip_spaces(r->at, r->eol);
		if (!close(r))
			return take(r, ',') && read_key(r);
	}
	return true;
}

const char *yaml_brackets_read(struct tree_growth *growth, const struct yaml_marks *marks, const char *at,
                               const char *eol)
{
	struct reader r = { growth, marks, at, eol };
	const size_t  outside = growth->depth;

	do {
		bool map = r.at < eol && *r.at == '{', list = r.at < eol && *r.at == '[';

		if (map || list) {
			if (!open(&r, map))
				return NULL;
			/* Where nothing is inside, it closes at once. */
			if (r.at < eol && *r.at != (map ? '}' : ']')) {
				if (!read_key(&r))
					return NULL;
				continue;
			}
		} else if (!add_scalar(&r)) {
			return NULL;
		}
		if (!go_on(&r, outside))
			return NULL;
	} while (growth->depth > outside);
	return r.at;
}
