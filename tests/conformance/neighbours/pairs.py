#!/usr/bin/env python3
"""Two manifests of one run that take one public host in two namespaces: whose cluster is missing, or is the other one's, in which versions
of Istio (CO0314 without --objects), beside what older.py writes down of their code. Which of the two will be older is not known, so what
either order can do is to be said, and whether both do it.

    pairs.py    judges all of them
"""

import itertools
import pathlib
import re
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import older  # noqa: E402
from older import HOST, ROOT  # noqa: E402

NAMESPACES = ("shop", "other", "infra", ROOT, "nobody")
EXPORTS = (None, ["*"], ["shop"], ["other"], ["infra"], [".", "infra"], [".", "shop"])
TARGETS = {"sidecar": {}, "gateway": {"proxy": "gateway", "selector": {"matchLabels": {"istio": "edge"}}}}
# What differs between the two: a port, or the addresses.
SETTINGS = ({"port": 8080}, {"port": 80, "endpoints": [{"address": "192.0.2.1"}]})
# What is to be said of what either order does.
SAID = {frozenset([False]): None, frozenset([True, False]): "can come", frozenset([True]): "comes"}
ORDERS = (("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"), ("2025-01-01T00:00:00Z", "2024-01-01T00:00:00Z"))


def manifest_of(name, namespace, kind, export_to, settings):
    upstream = {"name": name, "host": HOST, "isolated": False, "tls": {"mode": "DISABLE"}, **settings}
    if export_to:
        upstream["exportTo"] = export_to
    return {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": name, "namespace": namespace},
            "spec": {"target": TARGETS[kind], "filter": {"wasm": {"url": "oci://ghcr.io/acme/auth:1"}}, "upstreams": [upstream]}}


def ask(command, manifests, version):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "m.yaml").write_text(yaml.safe_dump_all(manifests))
        return harness.run([command, "-f", "m.yaml", "--istio-version", version], cwd=pathlib.Path(folder))


def proxies_of(manifest):
    namespace = manifest["metadata"]["namespace"]
    return NAMESPACES if namespace == ROOT else (namespace,)


def is_lost(push, kind, manifest, entry):
    """Does a proxy that sees the entry find no cluster of the manifest's port, or another one's?"""
    number = manifest["spec"]["upstreams"][0]["port"]
    for namespace in proxies_of(manifest):
        if not any(s.entry is entry for s in push.exported_to(namespace)):
            continue
        cluster = push.clusters(kind, namespace, {}).get(number)
        if not cluster or f"{entry['metadata']['namespace']}/{entry['metadata']['name']}" not in cluster["addresses"]:
            return True
    return False


def judge(tally, case):
    version, kind, (first, second), (here, there), settings = case
    manifests = [manifest_of("a", first, kind, here, {"port": 80}), manifest_of("b", second, kind, there, settings)]
    generated = ask("generate", manifests, version)
    if generated.returncode:
        return
    objects = list(yaml.safe_load_all(generated.stdout))
    said = ask("check", manifests, version).stderr.decode()
    for manifest in manifests:
        name, lost = manifest["metadata"]["name"], set()
        for times in ORDERS:
            for o in objects:
                o["metadata"]["creationTimestamp"] = times[o["metadata"]["name"].startswith("b")]
            entry = next(o for o in objects if o["kind"] == "ServiceEntry" and o["metadata"]["name"].startswith(name + "."))
            lost.add(is_lost(older.Push(version, objects), kind, manifest, entry))
        told = re.search(rf"CO0314: .* (comes|can come) before that of upstream {name},", said)
        tally.equal(told and told[1], SAID[frozenset(lost)],
                    f"{version} {kind}, {first} {here} and {second} {there} {settings}: {name} is told of")
    tally.count("pairs of manifests judged")


def judge_all(tally):
    pairs = (("shop", "other"), ("shop", ROOT))
    cases = itertools.product(older.RULES, TARGETS, pairs, itertools.product(EXPORTS, EXPORTS), SETTINGS)
    harness.parallel(lambda c: judge(tally, c), list(cases))


if __name__ == "__main__":
    import run  # noqa: E402, whose parts this is one of

    sys.exit(run.alone("neighbours", judge_all, sys.argv[1:]))
