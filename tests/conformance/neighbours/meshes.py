#!/usr/bin/env python3
"""ServiceEntries and Sidecars made by chance, several together, around one manifest that takes a public host: what `--objects` says of
them beside the clusters that Istio builds, before and after, for the proxies that run the filter and for others.

    meshes.py [--kinds KIND…] [--seed N] [--count N]    looks further; a failure shows manifest and objects

The ports that CO0312 names are those that some proxy loses, and CO0313 is said exactly if a proxy gets our addresses on a port that it had
before. Ours is hidden (CO0314) or trimmed (CO0311) exactly if a proxy of the filter has no cluster with our addresses, resolved as we
say, that speaks as we say."""

import json
import pathlib
import random
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rules"), str(HERE.parent / "prediction"), str(HERE.parent), str(HERE.parents[1] / "tools")]
import asking  # noqa: E402
import compare  # noqa: E402
import harness  # noqa: E402
import world  # noqa: E402
from referees import AMBIENT, FILTERED, PLAIN, Oracles, Refused  # noqa: E402

HOST, ROOT, LIVE, PLANNED = asking.HOST, "istio-system", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
TIMES = [f"{year}-01-01T00:00:00Z" for year in (2020, 2021, 2023, 2024, 2025)]
LABELS = [{}, {"app": "web"}, {"app": "other"}]
ISTIO = "1.31"  # that the oracle is made of
NAMESPACES = ("shop", "other", "infra")  # and those that nobody names
PORTS = {443: ("TLS", "HTTPS", "HTTP"), 80: ("HTTP",), 8080: ("HTTP2", "TCP"), 9443: ("TLS",)}
IMPORTS = ["./*", "*/*", "~/*", f"{ROOT}/*", "shop/*", "other/*", f"*/{HOST}", "*/*.example.com", f"shop/{HOST}", f"other/{HOST}",
           f"./{HOST}"]
EXACT = [f"shop/{HOST}", f"other/{HOST}", f"{ROOT}/{HOST}", f"./{HOST}"]  # which this Istio looks up
# What istiod is told, where others than sidecars and gateways that see all may run the filter.
KINDS = {"plain": PLAIN, "filtered": FILTERED, "waypoint": AMBIENT, "odd": PLAIN}
GATEWAY = {"proxy": "gateway", "selector": {"matchLabels": {"app": "web"}}}
WAYPOINTS = ("shop", "other", "infra", ROOT)  # where there is one
WAYPOINT = {"proxy": "waypoint", "targetRefs": [{"group": world.GATEWAY_API, "kind": "Gateway", "name": "middle"}]}
TARGETS = {"plain": [{"selector": {"matchLabels": {"app": "web"}}}, GATEWAY], "filtered": [GATEWAY], "waypoint": [WAYPOINT]}
TARGETS["odd"] = TARGETS["plain"]
REFERRING = {"filtered": [{}], "waypoint": [{"targetRefs": world.WAYPOINTS}]}
MESH = {"apiVersion": "callout.dev/v1alpha1", "kind": "Mesh", "metadata": {"name": "mesh"}}
SEED, COUNT = 1, {"plain": 24, "filtered": 6, "waypoint": 6, "odd": 12}


def workload(namespace, app):
    """What a workloadSelector selects: DNS takes no cluster without addresses."""
    return world.istio("WorkloadEntry", f"{app}-1", namespace, {"address": "10.6.6.6", "labels": {"app": app}})


