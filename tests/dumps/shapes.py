"""Pieces of dumps, in the shape that Envoy 1.40 and Istio 1.32 print them."""

import gzip
import json
import re

TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
WASM = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
RBAC = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC"
CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
HOST = "auth.auth-check.shop.callout.internal"
NAME = f"outbound|47080||{HOST}"
RULE = "/apis/networking.istio.io/v1/namespaces/shop/destination-rule/auth-check.auth"


def address(host, port):
    return {"address": {"socket_address": {"address": host, "port_value": port}}}


def endpoints(name, *addresses):
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": address(*a)} for a in addresses]}]}


def tls(host="auth.example.com", ca="file-root:system", names=None, sni=True, **more):
    validation = {"default_validation_context": {"match_subject_alt_names": [{"exact": n} for n in names or [host]]}}
    if names == []:
        validation = {"default_validation_context": {}}
    if ca:
        validation["validation_context_sds_secret_config"] = {"name": ca, "sds_config": {"resource_api_version": "V3"}}
    config = {"@type": TLS, "common_tls_context": {"combined_validation_context": validation, **more}}
    if sni:
        config["sni"] = host
    return {"name": "envoy.transport_sockets.tls", "typed_config": config}


def cluster(name=NAME, type="STRICT_DNS", dials=(("auth.example.com", 443),), socket=True, owner="shop", rule=RULE, **more):
    """A service's cluster as istiod builds it for the upstream `auth` of the manifest."""
    c = {"@type": CLUSTER, "name": name, "type": type, "connect_timeout": "10s", "lb_policy": "LEAST_REQUEST",
         "circuit_breakers": {"thresholds": [{"max_connections": 4294967295, "max_pending_requests": 4294967295,
                                              "max_requests": 4294967295, "max_retries": 4294967295}]}}
    if socket:
        c["transport_socket"] = tls() if socket is True else socket
    host = name.rpartition("|")[2]
    istio = {"services": [{"host": host, "name": host, "namespace": owner}]}
    if rule:
        istio["config"] = rule
    c["metadata"] = {"filter_metadata": {"istio": istio}}
    if dials is not None:
        c["load_assignment"] = endpoints(name, *dials)
    c.update(more)
    return {k: v for k, v in c.items() if v is not None}


def builtin(name="BlackHoleCluster"):
    return {"@type": CLUSTER, "name": name, "type": "STATIC", "connect_timeout": "10s"}


def node(kind="sidecar", pod="web-7d9c", namespace="shop", labels=None, version="1.31.0"):
    return {"id": f"{kind}~10.0.0.1~{pod}.{namespace}~{namespace}.svc.cluster.local", "cluster": f"web.{namespace}",
            "metadata": {"ISTIO_VERSION": version, "NAMESPACE": namespace,
                         "LABELS": {"app": "web"} if labels is None else labels}}


def section(kind, **members):
    return {"@type": f"type.googleapis.com/envoy.admin.v3.{kind}ConfigDump", **members}


def entries(clusters):
    return [{"cluster": c, "last_updated": "2026-11-24T10:00:00.000Z"} for c in clusters]


def clusters_section(*active, static=None, warming=(), raw_active=()):
    members = {"version_info": "2026-11-24T10:00:00Z/7"}
    members["static_clusters"] = entries([builtin("xds-grpc"), builtin("agent")] if static is None else static)
    members["dynamic_active_clusters"] = [*entries([*active, builtin()]), *raw_active]
    if warming:
        members["dynamic_warming_clusters"] = entries(warming)
    return section("Clusters", **members)


def bootstrap(**kw):
    return section("Bootstrap", bootstrap={"node": node(**kw), "admin": {}}, last_updated="2026-11-24T09:00:00.000Z")


def dump(*active, extra=(), who=None, **kw):
    """A whole /config_dump of a sidecar."""
    return {"configs": [bootstrap(**(who or {})), clusters_section(*active, **kw), *extra]}


def endpoints_section(*lists, **health):
    named = [("xds-grpc", ("127.0.0.1", 15012)), *lists]
    return section("Endpoints", dynamic_endpoint_configs=[
        {"endpoint_config": {k: v for k, v in endpoints(name, *addresses).items() if k == "cluster_name" or addresses}}
        for name, *addresses in named])


def plugin(name="extensions.istio.io/wasmplugin/shop.auth-check", config=None, root_id=None, type=WASM, **more):
    typed = {"@type": type, **more}
    if type == WASM:
        typed["config"] = {"name": "shop.auth-check", "root_id": root_id, "configuration": {
            "@type": "type.googleapis.com/google.protobuf.StringValue", "value": json.dumps(config or {"authCluster": NAME})}}
        if root_id is None:
            del typed["config"]["root_id"]
    return section("Ecds", ecds_filters=[{"ecds_filter": {
        "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", "name": name, "typed_config": typed}}])


def listener(*filters):
    manager = {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
               "stat_prefix": "inbound", "http_filters": [*filters, {"name": "envoy.filters.http.router"}]}
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return section("Listeners", dynamic_listeners=[
        {"name": "virtualInbound", "active_state": {"listener": {"name": "virtualInbound", "filter_chains": [chain]}}}])


def text(value):
    """As Envoy's admin interface prints it."""
    return json.dumps(value, indent=1) + "\n"


def camel(value):
    """As protojson spells it: the keys of messages, never those of maps."""
    if isinstance(value, list):
        return [camel(v) for v in value]
    if not isinstance(value, dict):
        return value
    return {k if k == HTTP_OPTIONS else re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), k):
            v if k in ("LABELS", "filter_metadata") else camel(v) for k, v in value.items()}


def array(*clusters):
    """As `istioctl proxy-config cluster -o json` prints them."""
    return json.dumps([camel({k: v for k, v in c.items() if k != "@type"}) for c in [*clusters, builtin(), builtin("xds-grpc")]], indent=4) + "\n"


def packed(data):
    return gzip.compress(data if isinstance(data, bytes) else data.encode(), mtime=0)
