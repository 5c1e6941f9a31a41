"""What `--objects` says of EnvoyFilters (CO0319, CO0325 to CO0327), beside the clusters that Istio builds: which of two of one name is kept,
whether that of a service is removed, and what is merged into which."""

import itertools
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "rules"), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import world  # noqa: E402
from asking import ask_callout  # noqa: E402
from referees import AMBIENT, PLAIN, Oracles  # noqa: E402

NAME = "rate_limit_cluster"
OURS, OLDER, NEWER = "2024-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
WEB = {"app": "web"}
TARGETS = {
    "sidecar": {"selector": {"matchLabels": WEB}},
    "gateway": {"proxy": "gateway", "selector": {"matchLabels": WEB}},
    "named gateway": {"proxy": "gateway", "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "front"}]},
    "waypoint": {"proxy": "waypoint", "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "front"}]},
}
REFS = [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": name} for name in ("front", "back")]
CLASS = {"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "istio-waypoint"}
# What of the other EnvoyFilter's spec decides whether it attaches to the same proxies.
ATTACHED = [{}, {"workloadSelector": {"labels": WEB}}, {"workloadSelector": {"labels": {"app": "other"}}}, {"targetRefs": [REFS[0]]},
            {"targetRefs": [REFS[1]]}, {"targetRefs": [CLASS]}]
ADDING = ("ADD", "INSERT_FIRST", "INSERT_BEFORE", "INSERT_AFTER")  # clusters have no order
MERGING = ("MERGE", "MERGE_AND_REPLACE_LIST", "REPLACE")
CONTEXTS = ["ANY", "SIDECAR_OUTBOUND", "SIDECAR_INBOUND", "GATEWAY", None]
MATCHES = [{}, {"portNumber": 47080}, {"portNumber": 80}, {"service": "books.shop.svc.cluster.local"}, {"subset": "v1"},
           {"name": "outbound|80||books.shop.svc.cluster.local"}, {"name": "outbound|80||books", "portNumber": 80}]


# What is merged, and whether that says who is called or how; None: nothing comes of it.
RAW = {"transport_socket": {"name": "envoy.transport_sockets.raw_buffer",
                            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"}}}
TLS = {"name": "envoy.transport_sockets.tls", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "sni": "elsewhere.example.com"}}
ADDRESS = {"endpoint": {"address": {"socket_address": {"address": "192.0.2.1", "port_value": 80}}}}
VALUES = [({"connect_timeout": "7s"}, False), ({"connectTimeout": "7s", "circuitBreakers": {"thresholds": [{"maxRequests": 7}]}}, False),
          ({**RAW, "connect_timeout": "7s"}, True), ({"transportSocket": TLS}, True), ({"type": "LOGICAL_DNS"}, True), ({"name": "renamed"}, True), ({"connect_timeout": None}, None),
          ({"loadAssignment": {"cluster_name": "x", "endpoints": [{"lb_endpoints": [ADDRESS]}]}}, True), ({}, None)]
VERSIONS = {None: True, r"^1\.32.*": True, r"^1\.3": True, r"^1\.(29|3[0-9])": True, "2": True, r"^1\.16.*": False, r"^1\.3\..*": False,
            r"^1.29": False, r"^2": False}


def manifest_of(target):
    return {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": "limits", "namespace": "shop"},
            "spec": {"target": TARGETS[target], "filter": {"wasm": {"url": "oci://ghcr.io/acme/limits:1"}}, "upstreams": [
                {"name": "rates", "host": "rates.example.com", "via": "envoyFilter", "clusterName": NAME},
                {"name": "auth", "host": "auth.example.com", "via": "serviceEntry"},
                {"name": "books", "service": {"name": "books", "namespace": "shop"}, "port": 80}]}}


def filter_of(namespace, created, patch, **spec):
    return {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter",
            "metadata": {"name": "their", "namespace": namespace, "creationTimestamp": created},
            "spec": {**spec, "configPatches": [{"applyTo": "CLUSTER", **patch}]}}


def match_of(context, **match):
    return {"match": {**({"context": context} if context else {}), **match}}


def adding(context, operation="ADD", **match):
    return {**match_of(context, **match), "patch": {"operation": operation, "value": {
        "name": NAME, "type": "STRICT_DNS", "connect_timeout": "7s", "load_assignment": {"cluster_name": NAME, "endpoints": [
            {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "their.example.com", "port_value": 80}}}}]}]}}}}


