"""The mesh around a manifest: its own proxy, what it names, and neighbours that must not notice anything."""

import dataclasses
import json
import re

import referees

UNSAFE = re.compile("[^ -~]")

ADDRESS = "10.3.3.3"  # of the proxy, see oracle/proxy.go
SERVICE_ADDRESS = "10.4.4.4"  # of every pod of a service that a manifest calls
ROOT = "istio-system"
GATEWAY_API, WAYPOINT_CLASS = "gateway.networking.k8s.io", "istio-waypoint"
WAYPOINTS = [{"group": GATEWAY_API, "kind": "GatewayClass", "name": WAYPOINT_CLASS}]  # all of them, from the root namespace
OLD = "2020-01-01T00:00:00Z"  # every neighbour is older than what is generated


def metadata(name, namespace, **more):
    return {"name": name, "namespace": namespace, "creationTimestamp": OLD, **more}


# ---- Kubernetes ----


def service(name, namespace, ports, address, labels=None, selector=None):
    """A Service, and the pods' addresses behind it."""
    ports = [{"name": n, "port": p, "targetPort": p} for n, p in ports]
    spec = {"clusterIP": cluster_ip(namespace, name), "ports": ports, **({"selector": selector} if selector else {})}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": metadata(name, namespace, labels=labels or {}), "spec": spec}
    yield {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": metadata(name, namespace, labels={"kubernetes.io/service-name": name}),
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [{"name": p["name"], "port": p["port"]} for p in ports],
    }


def cluster_ip(namespace, name):
    """An address that no other service has."""
    number = sum(byte * (i + 1) for i, byte in enumerate(f"{namespace}/{name}".encode())) % 65000
    return f"10.96.{number // 256}.{number % 256}"


def as_text(objects):
    """One text that YAML readers understand, whatever the objects hold."""
    return "\n---\n".join(UNSAFE.sub(escaped, json.dumps(o, ensure_ascii=False)) for o in objects)


def escaped(match):
    code = ord(match[0])
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def pod(name, namespace, labels, address):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata(name, namespace, labels=labels),
            "spec": {"serviceAccountName": name},
            "status": {"podIP": address, "podIPs": [{"ip": address}], "phase": "Running",
                       "conditions": [{"type": "Ready", "status": "True"}]}}


def of_gateway_api(name, namespace, class_name, listener, labels):
    """A Gateway that has got its proxy: Service, pod and address."""
    yield {"apiVersion": f"{GATEWAY_API}/v1", "kind": "Gateway", "metadata": metadata(name, namespace),
           "spec": {"gatewayClassName": class_name, "listeners": [listener]},
           "status": {"addresses": [{"type": "IPAddress", "value": cluster_ip(namespace, name)}]}}
    labels = {f"{GATEWAY_API}/gateway-name": name, **labels}
    service_name = name if class_name == WAYPOINT_CLASS else f"{name}-{class_name}"
    yield from service(service_name, namespace, [(listener["name"], listener["port"])], SERVICE_ADDRESS, labels, labels)
    yield pod(name, namespace, labels, ADDRESS)


def waypoint(name, namespace):
    listener = {"name": "mesh", "port": 15008, "protocol": "HBONE", "allowedRoutes": {"namespaces": {"from": "All"}}}
    yield from of_gateway_api(name, namespace, WAYPOINT_CLASS, listener, {})


# ---- Istio ----


def istio(kind, name, namespace, spec, **more):
    group = {"EnvoyFilter": "v1alpha3"}.get(kind, "v1")
    return {"apiVersion": f"networking.istio.io/{group}", "kind": kind, "metadata": metadata(name, namespace, **more), "spec": spec}


def service_entry(name, namespace, host, *ports, **spec):
    """ports: (number, protocol)"""
    ports = [{"number": n, "name": f"{p.lower()}-{n}", "protocol": p} for n, p in ports]
    return istio("ServiceEntry", name, namespace, {"hosts": [host], "resolution": "DNS", "ports": ports, **spec})


