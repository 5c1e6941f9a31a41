"""Modules that Envoys and `callout inspect` must judge alike: one per host function, one per rule.

Each is (name, bytes). Everything is made here, from bytes; nothing is read but host_functions.def for the names.
"""

import base64
import pathlib
import re

from bounds import bounds
from endings import endings
from garbage import garbage
from module import (END, FUNCTION, GLOBAL, HEADER, MEMORY, TABLE, TAG, Module, call, calling, custom, data_segment, filter_with, i32, i64,
                    leb, limits, name, number, section, signature, vector)
from lookups import lookups
from others import others
from segments import segments
from stretched import stretched

DEF = pathlib.Path(__file__).resolve().parents[2] / "daemon/wasm/host_functions.def"
WASI = ("wasi_snapshot_preview1", "wasi_unstable")
STANDARD = {"path_link": "iiiiiii>i", "path_symlink": "iiiii>i"}


def host_functions():
    """(module, name, type) of every row, wasi under its present name."""
    for module, field, text in re.findall(r'^HOST\((\w+), (\w+), "([iI>]*)"', DEF.read_text(), re.M):
        yield WASI[0] if module == "wasi" else module, field, text


# ---- imports ----


def imports():
    for module, field, text in host_functions():
        yield f"import-{field}", filter_with((module, field, text)).bytes()
        if module == WASI[0]:
            yield f"import-unstable-{field}", filter_with((WASI[1], field, text)).bytes()
    for field, text in STANDARD.items():
        yield f"import-standard-{field}", filter_with((WASI[0], field, text)).bytes()


def wrong_types():
    for module, field, text in host_functions():
        params, _, results = text.partition(">")
        yield f"type-one-more-{field}", filter_with((module, field, f"{params}i>{results}")).bytes()
    for text in ("ii>i", "iiii>i", "iii>", "iiI>i", "iii>I", "fff>i", "iii>ii"):
        yield f"type-proxy_log-{text.replace('>', '-to-')}", filter_with(("env", "proxy_log", text)).bytes()


NOT_OFFERED = [("env", "zzz", ">"), ("env", "proxy_log ", "iii>i"), ("env", "_proxy_log", "iii>i"),
               ("", "proxy_log", "iii>i"), ("env", "", ">"), ("ENV", "proxy_log", "iii>i"),
               ("env", "time.resetTimer", "iI>i"), ("env", "sync/atomic.AddInt32", "ii>i"), ("env", "abort", "iiii>"),
               ("env", "seed", ">F"), ("env", "socket", "iii>i"), ("Date", "now", ">F"),
               ("wasi", "thread-spawn", "i>i"), ("wasi_snapshot_preview1", "proc_raise", "i>i"),
               ("wasi_snapshot_preview1", "sock_open", "iii>i"), ("wasi_snapshot_preview2", "fd_write", "iiii>i"),
               ("wasi:http/outgoing-handler@0.2.0", "handle", "iii>i"), ("gojs", "runtime.wasmExit", "i>"),
               ("http_handler", "log", "iii>"), ("env", "proxy_redis_init", "iiiiiiii>i"),
               ("env", "proxy_redis_call", "iiiiii>i"), ("env", "proxy_get_upstream_hosts", "ii>i"),
               ("env", "proxy_set_upstream_override_host", "ii>i"),
               ("env", "proxy_inject_encoded_data_to_filter_chain", "iii>i"), ("env", "__cxa_throw", "iii>"),
               ("env", "invoke_v", "i>"), ("wbg", "__wbindgen_throw", "ii>"), ("wasi", "fd_write", "iiii>i"),]


def not_offered():
    for i, item in enumerate(NOT_OFFERED):
        yield "missing-%02d-%s" % (i, re.sub(r"\W+", "-", item[1])), filter_with(item).bytes()


def order():
    """Envoy tells the first fault in the order of the imports, whatever its kind."""
    good, missing, wrong = ("env", "proxy_log", "iii>i"), ("env", "zzz_missing", ">"), ("env", "proxy_done", "i>i")
    for title, items in {"missing-then-wrong": [missing, wrong], "wrong-then-missing": [wrong, missing],
                         "good-first": [good, missing], "two-missing": [missing, ("env", "zzz_other", ">")],
                         "twice-good": [good, good], "twice-missing": [missing, missing],
                         "original": [("env", "time.resetTimer", "iI>i"), ("env", "time.stopTimer", "i>i"),
                                      ("env", "time.startTimer", "i>"), ("env", "sync/atomic.AddInt32", "ii>i"),
                                      (WASI[0], "fd_filestat_get", "ii>i"), (WASI[0], "fd_pread", "iiiIi>i"),
                                      (WASI[0], "fd_prestat_get", "ii>i"), (WASI[0], "fd_prestat_dir_name", "iii>i"),
                                      (WASI[0], "path_open", "iiiiiIIii>i")]}.items():
        yield f"order-{title}", filter_with(*items).bytes()


def abi_functions():
    fields = {"proxy_get_configuration": "ii>i", "proxy_continue_request": ">i", "proxy_continue_response": ">i",
              "proxy_clear_route_cache": ">i", "proxy_continue_stream": "i>i", "proxy_close_stream": "i>i", "proxy_get_log_level": "i>i"}
    for abi in ("0_1_0", "0_2_0", "0_2_1"):
        for field, text in fields.items():
            yield f"abi-{abi}-{field}", filter_with(("env", field, text), abi=abi).bytes()


