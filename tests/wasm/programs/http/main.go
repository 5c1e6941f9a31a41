// A filter that opens a connection itself, as it would in any other program.
package main

import (
	"net/http"
	"unsafe"
)

var kept [][]byte

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func allocate(n uint32) unsafe.Pointer {
	b := make([]byte, n+1)
	kept = append(kept, b)
	return unsafe.Pointer(&b[0])
}

func main() {}

//go:wasmexport proxy_on_configure
func onConfigure(context, n uint32) uint32 {
	answer, err := http.Get("https://auth.example.com/v1/check")
	if err == nil {
		answer.Body.Close()
	}
	return 1
}
