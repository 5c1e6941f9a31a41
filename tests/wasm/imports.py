"""Imports: one for each host function, of other types, of other names, of other kinds, and in other orders."""

import pathlib
import re

from module import MEMORY, TAG, Module, filter_with, leb, limits

DEF = pathlib.Path(__file__).resolve().parents[2] / "daemon/wasm/host_functions.def"
WASI = ("wasi_snapshot_preview1", "wasi_unstable")
STANDARD = {"path_link": "iiiiiii>i", "path_symlink": "iiiii>i"}


def host_functions():
    """(module, name, type) of every row, wasi under its present name."""
    for module, field, text in re.findall(r'^HOST\((\w+), (\w+), "([iI>]*)"', DEF.read_text(), re.M):
        yield WASI[0] if module == "wasi" else module, field, text


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
