#include "wasm/instruction.h"

#include "base/limits.h"
#include "wasm/immediate.h"
#include "wasm/opcode.h"

#define NOT_AN_INSTRUCTION "a byte that is no instruction"

enum { BYTES_OF_U32 = 5 }; /* at most, in LEB128 */

/* ---- the parts of an immediate ---- */

typedef void part_reader(struct reading *, struct instruction *);

static void keep_constant(struct instruction *ret, uint64_t bits)
{
	ret->is_constant = true;
	ret->constant = bits;
}

static void read_s32(struct reading *r, struct instruction *ret)
{
	keep_constant(ret, (uint32_t)cursor_s32(&r->c));
}

static void read_s64(struct reading *r, struct instruction *ret)
{
	keep_constant(ret, (uint64_t)cursor_s64(&r->c));
}

/* The least byte first. */
static void read_bits(struct reading *r, struct instruction *ret, unsigned bytes)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < bytes; i++)
		bits |= (uint64_t)cursor_u8(&r->c) << 8 * i;
	keep_constant(ret, bits);
}

static void read_4(struct reading *r, struct instruction *ret)
{
	read_bits(r, ret, 4);
}

static void read_8(struct reading *r, struct instruction *ret)
{
	read_bits(r, ret, 8);
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
static uint32_t read_one_label(struct reading *r, struct instruction *ret)
{
	uint32_t label = cursor_u32(&r->c);

	if (!ret->has_label || label > ret->label)
		ret->label = label;
	ret->has_label = true;
	return label;
}

static void read_label(struct reading *r, struct instruction *ret)
{
	read_one_label(r, ret);
}

static void keep_branch(struct reading *r, uint8_t kind, uint32_t tag, uint32_t label)
{
	struct branch *branch = wasm_list_add(r->arena, &r->branches, sizeof(*branch));

	*branch = (struct branch){ .label = label, .tag = tag, .kind = kind };
}

static void read_labels(struct reading *r, struct instruction *ret)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_BRANCHES, "a branch table of more than 65520 labels");

	r->branches.n = 0;
	for (uint32_t i = 0; i <= n && !r->c.fault; i++)
		keep_branch(r, 0, 0, read_one_label(r, ret));
}

enum { BLOCK_WITHOUT_TYPE = -64 }; /* 0x40, of which V8 takes longer forms, too */

static void read_block_type(struct reading *r, struct instruction *ret)
{
	int      first = cursor_peek_byte(&r->c);
	uint64_t at = cursor_offset(&r->c);
	int64_t  type;

	if (first > 0x40 && first < 0x80) {
		ret->value = read_value_type(r);
		return;
	}
	type = cursor_s33(&r->c);
	if (type != BLOCK_WITHOUT_TYPE && (type < 0 || !(ret->type = wasm_module_type(r->m, (uint32_t)type))))
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
	uint32_t memory = cursor_u32(&r->c);

	check_memory(r, memory, at);
	instruction_keep_index(ret, memory);
}

/* V8 takes the numbers that only addresses of 64 bits need since it knows those, whatever the memory (specification 3.0, 5.4.6);
 * what they say must fit the memory all the same. */
static void read_memory_offset(struct reading *r, struct instruction *ret, uint32_t memory)
{
	uint64_t at = cursor_offset(&r->c), offset = cursor_u64(&r->c);

	if (cursor_offset(&r->c) - at > BYTES_OF_U32)
		reading_needs(r, FEATURE_MEMORY64, at);
	if (offset > UINT32_MAX && reading_memory_address(r, memory) == VALUE_I32)
		cursor_fail_at(&r->c, at, "an offset of more than 32 bits in a memory of 32");
	ret->accesses = true;
	ret->offset = offset;
}

static void read_memarg(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t align = cursor_u32(&r->c), memory = 0;

	if (align & 0x40) {
		reading_needs(r, FEATURE_MULTI_MEMORY, at);
		memory = cursor_u32(&r->c);
	}
	if (align > 0x7f || !instruction_may_align(ret->prefix, ret->opcode, align & 0x3f))
		cursor_fail_at(&r->c, at, "an alignment that the instruction cannot have");
	check_memory(r, memory, at);
	instruction_keep_index(ret, memory);
	read_memory_offset(r, ret, memory);
}

