"""Numbers in more bytes than they need, where V8 reads a number and the specification a byte, or the other way round."""

from module import END, Module, i32, leb


def negative(byte, n):
    """A negative number of one byte, in n."""
    return bytes([byte | 0x80]) + b"\xff" * (n - 2) + b"\x7f"


def with_body(body):
    m = Module()
    m.function(">", body)
    return m.finish().bytes()


def with_type(value):
    m = Module()
    m.types.append(b"\x60\1" + value + b"\0")
    return m.finish().bytes()


def with_tag(attribute):
    m = Module()
    m.tags.append(attribute + leb(m.type(">")))
    return m.finish().bytes()


def stretched():
    for n in (2, 5, 6):
        void, funcref, number = (negative(byte, n) for byte in (0x40, 0x70, 0x7f))
        yield f"stretched-block-{n}", with_body(b"\x02" + void + END)
        yield f"stretched-block-of-i32-{n}", with_body(b"\x02" + number + i32(1) + END + b"\x1a")
        yield f"stretched-null-{n}", with_body(b"\xd0" + funcref + b"\x1a")
        yield f"stretched-parameter-{n}", with_type(funcref)
        yield f"stretched-heap-{n}", with_type(b"\x63" + funcref)
        yield f"stretched-heap-of-number-{n}", with_type(b"\x63" + number)
        yield f"stretched-tag-{n}", with_tag(leb(0, padded=n))
    yield "stretched-tag-of-1", with_tag(b"\1")
