"""What `callout generate` gives now for every golden case and every sample, with the documents that it was made of."""

import dataclasses
import json
import pathlib

import harness
import yaml

KINDS = ("FilterManifest", "Mesh")
# flags that only generate has, or that change its form
WITH_VALUE = {"-o", "--escape-for", "--templates", "--report", "--objects", "--applyset"}
ALONE = {"--check", "--sync-waves"}
LOWEST, HIGHEST = (1, 27), (1, 32)  # defaults of spec.istioVersions


def parsed(text):
    try:
        return list(yaml.load_all(text, yaml.CSafeLoader))
    except yaml.YAMLError:
        return [json.loads(text)]  # JSON's surrogate pairs are none of YAML's


@dataclasses.dataclass
class Bundle:
    """One run of `callout generate`: its text to the byte, and how to run `callout` on the same input."""

    name: str
    text: str
    folder: pathlib.Path
    args: list
    stdin: bytes = b""

    @property
    def is_json(self):
        return self.text.lstrip().startswith("{")

    @property
    def objects(self):
        documents = list(yaml.load_all(self.text, yaml.CSafeLoader))
        return documents[0]["items"] if self.is_json else documents

    # ---- the documents ----

    def values_of(self, *flags):
        return [value for flag, value in zip(self.args, self.args[1:]) if flag in flags]

    def files(self, *flags):
        for name in self.values_of(*flags):
            path = self.folder / name
            if name == "-":
                yield self.stdin
            elif path.is_dir():
                yield from (p.read_bytes() for p in sorted(path.rglob("*")) if p.suffix in (".yaml", ".yml", ".json"))
            else:
                yield path.read_bytes()

    def documents(self, kind):
        texts = self.files("-f", "--mesh-file")
        found = [d for text in texts for d in parsed(text) if isinstance(d, dict)]
        return [d for d in found if d.get("kind") == kind and str(d.get("apiVersion", "")).startswith("callout.dev/")]

    def manifests(self):
        """The manifests, each with the namespace that it has in the end."""
        default = (self.values_of("-n") or ["default"])[0]
        for manifest in self.documents("FilterManifest"):
            manifest["metadata"].setdefault("namespace", default)
            yield manifest

    def mesh(self):
        """The spec of the Mesh that counts."""
        wanted = self.values_of("--mesh")
        chosen = [m for m in self.documents("Mesh") if not wanted or m["metadata"]["name"] == wanted[0]]
        return (chosen[0].get("spec") or {}) if chosen else {}

    def versions(self):
        """The lowest and the highest version of Istio that the objects are for."""
        flags = self.values_of("--istio-version")
        named = flags[0].split("..") if flags else self.mesh().get("istioVersions") or []
        known = [tuple(map(int, v.split("."))) for v in named]
        return (known[0], known[-1]) if known else (LOWEST, HIGHEST)

    def live_objects(self):
        """Objects that are in the mesh already, as `kubectl get` prints them: one by one, or a List."""
        documents = [d for text in self.files("--objects") for d in parsed(text) if d]
        return [o for d in documents for o in (d["items"] if d["kind"].endswith("List") else [d])]

    # ---- the predictions ----

    def words(self):
        """The arguments that other commands understand as well."""
        kept, skip = [], False
        for word in self.args[1:]:
            if skip or word in WITH_VALUE:
                skip = not skip
            elif word not in ALONE:
                kept.append(word)
        return kept

    def clusters(self):
        """What `callout clusters -o json` predicts."""
        result = harness.run(["clusters", *self.words(), "-o", "json"], cwd=self.folder, stdin=self.stdin)
        if result.returncode:
            raise AssertionError(f"{self.name}: callout clusters: {result.stderr.decode(errors='replace')}")
        return json.loads(result.stdout)["clusters"]


def golden(case):
    """What the program says now: that it is what the case expects, tests/golden/run.py checks."""
    result = case.run()
    if result.returncode:
        raise AssertionError(f"{case.name}: {result.stderr.decode(errors='replace')}")
    stdin = harness.expected_bytes(case.folder / "stdin")
    return Bundle(case.name, result.stdout.decode(), case.folder, case.args, stdin)


def is_ours(case):
    """A case of `generate`, but none of the samples', which come by themselves."""
    return case.args[0] == "generate" and case.out.exists() and not case.name.startswith("sample-")


def goldens():
    return harness.parallel(golden, filter(is_ours, harness.cases("golden", ["generate", "-f", "manifest.yaml"], 0)))


def samples():
    for manifest in sorted((harness.ROOT / "deploy").glob("**/manifest.yaml")):
        args = ["generate", "-f", "manifest.yaml"]
        result = harness.run(args, cwd=manifest.parent)
        if result.returncode:
            raise AssertionError(f"{manifest}: {result.stderr.decode(errors='replace')}")
        yield Bundle(f"sample {manifest.parent.name}", result.stdout.decode(), manifest.parent, args)


def bundles():
    return [b for b in [*goldens(), *samples()] if b.text.strip()]