class Chooser:
    def __init__(self, seed, kind="plain"):
        self.rng, self.kind = random.Random(seed), kind

    def often(self, share=0.5):
        return self.rng.random() < share

    def one(self, *values):
        return self.rng.choice(values)

    def some(self, values, low, high):
        return self.rng.sample(list(values), self.rng.randint(low, high))

    def metadata(self, number, *namespaces, **more):
        return {"name": self.one("a", "b", "z") + str(number), "namespace": self.one(*namespaces),
                "creationTimestamp": self.one(*TIMES).replace("-01-01", f"-02-{number + 1:02}"), **more}

    def exports(self, *lists):
        return {"exportTo": self.one(*lists)} if self.often(0.7) else {}

    def entry(self, number):
        ports = [{"number": n, "name": f"p-{n}", "protocol": self.one(*PORTS[n])} for n in self.some(PORTS, 1, 3)]
        spec = {"hosts": [HOST], "ports": ports,
                "resolution": self.one("DNS", "DNS", "DNS", "DNS_ROUND_ROBIN", "STATIC"),
                **self.exports(["."], ["."], ["*"], ["shop"], ["other"], [".", "other"], ["shop", "other"], ["infra"])}
        if self.kind not in KINDS and spec["resolution"] == "DNS_ROUND_ROBIN":
            spec["resolution"] = "DNS"  # of which older versions mixed the addresses in another way
        if spec["resolution"] == "STATIC":
            spec["endpoints"] = [{"address": "10.9.9.9"}]
        more = {"labels": {"team": "web"}} if self.often(0.15) else {}
        metadata = self.metadata(number, "shop", "shop", "other", ROOT, **more)
        if {".", metadata["namespace"]} <= set(spec.get("exportTo", ())):
            spec["exportTo"] = ["."]
        if self.kind == "odd":
            self.make_odd(spec)
        return {"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": metadata, "spec": spec}

    def make_odd(self, spec):
        """What else a ServiceEntry may say."""
        is_tcp = any(port["protocol"] == "TCP" for port in spec["ports"])  # which goes by addresses
        for port in spec["ports"]:
            if self.often(0.3):
                port["targetPort"] = port["number"] + 1
            if self.often(0.15):
                port["protocol"] = self.one("GRPC", "GRPC-WEB", "grpc", "http2")
        if not is_tcp and self.often(0.2):
            spec["hosts"] = self.one([HOST, "other.example.com"], ["*.example.com"], ["a.example.org", HOST], ["*.example.com", HOST])
        if self.often(0.2):
            spec["resolution"] = "NONE"
            spec.pop("endpoints", None)
        elif self.often(0.2) and "*.example.com" not in spec["hosts"]:
            spec.pop("endpoints", None)
            spec["workloadSelector"] = {"labels": self.one({"app": "web"}, {"app": "x"})}
        elif self.often(0.2) and spec["resolution"] == "DNS":
            spec["endpoints"] = [{"address": self.one("a.example.net", "10.9.9.8")}, {"address": "b.example.net"}][:self.rng.randint(1, 2)]
        if "*.example.com" in spec["hosts"]:
            spec["resolution"] = "NONE" if spec["resolution"].startswith("DNS") else spec["resolution"]
            if spec["resolution"] == "NONE":
                spec.pop("endpoints", None)
        if self.often(0.2):
            spec["addresses"] = ["240.0.0.9"]
        if self.often(0.2):
            spec["location"] = "MESH_INTERNAL"
        if self.often(0.1):
            spec["exportTo"] = ["~"]

    def listener(self, *where):
        """With a port of its own by where it binds to, or for all."""
        hosts = self.some(EXACT, 1, 2) if self.often(0.3) else self.some(IMPORTS, 1, 3)
        taken_out = [f"~{self.one('other', 'shop', '.')}/{HOST}"] if self.kind in KINDS and self.often(0.08) else []
        return {"hosts": [*hosts, *taken_out], **{key: value for one in where for key, value in one.items()}}

    def port(self, number):
        bound = self.one({}, {}, {"bind": "127.0.0.1"}, {"captureMode": "IPTABLES"}, {"bind": "127.0.0.1", "captureMode": "NONE"})
        return {"port": {"number": number, "protocol": self.one("HTTP", "TCP", "TLS", "HTTP_PROXY"), "name": f"p-{number}"}, **bound}

    def listeners(self):
        """Those with a port come first, and Istio takes each port but once, and one that has none."""
        bound = [self.port(n) for n in self.some(PORTS, 1, 3)] if self.often(0.5) else []
        if self.often(0.1):
            bound.append({"port": {"number": 0, "protocol": "HTTP", "name": "file"}, "bind": "unix:///var/run/some.sock"})
        return [*map(self.listener, bound), *[self.listener()] * (not bound or self.often(0.7))]

    def sidecar(self, number):
        metadata = self.metadata(number, "shop", "shop", "other", ROOT)
        spec = {"egress": self.listeners()}
        if metadata["namespace"] != ROOT and self.often(0.3):
            spec["workloadSelector"] = {"labels": self.one(*LABELS[1:])}
        return {"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": metadata, "spec": spec}

    def case(self):
        """(manifest, objects, is ours live?)"""
        namespace = self.one("shop", "shop", "shop", ROOT)
        target = self.one(*TARGETS.get(self.kind, TARGETS["plain"]))
        says = {"isolated": False, **(self.exports(["."], ["*"], [".", "other"], ["other", "shop"]) if self.often() else {})}
        if {".", namespace} <= set(says.get("exportTo", ())) or namespace == "shop" and "shop" in says.get("exportTo", ()):
            says["exportTo"] = ["."]
        if self.often(0.3):
            says |= {"port": 80, "tls": {"mode": "DISABLE"}}
        if self.often(0.15):
            says["protocol"] = "HTTP2"
        if self.kind in KINDS and self.often(0.15):
            says["resolution"] = "DNS_ROUND_ROBIN"
        if target["proxy" if "proxy" in target else "selector"] == "waypoint" and namespace == ROOT:
            target = {"proxy": "waypoint", "targetRefs": world.WAYPOINTS}
        manifest = asking.manifest_of(namespace, says, target)
        sidecars = self.rng.randint(1, 3) if self.often(0.5) else 0
        return manifest, [*(self.entry(n) for n in range(self.rng.randint(1, 5))),
                          *(self.sidecar(n) for n in range(sidecars))], self.often(0.4)


