/* Custom sections: who built the module, and the function names, which Envoy itself reads (and engines do not). */
#include "base/arena.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "wasm/wasm_reading.h"

struct name_evidence {
	const char *prefix;
	bool        anywhere; /* in the name, not only at its start: mangled names */
};

/* Go's linker writes every character of a package path but letters, digits and dots as _. */
static const struct name_evidence name_evidence_table[EVIDENCE_COUNT] = {
	[EVIDENCE_NET_HTTP] = { "net_http.", false },
	[EVIDENCE_HTTP_CLIENT] = { "net_http.__Client_", false },
	[EVIDENCE_NET] = { "net.", false },
	[EVIDENCE_OS] = { "os.", false },
	[EVIDENCE_TIME_SLEEP] = { "time.Sleep", false },
	[EVIDENCE_SDK_GO] = { "github.com_proxy_wasm_proxy_wasm_go_sdk", false },
	[EVIDENCE_SDK_GO_TETRATE] = { "github.com_tetratelabs_proxy_wasm_go_sdk", false },
	[EVIDENCE_SDK_RUST] = { "proxy_wasm", true },
	[EVIDENCE_SDK_CPP] = { "proxy_wasm_intrinsics", true },
	[EVIDENCE_SDK_AS] = { "~lib/@solo-io/proxy-runtime", false },
	[EVIDENCE_SDK_HIGRESS] = { "github.com_higress_group", false },
	[EVIDENCE_RUST_NET] = { "3std3net", true },
};

/* Names as they stand in TinyGo's modules, which LLVM leaves alone; they prove the same. */
static const struct {
	const char   *prefix;
	enum evidence evidence;
} plain_names[] = {
	{ "net/http.", EVIDENCE_NET_HTTP },
	{ "(*net/http.Client)", EVIDENCE_HTTP_CLIENT },
	{ "github.com/proxy-wasm/proxy-wasm-go-sdk", EVIDENCE_SDK_GO },
	{ "github.com/tetratelabs/proxy-wasm-go-sdk", EVIDENCE_SDK_GO_TETRATE },
	{ "github.com/higress-group", EVIDENCE_SDK_HIGRESS },
};

static const struct {
	const char *name;
	bool        prefix;
} custom_table[CUSTOM_COUNT] = {
	[CUSTOM_NAME] = { "name", false },
	[CUSTOM_PRODUCERS] = { "producers", false },
	[CUSTOM_TARGET_FEATURES] = { "target_features", false },
	[CUSTOM_GO_BUILDID] = { "go:buildid", false },
	[CUSTOM_LINKING] = { "linking", false },
	[CUSTOM_DYLINK] = { "dylink", true },
	[CUSTOM_COMPONENT_TYPE] = { "component-type", true },
	[CUSTOM_EMSCRIPTEN] = { "emscripten_metadata", false },
	[CUSTOM_PRECOMPILED] = { "precompiled_", true },
	[CUSTOM_DEBUG] = { ".debug_", true },
	[CUSTOM_SIGNATURE] = { "signature", true },
};

/* ---- function names ---- */

enum { NAME_LOOKED_AT = 512 };

static bool is_mangled(struct str name)
{
	return str_has_prefix(name, STR("_ZN")) || str_has_prefix(name, STR("_R"));
}

static void look_at_name(struct reading *r, struct str name)
{
	bool mangled = is_mangled(name);

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++) {
		const struct name_evidence *e = &name_evidence_table[i];
		struct str                  prefix = str_c(e->prefix);

		if (r->m->evidence[i] || e->anywhere != mangled)
			continue;
		r->m->evidence[i] = mangled ? str_find_str(name, prefix, 0) < name.n : str_has_prefix(name, prefix);
	}
	if (mangled)
		return;
	for (unsigned i = 0; i < sizeof(plain_names) / sizeof(plain_names[0]); i++)
		if (str_has_prefix(name, str_c(plain_names[i].prefix)))
			r->m->evidence[plain_names[i].evidence] = true;
}

/* Envoy's numbers (bytecode_util.cc parseVarint): five bytes, and at most two bits in the fifth. */
static uint32_t host_u32(struct reading *r)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t v = 0;

	for (unsigned shift = 0; shift <= 28; shift += 7) {
		uint8_t byte = cursor_u8(&r->c);

		if (shift == 28 && (byte & 0x7f) > 3)
			break;
		v |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	cursor_fail_at(&r->c, at, "a number is too large");
	return 0;
}