def other_kinds():
    g = Module()
    g.add_raw_import("env", "__stack_pointer", b"\x03\x7f\x01")
    yield "import-global", g.finish().bytes()
    g = Module()
    g.add_raw_import("env", "g", b"\x03\x7f\x00")
    g.add_import("env", "zzz", ">")
    yield "import-global-then-missing", g.finish().bytes()
    t = Module()
    t.add_raw_import("env", "table", b"\x01\x70" + limits(1))
    yield "import-table", t.finish().bytes()
    for title, what, exported in (("plain", limits(2), "memory"), ("not-exported", limits(2), None), ("17000-pages", limits(17000), None),
                                  ("16384-pages", limits(16384), None), ("shared", limits(1, 2, flags=2), None)):
        m = Module(memory=None)
        m.add_raw_import("env", "memory", b"\x02" + what)
        m.finish()
        if exported:
            m.export(exported, MEMORY, 0)
        yield f"import-memory-{title}", m.bytes()
    tag = Module()
    tag.add_raw_import("env", "tag", bytes([TAG, 0]) + leb(tag.type(">")))
    yield "import-tag", tag.finish().bytes()


def namesakes():
    """Two imports of one name: a function, a table and a memory."""
    kinds = {"function": None, "table": b"\1\x70" + limits(1), "memory": b"\2" + limits(2)}
    for first in kinds:
        for second in kinds:
            m = Module(memory=None if "memory" in (first, second) else limits(2))
            if first == second != "function":
                continue
            for kind in (first, second):
                if kind == "function":
                    m.add_import("env", "proxy_log", "iii>i")
                else:
                    m.add_raw_import("env", "proxy_log", kinds[kind])
            m.finish()
            if not m.memory:
                m.export("memory", MEMORY, 0)
            yield f"namesakes-{first}-and-{second}", m.bytes()


# ---- what V8's C interface can tell ----

NULLABLE = {"v128": b"\x7b", "anyref": b"\x6e", "eqref": b"\x6d", "i31ref": b"\x6c", "structref": b"\x6b", "arrayref": b"\x6a",
            "exnref": b"\x69", "nullref": b"\x71", "nullexternref": b"\x72", "nullfuncref": b"\x73", "indexed": b"\x63\0",
            "funcref": b"\x70", "externref": b"\x6f"}
NOT_NULL = {"ref-func": b"\x64\x70", "ref-extern": b"\x64\x6f", "ref-any": b"\x64\x6e", "ref-indexed": b"\x64\0"}


def typed(params=b"", results=b""):
    """A function's type of those values, at most one of each."""
    return b"\x60" + b"".join(leb(len(values) > 0) + values for values in (params, results))


def listing(**kw):
    m = Module(**kw)
    m.type(">")  # the type 0, of which the indexed references are
    return m


def added(m, text, export=None):
    """One more function, that never returns."""
    m.functions.append(leb(m.type(text)))
    m.bodies.append(leb(3) + b"\0\0" + END)
    m.n_functions += 1
    if export:
        m.export(export, FUNCTION, m.n_functions - 1)


def listed_types():
    """Envoy lists imports and exports through an interface that knows few types, and ends with the others."""
    for title, value in (NULLABLE | NOT_NULL).items():
        m = listing()
        added(m, typed(results=value), "f")
        yield f"listed-result-{title}", m.finish().bytes()
        m = listing()
        added(m, typed(params=value))
        yield f"listed-not-{title}", m.finish().bytes()
        m = listing()
        m.add_raw_import("env", "f", b"\0" + leb(m.type(typed(params=value))))
        m.n_functions += 1
        yield f"listed-import-{title}", m.finish().bytes()
    for title, value in {"funcref": NULLABLE["funcref"], "ref-func": NOT_NULL["ref-func"], "ref-extern": NOT_NULL["ref-extern"]}.items():
        m = listing()
        m.add_import("env", "proxy_log", typed(params=value, results=b"\x7f"))
        yield f"listed-mismatch-{title}", m.finish().bytes()
        m = listing(malloc=None)
        added(m, typed(params=value), "malloc")
        yield f"listed-malloc-{title}", m.finish().bytes()
    m = listing()
    added(m, typed(params=NULLABLE["v128"]), "f")
    yield "listed-parameter-v128", m.finish().bytes()
    for title in ("v128", "anyref", "funcref", "externref", "indexed"):
        value, null = NULLABLE[title], {"v128": b"\xfd\x0c" + bytes(16), "indexed": b"\xd0\0"}.get(title, b"\xd0" + NULLABLE[title])
        for exporting in (True, False):
            m = listing()
            m.globals.append(value + b"\0" + null + END)
            if exporting:
                m.export("g", GLOBAL, 0)
            yield f"listed-global-{title}" + ("" if exporting else "-not"), m.finish().bytes()
        m = listing()
        m.add_raw_import("env", "g", b"\3" + value + b"\0")
        yield f"listed-import-global-{title}", m.finish().bytes()
        if title == "v128":
            continue
        m = listing()
        m.tables.append(value + limits(1))
        m.export("t", TABLE, 0)
        yield f"listed-table-{title}", m.finish().bytes()
        m = listing()
        m.add_raw_import("env", "t", b"\1" + value + limits(1))
        yield f"listed-import-table-{title}", m.finish().bytes()
    for exporting in (True, False):
        m = listing()
        m.tags.append(b"\0" + leb(m.type(">")))
        if exporting:
            m.export("tag", TAG, 0)
        yield "listed-tag" + ("" if exporting else "-not"), m.finish().bytes()


