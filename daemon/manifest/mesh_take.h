/* mesh_take.h - one document of kind Mesh, decoded into the inputs of a run. */
#ifndef CALLOUT_MANIFEST_MESH_TAKE_H
#define CALLOUT_MANIFEST_MESH_TAKE_H

#include "manifest/manifest.h"

/* Adds the Mesh to inputs->meshes. False: errors were added; it is there nevertheless, but for where options forbid one. */
bool mesh_take(struct arena *, const struct node *root, const struct manifest_options *, struct inputs *,
               struct diags *);

#endif
