"""Modules of the corpus with something changed by chance: a byte, a count, a section that is elsewhere, twice, gone or another's."""

from module import HEADER, leb, name, section, sections

LARGEST = 20000  # bytes; what is larger is mostly names or values of one kind
BYTES = (0, 1, 2, 3, 4, 5, 0x0B, 0x3F, 0x40, 0x41, 0x60, 0x63, 0x64, 0x69, 0x6C, 0x6E, 0x6F, 0x70, 0x7B, 0x7C, 0x7E, 0x7F, 0x80,
         0xFB, 0xFC, 0xFD, 0xFE, 0xFF)
CUSTOM = (name("name") + b"\1\x7f", name("name") + b"\0" + leb(4) + name("abc"), name("name"), name("producers") + b"\xff", name(""),
          b"\2a", b"", name("name") + b"\2\3\xff\xff\xff", name("linking") + b"\2")


def joined(parts):
    return HEADER + b"".join(section(kind, payload) for kind, payload in parts)


def parted(data):
    """[[number, payload]], or None where the sections do not follow one another to the end."""
    try:
        parts = [list(part) for part in sections(data)]
    except IndexError:
        return None
    return parts if joined(parts) == data else None


def change_byte(rng, parts, _):
    part = rng.choice(parts)
    if part[1]:
        at = rng.randrange(len(part[1]))
        byte = rng.choice([rng.choice(BYTES), part[1][at] ^ 1 << rng.randrange(8), (part[1][at] + 1) % 256, (part[1][at] - 1) % 256])
        part[1] = part[1][:at] + bytes([byte]) + part[1][at + 1:]


def insert_byte(rng, parts, _):
    part = rng.choice(parts)
    at = rng.randint(0, len(part[1]))
    part[1] = part[1][:at] + bytes([rng.choice(BYTES)]) + part[1][at:]


def remove_byte(rng, parts, _):
    part = rng.choice(parts)
    if part[1]:
        at = rng.randrange(len(part[1]))
        part[1] = part[1][:at] + part[1][at + 1:]


def change_count(rng, parts, _):
    part = rng.choice(parts)
    if part[0] and part[1] and part[1][0] < 0x7F:
        part[1] = bytes([max(0, part[1][0] + rng.choice([-1, 1]))]) + part[1][1:]


def move_section(rng, parts, _):
    part = parts.pop(rng.randrange(len(parts)))
    parts.insert(rng.randint(0, len(parts)), part)


def drop_section(rng, parts, _):
    if len(parts) > 1:
        parts.pop(rng.randrange(len(parts)))


def repeat_section(rng, parts, _):
    parts.insert(rng.randint(0, len(parts)), list(rng.choice(parts)))


def take_section(rng, parts, others):
    """Another module's section, in the place of the one of its kind, else before a greater one."""
    kind, payload = rng.choice(rng.choice(others))
    for part in parts:
        if part[0] == kind:
            part[1] = payload
            return
    place = next((i for i, part in enumerate(parts) if part[0] > kind), len(parts))
    parts.insert(place, [kind, payload])


def renumber_section(rng, parts, _):
    rng.choice(parts)[0] = rng.randrange(16)


def insert_custom(rng, parts, _):
    parts.insert(rng.randint(0, len(parts)), [0, rng.choice(CUSTOM)])


CHANGES = [change_byte] * 8 + [insert_byte, remove_byte, change_count, move_section, drop_section, repeat_section, renumber_section,
                               insert_custom] + [take_section] * 4


def sources(modules):
    """What is worth changing: [[number, payload]] of each."""
    split = (parted(data) for _, data in sorted(modules.items()) if len(data) <= LARGEST)
    return [parts for parts in split if parts]


def mutated(rng, others):
    parts = [list(part) for part in rng.choice(others)]
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        rng.choice(CHANGES)(rng, parts, others)
    return joined(parts)