class Scene:
    """One manifest with what it becomes, and the objects of others."""

    def __init__(self, kind, seed):
        self.manifest, self.live, self.is_live = Chooser(seed, kind).case()
        self.flavour, self.version = kind, ISTIO
        self.mesh = {**MESH, "spec": {"gatewayClusterFilter": True}} if kind == "filtered" else None
        self.namespace, self.target = self.manifest["metadata"]["namespace"], self.manifest["spec"]["target"]
        self.kind = self.target.get("proxy", "sidecar")
        upstream = self.manifest["spec"]["upstreams"][0]
        self.port, self.http2 = upstream.get("port", 443), upstream.get("protocol") == "HTTP2"
        self.type = "LOGICAL_DNS" if upstream.get("resolution") == "DNS_ROUND_ROBIN" else "STRICT_DNS"
        self.ours = list(yaml.safe_load_all(asking.ask_callout("generate", self.manifest, mesh=self.mesh).stdout))
        for o in self.ours:
            o["metadata"]["creationTimestamp"] = LIVE if self.is_live else PLANNED
        self.exports = next((o["spec"].get("exportTo", ["*"]) for o in self.ours if o["kind"] == "ServiceEntry"), None)
        workloads = [workload(n, app) for n in ("shop", "other", ROOT) for app in ("web", "x")] if kind == "odd" else []
        refers = {"envoyfilter.istio.io/referenced-services": HOST}  # else such proxies have nothing that could be lost
        self.around = workloads + [world.istio("EnvoyFilter", "refers", ROOT, spec, annotations=refers) for spec in REFERRING.get(kind, ())]
        self.around += [o for n in WAYPOINTS if kind == "waypoint" for o in world.waypoint("middle", n)]
        self.title = f"{kind} {seed}: {json.dumps(self.manifest['spec'])} in {self.namespace}{', live' * self.is_live}, {json.dumps(self.live)}"

    def has_sidecars(self):
        return any(o["kind"] == "Sidecar" for o in self.live)

    def said(self):
        live = [*self.live, *(self.ours if self.is_live else [])]
        return asking.ask_callout("check", self.manifest, "--istio-version", self.version, objects=[live], mesh=self.mesh).stderr.decode()

    def proxies(self):
        """(kind, namespace, labels, does it run the filter?)"""
        for kind in ("sidecar", "gateway"):
            for namespace in (*NAMESPACES, *([ROOT] if kind == "gateway" else [])):
                of_target = kind == self.kind and (self.namespace == ROOT or namespace == self.namespace)
                yield kind, namespace, {"app": "web"}, of_target and self.is_seen(namespace)
        for namespace in WAYPOINTS if self.flavour == "waypoint" else ():
            yield "waypoint", namespace, {}, self.namespace in (ROOT, namespace) and self.is_seen(namespace)
        yield "sidecar", "shop", {"app": "other"}, False
        yield "sidecar", "other", {"app": "other"}, False
        yield "sidecar", "shop", {}, False

    def is_seen(self, namespace):
        """A filter of the root namespace runs in more of them than may see what is exported to some (CO0275)."""
        return "*" in self.exports or namespace in self.exports or "." in self.exports and namespace == self.namespace

    def clusters(self, oracles, kind, namespace, labels, objects):
        """{port: cluster} of the host, each with its addresses, and without the name of its rule"""
        answer = oracles.ask(id=self.title, asks=["clusters", "endpoints"], objects=world.as_text([*self.around, *self.live, *objects]),
                             proxy=kind, namespace=namespace, labels=labels, gateway="middle" if kind == "waypoint" else "")
        assignments = {a["clusterName"]: a for a in answer["endpoints"]}
        return {int(c["name"].split("|")[1]): {"loadAssignment": assignments.get(c["name"]), **c, "metadata": {"rule": rule_of(c)}}
                for c in answer["clusters"] if re.fullmatch(rf"outbound\|\d+\|\|{re.escape(HOST)}", c["name"])}

    def has_ours(self, cluster):
        """Our addresses, though others may be among them."""
        return f"auth-check.auth;{self.namespace}" in json.dumps(cluster)

    def is_ours(self, cluster):
        """With our addresses, resolved as we say; of LOGICAL_DNS Envoy takes but one."""
        return (self.has_ours(cluster) and cluster["type"] == self.type and compare.built_http2(cluster) == self.http2
                and (self.type == "STRICT_DNS" or len(compare.lb_endpoints(cluster)) == 1))

    def effects(self, oracles):
        """(ports that proxies lose, what becomes of one that they had, is ours missing where the filter runs?)"""
        lost, taken, missing = set(), TAKEN_NOT, False
        for kind, namespace, labels, runs in self.proxies():
            before, after = (self.clusters(oracles, kind, namespace, labels, objects) for objects in ([], self.ours))
            lost |= before.keys() - after.keys()
            if self.port in before.keys() & after.keys():
                taken = max(taken, taken_of(before[self.port], after[self.port]))
            missing = missing or runs and not self.is_ours(after.get(self.port, {}))
        return lost, taken, missing


