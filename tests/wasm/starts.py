"""Start sections, and what is called in them."""

from imports import host_functions
from module import END, Module, call, calling, i32


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
