"""A real Envoy for one proxy of the mesh: clusters and plugins come from istiod, the listeners are the scenes'.

Istio's own listeners need iptables and filters that a plain Envoy lacks. So each scene has a listener of its own, with those
HTTP filters that istiod puts into this proxy's listeners for the scene's manifests, in istiod's order.
"""

import http.client
import json

import harness
import processes
from http_filters import CONNECTION_MANAGER, manifest_of

ROUTER = {"name": "envoy.filters.http.router",
          "typedConfig": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
HTTP2 = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    "explicitHttpConfig": {"http2ProtocolOptions": {}}}}
INTERNAL_LISTENER = {"name": "envoy.bootstrap.internal_listener", "typedConfig": {
    "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener"}}


# ---- what istiod's listeners hold ----


def filters_of(scene, chains):
    """The scene's filters in the first chain that has them all."""
    wanted = {f"{scene.namespace}.{name}" for name in scene.manifest_names()}
    for chain in chains:
        found = [f for f in chain if manifest_of(f["name"]) in wanted]
        if {manifest_of(f["name"]) for f in found} == wanted:
            return found
    return []


# ---- bootstrap ----


def address(host, port):
    return {"socketAddress": {"address": host, "portValue": port}}


def static_cluster(name, endpoint):
    return {"name": name, "type": "STATIC", "connectTimeout": "5s", "typedExtensionProtocolOptions": HTTP2, "loadAssignment": {
        "clusterName": name, "endpoints": [{"lbEndpoints": [{"endpoint": {"address": endpoint}}]}]}}


def listener(scene, filters):
    trail = {"header": {"key": "x-trail", "value": "%REQ(x-trail)%"}}
    route = {"match": {"prefix": "/"}, "directResponse": {"status": 200}, "responseHeadersToAdd": [trail]}
    manager = {
        "@type": CONNECTION_MANAGER, "statPrefix": scene.slug, "httpFilters": [*filters, ROUTER],
        "routeConfig": {"name": "all", "virtualHosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typedConfig": manager}]}
    return {"name": scene.slug, "address": address("127.0.0.1", 0), "filterChains": [chain]}


def bootstrap(proxy, istiod, listeners):
    grpc = {"envoyGrpc": {"clusterName": "xds-grpc"}}
    host, port = istiod.address.rsplit(":", 1)
    return {
        "node": proxy.node(),
        "bootstrapExtensions": [INTERNAL_LISTENER],
        "dynamicResources": {
            "adsConfig": {"apiType": "DELTA_GRPC", "transportApiVersion": "V3", "grpcServices": [grpc]},
            "cdsConfig": {"ads": {}, "resourceApiVersion": "V3"},
        },
        "staticResources": {
            "clusters": [static_cluster("xds-grpc", address(host, int(port))),
                         static_cluster("sds-grpc", {"pipe": {"path": str(istiod.socket)}})],
            "listeners": listeners,
        },
        "admin": {"address": address("127.0.0.1", 0)},
    }


class Envoy:
    """One proxy, running."""

    def __init__(self, version, program, proxy, istiod, scenes, chains):
        self.version, self.proxy = version, proxy
        self.scenes = {scene.slug: filters_of(scene, chains) for scene in scenes}
        name = f"envoy-{version}-{proxy.name.replace(' ', '-')}"
        listeners = [listener(s, self.scenes[s.slug]) for s in scenes]
        config = istiod.folder / f"{name}.json"
        config.write_text(json.dumps(bootstrap(proxy, istiod, listeners), indent=1))
        self.admin_file = istiod.folder / f"{name}.admin"
        self.process = processes.Process(name, [
            program, "-c", config.name, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning",
            "--admin-address-path", self.admin_file.name], istiod.folder, env=harness.environment())

    def wait(self):
        self.process.until(lambda: self.admin_file.exists() and self.admin_file.read_text())
        self.admin = self.admin_file.read_text().strip()
        try:
            self.process.until(lambda: self.ask("/ready") == "LIVE")
        except processes.NotStarted as fault:
            raise processes.NotStarted(f"{fault}\nit waits for: {self.ask('/init_dump')}") from None
        statuses = json.loads(self.ask("/listeners?format=json")).get("listener_statuses", [])
        self.ports = {s["name"]: s["local_address"]["socket_address"]["port_value"] for s in statuses}

    def ask(self, path):
        return processes.admin_text(self.admin, path)

    def statistics(self, pattern):
        """Name to number, of those whose names match."""
        lines = self.ask(f"/stats?filter={pattern}").splitlines()
        return {name: int(value) for name, _, value in (line.rpartition(": ") for line in lines) if value.isdigit()}

    def get(self, scene, upstream):
        """What the filter answers to GET /UPSTREAM: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[scene.slug], timeout=harness.PATIENCE)
        try:
            connection.request("GET", f"/{upstream}")
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode(errors="replace")
        finally:
            connection.close()
