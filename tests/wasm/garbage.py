"""Filters with types and instructions of garbage collection, sound and not; and the specification's own modules, made filters."""

from module import END, Module, i32, leb, name, number, section, signature

LOG, NONE = signature("iii>i"), signature(">")
STRUCT, ARRAY = b"\x5f\2\x7f\1\x78\0", b"\x5e\x7f\1"  # of a mutable i32 and a constant i8; of mutable i32s
# How a type is declared that takes the first places: bytes, declarations, types, and which of them it is.
DECLARED = {"alone": (LOG, 1, 1, 0), "final": (b"\x4f\0" + LOG, 1, 1, 0), "group-of-one": (b"\x4e\1" + LOG, 1, 1, 0),
            "open": (b"\x50\0" + LOG, 1, 1, 0), "beneath": (b"\x50\0" + LOG + b"\x4f\1\0" + LOG, 2, 2, 1),
            "first-of-two": (b"\x4e\2" + LOG + NONE, 1, 2, 0), "second-of-two": (b"\x4e\2" + NONE + LOG, 1, 2, 1),}
BODIES = {"struct": i32(1) + i32(2) + b"\xfb\0\0\xfb\3\0\1\x1a", "struct-empty-handed": i32(1) + b"\xfb\0\0\x1a",
          "struct-default": b"\xfb\1\0\xfb\2\0\0\x1a", "field-whole": b"\xfb\1\0\xfb\2\0\1\x1a",
          "field-part": b"\xfb\1\0\xfb\4\0\0\x1a", "field-missing": b"\xfb\1\0\xfb\2\0\2\x1a",
          "field-set": b"\xfb\1\0" + i32(1) + b"\xfb\5\0\0", "field-constant": b"\xfb\1\0" + i32(1) + b"\xfb\5\0\1",
          "array": i32(1) * 2 + b"\xfb\6\1" + i32(0) + b"\xfb\x0b\1\x1a", "array-as-struct": b"\xfb\1\1\x1a",
          "struct-as-array": b"\xfb\1\0" + i32(0) + b"\xfb\x0b\1\x1a",
          "array-fixed": i32(1) * 3 + b"\xfb\x08\1\3\xfb\x0f\x1a",
          "array-fixed-short": i32(1) + b"\xfb\x08\1\3\xfb\x0f\x1a", "length-of-struct": b"\xfb\1\0\xfb\x0f\x1a",
          "i31": i32(1) + b"\xfb\x1c\xfb\x1d\x1a", "i31-of-null": b"\xd0\x6c\xfb\x1e\x1a",
          "i31-of-struct": b"\xfb\1\0\xfb\x1e\x1a", "cast": b"\xd0\x6e\xfb\x17\0\xfb\2\0\0\x1a",
          "cast-other-kind": b"\xd0\x70\xfb\x17\0\x1a", "test": b"\xd0\x6e\xfb\x14\x6b\x1a",
          "branch": b"\x02\x63\0\xd0\x6e\xfb\x18\3\0\x6e\0\x1a\xd0\0\x0b\x1a",
          "branch-upwards": b"\x02\x63\0\xd0\x6e\xfb\x18\3\0\x6b\x6e\x1a\xd0\0\x0b\x1a",
          "branch-without-value": b"\xd0\x6e\xfb\x18\3\0\x6e\x6e\x1a", "convert": b"\xd0\x6f\xfb\x1a\xfb\x1b\x1a",
          "convert-function": b"\xd0\x70\xfb\x1b\x1a", "convert-unreachable": b"\x02\x64\x6e\0\xfb\x1a\x0b\x1a",
          "convert-unreachable-null": b"\x02\x64\x6e\0\xd0\x6f\xfb\x1a\x0b\x1a",
          "null-of-all": b"\x02\x63\0\xd0\x71\x0b\x1a", "null-of-functions": b"\x02\x63\0\xd0\x73\x0b\x1a",
          "equal": b"\xfb\1\0\xd0\x6d\xd3\x1a", "equal-functions": b"\xd0\x70\xd0\x70\xd3\x1a",
          "equal-numbers-unreachable": b"\0" + i32(0) * 2 + b"\xd3\x1a",}
