"""Folders of the OCI image layout, in the two forms that istio-agent takes."""

import gzip
import hashlib
import io
import json
import tarfile

WASM_LAYER = "application/vnd.module.wasm.content.layer.v1+wasm"
TAR_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def archive(files, packed=True):
    """A tar of {name: bytes}, the same bytes always."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0) if packed else out.getvalue()


class Layout:
    def __init__(self, folder):
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n')

    def blob(self, data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs" / "sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def document(self, value, media_type):
        return self.blob(json.dumps({"schemaVersion": 2, "mediaType": media_type, **value}, sort_keys=True).encode(), media_type)

    def image(self, *layers, media_type=MANIFEST):
        """layers: (bytes, media type)"""
        config = self.blob(b"{}", "application/vnd.oci.image.config.v1+json")
        return self.document({"config": config, "layers": [self.blob(*layer) for layer in layers]}, media_type)

    def index(self, *manifests):
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}, sort_keys=True) + "\n")


def artifact(folder, module):
    """A layer that is the module, and one beside it; the digest."""
    layout = Layout(folder)
    image = layout.image((b"{}", "application/vnd.module.wasm.config.v1+json"), (module, WASM_LAYER))
    layout.index(image)
    return image["digest"].removeprefix("sha256:")


def compatible(folder, module):
    """plugin.wasm in the last layer; the digest."""
    layout = Layout(folder)
    image = layout.image((archive({"etc/passwd": b"root\n" * 300}), TAR_LAYER), (archive({"./plugin.wasm": module}), TAR_LAYER))
    layout.index(image)
    return image["digest"].removeprefix("sha256:")
