"""DestinationRules made by chance, several together, around one manifest: what `--objects` says of them (CO0317, CO0318) beside the
clusters that Istio builds, in each kind of proxy that runs the filter, and in others of its namespace.

    chance.py [--kind KIND] [--seed N] [--count N]    looks further; a failure shows manifest and rules
"""

import argparse
import json
import pathlib
import random
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import asking  # noqa: E402
import harness  # noqa: E402
import world  # noqa: E402
from referees import AMBIENT, PLAIN, Oracles, Refused  # noqa: E402

HOST, ROOT, LIVE, PLANNED = asking.HOST, "istio-system", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
TIMES = [f"{year}-01-01T00:00:00Z" for year in (2020, 2021, 2023, 2024, 2025)]
LABELS = [{}, {"app": "web"}, {"app": "other"}, {"tier": "a"}, {"app": "web", "tier": "a"}, {"app": "other", "tier": "a"}]
FAR = {"proxy": "waypoint", "targetRefs": [{"group": "", "kind": "Service", "name": "web"}],
       "waypoint": {"name": "wp", "namespace": "infra"}}
# What istiod is told, and for which Istio: before 1.24 rules were united whatever their exportTo.
KINDS = {"sidecar": (PLAIN, "1.31"), "waypoint": (AMBIENT, "1.31"), "older": ({"ENABLE_ENHANCED_DESTINATIONRULE_MERGE": "false"}, "1.23")}
SEED, COUNT = 1, {"sidecar": 40, "waypoint": 25, "older": 20}


