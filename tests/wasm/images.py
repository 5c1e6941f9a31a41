"""Modules in folders of the OCI image layout: both forms, what is wrong with folders, and the digest that Istio compares."""

import hashlib
import json
import os
import pathlib
import tempfile

import harness
from image import INDEX, TAR_LAYER, WASM_LAYER, Layout, archive, artifact, compatible
from layouts import CONFIG, GOOD, LAYOUTS, PACKED_MODULE
from module import HEADER

MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  filter:
    wasm: {url: "%s", binary: ./image%s}
"""


def inspect(folder, *args):
    return harness.run(["inspect", "image", *args], cwd=folder)


def check_forms(tally, folder):
    for title, build in (("a layer of its own", artifact), ("plugin.wasm in a packed archive", compatible)):
        with tempfile.TemporaryDirectory(dir=folder) as temp:
            here = pathlib.Path(temp)
            digest = build(here / "image", GOOD)
            result = inspect(here, "-o", "json", "--sha256")
            entry = json.loads(result.stdout)["modules"][0]
            tally.equal(result.returncode, 0, f"images: {title}: exit")
            tally.equal((entry["loads"], entry["image"], entry["bytes"], entry["source"]), (True, f"sha256:{digest}", len(GOOD), "image"),
                        f"images: {title}")
            plain = json.loads(harness.run(["inspect", "-", "-o", "json", "--sha256"], stdin=GOOD).stdout)["modules"][0]
            tally.equal([entry[k] for k in ("exports", "sha256", "abi")], [plain[k] for k in ("exports", "sha256", "abi")],
                        f"images: {title}: as the module itself")


def check_layouts(tally, folder):
    """A module is taken where istio-agent takes it."""
    for title, (build, taken) in LAYOUTS.items():
        with tempfile.TemporaryDirectory(dir=folder) as temp:
            here = pathlib.Path(temp)
            build(Layout(here / "image"))
            result = inspect(here)
            tally.equal((result.returncode, b"CO0608" in result.stderr), (0, False) if taken else (1, True), f"images: {title}")


def check_nested(tally, folder):
    layout = Layout(folder / "image")
    image = layout.image(CONFIG, (GOOD, WASM_LAYER))
    layout.index(layout.document({"manifests": [image]}, INDEX))
    result = inspect(folder)
    tally.check(result.returncode == 0 and image["digest"].encode() in result.stdout, "images: an index of an index", result.stderr)


def check_packed_module(tally, folder):
    PACKED_MODULE(Layout(folder / "image"))
    result = inspect(folder)
    tally.check(result.returncode == 1 and b"CO0601" in result.stderr, "images: a layer that is a packed module", result.stderr)


def broken():
    """(title, function of a layout, part of the message)"""
    def several(layout):
        layout.index(layout.image((GOOD, WASM_LAYER)), layout.image((GOOD + b"\0\1\0", WASM_LAYER)))

    def none(layout):
        layout.index()

    def no_plugin(layout):
        layout.index(layout.image((archive({"module.wasm": GOOD}), TAR_LAYER)))

    def cut_archive(layout):
        layout.index(layout.image((archive({"a": bytes(5000), "plugin.wasm": GOOD})[:60], TAR_LAYER)))

    def no_layers(layout):
        layout.index(layout.image())

    def missing_layer(layout):
        layout.index(layout.image(CONFIG, (GOOD, WASM_LAYER)))
        for blob in (layout.folder / "blobs" / "sha256").iterdir():
            if blob.read_bytes() == GOOD:
                blob.unlink()

    def missing_manifest(layout):
        layout.index({"digest": "sha256:" + "0" * 64})

    def escaping(layout):
        layout.index({"digest": "sha256:../../../image/oci-layout".ljust(71, "x")})

    def no_index(layout):
        pass

    def no_json(layout):
        (layout.folder / "index.json").write_text("{")

    def pipe_as_index(layout):
        os.mkfifo(layout.folder / "index.json")

    def pipe_as_layer(layout):
        layout.index(layout.image(CONFIG, (GOOD, WASM_LAYER)))
        blob = layout.folder / "blobs" / "sha256" / hashlib.sha256(GOOD).hexdigest()
        blob.unlink()
        os.mkfifo(blob)

    def endless(layout):
        index = layout.document({"manifests": []}, INDEX)
        for _ in range(20):
            index = layout.document({"manifests": [index]}, INDEX)
        layout.index(index)

    return [(several, "several images"), (none, "several images"), (no_plugin, "no plugin.wasm"),
            (cut_archive, "no plugin.wasm"), (no_layers, "names no layer"), (missing_layer, "is missing"),
            (missing_manifest, "missing or damaged"), (escaping, "no sha256 digest"), (no_index, "missing or damaged"),
            (no_json, "missing or damaged"), (endless, "leads nowhere"), (pipe_as_index, "missing or damaged"),
            (pipe_as_layer, "is missing")]


def check_broken(tally, folder):
    for build, message in broken():
        with tempfile.TemporaryDirectory(dir=folder) as temp:
            here = pathlib.Path(temp)
            build(Layout(here / "image"))
            result = inspect(here)
            tally.check(result.returncode == 1 and b"CO0608" in result.stderr and message.encode() in result.stderr,
                        f"images: {build.__name__}: exit {result.returncode}", result.stderr)


def check_damaged_module(tally, folder):
    compatible(folder / "image", HEADER + b"\1\xff")
    result = inspect(folder)
    tally.check(result.returncode == 1 and b"CO0603" in result.stderr, "images: a damaged module", result.stderr)


def check_manifests(tally, folder):
    """sha256 of an oci:// URL is written, and compared, as `generate` and `inspect` see it."""
    digest = compatible(folder / "image", GOOD)
    manifest = folder / "manifest.yaml"
    url = "oci://ghcr.io/acme/auth:1"
    for title, text, status, says in (
            ("written", MANIFEST % (url, ""), 0, f'sha256: "{digest}"'),
            ("the same", MANIFEST % (url, f", sha256: {digest}"), 0, f'sha256: "{digest}"'),
            ("another", MANIFEST % (url, ", sha256: " + "a" * 64), 3, "CO0237"),
            ("another in the URL", MANIFEST % (f"{url}@sha256:{'a' * 64}", ""), 3, "CO0237"),
            ("the same in the URL", MANIFEST % (f"{url}@sha256:{digest}", ""), 0, "@sha256:")):
        manifest.write_text(text)
        result = harness.run(["generate", "-f", "manifest.yaml"], cwd=folder)
        said = (result.stdout + result.stderr).decode()
        tally.check(result.returncode == status and says in said, f"images: sha256 {title}: exit {result.returncode}", said)
    manifest.write_text(MANIFEST % ("https://example.com/auth.wasm", ""))
    result = harness.run(["generate", "-f", "manifest.yaml"], cwd=folder)
    tally.check(result.returncode == 0 and b"sha256" not in result.stdout, "images: no digest for https://", result.stdout)


def check(tally):
    for part in (check_forms, check_nested, check_layouts, check_packed_module, check_broken, check_damaged_module, check_manifests):
        with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
            part(tally, pathlib.Path(temp))
