/* run.h - what every command that reads manifests does: read, check, and report at the end. */
#ifndef CALLOUT_CLI_RUN_H
#define CALLOUT_CLI_RUN_H

#include "cli/command.h"
#include "manifest/manifest.h"
#include "render/generation.h"

struct run {
	struct arena           *arena;
	struct arena           *scratch; /* emptied after each manifest */
	const struct arguments *arguments;
	const char             *command;
	struct diags            diags;
	struct inputs           inputs;
	const struct mesh      *mesh;
	struct version_range    versions; /* that were asked about; those of the mesh where nothing else was */
	struct neighbours       neighbours;
	struct live_objects     live;    /* of --objects */
	const struct source   **sources; /* that were read */
	size_t                  n_sources;
	size_t                  cap_sources;
	struct module_report   *modules;  /* that were inspected */
	bool                    inspects; /* the command itself inspects modules, those of the manifests too */
	bool                    sound;    /* no error so far: the plan may be made */
	bool                    withheld; /* a report's file is one that a manifest names: none is written to a file */

	const struct verification *verification; /* NULL: nothing was verified */
};

/* Begins a run: judges the options that all such commands have. False: a usage error was printed. */
bool run_begin(struct run *, struct arena *, const struct arguments *, const char *command);
/* The same for commands that can do without manifests, but for --istio-version: inspect asks about newer ones, too. */
bool run_prepare(struct run *, struct arena *, const struct arguments *, const char *command);

/* run_options.c. False: a usage error was printed. */
bool run_check_options(const struct run *);  /* all that commands have in common, but for the versions */
bool run_check_versions(const struct run *); /* those of --istio-version, if it is given */
bool run_read_versions(const struct run *, enum option, struct version_range *ret); /* those that an option names */

/* Reads and checks the manifests of -f, chooses the mesh, and collects what they must know of each other. Findings are in
 * run->diags; run->sound tells whether to go on. */
void run_load(struct run *);
/* The parts of run_load. run_read reads all inputs. run_read_mesh_file, for commands that have their manifests from elsewhere,
 * reads --mesh-file alone, after which another Mesh is an error. run_judge judges what is in run->inputs, for the mesh
 * of this name and these versions (absent: the only mesh, its own versions). */
void run_read(struct run *);
void run_read_mesh_file(struct run *, struct manifest_options *);
void run_judge(struct run *, struct str mesh, struct str versions);

/* What the rooms below need of a run. The templates are the caller's to set. */
struct generation run_generation(struct run *);

/* Remembers a file that was read, for the reports. */
void run_add_source(struct run *, const struct source *);
/* Reads a text that the command line names, at most LIMIT_INPUT_BYTES, - for standard input. NULL: a finding was added, with the way
 * out where one is known; for_directory is that of a directory, with {} for its path, or NULL. */
const struct source *run_source_read(struct run *, struct str path, const char *for_directory);

/* Is standard error a terminal that can go back in a line? */
bool run_on_terminal(void);

/* run_report.c: prints the reports; the exit status by the findings, or EXIT_ENVIRONMENT when the output could not be written. */
enum exit_status run_finish(struct run *, bool output_written);

/* artifacts.c: reads and hashes the files that manifests name; what must be known before the manifests are judged. */
void artifacts_load(struct run *);
/* Then: will the modules load on the mesh, and do they call what the manifests say? */
void artifacts_inspect(struct run *);

/* Why a directory is not read that is more than LIMIT_DIRECTORY_DEPTH directories down. */
#define TOO_DEEP "it is more than 32 directories deep"

/* input_files.c: the files of -f, directories walked, in a stable order; "-" stays. NULL: an error was added. */
const struct str *input_files(struct run *, size_t *ret_n);

#endif
