/* generate.h - the part of generate that check shares. */
#ifndef CALLOUT_CLI_GENERATE_H
#define CALLOUT_CLI_GENERATE_H

#include "cli/run.h"

/* Plans and renders everything, writes nothing: all findings are in run->diags afterwards. */
void generate_check(struct run *);

#endif
