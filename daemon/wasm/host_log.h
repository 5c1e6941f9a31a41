/* host_log.h - the first lines of Envoy's log by which the Proxy-Wasm C++ host refuses a module (its src/wasm.cc). */
#ifndef CALLOUT_WASM_HOST_LOG_H
#define CALLOUT_WASM_HOST_LOG_H

#define HOST_LOG_CORRUPTED "Failed to parse corrupted Wasm module"
#define HOST_LOG_NO_ABI    "Missing or unknown Proxy-Wasm ABI version"
#define HOST_LOG_BYTECODE  "Failed to load Wasm bytecode"

#endif
