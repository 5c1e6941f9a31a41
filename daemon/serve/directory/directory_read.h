/* directory_read.h - a directory of manifests: its files, and all of it brought into the store. */
#ifndef CALLOUT_SERVE_DIRECTORY_READ_H
#define CALLOUT_SERVE_DIRECTORY_READ_H

#include "base/str.h"

struct arena;
struct diags;
struct service;
struct settings;
struct store_synced;

struct directory_files {
	struct str  directory;
	struct str *paths; /* as -R finds them: .yaml, .yml and .json, but for names that begin with a dot */
	size_t      n, cap;
	struct str  print; /* checksum of names, sizes and times: another one means that something changed */
};

/* False: a finding was added. */
bool directory_files_find(struct arena *, struct str path, struct directory_files *ret, struct diags *);

enum directory_result {
	DIRECTORY_DONE,
	DIRECTORY_REFUSED, /* findings were added, and nothing is changed */
	DIRECTORY_CHANGED, /* while it was read, a checkout under way perhaps: nothing is changed */
};

/* Reads the files, judges them, and replaces what is stored, all or nothing. Inside an arena_run of the arena. */
enum directory_result directory_bring(struct service *, struct arena *, struct arena *scratch, const struct settings *,
                                      const struct directory_files *, struct store_synced *ret, struct diags *);

#endif