/* Of a select: engines take one. */
static void read_types(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	if (cursor_u32(&r->c) != 1)
		cursor_fail_at(&r->c, at, "a select of other than one type");
	else
		ret->value = read_value_type(r);
}

static void read_lane(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	if (cursor_u8(&r->c) >= instruction_lanes(ret->opcode))
		cursor_fail_at(&r->c, at, "a lane that the vector does not have");
}

/* Each byte names one of the 32 of two vectors. */
static void read_shuffle(struct reading *r, struct instruction *ret)
{
	(void)ret;
	for (unsigned i = 0; i < 16; i++) {
		uint64_t at = cursor_offset(&r->c);

		if (cursor_u8(&r->c) >= 32)
			cursor_fail_at(&r->c, at, "a lane that the vector does not have");
	}
}

static void read_zero(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	(void)ret;
	if (cursor_u8(&r->c) != 0)
		cursor_fail_at(&r->c, at, "a byte that must be zero");
}

static void read_heap(struct reading *r, struct instruction *ret)
{
	ret->value = read_heap_type(r);
}

/* Where the label is taken, from what and to what; the second of both is beneath the first. */
static void read_cast(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);
	uint8_t  flags = cursor_u8(&r->c);

	if (flags > 3)
		cursor_fail_at(&r->c, at, "unknown flags of a cast");
	read_label(r, ret);
	ret->value = read_heap_type(r) | (flags & 1 ? 0 : VALUE_NOT_NULL);
	ret->target = read_heap_type(r) | (flags & 2 ? 0 : VALUE_NOT_NULL);
	if (!r->c.fault && !value_fits(r->m, ret->target, ret->value))
		cursor_fail_at(&r->c, at, "a cast to a type that is not beneath the one it is from");
}

