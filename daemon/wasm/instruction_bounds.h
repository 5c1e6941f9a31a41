/* instruction_bounds.h - how large the immediates of instructions for memory and vectors may be. */
#ifndef CALLOUT_WASM_INSTRUCTION_BOUNDS_H
#define CALLOUT_WASM_INSTRUCTION_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

/* The byte that an instruction begins with where its number stands behind it; 0: it is one byte. */
enum opcode_prefix { PREFIX_NONE, PREFIX_GC = 0xfb, PREFIX_MORE = 0xfc, PREFIX_SIMD = 0xfd, PREFIX_ATOMIC = 0xfe };

/* May an instruction that reads or writes memory be told that its address is a multiple of 2 to that power? As far as what
 * it reads is long; for atomics no less either. */
bool instruction_may_align(enum opcode_prefix, uint32_t opcode, uint32_t power);

/* How many bytes of memory an instruction reads or writes that has an offset. */
unsigned instruction_width(enum opcode_prefix, uint32_t opcode);

/* How many lanes a vector has for the instruction of SIMD, which names one of them. */
unsigned instruction_lanes(uint32_t opcode);

#endif
