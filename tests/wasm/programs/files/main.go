// A filter that reads a file.
package main

import (
	"os"
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
	text, _ := os.ReadFile("/etc/filter.conf")
	return uint32(len(text)) + 1
}
