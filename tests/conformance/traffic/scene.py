"""Scenes: what scenes/*.yaml say, their manifests, and what `callout` makes of them."""

import json
import pathlib
import re
import string

import harness
import yaml

HERE = pathlib.Path(__file__).resolve().parent
LUA = HERE.parent / "filters" / "callout.lua"
FIELDS = {"name", "proxy", "mesh", "upstreams", "filters", "reaches", "sees", "fails", "refused", "trail", "together",
          "tries", "statistic", "namespace", "target"}
# What the filter reads of its configuration, for each upstream.
CONFIG = ("cluster", "authority", "path", "timeoutMs")


def filled(value, places):
    """The value with $names replaced; a text that is one name becomes what is put in, a number or a text."""
    if isinstance(value, dict):
        return {k: filled(v, places) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, places) for v in value]
    if not isinstance(value, str):
        return value
    if value[:1] == "$" and value[1:] in places:
        return places[value[1:]]
    return string.Template(value).safe_substitute(places)


class Scene:
    """One scene, with the places filled in."""

    def __init__(self, row, proxies):
        if set(row) - FIELDS:
            raise ValueError(f"scene {row['name']}: unknown {set(row) - FIELDS}")
        self.name, self.upstreams = row["name"], row["upstreams"]
        self.proxy = proxies[row.get("proxy", "sidecar")]
        self.namespace, self.target = row.get("namespace", self.proxy.namespace), row.get("target", self.proxy.target)
        self.mesh, self.filters = row.get("mesh"), row.get("filters", [{}])
        self.reaches, self.sees = row.get("reaches"), row.get("sees", {})
        self.fails, self.refused, self.trail = row.get("fails"), row.get("refused"), row.get("trail")
        self.together, self.tries = row.get("together"), row.get("tries")
        self.statistic = row.get("statistic")
        self.slug = re.sub(r"[^a-z0-9]+", "-", self.name.lower())

    # ---- the manifest ----

    def manifest_names(self):
        return [self.slug if i == 0 else f"{self.slug}-{i}" for i in range(len(self.filters))]

    def config(self):
        return {u["name"]: {"protocol": u.get("protocol", "HTTP"), **{f: "${upstreams.%s.%s}" % (u["name"], f) for f in CONFIG}}
                for u in self.upstreams}

    def filter(self, fields, module):
        trail = {"trail": fields["trail"]} if "trail" in fields else {}
        fields = {k: v for k, v in fields.items() if k != "trail"}
        if "lua" in fields:
            return fields
        return {"wasm": {"url": f"file://{module}"}, "config": {**self.config(), **trail}, **fields}

    def documents(self, module):
        if self.mesh is not None:
            yield document("Mesh", {"name": "mesh"}, self.mesh)
        for name, fields in zip(self.manifest_names(), self.filters):
            metadata = {"name": name, "namespace": self.namespace}
            spec = {"target": self.target, "filter": self.filter(fields, module), "upstreams": self.upstreams}
            yield document("FilterManifest", metadata, spec)

    def generate(self, folder, module):
        """Writes the manifest, and keeps the objects and the promised clusters by upstream. Returns what went wrong."""
        folder.mkdir()
        self.folder = folder
        (folder / LUA.name).write_text(LUA.read_text())
        (folder / "manifest.yaml").write_text(yaml.safe_dump_all(self.documents(module)))
        objects = harness.run(["generate", "-f", "manifest.yaml"], cwd=folder)
        clusters = harness.run(["clusters", "-f", "manifest.yaml", "-o", "json"], cwd=folder)
        if objects.returncode or clusters.returncode:
            return objects.stderr + clusters.stderr
        self.objects = objects.stdout.decode()
        self.promised = {c["upstream"]: c for c in json.loads(clusters.stdout)["clusters"]}
        return b""

    # ---- what is expected ----

    def server_of(self, upstream):
        return self.reaches[upstream] if isinstance(self.reaches, dict) else self.reaches


def document(kind, metadata, spec):
    return {"apiVersion": "callout.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def read_scenes(places, proxies):
    files = sorted((HERE / "scenes").glob("*.yaml"))
    rows = [row for file in files for row in yaml.safe_load(file.read_text())]
    places = {**places, "lua": LUA.read_text()}
    return [Scene(filled(row, places), proxies) for row in rows]
