#include "wasm/abi.h"

#include "wasm/host_functions.h"

static const struct abi abi_table[] = {
	{ "proxy_abi_version_0_1_0", ABI_0_1_0, "0.1.0" },
	{ "proxy_abi_version_0_2_0", ABI_0_2_0, "0.2.0" },
	{ "proxy_abi_version_0_2_1", ABI_0_2_1, "0.2.1" },
};

const struct abi *abi_named(struct str export)
{
	for (size_t i = 0; i < sizeof(abi_table) / sizeof(abi_table[0]); i++)
		if (str_is(export, abi_table[i].export))
			return &abi_table[i];
	return NULL;
}
