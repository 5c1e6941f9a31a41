/* modules.h - what is reported of an inspected module: as text, as the member "modules" of a report, and as a
 * matrix. */
#ifndef CALLOUT_REPORT_MODULES_H
#define CALLOUT_REPORT_MODULES_H

#include "json/json_write.h"
#include "wasm/wasm_check.h"

struct module_report {
	struct module_report      *next;
	struct str                 name; /* of the file, as the user wrote it */
	const struct wasm_verdict *verdict;
	struct envoy_question      question;
	struct str                 image;  /* the digest of the OCI image that it is in; absent when it is in none */
	struct str                 sha256; /* absent unless asked for */
	struct str                 call; /* the call to use instead of the module's own that cannot work; else absent */
	bool                       all_versions;
};

/* Does it load in all versions that were asked for? */
bool module_loads(const struct module_report *);
/* Does it load in one of these releases (a bit each, as in envoy_table) and then fail there? */
bool module_fails(const struct module_report *, uint32_t releases);
/* What becomes of it in these releases, the worst of them: "crashes", "refused", "fails" or "loads". */
const char *module_verdict_word(const struct module_report *, uint32_t releases);

struct expected_cluster;

/* Fills in `call` where a finding says that the module should call through Envoy. cluster: the manifest's, or NULL. */
void module_add_call(struct arena *, struct module_report *, const struct expected_cluster *cluster);

/* The answer first, then what was found out. */
void module_write_text(struct buf *, const struct module_report *);
/* One line per version. */
void module_write_matrix(struct buf *, const struct module_report *);
/* full: with every import and export. */
void module_write_json(struct json_writer *, const struct module_report *, bool full);

#endif
