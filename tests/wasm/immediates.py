"""Alignments, lanes, labels: the numbers that stand in instructions."""

from engine import code_with
from module import leb

NOT_REACHED = b"\0"  # behind it no operands are needed
SIMD, ATOMIC = b"\xfd", b"\xfe"
# Each instruction of memory: its bytes, the power of two that its address is a multiple of by nature, a lane.
ACCESSES = [*((bytes([0x28 + i]), int(power), b"") for i, power in enumerate("23230011001122232301012")),
            *((SIMD + leb(i), int(power), b"") for i, power in enumerate("433333301234")),
            *((SIMD + leb(84 + i), int(power), b"\0" if i < 8 else b"") for i, power in enumerate("0123012323")),
            *((ATOMIC + leb(i), int(power), b"") for i, power in enumerate("223")),
            *((ATOMIC + leb(16 + i), int(power), b"") for i, power in enumerate("2301012" * 9))]
LANES = {21: 16, 22: 16, 23: 16, 24: 8, 25: 8, 26: 8, 27: 4, 28: 4, 29: 2, 30: 2, 31: 4, 32: 4, 33: 2, 34: 2}
LANES_OF_MEMORY = {84: 16, 85: 8, 86: 4, 87: 2, 88: 16, 89: 8, 90: 4, 91: 2}


def immediates():
    yield "immediate-alignments", code_with(NOT_REACHED + b"".join(
                                                code + leb(power) + b"\0" + lane + NOT_REACHED
                                                for code, power, lane in ACCESSES))
    for code, power, lane in ACCESSES[::9]:
        yield f"immediate-alignment-{code.hex()}-more", code_with(NOT_REACHED + code + leb(power + 1) + b"\0" + lane + NOT_REACHED)
    yield "immediate-alignment-atomic-less", code_with(NOT_REACHED + ATOMIC + b"\x10\1\0" + NOT_REACHED)
    yield "immediate-alignment-less", code_with(NOT_REACHED + b"\x28\0\0" + NOT_REACHED)
    yield "immediate-lanes", code_with(NOT_REACHED + b"".join(
                                           SIMD + leb(op) + bytes([n - 1]) + NOT_REACHED for op, n in LANES.items()) + b"".join(
                                           SIMD + leb(op) + b"\0\0" + bytes([n - 1]) + NOT_REACHED
                                           for op, n in LANES_OF_MEMORY.items()))
    for op in (21, 26, 28, 29, 31, 34):
        yield f"immediate-lane-{op}-more", code_with(NOT_REACHED + SIMD + leb(op) + bytes([LANES[op]]) + NOT_REACHED)
    for op in (84, 91):
        yield f"immediate-lane-{op}-more", code_with(NOT_REACHED + SIMD + leb(op) + b"\0\0" + bytes([LANES_OF_MEMORY[op]]) + NOT_REACHED)
    for title, body in (("shuffle", SIMD + b"\x0d" + bytes([31] * 16)),
                        ("shuffle-more", SIMD + b"\x0d" + bytes([31] * 15 + [32])), ("fence", ATOMIC + b"\3\0"),
                        ("fence-1", ATOMIC + b"\3\1"), ("select-one", b"\x1c\1\x7f"), ("select-none", b"\x1c\0"),
                        ("select-two", b"\x1c\2\x7f\x7f"), ("branches", b"\x0e" + leb(65520) + bytes(65521)),
                        ("branches-more", b"\x0e" + leb(65521) + bytes(65522))):
        yield f"immediate-{title}", code_with(NOT_REACHED + body + NOT_REACHED)
