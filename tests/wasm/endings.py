"""Modules whose start comes to a bad end, or seems to: traps, exceptions and loops, with and without a way around them."""

import struct

from module import END, FUNCTION, Module, call, i32, i64, leb, limits, name, vector

TRAP, RETURN, BLOCK, LOOP, IF = b"\0", b"\x0f", b"\x02\x40", b"\x03\x40", i32(0) + b"\x04\x40"
TRY, CATCH_ALL, THROW = b"\x06\x40", b"\x19", b"\x08\0"
TRY_TABLE = b"\x02\x40\x1f\x40\1\2\0"  # a block, and in it a try_table that leaves it with whatever is thrown

# What the function does; TRAPS, THROWS and LOGS call functions that do nothing else.
BODIES = {
    "trap": TRAP, "trap-behind-if": IF + TRAP + END, "trap-behind-return": RETURN + TRAP, "trap-in-block": BLOCK + TRAP + END,
    "trap-in-loop": LOOP + TRAP + END, "trap-left-out": BLOCK + b"\x0c\0" + TRAP + END, "trap-behind-block": BLOCK + b"\x0c\0" + END + TRAP,
    "trap-maybe-left-out": BLOCK + i32(1) + b"\x0d\0" + TRAP + END, "trap-in-try": TRY + TRAP + CATCH_ALL + END,
    "trap-in-try-table": TRY_TABLE + TRAP + END + END,
    "throw": THROW, "throw-behind-if": IF + THROW + END, "throw-caught": TRY + THROW + CATCH_ALL + END,
    "throw-caught-by-table": TRY_TABLE + THROW + END + END,
    "calls-trap": b"TRAPS", "calls-trap-in-try": TRY + b"TRAPS" + CATCH_ALL + END, "calls-trap-behind-if": IF + b"TRAPS" + END,
    "calls-throw": b"THROWS", "calls-throw-in-try": TRY + b"THROWS" + CATCH_ALL + END,
    "log-then-trap": b"LOGS" + TRAP, "trap-then-log": TRAP + b"LOGS", "calls-trap-then-log": b"TRAPSLOGS",
    "calls-throw-then-log": b"THROWSLOGS",
    "calls-maybe-then-log": b"MAYBELOGS", "calls-again": b"FINEFINETRAPS", "done-then-trap": b"DONE" + TRAP,
    "divide": i32(1) + i32(0) + b"\x6d\x1a", "divide-unsigned": i64(1) + i64(0) + b"\x80\x1a", "remainder": i32(1) + i32(0) + b"\x6f\x1a",
    "remainder-unsigned": i64(1) + i64(0) + b"\x82\x1a", "divide-behind-if": IF + i32(1) + i32(0) + b"\x6d\x1a" + END, "divide-by-one": i32(0) + i32(1) + b"\x6e\x1a",
    "divide-then-trap": i32(1) + i32(0) + b"\x6d\x1a" + TRAP, "divide-of-float": b"\x43" + bytes(4) + b"\x43" + bytes(4) + b"\x95\x1a",
    "divide-by-sum": i32(1) + i32(1) + i32(0) + b"\x6a\x6d\x1a", "self": b"SELF", "self-behind-if": IF + b"SELF" + END, "self-then-log": b"SELFLOGS",
    "log-behind-if-then-trap": IF + b"LOGS" + END + TRAP,
}


def f32(x):
    return b"\x43" + struct.pack("<f", x)


def f64(x):
    return b"\x44" + struct.pack("<d", x)


def at(address, opcode, offset=0):
    """A load or a store of zero."""
    value = b"" if opcode < 0x36 else i64(0) if opcode == 0x37 else i32(0)
    return i32(address) + value + bytes([opcode, 0]) + leb(offset) + (b"\x1a" if opcode < 0x36 else b"")


def called(entry):
    return i32(entry) + b"\x11" + leb(0) + b"\0"