def gateway(name, namespace, labels, ports):
    servers = [{"hosts": ["*"], "port": {"name": f"http-{n}", "number": n, "protocol": "HTTP"}} for n in ports]
    return istio("Gateway", name, namespace, {"selector": labels, "servers": servers})


HTTP2 = {"typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                                                  "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                                                  "explicit_http_config": {"http2_protocol_options": {}}}}}


def added_cluster(object_name, name, root, http2):
    """What a mesh team may have added to every proxy; waypoints take it from a filter of their own only."""
    contexts = {object_name: ["SIDECAR_OUTBOUND", "GATEWAY"], f"{object_name}-waypoints": ["SIDECAR_INBOUND"]}
    endpoint = {"endpoint": {"address": {"socket_address": {"address": "10.8.8.8", "port_value": 80}}}}
    cluster = {"name": name, "type": "STATIC", "connect_timeout": "1s",
               "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}, **(HTTP2 if http2 else {})}
    for filter_name, its_contexts in contexts.items():
        patches = [{"applyTo": "CLUSTER", "match": {"context": context},
                    "patch": {"operation": "ADD", "value": cluster}} for context in its_contexts]
        refs = {"targetRefs": WAYPOINTS} if len(its_contexts) == 1 else {}
        yield istio("EnvoyFilter", filter_name, root, {"configPatches": patches, **refs})


# ---- the proxy that runs the filter ----


@dataclasses.dataclass
class Target:
    """One proxy of a manifest's target, as the oracle asks for it."""

    kind: str
    namespace: str
    labels: dict
    gateway: str = ""
    filtered: bool = False
    ports: tuple = (8080,)  # that a gateway listens on, or a workload
    of: tuple = ()  # (kind, namespace, name) of what a waypoint serves

    def flags(self):
        if self.kind == "waypoint":
            return referees.AMBIENT
        return referees.FILTERED if self.filtered else referees.PLAIN

    def request(self):
        return {"proxy": self.kind, "namespace": self.namespace, "labels": self.labels, "gateway": self.gateway}

    def __str__(self):
        return ("filtered " if self.filtered else "") + f"{self.kind} in {self.namespace}"

    def objects(self):
        if self.kind == "waypoint":
            yield from waypoint(self.gateway, self.namespace)
            for served in self.of:
                yield from self.served(*served)
            return
        if self.gateway:
            listener = {"name": "http", "port": self.ports[0], "protocol": "HTTP"}
            yield from of_gateway_api(self.gateway, self.namespace, "istio", listener, self.labels)
            return
        yield pod("of-the-target", self.namespace, self.labels, ADDRESS)
        if self.kind == "gateway":
            yield gateway("of-the-target", self.namespace, self.labels, self.ports)
        yield from service("web", self.namespace, [(f"http-{n}", n) for n in self.ports], SERVICE_ADDRESS, None, self.labels)

    def served(self, kind, namespace, name):
        labels = {"istio.io/use-waypoint": self.gateway, "istio.io/use-waypoint-namespace": self.namespace}
        if kind == "ServiceEntry":
            yield istio(kind, name, namespace, {"hosts": [f"{name}.example.org"], "resolution": "DNS", "ports": [
                {"number": 80, "name": "http", "protocol": "HTTP"}]}, labels=labels)
        else:
            yield from service(name, namespace, [("http", 8080)], SERVICE_ADDRESS, labels, {"app": name})


def target_of(manifest, mesh):
    """The proxy that a manifest's target means."""
    target = manifest["spec"].get("target") or {}
    kind, namespace = target.get("proxy", "sidecar"), manifest["metadata"]["namespace"]
    labels = (target.get("selector") or {}).get("matchLabels") or {}
    refs = target.get("targetRefs") or []
    name = next((r["name"] for r in refs if r["kind"] == "Gateway"), "")
    if namespace == mesh.get("rootNamespace", ROOT) and all(r["kind"] == "GatewayClass" for r in refs) and "waypoint" not in target:
        namespace = "shop"  # one of all that it reaches; a Gateway or a Service is named in its own namespace
    if kind != "waypoint":
        filtered = kind == "gateway" and bool(mesh.get("gatewayClusterFilter"))
        return Target(kind, namespace, dict(labels) or ({} if name else {"app": "web"}), name, filtered, ports_of(manifest))
    of = tuple((r["kind"], namespace, r["name"]) for r in refs if r["kind"] in ("Service", "ServiceEntry"))
    named = target.get("waypoint") or {}
    return Target(kind, named.get("namespace", namespace), {}, named.get("name", name) or "any-waypoint",
                  of=of or (("Service", namespace, "web"),))


def ports_of(manifest):
    """What the proxy listens on: the ports that the filter is for, or any."""
    rows = (manifest["spec"].get("filter") or {}).get("match") or []
    return tuple(dict.fromkeys(p["number"] for row in rows for p in row.get("ports") or [])) or (8080,)


# ---- what it names, and who else is there ----


def named_by(manifests, root):
    """The services and clusters that are there already, as the manifests say."""
    services, clusters = {}, {}
    for manifest in manifests:
        for upstream in manifest["spec"].get("upstreams") or []:
            if "service" in upstream:
                key = (upstream["service"].get("namespace", manifest["metadata"]["namespace"]), upstream["service"]["name"])
                at = services.setdefault(key, {"ports": set(), "subsets": set()})
                at["ports"].add((upstream.get("protocol", "HTTP").lower(), upstream["port"]))
                at["subsets"] |= {upstream["subset"]} if "subset" in upstream else set()
            elif "cluster" in upstream:
                clusters.setdefault(upstream["cluster"], set()).add(upstream.get("protocol", "HTTP"))
    for (namespace, name), at in sorted(services.items()):
        yield from service(name, namespace, [(f"{p}-{n}", n) for p, n in sorted(at["ports"])], SERVICE_ADDRESS)
        if at["subsets"]:
            host = f"{name}.{namespace}.svc.cluster.local"
            yield istio("DestinationRule", name, namespace, {"host": host, "subsets": [{"name": s} for s in sorted(at["subsets"])]})
    for number, (name, protocols) in enumerate(sorted(clusters.items())):
        yield from existing_cluster(f"existing-{number}", name, root, bool(protocols & {"HTTP2", "GRPC"}))


def existing_cluster(object_name, name, root, http2):
    """outbound|PORT|SUBSET|HOST is a service's, which something else refers to; another name is somebody's own."""
    parts = name.split("|")
    if len(parts) != 4:
        yield from added_cluster(object_name, name, root, http2)
        return
    yield service_entry(object_name, root, parts[3], (int(parts[1]), "HTTP2" if http2 else "HTTP"))
    if parts[2]:
        yield istio("DestinationRule", object_name, root, {"host": parts[3], "subsets": [{"name": parts[2]}]})
    refers = {"envoyfilter.istio.io/referenced-services": parts[3]}
    yield istio("EnvoyFilter", object_name, root, {}, annotations=refers)
    yield istio("EnvoyFilter", f"{object_name}-waypoints", root, {"targetRefs": WAYPOINTS}, annotations=refers)


def neighbours(namespace):
    """Other teams' objects: of the hosts that most manifests call, and of hosts that none calls."""
    yield service_entry("theirs", "other-team", "auth.example.com", (443, "TLS"), (80, "HTTP"))
    yield service_entry("own", namespace, "unrelated.example.org", (443, "TLS"), (80, "HTTP"), (8443, "HTTPS"))
    yield service_entry("database", "other-team", "database.example.org", (5432, "TCP"), (443, "TCP"))
    yield from service("profiles", "other-team", [("http", 80), ("grpc", 9000)], "10.5.5.5")
    yield istio("DestinationRule", "everything-outside", ROOT, {
        "host": "*.example.com", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}})
