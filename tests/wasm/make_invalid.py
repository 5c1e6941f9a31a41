#!/usr/bin/env python3
"""Writes the modules of tests/invalid/CO06*: one that draws each code. Run it when module.py changes what they hold."""

import base64
import pathlib
import shutil
import sys

import bounds
import endings
import exports
import image
import lookups
import memory
import segments
from engine import code_with
from exports import exported
from garbage import importing
from imports import STANDARD, WASI, namesakes
from listings import NULLABLE, added, listing, typed
from module import END, FUNCTION, GLOBAL, HEADER, MEMORY, TABLE, TAG, Module, call, calling, custom, data_segment, filter_with, i32, leb, limits, name, section, vector

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "tools"))
from boxes import BOXES  # noqa: E402

INVALID = TESTS / "invalid"
MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com}
"""


def as_text(damage):
    """What comes of a module when something takes it for text; it has two bytes that look like line feeds, and a long number."""
    return damage(calling("env", "proxy_log", "iii>i", "x").bytes() + custom("\n", b"\x80\x01\n"))


def imported_memory():
    m = Module(memory=None)
    m.add_raw_import("env", "memory", b"\x02" + limits(1, 2, flags=2))
    m.finish()
    m.export("memory", MEMORY, 0)
    return m.bytes()


def two_tables():
    m = Module()
    for title in ("one", "two"):
        m.add_raw_import("env", title, b"\1\x70" + limits(1))
    return m.finish().bytes()


def imported_tag():
    m = Module()
    m.add_raw_import("env", "tag", bytes([TAG, 0]) + leb(m.type(">")))
    return m.finish().bytes()


def listed_imports():
    m = listing()
    m.add_import("env", "zzz", ">")
    for i, title in enumerate(("v128", "indexed", "exnref")):
        m.add_raw_import("env", f"f{i}", b"\0" + leb(m.type(typed(results=NULLABLE[title]))))
        m.n_functions += 1
    m.add_raw_import("env", "g", b"\3\x7b\0")
    m.add_raw_import("env", "t", b"\1\x6e" + limits(1))
    return m.finish().bytes()


def listed_exports():
    m = listing(malloc=None)
    added(m, typed(params=NULLABLE["v128"]), "f")
    m.globals.append(b"\x7b\0\xfd\x0c" + bytes(16) + END)
    m.export("g", GLOBAL, 0)
    m.tables.append(b"\x6e" + limits(1))
    m.export("t", TABLE, 0)
    m.tags.append(b"\0" + leb(m.type(">")))
    m.export("tag", TAG, 0)
    return m.finish().bytes()


def imported_global():
    m = Module()
    m.add_raw_import("env", "__stack_pointer", b"\x03\x7f\x01")
    return m.finish().bytes()


def segment_outside():
    m = Module()
    m.data.append(data_segment(0x7FFFFFFF, b"data"))
    return m.finish().bytes()


def operands_at_fault():
    """One fault of each kind, in functions that have names and one that has none."""
    m = Module()
    m.tables.append(b"\x6f" + limits(1))
    first = m.n_functions
    for text, body in ((">i", b"\x1a"), (">", b"\x6a"), (">", i32(1)), (">i", b"\x43" + bytes(4)), ("f>", b"\x20\0" + i32(0) + b"\x36\2\0"), (">", b"\xd0\x70\xd0\x70" + i32(0) + b"\x1b\x1a"),
                       (">i", i32(1) + b"\x04\x7f" + i32(2) + END), (">", i32(0) + b"\x11\0\0"), (">", i32(0) + b"\xd1\x1a"), (">", b"\x02\x7f" + i32(1) + i32(1) + b"\x0e\1\0\1" + END + b"\x1a")):
        m.function(text, body)
    m.type(">")
    names = vector([leb(first + i) + name(title) for i, title in enumerate(("drop", "add", "left", "other", "store", "select", "else", "through table", "null?"))])
    return m.finish().bytes() + custom("name", b"\1" + leb(len(names)) + names)


def two_memories():
    m = Module().finish()
    m.extra[5] = vector([limits(1), limits(1)])
    m.export("second", MEMORY, 1)
    return m.bytes()


def start_behind_a_condition():
    m = Module()
    index = m.add_import("env", "proxy_done", ">i")
    m.start = m.function(">", i32(0) + b"\x04\x40" + call(index) + b"\x1a" + END)
    return m.finish().bytes()


def init_behind_a_condition():
    m = Module()
    index = m.add_import("env", "proxy_define_metric", "iiii>i")
    m.function(">", i32(0) + b"\x04\x40" + i32(0) * 4 + call(index) + b"\x1a" + END, export="_initialize")
    return m.finish().bytes()


def named(*functions):
    """The name section of a module whose first functions have these names."""
    names = vector([leb(i) + name(f) for i, f in enumerate(functions)])
    return custom("name", b"\1" + leb(len(names)) + names)


GO = custom("go:buildid")
POLL = (WASI[0], "poll_oneoff", "iiii>i")
HTTP_CALL = ("env", "proxy_http_call", "i" * 10 + ">i")
LARGE = 17 << 20

def with_data(content):
    m = Module()
    m.add_import(*HTTP_CALL)
    m.function("iiiii>", export="proxy_on_http_call_response")
    m.data.append(data_segment(1024, content))
    return m.finish().bytes()


# case: (bytes, arguments, exit code)
CASES = {
    "CO0676-gzip-in-tar": (BOXES["gzip in tar"][0], [], 0),
    "CO0677-folder-first": (BOXES["tar with its folder in gzip"][0], [], 1),
    "CO0601-gzip": (bytes.fromhex("1f8b0800000000000003"), [], 1),
    "CO0601-html": (b"<!DOCTYPE html>\n<title>Sign in</title>\n", [], 1),
    "CO0601-base64": (base64.b64encode(filter_with().bytes()), [], 1),
    "CO0601-byte-order-mark": (b"\xef\xbb\xbf" + filter_with().bytes(), [], 1),
    "CO0601-not-found": (b"404: Not Found", [], 1),
    "CO0601-xz": (b"\xfd7zXZ\0\0\4", [], 1),
    "CO0601-bzip2": (b"BZh91AY&SY", [], 1),
    "CO0601-empty": (b"", [], 1),
    "CO0601-text": (b";; A filter.\n(module)\n", [], 1),
    "CO0601-image": (b"oci-layout\0".ljust(257, b"\0") + b"ustar\0", [], 1),
    "CO0602-component": (b"\0asm\x0d\0\1\0", [], 1),
    "CO0601-utf-16": (b"\xff\xfe" + filter_with().bytes().decode("latin-1").encode("utf-16-le"), [], 1),
    "CO0601-hexadecimal": (filter_with().bytes().hex().encode() + b"\n", [], 1),
    "CO0601-yaml": (MANIFEST.encode(), [], 1),
    "CO0603-carriage-returns": (as_text(lambda data: data.replace(b"\n", b"\r\n")), [], 1),
    "CO0603-replaced": (as_text(lambda data: data.decode("utf-8", "replace").encode()), [], 1),
    "CO0603-latin-1": (as_text(lambda data: data.decode("latin-1").encode()), [], 1),
    "CO0603-cut": (filter_with().bytes()[:60], [], 1),
    "CO0603-count": (HEADER + section(1, b"\xff\xff\xff\xff\x0f"), [], 1),
    "CO0605-name-section": (filter_with().bytes() + custom("name", b"\1\x7f"), [], 1),
    "CO0606-object-file": (filter_with().bytes() + custom("linking", b"\2"), [], 0),
    "CO0607-segment": (segment_outside(), [], 1),
    "CO0607-computed": (dict(segments.segments())["segment-global-and-sum-outside"], [], 1),
    "CO0609-kinds": (operands_at_fault(), [], 1),
    "CO0609-one-function": (code_with(i32(1) + b"\x43" + bytes(4) + b"\x6a\x1a"), ["--envoy-version", "1.40"], 1),
    "CO0610-original": (filter_with(("env", "time.resetTimer", "iI>i"), (WASI[0], "fd_pread", "iiiIi>i")).bytes(), ["--istio-version", "1.11"], 1),
    "CO0610-one-version": (filter_with((WASI[0], "poll_oneoff", "iiii>i")).bytes(), ["--istio-version", "1.24"], 1),
    "CO0611-parameters": (filter_with(("env", "proxy_log", "ii>i")).bytes(), [], 1),
    "CO0612-path-link": (filter_with((WASI[0], "path_link", STANDARD["path_link"])).bytes(), ["--istio-version", "1.31"], 1),
    "CO0613-higress": (filter_with(("env", "proxy_redis_init", "iiiiiiii>i")).bytes(), [], 1),
    "CO0614-abi": (filter_with(("env", "proxy_continue_stream", "i>i"), abi="0_1_0").bytes(), [], 1),
    "CO0615-global": (imported_global(), [], 1),
    "CO0616-tag": (imported_tag(), [], 1),
    "CO0617-shared": (imported_memory(), [], 1),
    "CO0618-several": (listed_imports(), ["--envoy-version", "1.36..1.40"], 1),
    "CO0617-group": (importing("first-of-two"), ["--istio-version", "1.31"], 1),
    "CO0617-several": (two_tables(), ["--istio-version", "1.31"], 1),
    "CO0617-namesakes": (dict(namesakes())["namesakes-table-and-function"], [], 1),
    "CO0617-name": (lookups.importing("table", "env", "0"), [], 1),
    "CO0617-64-bit": (bounds.importing(memory=bounds.limits_64(1)), ["--istio-version", "1.31"], 1),
    "CO0619-limits": (bounds.importing(limits(1, bounds.ENTRIES + 1), limits(17000)), [], 1),
    "CO0618-table": (bounds.importing(limits(1, bounds.HALF)), [], 1),
    "CO0624-table": (bounds.with_table(limits(1, bounds.HALF), exported=True), [], 1),
    "CO0624-names": (lookups.exporting((FUNCTION, "0"), (FUNCTION, "f\0")), [], 1),
    "CO0620-none": (filter_with(abi=None).bytes(), [], 1),
    "CO0621-unknown": (filter_with(abi="0_3_0").bytes(), [], 1),
    "CO0621-higress": (filter_with(abi="0_2_100").bytes(), [], 1),
    "CO0622-no-malloc": (filter_with(malloc=None).bytes(), [], 1),
    "CO0623-headers": (exported("proxy_on_request_headers", "ii>i"), [], 1),
    "CO0624-several": (listed_exports(), [], 1),
    "CO0630-not-exported": (dict(memory.memoryless())["memoryless-not-exported-proxy_log"], [], 1),
    "CO0630-none": (dict(memory.memoryless())["memoryless-none-proxy_log"], [], 1),
    "CO0631-pages": (filter_with(memory=limits(16385)).bytes(), [], 1),
    "CO0632-two": (two_memories(), [], 0),
    "CO0640-tail-call": (code_with(b"\x12\0"), ["--istio-version", "1.26..1.27"], 1),
    "CO0640-wide-arithmetic": (code_with(b"\x42\0" * 4 + b"\xfc\x13\x1a\x1a"), [], 1),
    "CO0641-both": (code_with(b"\x06\x40\x19" + END + b"\x1f\x40\0" + END), [], 1),
    "CO0650-log": (calling("env", "proxy_log", "iii>i", "start").bytes(), [], 1),
    "CO0651-condition": (start_behind_a_condition(), [], 0),
    "CO0652-initialize": (calling("env", "proxy_http_call", "i" * 10 + ">i", "_initialize").bytes(), [], 1),
    "CO0653-condition": (init_behind_a_condition(), [], 0),
    "CO0654-growth": (calling("env", "emscripten_notify_memory_growth", "i>", "malloc").bytes(), [], 0),
    "CO0655-go-command": (exported("_start", ">") + GO, [], 1),
    "CO0655-tinygo-command": (dict(exports.commands())["command-of-tinygo-exits"], ["--istio-version", "1.31"], 1),
    "CO0656-calls-trap": (endings.ending(b"TRAPSLOGS", "start"), [], 1),
    "CO0657-trap": (endings.ending(endings.TRAP, "_initialize"), [], 1),
    "CO0657-callback": (endings.ending(endings.BODIES["self"], "proxy_on_vm_start"), ["--istio-version", "1.31"], 1),
    "CO0656-division": (endings.ending(endings.BODIES["divide"], "start"), ["--istio-version", "1.31"], 1),
    "CO0657-exception": (endings.ending(b"THROWS", "_initialize"), [], 1),
    "CO0657-null-pointer": (endings.of_constants(endings.OF_CONSTANTS["call-null"], "_initialize"), ["--istio-version", "1.31"], 1),
    "CO0657-pointer": (endings.of_constants(endings.OF_CONSTANTS["call-other"], "_initialize"), ["--istio-version", "1.31"], 1),
    "CO0657-far": (endings.of_constants(endings.OF_CONSTANTS["load-far"], "_initialize"), ["--istio-version", "1.11..1.31"], 1),
    "CO0658-start": (endings.of_constants(endings.LOOP + b"\x0c\0" + END, "start"), ["--istio-version", "1.31"], 1),
    "CO0659-initialize": (endings.of_constants(endings.LOOPS["outer-endless"], "_initialize"), ["--istio-version", "1.31"], 1),
    "CO0663-trap": (endings.ending(endings.TRAP, "proxy_on_context_create"), ["--istio-version", "1.31"], 0),
    "CO0664-zero": (endings.answering("proxy_on_configure", i32(0)), ["--istio-version", "1.31"], 1),
    "CO0660-sleep": (filter_with(POLL).bytes() + GO + named("runtime.main", "time.Sleep"), [], 0),
    "CO0660-no-names": (filter_with(POLL).bytes() + GO, ["--istio-version", "1.30"], 0),
    "CO0661-poll": (filter_with(POLL).bytes() + GO + named("runtime.main"), [], 0),
    "CO0662-net-http": (filter_with().bytes() + GO + named("net_http.__Client_.do"), [], 0),
    "CO0671-no-callback": (filter_with(HTTP_CALL).bytes(), [], 0),
    "CO0680-sockets": (filter_with(("env", "socket", "iii>i"), ("env", "connect", "iii>i")).bytes(), [], 1),
    "CO0680-two-causes": (filter_with(("env", "abort", "iiii>"), ("env", "__cxa_throw", "iii>"), ("Date", "now", ">F")).bytes(), [], 1),
    "CO0672-other-port": (with_data(b"outbound|80||auth.example.com\0"), ["-f", "manifest.yaml"], 0),
    "CO0672-utf-16": (with_data("outbound|443||auth.example.com".encode("utf-16le")), ["-f", "manifest.yaml"], 0),
    "CO0673-url": (with_data(b"https://auth.example.com/v1/check"), ["-f", "manifest.yaml"], 0),
    "CO0674-host": (with_data(b":method\0:path\0:host\0"), ["-f", "manifest.yaml"], 0),
    "CO0675-format": (with_data(b"outbound|%d||%s\0"), ["-f", "manifest.yaml"], 0),
    "CO0690-newer": (filter_with().bytes(), ["--istio-version", "1.99"], 0),
    "CO0670-no-callout": (filter_with().bytes(), ["-f", "manifest.yaml"], 0),
}


# Files too large to be kept: what stands before and behind the zeros that setup.sh puts in.
SETUP = """{{ cat head; head -c {zeros} /dev/zero; cat tail; }} >filter.wasm
"""


def with_large_code(tail):
    """A module whose code is not read: one function of zeros."""
    m = Module().finish()
    module = m.bytes()
    parts = module.split(b"\x0a" + leb(len(vector(m.bodies))) + vector(m.bodies))
    code = leb(len(m.bodies)) + leb(LARGE)
    return parts[0] + b"\x0a" + leb(len(code) + LARGE + 1, padded=5) + code, b"\x0b" + tail


LARGE_CASES = {
    "CO0604-too-large": (filter_with().bytes() + b"\0" + leb(256 << 20, padded=5), b"", 256 << 20, ["--istio-version", "1.31"], 1),
    "CO0642-tail-calls": (*with_large_code(custom("target_features", vector([b"+" + name("tail-call")]))), LARGE, ["--istio-version", "1.26"], 0),
    "CO0643-not-read": (*with_large_code(b""), LARGE, [], 0),
}


def write_large_case(title, head, tail, zeros, args, code):
    folder = INVALID / title
    folder.mkdir(exist_ok=True)
    (folder / "head").write_bytes(head)
    (folder / "tail").write_bytes(tail)
    (folder / "setup.sh").write_text(SETUP.format(zeros=zeros))
    (folder / "args").write_text("\n".join(["inspect", "filter.wasm", *args]) + "\n")
    (folder / "exit").write_text(f"{code}\n")


def write_case(title, data, args, code):
    folder = INVALID / title
    folder.mkdir(exist_ok=True)
    (folder / "filter.wasm").write_bytes(data)
    (folder / "args").write_text("\n".join(["inspect", "filter.wasm", *args]) + "\n")
    (folder / "exit").write_text(f"{code}\n")
    if "manifest.yaml" in args:
        (folder / "manifest.yaml").write_text(MANIFEST)


# What a manifest names as `binary`: a module, or a folder with an image.
BY_MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  filter:
    wasm: {url: "%s", binary: %s}
"""
OCI, HTTPS = "oci://ghcr.io/acme/auth-check:1.4.0", "https://example.com/auth.wasm"


