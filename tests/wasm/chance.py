"""Filters made by chance: what one rule says of a module, and another of the same module, and which Envoy meets first."""

from engine import V128
from exports import CALLBACKS
from imports import NOT_OFFERED, WASI, host_functions
from module import END, Module, call, custom, data_segment, i32, leb, limits, name, vector

HOST = list(host_functions())
# Of any module, without a value left over.
BODIES = (V128 + b"\x1a", V128 * 2 + b"\xfd\x80\x02\x1a", i32(0) * 3 + b"\xfc\x0a\0\0", b"\xd0\x70\x1a",
          i32(1) + b"\xfb\x1c\x1a", i32(1) + i32(2) + i32(3) + b"\x1c\x01\x7f\x1a", b"\x06\x40\x19" + END,
          b"\x1f\x40\0" + END, b"\x03\x40" + END, i32(0) + b"\x40\0\x1a", b"\x02\x40" + i32(0) + b"\x0e\x01\0\0" + END,
          b"\x02\x40\x0c\0\x00" + END, b"\xfe\x03\0", b"")
NAMES = (b"\1\x7f", b"\0" + leb(4) + name("abc"), b"", b"\2\3\xff\xff\xff")


def options(rng):
    some = {}
    if rng.random() < 0.15:
        some["abi"] = rng.choice(["0_1_0", "0_2_0", None, "0_3_0"])
    if rng.random() < 0.1:
        some["malloc"] = rng.choice(["malloc", None])
    if rng.random() < 0.1:
        some["memory"] = rng.choice([limits(1), limits(16384), limits(16385), limits(1, 65536), limits(1, 2, flags=2)])
    return some


def add_import(module, rng):
    where, field, text = rng.choice(HOST)
    kind = rng.random()
    if kind < 0.1:
        params, _, results = text.partition(">")
        text = f"{params}i>{results}"
    elif kind < 0.15:
        where, field, text = rng.choice(NOT_OFFERED)
    elif kind < 0.2 and where.startswith("wasi"):
        where = WASI[1]
    elif kind < 0.23:
        module.add_raw_import("env", f"g{rng.randint(0, 3)}", b"\x03\x7f" + rng.choice([b"\0", b"\1"]))
        return
    elif kind < 0.25 and not any(name("env") + name("t") in item for item in module.imports):  # of several, Envoy reads what is gone
        module.add_raw_import("env", "t", b"\x01\x70" + limits(1))
        return
    module.add_import(where, field, text)


def add_functions(module, rng):
    for _ in range(rng.choice([0, 1, 2, 4])):
        module.function(">", rng.choice(BODIES), export=rng.choice(["_initialize", "_start", "main", "x"]) if rng.random() < 0.3 else None)
    for title, text in rng.sample(list(CALLBACKS.items()), rng.choice([0, 1, 3])):
        params, _, results = text.partition(">")
        module.function(f"{params}{'i' if rng.random() < 0.1 else ''}>{results}", export=title)


def add_segments(module, rng, first):
    if rng.random() < 0.2:
        module.data.append(data_segment(rng.choice([0, 65532, 65536, 131072, 131073]), b"da"))
    if rng.random() < 0.1:
        module.tags.append(b"\0" + leb(module.type(">")))
    if rng.random() < 0.15:
        module.tables.append(b"\x70" + limits(rng.choice([0, 1, 3])))
        module.elements.append(b"\0" + i32(0) + END + vector([leb(first)] * rng.choice([0, 1, 4])))


def by_chance(rng):
    module = Module(**options(rng))
    for _ in range(rng.choice([0, 1, 1, 2, 3, 5])):
        add_import(module, rng)
    first = module.n_functions
    helper = module.function(">")
    module.function(">", call(helper))
    add_functions(module, rng)
    add_segments(module, rng, first)
    if rng.random() < 0.15:
        module.start = helper
    module.finish()
    if rng.random() < 0.1:
        module.custom_after = custom("name", rng.choice(NAMES))
    return module.bytes()
