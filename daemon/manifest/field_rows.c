/* The rows of an object's table and the words of a field, found by name. */
#include "manifest/decoding.h"

const struct field *object_field(const struct object *object, struct str name)
{
	for (size_t i = 0; i < object->n_fields; i++)
		if (field_name_is(object->fields[i].name, name))
			return &object->fields[i];
	return NULL;
}

struct str object_nearest_field(const struct object *object, struct str name)
{
	struct str names[OBJECT_FIELDS_MAX] = { { 0 } };
	size_t     n = 0, best;

	for (; n < object->n_fields && n < OBJECT_FIELDS_MAX; n++)
		names[n] = str_c(object->fields[n].name);
	best = str_nearest(name, names, n);
	return best < n ? names[best] : STR_ABSENT;
}

unsigned field_word_number(const char *const *words, struct str text)
{
	for (unsigned i = 0; words[i]; i++)
		if (field_name_is(words[i], text))
			return i + 1;
	return 0;
}
