"""`callout import` of generated objects gives manifests back from which the same objects are generated."""

import pathlib
import random
import re
import sys
import tempfile

import harness
import yaml

sys.path.append(str(harness.ROOT / "tests/conformance/random"))
from manifests import Chooser, as_text  # noqa: E402

SAMPLES = harness.ROOT / "deploy/examples"


def documents(text):
    return [d for d in yaml.load_all(text, yaml.BaseLoader) if d]


def mesh_of(manifest):
    meshes = [d for d in re.split(r"^---.*$", manifest, flags=re.M) if "\nkind: Mesh" in "\n" + d]
    return meshes


def generate(folder, text, args):
    return harness.run(["generate", "-f", "-", *args], cwd=folder, stdin=text.encode())


def round_trip(tally, what, folder, objects, mesh, args):
    imported = harness.run(["import", "-"], stdin=objects.encode())
    if not tally.check(imported.returncode == 0, f"{what}: import: exit {imported.returncode}", imported.stderr + objects.encode()):
        return None
    again = generate(folder, "---\n".join([*mesh, imported.stdout.decode()]), args)
    shown = imported.stderr + imported.stdout + again.stderr
    if not tally.check(again.returncode == 0, f"{what}: generate of what was imported: exit {again.returncode}", shown):
        return None
    tally.check(b"CO034" not in imported.stderr.replace(b"CO0343", b""), f"{what}: something is said to be lost", shown)
    tally.equal(again.stdout, objects.encode(), f"{what}: the objects of the imported manifest")
    return imported.stdout


def judge(tally, what, folder, args):
    objects = generate(folder, (folder / "manifest.yaml").read_text(), args)
    text = objects.stdout.decode()
    if objects.returncode or not documents(text):
        return
    round_trip(tally, what, folder, text, mesh_of((folder / "manifest.yaml").read_text()), args)


def check_hand_written(tally):
    """What is imported of hand-written objects is a manifest that generates without an error."""
    cases = [c for c in harness.cases("golden", ["import", "objects.yaml"], 0) if c.name.startswith("import-")
             and c.exit == 0 and c.out.suffix == ".manifest"]
    tally.check(len(cases) > 10, f"{len(cases)} imports of hand-written objects")
    for case in cases:
        text = case.out.read_text()
        newest = "TrafficExtension" in text or "    waypoint:" in text  # known to newer versions only
        result = generate(case.folder, text, ["--istio-version", "1.31"] if newest else [])
        tally.check(result.returncode == 0 and documents(result.stdout), f"{case.name}: what was imported is refused", result.stderr)


# ---- filters that name many clusters, or odd ones ----

PLUGIN = """apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {{name: {name}, namespace: shop}}
spec: {{url: oci://example.com/p:1, pluginConfig: {{calls: {calls}}}}}
"""
ENTRY = """apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: h{number}, namespace: shop}}
spec: {{hosts: [h{number}.example.com], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: DNS}}
"""
CLUSTER = """apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{name: added, namespace: shop}}
spec: {{configPatches: {patches}}}
"""
MOST = 256  # upstreams of one manifest


def upstreams_of(text):
    """By the manifests' names."""
    return {d["metadata"]["name"]: [u["name"] for u in d["spec"].get("upstreams", [])] for d in documents(text)}


def check_many(tally):
    """What a manifest has no room for is told, once for each, and the rest is a manifest that is taken."""
    count = MOST + 40
    calls = [f"outbound|80||h{i}.example.com" for i in range(count)]
    objects = "---\n".join([PLUGIN.format(name="first", calls=calls), PLUGIN.format(name="second", calls=calls),
                            *(ENTRY.format(number=i) for i in range(count))])
    imported = harness.run(["import", "-"], stdin=objects.encode())
    made = upstreams_of(imported.stdout.decode())
    tally.equal({name: len(made[name]) for name in made}, {"first": MOST, "second": MOST}, "many clusters: upstreams of the manifests")
    for name in made:
        told = imported.stderr.decode().count(f"CO0341: shop/{name}: each upstream beyond {MOST}, from {calls[MOST]} on,")
        tally.check(told == 1, f"many clusters: what {name} loses is told {told} times", imported.stderr)
    tally.check(imported.stdout.count(calls[MOST].encode()) == 2, "many clusters: one that is no upstream keeps its name", imported.stdout)
    checked = harness.run(["check", "-f", "-"], stdin=imported.stdout)
    tally.check(checked.returncode == 0, "many clusters: what was imported is refused", checked.stderr)


