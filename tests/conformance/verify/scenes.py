"""Scenes: what a proxy has in the place of the cluster that a manifest expects, what verify must say of it, and what the filter
must experience when it calls.

In `cluster` and `upstream`, NAME is the expected name, and $words are places of ../traffic/part.py.
"""

import dataclasses

from shapes import HTTP_OPTIONS, TLS, endpoints

UNKNOWN_CLUSTER, NO_HOST = "2", "10"  # what the host answers to proxy_http_call
PLAIN = {"name": "auth", "host": "localhost", "port": "$plain", "tls": {"mode": "DISABLE"}}
ADDRESS = {**PLAIN, "host": "auth.example.com", "endpoints": [{"address": "127.0.0.1"}], "via": "envoyFilter"}
SECURE = {"name": "auth", "host": "auth.example.com", "port": "$tls", "endpoints": [{"address": "127.0.0.1"}],
          "tls": {"caCertificates": "$ca"}, "via": "envoyFilter"}
EXISTING = {"name": "auth", "cluster": "existing-SLUG", "authority": "localhost:$plain"}


@dataclasses.dataclass(frozen=True)
class Scene:
    name: str
    upstream: dict
    clusters: tuple  # in the proxy
    verdict: str
    refused: str = None     # the filter's call is refused with this code
    status: str = "200"     # else it is answered with this status
    sees: dict = dataclasses.field(default_factory=dict)  # what the server saw, of a call that reached one
    code: str = None        # a reason that must be given
    late: tuple = ()        # clusters that come after the proxy is ready
    eds: dict = None        # name of a cluster: what its endpoints are
    statistics: bool = True  # given to verify beside the dump

    @property
    def slug(self):
        return "".join(c if c.isalnum() else "-" for c in self.name.lower())


def dns(port="$plain", host="localhost", type="STRICT_DNS", name="NAME", **more):
    return {"name": name, "type": type, "connect_timeout": "5s", "dns_lookup_family": "V4_ONLY",
            "load_assignment": endpoints(name, (host, port)), **more}


def static(*addresses, name="NAME", **more):
    return {"name": name, "type": "STATIC", "connect_timeout": "5s", "load_assignment": endpoints(name, *addresses), **more}


def tls(sni="auth.example.com", ca="$ca", names=("auth.example.com",)):
    validation = {"match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": n}} for n in names]}
    if ca:
        validation["trusted_ca"] = {"filename": ca}
    else:
        validation = {}
    config = {"@type": TLS, "common_tls_context": {"validation_context": validation}}
    if sni:
        config["sni"] = sni
    return {"transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": config}}


def eds(**more):
    return {"name": "NAME", "type": "EDS", "connect_timeout": "5s", "eds_cluster_config": {
        "eds_config": {"resource_api_version": "V3", "path_config_source": {"path": "EDS-FILE"}}}, **more}


def unhealthy(port="$plain"):
    lb = {**endpoints("NAME", ("127.0.0.1", port))["endpoints"][0]["lb_endpoints"][0], "health_status": "UNHEALTHY"}
    return {"cluster_name": "NAME", "endpoints": [{"lb_endpoints": [lb]}]}


