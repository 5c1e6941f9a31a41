#!/usr/bin/env python3
"""What a manifest does to everyone else, by Istio: nothing with isolated hosts, what its finding says with public ones.

Each neighbourhood is asked before and after, for the proxies of the manifest's target and for bystanders; so are meshes that are made by
chance (meshes.py), in older versions, too (older.py), and what two manifests of one run do to each other (pairs.py).

    part.py --show NEIGHBOURHOOD    prints what changes in each proxy
"""

import itertools
import json
import pathlib
import re
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import meshes  # noqa: E402
import older  # noqa: E402
import pairs  # noqa: E402
import world  # noqa: E402
from changes import changes  # noqa: E402
from referees import AMBIENT, FILTERED, PLAIN, Oracles, Refused  # noqa: E402

ASKS = ["clusters", "listeners", "routes"]
ISOLATED_PORT = 47080
NEW = "2024-01-01T00:00:00Z"
HOST = "auth.example.com"
BOTH = {**AMBIENT, **FILTERED}


# ---- who is asked ----


class Proxy:
    """A kind of proxy that a manifest may be for, or a bystander: one that must notice nothing."""

    def __init__(self, name, flags, target, spec, bystander=False):
        self.name, self.flags, self.target, self.spec, self.bystander = name, flags, target, spec, bystander

    def objects(self):
        """Its surroundings, the same for all, so that all see one mesh."""
        yield from world.waypoint("middle", "shop")
        yield from world.service("web", "shop", [("http", 8080)], world.SERVICE_ADDRESS, {"istio.io/use-waypoint": "middle"},
                                 {"app": "web"})
        if self.target.kind == "gateway":
            yield world.gateway("edge", self.target.namespace, self.target.labels, [8080])
        if self.target.kind != "waypoint":
            yield world.pod("asked", self.target.namespace, self.target.labels, world.ADDRESS)


def target(kind, namespace, labels=None, gateway=""):
    return world.Target(kind, namespace, labels or {}, gateway)


WEB = {"selector": {"matchLabels": {"app": "web"}}}
EDGE = {"proxy": "gateway", "selector": {"matchLabels": {"istio": "edge"}}}
MIDDLE = {"proxy": "waypoint", "targetRefs": [{"group": world.GATEWAY_API, "kind": "Gateway", "name": "middle"}]}
PROXIES = (
    Proxy("sidecar", PLAIN, target("sidecar", "shop", {"app": "web"}), WEB),
    Proxy("ambient sidecar", AMBIENT, target("sidecar", "shop", {"app": "web"}), WEB),
    Proxy("sidecar of another namespace", PLAIN, target("sidecar", "billing", {"app": "web"}), WEB, bystander=True),
    Proxy("gateway", PLAIN, target("gateway", "shop", {"istio": "edge"}), EDGE),
    Proxy("gateway of another namespace", PLAIN, target("gateway", "billing", {"istio": "edge"}), EDGE, bystander=True),
    Proxy("filtered gateway", BOTH, target("gateway", "shop", {"istio": "edge"}), EDGE),
    Proxy("waypoint", AMBIENT, target("waypoint", "shop", gateway="middle"), MIDDLE),
)


# ---- what comes ----


MANIFESTS = {
    "isolated": [
        {"name": "auth", "host": HOST},
        {"name": "plain", "host": HOST, "port": 80, "tls": {"mode": "DISABLE"}},
        {"name": "flags", "host": "flags.example.com", "protocol": "GRPC"},
        {"name": "fixed", "host": "fixed.example.com", "endpoints": [{"address": "10.7.7.7"}]}],
    "EnvoyFilter": [{"name": "auth", "host": HOST, "via": "envoyFilter"}],
    "public": [{"name": "auth", "host": HOST, "isolated": False}],
}