def listed_order():
    """Imports are listed before one is missed; exports behind linking and the start section, before any is looked up."""
    v128 = typed(results=NULLABLE["v128"])
    for title, first in (("missing", b"\0\0"), ("global", b"\3\x7f\0")):
        m = listing()
        m.add_raw_import("env", "first", first)
        m.n_functions += title == "missing"
        m.add_raw_import("env", "tag", bytes([TAG, 0]) + leb(m.type(">")))
        yield f"listed-order-{title}-then-tag", m.finish().bytes()
        m = listing()
        m.add_raw_import("env", "first", first)
        m.add_raw_import("env", "f", b"\0" + leb(m.type(v128)))
        m.n_functions += 1 + (title == "missing")
        yield f"listed-order-{title}-then-v128", m.finish().bytes()
    m = listing()
    m.add_import("env", "zzz", ">")
    added(m, v128, "f")
    yield "listed-order-missing-and-export", m.finish().bytes()
    m = listing(malloc=None)
    added(m, v128, "f")
    yield "listed-order-no-malloc", m.finish().bytes()
    m = listing()
    added(m, v128, "f")
    m.function("i>", export="proxy_on_vm_start_")
    m.function("i>", export="proxy_on_done")
    yield "listed-order-wrong-export", m.finish().bytes()
    m = listing(abi=None)
    added(m, v128, "f")
    yield "listed-order-no-abi", m.finish().bytes()


# ---- ABI, exports ----


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


# ---- memory, segments ----


def memories():
    for pages in (1, 16384, 16385, 65536):
        yield f"memory-{pages}", filter_with(memory=limits(pages)).bytes()
    yield "memory-max-65536", filter_with(memory=limits(1, 65536)).bytes()
    yield "memory-65537", filter_with(memory=limits(65537)).bytes()
    yield "memory-max-65537", filter_with(memory=limits(1, 65537)).bytes()
    yield "memory-min-above-max", filter_with(memory=limits(3, 2)).bytes()
    yield "memory-shared", filter_with(memory=limits(1, 2, flags=2)).bytes()
    yield "memory-shared-no-max", filter_with(memory=limits(1, flags=2)).bytes()
    yield "memory-64", filter_with(memory=limits(1, flags=4)).bytes()
    yield "memory-page-size", filter_with(memory=limits(1, flags=8) + b"\0").bytes()
    yield "memory-other-name", filter_with(export_memory="mem").bytes()
    for title, offset in (("inside", 131072 - 4), ("outside", 131072 - 3), ("far", 0x7FFFFFFF), ("negative", -1)):
        m = Module()
        m.data.append(data_segment(offset, b"data"))
        yield f"data-{title}", m.finish().bytes()
    m = Module()
    m.data.append(b"\1" + leb(4) + b"data")
    m.extra[12] = leb(1)
    yield "data-passive", m.finish().bytes()
    m = Module(memory=None)
    m.data.append(data_segment(0, b""))
    yield "data-without-memory", m.finish().bytes()
    for title, count in (("inside", 1), ("outside", 3)):
        m = Module()
        m.tables.append(b"\x70" + limits(2))
        m.function(">")
        m.elements.append(b"\0" + i32(0) + END + vector([leb(0)] * count))
        yield f"elements-{title}", m.finish().bytes()


def memoryless():
    """Envoy looks for a memory only when a function of its own reads or writes there."""
    for title, memory in (("none", None), ("not-exported", limits(2))):
        yield f"memoryless-{title}", filter_with(memory=memory, export_memory=None).bytes()
        yield f"memoryless-{title}-not-called", filter_with(("env", "proxy_log", "iii>i"), memory=memory, export_memory=None).bytes()
        for field in ("proxy_log", "proxy_get_property", "proxy_set_tick_period_milliseconds", "proxy_increment_metric", "pthread_equal",
                      "environ_sizes_get", "clock_time_get", "fd_fdstat_set_flags", "proc_exit", "fd_close", "proxy_done"):
            where, text = next((w, t) for w, f, t in host_functions() if f == field)
            m = Module(memory=memory, export_memory=None)
            index = m.add_import(where, field, text)
            params, _, results = text.partition(">")
            m.function("ii>", b"".join(i64(0) if p == "I" else i32(0) for p in params) + call(index) + b"\x1a" * len(results),
                       export="proxy_on_context_create")
            yield f"memoryless-{title}-{field}", m.finish().bytes()


# ---- start ----


def starts():
    m = Module()
    m.start = m.function(">")
    yield "start-harmless", m.finish().bytes()
    m = Module()
    index = m.add_import("env", "proxy_done", ">i")
    m.start = m.function(">", i32(0) + b"\x04\x40" + call(index) + b"\x1a" + END)
    yield "start-behind-a-condition", m.finish().bytes()
    m = Module()
    index = m.add_import("env", "proxy_done", ">i")
    inner = m.function(">", call(index) + b"\x1a")
    m.start = m.function(">", b"\x02\x40" + call(inner) + END)
    yield "start-two-calls-deep", m.finish().bytes()
    for module, field, text in host_functions():
        if (field.startswith(("proxy_", "envoy_")) and field not in ABI_0_1_0) or module != "env":
            yield f"init-calls-{field}", calling(module, field, text, "_initialize").bytes()


ABI_0_1_0 = ("proxy_get_configuration", "proxy_continue_request", "proxy_continue_response", "proxy_clear_route_cache")
# Harmless with any argument, or sure to crash with these.
START_CALLS = ["sched_yield", "fd_read", "path_open", "proxy_done", "proxy_get_current_time_nanoseconds", "random_get", "environ_sizes_get",
               "proxy_http_call", "proxy_define_metric", "proc_exit", "fd_prestat_get", "pthread_equal"]


def start_calls():
    for module, field, text in host_functions():
        if field in START_CALLS:
            yield f"start-calls-{field}", calling(module, field, text, "start").bytes()


# ---- engine ----

V128 = b"\xfd\x0c" + bytes(16)


def code_with(body, **kw):
    m = Module(**kw)
    m.function(">", body)
    return m.finish().bytes()


