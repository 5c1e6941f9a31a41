#include "wasm/instruction.h"

#include "base/limits.h"

#define NOT_AN_INSTRUCTION "a byte that is no instruction"

/* What follows an opcode. */
enum immediate {
	NONE,
	BLOCK,  /* a block type; opens a block */
	IF,     /* the same, and may be left out */
	ELSE,   /* turns it into the other one */
	STOP,   /* nothing follows; what stands behind it does not run */
	BRANCH, /* a label */
	THROW,  /* a tag; nothing behind it runs */
	END,    /* closes one */
	INDEX,  /* one index or number */
	INDEX2, /* two of them */
	LOCAL,
	GLOBAL,
	GLOBAL_SET,
	TABLE_1, /* a table */
	TABLE_2, /* two of them */
	ELEMENTS,
	ELEMENTS_TABLE,
	FUNCTION,
	DATA,    /* a data segment, whose number must be told before */
	DATA2,   /* the same, and a memory */
	MEMORY,  /* a memory */
	MEMORY2, /* two of them */
	LABELS,  /* a vector of labels and one more */
	MEMARG,  /* alignment and offset */
	BYTE,    /* a lane, a flag */
	BYTES16, /* a vector */
	MEMARG_LANE,
	S32,
	S64,
	F32,
	F64,
	TYPES,     /* a vector of value types */
	HEAP,      /* a heap type */
	CAST,      /* flags, a label, two heap types */
	TRY,       /* block type; opens a block with handlers */
	CATCH,     /* a tag; begins a handler */
	CATCH_ALL, /* begins the last one */
	RETHROW,   /* the label of a handler around it */
	DELEGATE,  /* a label in the place of handlers; closes the block */
	TRY_TABLE, /* block type, then catch clauses; opens a block */
	CALL,
	CALL_TABLE, /* a type and a table */
	CALL_REF,
	RETURN_CALL, /* the same three in the place of a return */
	RETURN_CALL_TABLE,
	RETURN_CALL_REF,
	UNKNOWN_REST,
};

enum { NEEDS_NOTHING = FEATURE_KINDS };

/* A range of opcodes that are alike. */
struct opcodes {
	uint32_t       first, last;
	enum immediate immediate;
	unsigned       feature;
};

static const struct opcodes prefix_fb[] = {
	{ 0, 1, INDEX, FEATURE_GC },   { 2, 5, INDEX2, FEATURE_GC },   { 6, 7, INDEX, FEATURE_GC },
	{ 8, 10, INDEX2, FEATURE_GC }, { 11, 14, INDEX, FEATURE_GC },  { 15, 15, NONE, FEATURE_GC },
	{ 16, 16, INDEX, FEATURE_GC }, { 17, 19, INDEX2, FEATURE_GC }, { 20, 23, HEAP, FEATURE_GC },
	{ 24, 25, CAST, FEATURE_GC },  { 26, 30, NONE, FEATURE_GC },   { 0x80, 0xbf, UNKNOWN_REST, FEATURE_STRINGREF },
};

static const struct opcodes prefix_fc[] = {
	{ 0, 7, NONE, NEEDS_NOTHING },
	{ 8, 8, DATA2, NEEDS_NOTHING },
	{ 9, 9, DATA, NEEDS_NOTHING },
	{ 10, 10, MEMORY2, NEEDS_NOTHING },
	{ 11, 11, MEMORY, NEEDS_NOTHING },
	{ 12, 12, ELEMENTS_TABLE, NEEDS_NOTHING },
	{ 13, 13, ELEMENTS, NEEDS_NOTHING },
	{ 14, 14, TABLE_2, NEEDS_NOTHING },
	{ 15, 17, TABLE_1, FEATURE_REFERENCE_TYPES },
	{ 19, 22, NONE, FEATURE_WIDE_ARITHMETIC },
};

static const struct opcodes prefix_fd[] = {
	{ 0, 11, MEMARG, FEATURE_SIMD },          { 12, 13, BYTES16, FEATURE_SIMD },
	{ 14, 20, NONE, FEATURE_SIMD },           { 21, 34, BYTE, FEATURE_SIMD },
	{ 35, 83, NONE, FEATURE_SIMD },           { 84, 91, MEMARG_LANE, FEATURE_SIMD },
	{ 92, 93, MEMARG, FEATURE_SIMD },         { 94, 255, NONE, FEATURE_SIMD },
	{ 256, 275, NONE, FEATURE_RELAXED_SIMD }, { 0x120, 0x17f, UNKNOWN_REST, FEATURE_FP16 },
};

static const struct opcodes prefix_fe[] = {
	{ 0, 2, MEMARG, NEEDS_NOTHING },
	{ 3, 3, BYTE, NEEDS_NOTHING },
	{ 0x10, 0x4e, MEMARG, NEEDS_NOTHING },
	{ 0x4f, 0x7f, UNKNOWN_REST, FEATURE_SHARED_EVERYTHING },
};

