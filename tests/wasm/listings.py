"""Imports and exports of types that V8's C interface, through which Envoy lists them, can tell or cannot."""

from module import END, FUNCTION, GLOBAL, TABLE, TAG, Module, leb, limits

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