def engine():
    bodies = {
        "simd": V128 + b"\x1a",
        "relaxed-simd": V128 + V128 + b"\xfd\x80\x02\x1a",
        "sign-extension": i32(1) + b"\xc0\x1a",
        "saturating": b"\x43" + bytes(4) + b"\xfc\0\x1a",
        "tail-call": b"\x12\0",
        "bulk-memory": i32(0) + i32(0) + i32(0) + b"\xfc\x0a\0\0",
        "reference": b"\xd0\x70\x1a",
        "externref": b"\xd0\x6f\x1a",
        "select-typed": i32(1) + i32(2) + i32(3) + b"\x1c\x01\x7f\x1a",
        "atomic": b"\xfe\x03\0",
        "gc-i31": i32(1) + b"\xfb\x1c\x1a",
        "try-legacy": b"\x06\x40\x19" + END,
        "try-table": b"\x1f\x40\0" + END,
        "try-both": b"\x06\x40\x19" + END + b"\x1f\x40\0" + END,
        "wide-arithmetic": i64(0) * 4 + b"\xfc\x13\x1a\x1a",
        "fp16": V128 + V128 + b"\xfd\xb0\x02\x1a",
        "stack-switching": b"\xe0\0\x1a",
        "no-instruction": b"\xff",
        "no-instruction-c5": b"\xc5",
        "no-instruction-27": b"\x27",
        "no-instruction-16": b"\x16",
        "no-instruction-fc-1f": b"\xfc\x1f",
        "call-of-nothing": call(99999),
    }
    for title, body in bodies.items():
        yield f"engine-{title}", code_with(body)
    for title, body in (("grow", i32(0) + b"\x40\0\x1a"), ("load", i32(0) + b"\x28\2\0\x1a"), ("fill", i32(0) * 3 + b"\xfc\x0b\0")):
        yield f"engine-no-memory-to-{title}", code_with(body, memory=None)
    m = Module()
    m.function(">ii", i32(1) + i32(2))
    yield "engine-multi-value", m.finish().bytes()
    m = Module()
    m.globals.append(b"\x7f\0" + i32(1) + i32(2) + b"\x6a" + END)
    yield "engine-extended-const", m.finish().bytes()
    m = Module()
    m.types.append(b"\x5f\1\x7f\0")
    yield "engine-gc-struct", m.finish().bytes()
    m = Module()
    m.types.append(b"\x4e\1\x5e\x78\1")
    yield "engine-gc-group", m.finish().bytes()
    m = Module()
    m.types.append(b"\x60\1\x64\x70\0")
    yield "engine-typed-reference", m.finish().bytes()
    m = Module()
    m.tags.append(b"\0" + leb(m.type(">")))
    yield "engine-tag", m.finish().bytes()
    m = Module()
    m.tables += [b"\x70" + limits(1), b"\x6f" + limits(1)]
    yield "engine-two-tables", m.finish().bytes()
    m = Module()
    m.tables.append(b"\x70" + limits(1, flags=4))
    yield "engine-table64", m.finish().bytes()
    m = Module()
    m.tables.append(b"\x70" + limits(10000001))
    yield "engine-table-too-large", m.finish().bytes()
    m = Module()
    m.extra[5] = vector([limits(1), limits(1)])
    yield "engine-two-memories", m.finish().bytes()


def constants_of_types():
    """A constant expression leaves one value, of the type of what it is for."""
    f32, f64, long, null, func = b"\x43\0\0\0\0", b"\x44" + bytes(8), i64(1), b"\xd0\x70", b"\xd2\0"
    for title, value, code in (("i32-of-i32", b"\x7f", i32(1)), ("i32-of-f32", b"\x7f", f32),
                               ("i32-of-i64", b"\x7f", long), ("f32-of-f32", b"\x7d", f32),
                               ("f64-of-f64", b"\x7c", f64), ("f64-of-f32", b"\x7c", f32),
                               ("i64-of-i64", b"\x7e", long), ("i32-of-nothing", b"\x7f", b""),
                               ("i32-of-two", b"\x7f", i32(1) * 2), ("i32-of-null", b"\x7f", null),
                               ("funcref-of-null", b"\x70", null), ("funcref-of-function", b"\x70", func),
                               ("externref-of-null-function", b"\x6f", null),
                               ("externref-of-null", b"\x6f", b"\xd0\x6f"),
                               ("i32-of-product-and-i64", b"\x7f", i32(2) + long + b"\x6c"),
                               ("i64-of-sum", b"\x7e", long * 2 + b"\x7c"),
                               ("i64-of-i32-sum", b"\x7e", i32(2) * 2 + b"\x6a"),
                               ("i32-of-sum-of-one", b"\x7f", i32(2) + b"\x6a"),
                               ("v128-of-v128", b"\x7b", b"\xfd\x0c" + bytes(16)),
                               ("i32-of-v128", b"\x7f", b"\xfd\x0c" + bytes(16)),
                               ("i32-of-no-global", b"\x7f", b"\x23\x07")):
        m = Module()
        m.globals.append(value + b"\0" + code + END)
        yield f"constant-{title}", m.finish().bytes()
    for title, value, change in (("i32", b"\x7f", b"\0"), ("i64", b"\x7e", b"\0"), ("changing", b"\x7f", b"\1")):
        m = Module()
        m.globals += [value + change + (i32(3) if value == b"\x7f" else long) + END, b"\x7f\0\x23\0" + END]
        yield f"constant-of-a-global-{title}", m.finish().bytes()
    for title, offset in (("i64", long), ("f32", f32), ("nothing", b""), ("two", i32(1) * 2)):
        m = Module()
        m.data.append(b"\0" + offset + END + b"\1a")
        yield f"data-at-{title}", m.finish().bytes()
        m = Module()
        m.tables.append(b"\x70" + limits(2))
        m.elements.append(b"\0" + offset + END + b"\0")
        yield f"elements-at-{title}", m.finish().bytes()
    for title, kind, code in (("null", b"\x70", null), ("i32", b"\x70", i32(1)), ("function-of-externref", b"\x6f", func)):
        m = Module()
        m.elements.append(b"\5" + kind + b"\1" + code + END)
        yield f"elements-of-{title}", m.finish().bytes()


