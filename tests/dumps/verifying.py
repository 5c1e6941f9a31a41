"""A folder with a manifest and dumps, and what verify says of them."""

import contextlib
import json
import pathlib
import tempfile

import harness
from make_invalid import MANIFEST, WITH_FILTER
from shapes import NAME, array, builtin, camel, cluster, dump, entries, node, section, text

__all__ = ["MANIFEST", "WITH_FILTER", "NAME", "Folder", "folder", "array", "builtin", "camel", "cluster", "dump", "entries", "node",
           "section", "text"]


class Folder:
    def __init__(self, path):
        self.path = path
        self.write("manifest.yaml", MANIFEST)

    def write(self, name, content):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def run(self, *args, manifest="manifest.yaml", **kw):
        return harness.run(["verify", "-f", manifest, *args], cwd=self.path, **kw)

    def answers(self, *args, **kw):
        """{(proxy, upstream): verdict}, the exit code, and what was printed to standard error."""
        result = self.run("-o", "json", *args, **kw)
        rows = json.loads(result.stdout)["verdicts"] if result.stdout else []
        return {(r["proxy"], r["upstream"]): r["verdict"] for r in rows}, result.returncode, result.stderr

    def report(self, *args, **kw):
        result = self.run("-q", "--report", "json=report.json", *args, **kw)
        return json.loads((self.path / "report.json").read_text()), result


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as temp:
        yield Folder(pathlib.Path(temp))
