/* verifying.h - what the files of `callout verify` share: the clusters that are looked for, the dumps, and the verdicts.
 *
 * cmd_verify.c reads the command line and prints; verify_files.c reads dumps that are files; verify_wait.c runs the command
 * of --wait until its dumps are good. verifying.c plans and judges for both.
 */
#ifndef CALLOUT_CLI_VERIFYING_H
#define CALLOUT_CLI_VERIFYING_H

#include "cli/run.h"
#include "dump/proxy_state.h"
#include "verify/verify.h"

struct verifying {
	struct run          *run;
	struct verify_item  *items; /* one for each manifest */
	size_t               n_items;
	struct dump_wants    wants;  /* what is kept of a dump */
	struct dump_reader  *reader; /* of the wants so far; verifying_prepare_reader makes it anew */
	struct proxy_states  proxies;
	struct verification *result;
	bool                 progress; /* show it on the terminal */
};

/* Plans the manifests of the run and notes what is wanted of dumps. False: errors were added. */
bool verifying_plan(struct verifying *);
/* Makes the reader for what is wanted now. */
void verifying_prepare_reader(struct verifying *);
/* Joins the parts to proxies and judges each manifest in each. The verdicts live in the arena. */
void verifying_judge(struct verifying *, struct arena *, struct proxy_part *);
/* Adds the findings of the verdicts, and hands the verdicts to the run, which reports them. */
void verifying_add_findings(struct verifying *);

/* Reads the dumps that the operands name, judges them and adds the findings. */
void verify_files(struct verifying *);
/* Runs the command behind the dashes every interval_ms until its dumps are good or wait_ms are over, and adds the findings
 * of the last run that came to an end. */
void verify_wait(struct verifying *, int64_t wait_ms, int64_t interval_ms);

#endif
