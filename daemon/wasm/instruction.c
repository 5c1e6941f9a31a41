#include "wasm/instruction.h"

#include "base/limits.h"
#include "wasm/opcode.h"

#define NOT_AN_INSTRUCTION "a byte that is no instruction"

enum { BYTES_OF_U32 = 5 }; /* at most, in LEB128 */

/* ---- the parts of an immediate ---- */

typedef void part_reader(struct reading *, struct instruction *);

static void read_number(struct reading *r, struct instruction *ret)
{
	(void)ret;
	cursor_u32(&r->c);
}

static void keep_index(struct instruction *ret, uint32_t index)
{
	if (ret->n_indices < INSTRUCTION_INDICES)
		ret->indices[ret->n_indices++] = index;
}

/* An index below n. */
static void read_index(struct reading *r, struct instruction *ret, uint64_t n, const char *fault)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t index = cursor_u32(&r->c);

	if (index >= n)
		cursor_fail_at(&r->c, at, fault);
	keep_index(ret, index);
}

static void read_local(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->n_locals, "a local variable that is not there");
}

static void read_global(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->globals.n, "a global that is not there");
}

static void read_global_set(struct reading *r, struct instruction *ret)
{
	uint64_t                  at = cursor_offset(&r->c);
	uint32_t                  index = cursor_u32(&r->c);
	const struct global_type *global = reading_global(r, index);

	keep_index(ret, index);
	if (!global)
		cursor_fail_at(&r->c, at, "a global that is not there");
	else if (!global->is_mutable)
		cursor_fail_at(&r->c, at, "a constant global is set");
}

static void read_table(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->m->n_tables, "a table that is not there");
}

static void read_elements(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->n_elements, "an element segment that is not there");
}

static void read_function(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);

	read_index(r, ret, reading_functions(r), "a reference to a function that is not there");
	if (!r->c.fault && (!r->declared || !r->declared[ret->indices[0]]))
		cursor_fail_at(&r->c, at, "a reference to a function that is not declared outside of code");
}

static void read_tag(struct reading *r, struct instruction *ret)
{
	read_index(r, ret, r->m->n_tags, "a tag that is not there");
}

static void read_type_index(struct reading *r, struct instruction *ret)
{
	uint64_t at = cursor_offset(&r->c);
	uint32_t type = cursor_u32(&r->c);

	if (!wasm_module_type(r->m, type))
		cursor_fail_at(&r->c, at, "a type that is not there, or none of a function");
	keep_index(ret, type);
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

static void read_block_type(struct reading *r, struct instruction *ret)
{
	struct str byte = cursor_peek(&r->c, 1);
	uint8_t    first = byte.n ? (uint8_t)*byte.p : 0;
	uint64_t   at = cursor_offset(&r->c);
	int64_t    type;

	if (first == 0x40)
		cursor_u8(&r->c);
	else if (first > 0x40 && first < 0x80)
		ret->value = read_value_type(r);
	else if ((type = cursor_s33(&r->c)) < 0 || !(ret->type = wasm_module_type(r->m, (uint32_t)type)))
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
	keep_index(ret, memory);
}

/* V8 takes the numbers that only addresses of 64 bits need since it knows those, whatever the memory (specification 3.0, 5.4.6);
 * what they say must fit the memory all the same. */
static void read_memory_offset(struct reading *r, uint32_t memory)
{
	uint64_t at = cursor_offset(&r->c), offset = cursor_u64(&r->c);

	if (cursor_offset(&r->c) - at > BYTES_OF_U32)
		reading_needs(r, FEATURE_MEMORY64, at);
	if (offset > UINT32_MAX && reading_memory_address(r, memory) == VALUE_I32)
		cursor_fail_at(&r->c, at, "an offset of more than 32 bits in a memory of 32");
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
	keep_index(ret, memory);
	read_memory_offset(r, memory);
}

static void read_data_index(struct reading *r, struct instruction *ret)
{
	if (!r->has_data_count)
		cursor_fail(&r->c, "data segments are named without a data count section");
	read_index(r, ret, r->n_data_declared, "a data segment that is not there");
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
			read_tag(r, ret);
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
	[IF] = { { read_block_type }, { .opens = BLOCK_IF, .flow = FLOW_IF } },
	[ELSE] = { { NULL },
	           { .within = IN(BLOCK_IF), .becomes = BLOCK_PLAIN, .misplaced = "an else without its if" } },
	[TRY] = { { read_block_type }, { .opens = BLOCK_TRY, .catches = true } },
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
	[TRY_TABLE] = { { read_block_type, read_catches }, { .opens = BLOCK_PLAIN, .catches = true } },
	[THROW] = { { read_tag }, { .flow = FLOW_THROW } },
	[THROW_REF] = { { NULL }, { .flow = FLOW_THROW } },
	[TRAP] = { { NULL }, { .flow = FLOW_TRAP } },
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
	[MEMARG_LANE] = { { read_memarg, read_lane } },
	[ZERO] = { { read_zero } },
	[LANE] = { { read_lane } },
	[SHUFFLE] = { { read_shuffle } },
	[BYTES16] = { { skip_16 } },
	[S32] = { { read_s32 } },
	[S64] = { { read_s64 } },
	[F32] = { { skip_4 } },
	[F64] = { { skip_8 } },
	[TYPES] = { { read_types } },
	[HEAP] = { { read_heap } },
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