def forward_proxy(**more):
    return {"name": "NAME", "connect_timeout": "5s", "lb_policy": "CLUSTER_PROVIDED", "cluster_type": {
        "name": "envoy.clusters.dynamic_forward_proxy", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig", **more}}}


CACHE = {"dns_cache_config": {"name": "SLUG", "dns_lookup_family": "V4_ONLY"}}
HTTP2 = {"typed_extension_protocol_options": {HTTP_OPTIONS: {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    "explicit_http_config": {"http2_protocol_options": {}}}}}
NO_PANIC = {"common_lb_config": {"healthy_panic_threshold": {"value": 0}}}
HERE = ("127.0.0.1", "$plain")
ELSEWHERE = ("127.0.0.2", "$second")


def limits(**zero):
    return {"circuit_breakers": {"thresholds": [zero]}}


SCENES = [
    # what works
    Scene("good", PLAIN, (dns(),), "resolved", sees={"upstream": "plain"}),
    Scene("good by one address", {**PLAIN, "resolution": "DNS_ROUND_ROBIN"}, (dns(type="LOGICAL_DNS"),), "resolved"),
    Scene("good by fixed addresses", ADDRESS, (static(HERE),), "resolved"),
    Scene("good by EDS", {**ADDRESS, "via": "auto"}, (eds(),), "resolved", eds={"NAME": endpoints("NAME", HERE)}),
    Scene("good with TLS", SECURE, (static(("127.0.0.1", "$tls"), **tls()),), "resolved", sees={"upstream": "tls", "tls": True}),
    Scene("good with HTTP2", {**PLAIN, "protocol": "HTTP2"}, (dns(**HTTP2),), "resolved", sees={"http2": True}),
    Scene("good in the proxy already", EXISTING, (dns(),), "resolved"),
    Scene("no connections allowed, but one always is", PLAIN, (dns(**limits(max_connections=0)),), "resolved"),
    Scene("forward proxy", EXISTING, (forward_proxy(**CACHE),), "resolved", code="CO0534"),
    Scene("aggregate", EXISTING, ({"name": "NAME", "connect_timeout": "5s", "lb_policy": "CLUSTER_PROVIDED", "cluster_type": {
        "name": "envoy.clusters.aggregate", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig",
            "clusters": ["member-SLUG"]}}}, dns(name="member-SLUG")), "resolved", code="CO0535"),
    Scene("unhealthy, and tried nevertheless", {**ADDRESS, "via": "auto"}, (eds(),), "resolved", eds={"NAME": unhealthy()}, code="CO0532"),
    Scene("refused update of a good one", PLAIN, (dns(),), "resolved", late=(static(("no.address", 80)),)),
    Scene("good beside one of the same name", PLAIN, (dns(), dns(port="$second", host="127.0.0.2")), "resolved", sees={"upstream": "plain"}),
    # what is not there
    Scene("nothing", PLAIN, (), "missing", UNKNOWN_CLUSTER, statistics=False),
    Scene("other port", PLAIN, (dns(name="outbound|80||HOST"),), "missing", UNKNOWN_CLUSTER, code="CO0510", statistics=False),
    Scene("other letter case", PLAIN, (dns(name="outbound|47080||Auth.REST"),), "missing", UNKNOWN_CLUSTER, code="CO0511", statistics=False),
    Scene("one letter off", PLAIN, (dns(name="outbound|47080||auht.REST"),), "missing", UNKNOWN_CLUSTER, code="CO0511", statistics=False),
    Scene("final dot", PLAIN, (dns(name="outbound|47080||HOST."),), "missing", UNKNOWN_CLUSTER, code="CO0511", statistics=False),
    Scene("blank behind the name", EXISTING, (dns(name="NAME "),), "missing", UNKNOWN_CLUSTER, statistics=False),
    Scene("without its subset", {"name": "auth", "service": {"name": "SLUG"}, "port": 80, "subset": "v2"},
          (dns(name="outbound|80||SLUG.shop.svc.cluster.local"),), "missing", UNKNOWN_CLUSTER, code="CO0512", statistics=False),
    Scene("only inbound", {"name": "auth", "service": {"name": "SLUG"}, "port": 80},
          (dns(name="inbound-vip|80|http|SLUG.shop.svc.cluster.local"),), "missing", UNKNOWN_CLUSTER, statistics=False),
    Scene("refused, and not said", ADDRESS, (static(("no.address", 80)),), "missing", UNKNOWN_CLUSTER, statistics=False),
    Scene("refused", ADDRESS, (static(("no.address", 80)),), "rejected", UNKNOWN_CLUSTER, code="CO0521"),
    Scene("warming", {**ADDRESS, "via": "auto"}, (), "pending", UNKNOWN_CLUSTER, late=({
        "name": "NAME", "type": "EDS", "connect_timeout": "5s", "eds_cluster_config": {"eds_config": {
            "resource_api_version": "V3", "initial_fetch_timeout": "0s", "api_config_source": {
                "api_type": "GRPC", "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}}]}}}},)),
    # what cannot be called
    Scene("original destination", EXISTING, ({"name": "NAME", "type": "ORIGINAL_DST", "connect_timeout": "5s",
                                              "lb_policy": "CLUSTER_PROVIDED"},), "uncallable", NO_HOST, code="CO0530"),
    Scene("forward proxy with sub-clusters", EXISTING, (forward_proxy(sub_clusters_config={}),), "uncallable", NO_HOST, code="CO0534"),
    Scene("no endpoints", ADDRESS, (static(),), "uncallable", NO_HOST, code="CO0531"),
    Scene("no endpoints by EDS", {**ADDRESS, "via": "auto"}, (eds(),), "uncallable", NO_HOST, code="CO0531",
          eds={"NAME": {"cluster_name": "NAME"}}),
    Scene("unknown name", {**PLAIN, "host": "nowhere.invalid"}, (dns(host="nowhere.invalid"),), "uncallable", NO_HOST, code="CO0531"),
    Scene("unknown name, one address", {**PLAIN, "host": "nowhere.invalid", "resolution": "DNS_ROUND_ROBIN"},
          (dns(host="nowhere.invalid", type="LOGICAL_DNS"),), "uncallable", NO_HOST, code="CO0531"),
    Scene("no requests allowed", PLAIN, (dns(**limits(max_requests=0)),), "uncallable", status="503", code="CO0533"),
    Scene("no waiting requests allowed", PLAIN, (dns(**limits(max_pending_requests=0)),), "uncallable", NO_HOST, code="CO0533"),
    Scene("unhealthy", {**ADDRESS, "via": "auto"}, (eds(**NO_PANIC),), "uncallable", NO_HOST, eds={"NAME": unhealthy()}, code="CO0532"),
    # what is not protected
    Scene("plaintext in the place of TLS", SECURE, (static(HERE),), "insecure", sees={"tls": False}, code="CO0540"),
    Scene("any certificate", SECURE, (static(("127.0.0.1", "$tls"), **tls(ca=None)),), "insecure", sees={"tls": True}, code="CO0541"),
    Scene("any name", SECURE, (static(("127.0.0.1", "$tls"), **tls(names=())),), "insecure", sees={"tls": True}, code="CO0541"),
    # what is another one
    Scene("other name in the certificate", SECURE, (static(("127.0.0.1", "$tls"), **tls(names=("other.example.com",))),),
          "mismatched", status="503", code="CO0542"),
    Scene("other sni", SECURE, (static(("127.0.0.1", "$tls"), **tls(sni="other.example.com")),), "mismatched", status="503", code="CO0542"),
    Scene("other trust", SECURE, (static(("127.0.0.1", "$tls"), **tls(ca="$certificate")),), "mismatched", status="503", code="CO0542"),
    Scene("TLS in the place of plaintext", ADDRESS, (static(HERE, **tls()),), "mismatched", status="503", code="CO0542"),
    Scene("other address", ADDRESS, (static(ELSEWHERE),), "mismatched", sees={"upstream": "second"}, code="CO0543"),
    Scene("one address more", {**ADDRESS}, (static(HERE, ("127.0.0.1", "$closed")),), "mismatched", status=None, code="CO0543"),
    Scene("other host", PLAIN, (dns(host="127.0.0.1"),), "mismatched", sees={"upstream": "plain"}, code="CO0543"),
    Scene("HTTP2 in the place of HTTP", PLAIN, (dns(**HTTP2),), "mismatched", sees={"http2": True}, code="CO0544"),
    Scene("HTTP in the place of HTTP2", {**PLAIN, "protocol": "HTTP2"}, (dns(),), "mismatched", sees={"http2": False}, code="CO0544"),
]