static const struct opcodes plain[] = {
	{ 0x00, 0x00, STOP, NEEDS_NOTHING },
	{ 0x01, 0x01, NONE, NEEDS_NOTHING },
	{ 0x02, 0x03, BLOCK, NEEDS_NOTHING },
	{ 0x04, 0x04, IF, NEEDS_NOTHING },
	{ 0x05, 0x05, ELSE, NEEDS_NOTHING },
	{ 0x06, 0x06, TRY, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x07, 0x07, CATCH, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x08, 0x08, THROW, FEATURE_EXCEPTION_TAGS },
	{ 0x09, 0x09, RETHROW, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x0a, 0x0a, STOP, FEATURE_EXCEPTIONS },
	{ 0x0b, 0x0b, END, NEEDS_NOTHING },
	{ 0x0c, 0x0d, BRANCH, NEEDS_NOTHING },
	{ 0x0e, 0x0e, LABELS, NEEDS_NOTHING },
	{ 0x0f, 0x0f, STOP, NEEDS_NOTHING },
	{ 0x10, 0x10, CALL, NEEDS_NOTHING },
	{ 0x11, 0x11, CALL_TABLE, NEEDS_NOTHING },
	{ 0x12, 0x12, RETURN_CALL, FEATURE_TAIL_CALL },
	{ 0x13, 0x13, RETURN_CALL_TABLE, FEATURE_TAIL_CALL },
	{ 0x14, 0x14, CALL_REF, FEATURE_TYPED_REFERENCES },
	{ 0x15, 0x15, RETURN_CALL_REF, FEATURE_TYPED_REFERENCES },
	{ 0x18, 0x18, DELEGATE, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x19, 0x19, CATCH_ALL, FEATURE_LEGACY_EXCEPTIONS },
	{ 0x1a, 0x1b, NONE, NEEDS_NOTHING },
	{ 0x1c, 0x1c, TYPES, FEATURE_REFERENCE_TYPES },
	{ 0x1f, 0x1f, TRY_TABLE, FEATURE_EXCEPTIONS },
	{ 0x20, 0x22, LOCAL, NEEDS_NOTHING },
	{ 0x23, 0x23, GLOBAL, NEEDS_NOTHING },
	{ 0x24, 0x24, GLOBAL_SET, NEEDS_NOTHING },
	{ 0x25, 0x26, TABLE_1, FEATURE_REFERENCE_TYPES },
	{ 0x28, 0x3e, MEMARG, NEEDS_NOTHING },
	{ 0x3f, 0x40, MEMORY, NEEDS_NOTHING },
	{ 0x41, 0x41, S32, NEEDS_NOTHING },
	{ 0x42, 0x42, S64, NEEDS_NOTHING },
	{ 0x43, 0x43, F32, NEEDS_NOTHING },
	{ 0x44, 0x44, F64, NEEDS_NOTHING },
	{ 0x45, 0xc4, NONE, NEEDS_NOTHING },
	{ 0xd0, 0xd0, HEAP, FEATURE_REFERENCE_TYPES },
	{ 0xd1, 0xd1, NONE, FEATURE_REFERENCE_TYPES },
	{ 0xd2, 0xd2, FUNCTION, FEATURE_REFERENCE_TYPES },
	{ 0xd3, 0xd3, NONE, FEATURE_GC },
	{ 0xd4, 0xd4, NONE, FEATURE_TYPED_REFERENCES },
	{ 0xd5, 0xd6, BRANCH, FEATURE_TYPED_REFERENCES },
	{ 0xe0, 0xe6, UNKNOWN_REST, FEATURE_STACK_SWITCHING },
};

#define TABLE(rows) rows, sizeof(rows) / sizeof(rows[0])

static const struct opcodes *find(const struct opcodes *rows, size_t n, uint32_t op)
{
	size_t low = 0;

	while (n > 1) {
		size_t half = n / 2;

		if (rows[low + half].first <= op) {
			low += half;
			n -= half;
		} else {
			n = half;
		}
	}
	return rows[low].first <= op && op <= rows[low].last ? &rows[low] : NULL;
}

static const struct opcodes *opcode_read(struct reading *r)
{
	uint8_t op = cursor_u8(&r->c);

	switch (op) {
	case 0xfb:
		return find(TABLE(prefix_fb), cursor_u32(&r->c));
	case 0xfc:
		return find(TABLE(prefix_fc), cursor_u32(&r->c));
	case 0xfd:
		return find(TABLE(prefix_fd), cursor_u32(&r->c));
	case 0xfe:
		return find(TABLE(prefix_fe), cursor_u32(&r->c));
	default:
		return find(TABLE(plain), op);
	}
}

