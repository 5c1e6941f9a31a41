"""Images in every form that a folder can hold, and whether istio-agent takes a module from them. tests/conformance/images has
Istio's own code fetch each; images.py compares what `inspect` says."""

import gzip
import json

from image import DOCKER_LAYER, DOCKER_MANIFEST, INDEX, MANIFEST, TAR_LAYER, WASM_LAYER, archive
from module import filter_with

GOOD = filter_with().bytes()
PACKED = archive({"./plugin.wasm": GOOD})
OTHER = archive({"module.wasm": GOOD})
CONFIG = (b"{}", "application/vnd.module.wasm.config.v1+json")
BARE = (GOOD, WASM_LAYER)
UNPACKED_LAYER = "application/vnd.oci.image.layer.v1.tar"
AMD64, ARM64 = {"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64"}
ATTESTATION = {"os": "unknown", "architecture": "unknown"}


def image(*layers, media_type=MANIFEST):
    return lambda layout: layout.index(layout.image(*layers, media_type=media_type))


def silent(layer_type, descriptor_type):
    """A manifest that does not say of itself what it is."""
    def build(layout):
        text = json.dumps({"schemaVersion": 2, "config": layout.blob(b"{}", "x"), "layers": [layout.blob(PACKED, layer_type)]})
        layout.index(layout.blob(text.encode(), descriptor_type))
    return build


def index(*platforms):
    """An index of images for these platforms; None names none."""
    def build(layout):
        entries = []
        for number, platform in enumerate(platforms):
            entry = layout.image((archive({str(number): b"", "plugin.wasm": GOOD}), TAR_LAYER))
            entries.append(entry if platform is None else {**entry, "platform": platform})
        layout.index(layout.document({"manifests": entries}, INDEX))
    return build


def nested(depth):
    def build(layout):
        entry = layout.image((PACKED, TAR_LAYER))
        for _ in range(depth):
            entry = layout.document({"manifests": [entry]}, INDEX)
        layout.index(entry)
    return build


# title: (function of a Layout, is a module taken)
LAYOUTS = {
    "a bare module alone, as oras pushes it": (image(BARE), False),
    "a bare module behind its configuration": (image(CONFIG, BARE), True),
    "a bare module before its configuration": (image(BARE, CONFIG), True),
    "a bare module and two more": (image(CONFIG, CONFIG, BARE), False),
    "a bare module of another type": (image(CONFIG, (GOOD, "application/wasm")), False),
    "a bare module in Docker's manifest": (image(CONFIG, BARE, media_type=DOCKER_MANIFEST), False),
    "a bare module said to be an archive": (image((GOOD, TAR_LAYER)), False),
    "a packed archive": (image((PACKED, TAR_LAYER)), True),
    "a packed archive after others": (image((OTHER, TAR_LAYER), (OTHER, TAR_LAYER), (PACKED, TAR_LAYER)), True),
    "a packed archive with folders": (image((archive({"a/b/plugin.wasm": GOOD}), TAR_LAYER)), True),
    "a packed archive with two": (image((archive({"a/plugin.wasm": GOOD, "plugin.wasm": b""}), TAR_LAYER)), True),
    "a packed archive said to be unpacked": (image((PACKED, UNPACKED_LAYER)), False),
    "an unpacked archive": (image((archive({"plugin.wasm": GOOD}, packed=False), UNPACKED_LAYER)), False),
    "an unpacked archive said to be packed": (image((archive({"plugin.wasm": GOOD}, packed=False), TAR_LAYER)), False),
    "a zstd archive": (image((b"\x28\xb5\x2f\xfd" + PACKED, UNPACKED_LAYER + "+zstd")), False),
    "an archive with another file": (image((OTHER, TAR_LAYER)), False),
    "an archive with another file, and a bare module": (image(BARE, (OTHER, TAR_LAYER)), True),
    "the module below the last layer": (image((PACKED, TAR_LAYER), (archive({}), TAR_LAYER)), False),
    "no layers": (image(), False),
    "Docker's own": (image((PACKED, DOCKER_LAYER), media_type=DOCKER_MANIFEST), True),
    "Docker's manifest, OCI's layer": (image((PACKED, TAR_LAYER), media_type=DOCKER_MANIFEST), False),
    "OCI's manifest, Docker's layer": (image((PACKED, DOCKER_LAYER)), False),
    "a manifest without a type": (silent(TAR_LAYER, MANIFEST), True),
    "Docker's manifest without a type": (silent(DOCKER_LAYER, DOCKER_MANIFEST), False),
    "an index of one": (index(None), True),
    "an index of one for no known platform": (index({}), False),
    "an index with an attestation, as buildx writes it": (index(AMD64, ATTESTATION), True),
    "an index with an attestation first": (index(ATTESTATION, AMD64), True),
    "an index of several": (index(ARM64, {**AMD64, "variant": "v2", "os.version": "1"}), True),
    "an index of several, one without a platform": (index(ARM64, None), True),
    "an index with two of a kind": (index(AMD64, AMD64), True),
    "an index without amd64": (index(ARM64), False),
    "an index for wasm": (index({"os": "wasi", "architecture": "wasm"}), False),
    "an index of none": (index(), False),
    "an index of an index": (nested(2), True),
    "an index of many": (nested(8), True),
}
# What is taken, and is no module: the agent finds that later.
PACKED_MODULE = image(CONFIG, (gzip.compress(GOOD, mtime=0), WASM_LAYER))
