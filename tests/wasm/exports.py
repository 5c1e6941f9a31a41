"""Exports: the ABI's version, callbacks, initializers, commands, the allocator; missing, of other types, of other kinds."""

from imports import WASI
from module import END, GLOBAL, Module, call, custom, filter_with, i32, name


def abi_exports():
    for abi in ("0_1_0", "0_2_0", "0_2_1", "0_3_0", "0_2_2", "0_2_100"):
        yield f"abi-version-{abi}", filter_with(abi=abi).bytes()
    yield "abi-none", filter_with(abi=None).bytes()
    m = Module(abi=None, export_memory="proxy_abi_version_0_2_1")
    yield "abi-is-a-memory", m.finish().bytes()
    m = Module(abi=None)
    m.function("ii>i", export="proxy_abi_version_0_2_1")
    yield "abi-of-another-type", m.finish().bytes()
    for first, second in (("0_1_0", "0_2_1"), ("0_2_1", "0_1_0")):
        m = Module(abi=None)
        m.function(">", export=f"proxy_abi_version_{first}")
        m.function(">", export=f"proxy_abi_version_{second}")
        m.function("iii>i", export="proxy_on_request_headers")
        yield f"abi-two-{first}-first", m.finish().bytes()


CALLBACKS = {
    "proxy_validate_configuration": "ii>i", "proxy_on_tick": "i>", "proxy_on_context_create": "ii>", "proxy_on_new_connection": "i>i",
    "proxy_on_downstream_data": "iii>i", "proxy_on_upstream_data": "iii>i", "proxy_on_downstream_connection_close": "ii>",
    "proxy_on_upstream_connection_close": "ii>", "proxy_on_request_headers": "iii>i", "proxy_on_request_body": "iii>i",
    "proxy_on_request_trailers": "ii>i", "proxy_on_request_metadata": "ii>i", "proxy_on_response_headers": "iii>i",
    "proxy_on_response_body": "iii>i", "proxy_on_response_trailers": "ii>i", "proxy_on_response_metadata": "ii>i",
    "proxy_on_http_call_response": "iiiii>", "proxy_on_grpc_receive": "iii>", "proxy_on_grpc_close": "iii>",
    "proxy_on_grpc_receive_initial_metadata": "iii>", "proxy_on_grpc_receive_trailing_metadata": "iii>", "proxy_on_queue_ready": "ii>",
    "proxy_on_foreign_function": "iii>", "proxy_on_done": "i>i", "proxy_on_log": "i>", "proxy_on_delete": "i>",
    "envoy_on_resolve_dns": "iii>", "envoy_on_stats_update": "ii>",
}


def exported(title, text, **kw):
    m = Module(**kw)
    body = i32(1) if text.endswith(">i") else None
    m.function(text, body, export=title)
    return m.finish().bytes()


def callbacks():
    for title, text in CALLBACKS.items():
        params, _, results = text.partition(">")
        yield f"export-{title}", exported(title, text)
        yield f"export-wrong-{title}", exported(title, f"{params}i>{results}")
    for title in ("proxy_on_request_headers", "proxy_on_response_headers"):
        yield f"export-0_1_0-{title}", exported(title, "ii>i", abi="0_1_0")
        yield f"export-0_1_0-wrong-{title}", exported(title, "iii>i", abi="0_1_0")
    yield "export-0_1_0-foreign", exported("proxy_on_foreign_function", "iiii>", abi="0_1_0")
    yield "export-unknown-callback", exported("proxy_on_xyz", "iiiiii>i")
    yield "export-vm-start-wrong", Module().finish().bytes().replace(b"proxy_on_vm_start", b"proxy_on_vm_stirt")
    g = Module()
    g.globals.append(b"\x7f\0" + i32(0) + END)
    g.export("proxy_on_tick", GLOBAL, 0)
    yield "export-callback-is-a-global", g.finish().bytes()


def initializers():
    for title, text in (("_initialize", ">"), ("_start", ">"), ("_initialize", "i>"), ("_start", ">i"), ("main", "i>i")):
        yield f"init-{title}-{text.replace('>', '-to-')}", exported(title, text)
    for second, text in (("main", "ii>i"), ("main", ">i"), ("__main_void", ">i"), ("__main_void", ">"), ("_start", "i>"), ("_start", ">")):
        m = Module()
        m.function(">", export="_initialize")
        m.function(text, export=second)
        yield f"init-both-{second}-{text.replace('>', '-to-')}", m.finish().bytes()
    m = Module()
    m.function("i>", export="_initialize")
    m.function("i>", export="_start")
    yield "init-both-wrong", m.finish().bytes()


TINYGO = custom("producers", b"\1" + name("processed-by") + b"\1" + name("TinyGo") + name("0.40.1"))


def commands():
    """TinyGo's _start: since it exits at its end, behind what may be a panic, no filter of it stays."""
    panic, leave = b"\x02\x40" + i32(0) + b"\x0d\0", b"\x0f" + END + b"\0"  # a branch over the return to a trap
    for title, body, stays in (("exits", i32(0) + b"EXIT", b""), ("exits-on-a-condition", i32(0) + b"\x04\x40" + i32(0) + b"EXIT" + END, b"FINE"),
                               ("returns", b"FINE", b"")):
        m = Module()
        exit_ = m.add_import(WASI[0], "proc_exit", "i>")
        fine = m.function(">")
        code = panic + body + stays + leave
        m.function(">", code.replace(b"EXIT", call(exit_)).replace(b"FINE", call(fine)), export="_start")
        m.custom_after = TINYGO
        yield f"command-of-tinygo-{title}", m.finish().bytes()


def hanging():
    """Behind what it minds in the exports Envoy still runs the initializers."""
    loop = b"\x03\x40\x0c\0" + END
    for title, text, fault in (("_initialize", ">", "no-malloc"), ("_start", ">", "wrong-export"), ("_initialize", "i>", "no-malloc")):
        m = Module(malloc=None if fault == "no-malloc" else "malloc")
        m.function(text, loop, export=title)
        if fault == "wrong-export":
            m.function("i>", export="proxy_on_done")
        yield f"hanging-{title}-{text.replace('>', '-to-')}-{fault}-endless", m.finish().bytes()


def allocators():
    yield "malloc-none", filter_with(malloc=None).bytes()
    yield "malloc-plain", filter_with(malloc="malloc").bytes()
    for title, text in (("malloc", ">i"), ("malloc", "i>"), ("proxy_on_memory_allocate", "ii>i")):
        m = Module(malloc=None)
        m.function(text, export=title)
        yield f"malloc-wrong-{title}-{text.replace('>', '-to-')}", m.finish().bytes()
    m = Module()
    m.function(">i", export="malloc")
    yield "malloc-wrong-beside-good", m.finish().bytes()
