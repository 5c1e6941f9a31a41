"""The specification's own malformed and valid binaries (WebAssembly/testsuite 193e551, Apache-2.0), as spec-modules.tsv has them.

Each line: file and number of the module there, verdict, the specification's reason, bytes. They are of binary.wast, binary-leb128.wast,
binary0.wast, binary_leb128_64.wast, binary-gc.wast, custom.wast and utf8-*.wast.
"""

import json
import pathlib

import harness
from inspecting import on_file

MODULES = pathlib.Path(__file__).resolve().parent / "spec-modules.tsv"
MALFORMED = {"CO0601", "CO0602", "CO0603"}


def codes_of(data):
    result = on_file(data, "--report", "json")
    return {f["code"] for f in json.loads(result.stderr)["findings"]}


def check(tally):
    rows = [line.split("\t") for line in MODULES.read_text().splitlines()]
    for (title, verdict, reason, _), codes in zip(rows, harness.parallel(lambda row: codes_of(bytes.fromhex(row[3])), rows)):
        refused = bool(codes & MALFORMED)
        tally.check(refused == (verdict == "malformed"), f"{title} is {verdict} ({reason})", sorted(codes))
    tally.check(len(rows) > 700, f"{len(rows)} modules of the specification")
