"""inspect on large modules, beside the tools that read modules too: whole processes on the same files."""

import pathlib
import shutil
import sys
import tempfile

import harness

sys.path.insert(0, str(harness.TESTS / "wasm"))
from module import Module, data_segment, leb, limits  # noqa: E402

MEMORY_KIB = 6 * 1024
BODY = b"\0" + b"\x41\0\x1a" * 2000000 + b"\x0b"  # i32.const 0, drop: 6 MB, which engines take for a function
MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com}
  - {name: pay, host: pay.example.com}
  - {name: limits, host: limits.example.com, via: envoyFilter, clusterName: rate_limit_cluster}
"""
NODE = "new WebAssembly.Module(require('fs').readFileSync(process.argv[1]))"


def finished(megabytes, data=b""):
    """A good filter; what `data` does not fill is code."""
    m = Module(memory=limits(8192))
    m.add_import("env", "proxy_http_call", "i" * 10 + ">i")
    m.function("iiiii>", export="proxy_on_http_call_response")
    if data:
        m.data.append(data_segment(1024, data))
    m.finish()
    for _ in range(max(0, megabytes * 1000000 - len(data)) // len(BODY)):
        m.functions.append(leb(m.type(">")))
        m.bodies.append(leb(len(BODY)) + BODY)
    return m.bytes()


def program_bytes(n):
    """What data segments hold: texts and tables of a real program."""
    content = pathlib.Path(harness.program()).read_bytes()
    return (content * (n // len(content) + 1))[:n]


def headers(watch, report, folder):
    report.title("inspect: will it load? Code and data are passed over")
    for megabytes in (98, 256):
        path = folder / f"{megabytes}.wasm"
        path.write_bytes(finished(megabytes, program_bytes(megabytes * 300000)))
        commands = {"/bin/true": ["/bin/true"], f"callout, {megabytes} MB": [harness.program(), "inspect", "-q", str(path)]}
        quick = watch.by_turns(50, commands)
        slow = {}
        if shutil.which("wasm-objdump"):
            slow[f"wasm-objdump -h, {megabytes} MB"] = ["wasm-objdump", "-h", str(path)]
        if shutil.which("node") and megabytes < 100:
            slow[f"node, {megabytes} MB"] = ["node", "-e", NODE, str(path)]
        for name, (us, kib) in {**quick, **watch.by_turns(1, slow)}.items():
            report.row(name, us, f"{kib / 1024:8.1f} MiB")
        own = quick[f"callout, {megabytes} MB"]
        report.ratio("callout / true", own[0] / quick["/bin/true"][0], 4, at_most=True)
        report.must(f"memory, {megabytes} MB", own[1], MEMORY_KIB, "KiB")


def names(watch, report, folder, reader):
    report.title("inspect -f: the manifest's names in 250 MB of data")
    path = folder / "data.wasm"
    path.write_bytes(finished(0, program_bytes(250000000)))
    (folder / "manifest.yaml").write_text(MANIFEST)
    seen = watch.by_turns(5, {"pread of 64 KiB": [reader, str(path), "64"], "pread of 1 MiB": [reader, str(path), "1024"],
                              "callout": [harness.program(), "inspect", "-q", str(path), "-f", str(folder / "manifest.yaml")]})
    for name, (us, kib) in seen.items():
        report.row(name, us, f"{kib / 1024:8.1f} MiB  {path.stat().st_size / us / 1000:6.1f} GB/s")
    best = min(us for name, (us, _) in seen.items() if name != "callout")
    report.ratio("callout / reading, in speed", best / seen["callout"][0], 0.6, at_most=False)
    report.must("memory", seen["callout"][1], MEMORY_KIB, "KiB")


def inspect_modules(watch, report, reader):
    with tempfile.TemporaryDirectory() as temp:
        headers(watch, report, pathlib.Path(temp))
        names(watch, report, pathlib.Path(temp), reader)
