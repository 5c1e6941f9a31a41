#include "names/hostname.h"

#include <arpa/inet.h>

#include "base/arena.h"
#include "base/ascii.h"

static bool all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* [a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?, at most 63. */
static bool host_label_is(struct str s)
{
	if (s.n == 0 || s.n > 63 || !ascii_is_alnum(s.p[0]) || !ascii_is_alnum(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

static bool has_any(struct str s, const char *set)
{
	for (; *set; set++)
		if (str_find(s, *set, 0) < s.n)
			return true;
	return false;
}

static bool has_high_bit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return true;
	return false;
}

static enum hostname_fault check_labels(struct str s, struct str *culprit)
{
	struct str rest = s, label;

	do {
		rest = str_cut(rest, '.', &label);
		*culprit = label;
		if (rest.p && rest.n == 0) { /* the trailing dot */
			rest = STR_ABSENT;
		}
		if (!host_label_is(label))
			return HOSTNAME_BAD_LABEL;
	} while (rest.p);
	return all_digits(label) ? HOSTNAME_NUMERIC_TLD : HOSTNAME_OK;
}

enum hostname_fault hostname_check(struct str s, struct str *culprit)
{
	struct str ignored, bare;

	if (!culprit)
		culprit = &ignored;
	*culprit = s;
	if (s.n == 0)
		return HOSTNAME_EMPTY;
	bare = s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']' ? str_slice(s, 1, s.n - 1) : s;
	if (ip_is(bare))
		return HOSTNAME_IP;
	if (has_any(s, "/:@?# \t"))
		return HOSTNAME_URL;
	if (has_any(s, "*"))
		return HOSTNAME_WILDCARD;
	if (has_high_bit(s))
		return HOSTNAME_IDN;
	if (hostname_without_dot(s).n > 253)
		return HOSTNAME_TOO_LONG;
	return check_labels(s, culprit);
}

const char *hostname_fault_text(enum hostname_fault fault)
{
	static const char *const texts[] = {
		[HOSTNAME_OK] = "valid",
		[HOSTNAME_EMPTY] = "it is empty",
		[HOSTNAME_TOO_LONG] = "it is longer than 253 characters",
		[HOSTNAME_BAD_LABEL] = "each label is 1 to 63 letters, digits and inner hyphens",
		[HOSTNAME_NUMERIC_TLD] = "its last label is a number",
		[HOSTNAME_WILDCARD] = "it is a wildcard",
		[HOSTNAME_IP] = "it is an IP address",
		[HOSTNAME_URL] = "it holds more than a name",
		[HOSTNAME_IDN] = "international names are written in their xn-- form",
	};

	return texts[fault];
}

struct str hostname_without_dot(struct str host)
{
	return host.n && host.p[host.n - 1] == '.' ? str_slice(host, 0, host.n - 1) : host;
}

struct str hostname_with_port(struct arena *arena, struct str host, int64_t port)
{
	bool v6 = str_find(host, ':', 0) < host.n;

	return STR_CONCAT(arena, v6 ? STR("[") : STR(""), host, v6 ? STR("]:") : STR(":"), str_from_int(arena, port));
}

bool hostname_same(struct str a, struct str b)
{
	return str_eq_nocase(hostname_without_dot(a), hostname_without_dot(b));
}

bool hostname_in_domain(struct str host, struct str domain)
{
	host = hostname_without_dot(host);
	domain = hostname_without_dot(domain);
	if (domain.n == 0 || !str_ends_with_nocase(host, domain))
		return false;
	return host.n == domain.n || host.p[host.n - domain.n - 1] == '.';
}

/* The address as 16 bytes, in which every spelling of it is equal; IPv4 as IPv4-mapped IPv6. False: it is not an
 * address. */
static bool address_bytes(struct str s, struct in6_addr *ret)
{
	char           z[INET6_ADDRSTRLEN + 1];
	struct in_addr v4;

	if (!ip_is(s))
		return false;
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	if (inet_pton(AF_INET6, z, ret) == 1)
		return true;
	*ret = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
	if (inet_pton(AF_INET, z, &v4) != 1)
		return false;
	memcpy(&ret->s6_addr[12], &v4, sizeof(v4));
	return true;
}

bool ip_is_mapped(struct arena *arena, struct str s, struct str *ret)
{
	struct in6_addr      a;
	const unsigned char *b = a.s6_addr;

	if (!ip_is_v6(s) || !address_bytes(s, &a) || !IN6_IS_ADDR_V4MAPPED(&a))
		return false;
	*ret = str_fmt(arena, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
	return true;
}

bool ip_same(struct str a, struct str b)
{
	struct in6_addr one, other;

	return address_bytes(a, &one) && address_bytes(b, &other) && memcmp(&one, &other, sizeof(one)) == 0;
}

bool hostname_matches(struct str pattern, struct str host)
{
	if (ip_same(pattern, host))
		return true;
	if (str_is(pattern, "*"))
		return true;
	if (str_has_prefix(pattern, STR("*."))) {
		struct str domain = hostname_without_dot(str_slice(pattern, 2, pattern.n));

		return hostname_in_domain(host, domain) && hostname_without_dot(host).n > domain.n;
	}
	return hostname_same(pattern, host);
}

/* Is it an address of this family? None is longer than the longest IPv6 address. */
static bool is_address(struct str s, int family)
{
	char            z[INET6_ADDRSTRLEN + 1];
	struct in6_addr ignored; /* the larger of the two */

	if (s.n == 0 || s.n >= sizeof(z) || memchr(s.p, 0, s.n))
		return false;
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	return inet_pton(family, z, &ignored) == 1;
}

bool ip_is_v4(struct str s)
{
	return is_address(s, AF_INET);
}

bool ip_is_v6(struct str s)
{
	return is_address(s, AF_INET6);
}

/* [a-z0-9]([-a-z0-9]*[a-z0-9])?, of any length. */
static bool lower_case_is(struct str s)
{
	if (s.n == 0 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '-' && (!ascii_is_alnum(s.p[i]) || ascii_is_upper(s.p[i])))
			return false;
	return true;
}

bool dns_label_is(struct str s)
{
	return s.n <= 63 && lower_case_is(s);
}

bool dns_subdomain_is(struct str s)
{
	struct str rest = s, label;

	if (s.n == 0 || s.n > 253)
		return false;
	do {
		rest = str_cut(rest, '.', &label);
		if (!lower_case_is(label))
			return false;
	} while (rest.p);
	return true;
}

/* ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9], at most 63. */
static bool qualified_is(struct str s)
{
	if (s.n == 0 || s.n > 63 || !ascii_is_alnum(s.p[0]) || !ascii_is_alnum(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && !strchr("-_.", s.p[i]))
			return false;
	return true;
}

bool label_key_is(struct str s)
{
	struct str prefix, name = str_cut(s, '/', &prefix);

	if (!name.p)
		return qualified_is(s);
	return dns_subdomain_is(prefix) && qualified_is(name);
}

bool label_value_is(struct str s)
{
	return s.n == 0 || qualified_is(s);
}

/* What stands before the last colon, and the digits and number of the port behind it. */
static bool split_at_port(struct str s, struct str *before, struct str *digits, unsigned *port)
{
	size_t     colon = str_find_last(s, ':');
	struct str behind = str_slice(s, colon + 1, s.n);
	uint64_t   number;

	if (colon == s.n || !str_to_uint(behind, UINT16_MAX, &number))
		return false;
	*before = str_slice(s, 0, colon);
	*digits = behind;
	*port = (unsigned)number;
	return true;
}

static bool is_bracketed(struct str s)
{
	return s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';
}

static struct str without_brackets(struct str s)
{
	return is_bracketed(s) ? str_slice(s, 1, s.n - 1) : s;
}

bool host_port_split(struct str s, struct str *host, unsigned *port)
{
	struct str before, digits;
	unsigned   number;

	if (!split_at_port(s, &before, &digits, &number) || before.n == 0)
		return false;
	*host = without_brackets(before);
	*port = number;
	return true;
}

bool listened_split(struct str s, struct str *host, struct str *port)
{
	struct str before, digits;
	unsigned   number;

	if (!split_at_port(s, &before, &digits, &number) ||
	    (!is_bracketed(before) && str_find(before, ':', 0) < before.n))
		return false;
	*host = without_brackets(before);
	*port = digits;
	return true;
}
