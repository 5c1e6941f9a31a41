"""Why a cluster is missing, with Istio's own code as the judge: what istiod gives the proxy after the cause is in the mesh is the
dump, the objects of the mesh are --objects, and the reason that verify gives must be the cause.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile

import harness
import processes
import yaml
from referees import BOOTSTRAP

HERE = pathlib.Path(__file__).resolve().parent
HOST = {"name": "auth", "host": "auth.example.com"}
PUBLIC = {**HOST, "isolated": False}
SIDECAR = {"selector": {"matchLabels": {"app": "web"}}}
GATEWAY = {"proxy": "gateway", "selector": {"matchLabels": {"istio": "edge"}}}
WAYPOINT = {"proxy": "waypoint", "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "middle"}]}
PLAIN = {"PILOT_ENABLE_METADATA_EXCHANGE": "false"}
AMBIENT = {**PLAIN, "PILOT_ENABLE_AMBIENT": "true"}
FILTERED = {**PLAIN, "PILOT_FILTER_GATEWAY_CLUSTER_CONFIG": "true"}


def networking(kind, name, spec, namespace="shop", version="v1"):
    return {"apiVersion": f"networking.istio.io/{version}", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def service(name="auth", **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def entry(namespace="shop", host="auth.example.com", port=80, **spec):
    return networking("ServiceEntry", "theirs", {"hosts": [host], "resolution": "DNS", "ports": [
        {"number": port, "name": "http", "protocol": "HTTP"}], **spec}, namespace)


ISOLATED = "auth.check.shop.callout.internal"


def sidecar(*hosts):
    return networking("Sidecar", "default", {"egress": [{"hosts": list(hosts)}]})


def route(**destination):
    """A VirtualService of a service that the Sidecar lists; where it routes to comes along."""
    return networking("VirtualService", "web", {"hosts": ["web.example.com"], "http": [{"route": [
        {"destination": {"host": ISOLATED, **destination}}]}]})


def removing(namespace="shop", **match):
    return networking("EnvoyFilter", "clean", {"configPatches": [{"applyTo": "CLUSTER", **({"match": match} if match else {}),
                                                                  "patch": {"operation": "REMOVE"}}]}, namespace, "v1alpha3")


def attached(filter, kind, name):
    filter["spec"]["targetRefs"] = [{"group": "gateway.networking.k8s.io", "kind": kind, "name": name}]
    return filter


def dated(year, object, name=None, **metadata):
    """The object as it was made in that year."""
    name = {"name": name} if name else {}
    return {**object, "metadata": {**object["metadata"], "creationTimestamp": f"{year}-01-01T00:00:00Z", **name, **metadata}}


def selecting(object, **labels):
    return {**object, "spec": {"workloadSelector": {"labels": labels}, **object["spec"]}}


def adding(name="check", **match):
    """An EnvoyFilter that adds the cluster of `via: envoyFilter`."""
    return networking("EnvoyFilter", name, {"configPatches": [{"applyTo": "CLUSTER", "match": {"context": "SIDECAR_OUTBOUND", **match}, "patch": {
        "operation": "ADD", "value": {"name": "filter.shop.check.auth", "type": "STATIC", "connect_timeout": "1s"}}}]}, version="v1alpha3")


def rule(policy, host=ISOLATED, namespace="shop", **spec):
    return networking("DestinationRule", "theirs", {"host": host, "trafficPolicy": policy, **spec}, namespace)


def subsets(namespace, *names, host="auth.shop.svc.cluster.local", **spec):
    return networking("DestinationRule", f"of-{namespace}", {"host": host, "subsets": [{"name": n, "labels": {"version": n}} for n in names],
                                                             **spec}, namespace)


WEB_SERVICE = service(clusterIP="10.96.0.1", ports=[{"name": "http", "port": 80}])
OF_SERVICE = {"name": "auth", "service": {"name": "auth"}, "port": 80}
FULL_TLS = {"mode": "SIMPLE", "sni": "auth.example.com", "subjectAltNames": ["auth.example.com"], "caCertificates": "system"}
NO_RULE = ("DestinationRule",)
NOTHING = ("ServiceEntry", "DestinationRule")
BY_FILTER = {**HOST, "via": "envoyFilter"}


@dataclasses.dataclass(frozen=True)
class Explanation:
    name: str
    code: str        # "" when the cluster must be there
    upstream: dict = dataclasses.field(default_factory=lambda: HOST)
    target: dict = dataclasses.field(default_factory=lambda: SIDECAR)
    objects: tuple = ()  # of others, in the mesh
    without: tuple = ()  # kinds of our own that are not applied
    namespace: str = "shop"  # of the proxy
    flags: dict = dataclasses.field(default_factory=lambda: PLAIN)
    mesh: dict = None    # spec of the Mesh
    certain: bool = True
    verdict: str = "missing"  # where it is not resolved

    def manifest(self):
        documents = [{"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": "check", "namespace": "shop"},
                      "spec": {"target": self.target, "upstreams": [self.upstream]}}]
        if self.mesh:
            documents.append({"apiVersion": "callout.dev/v1alpha1", "kind": "Mesh", "metadata": {"name": "m"}, "spec": self.mesh})
        return yaml.safe_dump_all(documents)

    def proxy_flags(self):
        kind = self.target.get("proxy", "sidecar")
        labels = self.target.get("selector", {}).get("matchLabels", {})
        yield from ("--proxy", kind, "--namespace", self.namespace)
        if kind == "waypoint":
            yield from ("--gateway", "middle")
        for k, v in labels.items():
            yield from ("--label", f"{k}={v}")

    def dump(self, folder):
        oracle = processes.provided(HERE.parent / "build", "oracle")
        result = subprocess.run([oracle, "clusters", *self.proxy_flags(), "live.yaml"], cwd=folder, capture_output=True,
                                env={**os.environ, **self.flags})
        text = result.stdout.decode()
        if result.returncode or "[" not in text:
            raise processes.NotStarted(result.stderr.decode() + text)
        return json.dumps([*json.loads(text[text.index("\n[") + 1 if not text.startswith("[") else 0:]), *BOOTSTRAP])

    def check(self, tally):
        with tempfile.TemporaryDirectory() as temp:
            folder = pathlib.Path(temp)
            (folder / "manifest.yaml").write_text(self.manifest())
            generated = harness.run(["generate", "-f", "manifest.yaml"], cwd=folder)
            if not tally.check(generated.returncode == 0, f"{self.name}: the manifest is accepted", generated.stderr):
                return
            ours = [d for d in yaml.safe_load_all(generated.stdout) if d and d["kind"] not in self.without]
            (folder / "live.yaml").write_text(yaml.safe_dump_all([*ours, *self.objects] or [entry(host="other.example.com")]))
            (folder / "dump.json").write_text(self.dump(folder))
            result = harness.run(["verify", "-f", "manifest.yaml", "--objects", "live.yaml", "-o", "json", "dump.json"], cwd=folder)
            got = json.loads(result.stdout)["verdicts"][0]
            reasons = [(r["code"], r["certain"]) for r in got["reasons"]]
            wanted = (self.verdict, (self.code, self.certain)) if self.code else ("resolved", None)
            ok = got["verdict"] == wanted[0] and (not self.code or reasons[:1] == [wanted[1]])
            tally.check(ok, f"{self.name}: {got['verdict']} {reasons}, not {wanted}", json.dumps(got, indent=1))
            tally.count("explanations")


EXPLANATIONS = [
    Explanation("good", ""),
    Explanation("not applied", "CO0520", without=("ServiceEntry", "DestinationRule")),
    Explanation("a Sidecar that trims", "CO0514", objects=(networking("Sidecar", "default", {"egress": [{"hosts": ["istio-system/*"]}]}),)),
    Explanation("a Sidecar of the root namespace that trims", "CO0514",
                objects=(networking("Sidecar", "default", {"egress": [{"hosts": ["istio-system/*"]}]}, "istio-system"),)),
    Explanation("a Sidecar of other workloads", "", objects=(networking("Sidecar", "api", {
        "workloadSelector": {"labels": {"app": "api"}}, "egress": [{"hosts": ["istio-system/*"]}]}),)),
    Explanation("a Sidecar that lists it", "", objects=(networking("Sidecar", "default", {"egress": [{"hosts": ["./*"]}]}),)),
    Explanation("a Sidecar with another port", "CO0514", objects=(networking("Sidecar", "default", {"egress": [
        {"hosts": ["./*"], "port": {"number": 9999, "protocol": "HTTP", "name": "x"}}]}),)),
    Explanation("a Sidecar that takes it out again", "CO0514", objects=(sidecar("./*", f"~./{ISOLATED}"),)),
    Explanation("a Sidecar that takes another host out", "", objects=(sidecar("./*", "~./other.example.com"),)),
    Explanation("a Sidecar that trims, and a route that brings it in", "", objects=(sidecar("./web.example.com"), route())),
    Explanation("a Sidecar that trims, and a route to its port", "", objects=(sidecar("./web.example.com"), route(port={"number": 47080}))),
    Explanation("a Sidecar that trims, and a route to another port", "CO0514", objects=(
        sidecar("./web.example.com"), route(port={"number": 9999}))),
    Explanation("a Sidecar that trims, and a route that it does not list", "CO0514", objects=(sidecar("./other.example.com"), route())),
    Explanation("not exported", "CO0513", PUBLIC, without=("ServiceEntry", "DestinationRule"),
                objects=(entry(port=443, exportTo=["elsewhere"]),)),
    Explanation("entry without the port", "CO0510", PUBLIC, without=("ServiceEntry", "DestinationRule"), objects=(entry(port=80),)),
    Explanation("no such subset", "CO0512", {"name": "auth", "service": {"name": "auth"}, "port": 80, "subset": "v2"}, objects=(
        service(clusterIP="10.96.0.1", ports=[{"name": "http", "port": 80}]),
        networking("DestinationRule", "auth", {"host": "auth", "subsets": [{"name": "v1", "labels": {"v": "1"}}]}))),
    Explanation("a subset of a rule in a namespace that does not count", "CO0512", {
        "name": "auth", "service": {"name": "auth"}, "port": 80, "subset": "v1"}, objects=(
            service(clusterIP="10.96.0.1", ports=[{"name": "http", "port": 80}]),
            networking("DestinationRule", "auth", {"host": "auth.shop.svc.cluster.local", "subsets": [{"name": "v1", "labels": {"v": "1"}}]},
                       "elsewhere"))),
    Explanation("a Service that is not exported", "CO0513", {"name": "auth", "service": {"name": "auth", "namespace": "infra"}, "port": 80},
                objects=({"apiVersion": "v1", "kind": "Service", "metadata": {
                    "name": "auth", "namespace": "infra", "annotations": {"networking.istio.io/exportTo": "."}},
                    "spec": {"clusterIP": "10.96.0.1", "ports": [{"name": "http", "port": 80}]}},)),
    Explanation("no such Service", "CO0519", {"name": "auth", "service": {"name": "auth"}, "port": 80}, objects=(
        service("other", clusterIP="10.96.0.1", ports=[{"name": "http", "port": 80}]),)),
    Explanation("no such port of the Service", "CO0510", {"name": "auth", "service": {"name": "auth"}, "port": 8080}, objects=(
        service(clusterIP="10.96.0.1", ports=[{"name": "http", "port": 80}]),)),
    Explanation("an ExternalName", "CO0519", {"name": "auth", "service": {"name": "auth"}, "port": 80}, objects=(
        service(type="ExternalName", externalName="auth.example.com", ports=[{"name": "http", "port": 80}]),)),
    Explanation("a port of UDP", "CO0519", {"name": "auth", "service": {"name": "auth"}, "port": 53}, objects=(
        service(clusterIP="10.96.0.1", ports=[{"name": "dns", "port": 53, "protocol": "UDP"}]),)),
    Explanation("good on a gateway", "", target=GATEWAY),
    Explanation("a filtered gateway", "CO0517", target=GATEWAY, flags=FILTERED, certain=False),
    Explanation("a filtered gateway that knows", "", target=GATEWAY, flags=FILTERED, mesh={"gatewayClusterFilter": True}),
    Explanation("good on a waypoint", "", target=WAYPOINT, flags=AMBIENT),
    Explanation("a waypoint without the annotation", "CO0518", target=WAYPOINT, flags=AMBIENT, without=("EnvoyFilter",)),
    Explanation("an EnvoyFilter's cluster", "", {**HOST, "via": "envoyFilter"}),
    Explanation("an EnvoyFilter that is not applied", "CO0520", {**HOST, "via": "envoyFilter"}, without=("EnvoyFilter",)),
    Explanation("an EnvoyFilter for gateways", "CO0523", {**HOST, "via": "envoyFilter"}, without=("EnvoyFilter",), objects=(
        networking("EnvoyFilter", "check", {"configPatches": [{"applyTo": "CLUSTER", "match": {"context": "GATEWAY"}, "patch": {
            "operation": "ADD", "value": {"name": "filter.shop.check.auth", "type": "STATIC", "connect_timeout": "1s"}}}]},
                   version="v1alpha3"),)),
    Explanation("an EnvoyFilter that removes by host and port", "CO0524", objects=(removing(cluster={"service": ISOLATED, "portNumber": 47080}),)),
    Explanation("an EnvoyFilter that removes another port", "", objects=(removing(cluster={"service": ISOLATED, "portNumber": 80}),)),
    Explanation("an EnvoyFilter that removes by host alone", "CO0524", objects=(removing(context="ANY", cluster={"service": ISOLATED}),)),
    Explanation("an EnvoyFilter that removes from gateways", "", objects=(removing(context="GATEWAY", cluster={"service": ISOLATED}),)),
    Explanation("an EnvoyFilter that removes inbound clusters", "", objects=(removing(context="SIDECAR_INBOUND", cluster={"service": ISOLATED}),)),
    Explanation("a waypoint, and an EnvoyFilter that removes outbound clusters", "CO0524", target=WAYPOINT, flags=AMBIENT, objects=(
        attached(removing(context="SIDECAR_OUTBOUND", cluster={"service": ISOLATED}), "Gateway", "middle"),)),
    Explanation("a waypoint, and an EnvoyFilter that removes inbound clusters", "", target=WAYPOINT, flags=AMBIENT, objects=(
        attached(removing(context="SIDECAR_INBOUND", cluster={"service": ISOLATED}), "Gateway", "middle"),)),
    Explanation("a waypoint, and an EnvoyFilter for all waypoints that removes", "CO0524", target=WAYPOINT, flags=AMBIENT, objects=(
        attached(removing("istio-system", cluster={"service": ISOLATED}), "GatewayClass", "istio-waypoint"),)),
    Explanation("a waypoint, and an EnvoyFilter for a Gateway of its name elsewhere that removes", "", target=WAYPOINT, flags=AMBIENT, objects=(
        attached(removing("istio-system", cluster={"service": ISOLATED}), "Gateway", "middle"),)),
    Explanation("an EnvoyFilter of another namespace that removes", "", objects=(removing("elsewhere", cluster={"service": ISOLATED}),)),
    Explanation("an EnvoyFilter of the root namespace that removes", "CO0524", objects=(removing("istio-system", cluster={"service": ISOLATED}),)),
    Explanation("an EnvoyFilter that removes", "CO0524", objects=(networking("EnvoyFilter", "clean", {"configPatches": [
        {"applyTo": "CLUSTER", "match": {"cluster": {"name": "outbound|47080||auth.check.shop.callout.internal"}},
         "patch": {"operation": "REMOVE"}}]}, version="v1alpha3"),)),
    # Sidecars: which one counts, and what it lists
    Explanation("two Sidecars, and the older lists it", "", objects=(dated(2024, sidecar("istio-system/*"), "a"), dated(2020, sidecar("./*"), "b"))),
    Explanation("two Sidecars, and the older trims", "CO0514", objects=(dated(2024, sidecar("./*"), "a"), dated(2020, sidecar("istio-system/*"), "b"))),
    Explanation("a Sidecar of the workload before that of the namespace", "", objects=(
        sidecar("istio-system/*"), dated(2024, selecting(sidecar("./*"), app="web"), "web"))),
    Explanation("a Sidecar of the workload that trims", "CO0514", objects=(
        sidecar("./*"), dated(2024, selecting(sidecar("istio-system/*"), app="web"), "web"))),
    Explanation("a Sidecar of the namespace before that of the root namespace", "", objects=(
        sidecar("./*"), dated(2020, sidecar("istio-system/*"), namespace="istio-system"))),
    Explanation("a Sidecar of the root namespace for some workloads", "", objects=(
        dated(2020, selecting(sidecar("istio-system/*"), app="web"), namespace="istio-system"),)),
    Explanation("a Sidecar that lists the end of the host", "", objects=(sidecar("./*.callout.internal"),)),
    Explanation("a Sidecar that lists it in capitals", "CO0514", objects=(sidecar(f"./{ISOLATED.upper()}"),)),
    Explanation("a Sidecar of an older API", "CO0514", objects=({**sidecar("istio-system/*"), "apiVersion": "networking.istio.io/v1alpha3"},)),
    Explanation("a Sidecar that is being deleted", "CO0514", objects=(
        dated(2020, sidecar("istio-system/*"), deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["example.com/wait"]),)),
    Explanation("a Sidecar on a gateway", "", target=GATEWAY, objects=(sidecar("istio-system/*"),)),
    # who owns the host
    Explanation("an older entry with other labels, and another port", "CO0515", PUBLIC, without=NO_RULE, objects=(
        dated(2020, entry(port=80, exportTo=["."]), labels={"team": "pay"}),)),
    Explanation("a newer entry with other labels", "CO0540", PUBLIC, without=NO_RULE, verdict="insecure", objects=(
        dated(2099, entry(port=80, exportTo=["."]), labels={"team": "pay"}),)),
    Explanation("an entry for its namespace before one for all", "CO0515", PUBLIC, without=NOTHING, objects=(
        dated(2020, entry(port=443)), dated(2024, entry(port=80, exportTo=["."]), "newer"))),
    Explanation("an entry for nobody", "CO0513", PUBLIC, without=NOTHING, objects=(entry(port=443, exportTo=["~"]),)),
    Explanation("a wildcard that covers the host", "CO0520", PUBLIC, without=NOTHING, objects=(
        entry(host="*.example.com", port=443, resolution="NONE"),)),
    # subsets
    Explanation("a subset by a rule for all hosts of the namespace", "", {**OF_SERVICE, "subset": "v1"}, objects=(
        WEB_SERVICE, subsets("shop", "v1", host="*.shop.svc.cluster.local"))),
    Explanation("a subset by a rule of the root namespace", "", {**OF_SERVICE, "subset": "v1"}, objects=(WEB_SERVICE, subsets("istio-system", "v1"))),
    Explanation("a subset by a rule that is not exported", "CO0512", {**OF_SERVICE, "subset": "v1"}, objects=(
        WEB_SERVICE, subsets("istio-system", "v1", exportTo=["."]))),
    Explanation("a subset by a rule for other workloads", "CO0512", {**OF_SERVICE, "subset": "v1"}, objects=(
        WEB_SERVICE, subsets("shop", "v1", workloadSelector={"matchLabels": {"app": "api"}}))),
    Explanation("a subset by a rule behind that of the proxy's namespace", "CO0512", {
        "name": "auth", "service": {"name": "auth", "namespace": "infra"}, "port": 80, "subset": "v1"}, objects=(
            dated(2020, WEB_SERVICE, namespace="infra"), subsets("infra", "v1", host="auth.infra.svc.cluster.local"),
            subsets("shop", "v2", host="auth.infra.svc.cluster.local"))),
    # EnvoyFilters
    Explanation("an EnvoyFilter for other workloads", "CO0523", BY_FILTER, without=("EnvoyFilter",), objects=(selecting(adding(), app="api"),)),
    Explanation("an EnvoyFilter for other versions", "CO0523", BY_FILTER, without=("EnvoyFilter",), certain=False, objects=(
        adding(proxy={"proxyVersion": "^1\\.2.*"}),)),
    Explanation("an EnvoyFilter that removes what another one adds", "", BY_FILTER, objects=(
        removing(cluster={"name": "filter.shop.check.auth"}),)),
    Explanation("an EnvoyFilter for gateways, and one that removes", "CO0523", BY_FILTER, without=("EnvoyFilter",), objects=(
        adding(context="GATEWAY"), removing(cluster={"name": "filter.shop.check.auth"}))),
    Explanation("an EnvoyFilter that removes from other workloads", "", objects=(
        selecting(removing(cluster={"service": ISOLATED}), app="api"),)),
    # what another DestinationRule makes of it
    Explanation("no rule of ours", "CO0540", without=NO_RULE, verdict="insecure"),
    Explanation("a rule of the root namespace, mTLS for all", "CO0542", without=NO_RULE, verdict="mismatched", objects=(
        rule({"tls": {"mode": "ISTIO_MUTUAL"}}, "*", "istio-system"),)),
    Explanation("the same beside ours", "", objects=(rule({"tls": {"mode": "ISTIO_MUTUAL"}}, "*", "istio-system"),)),
    Explanation("a rule with the PROXY protocol", "CO0542", without=NO_RULE, verdict="mismatched", objects=(
        rule({"tls": FULL_TLS, "proxyProtocol": {"version": "V2"}}),)),
    Explanation("a rule that upgrades to HTTP/2", "CO0544", without=NO_RULE, verdict="mismatched", objects=(
        rule({"tls": FULL_TLS, "connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}}}),)),
    Explanation("a rule that takes the client's version", "", without=NO_RULE, objects=(
        rule({"tls": FULL_TLS, "connectionPool": {"http": {"useClientProtocol": True}}}),)),
    Explanation("a rule that passes through", "CO0530", without=NO_RULE, verdict="uncallable", objects=(
        rule({"tls": FULL_TLS, "loadBalancer": {"simple": "PASSTHROUGH"}}),)),
    Explanation("a rule that verifies nothing", "CO0541", without=NO_RULE, verdict="insecure", objects=(
        rule({"tls": {"mode": "SIMPLE", "sni": "auth.example.com", "insecureSkipVerify": True}}),)),
    Explanation("a rule without names, which are the call's", "", without=NO_RULE, objects=(rule({"tls": {"mode": "SIMPLE"}}),)),
    Explanation("a rule for another port", "CO0540", without=NO_RULE, verdict="insecure", objects=(
        rule({"portLevelSettings": [{"port": {"number": 9}, "tls": FULL_TLS}]}),)),
    Explanation("a rule with another certificate", "CO0542", {**HOST, "tls": {"mode": "MUTUAL", "clientCertificate": "/a", "privateKey": "/b"}},
                without=NO_RULE, verdict="mismatched", objects=(
                    rule({"tls": {**FULL_TLS, "mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/d"}}),)),
    Explanation("a limit that is merged behind ours", "", objects=(networking("EnvoyFilter", "limit", {"configPatches": [{
        "applyTo": "CLUSTER", "match": {"cluster": {"service": ISOLATED}}, "patch": {"operation": "MERGE", "value": {
            "circuit_breakers": {"thresholds": [{"max_requests": 0}]}}}}]}, version="v1alpha3"),)),
    Explanation("a headless Service", "CO0530", OF_SERVICE, verdict="uncallable", objects=(
        service(clusterIP="None", ports=[{"name": "http", "port": 80}]),)),
    Explanation("a Service of gRPC, called by HTTP/1.1", "CO0544", OF_SERVICE, verdict="mismatched", objects=(
        service(clusterIP="10.96.0.1", ports=[{"name": "grpc", "port": 80}]),)),
]
