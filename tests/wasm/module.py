"""Modules made byte by byte: what the tests inspect, and what real Envoys are asked about."""

TYPES = {"i32": 0x7F, "i64": 0x7E, "f32": 0x7D, "f64": 0x7C, "v128": 0x7B, "funcref": 0x70, "externref": 0x6F}
LETTERS = {"i": "i32", "I": "i64", "f": "f32", "F": "f64"}
FUNCTION, TABLE, MEMORY, GLOBAL, TAG = range(5)
HEADER = b"\0asm\1\0\0\0"
END = b"\x0b"


def leb(n, padded=0):
    """Unsigned LEB128; padded: to that many bytes, as Go's linker writes sizes."""
    out = bytearray()
    while True:
        byte, n = n & 0x7F, n >> 7
        more = n or len(out) + 1 < padded
        out.append(byte | (0x80 if more else 0))
        if not more:
            return bytes(out)


def number(data, at):
    """(unsigned LEB128 that stands there, the place behind it)"""
    value = shift = 0
    while True:
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def sections(data):
    """(number, payload) of each, of a module whose sections are whole."""
    at = 8
    while at < len(data):
        kind = data[at]
        size, at = number(data, at + 1)
        yield kind, data[at:at + size]
        at += size


def sleb(n):
    out = bytearray()
    while True:
        byte, n = n & 0x7F, n >> 7
        done = (n == 0 and not byte & 0x40) or (n == -1 and byte & 0x40)
        out.append(byte | (0 if done else 0x80))
        if done:
            return bytes(out)


def name(text):
    data = text if isinstance(text, bytes) else text.encode()
    return leb(len(data)) + data


def vector(items):
    return leb(len(items)) + b"".join(items)


def section(number, payload):
    return bytes([number]) + leb(len(payload)) + payload


def custom(title, payload=b""):
    return section(0, name(title) + payload)


def signature(text):
    """'iiI>i' as bytes of a function type."""
    params, _, results = text.partition(">")
    values = [vector([bytes([TYPES[LETTERS[c]]]) for c in part]) for part in (params, results)]
    return b"\x60" + values[0] + values[1]


def i32(n):
    return b"\x41" + sleb(n)


def i64(n):
    return b"\x42" + sleb(n)


def call(index):
    return b"\x10" + leb(index)


def limits(low, high=None, flags=0):
    return bytes([flags | (high is not None)]) + leb(low) + (leb(high) if high is not None else b"")


CONSTANTS = {"i": i32(0), "I": i64(0), "f": b"\x43" + bytes(4), "F": b"\x44" + bytes(8)}


def constants(results):
    return b"".join(CONSTANTS[c] for c in results)


class Module:
    """A filter that loads on every Envoy, unless something is taken away or added.

    Functions are numbered in the order of their import, then of their definition.
    """

    def __init__(self, abi="0_2_1", memory=limits(2), export_memory="memory", malloc="proxy_on_memory_allocate"):
        self.types, self.imports, self.functions, self.bodies, self.exports = [], [], [], [], []
        self.n_functions = 0
        self.memory, self.start, self.data, self.globals, self.tables = memory, None, [], [], []
        self.elements, self.tags, self.extra = [], [], {}
        self.abi, self.malloc, self.export_memory = abi, malloc, export_memory
        self.custom_before, self.custom_after = b"", b""

    def type(self, text):
        encoded = text if isinstance(text, bytes) else signature(text)
        if encoded not in self.types:
            self.types.append(encoded)
        return self.types.index(encoded)

    def add_import(self, module, field, text):
        if self.functions:
            raise ValueError("imports come first")
        self.imports.append(name(module) + name(field) + b"\0" + leb(self.type(text)))
        self.n_functions += 1
        return self.n_functions - 1

    def add_raw_import(self, module, field, description):
        self.imports.append(name(module) + name(field) + description)

    def function(self, text, body=None, export=None, locals_=b"\0"):
        """body: without its end; default: constants for the results."""
        self.functions.append(leb(self.type(text)))
        if body is None:
            body = constants(text.partition(">")[2])
        code = locals_ + body + END
        self.bodies.append(leb(len(code)) + code)
        self.n_functions += 1
        if export is not None:
            self.export(export, FUNCTION, self.n_functions - 1)
        return self.n_functions - 1

    def export(self, title, kind, index):
        self.exports.append(name(title) + bytes([kind]) + leb(index))

    def finish(self):
        """What every filter has: the ABI version, an allocator, and yes to being started and configured."""
        if self.abi:
            self.function(">", export=f"proxy_abi_version_{self.abi}")
        if self.malloc:
            self.function("i>i", i32(1024), export=self.malloc)
        self.function("ii>i", i32(1), export="proxy_on_vm_start")
        self.function("ii>i", i32(1), export="proxy_on_configure")
        if self.memory and self.export_memory:
            self.export(self.export_memory, MEMORY, 0)
        return self

    def bytes(self):
        parts = [
            (1, vector(self.types)),
            (2, vector(self.imports)),
            (3, vector(self.functions)),
            (4, vector(self.tables)),
            (5, vector([self.memory]) if self.memory else b"\0"),
            (13, vector(self.tags)),
            (6, vector(self.globals)),
            (7, vector(self.exports)),
            (8, leb(self.start) if self.start is not None else b"\0"),
            (9, vector(self.elements)),
            (12, self.extra.get(12, b"\0")),
            (10, vector(self.bodies)),
            (11, vector(self.data)),
        ]
        empty = {8: self.start is None}
        out = HEADER + self.custom_before
        for number, payload in parts:
            payload = self.extra.get(number, payload)
            if number in self.extra or (payload != b"\0" and not empty.get(number)) or (number == 8 and self.start is not None):
                out += section(number, payload)
        return out + self.custom_after


def filter_with(*imports, **kw):
    """A loading filter with these imports: ("env", "proxy_log", "iii>i")."""
    m = Module(**kw)
    for item in imports:
        m.add_import(*item)
    return m.finish()


def arguments(text, pointers=64):
    """Constants for the parameters of a function: small addresses, so that pointers are good ones."""
    return b"".join(i32(pointers) if c == "i" else i64(0) if c == "I" else CONSTANTS[c] for c in text.partition(">")[0])


def calling(module, field, text, where):
    """A filter that calls the import with addresses inside of its memory: in the start section, `_initialize` or malloc."""
    m = Module(malloc=None if where == "malloc" else "proxy_on_memory_allocate")
    index = m.add_import(module, field, text)
    body = arguments(text) + call(index) + (b"\x1a" if text.partition(">")[2] else b"")
    if where == "start":
        m.start = m.function(">", body)
    elif where == "malloc":
        m.function("i>i", body + i32(1024), export="malloc")
    else:
        m.function(">", body, export=where)
    return m.finish()


def data_segment(offset, content):
    return b"\0" + i32(offset) + END + leb(len(content)) + content