/* ---- the parts of an immediate ---- */

typedef void part_reader(struct reading *, struct instruction *);

static void read_number(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_u32(&r->c);
}

/* An index below n. */
static void read_index(struct reading *r, uint64_t n, const char *fault)
{
	uint64_t at = cursor_offset(&r->c);

	if (cursor_u32(&r->c) >= n)
		cursor_fail_at(&r->c, at, fault);
}

static void read_local(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_index(r, r->n_locals, "a local variable that is not there");
}

static void read_global(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_index(r, r->globals.n, "a global that is not there");
}

static void read_global_set(struct reading *r, struct instruction *ret)
{
	uint64_t                  at = cursor_offset(&r->c);
	const struct global_type *global = reading_global(r, cursor_u32(&r->c));

	(void)ret;
	if (!global)
		cursor_fail_at(&r->c, at, "a global that is not there");
	else if (!global->is_mutable)
		cursor_fail_at(&r->c, at, "a constant global is set");
}

static void read_table(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_index(r, r->m->n_tables, "a table that is not there");
}

static void read_elements(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_index(r, r->n_elements, "an element segment that is not there");
}

static void read_function(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_index(r, reading_functions(r), "a reference to a function that is not there");
}

static void read_tag(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_index(r, r->m->n_tags, "a tag that is not there");
}

static void read_type_index(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_index(r, r->m->types.n, "a type that is not there");
}

static void read_s32(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_s32(&r->c);
}

static void read_s64(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_s64(&r->c);
}

static void skip_1(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_skip(&r->c, 1);
}

static void skip_4(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_skip(&r->c, 4);
}

static void skip_8(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_skip(&r->c, 8);
}

static void skip_16(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_skip(&r->c, 16);
}

static void read_callee(struct reading *r, struct instruction *ret)
{
	ret->index = cursor_u32(&r->c);
}

/* Of several the outermost is what counts. */
static void read_label(struct reading *r, struct instruction *ret)
{
	uint32_t label = cursor_u32(&r->c);

	if (!ret->has_label || label > ret->label)
		ret->label = label;
	ret->has_label = true;
}

static void read_labels(struct reading *r, struct instruction *ret)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_BODY_BYTES, "a branch table is too long");

	for (uint32_t i = 0; i <= n && !r->c.fault; i++)
		read_label(r, ret);
}

static void read_block_type(struct reading *r, struct instruction *ret)
{
	struct str byte = cursor_peek(&r->c, 1);
	uint8_t    first = byte.n ? (uint8_t)*byte.p : 0;
	uint64_t   at = cursor_offset(&r->c);

	(void)ret;
	if (first == 0x40)
		cursor_u8(&r->c);
	else if (first > 0x40 && first < 0x80)
		read_value_type(r);
	else if (!wasm_module_type(r->m, (uint32_t)cursor_s33(&r->c)))
		cursor_fail_at(&r->c, at, "a block of a type that is not there");
}

static void check_memory(struct reading *r, uint32_t index, uint64_t at)
{
	if (index >= r->m->n_memories)
		cursor_fail_at(&r->c, at, "a memory that is not there");
}

static void read_memory(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	(void)ret;
	check_memory(r, cursor_u32(&r->c), at);
}

static void read_memarg(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t align = cursor_u32(&r->c), memory = 0;

	(void)ret;
	if (align & 0x40) {
		reading_needs(r, FEATURE_MULTI_MEMORY, at);
		memory = cursor_u32(&r->c);
	}
	if (align > 0x7f)
		cursor_fail_at(&r->c, at, "an alignment that is none");
	check_memory(r, memory, at);
	if (r->m->features[FEATURE_MEMORY64])
		cursor_u64(&r->c);
	else
		cursor_u32(&r->c);
}

static void read_data_index(struct reading *r, struct instruction *ret)
{
	(void)ret;
	if (!r->has_data_count)
		cursor_fail(&r->c, "data segments are named without a data count section");
	read_index(r, r->n_data_declared, "a data segment that is not there");
}

static void read_types(struct reading *r, struct instruction *ret)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_PARAMETERS, "too many types");

	(void)ret;
	while (n-- && !r->c.fault)
		read_value_type(r);
}

static void read_heap(struct reading *r, struct instruction *ret)
{
	(void)ret;
	read_heap_type(r);
}

/* catch, catch_ref, catch_all, catch_all_ref: a tag unless it is for all, and where to go on. */
static void read_catches(struct reading *r, struct instruction *ret)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_BODY_BYTES, "too many catch clauses");

	while (n-- && !r->c.fault) {
		uint8_t kind = cursor_u8(&r->c);

		if (kind > 3)
			cursor_fail(&r->c, "an unknown kind of catch clause");
		if (kind < 2)
			read_tag(r, ret);
		read_label(r, ret);
	}
}

