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

static bool abstract_fits(value_type given, value_type wanted)
{
	value_type heap = given;

	if (wanted == VALUE_REFERENCE)
		return true;
	if (given >= VALUE_NULLREF) /* the bottoms */
		return top_of(given) == top_of(wanted);
	while (heap != wanted && heaps[heap].above)
		heap = heaps[heap].above;
	return heap == wanted;
}

/* The nearest heap type above a declared one, and the one below it, that have names of their own. */
static const struct {
	value_type above, below;
} neighbours[] = {
	[TYPE_FUNCTION] = { VALUE_FUNCREF, VALUE_NOFUNCREF },
	[TYPE_STRUCT] = { VALUE_STRUCTREF, VALUE_NULLREF },
	[TYPE_ARRAY] = { VALUE_ARRAYREF, VALUE_NULLREF },
	[TYPE_CONTINUATION] = { VALUE_CONTREF, VALUE_NOCONTREF },
};

/* Is the one type the other, or declared to be beneath it? */
static bool declared_fits(const struct wasm_module *m, const struct wasm_type *given, const struct wasm_type *wanted)
{
	if (given->depth < wanted->depth)
		return false;
	while (given->depth > wanted->depth) {
		const struct wasm_type *far = wasm_type_at(m, given->far);

		given = far->depth >= wanted->depth ? far : wasm_type_at(m, given->super);
	}
	return given->identity == wanted->identity;
}

static const struct wasm_type *declared(const struct wasm_module *m, value_type heap)
{
	return heap & VALUE_INDEXED ? wasm_type_at(m, heap & ~VALUE_INDEXED) : NULL;
}

static bool heap_fits(const struct wasm_module *m, value_type given, value_type wanted)
{
	const struct wasm_type *of_given = declared(m, given), *of_wanted = declared(m, wanted);

	if (given == wanted || given == VALUE_REFERENCE)
		return true;
	if (of_given && of_wanted)
		return declared_fits(m, of_given, of_wanted);
	if (of_given)
		return abstract_fits(neighbours[of_given->form].above, wanted);
	if (of_wanted)
		return given == neighbours[of_wanted->form].below;
	return abstract_fits(given, wanted);
}

bool value_fits(const struct wasm_module *m, value_type given, value_type wanted)
{
	if (given == wanted || given == VALUE_BOTTOM)
		return true;
	if (!value_is_reference(given) || !value_is_reference(wanted))
		return false;
	if (wanted & VALUE_NOT_NULL && !(given & VALUE_NOT_NULL))
		return false;
	return heap_fits(m, given & ~VALUE_NOT_NULL, wanted & ~VALUE_NOT_NULL);
}

bool value_is_same(const struct wasm_module *m, value_type v, value_type w)
{
	return v == w || (v != VALUE_BOTTOM && w != VALUE_BOTTOM && value_fits(m, v, w) && value_fits(m, w, v));
}

bool value_shares_top(const struct wasm_module *m, value_type v, value_type w)
{
	value_type heaps_of[] = { v & ~VALUE_NOT_NULL, w & ~VALUE_NOT_NULL };

	if (heaps_of[0] == VALUE_REFERENCE || heaps_of[1] == VALUE_REFERENCE)
		return true;
	for (unsigned i = 0; i < 2; i++) {
		const struct wasm_type *type = declared(m, heaps_of[i]);

		heaps_of[i] = top_of(type ? neighbours[type->form].above : heaps_of[i]);
	}
	return heaps_of[0] == heaps_of[1];
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
