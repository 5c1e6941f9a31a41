"""Imports, exports and types, compared with what wasm-objdump (wabt) and V8 (Node) read from the same modules."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import harness
from inspecting import listed

NODE = """
const fs = require('fs');
const out = {};
for (const f of fs.readdirSync('.').filter(f => f.endsWith('.wasm'))) {
  try {
    const m = new WebAssembly.Module(fs.readFileSync(f));
    out[f] = {imports: WebAssembly.Module.imports(m), exports: WebAssembly.Module.exports(m)};
  } catch (e) { out[f] = null; }
}
console.log(JSON.stringify(out));
"""


# Its name is longer than what is kept of it.
CUT = {"name-100001.wasm"}


def ours(entry):
    imports = [(i["module"], i["name"], i["kind"]) for i in entry["imports"]]
    return imports, [(e["name"], e["kind"]) for e in entry["exports"]]


# ---- V8 ----


def node_says(folder):
    (folder / "list.js").write_text(NODE)
    return json.loads(subprocess.run(["node", "list.js"], cwd=folder, capture_output=True, check=True).stdout)


def compare_node(tally, folder, entries):
    if not shutil.which("node"):
        print("SKIPPED wasm: Node is not here")
        return
    compared = 0
    for file, said in node_says(folder).items():
        if said is None or not entries[file]["loads"] and not entries[file]["exports"] or file in CUT:
            continue
        imports = [(i["module"], i["name"], i["kind"]) for i in said["imports"]]
        exports = [(e["name"], e["kind"]) for e in said["exports"]]
        tally.equal(ours(entries[file]), (imports, exports), f"{file}: imports and exports as V8 reads them")
        compared += 1
    tally.check(compared > 300, f"V8 read {compared} modules")


# ---- wabt ----

FUNCTION_TYPE = re.compile(r" - type\[(\d+)\] \((.*?)\) -> (.*)")
IMPORT = re.compile(r" - func\[\d+\] sig=(\d+) .*<- (.*)$")


def type_text(params, results):
    sides = (params.replace(",", "") or "void", "void" if results == "nil" else results.strip("()").replace(",", ""))
    return " -> ".join(sides)


def objdump_says(path):
    """The types of the imported functions in order; None when wabt does not read the module."""
    result = subprocess.run(["wasm-objdump", "-x", path], capture_output=True, text=True, errors="replace")
    if result.returncode or "error" in result.stderr:
        return None
    types = {m[1]: type_text(m[2], m[3]) for m in map(FUNCTION_TYPE.match, result.stdout.splitlines()) if m}
    matches = [m for m in map(IMPORT.match, result.stdout.splitlines()) if m]
    return [(m[2], types[m[1]]) for m in matches]


def compare_wabt(tally, folder, entries):
    if not shutil.which("wasm-objdump"):
        print("SKIPPED wasm: wabt is not here")
        return
    files = sorted(entries)
    compared = 0
    for file, said in zip(files, harness.parallel(lambda f: objdump_says(folder / f), files)):
        functions = [(f"{i['module']}.{i['name']}", i["type"]) for i in entries[file]["imports"] if i["kind"] == "function"]
        if said is None or not functions or any("unknown" in text for _, text in functions):  # types without a word in Envoy's log
            continue
        tally.equal(functions, said, f"{file}: types of imports as wabt reads them")
        compared += 1
    tally.check(compared > 200, f"wabt read {compared} modules")


def check(tally, modules):
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        folder = pathlib.Path(temp)
        for title, data in modules.items():
            (folder / f"{title}.wasm").write_bytes(data)
        files = sorted(p.name for p in folder.glob("*.wasm"))
        entries = dict(zip(files, harness.parallel(lambda f: listed((folder / f).read_bytes()), files)))
        compare_node(tally, folder, entries)
        compare_wabt(tally, folder, entries)
