#!/usr/bin/env python3
"""Hand-written objects, made by chance: what `callout import` makes of them generates objects of which Istio builds the same clusters
under the same names, and puts the filter into the same place of the same listeners.

    part.py [--seed N] [--count N]    looks further; a failure shows the objects
"""

import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import run  # noqa: E402
from http_filters import connection_managers  # noqa: E402
from objects import DECOY, LABELS, Chooser  # noqa: E402
from referees import Oracles, Refused  # noqa: E402

SEED, COUNT = 1, 60
ENOUGH = 0.5  # of those that are made; the others are refused by generate, as the import foretold
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
           "spec": {"clusterIP": "10.5.0.1", "selector": LABELS, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}}


def settled(cluster):
    """Without the names of the objects that it comes from, and without Envoy's defaults."""
    bare = json.loads(json.dumps(cluster))
    bare.get("metadata", {}).get("filterMetadata", {}).get("istio", {}).pop("config", None)
    for locality in bare.get("loadAssignment", {}).get("endpoints", []):
        for endpoint in locality.get("lbEndpoints", []):
            endpoint.pop("metadata", None)
    if bare.get("outlierDetection", {}).get("interval") == "10s":
        del bare["outlierDetection"]["interval"]
    if not cluster["name"].startswith("outbound|"):
        bare.pop("lbPolicy", None)  # that of istiod's clusters is as good as Envoy's own
        bare = {"type": "STATIC", "connectTimeout": "5s"} | bare
    if "raw_buffer" in bare.get("transportSocket", {}).get("name", ""):
        del bare["transportSocket"]
    return bare


def is_script(http_filter):
    return "filters.http.lua" in json.dumps(http_filter.get("typedConfig", {}))


def places(listeners):
    """Whether a script is the first filter, and whether it is the last one before the router. A Wasm filter of an EnvoyFilter gets
    another carrier, and so another place."""
    chains = {(listener["name"], n): manager.get("httpFilters", [])
              for listener in listeners for n, manager in enumerate(connection_managers(listener))}
    return {at: [(is_script(chain[0]), is_script(chain[-2])), len(list(filter(is_script, chain)))]
            for at, chain in chains.items() if len(chain) > 1}


class Scene:
    def __init__(self, seed):
        self.objects, self.names = Chooser(random.Random(seed)).objects()
        self.text = as_text(self.objects)
        self.imported = harness.run(["import", "-"], stdin=self.text.encode())
        self.generated = harness.run(["generate", "-q", "-f", "-"], stdin=self.imported.stdout)
        self.title = f"{seed}: {json.dumps(self.objects)}"

    def ask(self, oracles, text):
        answer = oracles.ask(id=self.title, asks=["clusters", "listeners"], objects=as_text([SERVICE]) + text, proxy="sidecar",
                             namespace="shop", labels=LABELS)
        return {c["name"]: settled(c) for c in answer["clusters"] if c["name"] in self.names}, places(answer["listeners"])


def as_text(objects):
    return "".join(f"---\n{json.dumps(o)}\n" for o in objects)


def lines_of(cluster):
    return json.dumps(cluster, indent=1, sort_keys=True).encode()


def judge(tally, oracles, seed):
    scene = Scene(seed)
    left_out = [line for line in scene.imported.stderr.splitlines() if b" CO0341: " in line or b" CO0342: " in line]
    tally.check(scene.imported.returncode == 0 and all(DECOY.encode() in line for line in left_out),
                f"{scene.title}: all of it is carried", scene.imported.stderr)
    tally.equal(len(left_out), sum(DECOY in o["metadata"]["name"] for o in scene.objects),
                f"{scene.title}: the rules that count for nobody are told of")
    if scene.generated.returncode:
        tally.check(b"CO0345" in scene.imported.stderr, f"{scene.title}: what generate refuses is foretold", scene.generated.stderr)
        return
    try:
        before, after = scene.ask(oracles, scene.text), scene.ask(oracles, scene.generated.stdout.decode())
    except Refused as refusal:
        tally.check(False, f"{scene.title}: Istio answers", refusal)
        return
    tally.equal(set(before[0]), set(scene.names), f"{scene.title}: Istio builds the clusters that are named")
    for name in scene.names:
        got, want = (lines_of(clusters.get(name)) for clusters in (after[0], before[0]))
        tally.check(got == want, f"{scene.title}: the cluster {name}", harness.difference(want, got))
    common = before[1].keys() & after[1].keys()  # listeners of a port that was HTTPS become others
    tally.equal({at: after[1][at] for at in common}, {at: before[1][at] for at in common}, f"{scene.title}: where the script stands")
    tally.count("imports judged")


def judge_all(tally, seed=SEED, count=COUNT):
    with Oracles() as oracles:
        harness.parallel(lambda n: judge(tally, oracles, f"{seed}-{n}"), range(count))
    judged = tally.counts.get("imports judged", 0)
    tally.check(judged > ENOUGH * count, f"only {judged} of {count} imports could be judged")


tests = [judge_all]


if __name__ == "__main__":
    sys.exit(run.alone("imports", judge_all, sys.argv[1:], seed=SEED, count=COUNT))
