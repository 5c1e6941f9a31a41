"""Modules that are packed: which of them istio-agent takes where it fetches them by http (tests/conformance/images asks it), and what
`inspect` says of the same files."""

import gzip
import io
import json
import pathlib
import tarfile
import tempfile

import harness
from layouts import GOOD


def tar(*entries, form=tarfile.USTAR_FORMAT):
    """entries: (name, bytes), or a TarInfo without any."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for entry in entries:
            info, data = entry if isinstance(entry, tuple) else (entry, b"")
            info = tarfile.TarInfo(info) if isinstance(info, str) else info
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def entry(name, kind, **more):
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in more.items():
        setattr(info, key, value)
    return info


def packed(data, times=1):
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    return data


def with_global_header():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "0" * 40}) as archive:
        info = tarfile.TarInfo("m.wasm")
        info.size = len(GOOD)
        archive.addfile(info, io.BytesIO(GOOD))
    return out.getvalue()


def with_size(size):
    """The field's twelve bytes; the sum is right again."""
    data = bytearray(ALONE)
    data[124:136] = size
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


ALONE, DEEP = tar(("m.wasm", GOOD)), "d" * 90 + "/" + "e" * 90 + "/" + "f" * 90 + "/m.wasm"
ZIPPED = packed(GOOD)
PARENT = entry("./", tarfile.DIRTYPE)
# title: (bytes, is the module taken)
BOXES = {
    "gzip": (ZIPPED, True), "gzip twice": (packed(GOOD, 2), True), "gzip eight times": (packed(GOOD, 8), True),
    "gzip in two members": (packed(GOOD[:20]) + packed(GOOD[20:]), True), "gzip and an empty member": (ZIPPED + packed(b""), True),
    "gzip with a name": (ZIPPED[:3] + b"\x08" + ZIPPED[4:10] + b"m.wasm\0" + ZIPPED[10:], True),
    "gzip and zeros": (ZIPPED + bytes(512), False), "gzip and garbage": (ZIPPED + b"garbage", False),
    "gzip without its sum": (ZIPPED[:-8], False), "gzip without its last byte": (ZIPPED[:-1], False),
    "gzip with another sum": (ZIPPED[:-8] + b"\0\0\0\0" + ZIPPED[-4:], False), "gzip with another size": (ZIPPED[:-1] + b"\1", False),
    "gzip of nothing": (packed(b""), False), "gzip of a text": (packed(b"no module, but some text"), False),
    "gzip of seven bytes": (packed(GOOD[:7]), False), "gzip's first bytes": (ZIPPED[:10], False), "two bytes of gzip": (ZIPPED[:2], False),
    "tar": (ALONE, True), "tar in gzip": (packed(ALONE), True), "tar in tar": (tar(("m.tar", ALONE)), True),
    "gzip in tar": (tar(("m.wasm.gz", ZIPPED)), True), "gzip in tar in gzip": (packed(tar(("m.wasm.gz", ZIPPED))), True),
    "tar of another name": (tar(("a/b/filter.txt", GOOD)), True), "tar of two": (tar(("m.wasm", GOOD), ("readme", b"text")), True),
    "tar of two, the module last": (tar(("readme", b"text"), ("m.wasm", GOOD)), False),
    "tar with its folder": (tar(PARENT, ("./m.wasm", GOOD)), False),
    "tar with its folder in gzip": (packed(tar(PARENT, ("m.wasm", GOOD))), False),
    "tar of a link": (tar(entry("m.wasm", tarfile.SYMTYPE, linkname="other"), ("other", GOOD)), False),
    "tar of a hard link": (tar(entry("m.wasm", tarfile.LNKTYPE, linkname="other"), ("other", GOOD)), False),
    "tar of a pipe": (tar(entry("m.wasm", tarfile.FIFOTYPE), ("other", GOOD)), False),
    "tar of GNU": (tar(("m.wasm", GOOD), form=tarfile.GNU_FORMAT), True), "tar of pax": (tar(("m.wasm", GOOD), form=tarfile.PAX_FORMAT), True),
    "tar of GNU with a long name": (tar((DEEP, GOOD), form=tarfile.GNU_FORMAT), True),
    "tar of pax with a long name": (tar((DEEP, GOOD), form=tarfile.PAX_FORMAT), True),
    "tar of git archive": (with_global_header(), False), "tar cut behind the module": (ALONE[:512 + len(GOOD)], True),
    "tar cut in the module": (ALONE[:512 + len(GOOD) - 1], False), "tar cut in its header": (ALONE[:300], False),
    "tar with another sum": (ALONE[:148] + b"000000\0 " + ALONE[156:], False), "an empty archive": (tar(), False),
    "tar of an empty file": (tar(("m.wasm", b""), ("other", GOOD)), False),
    "tar with a size in bytes": (with_size(b"\x80" + len(GOOD).to_bytes(11, "big")), True),
    "tar with a size beyond all": (with_size(b"\x80" + b"\xff" * 4 + bytes(7)), False),
    "tar with blanks in its size": (with_size(b"%11o " % len(GOOD)), True),
    "tar with a size below zero": (with_size(b"\xff" * 12), False), "tar with letters in its size": (with_size(b"abc".ljust(12)), False),
    "the module": (GOOD, True), "a text": (b"some text" * 100, False),
}


def judged(data, piped=False):
    """(exit status, entry of -o json, standard error) of the file, which a pipe may bring."""
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        (pathlib.Path(temp) / "m").write_bytes(data)
        result = harness.run(["inspect", "-" if piped else "m", "-o", "json", "--sha256"], cwd=temp, stdin=data)
        return result.returncode, json.loads(result.stdout)["modules"][0], result.stderr.decode()


def without_name(answer):
    status, entry_, said = answer
    return status, {**entry_, "source": "m"}, said.replace("<stdin>", "m")


def check(tally):
    _, plain, _ = judged(GOOD)
    for title, (data, taken) in BOXES.items():
        status, entry_, said = judged(data)
        boxed = title.startswith(("gzip", "tar"))
        tally.equal(without_name(judged(data, piped=True)), without_name((status, entry_, said)), f"boxes: {title}: of a pipe")
        tally.equal((status, entry_["loads"]), (0, True) if taken else (1, False), f"boxes: {title}")
        if taken:
            same = ("sha256", "bytes", "exports")
            tally.equal([entry_[k] for k in same], [plain[k] for k in same], f"boxes: {title}: as the module")
        tally.equal([code in said for code in ("CO0676", "CO0677")], [boxed and taken, boxed and not taken], f"boxes: {title}: what is said")
    tally.check("in gzip in gzip," in judged(packed(GOOD, 2))[2], "boxes: two are named")
    tally.check("in a tar archive in gzip," in judged(packed(ALONE))[2], "boxes: two kinds are named")
    tally.check("too often" in judged(packed(GOOD, 9))[2], "boxes: nine of them")
    tally.check("no module" in judged(packed(bytes(300 << 20)))[2], "boxes: 300 MiB of zeros")
