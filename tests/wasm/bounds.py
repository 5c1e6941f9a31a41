"""Modules whose memories and tables are at the bounds of V8 and of what Envoy makes for an import."""

from module import MEMORY, TABLE, Module, leb, limits

HALF = 1 << 31  # from here on V8's list of imports and exports cannot hold a table's maximum
ENTRIES = 10000000
PAGES_64 = 262144


def limits_64(low, high=None, flags=4):
    return limits(low, high, flags)


def importing(table=None, memory=None, missing=None):
    """missing: "before" or "behind" the others, a function that no Envoy has."""
    m = Module(**({"memory": None} if memory else {}))
    if missing == "before":
        m.add_import("env", "zzz", ">")
    if table:
        m.add_raw_import("env", "table", b"\x01\x70" + table)
    if memory:
        m.add_raw_import("env", "memory", b"\x02" + memory)
    if missing == "behind":
        m.add_import("env", "zzz", ">")
    m.finish()
    if memory:
        m.export("memory", MEMORY, 0)
    return m.bytes()


def with_table(table, exported=False):
    m = Module()
    m.tables.append(b"\x70" + table)
    if exported:
        m.export("t", TABLE, 0)
    return m.finish().bytes()


def imported():
    for high in (ENTRIES, ENTRIES + 1, HALF - 1, HALF, 2 * HALF - 1):
        yield f"table-up-to-{high}", importing(limits(1, high))
        yield f"table64-up-to-{high}", importing(limits_64(1, high))
    yield "table-from-10000001", importing(limits(ENTRIES + 1))
    yield "table-from-10000000", importing(limits(ENTRIES))
    yield "table64", importing(limits_64(1))
    yield "table64-up-to-2p40", importing(limits_64(1, 1 << 40))
    for where in ("before", "behind"):
        yield f"table-missing-{where}", importing(limits(1, ENTRIES + 1), missing=where)
        yield f"table64-missing-{where}", importing(limits_64(1), missing=where)
        yield f"memory-missing-{where}", importing(memory=limits(17000), missing=where)
        yield f"memory-shared-missing-{where}", importing(memory=limits(1, 2, flags=2), missing=where)
    yield "table-and-shared-memory", importing(limits(1, ENTRIES + 1), limits(1, 2, flags=2))
    yield "table64-and-memory", importing(limits_64(1), limits(17000))
    yield "memory64", importing(memory=limits_64(1))
    yield "memory64-shared", importing(memory=limits_64(1, 10, flags=6))
    yield "memory64-from-17000", importing(memory=limits_64(17000))
    for high in (65536, 65537, PAGES_64, PAGES_64 + 1):
        yield f"memory64-up-to-{high}", importing(memory=limits_64(1, high))
    yield "memory-shared-from-17000", importing(memory=limits(17000, 18000, flags=2))
    yield "memory-up-to-65536", importing(memory=limits(1, 65536))
    yield "memory-from-0", importing(memory=limits(0))


def defined():
    for high in (ENTRIES + 1, HALF - 1, HALF, 2 * HALF - 1):
        yield f"table-up-to-{high}", with_table(limits(1, high))
        yield f"table-exported-up-to-{high}", with_table(limits(1, high), exported=True)
    yield "table64-up-to-2p40", with_table(limits_64(1, 1 << 40))
    yield "table64-exported-up-to-2p40", with_table(limits_64(1, 1 << 40), exported=True)
    yield "table64-from-10000001", with_table(limits_64(ENTRIES + 1))
    yield "table-from-10000000", with_table(limits(ENTRIES))
    for pages in (PAGES_64, PAGES_64 + 1, 1 << 48):
        yield f"memory64-from-{pages}", Module(memory=limits_64(pages)).finish().bytes()
        yield f"memory64-up-to-{pages}", Module(memory=limits_64(1, pages)).finish().bytes()


def atomics():
    """Below, at and above the alignment that each has by nature, of a load, a store and an exchange."""
    for title, opcode, natural, operands, rest in (("load", 0x10, 2, b"\x41\0", b"\x1a"),
                                                   ("store", 0x17, 2, b"\x41\0\x41\0", b""),
                                                   ("load64", 0x11, 3, b"\x41\0", b"\x1a"),
                                                   ("load8", 0x12, 0, b"\x41\0", b"\x1a"),
                                                   ("notify", 0, 2, b"\x41\0\x41\0", b"\x1a"),
                                                   ("exchange", 0x48, 2, b"\x41\0" * 3, b"\x1a")):
        for power in sorted({max(natural - 1, 0), natural, natural + 1}):
            m = Module()
            m.function(">", operands + b"\xfe" + leb(opcode) + leb(power) + b"\0" + rest)
            yield f"{title}-{power}", m.finish().bytes()


def bounds():
    for title, part in (("bounds-import", imported), ("bounds", defined), ("bounds-atomic", atomics)):
        for name, module in part():
            yield f"{title}-{name}", module
