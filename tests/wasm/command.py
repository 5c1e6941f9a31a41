"""The command line of inspect: questions, formats, several modules, exit codes; and the case that started it all."""

import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import threading

import harness
from inspecting import listed, on_file
from memory import memoryless
from module import Module, filter_with

GOOD = filter_with().bytes()
BAD = filter_with(("env", "zzz", ">")).bytes()
ORIGINAL = {"1.11": 9, "1.13": 6, "1.30": 6, "1.31": 4}
ORIGINAL_LACKED_FOREVER = ["env.time.resetTimer", "env.time.stopTimer", "env.time.startTimer", "env.sync/atomic.AddInt32"]


def expect(tally, args, status, *parts, stdin=b"", cwd=None):
    result = harness.run(["inspect", *args], stdin=stdin, cwd=cwd)
    said = (result.stdout + result.stderr).decode()
    what = "inspect " + " ".join(args)
    tally.check(result.returncode == status, f"{what}: exit {result.returncode}, not {status}", said)
    for part in parts:
        tally.check(part in said, f"{what} says {part!r}", said)
    return result


def check_questions(tally, folder):
    expect(tally, ["good.wasm"], 0, "good.wasm: loads on Istio 1.11 and newer")
    expect(tally, ["bad.wasm", "--istio-version", "1.27"], 1, "will not load on Istio 1.27 (Envoy 1.35), nor on any other version")
    expect(tally, ["bare.wasm", "--istio-version", "1.27"], 1, "crashes the proxy on Istio 1.27 (Envoy 1.35); loads on no other version")
    expect(tally, ["poll.wasm", "--istio-version", "1.24"], 1, "; loads on Istio 1.25 and newer", "Envoy 1.32")
    expect(tally, ["poll.wasm", "--istio-version", "1.25..1.27"], 0)
    expect(tally, ["poll.wasm", "--istio-version", "1.24..1.27"], 1, "missing on Istio 1.24 (Envoy 1.32)")
    expect(tally, ["poll.wasm", "--envoy-version", "1.32"], 1, "will not load on Envoy 1.32; loads on Envoy 1.33 and newer")
    expect(tally, ["poll.wasm", "--envoy-version", "1.32.13"], 0)
    expect(tally, ["poll.wasm", "--all-versions"], 1, "1.24   1.32   refused  1 import missing", "1.25   1.33   loads")
    expect(tally, ["good.wasm", "--istio-version", "1.99"], 0, "CO0690", "Istio 1.99 is newer")


def check_usage(tally, folder):
    expect(tally, [], 2, "no module is given")
    expect(tally, ["good.wasm", "--istio-version", "latest"], 2, "is not V or V..V")
    expect(tally, ["good.wasm", "--istio-version", "1.9"], 2, "is older than Istio 1.11")
    expect(tally, ["good.wasm", "--istio-version", "1.28..1.27"], 2, "has its newer version first")
    expect(tally, ["good.wasm", "--istio-version", "1.28", "--all-versions"], 2, "exclude each other")
    expect(tally, ["good.wasm", "-o", "yaml"], 2, "text or json")
    expect(tally, ["absent.wasm"], 4, "CO0101")
    expect(tally, ["."], 4, "CO0102")


def check_several(tally, folder):
    expect(tally, ["good.wasm", "bad.wasm"], 1, "good.wasm: loads", "bad.wasm: will not load")
    expect(tally, ["bad.wasm", "absent.wasm"], 4, "bad.wasm: will not load", "CO0101")
    result = expect(tally, ["-q", "-o", "json", "good.wasm", "bad.wasm"], 1)
    entries = json.loads(result.stdout)["modules"]
    tally.equal([(e["source"], e["loads"], e["verdict"]) for e in entries],
                [("good.wasm", True, "loads"), ("bad.wasm", False, "refused")], "two entries of -o json")
    tally.equal(entries[1]["missingImports"], ["env.zzz"], "missingImports")
    tally.equal((entries[0]["lowestIstio"], entries[1]["lowestIstio"]), ("1.11", None), "lowestIstio")


def check_report(tally, folder):
    expect(tally, ["-q", "--report", "json=report.json", "bad.wasm"], 1)
    report = json.loads((folder / "report.json").read_text())
    finding = report["findings"][0]
    tally.equal((report["kind"], report["command"], finding["code"]), ("Report", "inspect", "CO0610"), "the report")
    tally.equal(finding["location"]["offset"], BAD.index(b"\3env"), "the finding's offset is the import's")
    entry = report["modules"][0]
    tally.equal((entry["source"], entry["loads"], entry["lowestIstio"], entry["missingImports"]), ("bad.wasm", False, None, ["env.zzz"]),
                "the member modules")
    tally.check("imports" not in entry, "the report does not list what is not missing")


def check_first(tally, folder):
    """Envoy tells one name; all are told here, and that one is marked."""
    data = filter_with(("env", "first", ">"), ("env", "second", ">")).bytes()
    said = on_file(data).stderr.decode().splitlines()
    tally.check("env.first is missing on every version; Envoy's log shows this one first" in said[0], "the first is marked", said)
    tally.check("m.wasm: error CO0610: import env.second is missing on every version" in said, "the second is not", said)


MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  filter:
    wasm: {url: "https://example.com/auth.wasm", sha256: "%s", binary: ./good.wasm}
  upstreams:
  - {name: auth, host: auth.example.com, path: /v1/check, timeout: 250ms}
