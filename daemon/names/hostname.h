/* hostname.h - the one notion of "host" in the product: Istio's own FQDN rules.
 *
 * Source: istio pkg/config/validation ValidateFQDN / ValidateWildcardDomain: at most 255 bytes (DNS itself: 253),
 * labels of letters, digits and inner hyphens, at most 63 each, an empty last label (trailing dot) is allowed,
 * the last label must not be all digits. Letter case is kept: Istio's cluster names are byte for byte.
 */
#ifndef CALLOUT_NAMES_HOSTNAME_H
#define CALLOUT_NAMES_HOSTNAME_H

#include "base/str.h"

struct arena;

enum hostname_fault {
	HOSTNAME_OK,
	HOSTNAME_EMPTY,
	HOSTNAME_TOO_LONG,
	HOSTNAME_BAD_LABEL,
	HOSTNAME_NUMERIC_TLD,
	HOSTNAME_WILDCARD,
	HOSTNAME_IP,
	HOSTNAME_URL, /* a scheme, a path, a port, user information or blanks around it */
	HOSTNAME_IDN, /* raw Unicode: the xn-- form is needed */
};

/* What prevents s from being a host that a filter can call. *culprit (may be NULL): the label at fault. */
enum hostname_fault hostname_check(struct str s, struct str *culprit);
/* The reason as a clause: "it is empty". */
const char *hostname_fault_text(enum hostname_fault);

/* Is `host` the domain itself or inside it? Letter case and a trailing dot do not matter. */
bool hostname_in_domain(struct str host, struct str domain);
/* "*.example.com" matches any depth below example.com; "*" matches everything; else the two must be equal. */
bool hostname_matches(struct str pattern, struct str host);
/* Are they equal but for letter case and a trailing dot? */
bool       hostname_same(struct str a, struct str b);
struct str hostname_without_dot(struct str host);
/* HOST:PORT, or [ADDRESS]:PORT of an IPv6 address. */
struct str hostname_with_port(struct arena *, struct str host, int64_t port);

/* The same address, however it is written: 2001:DB8:0:0::1 and 2001:db8::1. False where one is none. */
bool ip_same(struct str a, struct str b);
bool ip_is_v4(struct str);
bool ip_is_v6(struct str);
/* Is s an IPv4-mapped IPv6 address such as ::ffff:10.0.0.1 (RFC 4291 2.5.5.2)? Then *ret (in the arena) is the IPv4
 * address. */
bool               ip_is_mapped(struct arena *, struct str s, struct str *ret);
static inline bool ip_is(struct str s)
{
	return ip_is_v4(s) || ip_is_v6(s);
}

/* HOST:PORT taken apart, without the brackets of an IPv6 address. False: there is no such port, or nothing before it. */
bool host_port_split(struct str s, struct str *host, unsigned *port);

/* HOST:PORT to listen on: the host may be missing, which is every address, and only in brackets does it hold a colon. False:
 * it is not that. */
bool listened_split(struct str s, struct str *host, struct str *port);

/* RFC 1123 label: lower-case letters, digits, inner hyphens, 1 to 63. Namespaces and our own names. */
bool dns_label_is(struct str);
/* Lower-case words of such letters, joined by dots, at most 253: names of most Kubernetes objects. The words may be
 * longer than a label of DNS (IsDNS1123Subdomain of k8s.io/apimachinery looks at the whole length alone). */
bool dns_subdomain_is(struct str);
/* Kubernetes label keys (prefix/name) and values. */
bool label_key_is(struct str);
bool label_value_is(struct str);

#endif
