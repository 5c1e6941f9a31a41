"""Blocks and exception handlers in any order, right and wrong, judged by V8 itself (Node) and by `callout inspect` alike."""

import random

import v8
from module import END, Module, i32, leb

MODULES, SEED = 1500, 1
OPENING = {"block": b"\x02\x40", "loop": b"\x03\x40", "if": i32(1) + b"\x04\x40", "try": b"\x06\x40"}
KINDS = [*OPENING, "try", "try", "end", "end", "end", "else", "catch", "catch", "catch all", "delegate", "rethrow",
         "branch", "branches", "throw", "nop", "unreachable"]


def label(rng, depth):
    return leb(rng.randint(0, depth + (rng.random() < 0.15)))


def instruction(rng, kind, open_blocks):
    """Its bytes, mostly where it may stand. Keeps count of the blocks that are open."""
    depth, inner, anywhere = len(open_blocks), open_blocks[-1:], rng.random() < 0.05
    if kind in OPENING:
        open_blocks.append(kind)
        return OPENING[kind]
    if kind == "end" and depth:
        open_blocks.pop()
        return END
    if kind == "else" and (inner == ["if"] or anywhere):
        return b"\x05"
    if kind == "catch" and (inner == ["try"] or anywhere):
        return b"\x07" + leb(rng.choice([0, 0, 0, 0, 1]))
    if kind == "catch all" and (inner == ["try"] or anywhere):
        return b"\x19"
    if kind == "delegate" and depth and (inner == ["try"] or anywhere):
        open_blocks.pop()
        return b"\x18" + label(rng, depth - 1)
    if kind == "rethrow" and rng.random() < 0.5:
        return b"\x09" + label(rng, depth)
    if kind == "branch":
        return i32(0) + b"\x0d" + label(rng, depth)
    if kind == "branches":
        return i32(0) + b"\x0e\1" + label(rng, depth) + label(rng, depth)
    return {"throw": b"\x08\0", "nop": b"\1", "unreachable": b"\0"}.get(kind, b"")


def module(rng):
    made = Module()
    made.tags.append(b"\0" + leb(made.type(">")))
    open_blocks = []
    body = b"".join([instruction(rng, rng.choice(KINDS), open_blocks) for _ in range(rng.randint(2, 14))])
    made.function(">", body + END * len(open_blocks))
    return made.finish().bytes()


def check(tally):
    if not v8.is_here():
        print("SKIPPED wasm: node is not here, so nobody judges blocks made by chance")
        return
    rng, agreed, valid = random.Random(SEED), 0, 0
    modules = [module(rng) for _ in range(MODULES)]
    for data, (said, codes) in zip(modules, v8.judged(modules), strict=True):
        same = bool(said) == bool(codes)
        agreed, valid = agreed + same, valid + (not said)
        if not same:
            tally.check(False, f"blocks by chance: V8 says {said!r}, inspect {codes}", data.hex())
    tally.equal(agreed, MODULES, f"blocks by chance, seed {SEED}: judged alike")
    tally.check(MODULES // 4 < valid < MODULES * 3 // 4, "some of them are right and some are wrong", valid)