"""


def check_sha256(tally, folder):
    digest = hashlib.sha256(GOOD).hexdigest()
    tally.check("sha256" not in listed(GOOD), "no checksum where none is asked for")
    expect(tally, ["good.wasm", "--sha256"], 0, digest)
    with subprocess.Popen(["cat", "good.wasm"], stdout=subprocess.PIPE) as cat:
        expect(tally, ["-", "--sha256"], 0, digest, stdin=cat.stdout)
    garbage = b"no module" * 100000
    with subprocess.Popen(["sh", "-c", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
        feeder = threading.Thread(target=lambda: (cat.stdin.write(garbage), cat.stdin.close()))
        feeder.start()
        expect(tally, ["-", "--sha256"], 1, hashlib.sha256(garbage).hexdigest(), stdin=cat.stdout)
        feeder.join()


def check_manifest(tally, folder):
    (folder / "manifest.yaml").write_text(MANIFEST % hashlib.sha256(GOOD).hexdigest())
    expect(tally, ["good.wasm", "-f", "manifest.yaml"], 0, "CO0670", '":authority", "auth.example.com"', "250",
           "outbound|47080||auth.auth-check.shop.callout.internal", '":path", "/v1/check"')
    (folder / "manifest.yaml").write_text(MANIFEST % ("0" * 64))
    expect(tally, ["good.wasm", "-f", "manifest.yaml"], 3, "CO0237", hashlib.sha256(GOOD).hexdigest())


def check_original(tally, compiled):
    if "tinygo" not in compiled:
        return
    for version, count in ORIGINAL.items():
        entry = listed(compiled["tinygo"], "--istio-version", version)
        tally.equal(len(entry["missingImports"]), count, f"the original filter on Istio {version}: missing imports")
        tally.check(not entry["loads"] and entry["lowestIstio"] is None, f"the original filter on Istio {version} does not load")
    tally.equal(entry["missingImports"], ORIGINAL_LACKED_FOREVER, "what no Envoy ever had")
    tally.equal(entry["toolchain"]["name"], "TinyGo", "the original filter's toolchain")
    tally.equal([c["what"] for c in entry["causes"]], ["net/http under an old TinyGo"], "the original filter's cause")
    tally.check("proxywasm.DispatchHttpCall(" in entry["call"] and "Rust" not in entry["call"],
                "what to write instead, in Go", entry["call"])


TOOLCHAINS = {"go-plain": "Go", "go-plain-stripped": "Go", "go-http": "Go", "clang-good": "Clang", "wasi-files": "Clang",
              "rust-nothing": "Rust", "rust-net": "Rust", "assemblyscript": "AssemblyScript"}
LOWEST = {"go-plain": "1.25", "go-fmt": "1.25", "go-http": "1.31", "go-files": "1.31", "go-links": None,
          "go-plain-command": None, "clang-good": "1.11", "clang-object": None, "rust-nothing": "1.11",
          "rust-net": "1.11", "rust-files": "1.31", "rust-sleep": "1.25", "rust-links": None, "assemblyscript": None}
ASC = "defaults of AssemblyScript (abort, seed, trace, Date, console)"
CAUSES = {"go-http": "net/http", "go-files": "file access", "go-links": "making links (os.Link, os.Symlink, os.Root; fs::hard_link)",
          "rust-nothing": None, "rust-net": None, "rust-files": "file access", "rust-sleep": None,
          "rust-links": "making links (os.Link, os.Symlink, os.Root; fs::hard_link)", "assemblyscript": ASC, "assemblyscript-debug": ASC,
          "go-plain": None, "go-fmt": None, "clang-good": None}


def check_compiled(tally, compiled):
    for title, data in compiled.items():
        entry = listed(data)
        if title in TOOLCHAINS:
            tally.equal(entry["toolchain"]["name"], TOOLCHAINS[title], f"{title}: toolchain")
        if title in LOWEST:
            tally.equal(entry["lowestIstio"], LOWEST[title], f"{title}: the lowest Istio that loads it")
        if title in CAUSES:
            tally.equal(next((c["what"] for c in entry["causes"]), None), CAUSES[title], f"{title}: the first cause")


def check_emscripten(tally):
    """What its versions export of a filter without memory growth, which imports nothing of theirs."""
    for title, text in (("_emscripten_stack_restore", "i>"), ("emscripten_stack_init", ">"), ("stackRestore", "i>")):
        m = Module()
        m.function(text, b"", export=title)
        tally.equal(listed(m.finish().bytes())["toolchain"]["name"], "Emscripten", f"the toolchain of what exports {title}")


def check_sleep(tally, compiled):
    if "rust-sleep" in compiled:
        entry = listed(compiled["rust-sleep"], "--istio-version", "1.24")
        tally.equal([c["what"] for c in entry["causes"]],
                    ["sleeping (time.Sleep, usleep, thread::sleep) or waiting for files"], "rust-sleep on Istio 1.24")


def check(tally, compiled):
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        folder = pathlib.Path(temp)
        poll = filter_with(("wasi_snapshot_preview1", "poll_oneoff", "iiii>i")).bytes()
        for title, data in (("good", GOOD), ("bad", BAD), ("poll", poll), ("bare", dict(memoryless())["memoryless-none-proxy_log"])):
            (folder / f"{title}.wasm").write_bytes(data)
        here = os.getcwd()
        os.chdir(folder)
        try:
            for part in (check_questions, check_usage, check_several, check_report, check_first, check_sha256, check_manifest):
                part(tally, folder)
        finally:
            os.chdir(here)
    check_original(tally, compiled)
    check_compiled(tally, compiled)
    check_sleep(tally, compiled)
    check_emscripten(tally)
