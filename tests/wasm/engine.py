"""What the engine must know: instructions and types of proposals, constants, indices."""

from module import END, Module, call, i32, i64, leb, limits, vector

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
