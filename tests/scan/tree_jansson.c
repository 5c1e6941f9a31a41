/* jansson's document as a peer_tree. */
#include <jansson.h>

#include "peer_tree.h"

static struct peer_value *add_value(struct peer_memory *m, json_t *v, struct peer_value *parent)
{
	static const enum peer_kind kinds[] = {
		[JSON_OBJECT] = PEER_OBJECT,   [JSON_ARRAY] = PEER_ARRAY, [JSON_STRING] = PEER_STRING,
		[JSON_INTEGER] = PEER_INTEGER, [JSON_REAL] = PEER_OTHER,  [JSON_TRUE] = PEER_OTHER,
		[JSON_FALSE] = PEER_OTHER,     [JSON_NULL] = PEER_OTHER
	};
	struct peer_value *to = peer_value_new(m, kinds[json_typeof(v)], parent);
	const char        *key;
	json_t            *item;
	size_t             i, n;

	if (json_is_object(v)) {
		json_object_keylen_foreach(v, key, n, item) peer_value_key(m, add_value(m, item, to), key, n);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, item) add_value(m, item, to);
	} else if (json_is_string(v)) {
		peer_value_text(m, to, json_string_value(v), json_string_length(v));
	} else if (json_is_integer(v)) {
		to->integer = json_integer_value(v);
	}
	return to;
}

enum peer_answer jansson_tree(struct peer_memory *m, const char *p, size_t n, struct peer_value **ret)
{
	json_error_t error;
	json_t      *root = json_loadb(p, n, JSON_ALLOW_NUL, &error);

	if (!root)
		return json_error_code(&error) == json_error_numeric_overflow ||
		                       json_error_code(&error) == json_error_null_byte_in_key
		               ? PEER_LIMIT
		               : PEER_REFUSED;
	*ret = add_value(m, root, NULL);
	json_decref(root);
	return PEER_READ;
}
