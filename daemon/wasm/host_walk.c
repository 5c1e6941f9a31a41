/* BytecodeUtil::getAbiVersion of the Proxy-Wasm C++ host, and what WasmBase::load logs behind it. */
#include "wasm/host_walk.h"

#include "wasm/abi.h"
#include "wasm/host_log.h"

enum { EXPORTS = 7 };

static bool is_abi(struct wasm_cursor *c, uint32_t length)
{
	return length == ABI_NAME_BYTES && abi_named(cursor_peek(c, ABI_NAME_BYTES));
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
	const char *log = HOST_LOG_NO_ABI;
	bool        decided = false;

	while (cursor_has_byte(c)) {
		bool     exports = cursor_u8(c) == EXPORTS && !decided;
		uint32_t size = cursor_u32(c);
		uint64_t outer = cursor_enter(c, size, "longer than the file");

		decided = decided || exports;
		if (exports && exports_abi(c))
			log = HOST_LOG_BYTECODE;
		else if (exports)
			break;
		cursor_skip(c, cursor_left(c));
		cursor_leave(c, outer, "not used up");
	}
	log = c->fault ? HOST_LOG_CORRUPTED : log;
	if (!c->error)
		c->fault = NULL;
	return log;
}