def additions():
    """(what, target, their EnvoyFilter, is ours live)"""
    for target, where, (attached, context) in itertools.product(
        TARGETS, ("shop", "istio-system", "third"), [*((a, "ANY") for a in ATTACHED), *(({}, c) for c in CONTEXTS if c != "ANY")]):
        if "targetRefs" in attached and CLASS in attached["targetRefs"] and where != "istio-system":
            continue  # Istio refuses it
        context = "SIDECAR_INBOUND" if target == "waypoint" and context == "ANY" else context
        yield f"{target}, in {where}, {attached}, {context}", target, filter_of(where, OLDER, adding(context), **attached), False
    for target, operation in itertools.product(TARGETS, ADDING[1:]):
        context = "SIDECAR_INBOUND" if target == "waypoint" else "ANY"
        yield f"{target}, by {operation}", target, filter_of("istio-system", OLDER, adding(context, operation)), False
    for target, (version, _) in itertools.product(("sidecar", "gateway"), VERSIONS.items()):
        if version:
            patch = adding("ANY", proxy={"proxyVersion": version})
            yield f"{target}, of versions {version}", target, filter_of("istio-system", OLDER, patch), False
    for target, contexts in itertools.product(("sidecar", "gateway"), itertools.permutations(CONTEXTS[1:4], 2)):
        theirs = filter_of("istio-system", OLDER, adding(contexts[0]))
        theirs["spec"]["configPatches"].append({"applyTo": "CLUSTER", **adding(contexts[1])})
        yield f"{target}, in {contexts}", target, theirs, False
    for target, where, priority, created, live in itertools.product(("sidecar", "gateway"), ("shop", "istio-system"), (None, -1, 1),
                                                                    (OLDER, OURS, NEWER), (False, True)):
        spec = {} if priority is None else {"priority": priority}
        if live or created == OLDER:  # what is not there yet is newer than all that is
            yield (f"{target}, in {where}, priority {priority}, {created}{', live' if live else ''}", target,
                   filter_of(where, created, adding("ANY"), **spec), live)


def removals():
    for target, (where, context, match) in itertools.product(TARGETS, [*(("shop", "ANY", m) for m in MATCHES), *(
            (where, context, {}) for where in ("istio-system", "third") for context in CONTEXTS)]):
        patch = {**match_of(context, cluster=match), "patch": {"operation": "REMOVE"}}
        attached = {"targetRefs": [CLASS if where == "istio-system" else REFS[0]]} if target == "waypoint" else {}
        yield f"{target}, in {where}, {context}, {match} removed", target, filter_of(where, OLDER, patch, **attached), False


def merges():
    """(what, target, their EnvoyFilter, False), with one thing that varies at a time."""
    every = [{"match": m} for m in MATCHES] + [{"context": c} for c in CONTEXTS] + [{"where": w} for w in ("istio-system", "third")] + [
        {"value": v} for v, _ in VALUES] + [{"attached": a} for a in ATTACHED if CLASS not in a.get("targetRefs", [])] + [
        {"operation": o} for o in ("REPLACE", "MERGE_AND_REPLACE_LIST")] + [{"version": v} for v in VERSIONS]
    for target, one in itertools.product(TARGETS, every):
        where, context = one.get("where", "shop"), one.get("context", "ANY")
        patch = {"match": {**({"context": context} if context else {}), "cluster": one.get("match", {}),
                           **({"proxy": {"proxyVersion": one["version"]}} if one.get("version") else {})},
                 "patch": {"operation": one.get("operation", "MERGE"), "value": one.get("value", {"connect_timeout": "7s"})}}
        attached = {"targetRefs": [CLASS if where == "istio-system" else REFS[0]]} if target == "waypoint" else {}
        yield f"{target}, {one}", target, filter_of(where, OLDER, patch, **one.get("attached", attached)), False