def indices():
    """Indices in code of things that are not there."""
    drop = b"\x1a"
    bodies = {"local": b"\x20\1" + drop, "local-there": b"\x20\0" + drop, "local-set": i32(1) + b"\x21\1",
              "global": b"\x23\2" + drop, "global-there": b"\x23\1" + drop, "global-set": i32(1) + b"\x24\2",
              "global-set-constant": i32(1) + b"\x24\0", "global-set-there": i32(1) + b"\x24\1",
              "table-get": i32(0) + b"\x25\1" + drop, "table-get-there": i32(0) + b"\x25\0" + drop,
              "call-table": i32(0) + b"\x11\0\1", "call-type": i32(0) + b"\x11\x7e\0",
              "call-there": i32(0) + b"\x11\0\0", "label": b"\x0c\1", "label-there": b"\x0c\0",
              "label-of-block": b"\x02\x40\x0c\1" + END, "label-out-of-block": b"\x02\x40\x0c\2" + END,
              "labels": i32(0) + b"\x0e\1\0\1", "elements-drop": b"\xfc\x0d\1", "elements-drop-there": b"\xfc\x0d\0",
              "table-init": i32(0) * 3 + b"\xfc\x0c\0\1", "table-copy": i32(0) * 3 + b"\xfc\x0e\0\1",
              "table-copy-there": i32(0) * 3 + b"\xfc\x0e\0\0", "table-size": b"\xfc\x10\3" + drop,
              "function": b"\xd2\x63" + drop, "data-drop": b"\xfc\x09\1", "data-drop-there": b"\xfc\x09\0",
              "throw": b"\x08\1", "throw-there": b"\x08\0", "unreachable-local": b"\0\x20\7" + drop,
              "unreachable-global": b"\0\x23\x07" + drop, "unreachable-label": b"\0\x0c\7"}
    for title, body in bodies.items():
        m = Module()
        m.type(">")
        m.globals += [b"\x7f\0" + i32(1) + END, b"\x7f\1" + i32(1) + END]
        m.tables.append(b"\x70" + limits(2))
        m.elements.append(b"\1\0\0")
        m.data.append(b"\1\1a")
        m.extra[12] = b"\1"
        if title.startswith("throw"):
            m.tags.append(b"\0" + leb(m.type(">")))
        m.function("i>", body)
        yield f"index-{title}", m.finish().bytes()


# ---- operands ----


def operands():
    """Values of the wrong type, too few and too many; what is right, where nothing reaches."""
    drop, f32, add, funcref, stop = b"\x1a", b"\x43" + bytes(4), b"\x6a", b"\xd0\x70", b"\0"
    block_i, if_i, loop_i = b"\x02\x7f", b"\x04\x7f", b"\x03\x7f"
    bodies = {"none": (">", add + drop), "one": (">", i32(1) + add + drop), "other": (">", i32(1) + f32 + add + drop),
              "right": (">", i32(1) + i32(2) + add + drop), "left": (">", i32(1)), "result-missing": (">i", b""),
              "result-other": (">i", f32), "result-of-drop": (">i", drop), "two-results": (">iI", i32(1) + i64(2)),
              "two-results-swapped": (">iI", i64(2) + i32(1)), "return": (">i", i32(1) + b"\x0f"),
              "return-more": (">i", f32 + i32(1) + b"\x0f"), "return-other": (">i", f32 + b"\x0f"),
              "unreachable": (">i", stop + add), "unreachable-other": (">i", stop + f32),
              "unreachable-left": (">i", stop + i32(1) + i32(2)),
              "unreachable-select": (">", stop + b"\x1b" + b"\x45" + drop),
              "outside-of-block": (">i", i32(1) + b"\x02\x40" + b"\x45" + drop + END),
              "block": (">i", block_i + i32(1) + END), "block-other": (">i", block_i + i64(1) + END),
              "if-without-else": (">i", i32(1) + if_i + i32(2) + END),
              "if": (">i", i32(1) + if_i + i32(2) + b"\x05" + i32(3) + END),
              "else-other": (">i", i32(1) + if_i + i32(2) + b"\x05" + f32 + END),
              "loop-label": (">i", loop_i + b"\x0c\0" + END), "block-label": (">i", block_i + b"\x0c\0" + END),
              "branch-value": (">i", block_i + i32(1) + b"\x0c\0" + END),
              "branches-unlike": (">i", block_i + i32(1) + i32(0) + b"\x0e\1\0\1" + END),
              "branches-of-other-number": (">", block_i + i32(1) + i32(0) + b"\x0e\1\0\1" + END + drop),
              "local": ("f>", b"\x20\0" + drop), "local-other": ("f>", i32(1) + b"\x21\0"),
              "global-other": (">", f32 + b"\x24\0"), "store-other": (">", i32(0) + f32 + b"\x36\2\0"),
              "select-references": (">", funcref + funcref + i32(1) + b"\x1b" + drop),
              "select-typed": (">", funcref + funcref + i32(1) + b"\x1c\1\x70" + drop),
              "select-unlike": (">", i32(1) + f32 + i32(1) + b"\x1b" + drop),
              "is-null-of-number": (">", i32(0) + b"\xd1" + drop), "call-other": (">", f32 + call(0)),
              "call-more": (">", i32(1) + i32(2) + call(0)), "call-table-place": (">", i32(1) + i64(0) + b"\x11\0\0"),
              "call-table": (">", i32(1) + i32(0) + b"\x11\0\0"),
              "call-table-of-externref": (">", i32(1) + i32(0) + b"\x11\0\1"),
              "tail-call-other": (">i", i32(1) + b"\x12\0"), "tail-call": (">", i32(1) + b"\x12\0"),
              "throw-other": (">", f32 + b"\x08\0"), "throw": (">", i32(1) + b"\x08\0"),
              "catch-left": (">", b"\x06\x40\x07\0" + END), "catch": (">", b"\x06\x40\x07\0" + drop + END),
              "vector-of-number": (">", i32(1) + b"\xfd\x4d" + drop),
              "try-table": (">", b"\x02\x7f\x1f\x40\1\0\0\0" + END + i32(1) + END + drop),
              "try-table-other": (">", b"\x02\x40\x1f\x40\1\0\0\0" + END + END),
              "atomic-other": (">", i32(0) + i32(0) + b"\xfe\x1f\3\0" + drop),
              "fill-other": (">", i32(0) + i64(0) + i32(0) + b"\xfc\x0b\0"),
              "reference-undeclared": (">", b"\xd2\0" + drop),}
    for title, (text, body) in bodies.items():
        m = Module()
        m.function("i>", b"")
        m.tables += [b"\x70" + limits(1), b"\x6f" + limits(1)]
        m.globals.append(b"\x7f\1" + i32(1) + END)
        if "throw" in title or "catch" in title or "try" in title:
            m.tags.append(b"\0" + leb(m.type("i>")))
        m.function(text, body)
        yield f"operand-{title}", m.finish().bytes()
    m = Module()
    m.function(">", b"\xd2\0\x1a", export="declared")
    yield "operand-reference-declared", m.finish().bytes()
    m = Module()
    m.tags.append(b"\0" + leb(m.type(">i")))
    yield "operand-tag-with-result", m.finish().bytes()
    m = Module(memory=limits(1, flags=4))
    m.function(">", i32(0) + b"\x28\2\0\x1a")
    yield "operand-address-of-32-bits", m.finish().bytes()
    m = Module(memory=limits(1, flags=4))
    m.function(">", i64(0) + b"\x28\2\0\x1a")
    yield "operand-address-of-64-bits", m.finish().bytes()
    # The stages before the compiler come first, those behind it later.
    for title, abi, malloc in (("no-abi", None, "malloc"), ("no-malloc", "0_2_1", None)):
        m = Module(abi=abi, malloc=malloc)
        m.add_import("env", "zzz", ">")
        m.function(">i", b"")
        yield f"operand-fault-and-{title}", m.finish().bytes()


