"""Files that were cut, bytes that were changed, counts that lie: an answer always, within the memory of a good run."""

import random
import struct

import harness
from inspecting import on_file, on_stream
from module import HEADER, leb, section

CUT = ["good", "order-original", "export-proxy_on_http_call_response", "data-passive", "elements-inside", "names-sound", "engine-try-table",
       "start-two-calls-deep", "import-memory-plain", "engine-gc-group"]
MEMORY_KIB = 6 * 1024


def check_answer(tally, result, what):
    tally.check(result.returncode in (0, 1) and result.stdout, f"{what}: exit {result.returncode}", result.stderr)


def check_cuts(tally, modules, every):
    """At every so many bytes, as a file and as a stream: the same answer."""
    cases = [(title, at) for title in CUT for at in range(0, len(modules[title]), every)]

    def one(case):
        data = modules[case[0]][:case[1]]
        return on_file(data), on_stream(data)

    for (title, at), (file, stream) in zip(cases, harness.parallel(one, cases)):
        check_answer(tally, file, f"{title} cut at {at}")
        same = file.returncode == stream.returncode and file.stdout.replace(b"m.wasm", b"<stdin>") == stream.stdout
        tally.check(same, f"{title} cut at {at}: the stream gives the same answer", file.stdout + stream.stdout)


def check_streams(tally, modules):
    titles = sorted(modules)

    def one(title):
        return on_file(modules[title]), on_stream(modules[title])

    for title, (file, stream) in zip(titles, harness.parallel(one, titles)):
        tally.equal(stream.stdout, file.stdout.replace(b"m.wasm", b"<stdin>"), f"{title}: the stream gives the same answer")


def check_flips(tally, modules):
    """Bytes changed at random, by a fixed seed."""
    chance = random.Random(6)
    cases = []
    for _ in range(600):
        data = bytearray(modules[chance.choice(CUT)])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(8, len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        cases.append(bytes(data))
    for data, result in zip(cases, harness.parallel(on_file, cases)):
        check_answer(tally, result, f"flipped: {data.hex()}")


def lying_counts():
    huge = b"\xff\xff\xff\xff\x0f"
    for number in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13):
        yield f"section {number} with 4294967295 items", HEADER + section(number, huge)
        yield f"section {number} said to have 200 MiB", HEADER + bytes([number]) + leb(200 << 20) + leb(100000)
    yield "a type with 4294967295 parameters", HEADER + section(1, b"\1\x60" + huge)
    yield "a name of 4294967295 bytes", HEADER + section(2, b"\1" + huge)
    yield "a table of indirect names", HEADER + section(0, b"\4name\1" + huge)
    yield "numbers of random bits", HEADER + b"".join(struct.pack("<I", n * 2654435761 % 2**32) for n in range(1000))


def check_memory(tally):
    if harness.is_wrapped():
        return
    for what, data in lying_counts():
        measured = harness.Measured(["inspect", "-"], data)
        tally.check(measured.status in (0, 1) and measured.kib < MEMORY_KIB, f"{what}: exit {measured.status}, {measured.kib} KiB")


def many_long_types(n):
    """n references of one type of 2000 values where another of the same is wanted, then one of a third type as long."""
    alike, other = (b"\x60" + 2 * (leb(1000) + value * 1000) for value in (b"\x7f", b"\x7e"))
    imports = b"\2" + b"".join(b"\1e\1f\0" + leb(kind) for kind in (0, 2))
    elements = b"\1\5\x64\1" + leb(n + 1) + b"\xd2\0\x0b" * n + b"\xd2\1\x0b"
    return HEADER + section(1, b"\3" + 2 * alike + other) + section(2, imports) + section(9, elements)


def check_long_types(tally):
    """Which types are one is known before references of them are judged: however many there are, none costs more for it."""
    for n in (1000, 50000):
        said = on_file(many_long_types(n)).stderr
        tally.check(b"CO0603" in said, f"{n} references of long types, then one of another type", said)


def check(tally, modules, quick):
    check_cuts(tally, modules, 5 if quick else 1)
    check_streams(tally, modules)
    check_flips(tally, modules)
    check_memory(tally)
    check_long_types(tally)
