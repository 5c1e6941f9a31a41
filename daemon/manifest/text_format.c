#include "manifest/text_format.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "manifest/module_url.h"
#include "names/hostname.h"
#include "names/istio_version.h"

static bool all_of(struct str s, bool (*test)(unsigned char))
{
	for (size_t i = 0; i < s.n; i++)
		if (!test((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

static bool is_graph(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

static bool is_no_control(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

static bool printable_is(struct str s)
{
	return all_of(s, is_graph);
}

static bool no_controls_is(struct str s)
{
	return all_of(s, is_no_control);
}

static bool request_path_is(struct str s)
{
	return printable_is(s) && s.p[0] == '/' && str_find(s, '#', 0) == s.n;
}

/* The offset behind the host, where the text ends or the colon of a port stands. SIZE_MAX: brackets without an
 * IPv6 address in them. */
static size_t end_of_host(struct str authority)
{
	size_t close = str_find(authority, ']', 0);

	if (authority.p[0] == '[')
		return close + 1 == authority.n || (close < authority.n && authority.p[close + 1] == ':') ? close + 1
		                                                                                          : SIZE_MAX;
	if (close < authority.n || str_find(authority, '[', 0) < authority.n)
		return SIZE_MAX;
	return str_find(authority, ':', 0);
}

/* RFC 3986, section 3.2: host [":" port]; only an IPv6 address, in brackets, holds further colons. */
static bool has_good_port(struct str authority)
{
	size_t   colon = end_of_host(authority);
	uint64_t port;

	if (colon >= authority.n)
		return colon == authority.n;
	return colon > 0 && str_to_uint(str_slice(authority, colon + 1, authority.n), 65535, &port) && port > 0;
}

static bool authority_is(struct str s)
{
	static const char forbidden[] = "/?#@\\\"<>{}|^`,;";

	for (size_t i = 0; i < sizeof(forbidden) - 1; i++)
		if (str_find(s, forbidden[i], 0) < s.n)
			return false;
	return printable_is(s) && has_good_port(s);
}

static bool kind_char(unsigned char c)
{
	return ascii_is_alnum_or(c, "-");
}

static bool subset_is(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!kind_char((unsigned char)s.p[i]))
			return false;
	return s.n > 0 && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

/* RFC 6066, section 3: a DNS name without a dot behind it, and no address. Istio's own names (outbound_.80_._.HOST) have
 * underscores. */
static bool sni_is(struct str s)
{
	bool in_label = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' ? !in_label : !(kind_char((unsigned char)s.p[i]) || s.p[i] == '_'))
			return false;
		in_label = s.p[i] != '.';
	}
	return in_label && !ip_is(s);
}

static bool is_number_char(unsigned char c)
{
	return ascii_is_digit(c) || c == '.';
}

/* Has the pattern the form HOST:PORT, [ADDRESS] or 10.0? Hosts and addresses, which the policy is matched with,
 * never do. */
static bool is_nobodys_host(struct str s)
{
	struct str host, port = str_cut(s, ':', &host), ignored;

	if (s.p[0] == '[' || (all_of(s, is_number_char) && !ip_is(s)))
		return true;
	return all_of(port, is_number_char) && str_find(host, '.', 0) < host.n &&
	       (ip_is(host) || hostname_check(host, &ignored) == HOSTNAME_OK);
}

/* A pattern of the policy. One that can never match is refused, since it would silently deny nothing. */
static bool host_pattern_is(struct str s)
{
	struct str rest = str_has_prefix(s, STR("*.")) ? str_slice(s, 2, s.n) : s;

	return str_is(s, "*") || (printable_is(rest) && str_find(rest, '*', 0) == rest.n &&
	                          str_find(rest, '/', 0) == rest.n && !is_nobodys_host(rest));
}

static bool export_is(struct str s)
{
	return str_is(s, ".") || str_is(s, "*") || dns_label_is(s);
}

/* Istio refuses hosts whose last label is a number. */
static bool suffix_is(struct str s)
{
	struct str ignored;

	return dns_subdomain_is(s) && hostname_check(s, &ignored) == HOSTNAME_OK;
}

static bool version_is(struct str s)
{
	int minor;

	return istio_version_parse(s, &minor);
}

/* CRD: ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$, at most 63 */
static bool kind_is(struct str s)
{
	return s.n <= 63 && all_of(s, kind_char) && s.p[s.n - 1] != '-' && !ascii_is_digit(s.p[0]) && s.p[0] != '-';
}

static bool group_is(struct str s)
{
	return s.n == 0 || dns_subdomain_is(s);
}

static bool hex_char(unsigned char c)
{
	return ascii_is_lower_hex(c);
}

static bool sha256_is(struct str s)
{
	return s.n == 64 && all_of(s, hex_char);
}

/* Kubernetes: what envsubst and shells can name, wider than C identifiers. */
static bool env_name_char(unsigned char c)
{
	return kind_char(c) || c == '_' || c == '.';
}

static bool env_name_is(struct str s)
{
	return all_of(s, env_name_char) && !ascii_is_digit(s.p[0]);
}

/* Both are compared as they stand: with a wildcard inside, a path or a final slash they would never match. */
static bool served_name_is(struct str s)
{
	return str_is(s, "*") || (authority_is(s) && str_find(s, '*', 0) == s.n);
}

static bool listened_is(struct str s)
{
	struct str host, port;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F)
			return false;
	return listened_split(s, &host, &port);
}

static bool origin_is(struct str s)
{
	size_t at = str_find_str(s, STR("://"), 0);

	if (at == s.n)
		return str_is(s, "*") || str_is(s, "null");
	return kind_is(str_slice(s, 0, at)) && at + 3 < s.n && str_find(s, '*', 0) == s.n &&
	       authority_is(str_slice(s, at + 3, s.n));
}

#define LABEL  "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define HLABEL "[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?"

static const struct {
	bool (*test)(struct str); /* NULL: judged elsewhere */
	const char    *text;
	const char    *pattern;
	enum diag_code code;
} formats[] = {
	[TEXT_ANY] = { NULL, "a string", NULL, CO_NAME_INVALID },
	[TEXT_DNS_LABEL] = { dns_label_is,
	                     "a name of lower-case letters, digits and inner hyphens, at most 63 characters",
	                     "^" LABEL "$", CO_NAME_INVALID },
	[TEXT_DNS_SUBDOMAIN] = { dns_subdomain_is, "lower-case names joined by dots, at most 253 characters",
	                         "^" LABEL "(\\." LABEL ")*$", CO_NAME_INVALID },
	[TEXT_ISTIO_VERSION] = { version_is, "a version of Istio such as 1.27",
	                         "^1\\.(0|[1-9][0-9]{0,2})(\\.[0-9]{1,3})?$", CO_NAME_INVALID },
	[TEXT_HOST] = { NULL, "a host name", "^" HLABEL "(\\." HLABEL ")*\\.?$", CO_HOST_INVALID },
	[TEXT_SHA256] = { sha256_is, "64 lower-case hexadecimal digits", "^[a-f0-9]{64}$", CO_SHA256_INVALID },
	[TEXT_ADDRESS] = { NULL, "an IP address, or with DNS a host name", NULL, CO_ADDRESS_INVALID },
	[TEXT_CLUSTER] = { printable_is, "printable ASCII without blanks", "^[!-~]+$", CO_NAME_INVALID },
	[TEXT_PATH] = { request_path_is, "a path that begins with / and is ASCII without blanks and #", "^/[!-\"$-~]*$",
	                CO_NAME_INVALID },
	[TEXT_AUTHORITY] = { authority_is, "a host name, with :port if need be",
	                     "^(\\[[^\\s/?#@]+\\]|[^\\s/?#@:\\[][^\\s/?#@:]*)(:0*[1-9][0-9]{0,4})?$", CO_NAME_INVALID },
	[TEXT_SUBSET] = { subset_is, "letters, digits and inner hyphens", "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
	                  CO_NAME_INVALID },
	[TEXT_SNI] = { sni_is, "a host name without wildcard, port and final dot",
	               "^[-_A-Za-z0-9]+(\\.[-_A-Za-z0-9]+)*$", CO_NAME_INVALID },
	[TEXT_HOST_PATTERN] = { host_pattern_is,
	                        "a host name, an IP address, the name of a cluster, *.DOMAIN or *, without port",
	                        "^(\\*|(\\*\\.)?[!-)+-.0-~]+)$", CO_NAME_INVALID },
	[TEXT_URL_PREFIX] = { module_url_is_prefix,
	                      "the beginning of a URL, such as oci://ghcr.io/acme/, without wildcards",
	                      "^((oci|https?)://[^\\s/?#@*%]+(/[^\\s#*%\\\\]*)?|file:///[^\\s#*%\\\\]*)$",
	                      CO_NAME_INVALID },
	[TEXT_SUFFIX] = { suffix_is, "lower-case names joined by dots, the last of which is no number",
	                  "^" LABEL "(\\." LABEL ")*$", CO_NAME_INVALID },
	[TEXT_SUBJECT] = { printable_is, "printable ASCII without blanks", "^[!-~]+$", CO_NAME_INVALID },
	[TEXT_EXPORT] = { export_is, "\".\", \"*\" or the name of a namespace", "^(\\.|\\*|" LABEL ")$",
	                  CO_NAME_INVALID },
	[TEXT_FILE] = { no_controls_is, "a path without control characters", "^[^\\u0000-\\u001f\\u007f]+$",
	                CO_NAME_INVALID },
	[TEXT_KUBERNETES_KIND] = { kind_is, "a kind such as Gateway", "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
	                           CO_NAME_INVALID },
	[TEXT_GROUP] = { group_is, "an API group, or empty for core", "^(" LABEL "(\\." LABEL ")*)?$",
	                 CO_NAME_INVALID },
	[TEXT_NO_CONTROLS] = { no_controls_is, "text without control characters", "^[^\\u0000-\\u001f\\u007f]+$",
	                       CO_NAME_INVALID },
	[TEXT_ENV_NAME] = { env_name_is, "letters, digits, _, - and ., not beginning with a digit",
	                    "^[-._a-zA-Z][-._a-zA-Z0-9]*$", CO_NAME_INVALID },
	[TEXT_SERVED_NAME] = { served_name_is, "a name without scheme and path, with :port if need be, or *", NULL,
	                       CO_NAME_INVALID },
	[TEXT_LISTENED] = { listened_is, "ADDRESS:PORT, such as 127.0.0.1:8686 or [::1]:8686", NULL, CO_NAME_INVALID },
	[TEXT_ORIGIN] = { origin_is, "SCHEME://HOST, with :PORT if need be, without a path and a final slash, or *",
	                  NULL, CO_NAME_INVALID },
};

bool text_format_is(enum text_format format, struct str s)
{
	return !formats[format].test || formats[format].test(s);
}

enum diag_code text_format_code(enum text_format format)
{
	return formats[format].code;
}

const char *text_format_pattern(enum text_format format)
{
	return formats[format].pattern;
}

const char *text_format_text(enum text_format format)
{
	return formats[format].text;
}