/* Of a function whose operands are at fault; those stand in the order of the functions. */
static void keep_name(struct reading *r, uint32_t function, struct str name)
{
	struct operand_fault *faults = r->m->operand_faults.items;
	size_t                low = 0, high = r->m->operand_faults.n;
	bool                  ascii;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (faults[middle].function < function)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < r->m->operand_faults.n && faults[low].function == function && name.n)
		faults[low].name = str_copy(r->arena, str_slice(name, 0, utf8_valid_prefix(name, &ascii)));
}

static void read_function_names(struct reading *r, uint32_t size)
{
	uint64_t start = cursor_offset(&r->c);
	uint32_t n = host_u32(r);

	if (n > cursor_left(&r->c))
		cursor_fail(&r->c, "more function names than bytes");
	while (n-- && !r->c.fault) {
		uint32_t   function = host_u32(r), length = host_u32(r);
		struct str name;

		if (length > cursor_left(&r->c))
			cursor_fail(&r->c, "a function name runs out of the section");
		name = cursor_peek(&r->c, length < NAME_LOOKED_AT ? length : NAME_LOOKED_AT);
		look_at_name(r, name);
		keep_name(r, function, name);
		cursor_skip(&r->c, r->c.fault ? 0 : length);
	}
	if (!r->c.fault && cursor_offset(&r->c) != start + size)
		cursor_fail(&r->c, "the size of the function names is not that of their content");
}

/* As Envoy reads it for backtraces: what it cannot read makes it refuse the whole module. */
static void read_names(struct reading *r)
{
	while (cursor_more(&r->c)) {
		uint8_t  id = cursor_u8(&r->c);
		uint32_t size = host_u32(r);

		if (size > cursor_left(&r->c))
			cursor_fail(&r->c, "a part of it runs out of the section");
		else if (id == 1)
			read_function_names(r, size);
		else
			cursor_skip(&r->c, size);
	}
	if (r->c.fault && !r->c.error) {
		r->m->name_fault = r->c.fault;
		r->m->name_fault_at = r->c.fault_at;
	}
}

/* ---- producers, target features ---- */

enum { PRODUCERS_MAX = 64 };

static void read_producers(struct reading *r)
{
	struct wasm_producer **last = &r->m->producers;
	uint32_t               n_fields = cursor_count(&r->c, PRODUCERS_MAX, "too many fields");

	while (n_fields-- && !r->c.fault) {
		struct str field = cursor_name(&r->c);
		uint32_t   n = cursor_count(&r->c, PRODUCERS_MAX, "too many values");

		while (n-- && !r->c.fault) {
			struct wasm_producer *p = ARENA_NEW(r->arena, struct wasm_producer);

			p->field = field;
			p->name = cursor_name(&r->c);
			p->version = cursor_name(&r->c);
			if (r->c.fault)
				return;
			*last = p;
			last = &p->next;
		}
	}
}

static void read_target_features(struct reading *r)
{
	struct wasm_text **last = &r->m->target_features;
	uint32_t           n = cursor_count(&r->c, PRODUCERS_MAX, "too many features");

	while (n-- && !r->c.fault) {
		struct wasm_text *t = ARENA_NEW(r->arena, struct wasm_text);
		uint8_t           prefix = cursor_u8(&r->c);

		t->text = cursor_name(&r->c);
		if (r->c.fault || prefix != '+')
			continue;
		*last = t;
		last = &t->next;
	}
}

/* ---- the whole ---- */

static enum custom custom_of(struct str name)
{
	unsigned i = 0;

	while (i < CUSTOM_COUNT && !(custom_table[i].prefix ? str_has_prefix(name, str_c(custom_table[i].name))
	                                                    : str_is(name, custom_table[i].name)))
		i++;
	return (enum custom)i;
}

void read_custom_section(struct reading *r)
{
	struct str  name = cursor_name(&r->c);
	enum custom custom;
	uint64_t    outer;
	bool        first;

	if (r->c.fault)
		return;
	custom = custom_of(name);
	first = custom < CUSTOM_COUNT && !r->m->custom[custom];
	if (custom < CUSTOM_COUNT)
		r->m->custom[custom] = true;
	outer = cursor_enter(&r->c, cursor_left(&r->c), NULL);
	if (first && custom == CUSTOM_NAME)
		read_names(r);
	else if (first && custom == CUSTOM_PRODUCERS)
		read_producers(r);
	else if (first && custom == CUSTOM_TARGET_FEATURES)
		read_target_features(r);
	cursor_abandon(&r->c, outer);
}