# What traps on constants, beside what nearly does. The memory has 2 pages and at most 3, the table 3 entries of which GOOD and OTHER fill two.
OF_CONSTANTS = {
    "load-far": at(-4, 0x28), "load-last": at(0x1fffc, 0x28), "load-past-maximum": at(0x30000, 0x2d), "load-across-maximum": at(0x2fffd, 0x28),
    "load-past-minimum": at(0x20000, 0x2d), "load-past-minimum-grown": i32(1) + b"\x40\0\x1a" + at(0x20000, 0x2d),
    "store-across-minimum": at(0x1fffd, 0x36), "fill-past-minimum": i32(0x1fff0) + i32(0) + i32(32) + b"\xfc\x0b\0",
    "load-64-across-maximum": at(0x2fffc, 0x29), "load-far-by-sum": i32(-4) + i32(4) + b"\x6a\x28\0\0\x1a", "store-far": at(-1, 0x3a),
    "store-far-of-global": i32(-4) + b"\x23\0\x36\0\0", "store-far-behind-if": IF + at(-1, 0x3a) + END,
    "fill-nothing-far": i32(-1) + i32(0) + i32(0) + b"\xfc\x0b\0", "copy-from-far": i32(0) + i32(-16) + i32(8) + b"\xfc\x0a\0\0",
    "copy-last": i32(0x1fff0) + i32(0) + i32(16) + b"\xfc\x0a\0\0",
    "divide-overflow": i32(-0x80000000) + i32(-1) + b"\x6d\x1a", "divide-unsigned-no-overflow": i32(-0x80000000) + i32(-1) + b"\x6e\x1a",
    "cut-nan": f64(float("nan")) + b"\xaa\x1a", "cut-saturates": f64(float("nan")) + b"\xfc\2\x1a", "cut-31-largest": f64(2147483647.9) + b"\xaa\x1a",
    "cut-31-lowest": f64(-2147483648.9) + b"\xaa\x1a", "cut-31-too-low": f64(-2147483649) + b"\xaa\x1a", "cut-32-below-zero": f32(-0.9) + b"\xa9\x1a",
    "cut-32-negative": f32(-1) + b"\xa9\x1a", "cut-63-lowest": f64(-2.0**63) + b"\xb0\x1a", "cut-63-too-large": f64(2.0**63) + b"\xb0\x1a",
    "cut-64-large": f32(2.0**63) + b"\xaf\x1a", "cut-64-too-large": f64(2.0**64) + b"\xb1\x1a",
    "call-null": called(0), "call-filled": called(1), "call-past-end": called(77), "call-written": i32(0) + b"\xd2GOOD\x26\0" + called(0),
    "call-other": called(2), "call-other-written": i32(2) + b"\xd2GOOD\x26\0" + called(2), "call-other-behind-if": IF + called(2) + END,
    "call-right": i32(7) + i32(2) + b"\x11\1\0\x1a", "call-other-last": i32(2) + b"\x13\0\0",
    "table-past-end": i32(77) + b"\x25\0\x1a", "null-not-null": b"\xd0\x70\xd4\x1a", "null-called": b"\xd0\0\x14\0",
}

# Loops. An Envoy that hangs is stopped after some seconds of work, of those whose name ends in "endless".
LOOPS = {
    "outer-endless": LOOP + BLOCK + b"\x23\0\x1a\x0c\1" + END + END,
    "loop-left": BLOCK + LOOP + i32(1) + b"\x0d\1\x0c\0" + END + END, "loop-once": LOOP + END, "loop-returns": LOOP + RETURN + b"\x0c\0" + END,
    "loop-left-within": BLOCK + LOOP + BLOCK + b"\x0c\2" + END + b"\x0c\0" + END + END,
    "loop-left-out": BLOCK + b"\x0c\0" + LOOP + b"\x0c\0" + END + END,
    "loop-traps": LOOP + at(-4, 0x28) + b"\x0c\0" + END, "loop-calls-trap": LOOP + b"TRAPS\x0c\0" + END,
    "loop-behind-if": IF + LOOP + b"\x0c\0" + END + END,
    "loop-branch-forward": LOOP + BLOCK + b"\x0c\0" + END + END,
}