class Chooser:
    def __init__(self, kind, seed):
        self.rng, self.is_far = random.Random(seed), kind == "waypoint"

    def often(self, share=0.5):
        return self.rng.random() < share

    def one(self, *values):
        return self.rng.choice(values)

    def rule(self, number, hosts):
        """Without a policy and subsets it would say nothing, and nobody could tell whether it counts."""
        spec = {"host": self.one(*hosts),
                **self.one(asking.POLICY, asking.POLICY, {"subsets": [{"name": "v1"}]},
                           {**asking.POLICY, "subsets": [{"name": "v2"}]})}
        namespace = self.one("shop", "shop", "infra" if self.is_far else "shop", "other", ROOT)
        if self.often(0.35):
            spec["workloadSelector"] = {"matchLabels": self.one(*LABELS)}
        elif self.often(0.6):
            spec["exportTo"] = self.one(["."], ["*"], ["shop"], [".", "other"], ["other"], ["infra"], [".", "infra"], ["shop", "infra"])
            if {".", namespace} <= set(spec["exportTo"]):
                spec["exportTo"] = ["."]
        metadata = {"name": self.one("a", "b", "z") + str(number), "namespace": namespace, "creationTimestamp": self.one(*TIMES)}
        return {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": metadata, "spec": spec}

    def upstream(self, is_selective):
        if self.often(0.3):
            return {}
        says = {"isolated": False}
        if is_selective and self.often(0.2):
            return {**says, "tls": {"mode": "MUTUAL", "credentialName": "cred"}}
        if self.often(0.4):
            says["exportTo"] = self.one(["infra"], [".", "infra"], ["*"]) if self.is_far else self.one(["."], ["*"], [".", "other"])
        return says

    def case(self):
        """(manifest, rules, is ours live?)"""
        namespace = "shop" if self.is_far else self.one("shop", "shop", "shop", ROOT)
        target = FAR if self.is_far else self.one({},
                                                  *({"selector": {"matchLabels": labels}}
                                                    for labels in ({"app": "web"}, {"app": "web", "tier": "a"})))
        manifest = asking.manifest_of(namespace, self.upstream("selector" in target), target)
        hosts = [HOST] * 5 + ["*.example.com", "*.com", "*", "*.callout.internal"]
        return manifest, [self.rule(n, hosts) for n in range(self.rng.randint(1, 4))], self.often(0.4)


class NotGenerated(Exception):
    """The manifest is refused."""


class Scene:
    """One manifest with what it becomes, and the rules of others."""

    def __init__(self, kind, seed):
        self.kind, self.version = kind, ["--istio-version", KINDS[kind][1]]
        self.manifest, self.rules, self.is_live = Chooser(kind, f"{kind}-{seed}").case()
        self.namespace, self.target = self.manifest["metadata"]["namespace"], self.manifest["spec"]["target"]
        self.ours = list(yaml.safe_load_all(asking.ask_callout("generate", self.manifest, *self.version).stdout))
        if not self.ours:
            raise NotGenerated
        for o in self.ours:
            o["metadata"]["creationTimestamp"] = LIVE if self.is_live else PLANNED
        self.host = asking.host_of(self.ours)
        self.around = list(world.Target("waypoint", "infra", {}, "wp", of=(("Service", "shop", "web"),)).objects()) if self.is_far() else []
        self.title = f"{kind} {seed}: {json.dumps(self.manifest['spec'])} in {self.namespace}{', live' * self.is_live}, {json.dumps(self.rules)}"

    def is_far(self):
        return self.kind == "waypoint"

    def said(self):
        live = [*self.rules, *(self.ours if self.is_live else [])]
        return asking.ask_callout("check", self.manifest, *self.version, objects=[live]).stderr

    def selected(self):
        """Labels that a rule for the host tells apart."""
        specs = [r["spec"] for r in self.rules if r["metadata"]["namespace"] == self.namespace and r["spec"]["host"] == self.host]
        return [s["workloadSelector"]["matchLabels"] for s in specs if "workloadSelector" in s]

    def proxies(self):
        """(namespace, labels, does it surely run the filter?)"""
        labels = self.target.get("selector", {}).get("matchLabels", {})
        if self.is_far():
            yield "infra", {}, True
            return
        if self.namespace == ROOT:
            yield from ((namespace, labels, True) for namespace in ("shop", "other", "infra", ROOT, "nobody"))
        yield from ((self.namespace, of, of == labels or labels.items() <= of.items() and of in self.selected()) for of in LABELS)

    def clusters(self, oracles, namespace, labels, objects):
        """{name: cluster} of our host, its subsets among them."""
        asked = {"proxy": "waypoint", "gateway": "wp", "labels": {}} if self.is_far() else {
            "proxy": "sidecar", "gateway": "", "labels": labels}
        answer = oracles.ask(id=self.title, asks=["clusters"],
                             objects=world.as_text([*self.around, *self.rules, *objects]), namespace=namespace, **asked)
        return {c["name"]: c for c in answer["clusters"] if c["name"].startswith("outbound|") and c["name"].endswith(f"|{self.host}")}

    def effects(self, oracles):
        """(is there a proxy of the filter without our TLS?, does one lose what another rule gave it?); None: none has the cluster."""
        found = []
        for namespace, labels, runs in self.proxies():
            before = self.clusters(oracles, namespace, labels, [o for o in self.ours if o["kind"] != "DestinationRule"])
            after = self.clusters(oracles, namespace, labels, self.ours)
            plain = next((name for name in after if "||" in name), None)
            if plain:
                has_ours = asking.has_our_tls(after[plain])
                loses = bool(before.keys() - after.keys()) or is_limited(before[plain]) and not is_limited(after[plain])
                found.append((runs and not has_ours,
                              loses and (has_ours or not runs) and "isolated" in self.manifest["spec"]["upstreams"][0]))
        return tuple(map(any, zip(*found))) if found else None


def is_limited(cluster):
    """By asking.POLICY"""
    return cluster.get("connectTimeout") == "3s"


def judge(tally, oracles, kind, seed):
    try:
        scene = Scene(kind, seed)
        effects = scene.effects(oracles)
    except NotGenerated:
        return
    except Refused as refusal:
        tally.check(False, f"{kind} {seed}: Istio answers", refusal)
        return
    if not effects:
        return
    said = scene.said()
    tally.equal(b" CO0317: " in said, effects[0], f"{scene.title}: CO0317")
    if not effects[0]:
        tally.equal(b" CO0318: " in said, effects[1], f"{scene.title}: CO0318")
    tally.count("sets of rules judged")


def judge_all(tally, kinds=tuple(KINDS), seed=SEED, count=None):
    for kind in kinds:
        with Oracles(KINDS[kind][0]) as oracles:
            harness.parallel(lambda n: judge(tally, oracles, kind, f"{seed}-{n}"), range(count or COUNT[kind]))


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int)
    options = parser.parse_args(argv)
    import run  # noqa: E402, whose parts this is one of

    tally = run.Judgement("rules")
    judge_all(tally, [options.kind] if options.kind else tuple(KINDS), options.seed, options.count)
    print(tally.counts)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
