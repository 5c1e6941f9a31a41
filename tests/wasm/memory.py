"""Memories and segments, and no memory at all."""

from imports import host_functions
from module import END, Module, call, data_segment, filter_with, i32, i64, leb, limits, vector


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
        m = Module(memory=memory, export_memory=None)
        index = m.add_import("env", "proxy_log", "iii>i")
        helper = m.function(">", i32(0) * 3 + call(index) + b"\x1a")
        m.function(">", call(helper), export="not_a_callback")
        yield f"memoryless-{title}-called-by-nobody", m.finish().bytes()