class Coming:
    """The objects of one manifest, and what `callout` says of them."""

    def __init__(self, variant, proxy, live, folder):
        self.variant = variant
        spec = {"target": proxy.spec, "upstreams": MANIFESTS[variant]}
        documents = [document("FilterManifest", {"name": "auth-check", "namespace": "shop"}, spec)]
        if proxy.flags == BOTH:
            documents.append(document("Mesh", {"name": "mesh"}, {"gatewayClusterFilter": True}))
        (folder / "manifest.yaml").write_text(yaml.safe_dump_all(documents))
        (folder / "live.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": live}))
        self.folder = folder
        self.objects = self.generated()
        self.names = {c["name"] for c in json.loads(self.run("clusters", "-f", "manifest.yaml", "-o", "json"))["clusters"]}
        self.run("check", "-f", "manifest.yaml", "--objects", "live.json", "--report", "json=report.json")
        self.findings = json.loads((folder / "report.json").read_text())["findings"]

    def run(self, *args):
        result = harness.run(args, cwd=self.folder)
        if result.returncode:
            raise AssertionError(f"callout {' '.join(args)}: {result.stderr.decode(errors='replace')}")
        return result.stdout

    def generated(self):
        objects = list(yaml.load_all(self.run("generate", "-f", "manifest.yaml"), yaml.CSafeLoader))
        for o in objects:
            o["metadata"]["creationTimestamp"] = NEW
        return objects

    # ---- what it may change ----

    def additions(self, proxy, before):
        """What isolated hosts add: their clusters, and in a sidecar the listener that they share, if it is not there yet."""
        expected = {f"+ cluster {name}" for name in self.names}
        if proxy.target.kind == "sidecar" and any(name.startswith(f"outbound|{ISOLATED_PORT}||") for name in self.names):
            there = any(listener["name"] == f"0.0.0.0_{ISOLATED_PORT}" for listener in before["listeners"])
            expected |= {f"~ route {ISOLATED_PORT}"} if there else {f"+ listener 0.0.0.0_{ISOLATED_PORT}", f"+ route {ISOLATED_PORT}"}
        return expected

    def said(self, code, pattern):
        """What the pattern finds in the findings of that code."""
        return [m[1] for m in (re.search(pattern, f["message"]) for f in self.findings if f["code"] == code) if m]

    def lost_ports(self):
        """The ports of the host that others have, and that the findings say would vanish."""
        return set(itertools.chain.from_iterable(t.split(", ") for t in self.said("CO0312", r"its ports? ([0-9, ]+) would vanish")))

    def taken_ports(self):
        return set(self.said("CO0313", r"takes over port (\d+) of"))

    def is_hidden(self):
        return any(f["code"] == "CO0314" for f in self.findings)

    def meets_own_entry(self):
        """Another ServiceEntry of the host is in the manifest's own namespace: the two are mixed, for whoever sees either."""
        return bool(self.said("CO0312", "ServiceEntry (shop)/") or self.said("CO0313", "ServiceEntry (shop)/"))


