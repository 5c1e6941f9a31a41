"""Segments at the bounds of any memory and table, by offsets that are written as constants, sums and globals."""

from module import END, MEMORY, Module, i32, i64, leb, limits, vector

PAGE = 65536
DATA = leb(4) + b"data"


def filling(data, **kw):
    m = Module(**kw)
    m.data.append(data)
    return m


def of_other_memories():
    """The first has 2 pages, the second 1."""
    for memory, size in ((0, 2 * PAGE), (1, PAGE)):
        for title, at in (("inside", size - 4), ("outside", size - 3)):
            m = filling(b"\2" + leb(memory) + i32(at) + END + DATA)
            m.extra[5] = vector([limits(2), limits(1)])
            yield f"memory-{memory}-{title}", m.finish().bytes()
    for title, at in (("inside", 2 * PAGE - 4), ("outside", 2 * PAGE - 3), ("far", 1 << 40), ("negative", -1)):
        yield f"memory64-{title}", filling(b"\0" + i64(at) + END + DATA, memory=limits(2, flags=4)).finish().bytes()
    for title, at in (("inside", 2 * PAGE - 4), ("outside", 2 * PAGE - 3)):
        m = filling(b"\0" + i32(at) + END + DATA, memory=None)
        m.add_raw_import("env", "memory", b"\2" + limits(2))
        m.finish()
        m.export("memory", MEMORY, 0)
        yield f"imported-memory-{title}", m.bytes()


def of_other_tables():
    for n in (2, 3):
        m = Module()
        m.tables += [b"\x70" + limits(9), b"\x70" + limits(2)]
        m.function(">")
        m.elements.append(b"\2\1" + i32(0) + END + b"\0" + vector([b"\0"] * n))
        yield f"table-1-of-{n}", m.finish().bytes()


def of_numbers():
    """In a segment that fills no table; a packed type stands for no value."""
    for title, kind, value in (("i32", b"\x7f", i32(1)), ("i64", b"\x7e", i64(1)), ("v128", b"\x7b", b"\xfd\x0c" + bytes(16)),
                               ("i8", b"\x78", i32(1))):
        for use, head in (("passive", b"\5"), ("declared", b"\7"), ("active", b"\6\0" + i32(0) + END)):
            for n in (0, 1):
                m = Module()
                m.tables.append(b"\x70" + limits(1))
                m.elements.append(head + kind + vector([value + END] * n))
                yield f"{use}-of-{n}-{title}", m.finish().bytes()
    m = Module()
    m.elements.append(b"\5\x7f" + vector([i64(1) + END]))
    yield "passive-of-other-number", m.finish().bytes()


def at_what_is_computed():
    """Modulo 2 to the 32, as the engine computes. The memory has 2 pages."""
    add, subtract, multiply = b"\x6a", b"\x6b", b"\x6c"
    for title, offset in (("sum-inside", i32(PAGE) + i32(PAGE - 4) + add), ("sum-outside", i32(PAGE) + i32(PAGE - 3) + add),
                          ("sum-around", i32(-8) + i32(16) + add), ("difference-inside", i32(8) + i32(8) + subtract),
                          ("difference-outside", i32(8) + i32(9) + subtract), ("product-outside", i32(PAGE) + i32(2) + multiply),
                          ("product-around", i32(PAGE) * 2 + multiply),
                          ("sum-of-20", i32(PAGE) + (i32(PAGE) + add) * 19)):
        yield title, filling(b"\0" + offset + END + DATA).finish().bytes()
    for title, at in (("inside", 2 * PAGE - 4), ("outside", 2 * PAGE - 3)):
        for index in (0, 1):
            m = filling(b"\0\x23" + leb(index) + END + DATA)
            m.globals += [b"\x7f\0" + i32(at) + END, b"\x7f\0\x23\0" + END]
            yield f"global-{index}-{title}", m.finish().bytes()
        m = filling(b"\0\x23\0" + i32(PAGE) + add + END + DATA)
        m.globals.append(b"\x7f\0" + i32(at - PAGE) + END)
        yield f"global-and-sum-{title}", m.finish().bytes()


def segments():
    for part in (of_other_memories, of_other_tables, of_numbers, at_what_is_computed):
        for title, module in part():
            yield f"segment-{title}", module
