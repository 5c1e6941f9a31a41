/* fuzz.h - the frame of every fuzz target: one arena an input, and memory that runs out is no crash. */
#ifndef CALLOUT_TESTS_FUZZ_H
#define CALLOUT_TESTS_FUZZ_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"

/* What a target does with one input. */
void fuzz_one(struct arena *, const struct source *, struct diags *);

#endif
