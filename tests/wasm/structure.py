"""Files that are cut, damaged or something else, and sections that break a rule; the name section among them."""

import base64

from engine import code_with
from exports import exported
from module import END, FUNCTION, HEADER, TABLE, Module, custom, filter_with, leb, name, section, sections, signature, vector


def damaged():
    good = filter_with(("env", "proxy_log", "iii>i")).bytes()
    yield "good", good
    yield "empty", b""
    yield "magic", good[:4]
    yield "header", HEADER
    yield "other-magic", b"\0wsm" + good[4:]
    yield "version-2", b"\0asm\2\0\0\0" + good[8:]
    yield "component", b"\0asm\x0d\0\1\0" + good[8:]
    yield "text", b"(module)"
    yield "gzip", bytes.fromhex("1f8b0800000000000003") + good
    yield "html", b"<!DOCTYPE html><html></html>"
    for title, head in (("xz", b"\xfd7zXZ\0\0\4"), ("bzip2", b"BZh91AY&SY"), ("bom", b"\xef\xbb\xbf"), ("not-found", b"404: Not Found\n")):
        yield title, head + good
    yield "base64", base64.b64encode(good)
    for title, data in (("utf-16", b"\xff\xfe" + good.decode("latin-1").encode("utf-16-le")), ("hexadecimal", good.hex().encode()),
                        ("data-url", b"data:application/wasm;base64," + base64.b64encode(good)), ("http", b"HTTP/1.1 200 OK\r\n\r\n" + good),
                        ("yaml", b"apiVersion: v1\n"), ("lz4", b"\x04\x22\x4d\x18" + good), ("carriage-returns", good.replace(b"\n", b"\r\n")),
                        ("replaced", good.decode("utf-8", "replace").encode()), ("latin-1", good.decode("latin-1").encode())):
        yield f"text-{title}", data
    for at in range(9, len(good), 7):
        yield f"cut-{at:03}", good[:at]
    yield "trailing-byte", good + b"\0"
    yield "trailing-section-1", good + section(1, b"\0")
    yield "unknown-section", good + section(15, b"")
    yield "section-longer", good + bytes([0]) + leb(100) + name("x")
    yield "section-shorter", HEADER + section(1, vector([signature(">")]) + b"\0") + good[8:]
    yield "custom-everywhere", HEADER + custom("a", b"1") + good[8:] + custom("b")
    yield "custom-name-cut", good + section(0, b"\x05ab")
    yield "custom-nameless", good + section(0, b"")
    yield "custom-name-not-utf8", good + section(0, b"\x02\xc3\x28")
    yield "import-name-not-utf8", filter_with(("env", b"\xff\xfe", ">")).bytes()
    yield "export-name-not-utf8", exported(b"\xff\xfe", ">")
    m = Module()
    m.function(">", export="twice")
    m.function(">", export="twice")
    yield "export-twice", m.finish().bytes()
    m = Module().finish()
    m.export("nothing", FUNCTION, 1000)
    yield "export-of-nothing", m.bytes()
    m = Module().finish()
    m.export("nothing", TABLE, 0)
    yield "export-of-no-table", m.bytes()
    m = Module().finish()
    m.functions[-1] = leb(1000)
    yield "type-of-nothing", m.bytes()
    m = Module().finish()
    m.bodies.pop()
    yield "body-missing", m.bytes()
    m = Module().finish()
    m.start = 1
    yield "start-of-another-type", m.bytes()
    m = Module().finish()
    m.start = 1000
    yield "start-of-nothing", m.bytes()
    m = Module().finish()
    m.extra[12] = leb(3)
    yield "data-count-wrong", m.bytes()
    m = Module().finish()
    m.extra[1] = b"\xff\xff\xff\xff\x0f"
    yield "count-huge", m.bytes()
    m = Module().finish()
    m.extra[1] = b"\xff\xff\xff\xff\xff\xff"
    yield "number-too-long", m.bytes()
    m = Module().finish()
    m.extra[1] = b"\xff\xff\xff\xff\x1f"
    yield "number-too-large", m.bytes()
    padded = HEADER + b"".join(bytes([kind]) + leb(len(body), padded=5) + body for kind, body in sections(good))
    yield "padded-sizes", padded
    yield "body-without-end", code_with(b"\x02\x40")
    m = Module()
    m.function(">", b"", locals_=b"\x01\xd1\x86\x03\x7f")
    yield "locals-50001", m.finish().bytes()
    m = Module()
    m.function(">", b"", locals_=b"\x01\xd0\x86\x03\x7f")
    yield "locals-50000", m.finish().bytes()
    for n in (49998, 49999):
        m = Module()
        m.function("ii>", b"", locals_=b"\x01" + leb(n) + b"\x7f")
        yield f"locals-{n}-and-2-parameters", m.finish().bytes()
    m = Module()
    m.function(">", b"", locals_=leb(50001) + b"\0\x7f" * 50001)
    yield "locals-50001-times-none", m.finish().bytes()
    yield "block-type-below-zero", code_with(b"\x02\x80\x80\x80\x80\x70" + END)
    for n in (1000, 1001):
        m = Module()
        m.type("i" * n + ">")
        yield f"parameters-{n}", m.finish().bytes()
    for n in (100000, 100001):
        yield f"name-{n}", exported("x" * n, ">")


def name_sections():
    good = filter_with().bytes()
    functions = vector([leb(0) + name("f"), leb(1) + name("g")])
    sound = b"\1" + leb(len(functions)) + functions
    cases = {
        "sound": sound, "empty": b"", "module-name": b"\0" + leb(4) + name("abc"), "twice": sound + sound,
        "subsection-overruns": b"\1" + leb(100) + functions, "other-subsection-overruns": b"\7" + leb(100) + b"abc",
        "string-overruns": b"\1" + leb(4) + b"\1\0\x7fa", "count-overruns": b"\1" + leb(2) + b"\x7f\0",
        "size-too-small": b"\1" + leb(len(functions) - 1) + functions, "size-missing": b"\1",
        "index-out-of-range": b"\1" + leb(5) + b"\1\xe8\x07\1a", "not-utf8": b"\1" + leb(4) + b"\1\0\1\xff",
        "garbage-in-locals": b"\2" + leb(3) + b"\xff\xff\xff", "index-too-large": b"\1" + leb(8) + b"\1\xff\xff\xff\xff\x0f\1a",
        "unsorted": b"\1" + leb(7) + b"\2\1\1b\0\1a",
    }
    for title, payload in cases.items():
        yield f"names-{title}", good + custom("name", payload)
    yield "names-first", HEADER + custom("name", b"\1\x7f") + good[8:]
    yield "names-second-is-bad", good + custom("name", sound) + custom("name", b"\1\x7f")
    yield "names-not-its-name", good + custom("name2", b"\1\x7f")
