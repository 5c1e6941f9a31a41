"""What V8 itself says of modules (Node's), and what `callout inspect` says of the same bytes, many at a time."""

import collections
import json
import pathlib
import shutil
import subprocess
import tempfile

import harness

PIECE = 250  # so many files for one run of each program
COMPILE = """
const fs = require("fs");
for (const n of process.argv.slice(1)) {
  let said = "";
  try { new WebAssembly.Module(fs.readFileSync(n)); } catch (e) { said = e.message.replace(/\\s+/g, " ") || "no"; }
  console.log(said);
}
"""
# The codes of what V8 minds when it compiles a module; all else is Envoy's.
MALFORMED = {"CO0601", "CO0602", "CO0603"}
OPERANDS, FEATURE, FEATURES_MIXED = "CO0609", "CO0640", "CO0641"
REFUSED = MALFORMED | {OPERANDS, FEATURE, FEATURES_MIXED}


def is_here():
    return shutil.which("node") is not None


def compiled_by_v8(files, node="node"):
    """Of each file what V8 says against it; "" when it takes it."""
    result = subprocess.run([node, "-e", COMPILE, *map(str, files)], stdout=subprocess.PIPE, text=True, check=True)
    return result.stdout.split("\n")[:-1]


def inspected(files, versions):
    """Of each file {code: [message]} of what V8 minds."""
    report = json.loads(harness.run(["inspect", "-q", "--envoy-version", versions, "--report", "json", *map(str, files)]).stderr)
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for finding in report["findings"]:
        if finding["code"] in REFUSED:
            found[finding["location"]["source"]][finding["code"]].append(finding["message"])
    return [dict(found[str(file)]) for file in files]


def judged(modules, versions="1.40", with_v8=True, node="node"):
    """Of each module (bytes): (what V8 says against it, {code: [message]} of what inspect says V8 minds)."""
    with tempfile.TemporaryDirectory(prefix="callout-v8-") as temp:
        for at in range(0, len(modules), PIECE):
            files = []
            for i, data in enumerate(modules[at:at + PIECE]):
                files.append(pathlib.Path(temp) / f"{i}.wasm")
                files[-1].write_bytes(data)
            said = compiled_by_v8(files, node) if with_v8 else [None] * len(files)
            yield from zip(said, inspected(files, versions), strict=True)
