#include "serve/access/san.h"

#include <arpa/inet.h>

#include "base/arena.h"
#include "names/hostname.h"

enum type { DNS, URI, EMAIL, IP, NO_TYPE };

static const struct str types[NO_TYPE] = { STR_INIT("DNS:"), STR_INIT("URI:"), STR_INIT("email:"), STR_INIT("IP:") };

static enum type type_of(struct str san, struct str *ret_value)
{
	unsigned t = 0;

	while (t < NO_TYPE && !str_eq_nocase(str_slice(san, 0, types[t].n), types[t]))
		t++;
	*ret_value = t < NO_TYPE ? str_slice(san, types[t].n, san.n) : san;
	return (enum type)t;
}

/* As inet_ntop writes it, which writes the names of certificates too. */
static struct str address_text(struct arena *arena, struct str address)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	char          text[INET6_ADDRSTRLEN] = "";
	int           family = ip_is_v4(address) ? AF_INET : AF_INET6;

	if (inet_pton(family, str_copy(arena, address).p, bytes) == 1)
		inet_ntop(family, bytes, text, sizeof(text));
	return str_copy(arena, str_c(text));
}

bool san_read(struct arena *arena, struct str given, struct str *ret)
{
	struct str value;
	enum type  type = type_of(given, &value);

	if (value.n == 0 || (type == IP && !ip_is(value)))
		return false;
	if (type == DNS)
		value = str_lower(arena, value);
	if (type == IP || (type == NO_TYPE && ip_is(value)))
		value = address_text(arena, value);
	*ret = type == NO_TYPE ? value : STR_CONCAT(arena, types[type], value);
	return true;
}

/* RFC 5280 7.2: the case of a DNS name's letters does not count. What has a type is no name of another one, which may hold whatever
 * text it likes: "dns:ci.example" is a URI too. */
bool san_is(struct str san, struct str name)
{
	struct str wanted, value;
	enum type  type = type_of(san, &wanted), is = type_of(name, &value);

	if (type != is && type != NO_TYPE)
		return false;
	return is == DNS ? str_eq_nocase(wanted, value) : str_eq(wanted, value);
}
