"""Files that begin like a module and are of another version: components most of all. Envoy's own reader minds no version: it takes the
section that has the number of the exports for them, and V8 sees only what is left."""

from module import HEADER, leb, name, section, vector

COMPONENT = b"\0asm\x0d\0\1\0"
ABI = "proxy_abi_version_0_2_1"


def exported(title, kind=0):
    return name(title) + bytes([kind]) + leb(0)


# What stands in the section 7, which is that of types in a component.
TYPES = {
    "function-type": b"\1\x40\1\1a\x79\0\x79", "two-types": b"\2\x7f\x70\x7f", "none": b"\0", "empty": b"", "more-than-bytes": b"\5\0\0\0",
    "as-many-as-bytes": b"\2\0\0", "abi": vector([exported(ABI)]), "abi-and-rubbish": b"\5" + exported(ABI) + b"\xff" * 4,
    "abi-behind-rubbish": b"\x09\x7f" + exported(ABI), "abi-behind-another": vector([exported("memory", 2), exported(ABI)]),
    "abi-is-a-memory": vector([exported(ABI, 2)]), "abi-unknown": vector([exported("proxy_abi_version_0_2_2")]),
    "abi-cut": b"\1" + exported(ABI)[:-1], "name-cut": b"\1" + exported(ABI)[:-2], "name-not-utf8": vector([exported(b"\xff\xfe")]),
}


def others():
    for title, payload in TYPES.items():
        yield f"component-{title}", COMPONENT + section(7, payload)
    yield "component-alone", COMPONENT
    yield "component-of-a-module", COMPONENT + section(1, HEADER + section(7, vector([exported(ABI)])))
    yield "component-longer", COMPONENT + bytes([1]) + leb(100) + b"abc"
    yield "component-behind-types", COMPONENT + section(7, vector([exported(ABI)])) + bytes([1]) + leb(100)
    yield "component-twice", COMPONENT + section(7, b"\0") + section(7, vector([exported(ABI)]))
    yield "version-3-none", b"\0asm\3\0\0\0" + section(7, b"\0")
    yield "version-3-abi", b"\0asm\3\0\0\0" + section(7, vector([exported(ABI)]))
