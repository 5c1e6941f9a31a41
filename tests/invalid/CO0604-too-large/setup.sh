{ cat head; head -c 268435456 /dev/zero; cat tail; } >filter.wasm
