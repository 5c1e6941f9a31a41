/* The walk over a module's sections. */
#include "base/arena.h"
#include "base/limits.h"
#include "wasm/host_walk.h"
#include "wasm/other_format.h"
#include "wasm/text_damage.h"
#include "wasm/wasm_reading.h"

/* order: sections stand in ascending order, each at most once; custom ones (0) anywhere. */
struct section {
	const char *name;
	unsigned    order;
	void (*read)(struct reading *);
};

static const struct section section_table[] = {
	[0] = { "custom section", 0, read_custom_section },
	[1] = { "type section", 1, read_type_section },
	[2] = { "import section", 2, read_import_section },
	[3] = { "function section", 3, read_function_section },
	[4] = { "table section", 4, read_table_section },
	[5] = { "memory section", 5, read_memory_section },
	[13] = { "tag section", 6, read_tag_section },
	[6] = { "global section", 7, read_global_section },
	[7] = { "export section", 8, read_export_section },
	[8] = { "start section", 9, read_start_section },
	[9] = { "element section", 10, read_element_section },
	[12] = { "data count section", 11, read_data_count_section },
	[10] = { "code section", 12, read_code_section },
	[11] = { "data section", 13, read_data_section },
};

enum { SECTION_KINDS = sizeof(section_table) / sizeof(section_table[0]) };

static void read_section(struct reading *r, unsigned *last)
{
	struct wasm_cursor   *c = &r->c;
	uint64_t              at = cursor_offset(c), outer;
	uint8_t               id = cursor_u8(c);
	uint32_t              size = cursor_u32(c);
	const struct section *s = &section_table[id < SECTION_KINDS ? id : 0];

	r->m->fault_part = id < SECTION_KINDS ? s->name : "section";
	if (id >= SECTION_KINDS)
		cursor_fail_at(c, at, "an unknown kind of section");
	else if (s->order && s->order <= *last)
		cursor_fail_at(c, at, "it is there twice, or in the wrong place");
	if (c->fault)
		return;
	if (s->order)
		*last = s->order;
	r->m->n_sections++;
	outer = cursor_enter(c, size, "it is longer than the file");
	if (!c->fault)
		s->read(r);
	cursor_leave(c, outer, "its size is not that of its content");
}

static void judge_whole(struct reading *r)
{
	r->m->fault_part = "module";
	if (r->n_code_bodies != r->m->functions.n)
		cursor_fail(&r->c, "functions and their code are not equal in number");
	else if (r->has_data_count && r->n_data != r->n_data_declared)
		cursor_fail(&r->c, "another number of data segments than the data count section says");
}

static void read_sections(struct reading *r)
{
	unsigned last = 0;

	while (cursor_has_byte(&r->c))
		read_section(r, &last);
	if (!r->c.fault)
		judge_whole(r);
}

/* ---- the whole ---- */

static void finish(struct reading *r)
{
	struct wasm_module *m = r->m;

	m->size = r->c.in->size == WASM_SIZE_UNKNOWN ? cursor_offset(&r->c) : (uint64_t)r->c.in->size;
	m->error = r->c.error;
	m->fault = r->c.fault;
	m->fault_at = r->c.fault_at;
	if (!m->fault)
		m->fault_part = m->fault_fix = NULL;
}

static void note_other(struct reading *r, const struct other_format *other)
{
	struct wasm_module *m = r->m;
	struct str          header = cursor_peek(&r->c, 8);

	m->other_kind = other->kind;
	m->other_fix = other->fix;
	m->other_log = other->log;
	m->component = other->component;
	if (header.n == 8 && str_has_prefix(header, STR("\0asm"))) {
		cursor_skip(&r->c, 8);
		m->other_log = host_walk_log(&r->c);
	}
}

const struct wasm_module *wasm_module_read(struct arena *arena, struct wasm_input *in,
                                           const struct wasm_options *options)
{
	struct wasm_module        *m = ARENA_NEW(arena, struct wasm_module);
	struct reading             r = { .arena = arena, .options = options, .m = m };
	const struct other_format *other;

	if (in->size != WASM_SIZE_UNKNOWN && (uint64_t)in->size > options->max_bytes) {
		m->size = (uint64_t)in->size;
		m->too_large = true;
		return m;
	}
	cursor_init(&r.c, arena, in, options->max_bytes + 1);
	other = other_format_of(cursor_peek(&r.c, OTHER_FORMAT_BYTES));
	if (other) {
		note_other(&r, other);
	} else {
		m->fault_part = "header";
		m->fault_fix = text_damage_of(cursor_peek(&r.c, TEXT_DAMAGE_BYTES));
		cursor_skip(&r.c, 8);
		names_prepare(&r);
		read_sections(&r);
	}
	finish(&r);
	m->too_large = m->size > options->max_bytes;
	return m;
}
