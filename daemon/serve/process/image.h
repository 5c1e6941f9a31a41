/* image.h - the code of the program and of its libraries, as far as it is in memory.
 *
 * Starting runs through much code that is never needed again: GnuTLS parses tables, SQLite SQL, the dynamic linker looks
 * up names. What of it is in memory counts as the process's, although the system could read it from the files again.
 */
#ifndef CALLOUT_SERVE_IMAGE_H
#define CALLOUT_SERVE_IMAGE_H

/* Takes all code and constants out of the process; what is used from now on comes back by itself, 64 KiB at a time. Safe
 * beside running threads. A debugger's breakpoints that were set before are lost. */
void image_forget(void);

#endif
