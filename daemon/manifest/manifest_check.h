/* manifest_check.h - rules across fields, for one mesh and its policy.
 *
 * The field tables say what a single field may hold; these are the rules for several fields together. A rule that
 * follows from Istio's or Envoy's behaviour names its source. A manifest that could be decoded only in part is checked
 * as far as possible.
 */
#ifndef CALLOUT_MANIFEST_MANIFEST_CHECK_H
#define CALLOUT_MANIFEST_MANIFEST_CHECK_H

#include "manifest/manifest.h"

/* Adds what is wrong with the manifest. False: errors were added. */
bool manifest_check(struct arena *, const struct manifest *, const struct mesh *, struct diags *);

/* Rules between documents: no two of one kind may have the same name. False: errors were added. */
bool inputs_check(struct arena *, const struct inputs *, struct diags *);

/* Is a label or annotation with this key left out of generated objects, because it steers the tool that delivered the
 * manifest? */
bool metadata_key_is_dropped(struct str key);

#endif
