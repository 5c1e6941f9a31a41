/* module_url.h - the URL of a Wasm module, taken apart as istio-agent will.
 *
 * Istio's webhook accepts URLs that istio-agent can never fetch, such as "img", "oci://", "oci:x", "https://" and
 * "file://x.wasm" (measured), so they are refused here. Without a scheme Istio assumes oci, but misreads a
 * registry with a port and a bare image name, so the scheme is required.
 */
#ifndef CALLOUT_MANIFEST_MODULE_URL_H
#define CALLOUT_MANIFEST_MODULE_URL_H

#include "base/str.h"

enum url_scheme { URL_OCI, URL_HTTP, URL_HTTPS, URL_FILE };

struct module_url {
	enum url_scheme scheme;
	struct str      authority; /* host, with :port if given; empty for file */
	struct str      path;      /* from the first slash on */
	struct str      digest;    /* what follows @sha256: in an oci URL; absent without */
};

/* NULL when s is fine and *ret filled, else what is wrong with it. */
const char *module_url_parse(struct str s, struct module_url *ret);

/* Is it an oci URL whose first part istio-agent takes for a part of the image's name at docker.io, since it has no dot
 * or port? */
bool module_url_is_of_docker_hub(const struct module_url *);

/* Can a module's URL lie within s? Not where s has a wildcard or a part that no module's URL has. */
bool module_url_is_prefix(struct str s);
/* Does url begin with prefix, compared by scheme, host, port and whole path segments? The scheme's own port is the same
 * written or not. */
bool module_url_within(struct str url, struct str prefix);

#endif
