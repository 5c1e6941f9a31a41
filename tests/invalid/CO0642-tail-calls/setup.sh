{ cat head; head -c 17825792 /dev/zero; cat tail; } >filter.wasm
