#!/usr/bin/env python3
"""The bodies of real modules, changed at random: V8 (Node's) and `callout inspect` take the same ones.

    operands.py [--seed N] [--mutants N] [--node PROGRAM] [--newest] [FILE.wasm...]

Alone it looks further than the tests do. --newest: compares all that Envoy 1.40 knows, for a V8 as new; else what V8 10.0 does.
"""

import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import harness  # noqa: E402
import spec  # noqa: E402
import v8  # noqa: E402
from corpus import corpus  # noqa: E402
from module import HEADER, leb, number, section, sections  # noqa: E402

MUTANTS, SEED = 2500, 1
CODE = 10
DECLARING = (1, 4, 6, 9, 13)  # types, tables, globals, elements, tags
OLD_V8, NEW_V8 = "1.22", "1.40"  # Envoys with V8 10.0, which is older than any Node that is tested with, and 14.6
# Older V8s judge the size of a table when it is made, and take atomics that are aligned worse than they must be.
OLDER_V8 = {"engine-table-too-large", "immediate-alignment-atomic-less"}
LARGEST = 64 * 1024  # a module, so that many mutants are soon judged
# Bytes that stand in many bodies: instructions of one byte, numbers, indices.
ANYWHERE = bytes([0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0B, 0x0C, 0x0D, 0x0F, 0x10, 0x1A, 0x1B, 0x20, 0x21, 0x22, 0x23,
                  0x24, 0x40, 0x41, 0x42, 0x6A, 0x7C, 0x7E, 0x7F, 0x92, 0xA0, 0xA7, 0xAC, 0xD0, 0xD1])
INSERTED = [b"\x1a", b"\x01", b"\x00", b"\x0f", b"\x1b", b"\x41\x00", b"\x42\x00", b"\x43\0\0\0\0", b"\x20\x00",
            b"\x21\x00", b"\x22\x01", b"\x45", b"\x50", b"\x8b", b"\x6a", b"\x7c", b"\x02\x40", b"\x02\x7f",
            b"\x03\x40", b"\x04\x7f", b"\x05", b"\x0b", b"\x0c\x00", b"\x0d\x00", b"\x0e\x00\x00", b"\x10\x00",
            b"\x28\x02\x00", b"\x36\x02\x00", b"\x3f\x00", b"\xd0\x70", b"\xd1", b"\xd0\x6e", b"\xd3", b"\xd4",
            b"\xfb\x1c", b"\xfb\x1d", b"\xfb\x1a", b"\xfb\x00\x00", b"\xfb\x01\x00", b"\xfb\x02\x00\x00",
            b"\xfb\x06\x00", b"\xfb\x08\x00\x01", b"\xfb\x0b\x00", b"\xfb\x0f", b"\xfb\x14\x6d", b"\xfb\x17\x6d",
            b"\xfb\x18\x01\x00\x6e\x6d", b"\xfd\x0f", b"\xfc\x00", b"\x1c\x01\x7f"]


def bodies_of(data):
    """The function bodies of a sound module, without their sizes; None when it has none."""
    code = next((payload for kind, payload in sections(data) if kind == CODE), None)
    if not code:
        return None
    n, at = number(code, 0)
    bodies = []
    for _ in range(n):
        size, at = number(code, at)
        bodies.append(code[at:at + size])
        at += size
    return bodies


def with_bodies(data, bodies):
    code = leb(len(bodies)) + b"".join(leb(len(body)) + body for body in bodies)
    return HEADER + b"".join(section(kind, code if kind == CODE else payload) for kind, payload in sections(data))


def changed(rng, body):
    """One change, mostly of one instruction or of one byte of it."""
    at, body = rng.randrange(len(body)), bytearray(body)
    kind = rng.random()
    if kind < 0.2:
        body[at] ^= 1 << rng.randrange(8)
    elif kind < 0.4:
        body[at] = rng.choice(ANYWHERE)
    elif kind < 0.5:
        body[at] = min(0xC4, max(0x45, body[at] + rng.randint(-12, 12))) if 0x45 <= body[at] <= 0xC4 else body[at] ^ 1
    elif kind < 0.7:
        body[at:at] = rng.choice(INSERTED)
    elif kind < 0.85:
        del body[at:at + rng.choice([1, 1, 2, 2, 3, 5])]
    else:
        other = rng.randrange(len(body))
        body[at:at + 2], body[other:other + 2] = body[other:other + 2], body[at:at + 2]
    return bytes(body)