CALLBACKS = {"proxy_on_vm_start": ("ii>i", i32(1)), "proxy_on_configure": ("ii>i", i32(1)), "proxy_on_context_create": ("ii>", b"")}


def failing(m, **bodies):
    """The module as a filter, with these bodies of first callbacks."""
    indices = {title: m.function(CALLBACKS[title][0], body + CALLBACKS[title][1]) for title, body in bodies.items()}
    m.finish()
    m.exports = [e for e in m.exports if not any(e.startswith(name(title)) for title in indices)]
    for title, index in indices.items():
        m.export(title, FUNCTION, index)
    return m.bytes()


def ending(body, runs, tail=False):
    """runs: which function of a filter it is."""
    m = Module()
    calls = {b"LOG": m.add_import("env", "proxy_log", "iii>i"), b"DONE": m.add_import("wasi_snapshot_preview1", "proc_exit", "i>")}
    m.tags.append(b"\0" + leb(m.type(">")))
    helpers = {b"TRAPS": TRAP, b"THROWS": THROW, b"LOGS": i32(2) + i32(64) + i32(1) + call(calls[b"LOG"]) + b"\x1a", b"MAYBE": IF + TRAP + END, b"FINE": b""}
    for word, code in helpers.items():
        index = m.function(">", code)
        body = body.replace(word, b"\x12" + leb(index) if tail else call(index))
    body = body.replace(b"DONE", i32(0) + call(calls[b"DONE"]))
    body = body.replace(b"SELF", (i32(0) * 2 if runs in CALLBACKS else b"") + call(m.n_functions) + (b"\x1a" if runs in CALLBACKS else b""))
    if runs in CALLBACKS:
        return failing(m, **{runs: body})
    exported = {"start": None, "main": None}.get(runs, runs)
    function = m.function(">", body, export=exported)
    if runs == "start":
        m.start = function
    if runs == "main":
        m.function(">", export="_initialize")
        m.function("ii>i", call(function) + i32(0), export="main")
    return m.finish().bytes()


def of_main_void(body, beside=None):
    """Called by newer Envoys, where there is no main and _initialize is there."""
    m = Module()
    log, done = m.add_import("env", "proxy_log", "iii>i"), m.add_import("env", "proxy_done", ">i")
    if beside != "nothing":
        m.function(">", export="_initialize")
    if beside == "main":
        m.function("ii>i", export="main")
    body = body.replace(b"LOGS", i32(2) + i32(64) + i32(1) + call(log) + b"\x1a").replace(b"DONE", call(done) + b"\x1a")
    m.function(">i", body + i32(0), export="__main_void")
    return m.finish().bytes()


ANSWERS = {"zero": i32(0), "return-zero": i32(0) + RETURN, "two": i32(2), "minus-one": i32(-1), "parameter": b"\x20\0",
           "one-behind-if": i32(1) + b"\x04\x40" + i32(1) + RETURN + END + i32(0),
           "one-of-block": b"\x02\x7f" + i32(1) + i32(1) + b"\x0d\0\x1a" + i32(0) + END,
           "one-left-by-branch": i32(1) + i32(1) + b"\x0d\0\x1a" + i32(0), "zero-dropped": i32(1) + i32(0) + b"\x1a",
           "zero-behind-log": b"LOGS" + i32(0)}


def answering(title, body, create=b""):
    m = Module()
    log = m.add_import("env", "proxy_log", "iii>i")
    body = body.replace(b"LOGS", i32(2) + i32(64) + i32(1) + call(log) + b"\x1a")
    index = m.function("ii>i", body)
    if create:
        m.function("ii>", create, export="proxy_on_context_create")
    m.finish()
    m.exports = [e for e in m.exports if not e.startswith(name(title))]
    m.export(title, FUNCTION, index)
    return m.bytes()


