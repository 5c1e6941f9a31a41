/* check.h - what the files of manifest_check share: the manifest under check, and one function for each subject. */
#ifndef CALLOUT_MANIFEST_CHECK_H
#define CALLOUT_MANIFEST_CHECK_H

#include "manifest/manifest.h"

struct check {
	struct arena          *arena;
	struct diags          *diags;
	const struct manifest *manifest;
	const struct mesh     *mesh;
	bool                   ok; /* no error was added */
};

/* Add an error, or a warning, at the named field of an object, or at the object itself when it does not have the
 * field. */
struct diag *check_fail(struct check *, enum diag_code, const struct node *object, const char *field,
                        const struct str *values, size_t n);
struct diag *check_warn(struct check *, enum diag_code, const struct node *object, const char *field,
                        const struct str *values, size_t n);

/* Warns if the text, in which placeholders are not replaced, holds one. */
void check_kept(struct check *, const struct node *object, const char *field, struct str text);

/* A key of labels or annotations (`what`) by Kubernetes' rules. False: it breaks them, and an error was added. */
bool check_label_key(struct check *, const struct node *, const char *what);
/* The value of a label by the same rules; an error is added if it breaks them. */
void check_label_value(struct check *, const struct node *, const char *what);

/* Which proxies run the filter: the selector, targetRefs, the waypoint, and whether they fit the kind of proxy. */
void check_target(struct check *, const struct target *);
void check_upstream(struct check *, const struct upstream *);
/* Who else can use the upstream's cluster, and who cannot although the filter runs there: exportTo, isolated. */
void check_exposure(struct check *, const struct upstream *);
void check_filter(struct check *, const struct filter *);
void check_policy(struct check *);

#endif
