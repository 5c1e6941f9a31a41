"""Bodies with operands of the right types and of others."""

from module import END, Module, call, i32, i64, leb, limits


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
