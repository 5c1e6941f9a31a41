/* istio_version.h - minors of Istio, and ranges of them.
 *
 * Every version that Callout knows is 1.<minor>; a patch release changes nothing that is generated.
 */
#ifndef CALLOUT_NAMES_ISTIO_VERSION_H
#define CALLOUT_NAMES_ISTIO_VERSION_H

#include "base/str.h"

struct arena;

enum {
	ISTIO_OLDEST = 11,
	ISTIO_DEFAULT_LOWEST = 27,
	ISTIO_NEWEST = 32,
};

struct version_range {
	int low; /* minors, both included */
	int high;
};

/* "1.27" or "1.27.3" gives 27. False when it is neither. */
bool istio_version_parse(struct str, int *ret_minor);
bool istio_version_known(int minor);

/* "1.27" or "1.27..1.31" (both bounds included). False when malformed. */
bool version_range_parse(struct str, struct version_range *ret);
/* What is said of a text that is no range, wherever one is asked for. */
#define VERSION_RANGE_NONE   "is not V or V..V, such as 1.27 or 1.27..1.31"
#define VERSION_RANGE_TURNED "has its newer version first"

/* The same, and both versions must be known and in order. NULL on success, else what is wrong, as a predicate: "is not
 * …". */
const char *version_range_read(struct str, struct version_range *ret);

/* Can no proxy of this minor have a version that the regular expression of an EnvoyFilter (match.proxy.proxyVersion, sought anywhere in
 * the version) finds? Only the plain text at its beginning is understood, as in ^1\.16.*: of any other, a proxy may. */
bool istio_version_pattern_excludes(struct str pattern, int minor);

/* "Istio 1.27", "Istio 1.18 to 1.24" */
struct str version_range_text(struct arena *, struct version_range);

#endif
