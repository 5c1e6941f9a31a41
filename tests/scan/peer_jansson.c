/* jansson's document as events. */
#include <jansson.h>

#include "peers.h"

static void add_value(json_t *v, struct events *out)
{
	const char *key;
	json_t     *item;
	size_t      i, n;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		events_add(out, "{\n", 2);
		json_object_keylen_foreach(v, key, n, item)
		{
			events_add(out, "k", 1);
			events_add(out, key, n);
			events_add(out, "\n", 1);
			add_value(item, out);
		}
		events_add(out, "end\n", 4);
		break;
	case JSON_ARRAY:
		events_add(out, "[\n", 2);
		json_array_foreach(v, i, item) add_value(item, out);
		events_add(out, "end\n", 4);
		break;
	case JSON_STRING:
		events_add(out, "s", 1);
		events_add(out, json_string_value(v), json_string_length(v));
		events_add(out, "\n", 1);
		break;
	case JSON_INTEGER:
		events_int(out, json_integer_value(v));
		break;
	case JSON_REAL:
		events_double(out, json_real_value(v));
		break;
	case JSON_TRUE:
		events_add(out, "true\n", 5);
		break;
	case JSON_FALSE:
		events_add(out, "false\n", 6);
		break;
	case JSON_NULL:
		events_add(out, "null\n", 5);
		break;
	}
}

bool jansson_events(const char *p, size_t n, struct events *out)
{
	json_t *root = json_loadb(p, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	if (!root)
		return false;
	add_value(root, out);
	json_decref(root);
	return true;
}
