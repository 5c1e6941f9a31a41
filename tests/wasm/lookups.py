"""Modules whose exports and imports have names by which V8's C interface finds nothing, and names that are near to those."""

from module import END, FUNCTION, GLOBAL, MEMORY, TABLE, Module, i32, limits

INDICES = ("0", "42", "4294967294")  # of an array's entries, as JavaScript writes them
NO_INDICES = ("4294967295", "00", "-1", "1.5", "", "__proto__", "\ufeff", "a\0b")
ZERO_AT_END = ("\0", "f\0", "f\0\0", "0\0")


def exporting(*exports):
    """Exports: (kind, name)."""
    m = Module()
    for kind, title in exports:
        if kind == FUNCTION:
            m.function(">", export=title)
    m.finish()
    m.globals.append(b"\x7f\0" + i32(0) + END)
    m.tables.append(b"\x70" + limits(1))
    for kind, title in exports:
        if kind != FUNCTION:
            m.export(title, kind, 0)
    return m.bytes()


def importing(kind, where, field):
    m = Module(memory=None if kind == "memory" else limits(2))
    if kind == "function":
        m.add_import(where, field, "iii>i")
    else:
        m.add_raw_import(where, field, b"\x02" + limits(2) if kind == "memory" else b"\x01\x70" + limits(1))
    m.finish()
    if kind == "memory":
        m.export("memory", MEMORY, 0)
    return m.bytes()


def lookups():
    for title in INDICES + NO_INDICES + ZERO_AT_END:
        for kind, word in ((FUNCTION, "function"), (MEMORY, "memory"), (GLOBAL, "global"), (TABLE, "table")):
            yield f"lookup-export-{word}-{title!a}", exporting((kind, title))
        yield f"lookup-import-memory-{title!a}", importing("memory", "env", title)
        yield f"lookup-import-table-{title!a}", importing("table", title, "t")
    for where, field in (("0", "proxy_log"), ("env", "0")):
        yield f"lookup-import-function-{where}-{field}", importing("function", where, field)
    # What is there without the zero byte is taken instead.
    for kind, word in ((FUNCTION, "function"), (MEMORY, "memory"), (GLOBAL, "global"), (TABLE, "table")):
        for beside, other in ((FUNCTION, "function"), (MEMORY, "memory"), (GLOBAL, "global"), (TABLE, "table")):
            yield f"lookup-export-{word}-beside-{other}", exporting((beside, "f"), (kind, "f\0"))
            yield f"lookup-export-{word}-before-{other}", exporting((kind, "f\0"), (beside, "f"))
    yield "lookup-export-two-zeros-beside-one", exporting((FUNCTION, "f\0\0"), (FUNCTION, "f\0"), (FUNCTION, "f"))
    yield "lookup-export-index-beside", exporting((FUNCTION, "7\0"), (FUNCTION, "7"))
    m = Module()
    m.add_import("env", "zzz", ">")
    m.function(">", export="0")
    yield "lookup-export-behind-missing", m.finish().bytes()
    m = Module(malloc=None)
    m.function(">", export="0")
    yield "lookup-export-before-malloc", m.finish().bytes()
