#include "wasm/value_type.h"

#include "base/arena.h"
#include "wasm/wasm_module.h"

/* Abstract heap types (specification 3.0, 3.3.3): the next one above, 0 for those on top; the name. */
static const struct {
	unsigned char above;
	const char   *name;
} heaps[] = {
	[VALUE_STRINGREF] = { 0, "string" },
	[VALUE_CONTREF] = { 0, "cont" },
	[VALUE_EXNREF] = { 0, "exn" },
	[VALUE_ARRAYREF] = { VALUE_EQREF, "array" },
	[VALUE_STRUCTREF] = { VALUE_EQREF, "struct" },
	[VALUE_I31REF] = { VALUE_EQREF, "i31" },
	[VALUE_EQREF] = { VALUE_ANYREF, "eq" },
	[VALUE_ANYREF] = { 0, "any" },
	[VALUE_EXTERNREF] = { 0, "extern" },
	[VALUE_FUNCREF] = { 0, "func" },
	[VALUE_NULLREF] = { VALUE_ANYREF, "none" },
	[VALUE_NOEXTERNREF] = { VALUE_EXTERNREF, "noextern" },
	[VALUE_NOFUNCREF] = { VALUE_FUNCREF, "nofunc" },
	[VALUE_NOEXNREF] = { VALUE_EXNREF, "noexn" },
	[VALUE_NOCONTREF] = { VALUE_CONTREF, "nocont" },
};

value_type wasm_type_value(const struct wasm_type *type, uint32_t i)
{
	return type->exact ? type->exact[i] : type->values[i];
}

/* ---- which may stand for which ---- */

static value_type top_of(value_type heap)
{
	while (heap < sizeof(heaps) / sizeof(heaps[0]) && heaps[heap].above)
		heap = heaps[heap].above;
	return heap;
}

static bool abstract_may_fit(value_type given, value_type wanted)
{
	value_type heap = given;

	if (given == VALUE_REFERENCE || wanted == VALUE_REFERENCE)
		return true;
	if (given >= VALUE_NULLREF) /* the bottoms */
		return top_of(given) == top_of(wanted);
	while (heap != wanted && heaps[heap].above)
		heap = heaps[heap].above;
	return heap == wanted;
}

/* In types that are compared: other types that they name may be alike, too. */
static bool may_be_equal(value_type v, value_type w)
{
	if (v == w || v == VALUE_REFERENCE || w == VALUE_REFERENCE)
		return true;
	return v & w & VALUE_INDEXED && !((v ^ w) & VALUE_NOT_NULL);
}

/* Of function types that stand alone: those that are written alike are one. */
static bool types_may_be_equal(const struct wasm_module *m, const struct wasm_type *a, const struct wasm_type *b)
{
	uint32_t n = (uint32_t)a->n_params + a->n_results;

	if (m->features[FEATURE_GC])
		return true;
	if (a->n_params != b->n_params || a->n_results != b->n_results)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!may_be_equal(wasm_type_value(a, i), wasm_type_value(b, i)))
			return false;
	return true;
}

static bool heap_may_fit(const struct wasm_module *m, value_type given, value_type wanted)
{
	const struct wasm_type *of_given = wasm_module_type(m, given & ~VALUE_INDEXED),
			       *of_wanted = wasm_module_type(m, wanted & ~VALUE_INDEXED);

	if (given == wanted)
		return true;
	if (!((given | wanted) & VALUE_INDEXED))
		return abstract_may_fit(given, wanted);
	if ((given & VALUE_INDEXED && !of_given) || (wanted & VALUE_INDEXED && !of_wanted))
		return true; /* structs and arrays */
	if (given & wanted & VALUE_INDEXED)
		return types_may_be_equal(m, of_given, of_wanted);
	if (given & VALUE_INDEXED)
		return abstract_may_fit(VALUE_FUNCREF, wanted);
	return given == VALUE_NOFUNCREF || given == VALUE_REFERENCE;
}

bool value_may_fit(const struct wasm_module *m, value_type given, value_type wanted)
{
	if (given == wanted || given == VALUE_BOTTOM)
		return true;
	if (!value_is_reference(given) || !value_is_reference(wanted))
		return false;
	if (wanted & VALUE_NOT_NULL && !(given & VALUE_NOT_NULL))
		return false;
	return heap_may_fit(m, given & ~VALUE_NOT_NULL, wanted & ~VALUE_NOT_NULL);
}

/* ---- text ---- */

static struct str number_text(value_type v)
{
	switch (v) {
	case VALUE_I32:
		return STR("i32");
	case VALUE_I64:
		return STR("i64");
	case VALUE_F32:
		return STR("f32");
	case VALUE_F64:
		return STR("f64");
	case VALUE_V128:
		return STR("v128");
	default:
		return STR("a reference");
	}
}

struct str value_type_text(struct arena *arena, value_type v)
{
	value_type  heap = v & ~VALUE_NOT_NULL;
	const char *null = v & VALUE_NOT_NULL ? "" : "null ", *name;

	if (heap & VALUE_INDEXED)
		return str_fmt(arena, "(ref %s%u)", null, heap & ~VALUE_INDEXED);
	name = heap < sizeof(heaps) / sizeof(heaps[0]) ? heaps[heap].name : NULL;
	if (!name)
		return number_text(heap);
	if (v == VALUE_FUNCREF || v == VALUE_EXTERNREF)
		return str_fmt(arena, "%sref", name);
	return str_fmt(arena, "(ref %s%s)", null, name);
}
