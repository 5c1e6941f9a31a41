/* oci_layout.h - a module in a folder of the OCI image layout, as `crane pull --format=oci`, skopeo and buildah write it.
 *
 * It takes what istio-agent takes (istio pkg/wasm/imagefetcher.go), and nothing else: from an index the image for linux/amd64;
 * from that image plugin.wasm in the archive that is its last layer, or the layer that is the module itself, with one beside it.
 */
#ifndef CALLOUT_WASM_OCI_LAYOUT_H
#define CALLOUT_WASM_OCI_LAYOUT_H

#include "wasm/wasm_input.h"

struct arena;

struct oci_image {
	struct str        digest; /* of the image's manifest, which Istio compares with sha256: 64 hexadecimal digits */
	struct wasm_input module; /* reads the module; its fd is the caller's to close */
};

/* Is the open directory such a folder? */
bool is_oci_layout(int directory);

/* NULL: *ret is filled, and lives as long as the arena. Else what is wrong with the folder; nothing is left open. */
const char *oci_layout_read(struct arena *, int directory, struct oci_image *ret);

#endif
