#include "wasm/lookup.h"

#include "base/ascii.h"

enum { INDEX_DIGITS = 10 };
#define INDEX_MAX UINT64_C(4294967294)

struct str lookup_name(struct str name)
{
	return name.n && name.p[name.n - 1] == '\0' ? str_of(name.p, name.n - 1) : name;
}

bool lookup_is_index(struct str name)
{
	uint64_t n = 0;

	if (!name.n || name.n > INDEX_DIGITS || (name.p[0] == '0' && name.n > 1))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!ascii_is_digit((unsigned char)name.p[i]))
			return false;
		n = n * 10 + (uint64_t)(name.p[i] - '0');
	}
	return n <= INDEX_MAX;
}

const char *lookup_fault(struct str name)
{
	struct str asked = lookup_name(name);

	if (lookup_is_index(asked))
		return "a name that is a number";
	return asked.n < name.n ? "a name that ends in a zero byte" : NULL;
}
