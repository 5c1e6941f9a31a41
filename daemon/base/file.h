/* file.h - files, at the edge: whole reads with a cap, and writes that are all or nothing. */
#ifndef CALLOUT_BASE_FILE_H
#define CALLOUT_BASE_FILE_H

#include "base/source.h"

struct arena;
struct diags;

/* Reads all of a regular file, pipe or device ("-": standard input), at most cap bytes. False: a finding
 * was added (cannot read, a directory, too large). */
bool file_read(struct arena *, struct str path, size_t cap, struct str *ret, struct diags *);

/* The same as a source, which findings can point into. NULL: a finding was added. */
const struct source *source_read(struct arena *, struct str path, size_t cap, struct diags *);

/* Replaces directory/name by bytes: a temporary file beside it, fsync, rename, fsync of the directory. Readers
 * see the old or the new, never a mix. directory is an open descriptor. False: a finding was added, and the old
 * one stands, but where the last of these steps failed: then the new one does, and a crash may still take it away. */
bool file_replace(struct arena *, int directory, struct str directory_name, struct str name, struct str bytes,
                  struct diags *);

/* Is this the name of a temporary file of file_replace? Then *ret is the name of the file that it was to replace. A run
 * that is killed leaves such files behind. */
bool file_is_temporary(struct str name, struct str *ret);

/* Writes all of bytes to a descriptor, in as many calls as it takes. False: errno tells why. */
bool file_write_all(int fd, struct str bytes);

/* dir/name, or name alone when it is absolute or dir is empty. */
struct str path_join(struct arena *, struct str dir, struct str name);
/* What comes before the last slash: "" for a bare name, "/" for a child of the root. */
struct str path_directory(struct str path);

/* Opens path beneath the directory root for reading. Symbolic links inside root are followed (ConfigMap mounts
 * and git-sync make them); leaving root is refused. -1: errno tells why, EXDEV when the path leaves root. */
int path_open_beneath(struct arena *, struct str root, struct str path);
/* file_read from a descriptor, which stays the caller's. name: for findings. */
bool file_read_fd(struct arena *, int fd, struct str name, size_t cap, struct str *ret, struct diags *);

#endif
