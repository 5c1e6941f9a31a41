"""What Kubernetes itself makes of every golden and every sample: kubectl against an API server with Istio's CRDs.

The bundles stand side by side in one cluster, so each has its namespaces renamed, and nothing else.
"""

import json
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
from bundles import bundles  # noqa: E402
import harness  # noqa: E402
from cluster import Cluster  # noqa: E402

KINDS = "serviceentries,destinationrules,envoyfilters,wasmplugins,trafficextensions"
CREATED, UNCHANGED, APPLIED = {"created"}, {"unchanged"}, {"serverside-applied"}


# ---- bundles ----


class Placed:
    """A bundle that has a place beside the others. Its text is kept to the byte, but for the namespaces' prefix."""

    def __init__(self, bundle, prefix):
        self.name, self.is_json, self.objects = bundle.name.replace(" ", "-"), bundle.is_json, bundle.objects
        for metadata in (o["metadata"] for o in self.objects):
            metadata["namespace"] = f"{prefix}-{metadata['namespace']}"
        self.namespaces = {o["metadata"]["namespace"] for o in self.objects}
        self.text = self.as_list() if self.is_json else rename_namespaces(bundle.text, prefix)

    def as_list(self):
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": self.objects})

    def write(self, folder):
        if list(yaml.load_all(self.text, yaml.CSafeLoader)) != self.objects and not self.is_json:
            raise AssertionError(f"{self.name}: more than the namespaces was renamed")
        (folder / f"{self.name}{'.json' if self.is_json else '.yaml'}").write_text(self.text)


def rename_namespaces(text, prefix):
    return re.sub(r'^  namespace: "?([^"\n]+)"?$', rf"  namespace: {prefix}-\1", text, flags=re.M)


def placed():
    return [Placed(b, f"b{i}") for i, b in enumerate(bundles())]


# ---- what kubectl says ----


def outcomes(result):
    """The last word of each line: created, unchanged, …"""
    return [line.rsplit(" ", 1)[-1] for line in result.stdout.decode().splitlines()]


def check_applied(tally, result, count, words, what):
    said = outcomes(result)
    ok = result.returncode == 0 and len(said) == count and set(said) == words and not result.stderr
    tally.check(ok, f"{what}: {said.count(next(iter(words)))} of {count} {next(iter(words))}", result.stderr + result.stdout[-4000:])


def check_same(tally, result, what):
    tally.check(result.returncode == 0 and not result.stdout, what, result.stdout + result.stderr)


# ---- what is stored ----


def stored(cluster):
    """Of the ConfigMaps, ours alone; shared ServiceEntries carry no label to know them by."""
    asks = [(KINDS,), ("configmaps", "-l", "app.kubernetes.io/managed-by=callout")]
    items = [o for ask in asks for o in json.loads(cluster.must("get", *ask, "--all-namespaces", "-o", "json"))["items"]]
    return {(o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]): o for o in items}


def rebuilt(value, keeps, leaf):
    """The value without the members that are not kept, and with its texts, numbers and so on changed."""
    if isinstance(value, dict):
        return {k: rebuilt(v, keeps, leaf) for k, v in value.items() if keeps(v)}
    return [rebuilt(v, keeps, leaf) for v in value] if isinstance(value, list) else leaf(value)


def after_client_side(spec):
    """To a client-side apply a null means "take it away", in the filter's own configuration too."""
    return rebuilt(spec, lambda v: v is not None, lambda v: v)


def after_server_side(spec):
    """A server-side apply is JSON that the API server reads as YAML, to which the character U+0085 is a line break."""
    return rebuilt(spec, lambda v: True, lambda v: v.replace("\x85", " ") if isinstance(v, str) else v)


def as_doubles(spec):
    """What is larger than 64 bits is a double to the API server, which prints many of them as integers."""
    fits = range(-2**63, 2**63)
    return rebuilt(spec, lambda v: True, lambda v: float(v) if type(v) is int and v not in fits else v)


def check_stored(tally, cluster, given, reading):
    """Nothing is dropped, added or read otherwise than a foreign YAML reader reads it."""
    live = stored(cluster)
    for bundle in given:
        for wanted in bundle.objects:
            metadata = wanted["metadata"]
            got = live.get((wanted["kind"], metadata["namespace"], metadata["name"]), {"metadata": {}})
            same = as_doubles(got.get("spec")) == as_doubles(reading(wanted.get("spec"))) and got["metadata"].get(
                "labels") == metadata.get("labels")
            what = f"{bundle.name}: {wanted['kind']} {metadata['name']} is stored as it was written"
            tally.check(same, what, f"stored:  {got.get('spec')}\nwritten: {wanted.get('spec')}")