# ---- exception handlers ----

VOID, BLOCK, TRY, THROW = b"\x40", b"\x02\x40", b"\x06\x40", b"\x08\0"


def try_table(*clauses):
    """Without its end. A clause: its kind, a tag where it is for one, and a label."""
    return b"\x1f" + VOID + vector([bytes([clause[0]]) + b"".join(map(leb, clause[1:])) for clause in clauses])


def catch(tag):
    return b"\x07" + leb(tag)


def rethrow(label):
    return b"\x09" + leb(label)


def delegate(label):
    return b"\x18" + leb(label)


CATCH_ALL, CATCH_REF, CATCH_ALL_REF = b"\x19", 1, 3


def with_tag(body, start=False):
    """The body as a function of a filter with one tag; CALL in it is the call of a host function. start: it runs at the start."""
    m = Module()
    index = m.add_import("env", "proxy_done", ">i")
    m.tags.append(b"\0" + leb(m.type(">")))
    function = m.function(">", body.replace(b"CALL", call(index) + b"\x1a"))
    m.function(">")
    if start:
        m.start = function
    return m.finish().bytes()


def handlers():
    bodies = {"try-table-catch": try_table((0, 0, 0)) + END, "try-table-no-tag": try_table((0, 1, 0)) + END,
              "try-table-label-out": try_table((0, 0, 1)) + END, "try-table-all": try_table((2, 0)) + END,
              "try-table-all-label-out": try_table((2, 1)) + END,
              "try-table-in-block": BLOCK + try_table((2, 1)) + END + END,
              "try-table-in-block-out": BLOCK + try_table((2, 2)) + END + END,
              "try-table-second-out": try_table((2, 0), (0, 0, 7)) + END,
              "try-table-ref-no-tag": try_table((CATCH_REF, 1, 0)) + END,
              "try-table-all-ref": b"\x02\x69" + try_table((CATCH_ALL_REF, 0)) + END + b"\0" + END + b"\x1a",
              "try-table-kind-4": try_table((4, 0)) + END, "try-table-unreachable": b"\0" + try_table((2, 2)) + END,
              "throw-ref": b"\xd0\x69\x0a", "catch": TRY + catch(0) + END, "catch-no-tag": TRY + catch(1) + END,
              "catch-twice-and-all": TRY + catch(0) + catch(0) + CATCH_ALL + END, "catch-outside": catch(0),
              "catch-in-block": BLOCK + catch(0) + END, "catch-behind-all": TRY + CATCH_ALL + catch(0) + END,
              "catch-all-outside": CATCH_ALL, "catch-all-twice": TRY + CATCH_ALL + CATCH_ALL + END,
              "try-alone": TRY + END, "delegate": TRY + delegate(0), "delegate-out": TRY + delegate(1),
              "delegate-in-block": BLOCK + TRY + delegate(1) + END,
              "delegate-in-block-out": BLOCK + TRY + delegate(2) + END, "delegate-of-block": BLOCK + delegate(0),
              "delegate-behind-handler": TRY + CATCH_ALL + delegate(0), "rethrow": TRY + CATCH_ALL + rethrow(0) + END,
              "rethrow-out": TRY + CATCH_ALL + rethrow(1) + END, "rethrow-in-try": TRY + rethrow(0) + CATCH_ALL + END,
              "rethrow-outside": rethrow(0), "rethrow-far": rethrow(5),
              "rethrow-in-block": TRY + CATCH_ALL + BLOCK + rethrow(1) + END + END,
              "rethrow-of-block": TRY + CATCH_ALL + BLOCK + rethrow(0) + END + END, "else-outside": b"\x05",
              "else-in-block": BLOCK + b"\x05" + END, "else-twice": i32(1) + b"\x04\x40\x05\x05" + END,
              "else": i32(1) + b"\x04\x40\x05" + END,}
    for title, body in bodies.items():
        yield f"handler-{title}", with_tag(body)
    starting = {"in-catch": TRY + catch(0) + b"CALL" + END, "in-catch-all": TRY + CATCH_ALL + b"CALL" + END,
                "in-try": TRY + b"CALL" + CATCH_ALL + END, "behind-try": TRY + CATCH_ALL + END + b"CALL",
                "in-try-table": try_table((2, 0)) + b"CALL" + END,
                "behind-throw": BLOCK + try_table((2, 0)) + THROW + END + b"CALL" + END,
                "behind-rethrow": TRY + TRY + THROW + CATCH_ALL + rethrow(0) + b"CALL" + END + CATCH_ALL + END,
                "in-delegate": TRY + b"CALL" + delegate(0), "behind-return-call": b"\x12\2" + b"CALL",}
    for title, body in starting.items():
        yield f"handler-start-{title}", with_tag(body, start=True)


