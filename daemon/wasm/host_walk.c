/* BytecodeUtil::getAbiVersion of the Proxy-Wasm C++ host, and what WasmBase::load logs behind it. */
#include "wasm/host_walk.h"

#include "base/str.h"

#define CORRUPTED "Failed to parse corrupted Wasm module"
#define NO_ABI    "Missing or unknown Proxy-Wasm ABI version"
#define BYTECODE  "Failed to load Wasm bytecode"

enum { EXPORTS = 7, NAME_BYTES = 23 }; /* those of an ABI's name */

static const char *const abi_names[] = { "proxy_abi_version_0_1_0", "proxy_abi_version_0_2_0",
	                                 "proxy_abi_version_0_2_1" };

static bool is_abi(struct wasm_cursor *c, uint32_t length)
{
	struct str name = cursor_peek(c, NAME_BYTES);

	for (size_t i = 0; length == NAME_BYTES && i < sizeof(abi_names) / sizeof(abi_names[0]); i++)
		if (str_is(name, abi_names[i]))
			return true;
	return false;
}

/* It reads no further than to the first that names an ABI. */
static bool exports_abi(struct wasm_cursor *c)
{
	uint32_t n = cursor_u32(c);

	if (n > cursor_left(c))
		cursor_fail(c, "more exports than bytes");
	while (n-- && !c->fault) {
		uint32_t length = cursor_u32(c);
		bool     named = is_abi(c, length);

		cursor_skip(c, length);
		if (cursor_u8(c) == 0 && named && !c->fault)
			return true;
		cursor_u32(c);
	}
	return false;
}

/* The first exports decide. Where they name an ABI all sections are walked once more, to take the custom ones out. */
const char *host_walk_log(struct wasm_cursor *c)
{
	const char *log = NO_ABI;
	bool        decided = false;

	while (cursor_has_byte(c)) {
		bool     exports = cursor_u8(c) == EXPORTS && !decided;
		uint32_t size = cursor_u32(c);
		uint64_t outer = cursor_enter(c, size, "longer than the file");

		decided = decided || exports;
		if (exports && exports_abi(c))
			log = BYTECODE;
		else if (exports)
			break;
		cursor_skip(c, cursor_left(c));
		cursor_leave(c, outer, "not used up");
	}
	log = c->fault ? CORRUPTED : log;
	if (!c->error)
		c->fault = NULL;
	return log;
}
