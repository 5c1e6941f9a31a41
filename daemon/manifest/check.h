/* check.h - what the files of manifest_check share. */
#ifndef CALLOUT_MANIFEST_CHECK_H
#define CALLOUT_MANIFEST_CHECK_H

#include "manifest/manifest.h"

struct check {
	struct arena          *arena;
	struct diags          *diags;
	const struct manifest *manifest;
	const struct mesh     *mesh;
	bool                   ok;
};

/* An error at the named field of an object, or at the object itself when the field is not there. */
struct diag *check_fail(struct check *, enum diag_code, const struct node *object, const char *field,
                        const struct str *values, size_t n);
struct diag *check_warn(struct check *, enum diag_code, const struct node *object, const char *field,
                        const struct str *values, size_t n);

/* A warning where a text outside of the filter's configuration and code holds a placeholder. */
void check_kept(struct check *, const struct node *object, const char *field, struct str text);

void check_upstream(struct check *, const struct upstream *);
void check_exposure(struct check *, const struct upstream *);
void check_filter(struct check *, const struct filter *);
void check_policy(struct check *);

#endif