# ---- immediates ----

NOT_REACHED = b"\0"  # behind it no operands are needed
SIMD, ATOMIC = b"\xfd", b"\xfe"
# Each instruction of memory: its bytes, the power of two that its address is a multiple of by nature, a lane.
ACCESSES = [*((bytes([0x28 + i]), int(power), b"") for i, power in enumerate("23230011001122232301012")),
            *((SIMD + leb(i), int(power), b"") for i, power in enumerate("433333301234")),
            *((SIMD + leb(84 + i), int(power), b"\0" if i < 8 else b"") for i, power in enumerate("0123012323")),
            *((ATOMIC + leb(i), int(power), b"") for i, power in enumerate("223")),
            *((ATOMIC + leb(16 + i), int(power), b"") for i, power in enumerate("2301012" * 9))]
LANES = {21: 16, 22: 16, 23: 16, 24: 8, 25: 8, 26: 8, 27: 4, 28: 4, 29: 2, 30: 2, 31: 4, 32: 4, 33: 2, 34: 2}
LANES_OF_MEMORY = {84: 16, 85: 8, 86: 4, 87: 2, 88: 16, 89: 8, 90: 4, 91: 2}


def immediates():
    yield "immediate-alignments", code_with(NOT_REACHED + b"".join(
                                                code + leb(power) + b"\0" + lane + NOT_REACHED
                                                for code, power, lane in ACCESSES))
    for code, power, lane in ACCESSES[::9]:
        yield f"immediate-alignment-{code.hex()}-more", code_with(NOT_REACHED + code + leb(power + 1) + b"\0" + lane + NOT_REACHED)
    yield "immediate-alignment-atomic-less", code_with(NOT_REACHED + ATOMIC + b"\x10\1\0" + NOT_REACHED)
    yield "immediate-alignment-less", code_with(NOT_REACHED + b"\x28\0\0" + NOT_REACHED)
    yield "immediate-lanes", code_with(NOT_REACHED + b"".join(
                                           SIMD + leb(op) + bytes([n - 1]) + NOT_REACHED for op, n in LANES.items()) + b"".join(
                                           SIMD + leb(op) + b"\0\0" + bytes([n - 1]) + NOT_REACHED
                                           for op, n in LANES_OF_MEMORY.items()))
    for op in (21, 26, 28, 29, 31, 34):
        yield f"immediate-lane-{op}-more", code_with(NOT_REACHED + SIMD + leb(op) + bytes([LANES[op]]) + NOT_REACHED)
    for op in (84, 91):
        yield f"immediate-lane-{op}-more", code_with(NOT_REACHED + SIMD + leb(op) + b"\0\0" + bytes([LANES_OF_MEMORY[op]]) + NOT_REACHED)
    for title, body in (("shuffle", SIMD + b"\x0d" + bytes([31] * 16)),
                        ("shuffle-more", SIMD + b"\x0d" + bytes([31] * 15 + [32])), ("fence", ATOMIC + b"\3\0"),
                        ("fence-1", ATOMIC + b"\3\1"), ("select-one", b"\x1c\1\x7f"), ("select-none", b"\x1c\0"),
                        ("select-two", b"\x1c\2\x7f\x7f"), ("branches", b"\x0e" + leb(65520) + bytes(65521)),
                        ("branches-more", b"\x0e" + leb(65521) + bytes(65522))):
        yield f"immediate-{title}", code_with(NOT_REACHED + body + NOT_REACHED)


# ---- structure ----


