// A filter that calls out by itself, with nothing of the standard library.
package main

import "unsafe"

var kept [][]byte

//go:wasmimport env proxy_http_call
func proxyHTTPCall(cluster unsafe.Pointer, clusterLen uint32, headers unsafe.Pointer, headersLen uint32, body unsafe.Pointer, bodyLen uint32,
	trailers unsafe.Pointer, trailersLen uint32, timeout uint32, id unsafe.Pointer) uint32

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func allocate(n uint32) unsafe.Pointer {
	b := make([]byte, n+1)
	kept = append(kept, b)
	return unsafe.Pointer(&b[0])
}

//go:wasmexport proxy_on_configure
func onConfigure(context, n uint32) uint32 { return 1 }

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(context, n, end uint32) uint32 {
	cluster, headers, id := []byte("outbound|47080||auth.auth-check.shop.callout.internal"), []byte{0, 0, 0, 0}, uint32(0)
	return proxyHTTPCall(unsafe.Pointer(&cluster[0]), uint32(len(cluster)), unsafe.Pointer(&headers[0]), 4, nil, 0, nil, 0, 500, unsafe.Pointer(&id))
}

//go:wasmexport proxy_on_http_call_response
func onHTTPCallResponse(context, id, headers, body, trailers uint32) {}

func main() {}