/* ---- immediates ---- */

enum { MAX_PARTS = 4 };

#define IN(kind) (1u << (kind))

/* What each is made of, and what an instruction with it does. */
static const struct {
	part_reader       *parts[MAX_PARTS + 1];
	struct instruction effect;
} immediates[] = {
	[NONE] = { { NULL } },
	[BLOCK] = { { read_block_type }, { .opens = BLOCK_PLAIN } },
	[IF] = { { read_block_type }, { .opens = BLOCK_IF, .flow = FLOW_IF } },
	[ELSE] = { { NULL },
	           { .within = IN(BLOCK_IF), .becomes = BLOCK_PLAIN, .misplaced = "an else without its if" } },
	[TRY] = { { read_block_type }, { .opens = BLOCK_TRY } },
	[CATCH] = { { read_tag },
	            { .within = IN(BLOCK_TRY) | IN(BLOCK_CATCH),
	              .becomes = BLOCK_CATCH,
	              .flow = FLOW_IF,
	              .misplaced = "a handler of exceptions that belongs to no try" } },
	[CATCH_ALL] = { { NULL },
	                { .within = IN(BLOCK_TRY) | IN(BLOCK_CATCH),
	                  .becomes = BLOCK_CATCH_ALL,
	                  .flow = FLOW_IF,
	                  .misplaced = "a handler of exceptions that belongs to no try" } },
	[RETHROW] = { { read_label },
	              { .again = true, .flow = FLOW_STOP, .misplaced = "a rethrow of nothing that was caught" } },
	[DELEGATE] = { { read_label },
	               { .within = IN(BLOCK_TRY), .closes = true, .misplaced = "a delegate that belongs to no try" } },
	[TRY_TABLE] = { { read_block_type, read_catches }, { .opens = BLOCK_PLAIN } },
	[THROW] = { { read_tag }, { .flow = FLOW_STOP } },
	[END] = { { NULL }, { .closes = true } },
	[STOP] = { { NULL }, { .flow = FLOW_STOP } },
	[BRANCH] = { { read_label }, { .flow = FLOW_BRANCH } },
	[LABELS] = { { read_labels }, { .flow = FLOW_BRANCH } },
	[CAST] = { { skip_1, read_label, read_heap, read_heap }, { .flow = FLOW_BRANCH } },
	[CALL] = { { read_callee }, { .call = CALL_DIRECT } },
	[CALL_TABLE] = { { read_type_index, read_table }, { .call = CALL_INDIRECT } },
	[CALL_REF] = { { read_type_index }, { .call = CALL_INDIRECT } },
	[RETURN_CALL] = { { read_callee }, { .call = CALL_DIRECT, .flow = FLOW_STOP } },
	[RETURN_CALL_TABLE] = { { read_type_index, read_table }, { .call = CALL_INDIRECT, .flow = FLOW_STOP } },
	[RETURN_CALL_REF] = { { read_type_index }, { .call = CALL_INDIRECT, .flow = FLOW_STOP } },
	[LOCAL] = { { read_local } },
	[GLOBAL] = { { read_global } },
	[GLOBAL_SET] = { { read_global_set } },
	[TABLE_1] = { { read_table } },
	[TABLE_2] = { { read_table, read_table } },
	[ELEMENTS] = { { read_elements } },
	[ELEMENTS_TABLE] = { { read_elements, read_table } },
	[FUNCTION] = { { read_function } },
	[INDEX] = { { read_number } },
	[INDEX2] = { { read_number, read_number } },
	[DATA] = { { read_data_index } },
	[DATA2] = { { read_data_index, read_memory } },
	[MEMORY] = { { read_memory } },
	[MEMORY2] = { { read_memory, read_memory } },
	[MEMARG] = { { read_memarg } },
	[MEMARG_LANE] = { { read_memarg, skip_1 } },
	[BYTE] = { { skip_1 } },
	[BYTES16] = { { skip_16 } },
	[S32] = { { read_s32 } },
	[S64] = { { read_s64 } },
	[F32] = { { skip_4 } },
	[F64] = { { skip_8 } },
	[TYPES] = { { read_types } },
	[HEAP] = { { read_heap } },
	[UNKNOWN_REST] = { { NULL }, { .unknown_rest = true } },
};

void instruction_read(struct reading *r, struct instruction *ret)
{
	uint64_t              at = cursor_offset(&r->c);
	const struct opcodes *row = opcode_read(r);

	if (!row) {
		cursor_fail_at(&r->c, at, NOT_AN_INSTRUCTION);
		return;
	}
	if (row->feature != NEEDS_NOTHING)
		reading_needs(r, (enum engine_feature)row->feature, at);
	*ret = immediates[row->immediate].effect;
	for (part_reader *const *part = immediates[row->immediate].parts; *part; part++)
		(*part)(r, ret);
}