def without_plugin(folder):
    layout = image.Layout(folder)
    layout.index(layout.image((image.archive({"module.wasm": filter_with().bytes()}), image.TAR_LAYER)))


def two_images(folder):
    layout = image.Layout(folder)
    layout.index(layout.image((HEADER, image.WASM_LAYER)), layout.image((END, image.WASM_LAYER)))


# case: (URL, binary, arguments, exit code)
MANIFEST_CASES = {
    "CO0248-imports": (HTTPS, filter_with(("env", "time.resetTimer", "iI>i"), ("env", "proxy_log", "ii>i")).bytes(), None, 3),
    "CO0248-one-version": (HTTPS, filter_with(POLL).bytes(), ["check", "-f", "manifest.yaml", "--istio-version", "1.24..1.30"], 3),
    "CO0248-folder": (OCI, lambda folder: folder.mkdir(exist_ok=True) or (folder / "readme").write_text("no image\n"), None, 3),
    "CO0248-image": (OCI, two_images, None, 3),
    "CO0274-module": (OCI, filter_with().bytes(), None, 0),
    "CO0608-two-images": (OCI, two_images, ["inspect", "image"], 1),
    "CO0608-no-plugin": (OCI, without_plugin, ["inspect", "image"], 1),
}


def write_manifest_case(title, url, binary, args, code):
    folder = INVALID / title
    folder.mkdir(exist_ok=True)
    if callable(binary):
        shutil.rmtree(folder / "image", ignore_errors=True)
        binary(folder / "image")
    else:
        (folder / "auth.wasm").write_bytes(binary)
    (folder / "manifest.yaml").write_text(BY_MANIFEST % (url, "./image" if callable(binary) else "./auth.wasm"))
    (folder / "exit").write_text(f"{code}\n")
    if args:
        (folder / "args").write_text("\n".join(args) + "\n")


def main():
    for title, case in MANIFEST_CASES.items():
        write_manifest_case(title, *case)
    for title, (data, args, code) in CASES.items():
        write_case(title, data, args, code)
    for title, case in LARGE_CASES.items():
        write_large_case(title, *case)
    print(len(CASES) + len(LARGE_CASES) + len(MANIFEST_CASES), "cases")


if __name__ == "__main__":
    main()