def check_names(tally):
    """Clusters that an EnvoyFilter adds are a filter's when it holds their names as whole words, whatever is in these."""
    names = ["plain", "two words", "xds:one", "/lead", "a|80||b"]
    patches = [{"applyTo": "CLUSTER", "patch": {"operation": "ADD", "value": {"name": name, "type": "STRICT_DNS", "load_assignment": {"cluster_name": name, "endpoints": [
        {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": f"h{i}.example.com", "port_value": 80}}}}]}]}}}} for i, name in enumerate(names)]
    plugins = {"all": "call plain, then two words; xds:one (/lead) a|80||b",
               "none": "explain plainly plain-er two wordsmith xds:ones b/lead aa|80||b a|80||b.c", "some": "xds:one"}
    objects = "---\n".join([CLUSTER.format(patches=patches), *(PLUGIN.format(name=name, calls=[text]) for name, text in plugins.items())])
    imported = harness.run(["import", "-"], stdin=objects.encode())
    made = upstreams_of(imported.stdout.decode())
    tally.equal({name: len(made.get(name, [])) for name in [*plugins, "added"]},
                {"all": len(names), "none": 0, "some": 1, "added": 0},
                f"odd names: upstreams of the manifests: {imported}")


# ---- manifests made by chance ----

SEED, COUNT = 1, 400
MESH = '{"apiVersion": "callout.dev/v1alpha1", "kind": "Mesh", "metadata": {"name": "mesh"}, "spec": {}}\n'


def made_by_chance(number, folder):
    """The text of the mesh and of the manifests; None where the root namespace has a name that objects do not tell."""
    documents = Chooser(random.Random(f"{SEED}-{number}"), folder).documents()
    mesh = [d for d in documents if d["kind"] == "Mesh"]
    if any("rootNamespace" in d["spec"] for d in mesh):
        return None
    return as_text(mesh), as_text(d for d in documents if d["kind"] != "Mesh")


def check_chance(tally):
    def judge_one(number):
        texts = made_by_chance(number, folder)
        if not texts:
            return False
        objects = generate(folder, "".join(texts), []).stdout.decode()
        if not objects:
            return False
        # In any order: an API server answers by kind and name.
        parts = re.split(r"^---\n", objects, flags=re.M)[1:]
        shuffled = "".join("---\n" + part for part in random.Random(number).sample(parts, len(parts)))
        what = f"manifests made by chance, {SEED}-{number}"
        (folder / f"{number}.mesh").write_text(texts[0] or MESH)
        imported = harness.run(["import", "-", "--mesh-file", str(folder / f"{number}.mesh")], stdin=shuffled.encode())
        again = generate(folder, texts[0] + imported.stdout.decode(), [])
        tally.equal(again.stdout, objects.encode(), f"{what}: {texts}: the objects of the imported manifest")
        tally.check(b"CO034" not in imported.stderr.replace(b"CO0343", b""), f"{what}: something is said to be lost", imported.stderr)
        return True

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        judged = sum(harness.parallel(judge_one, range(COUNT)))
    tally.check(judged > COUNT / 5, f"only {judged} of {COUNT} manifests made by chance were accepted")


# What objects do not say, so that it cannot come back.
UNSAID = {}


def run(tally):
    check_hand_written(tally)
    check_many(tally)
    check_names(tally)
    check_chance(tally)
    for folder in sorted(p for p in SAMPLES.iterdir() if (p / "manifest.yaml").exists()):
        judge(tally, f"sample {folder.name}", folder, [])
    plain = [c for c in harness.cases("golden", ["generate", "-f", "manifest.yaml"], 0)
             if c.args[:3] == ["generate", "-f", "manifest.yaml"] and c.exit == 0
             and (c.folder / "manifest.yaml").exists() and c.out.suffix == ".yaml"
             and not {"-o", "--escape-for", "--templates", "-f", "--mesh", "--mesh-file", "--check"} & set(c.args[3:])
             and not any(w in (c.folder / "manifest.yaml").read_text() for w in ("binary:", "file:"))]
    harness.parallel(lambda c: judge(tally, c.name, c.folder, c.args[3:]), [c for c in plain if c.name not in UNSAID])
    tally.check(len(plain) > 150, f"only {len(plain)} golden cases were tried")
