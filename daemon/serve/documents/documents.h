/* documents.h - manifests that came with a request or from the store: reading, checking and rendering them. */
#ifndef CALLOUT_SERVE_DOCUMENTS_H
#define CALLOUT_SERVE_DOCUMENTS_H

#include "render/generation.h"
#include "serve/service/service.h"

struct documents_options {
	const struct settings *settings;
	struct str namespace;     /* of manifests that name none */
	struct str istio_version; /* absent: the mesh's */
	bool       is_json;       /* sent as application/json: YAML is refused then, while JSON is YAML too */
};

struct documents {
	struct arena      *arena;
	struct arena      *scratch;
	struct diags       diags;
	struct inputs      inputs;
	const struct mesh *mesh;
	struct generation  generation;
	bool               readable; /* could the documents be decoded? */
	bool               sound;
};

/* The parts of documents_load, for several sources: the daemon's mesh, each source, and the judgement of all of them. arena and
 * scratch are set by the caller. */
void documents_begin(struct documents *d, const struct settings *);
void documents_add(struct documents *d, const struct source *, struct str namespace, bool is_json);
bool documents_judge(struct documents *d, const struct settings *, struct str istio_version);

/* Reads the source beside the daemon's mesh, and judges it. arena and scratch are set by the caller. False: errors are
 * in d->diags. */
bool documents_load(struct documents *d, const struct source *, const struct documents_options *);

/* The daemon's Mesh, or the default one. Never NULL: it was read before. */
const struct mesh *mesh_of_settings(struct arena *, const struct settings *);

/* Plans, checks and renders what documents_load found sound. False: errors are in d->diags. */
bool documents_render(struct documents *d, bool json, bool escape_for_flux, struct buf *out);

#endif