def answers():
    for title in ("proxy_on_vm_start", "proxy_on_configure"):
        for answer, body in ANSWERS.items():
            yield f"answer-{title}-{answer}", answering(title, body)
        yield f"answer-{title}-zero-behind-proxy_on_context_create", answering(title, i32(0), create=TRAP)
    yield "answer-proxy_validate_configuration-zero", answering("proxy_validate_configuration", i32(0))


def of_constants(body, runs):
    m = Module(memory=limits(2, 3))
    m.type(">")
    m.globals.append(b"\x7f\0" + i32(7) + END)
    good, other = m.function(">"), m.function("i>i")
    m.tables.append(b"\x70" + limits(3, 3))
    m.elements.append(b"\0" + i32(1) + END + vector([leb(good), leb(other)]))
    body = body.replace(b"GOOD", leb(good))
    if runs in CALLBACKS:
        return failing(m, **{runs: body})
    function = m.function(">", body, export=None if runs == "start" else runs)
    if runs == "start":
        m.start = function
    return m.finish().bytes()


def thrown_past(block, runs, deeper):
    """A trap behind a call that throws, though only where a condition holds, to a handler around both."""
    m = Module()
    m.tags.append(b"\0" + leb(m.type(">")))
    body = call(m.function(">", i32(1) + b"\x04\x40" + THROW + END)) + TRAP
    if deeper:
        body = call(m.function(">", body))
    body = {"try": TRY + body + CATCH_ALL + END, "try-table": TRY_TABLE + body + END + END}[block]
    if runs in CALLBACKS:
        return failing(m, **{runs: body})
    m.function(">", body, export=runs)
    return m.finish().bytes()


def endings():
    for runs in ("_initialize", "proxy_on_configure"):
        for block in ("try", "try-table"):
            for deeper in (False, True):
                yield f"ending-{runs}-thrown-past-in-{block}" + ("-deeper" if deeper else ""), thrown_past(block, runs, deeper)
    for title, body in BODIES.items():
        for runs in ("start", "_initialize"):
            yield f"ending-{runs}-{title}", ending(body, runs)
    for runs in ("_start", "main"):
        for title in ("trap", "throw", "log-then-trap", "done-then-trap", "trap-maybe-left-out"):
            yield f"ending-{runs}-{title}", ending(BODIES[title], runs)
    for title in ("trap", "trap-behind-if", "trap-in-block", "done", "log-then-trap"):
        for beside in (None, "main", "nothing"):
            yield f"ending-__main_void-{title}" + (f"-beside-{beside}" if beside else ""), of_main_void(BODIES.get(title, b"DONE"), beside)
    yield from answers()
    for runs in CALLBACKS:
        for title in ("trap", "throw", "calls-trap", "trap-maybe-left-out", "divide", "self", "self-behind-if"):
            yield f"ending-{runs}-{title}", ending(BODIES[title], runs)
    for title in ("proxy_on_vm_start", "proxy_on_configure"):
        yield f"ending-{title}-behind-proxy_on_context_create", failing(Module(), proxy_on_context_create=TRAP, **{title: TRAP})
    for title in ("calls-trap", "calls-throw"):
        yield f"ending-start-{title}-last", ending(BODIES[title], "start", tail=True)
    for title, body in OF_CONSTANTS.items():
        yield f"ending-_initialize-{title}", of_constants(body, "_initialize")
    yield "ending-start-call-other", of_constants(OF_CONSTANTS["call-other"], "start")
    for title, body in LOOPS.items():
        yield f"ending-_initialize-{title}", of_constants(body, "_initialize") if b"TRAPS" not in body else ending(body, "_initialize")
    for runs in ("start", "proxy_on_context_create"):
        yield f"ending-{runs}-load-far", of_constants(OF_CONSTANTS["load-far"], runs)
        yield f"ending-{runs}-endless", of_constants(LOOP + b"\x0c\0" + END, runs)
