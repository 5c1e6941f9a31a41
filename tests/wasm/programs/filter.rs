// A filter without an SDK, as a `cdylib`; --cfg picks what it uses beyond that.
#![crate_type = "cdylib"]

extern "C" {
    fn proxy_http_call(
        cluster: *const u8, cluster_size: usize, headers: *const u8, headers_size: usize, body: *const u8, body_size: usize,
        trailers: *const u8, trailers_size: usize, timeout: u32, token: *mut u32,
    ) -> u32;
}

const CLUSTER: &str = "outbound|443||auth.example.com";

#[no_mangle]
pub extern "C" fn proxy_abi_version_0_2_1() {}

#[no_mangle]
pub extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    let mut bytes = Vec::<u8>::with_capacity(size);
    let p = bytes.as_mut_ptr();
    std::mem::forget(bytes);
    p
}

#[no_mangle]
pub extern "C" fn proxy_on_vm_start(_: u32, _: u32) -> u32 {
    1
}

#[no_mangle]
pub extern "C" fn proxy_on_configure(_: u32, _: u32) -> u32 {
    1
}

#[no_mangle]
pub extern "C" fn proxy_on_http_call_response(_: u32, _: u32, _: u32, _: u32, _: u32) {}

#[no_mangle]
pub extern "C" fn proxy_on_request_headers(_: u32, _: u32, _: u32) -> u32 {
    let headers = b"\0";
    let mut token = 0;
    used() + unsafe {
        proxy_http_call(
            CLUSTER.as_ptr(), CLUSTER.len(), headers.as_ptr(), 1, headers.as_ptr(), 0, headers.as_ptr(), 0, 100, &mut token,
        )
    }
}

#[cfg(files)]
fn used() -> u32 {
    std::fs::read_to_string("/etc/hosts").map_or(0, |s| s.len() as u32)
}

#[cfg(links)]
fn used() -> u32 {
    std::fs::hard_link("/a", "/b").is_ok() as u32
}

#[cfg(net)]
fn used() -> u32 {
    use std::io::Write;
    std::net::TcpStream::connect("auth.example.com:443").and_then(|mut s| s.write(b"x")).unwrap_or(0) as u32
}

#[cfg(sleep)]
fn used() -> u32 {
    std::thread::sleep(std::time::Duration::from_millis(1));
    0
}

#[cfg(not(any(files, links, net, sleep)))]
fn used() -> u32 {
    0
}