def versions(cluster):
    return {key: o["metadata"]["resourceVersion"] for key, o in stored(cluster).items()}


# ---- callout diff ----


def samples():
    return sorted(p.parent for p in (harness.ROOT / "deploy/examples").glob("*/manifest.yaml"))


def compared(cluster, folder, form):
    """What `callout diff` says of all that the API server has."""
    live = cluster.must("get", KINDS, "--all-namespaces", "-o", form)
    return harness.run(["diff", "-f", "manifest.yaml", "--live", "-"], cwd=folder, stdin=live)


def judge_diff(tally, cluster):
    """What is applied, by either way, and read back is what was generated; one changed field is a difference."""
    made = [folder for folder in samples() if harness.run(["generate", "-f", "manifest.yaml"], cwd=folder).stdout.strip()]
    tally.check(len(made) > 8, f"{len(made)} samples give objects")
    for folder in made:
        objects = harness.run(["generate", "-f", "manifest.yaml"], cwd=folder).stdout
        for namespace in {d["metadata"]["namespace"] for d in yaml.load_all(objects, yaml.CSafeLoader)}:
            cluster.kubectl("create", "namespace", namespace)
        for way in ((), ("--server-side",)):
            cluster.must("apply", *way, "-f", "-", stdin=objects)
            for form in ("yaml", "json"):
                result = compared(cluster, folder, form)
                tally.check(result.returncode == 0 and not result.stdout,
                            f"{folder.name}: applied {way}, read as {form}: no difference",
                            result.stdout + result.stderr)
            if not way:
                cluster.must("delete", "--wait=true", "-f", "-", stdin=objects)
        changed = next(d for d in yaml.load_all(objects, yaml.CSafeLoader))
        patch = json.dumps({"metadata": {"labels": {"callout.dev/manifest": None}},
                            "spec": {"exportTo": ["x"]} if changed["kind"] != "EnvoyFilter" else {"priority": 77}})
        cluster.must("patch", changed["kind"], changed["metadata"]["name"], "-n", changed["metadata"]["namespace"],
                     "--type=merge", "-p", patch)
        result = compared(cluster, folder, "yaml")
        tally.check(result.returncode == 1 and b"CO0321" in result.stderr and b"+++ generated/" in result.stdout,
                    f"{folder.name}: a changed object is a difference", result.stdout + result.stderr)
        cluster.must("delete", "--wait=true", "-f", "-", stdin=objects)
    tally.count("samples compared", len(made))


# ---- the judgement ----


def judge_client_side(tally, cluster, count):
    apply = ("apply", "--validate=strict", "-f", "bundles")
    check_applied(tally, cluster.kubectl(*apply), count, CREATED, "kubectl apply --validate=strict")
    check_same(tally, cluster.kubectl("diff", "-f", "bundles"), "kubectl diff shows nothing")
    check_applied(tally, cluster.kubectl(*apply), count, UNCHANGED, "a second kubectl apply")


def judge_server_side(tally, cluster, count):
    apply = ("apply", "--server-side", "--validate=strict", "-f", "bundles")
    check_applied(tally, cluster.kubectl(*apply), count, APPLIED, "kubectl apply --server-side")
    check_same(tally, cluster.kubectl("diff", "--server-side", "-f", "bundles"), "kubectl diff --server-side shows nothing")
    before = versions(cluster)
    check_applied(tally, cluster.kubectl(*apply), count, APPLIED, "a second kubectl apply --server-side")
    tally.equal(versions(cluster), before, "a second kubectl apply --server-side writes nothing")


def delete(tally, cluster):
    result = cluster.kubectl("delete", "--wait=false", "-f", "bundles")
    tally.check(result.returncode == 0, "kubectl delete", result.stderr)
    tally.equal(sorted(stored(cluster)), [], "nothing is left after kubectl delete")


def judge_bundles(tally):
    given = placed()
    count = sum(len(b.objects) for b in given)
    with Cluster() as cluster:
        install(cluster, given)
        judge_client_side(tally, cluster, count)
        check_stored(tally, cluster, given, after_client_side)
        delete(tally, cluster)
        judge_server_side(tally, cluster, count)
        check_stored(tally, cluster, given, after_server_side)
        delete(tally, cluster)
        judge_diff(tally, cluster)
    tally.count("objects applied", count)


def install(cluster, given):
    """The bundles as files for kubectl, and their namespaces."""
    (cluster.folder / "bundles").mkdir()
    for bundle in given:
        bundle.write(cluster.folder / "bundles")
    create_namespaces(cluster, sorted(set().union(*(b.namespaces for b in given))))


def create_namespaces(cluster, names):
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
    cluster.must("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode())


tests = [judge_bundles]
