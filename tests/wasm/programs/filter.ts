@external("env", "proxy_http_call")
declare function proxy_http_call(c: usize, cn: usize, h: usize, hn: usize, b: usize, bn: usize, t: usize, tn: usize, ms: u32, id: usize): u32;
const CLUSTER = "outbound|443||auth.example.com";
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(n: usize): usize { return heap.alloc(n); }
export function proxy_on_vm_start(c: u32, n: u32): u32 { return 1; }
export function proxy_on_configure(c: u32, n: u32): u32 { return 1; }
export function proxy_on_http_call_response(c: u32, id: u32, n: u32, b: u32, t: u32): void {}
export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 {
  const name = String.UTF8.encode(CLUSTER);
  const id = heap.alloc(4);
  if (Date.now() & 1) trace("odd");
  return proxy_http_call(changetype<usize>(name), name.byteLength, id, 0, id, 0, id, 0, 100, id);
}