def damaged():
    good = filter_with(("env", "proxy_log", "iii>i")).bytes()
    yield "good", good
    yield "empty", b""
    yield "magic", good[:4]
    yield "header", HEADER
    yield "other-magic", b"\0wsm" + good[4:]
    yield "version-2", b"\0asm\2\0\0\0" + good[8:]
    yield "component", b"\0asm\x0d\0\1\0" + good[8:]
    yield "text", b"(module)"
    yield "gzip", bytes.fromhex("1f8b0800000000000003") + good
    yield "html", b"<!DOCTYPE html><html></html>"
    for title, head in (("xz", b"\xfd7zXZ\0\0\4"), ("bzip2", b"BZh91AY&SY"), ("bom", b"\xef\xbb\xbf"), ("not-found", b"404: Not Found\n")):
        yield title, head + good
    yield "base64", base64.b64encode(good)
    for title, data in (("utf-16", b"\xff\xfe" + good.decode("latin-1").encode("utf-16-le")), ("hexadecimal", good.hex().encode()),
                        ("data-url", b"data:application/wasm;base64," + base64.b64encode(good)), ("http", b"HTTP/1.1 200 OK\r\n\r\n" + good),
                        ("yaml", b"apiVersion: v1\n"), ("lz4", b"\x04\x22\x4d\x18" + good), ("carriage-returns", good.replace(b"\n", b"\r\n")),
                        ("replaced", good.decode("utf-8", "replace").encode()), ("latin-1", good.decode("latin-1").encode())):
        yield f"text-{title}", data
    for at in range(9, len(good), 7):
        yield f"cut-{at:03}", good[:at]
    yield "trailing-byte", good + b"\0"
    yield "trailing-section-1", good + section(1, b"\0")
    yield "unknown-section", good + section(15, b"")
    yield "section-longer", good + bytes([0]) + leb(100) + name("x")
    yield "section-shorter", HEADER + section(1, vector([signature(">")]) + b"\0") + good[8:]
    yield "custom-everywhere", HEADER + custom("a", b"1") + good[8:] + custom("b")
    yield "custom-name-cut", good + section(0, b"\x05ab")
    yield "custom-nameless", good + section(0, b"")
    yield "custom-name-not-utf8", good + section(0, b"\x02\xc3\x28")
    yield "import-name-not-utf8", filter_with(("env", b"\xff\xfe", ">")).bytes()
    yield "export-name-not-utf8", exported(b"\xff\xfe", ">")
    m = Module()
    m.function(">", export="twice")
    m.function(">", export="twice")
    yield "export-twice", m.finish().bytes()
    m = Module().finish()
    m.export("nothing", FUNCTION, 1000)
    yield "export-of-nothing", m.bytes()
    m = Module().finish()
    m.export("nothing", TABLE, 0)
    yield "export-of-no-table", m.bytes()
    m = Module().finish()
    m.functions[-1] = leb(1000)
    yield "type-of-nothing", m.bytes()
    m = Module().finish()
    m.bodies.pop()
    yield "body-missing", m.bytes()
    m = Module().finish()
    m.start = 1
    yield "start-of-another-type", m.bytes()
    m = Module().finish()
    m.start = 1000
    yield "start-of-nothing", m.bytes()
    m = Module().finish()
    m.extra[12] = leb(3)
    yield "data-count-wrong", m.bytes()
    m = Module().finish()
    m.extra[1] = b"\xff\xff\xff\xff\x0f"
    yield "count-huge", m.bytes()
    m = Module().finish()
    m.extra[1] = b"\xff\xff\xff\xff\xff\xff"
    yield "number-too-long", m.bytes()
    m = Module().finish()
    m.extra[1] = b"\xff\xff\xff\xff\x1f"
    yield "number-too-large", m.bytes()
    padded = HEADER + b"".join(bytes([kind]) + leb(len(body), padded=5) + body for kind, body in sections(good))
    yield "padded-sizes", padded
    yield "body-without-end", code_with(b"\x02\x40")
    m = Module()
    m.function(">", b"", locals_=b"\x01\xd1\x86\x03\x7f")
    yield "locals-50001", m.finish().bytes()
    m = Module()
    m.function(">", b"", locals_=b"\x01\xd0\x86\x03\x7f")
    yield "locals-50000", m.finish().bytes()
    for n in (49998, 49999):
        m = Module()
        m.function("ii>", b"", locals_=b"\x01" + leb(n) + b"\x7f")
        yield f"locals-{n}-and-2-parameters", m.finish().bytes()
    m = Module()
    m.function(">", b"", locals_=leb(50001) + b"\0\x7f" * 50001)
    yield "locals-50001-times-none", m.finish().bytes()
    yield "block-type-below-zero", code_with(b"\x02\x80\x80\x80\x80\x70" + END)
    for n in (1000, 1001):
        m = Module()
        m.type("i" * n + ">")
        yield f"parameters-{n}", m.finish().bytes()
    for n in (100000, 100001):
        yield f"name-{n}", exported("x" * n, ">")


def sections(data):
    at = 8
    while at < len(data):
        kind = data[at]
        size, at = number(data, at + 1)
        yield kind, data[at:at + size]
        at += size


def name_sections():
    good = filter_with().bytes()
    functions = vector([leb(0) + name("f"), leb(1) + name("g")])
    sound = b"\1" + leb(len(functions)) + functions
    cases = {
        "sound": sound, "empty": b"", "module-name": b"\0" + leb(4) + name("abc"), "twice": sound + sound,
        "subsection-overruns": b"\1" + leb(100) + functions, "other-subsection-overruns": b"\7" + leb(100) + b"abc",
        "string-overruns": b"\1" + leb(4) + b"\1\0\x7fa", "count-overruns": b"\1" + leb(2) + b"\x7f\0",
        "size-too-small": b"\1" + leb(len(functions) - 1) + functions, "size-missing": b"\1",
        "index-out-of-range": b"\1" + leb(5) + b"\1\xe8\x07\1a", "not-utf8": b"\1" + leb(4) + b"\1\0\1\xff",
        "garbage-in-locals": b"\2" + leb(3) + b"\xff\xff\xff", "index-too-large": b"\1" + leb(8) + b"\1\xff\xff\xff\xff\x0f\1a",
        "unsorted": b"\1" + leb(7) + b"\2\1\1b\0\1a",
    }
    for title, payload in cases.items():
        yield f"names-{title}", good + custom("name", payload)
    yield "names-first", HEADER + custom("name", b"\1\x7f") + good[8:]
    yield "names-second-is-bad", good + custom("name", sound) + custom("name", b"\1\x7f")
    yield "names-not-its-name", good + custom("name2", b"\1\x7f")


FAMILIES = [imports, bounds, endings, lookups, others, commands, hanging, segments, stretched, garbage, wrong_types, not_offered, order, abi_functions, other_kinds, namesakes,
            listed_types, listed_order, abi_exports, callbacks, initializers, allocators, memories, memoryless, starts, start_calls,
            engine, constants_of_types, indices, operands, handlers, immediates, damaged, name_sections]


def corpus():
    seen = {}
    for family in FAMILIES:
        for title, data in family():
            if title not in seen:
                seen[title] = data
    return seen


if __name__ == "__main__":
    print(len(corpus()), "modules")
