/* The rows of an object's table and the words of a field, found by name. */
#include "manifest/decoding.h"

const struct field *object_field(const struct object *object, struct str name)
{
	for (size_t i = 0; i < object->n_fields; i++)
		if (field_name_is(object->fields[i].name, name))
			return &object->fields[i];
	return NULL;
}

/* The only one of the names that begins so, as exportTo does with export; n: none or several do. Short names begin too many. */
static size_t begins_with(struct str name, const struct str *names, size_t n)
{
	size_t found = n;

	for (size_t i = 0; name.n >= 4 && i < n; i++) {
		if (!str_has_prefix(names[i], name))
			continue;
		if (found < n)
			return n;
		found = i;
	}
	return found;
}

struct str object_nearest_field(const struct object *object, struct str name)
{
	struct str names[OBJECT_FIELDS_MAX] = { { 0 } };
	size_t     n = 0, best;

	for (; n < object->n_fields && n < OBJECT_FIELDS_MAX; n++)
		names[n] = str_c(object->fields[n].name);
	best = str_nearest(name, names, n);
	if (best == n || str_distance(name, names[best], 1) > 1) {
		size_t begun = begins_with(name, names, n);

		best = begun < n ? begun : best;
	}
	return best < n ? names[best] : STR_ABSENT;
}

unsigned field_word_number(const char *const *words, struct str text)
{
	for (unsigned i = 0; words[i]; i++)
		if (field_name_is(words[i], text))
			return i + 1;
	return 0;
}
