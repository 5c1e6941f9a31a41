"""The specification's own modules (WebAssembly/testsuite 193e551, Apache-2.0), valid, invalid and malformed, as spec-modules.tsv has them.

Each line: file and line there, verdict, the specification's reason, bytes. They are of all its files, each module once, with those of the
proposal for threads; their text became bytes by `wasm-tools json-from-wast` (1.262.0).
"""

import pathlib

import v8

MODULES = pathlib.Path(__file__).resolve().parent / "spec-modules.tsv"

# Valid, and V8 refuses them: such tables and memories are larger than it takes.
TOO_LARGE = {"table:9", "table64:9", "memory64:8", "memory64:9"}


def check(tally):
    rows = [line.split("\t") for line in MODULES.read_text().splitlines()]
    for (title, verdict, reason, _), (_, codes) in zip(rows,
                                                       v8.judged([bytes.fromhex(row[3]) for row in rows], with_v8=False),
                                                       strict=True):
        refused = bool(codes)
        wanted = verdict != "valid" or title in TOO_LARGE
        tally.check(refused == wanted, f"{title} is {verdict} ({reason})", codes)
    tally.check(len(rows) > 4800, f"{len(rows)} modules of the specification")