/* catch, catch_ref, catch_all, catch_all_ref: a tag unless it is for all, and where to go on. */
static void read_catches(struct reading *r, struct instruction *ret)
{
	uint32_t n = cursor_count(&r->c, LIMIT_WASM_BODY_BYTES, "too many catch clauses");

	r->branches.n = 0;
	ret->unsure = n > LIMIT_WASM_BRANCHES;
	while (n-- && !r->c.fault) {
		uint8_t kind = cursor_u8(&r->c);

		if (kind > CATCH_KIND_ALL_REF)
			cursor_fail(&r->c, "an unknown kind of catch clause");
		ret->n_indices = 0;
		if (kind < CATCH_KIND_ALL)
			immediate_tag(r, ret);
		if (!ret->unsure)
			keep_branch(r, kind, ret->indices[0], read_one_label(r, ret));
		else
			read_one_label(r, ret);
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
	[LOOP] = { { read_block_type }, { .opens = BLOCK_LOOP } },
	[IF] = { { read_block_type }, { .opens = BLOCK_IF, .flow = FLOW_IF } },
	[ELSE] = { { NULL },
	           { .within = IN(BLOCK_IF), .becomes = BLOCK_PLAIN, .misplaced = "an else without its if" } },
	[TRY] = { { read_block_type }, { .opens = BLOCK_TRY, .catches = true } },
	[CATCH] = { { immediate_tag },
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
	[TRY_TABLE] = { { read_block_type, read_catches }, { .opens = BLOCK_PLAIN, .catches = true } },
	[THROW] = { { immediate_tag }, { .flow = FLOW_THROW } },
	[THROW_REF] = { { NULL }, { .flow = FLOW_THROW } },
	[TRAP] = { { NULL }, { .flow = FLOW_TRAP } },
	[END] = { { NULL }, { .closes = true } },
	[STOP] = { { NULL }, { .flow = FLOW_STOP } },
	[BRANCH] = { { read_label }, { .flow = FLOW_BRANCH } },
	[LABELS] = { { read_labels }, { .flow = FLOW_BRANCH } },
	[CAST] = { { read_cast }, { .flow = FLOW_BRANCH } },
	[CALL] = { { read_callee }, { .call = CALL_DIRECT } },
	[CALL_TABLE] = { { immediate_type_index, immediate_table }, { .call = CALL_INDIRECT } },
	[CALL_REF] = { { immediate_type_index }, { .call = CALL_INDIRECT } },
	[RETURN_CALL] = { { read_callee }, { .call = CALL_DIRECT, .flow = FLOW_STOP } },
	[RETURN_CALL_TABLE] = { { immediate_type_index, immediate_table },
	                        { .call = CALL_INDIRECT, .flow = FLOW_STOP } },
	[RETURN_CALL_REF] = { { immediate_type_index }, { .call = CALL_INDIRECT, .flow = FLOW_STOP } },
	[LOCAL] = { { immediate_local } },
	[GLOBAL] = { { immediate_global } },
	[GLOBAL_SET] = { { immediate_global_set } },
	[TABLE_1] = { { immediate_table } },
	[TABLE_2] = { { immediate_table, immediate_table } },
	[ELEMENTS] = { { immediate_elements } },
	[ELEMENTS_TABLE] = { { immediate_elements, immediate_table } },
	[FUNCTION] = { { immediate_function } },
	[DATA] = { { immediate_data } },
	[DATA2] = { { immediate_data, read_memory } },
	[MEMORY] = { { read_memory } },
	[MEMORY2] = { { read_memory, read_memory } },
	[MEMARG] = { { read_memarg } },
	[MEMARG_LANE] = { { read_memarg, read_lane } },
	[ZERO] = { { read_zero } },
	[LANE] = { { read_lane } },
	[SHUFFLE] = { { read_shuffle } },
	[BYTES16] = { { skip_16 } },
	[S32] = { { read_s32 } },
	[S64] = { { read_s64 } },
	[F32] = { { read_4 } },
	[F64] = { { read_8 } },
	[TYPES] = { { read_types } },
	[HEAP] = { { read_heap } },
	[STRUCT] = { { immediate_struct } },
	[STRUCT_DEFAULT] = { { immediate_struct_default } },
	[FIELD] = { { immediate_field_whole } },
	[FIELD_PACKED] = { { immediate_field_packed } },
	[FIELD_SET] = { { immediate_field_set } },
	[ARRAY] = { { immediate_array } },
	[ARRAY_DEFAULT] = { { immediate_array_default } },
	[ARRAY_GET] = { { immediate_array_whole } },
	[ARRAY_PACKED] = { { immediate_array_packed } },
	[ARRAY_SET] = { { immediate_array_set } },
	[ARRAY_VALUES] = { { immediate_array_values } },
	[ARRAY_COPY] = { { immediate_array_copy } },
	[ARRAY_DATA] = { { immediate_array_data } },
	[ARRAY_DATA_SET] = { { immediate_array_data_set } },
	[ARRAY_ELEMENTS] = { { immediate_array_elements } },
	[ARRAY_ELEMENTS_SET] = { { immediate_array_elements_set } },
	[UNKNOWN_REST] = { { NULL }, { .unknown_rest = true } },
};

static const struct opcodes *opcode_read(struct reading *r, enum opcode_prefix *ret_prefix, uint32_t *ret)
{
	uint8_t byte = cursor_u8(&r->c);

	*ret_prefix = byte >= PREFIX_GC && byte <= PREFIX_ATOMIC ? (enum opcode_prefix)byte : PREFIX_NONE;
	*ret = *ret_prefix ? cursor_u32(&r->c) : byte;
	return opcode_find(&r->opcodes, *ret_prefix, *ret);
}

void instruction_read(struct reading *r, struct instruction *ret)
{
	uint64_t              at = cursor_offset(&r->c);
	enum opcode_prefix    prefix;
	uint32_t              opcode;
	const struct opcodes *row = opcode_read(r, &prefix, &opcode);

	if (!row) {
		cursor_fail_at(&r->c, at, NOT_AN_INSTRUCTION);
		return;
	}
	if (row->feature != NEEDS_NOTHING)
		reading_needs(r, (enum engine_feature)row->feature, at);
	*ret = immediates[row->immediate].effect;
	ret->prefix = prefix;
	ret->opcode = opcode;
	ret->types = row->types;
	for (part_reader *const *part = immediates[row->immediate].parts; *part; part++)
		(*part)(r, ret);
}
