/* The way out of a reason, where that of its code is not for what made the cluster. */
#include "verify/judging.h"

enum made_by { BY_PUBLIC_ENTRY = 1, BY_ISOLATED_ENTRY = 2, BY_ENVOY_FILTER = 4, BY_SERVICE = 8, BY_OTHERS = 16 };

#define APPLY_FILTER                                                                                                   \
	"apply what generate prints; if it is applied already, an EnvoyFilter of an older manifest is live too, or "   \
	"another one changes the cluster"

static const struct {
	enum diag_code code;
	unsigned       made_by;
	const char    *text;
} remedies[] = {
	{ CO_TLS_ABSENT, BY_ENVOY_FILTER, APPLY_FILTER },
	{ CO_TLS_UNVERIFIED, BY_ENVOY_FILTER, APPLY_FILTER },
	{ CO_TLS_DIFFERS, BY_ENVOY_FILTER, APPLY_FILTER },
	{ CO_ADDRESS_DIFFERS, BY_ENVOY_FILTER, APPLY_FILTER },
	{ CO_ADDRESS_DIFFERS, BY_ISOLATED_ENTRY,
	  "apply what generate prints: the ServiceEntry that is live is of another state of the manifest" },
	{ CO_TYPE_DIFFERS, BY_ENVOY_FILTER, APPLY_FILTER },
	{ CO_TYPE_DIFFERS, BY_ISOLATED_ENTRY,
	  "apply what generate prints: the ServiceEntry that is live is of another state of the manifest" },
	{ CO_HTTP_DIFFERS, BY_ENVOY_FILTER, APPLY_FILTER },
	{ CO_HTTP_DIFFERS, BY_SERVICE,
	  "let the manifest's protocol be what the server speaks; what the cluster speaks, the name or appProtocol of the "
	  "Service's port (http2, grpc) decides, or h2UpgradePolicy of a DestinationRule" },
	{ CO_HTTP_DIFFERS, BY_OTHERS,
	  "whoever makes the cluster decides: give it http2_protocol_options for gRPC, or call another one" },
};

static enum made_by made_by(const struct expected_cluster *e)
{
	switch (e->kind) {
	case CLUSTER_SERVICE_ENTRY:
		return e->upstream->isolated == TRI_NO ? BY_PUBLIC_ENTRY : BY_ISOLATED_ENTRY;
	case CLUSTER_ENVOY_FILTER:
		return BY_ENVOY_FILTER;
	case CLUSTER_SERVICE:
		return BY_SERVICE;
	default:
		return BY_OTHERS;
	}
}

struct str remedy_for(enum diag_code code, const struct expected_cluster *e)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (remedies[i].code == code && remedies[i].made_by & (unsigned)made_by(e))
			return str_c(remedies[i].text);
	return STR_ABSENT;
}
