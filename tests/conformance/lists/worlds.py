"""Proxies and filters: what istiod's own code makes of each, as the dump of a proxy that took all of it."""

import dataclasses
import json
import pathlib
import tempfile

import harness
import processes
import referees
import world

HOST = "auth.example.com"
WASM = "wasm: {url: oci://ghcr.io/acme/auth-check:1.4.0}"
LUA = """lua:
      inline: |-
        function envoy_on_request(handle)
          handle:httpCall("${upstreams.auth.cluster}", {[":method"] = "GET", [":path"] = "/", [":authority"] = "${upstreams.auth.authority}"}, "", 500)
        end"""
MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: Mesh
metadata: {{name: prod}}
spec: {{istioVersions: ["1.30", "1.32"]}}
---
apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {{name: auth-check, namespace: {namespace}}}
spec:
  target: {target}
  filter:
    {filter}
  upstreams:
  - {{name: auth, host: {host}}}
"""
CONFIG = "config: {authCluster: '${upstreams.auth.cluster}'}"


def lines(*parts):
    return "\n    ".join(parts)


# What carries the filter, and where in the list of filters it stands.
FILTERS = {
    "WasmPlugin": lines(WASM, CONFIG),
    "WasmPlugin, AUTHN": lines(WASM, CONFIG, "phase: AUTHN"),
    "WasmPlugin, AUTHZ": lines(WASM, CONFIG, "phase: AUTHZ"),
    "WasmPlugin, STATS": lines(WASM, CONFIG, "phase: STATS"),
    "TrafficExtension with Wasm": lines(WASM, CONFIG, "kind: TrafficExtension"),
    "TrafficExtension with Lua": lines(LUA, "kind: TrafficExtension"),
    "EnvoyFilter with Lua": LUA,
}
# Of a sidecar alone.
MATCHED = {
    "WasmPlugin for servers": lines(WASM, CONFIG, "match: [{mode: SERVER}]"),
    "WasmPlugin for a server's port": lines(WASM, CONFIG, "match: [{mode: SERVER, ports: [{number: 8080}]}]"),
    "WasmPlugin for clients": lines(WASM, CONFIG, "match: [{mode: CLIENT}]"),
    "WasmPlugin for a port at a service's address": lines(WASM, CONFIG, "match: [{mode: CLIENT, ports: [{number: 7070}]}]"),
}
# Those that differ in the listeners that have them: parts of their lists are looked at, too.
PLACES = ("WasmPlugin", "EnvoyFilter with Lua", *MATCHED)


@dataclasses.dataclass(frozen=True)
class Proxy:
    name: str
    written: str  # the manifest's target
    target: world.Target
    objects: tuple = ()
    filters: tuple = tuple(FILTERS)
    whole: str = "present"  # what is said of the filter when all is shown


# A port of no known protocol, which a sidecar listens for at the service's own address; and one of another.
SERVICES = (*world.service("sniffed", "shop", [("any", 7070)], "10.5.5.6"), *world.service("database", "shop", [("tcp", 5432)], "10.5.5.7"))
NARROW = world.istio("Sidecar", "default", "shop", {"egress": [{"hosts": ["./auth-check.auth", "shop/*.callout.internal"]}]})
# Routes come by RDS.
OFF = world.istio("EnvoyFilter", "off", "shop", {"configPatches": [{
    "applyTo": "ROUTE_CONFIGURATION", "match": {"context": "GATEWAY"}, "patch": {"operation": "MERGE", "value": {"typed_per_filter_config": {
        "extensions.istio.io/trafficextension/shop.auth-check~istio-translated-wasmplugin": {
            "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}}}}}]})
SIDECAR = world.Target("sidecar", "shop", {"app": "web"})
PROXIES = (
    Proxy("sidecar", "{selector: {matchLabels: {app: web}}}", SIDECAR, SERVICES, (*FILTERS, *MATCHED)),
    Proxy("sidecar that sees little", "{selector: {matchLabels: {app: web}}}", SIDECAR, (*SERVICES, NARROW), ("WasmPlugin", "EnvoyFilter with Lua")),
    Proxy("gateway", "{proxy: gateway, selector: {matchLabels: {istio: edge}}}",
          world.Target("gateway", "shop", {"istio": "edge"}, ports=(8080, 8443))),
    Proxy("gateway whose routes switch it off", "{proxy: gateway, selector: {matchLabels: {istio: edge}}}",
          world.Target("gateway", "shop", {"istio": "edge"}, ports=(8080, 8443)), (OFF,), ("WasmPlugin",), "differs"),
    Proxy("gateway of the Gateway API", "{proxy: gateway, targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]}",
          world.Target("gateway", "shop", {}, "edge"), (), ("WasmPlugin", "TrafficExtension with Wasm")),
    Proxy("waypoint", "{proxy: waypoint, targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: middle}]}",
          world.Target("waypoint", "shop", {}, "middle", of=(("Service", "shop", "web"),))),
)


class Question:
    """One filter in one proxy: its manifest, and what istiod is asked with and without the objects that are generated of it."""

    def __init__(self, proxy, filter_name, root):
        self.proxy, self.filter, self.name = proxy, filter_name, f"{proxy.name}: {filter_name}"
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=root))
        text = MANIFEST.format(namespace=proxy.target.namespace, target=proxy.written, host=HOST, filter={**FILTERS, **MATCHED}[filter_name])
        (self.folder / "manifest.yaml").write_text(text)
        generated = harness.run(["generate", "-f", "manifest.yaml"], cwd=self.folder)
        if generated.returncode:
            raise processes.NotStarted(f"{self.name}: {generated.stderr.decode()}")
        self.generated = generated.stdout.decode()

    def requests(self):
        """By whether the filter is there."""
        target = self.proxy.target
        around = world.as_text([*world.neighbours(target.namespace), *target.objects(), *self.proxy.objects])
        asks = ["clusters", "endpoints", "listeners", "routes", "extensions", "bootstrap"]
        return {there: {"id": self.name, "asks": asks, "objects": objects, **target.request()}
                for there, objects in ((True, f"{around}\n---\n{self.generated}"), (False, around))}


def questions(root):
    return [Question(proxy, name, root) for proxy in PROXIES for name in proxy.filters]


# ---- the dump ----

TYPES = "type.googleapis.com/envoy."


def section(kind, **lists):
    return {"@type": f"{TYPES}admin.v3.{kind}ConfigDump", **{k: v for k, v in lists.items() if v}}


def typed(kind, messages):
    return [{"@type": f"{TYPES}config.{kind}", **m} for m in messages]


def dump_of(answer):
    """Envoy's /config_dump?include_eds, in Envoy's order."""
    bootstrap = answer["bootstrap"][0]
    static = bootstrap["static_resources"]
    extensions = {e["name"]: e for e in answer["extensions"]}.values()
    return {"configs": [
        section("Bootstrap", bootstrap=bootstrap),
        section("Clusters", static_clusters=[{"cluster": c} for c in typed("cluster.v3.Cluster", static["clusters"])],
                dynamic_active_clusters=[{"cluster": c} for c in typed("cluster.v3.Cluster", answer["clusters"])]),
        section("Ecds", ecds_filters=[{"ecds_filter": e} for e in typed("core.v3.TypedExtensionConfig", extensions)]),
        section("Endpoints", dynamic_endpoint_configs=[
            {"endpoint_config": e} for e in typed("endpoint.v3.ClusterLoadAssignment", answer["endpoints"])]),
        section("Listeners", static_listeners=[{"listener": c} for c in typed("listener.v3.Listener", static["listeners"])],
                dynamic_listeners=[{"name": c["name"], "active_state": {"listener": c}}
                                   for c in typed("listener.v3.Listener", answer["listeners"])]),
        section("Routes", dynamic_route_configs=[{"route_config": c} for c in typed("route.v3.RouteConfiguration", answer["routes"])]),
        section("Secrets"),
    ]}


def answers(asked):
    """{(question, is the filter there?): what istiod gives}"""
    found = {}
    for flags in {repr(q.proxy.target.flags()): q.proxy.target.flags() for q in asked}.values():
        rows = [(q, there, r) for q in asked if q.proxy.target.flags() == flags for there, r in q.requests().items()]
        with referees.Oracles(flags) as oracles:
            for (q, there, _), answer in zip(rows, oracles.ask_all([r for _, _, r in rows])):
                if isinstance(answer, referees.Refused):
                    raise processes.NotStarted(f"{q.name}: {answer}")
                found[q, there] = json.dumps(dump_of(answer), indent=1).encode()
    return found