# Beneath (struct (field i32 constant)), which is open.
BENEATH = {"same": b"\x5f\1\x7f\0", "more": b"\x5f\2\x7f\0\x7e\1", "fewer": b"\x5f\0", "mutable": b"\x5f\1\x7f\1",
           "other": b"\x5f\1\x7e\0", "array": b"\x5e\x7f\0",}


def importing(declaration):
    """proxy_log, by a type that is declared so; numbers of the other types go on behind it."""
    head, n, types, which = DECLARED[declaration]
    m = Module()
    m.types += [b"in head %d" % i for i in range(types)]
    m.imports.append(name("env") + name("proxy_log") + b"\0" + leb(which))
    m.n_functions += 1
    m.finish()
    m.extra[1] = leb(n + len(m.types) - types) + head + b"".join(m.types[types:])
    return m.bytes()


def with_types(types, body=b""):
    m = Module()
    m.types += types
    m.function(">", body)
    return m.finish().bytes()


def chain(n):
    return [b"\x50\0\x5f\0"] + [b"\x50\1" + leb(i) + b"\x5f\0" for i in range(n)]


def garbage():
    for declaration in DECLARED:
        yield f"gc-import-{declaration}", importing(declaration)
    for title, body in BODIES.items():
        yield f"gc-{title}", with_types([STRUCT, ARRAY], body)
    for title, below in BENEATH.items():
        yield f"gc-beneath-{title}", with_types([b"\x50\0\x5f\1\x7f\0", b"\x50\1\0" + below])
    yield "gc-struct-must-be-set", with_types([b"\x5f\1\x64\x6e\0"], b"\xfb\1\0\x1a")
    yield "gc-beneath-final", with_types([b"\x5f\0", b"\x50\1\0\x5f\0"])
    yield "gc-beneath-two", with_types([b"\x50\0\x5f\0", b"\x50\0\x5f\0", b"\x50\2\0\1\x5f\0"])
    for n in (63, 64):
        yield f"gc-chain-{n}", with_types(chain(n))
    for n in (10000, 10001):
        yield f"gc-fields-{n}", with_types([b"\x5f" + leb(n) + b"\x7f\0" * n])
        yield f"gc-values-{n}", with_types([STRUCT, ARRAY], i32(0) * n + b"\xfb\x08\1" + leb(n) + b"\x1a")
    for title, value in (("struct", i32(1) * 2 + b"\xfb\0\0"), ("too-few", i32(1) + b"\xfb\0\0"),
                         ("default", b"\xfb\1\0"), ("array", i32(0) * 2 + b"\xfb\6\1")):
        m = Module()
        m.types += [STRUCT, ARRAY]
        m.globals.append(b"\x64\0\0" + value + END)
        yield f"gc-constant-{title}", m.finish().bytes()


# ---- modules of the specification as filters ----


def as_filter(data, sections):
    """The module, with an export of the ABI's version behind all that it has, so that Envoys ask V8 about it. None: it is not made so simply."""
    parts = dict(sections)
    if len(parts) != len(sections) or any(kind in parts for kind in (0, 2)):
        return None
    n_types = number(parts.get(1, b"\0"), 0)[0] if b"\x4e" not in parts.get(1, b"") else None
    if n_types is None:
        return None
    functions, code = parts.get(3, b"\0"), parts.get(10, b"\0")
    index = number(functions, 0)[0]
    added = {1: NONE, 3: leb(n_types), 7: name("proxy_abi_version_0_2_1") + b"\0" + leb(index), 10: b"\2\0\x0b"}
    if number(code, 0)[0] != index:
        return None
    for kind, bytes_ in added.items():
        n, at = number(parts.get(kind, b"\0"), 0)
        parts[kind] = leb(n + 1) + parts.get(kind, b"\0")[at:] + bytes_
    order = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
    return data[:8] + b"".join(section(kind, parts[kind]) for kind in order if kind in parts)