# Where it has our rule and is as before all the same, ours has come in its place and happens to be alike, or only the rule counts.
TAKEN_NOT, TAKEN_BY_NAME, TAKEN = range(3)


def rule_of(cluster):
    return cluster.get("metadata", {}).get("filterMetadata", {}).get("istio", {}).get("config")


def taken_of(before, after):
    if before == after:
        return TAKEN_NOT
    return TAKEN_BY_NAME if {**before, "metadata": None} == {**after, "metadata": None} else TAKEN


def named_ports(said):
    found = re.findall(r"its ports? ([0-9, ]+) would vanish", said)
    return {int(p) for text in found for p in text.split(", ")}


def judge(tally, oracles, scene):
    if not scene.exports:
        return
    try:
        lost, taken, missing = scene.effects(oracles)
    except Refused as refusal:
        tally.check(False, f"{scene.title}: Istio answers", refusal)
        return
    said = scene.said()
    tally.equal(sorted(named_ports(said)), sorted(lost), f"{scene.title}: the ports of CO0312")
    tally.check(taken in (TAKEN_BY_NAME, TAKEN if " CO0313: " in said else TAKEN_NOT), f"{scene.title}: CO0313")
    tally.equal(" CO0314: " in said or " CO0311: " in said, missing, f"{scene.title}: CO0314, or a Sidecar")
    tally.count("meshes made by chance")
    tally.count("of them with Sidecars", int(scene.has_sidecars()))


def judge_all(tally, kinds=tuple(KINDS), seed=SEED, count=0):
    for kind in kinds:
        with Oracles(KINDS[kind]) as oracles:
            harness.parallel(lambda n: judge(tally, oracles, Scene(kind, f"{seed}-{n}")), range(count or COUNT[kind]))


if __name__ == "__main__":
    import run  # noqa: E402, whose parts this is one of

    sys.exit(run.alone("neighbours", judge_all, sys.argv[1:], kinds=tuple(KINDS), seed=SEED, count=0))