class Referee:
    """Istio's clusters of a target's proxy, by name."""

    def __init__(self, oracles):
        self.oracles, self.known = oracles, {}

    def clusters(self, target, objects):
        manifest = manifest_of(target)
        proxy = world.target_of(manifest, {})
        there = [*proxy.objects(), *world.named_by([manifest], world.ROOT), *objects]
        answer = self.oracles.ask(id=target, asks=["clusters"], objects=world.as_text(there), **proxy.request())
        return {c["name"]: c for c in answer["clusters"]}

    def undisturbed(self, target, ours):
        if target not in self.known:
            self.known[target] = self.clusters(target, ours)
        return self.known[target]


def generated(target, created):
    objects = list(yaml.safe_load_all(ask_callout("generate", manifest_of(target)).stdout))
    for o in objects:
        o["metadata"]["creationTimestamp"] = created
    return objects


def who_is_told(said):
    return "nobody" if "CO0319" not in said else "the filter" if "the filter would call that one" in said else "others"


def what_is_merged(said):
    """The level, and of how many clusters with the first one's name."""
    found = re.search(r"(warning|info) CO032[67]: EnvoyFilter \S+ merges .* into (outbound\S+?)(?:, and into (\d+) more .*)?$", said, re.M)
    return found and (found[1], found[2], 1 + int(found[3] or 0))


def judge_merge(tally, case, said, before, after):
    what, target, theirs, _ = case
    value = theirs["spec"]["configPatches"][0]["patch"]["value"]
    # The manifest does not tell which sockets istiod lets a cluster of a service choose from, so it is told of a socket that is not merged.
    may = {n for n in before if "books" in n and "transportSocketMatches" in before[n]} if RAW["transport_socket"] in value.values() else ()
    may = () if target == "waypoint" else may
    ours = [n for n in before if n.startswith("outbound|") and ("books" in n or "callout.internal" in n)]
    changed = [n for n in ours if before[n] != after.get(n) or n in may]
    told, telling = what_is_merged(said), next(t for v, t in VALUES if v == value)
    tally.equal(bool(told), bool(changed), f"{what}: what is merged is said")
    tally.check(before.get(NAME) == after.get(NAME), f"{what}: what an EnvoyFilter adds is not patched")
    if told and changed:
        tally.check(told[1] in changed, f"{what}: the cluster is named", told[1])
        tally.equal(told[2], len(changed), f"{what}: how many clusters are changed")
        tally.equal(told[0], "warning" if telling else "info", f"{what}: its level")


def judge(tally, referee, case):
    """Without their EnvoyFilter, with it, and with it alone."""
    what, target, theirs, live = case
    ours = generated(target, OURS if live else NEWER)
    said = ask_callout("check", manifest_of(target), "--istio-version", "1.32", objects=[[theirs, *(ours if live else [])]]).stderr.decode()
    before, after = referee.undisturbed(target, ours), referee.clusters(target, [theirs, *ours])
    tally.check(NAME in before and any("callout.internal" in name for name in before), f"{target}: the clusters are there", before)
    if theirs["spec"]["configPatches"][0]["patch"]["operation"] in MERGING:
        judge_merge(tally, case, said, before, after)
        return
    adds = theirs["spec"]["configPatches"][0]["patch"]["operation"] in ADDING and NAME in referee.clusters(target, [theirs])
    misled = "nobody" if not adds else "the filter" if after[NAME]["connectTimeout"] == "7s" else "others"
    tally.equal(who_is_told(said), misled, f"{what}: who would call another cluster is said")
    for name in before:
        if name.startswith("outbound|") and ("books" in name or "callout.internal" in name):
            tally.equal(f"removes {name} " in said, name not in after, f"{what}: {name} is removed, and it is said")
    tally.count(f"EnvoyFilters judged, {target}")


def judge_all(tally):
    for waypoints, flags in ((False, PLAIN), (True, AMBIENT)):
        cases = [c for c in [*additions(), *removals(), *merges()] if (c[1] == "waypoint") == waypoints]
        with Oracles(flags) as oracles:
            referee = Referee(oracles)
            harness.parallel(lambda c: judge(tally, referee, c), cases)


tests = [judge_all]