def elsewhere(rng, data):
    """One change of the types, or of what is told of tables, globals and elements."""
    parts = [[kind, payload] for kind, payload in sections(data)]
    part = rng.choice([part for part in parts if part[0] in DECLARING] or parts)
    part[1] = changed(rng, part[1]) if part[1] else part[1]
    return HEADER + b"".join(section(kind, payload) for kind, payload in parts)


def mutant(rng, data, everywhere=False):
    if everywhere and rng.random() < 0.3:
        return elsewhere(rng, data)
    bodies = bodies_of(data)
    which = rng.choice([i for i, body in enumerate(bodies) if body])
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        bodies[which] = changed(rng, bodies[which]) or b"\x0b"
    return with_bodies(data, bodies)


def originals():
    """What the specification has of valid modules, and our own corpus."""
    rows = [line.split("\t") for line in spec.MODULES.read_text().splitlines()]
    valid = {row[0]: bytes.fromhex(row[3]) for row in rows if row[1] == "valid"}
    return valid | {title: data for title, data in corpus().items()
                    if title.startswith(("engine-", "handler-", "index-", "immediate-", "start-", "operand-"))
                    and title not in OLDER_V8}


def features_of(modules):
    """Of each what it needs that V8 10.0 does not have, as text."""
    return [" ".join(codes.get(v8.FEATURE, [])) for _, codes in v8.judged(modules, OLD_V8, with_v8=False)]


def usable(modules, newest=False):
    """Small ones with a body whose operands are followed, for that V8; which ones hangs on no program but ours."""
    titles = sorted(modules)
    needed = features_of([modules[t] for t in titles])
    some = [t for t, needs in zip(titles, needed, strict=True) if newest or not needs]
    return [(t, modules[t]) for t in some if len(modules[t]) <= LARGEST and any(bodies_of(modules[t]) or ())]


def compare(tally, modules, seed, n, newest=False, node="node"):
    rng, agreed, sound, skipped, operands = random.Random(seed), 0, 0, 0, 0
    mutants = [(title, mutant(rng, data, newest)) for title, data in (rng.choice(modules) for _ in range(n))]
    for (title, data), (said, codes) in zip(mutants,
                                            v8.judged([m for _, m in mutants], NEW_V8 if newest else OLD_V8, node=node),
                                            strict=True):
        if not newest and codes and not set(codes) - {v8.FEATURE}:
            skipped += 1  # a newer V8 may take it
            continue
        sound, operands = sound + (not said), operands + (v8.OPERANDS in codes)
        if bool(said) == bool(codes):
            agreed += 1
        else:
            tally.check(False, f"{title}, changed: V8 says {said!r}, inspect {codes}",
                        data.hex() if len(data) < 4096 else f"{len(data)} bytes")
    tally.equal(agreed, n - skipped, f"bodies changed by chance, seed {seed}: judged alike")
    return f"{n} mutants, {sound} sound, {operands} with operands at fault, {skipped} not compared", sound, operands


def check(tally):
    if not v8.is_here():
        print("SKIPPED wasm: node is not here, so nobody judges changed bodies")
        return
    summary, sound, operands = compare(tally, usable(originals()), SEED, MUTANTS)
    tally.check(sound > MUTANTS // 20 and operands > MUTANTS // 12, f"changed bodies are of all kinds: {summary}")


def main(argv):
    options = {argv[i]: argv[i + 1] for i in range(len(argv) - 1) if argv[i] in ("--seed", "--mutants", "--node")}
    files = [pathlib.Path(a) for a in argv if a.endswith(".wasm")]
    tally, newest = harness.Tally("operands"), "--newest" in argv
    modules = [(f.name, f.read_bytes()) for f in files] or usable(originals(), newest)
    print(compare(tally, modules, options.get("--seed", SEED), int(options.get("--mutants", MUTANTS)), newest,
                  options.get("--node", "node"))[0])
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