def document(kind, metadata, spec):
    return {"apiVersion": "callout.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


# ---- neighbourhoods ----


VERSIONS = {"Service": "v1", "Namespace": "v1"}


def complete(o):
    o = {"apiVersion": VERSIONS.get(o["kind"], "networking.istio.io/v1"), **o}
    o["metadata"].setdefault("creationTimestamp", world.OLD)
    for port in o["spec"].get("ports", []) if o["kind"] == "Service" else []:
        port.setdefault("targetPort", port["port"])
    return o


def neighbourhoods():
    rows = yaml.safe_load((HERE / "neighbourhoods.yaml").read_text())
    return {row["name"]: [complete(o) for o in row["objects"]] for row in rows}


# ---- asking ----


class Scene:
    """One neighbourhood and one proxy, before and after each variant."""

    def __init__(self, neighbourhood, live, proxy, folder):
        self.title, self.proxy, self.live = f"{neighbourhood}: {proxy.name}", proxy, live
        self.neighbourhood, self.lost = neighbourhood, set()
        self.coming = []
        for variant in MANIFESTS:
            place = folder / f"{abs(hash(self.title))}-{variant}"
            place.mkdir()
            self.coming.append(Coming(variant, proxy, live, place))

    def requests(self):
        before = [*self.live, *self.proxy.objects()]
        for objects in ([], *(c.objects for c in self.coming)):
            yield {"id": self.title, "asks": ASKS, "objects": world.as_text([*before, *objects]), **self.proxy.target.request()}

    def judge(self, tally, before, *afters):
        for coming, after in zip(self.coming, afters):
            what = f"{self.title}: {coming.variant}"
            refused = [a for a in (before, after) if isinstance(a, Refused)]
            if not tally.check(not refused, f"{what}: Istio answers", refused):
                continue
            found = changes(before, after)
            if coming.variant == "public":
                self.judge_public(tally, what, coming, found, after)
            elif self.proxy.bystander:
                tally.equal(sorted(found), [], f"{what}: a bystander notices nothing")
            else:
                tally.equal(sorted(found), sorted(coming.additions(self.proxy, before)), f"{what}: nothing but its own comes")
            tally.count("proxies compared")

    def judge_public(self, tally, what, coming, found, after):
        """Nothing is lost or changed that the findings do not say; that it all happens, judge_losses checks."""
        lost, taken = coming.lost_ports(), coming.taken_ports()
        ours = {name.split("|")[1] for name in coming.names}
        if self.proxy.bystander:
            allowed = {f"~ cluster outbound|{port}||{HOST}" for port in taken} if coming.meets_own_entry() else set()
        else:
            allowed = {f"+ cluster {name}" for name in coming.names}
            allowed |= {f"- cluster outbound|{port}||{HOST}" for port in lost} | {f"~ cluster outbound|{port}||{HOST}" for port in taken}
            allowed |= {f"{sign} {noun} {port}" for sign, ports in (("-", lost | taken), ("~", lost | taken | ours), ("+", ours))
                        for noun, port in itertools.product(("listener", "route"), ports)}
            if self.proxy.target.kind == "waypoint" or self.proxy.flags == BOTH:
                # The annotation fetches the host with all its ports, whoever owns it.
                allowed |= {c for c in found if re.fullmatch(rf"\+ cluster outbound\|\d+\|\|{re.escape(HOST)}", c)}
            if self.proxy.target.kind == "waypoint" and any(o["kind"] == "Namespace" for o in self.live):
                allowed |= {f"+ cluster inbound-vip|443|http|{HOST}", "~ listener main_internal"}  # the namespace's label takes it in
        unsaid = {c for c in found if c not in allowed
                  and f"{c.rpartition('_')[0].rpartition(' ')[0]} {c.rpartition('_')[2]}" not in allowed}
        tally.check(not unsaid, f"{what}: nothing changes that no finding says", sorted(unsaid))
        self.lost = {c for c in found if c.startswith("- cluster")}
        if not self.proxy.bystander:
            tally.equal(is_built_from_ours(after, coming), not coming.is_hidden(),
                        f"{what}: our cluster is there, if no finding says otherwise")


def is_built_from_ours(after, coming):
    """All clusters of the manifest are there with addresses from its ServiceEntry."""
    clusters = {c["name"]: c for c in after["clusters"]}
    return all("auth-check.auth;shop" in json.dumps(clusters.get(name)) for name in coming.names)


def judge_losses(tally, neighbourhood):
    """What the findings say is lost, some proxy of the namespace loses: which, depends on Sidecars and on its kind."""
    lost = set().union(*(scene.lost for scene in neighbourhood))
    for scene in neighbourhood:
        said = {f"- cluster outbound|{port}||{HOST}" for port in scene.coming[-1].lost_ports()}
        tally.equal(sorted(said), sorted(lost), f"{scene.title}: what the findings say is lost, is lost")


def scenes(folder):
    for (name, live), proxy in itertools.product(neighbourhoods().items(), PROXIES):
        yield Scene(name, live, proxy, folder)


def judge_all(tally):
    with tempfile.TemporaryDirectory(prefix="callout-neighbours-") as temp:
        asked = list(scenes(pathlib.Path(temp)))
        for flags in (PLAIN, AMBIENT, BOTH):
            group = [s for s in asked if s.proxy.flags == flags]
            with Oracles(flags) as oracles:
                answers = iter(oracles.ask_all([r for s in group for r in s.requests()]))
            for scene in group:
                scene.judge(tally, *itertools.islice(answers, 1 + len(MANIFESTS)))
        for live in neighbourhoods():
            judge_losses(tally, [s for s in asked if s.neighbourhood == live and not s.proxy.bystander])
        tally.count("neighbourhoods", len(neighbourhoods()))


tests = [judge_all, meshes.judge_all, older.judge_all, pairs.judge_all]


# ---- by hand ----


def show(neighbourhood):
    """Prints what each variant of the manifest changes in each proxy."""
    with tempfile.TemporaryDirectory(prefix="callout-neighbours-") as temp:
        for proxy in PROXIES:
            scene = Scene(neighbourhood, neighbourhoods()[neighbourhood], proxy, pathlib.Path(temp))
            with Oracles(proxy.flags) as oracles:
                before, *afters = oracles.ask_all(scene.requests())
            for coming, after in zip(scene.coming, afters):
                print(f"{proxy.name}, {coming.variant}:", *sorted(changes(before, after)) or ["nothing"], sep="\n    ")
    print("what `callout check --objects` says of the public name:", *(f["message"] for f in scene.coming[-1].findings), sep="\n    ")


def main(argv):
    known = neighbourhoods()
    if len(argv) != 2 or argv[0] != "--show" or argv[1] not in known:
        sys.exit("\n".join([__doc__, "Neighbourhoods:", *(f"    {name}" for name in known)]))
    show(argv[1])


if __name__ == "__main__":
    main(sys.argv[1:])
