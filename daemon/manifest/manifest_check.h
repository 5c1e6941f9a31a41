/* manifest_check.h - rules across fields, for one mesh and its policy.
 *
 * What a single field may hold is in the field tables; here stands what fields mean together. Each rule that comes
 * from Istio's or Envoy's behaviour names it. A manifest that could be decoded only in part is checked as far as
 * it goes.
 */
#ifndef CALLOUT_MANIFEST_MANIFEST_CHECK_H
#define CALLOUT_MANIFEST_MANIFEST_CHECK_H

#include "manifest/manifest.h"

/* False: errors were added. */
bool manifest_check(struct arena *, const struct manifest *, const struct mesh *, struct diags *);

/* Rules between documents: no two of one name. */
bool inputs_check(struct arena *, const struct inputs *, struct diags *);

/* Is a user's label or annotation left out of generated objects (it steers the tool that delivered the manifest)? */
bool metadata_key_is_dropped(struct str key);

#endif
