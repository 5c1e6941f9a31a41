"""Scenes: what a proxy has in the place of the cluster that a manifest expects, what verify must say of it, and what the filter
must experience when it calls.

In `cluster` and `upstream`, NAME is the expected name, and $words are places of ../traffic/part.py.
"""

import dataclasses

from shapes import HTTP_OPTIONS, TLS, endpoints

POLICIES = "type.googleapis.com/envoy.extensions.load_balancing_policies"
SOCKETS = "type.googleapis.com/envoy.extensions.transport_sockets"
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
    after: bool = False     # only what came of the calls tells: /clusters, or statistics
    fails: bool = False     # resolved on a condition that the call does not meet
    views: dict = dataclasses.field(default_factory=dict)  # questions to Envoy together: the verdict by their answers, and its reason

    @property
    def slug(self):
        return "".join(c if c.isalnum() else "-" for c in self.name.lower())


def dns(port="$plain", host="localhost", type="STRICT_DNS", name="NAME", **more):
    return {"name": name, "type": type, "connect_timeout": "5s", "dns_lookup_family": "V4_ONLY",
            "load_assignment": endpoints(name, (host, port)), **more}


def static(*addresses, name="NAME", **more):
    return {"name": name, "type": "STATIC", "connect_timeout": "5s", "load_assignment": endpoints(name, *addresses), **more}


def san(type="DNS", **matcher):
    return {"san_type": type, "matcher": matcher}


def context(sni="auth.example.com", ca="$ca", names=("auth.example.com",), sans=None, **more):
    """An UpstreamTlsContext; sans: matchers in the place of exact names."""
    sans = [san(exact=n) for n in names] if sans is None else sans
    validation = {"match_typed_subject_alt_names": sans, "trusted_ca": {"filename": ca}} if ca else {}
    return {**({"sni": sni} if sni else {}), "common_tls_context": {"validation_context": {**validation, **more}}}


def socket(config, type=TLS, name="envoy.transport_sockets.tls"):
    return {"name": name, "typed_config": {"@type": type, **config}}


def tls(**how):
    return {"transport_socket": socket(context(**how))}


def matches(*chosen, **more):
    """transport_socket_matches: (labels that an endpoint must have, socket)."""
    return {"transport_socket_matches": [{"name": f"match-{i}", "match": labels, "transport_socket": s}
                                         for i, (labels, s) in enumerate(chosen)], **more}


def wrapped(kind, inside, **more):
    """A socket around another one."""
    return {"transport_socket": socket({"transport_socket": inside, **more}, f"{SOCKETS}.{kind}", "around")}


def versions(**params):
    return {"transport_socket": socket({**context(), "common_tls_context": {**context()["common_tls_context"], "tls_params": params}})}


def offering(*alpn, **more):
    return {"transport_socket": socket({**context(),
                                        "common_tls_context": {
                                            **context()["common_tls_context"], "alpn_protocols": list(alpn)}}), **more}


def eds_as(service, **more):
    """EDS that is asked for by another name than the cluster's."""
    return {**eds(**more), "eds_cluster_config": {**eds()["eds_cluster_config"], "service_name": service}}


def dropping(*drop):
    return {**endpoints("NAME", HERE),
            "policy": {"drop_overloads": [{"category": "x",
                                           "drop_percentage": dict(zip(("numerator", "denominator"), drop))}]}}


def labelled(labels, *endpoints):
    """A locality whose endpoints get the socket that these labels choose."""
    return {**locality(*endpoints), "metadata": {"filter_metadata": {"envoy.transport_socket_match": labels}}}


def of_config(config, name="mine", **more):
    """A cluster whose type only that of its configuration tells."""
    return {"name": "NAME", "connect_timeout": "5s", "cluster_type": {"name": name, "typed_config": config}, **more}


def http(**options):
    return {"typed_extension_protocol_options": {HTTP_OPTIONS: {"@type": f"type.googleapis.com/{HTTP_OPTIONS}", **options}}}


def filtering(*filters):
    """HTTP filters of a cluster's own."""
    codec = {"@type": "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"}
    return http(http_filters=[*filters, {"name": "codec", "typed_config": codec}], **CALLED)


def lua(code, **more):
    return {"name": "mine", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                                             "default_source_code": {"inline_string": f"function envoy_on_request(handle) {code} end"}},
            **more}


def assigned(*localities, **more):
    """A STATIC cluster whose endpoints are written in full."""
    return {**static(**more), "load_assignment": {"cluster_name": "NAME", "endpoints": list(localities)}}


def locality(*endpoints, **more):
    return {"lb_endpoints": list(endpoints), **more}


def endpoint(port="$plain", host="127.0.0.1", labels=None, health=None):
    shown = {"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}}
    if labels:
        shown["metadata"] = {"filter_metadata": {"envoy.transport_socket_match": labels}}
    return {**shown, "health_status": health} if health else shown


def eds(**more):
    return {"name": "NAME", "type": "EDS", "connect_timeout": "5s", "eds_cluster_config": {
        "eds_config": {"resource_api_version": "V3", "path_config_source": {"path": "EDS-FILE"}}}, **more}


def of_health(*states):
    """What EDS says of the hosts 127.0.0.1, 127.0.0.2, …"""
    hosts = [endpoint(host=f"127.0.0.{i}", health=state) for i, state in enumerate(states, 1)]
    return {"NAME": {"cluster_name": "NAME", "endpoints": [locality(*hosts)]}}


def forward_proxy(**more):
    return {"name": "NAME", "connect_timeout": "5s", "lb_policy": "CLUSTER_PROVIDED", "cluster_type": {
        "name": "envoy.clusters.dynamic_forward_proxy", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig", **more}}}


CACHE = {"dns_cache_config": {"name": "SLUG", "dns_lookup_family": "V4_ONLY"}}
RESOLVING = {"@type": "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster", "dns_lookup_family": "V4_ONLY"}
FORWARDING = "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig"
CALLED = {"explicit_http_config": {"http_protocol_options": {}}}
OTHER_AUTHORITY = {"name": "auth", "host": "auth.example.com", "port": "$tls", "endpoints": [{"address": "127.0.0.1"}],
                   "via": "envoyFilter", "authority": "other.example.com",
                   "tls": {"caCertificates": "$ca", "sni": "auth.example.com"}}
HTTP2 = http(explicit_http_config={"http2_protocol_options": {}})
QUIC = {"transport_socket": socket({"upstream_tls_context": context()}, f"{SOCKETS}.quic.v3.QuicUpstreamTransport",
                                   "envoy.transport_sockets.quic"),
        **http(explicit_http_config={"http3_protocol_options": {}})}
RAW = socket({}, f"{SOCKETS}.raw_buffer.v3.RawBuffer", "envoy.transport_sockets.raw_buffer")
ALL_OR_NOTHING = {"common_lb_config": {"zone_aware_lb_config": {"fail_traffic_on_panic": True}}}
THREE = {**ADDRESS, "via": "auto", "endpoints": [{"address": f"127.0.0.{i}"} for i in (1, 2, 3)]}
SOME = [{"address": f"127.0.0.{i}"} for i in range(1, 12)]
ROUND_ROBIN = {"@type": f"{POLICIES}.round_robin.v3.RoundRobin"}
WEIGHTED = {"common_lb_config": {"locality_weighted_lb_config": {}}}
SELECTORS = {"subset_selectors": [{"keys": ["version"]}]}
BY_SUBSET = {"@type": f"{POLICIES}.subset.v3.Subset", **SELECTORS, "subset_lb_policy": {"policies": [{"typed_extension_config": {
    "name": "round_robin", "typed_config": ROUND_ROBIN}}]}}
PASSES, ANSWERS = 'handle:headers():add("x-passed", "1")', 'handle:respond({[":status"] = "200"}, "no")'
NO_PANIC = {"common_lb_config": {"healthy_panic_threshold": {"value": 0}}}
HERE = ("127.0.0.1", "$plain")
THERE = ("127.0.0.1", "$tls")
BARE, WHOLE, HOSTS = "/config_dump", "/config_dump?include_eds", "/clusters?format=json"
ELSEWHERE = ("127.0.0.2", "$second")


def missing_secret(name):
    """A secret of SDS that nobody sends."""
    return {"name": name, "sds_config": {"resource_api_version": "V3", "initial_fetch_timeout": "0.5s", "api_config_source": {
        "api_type": "GRPC", "transport_api_version": "V3", "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}}]}}}


def secret(name):
    """Authorities that nobody sends."""
    return {"transport_socket": socket({"sni": "auth.example.com", "common_tls_context": {"combined_validation_context": {
        "default_validation_context": {"match_typed_subject_alt_names": [san(exact="auth.example.com")]},
        "validation_context_sds_secret_config": missing_secret(name)}}})}


MUTUAL = socket({"common_tls_context": {
    "tls_certificate_sds_secret_configs": [missing_secret("default")],
    "combined_validation_context": {"default_validation_context": {}, "validation_context_sds_secret_config": missing_secret("ROOTCA")}}})
MESH = {"transport_socket_matches": [{"name": "tlsMode-istio", "match": {"tlsMode": "istio"}, "transport_socket": MUTUAL},
                                     {"name": "tlsMode-disabled", "match": {}, "transport_socket": RAW}]}
IN_THE_MESH = {"NAME": {"cluster_name": "NAME", "endpoints": [locality(endpoint(labels={"tlsMode": "istio"}))]}}


def aggregate(*members):
    return of_config({"@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig", "clusters": list(members)},
                     "envoy.clusters.aggregate", lb_policy="CLUSTER_PROVIDED")


def by_header(header, **more):
    """Of the type ORIGINAL_DST, with the address in a header of the call."""
    return {"name": "NAME", "type": "ORIGINAL_DST", "connect_timeout": "5s", "lb_policy": "CLUSTER_PROVIDED",
            "original_dst_lb_config": {"use_http_header": True, "http_header_name": header, **more}}


def policies(*configs):
    return {"load_balancing_policy": {"policies": [{"typed_extension_config": {"name": f"policy-{i}", "typed_config": c}}
                                                   for i, c in enumerate(configs)]}}


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
    Scene("aggregate", EXISTING, (aggregate("a-SLUG"), dns(name="a-SLUG")), "resolved"),
    Scene("aggregate of nothing, and of hosts", EXISTING,
          (aggregate("a-SLUG", "b-SLUG"), static(name="a-SLUG"), dns(name="b-SLUG")), "resolved"),
    Scene("aggregate of what is not there, and of hosts", EXISTING, (aggregate("a-SLUG", "b-SLUG"), dns(name="b-SLUG")), "resolved"),
    Scene("aggregate of hosts, and of nothing", EXISTING,
          (aggregate("a-SLUG", "b-SLUG"), dns(name="a-SLUG"), static(name="b-SLUG")), "resolved"),
    Scene("aggregate with limits of its own", EXISTING,
          ({**aggregate("a-SLUG"), **limits(max_requests=0)}, dns(name="a-SLUG")), "resolved"),
    Scene("aggregate of unhealthy ones that are tried nevertheless", EXISTING, (aggregate("a-SLUG"), {
        **assigned(locality(endpoint(health="UNHEALTHY"))), "name": "a-SLUG"}), "resolved", code="CO0535"),
    Scene("unhealthy, and tried nevertheless", {**ADDRESS, "via": "auto"}, (eds(),), "resolved", eds=of_health("UNHEALTHY"), code="CO0532"),
    Scene("refused update of a good one", PLAIN, (dns(),), "resolved", late=(static(("no.address", 80)),)),
    Scene("good beside one of the same name", PLAIN, (dns(), dns(port="$second", host="127.0.0.2")), "resolved",
          sees={"upstream": "plain"}),
    Scene("hosts that are degraded", {**ADDRESS, "via": "auto"}, (eds(**NO_PANIC),), "resolved", eds=of_health("DEGRADED")),
    Scene("hosts that drain, and are tried nevertheless", {**ADDRESS, "via": "auto"}, (eds(),), "resolved", eds=of_health("DRAINING"),
          code="CO0532"),
    Scene("hosts of the second priority", {**ADDRESS, "endpoints": [{"address": "127.0.0.1"}, {"address": "127.0.0.2"}]},
          (assigned(locality(endpoint(host="127.0.0.2", health="UNHEALTHY")), locality(endpoint(), priority=1), **NO_PANIC),), "resolved"),
    Scene("subsets, and any host for other calls", ADDRESS,
          (static(HERE, lb_subset_config={"fallback_policy": "ANY_ENDPOINT", **SELECTORS}),), "resolved"),
    Scene("filters of its own that let the call pass", ADDRESS, (static(HERE, **filtering(lua(PASSES), lua(PASSES))),), "resolved",
          sees={"upstream": "plain"}, code="CO0539"),
    Scene("a filter of its own that answers", ADDRESS, (static(HERE, **filtering(lua(ANSWERS))),), "resolved", NO_HOST,
          code="CO0539", fails=True),
    Scene("a filter of its own that is disabled", ADDRESS, (static(HERE, **filtering(lua(ANSWERS, disabled=True))),), "resolved"),
    Scene("a filter of an aggregate that answers", EXISTING, ({**aggregate("a-SLUG"), **filtering(lua(ANSWERS))}, dns(name="a-SLUG")),
          "resolved", NO_HOST, code="CO0539", fails=True),
    Scene("a filter of what an aggregate leads to", EXISTING, (aggregate("a-SLUG"), dns(name="a-SLUG", **filtering(lua(ANSWERS)))),
          "resolved", sees={"upstream": "plain"}),
    Scene("limits for another priority", PLAIN, (dns(**limits(priority="HIGH", max_requests=0)),), "resolved"),
    Scene("two limits for one priority", PLAIN,
          (dns(circuit_breakers={"thresholds": [{"max_requests": 9}, {"max_requests": 0}]}),), "resolved"),
    Scene("a name of odd characters", {**EXISTING, "cluster": "a<b>&'c'|;"}, (dns(),), "resolved"),
    Scene("names as the call says", SECURE, (static(THERE, **tls(sni=None, sans=[]), **http(
        upstream_http_protocol_options={"auto_sni": True, "auto_san_validation": True},
        explicit_http_config={"http_protocol_options": {}})),), "resolved", sees={"sni": "auth.example.com"}),
    Scene("names as the call says, by older members", SECURE, (static(
        THERE, **tls(sni=None, sans=[]), upstream_http_protocol_options={"auto_sni": True, "auto_san_validation": True}),), "resolved",
        sees={"sni": "auth.example.com"}),
    Scene("older members, which count for nothing beside newer ones", SECURE,
          (static(THERE, **tls(), protocol_selection="USE_DOWNSTREAM_PROTOCOL",
                  upstream_http_protocol_options={"auto_sni": True}, **http(**CALLED)),), "resolved",
          sees={"sni": "auth.example.com"}),
    Scene("a name in other letter case", SECURE,
          (static(THERE, **tls(sans=[san(exact="AUTH.example.com", ignore_case=True)])),), "resolved"),
    Scene("a name, and an URI", SECURE, (static(THERE, **tls(sans=[san(exact="auth.example.com"), san("URI", exact="spiffe://x")])),),
          "resolved"),
    Scene("a socket of another name", SECURE, (static(THERE, transport_socket=socket(context(), name="mine")),), "resolved"),
    Scene("a socket as TypedStruct", SECURE, (static(THERE, transport_socket=socket(
        {"type_url": TLS, "value": context()}, "type.googleapis.com/xds.type.v3.TypedStruct")),), "resolved", sees={"tls": True}),
    Scene("a socket in a tap", SECURE, (static(THERE, **wrapped("tap.v3.Tap", socket(context()), common_config={
        "admin_config": {"config_id": "SLUG"}})),), "resolved", sees={"tls": True}),
    Scene("a socket that the labels do not choose", SECURE, (static(THERE, **matches(({"raw": "yes"}, RAW), **tls())),), "resolved"),
    Scene("a socket that the labels choose", SECURE, (assigned(locality(endpoint("$tls", labels={"tls": "yes"})),
                                                               **matches(({"tls": "yes"}, socket(context())))),), "resolved"),
    Scene("the first of two sockets for all", SECURE, (static(THERE, **matches(({}, socket(context())), ({}, RAW))),), "resolved"),
    Scene("HTTP as ALPN says", SECURE, (static(THERE, **tls(), **http(auto_config={"http2_protocol_options": {}})),), "resolved"),
    Scene("HTTP as downstream", ADDRESS, (static(HERE, **http(use_downstream_protocol_config={"http2_protocol_options": {}})),), "resolved",
          sees={"http2": False}),
    Scene("half of the calls are dropped, and this one need not be", {**ADDRESS, "via": "auto"}, (eds(),), "resolved", status=None,
          eds={"NAME": dropping(1, "MILLION")}, code="CO0537"),
    Scene("DNS by an extension of any name", PLAIN,
          (of_config(RESOLVING, load_assignment=endpoints("NAME", ("localhost", "$plain"))),), "resolved"),
    Scene("DNS by an extension, one address", {**PLAIN, "resolution": "DNS_ROUND_ROBIN"},
          (of_config({**RESOLVING, "all_addresses_in_single_endpoint": True}, "envoy.cluster.dns",
                     load_assignment=endpoints("NAME", ("localhost", "$plain"))),), "resolved"),
    Scene("forward proxy of any name", EXISTING,
          ({**of_config({"@type": FORWARDING, **CACHE}), "lb_policy": "CLUSTER_PROVIDED"},), "resolved", code="CO0534"),
    Scene("a socket that labels of EDS choose", {**SECURE, "via": "auto"},
          (eds(**matches(({"tls": "yes"}, socket(context())))),), "resolved", sees={"tls": True},
          eds={"NAME": {"cluster_name": "NAME", "endpoints": [locality(endpoint("$tls", labels={"tls": "yes"}))]}}),
    Scene("a socket that labels of a locality choose", SECURE, (assigned(labelled({"tls": "yes"}, endpoint("$tls")),
                                                                         **matches(({"tls": "yes"}, socket(context())))),), "resolved",
          sees={"tls": True}),
    Scene("the names that the call says, and these are right", {**SECURE, "authority": "auth.example.com"}, (static(THERE, **tls(), **http(
        upstream_http_protocol_options={"auto_sni": True, "auto_san_validation": True}, **CALLED)),), "resolved"),
    Scene("some ciphers", SECURE,
          (static(THERE, **versions(tls_maximum_protocol_version="TLSv1_2", cipher_suites=["ECDHE-ECDSA-AES128-SHA"])),),
          "resolved"),
    Scene("HTTP2 without ALPN", {**SECURE, "protocol": "HTTP2"}, (static(THERE, **tls(), **HTTP2),), "resolved", sees={"http2": True}),
    Scene("no connections to each host, but one always is", PLAIN,
          (dns(circuit_breakers={"per_host_thresholds": [{"max_connections": 0}]}),), "resolved"),
    Scene("no type", ADDRESS, ({k: v for k, v in static(HERE).items() if k != "type"},), "resolved"),
    Scene("all or nothing, and the second priority takes all", {**ADDRESS, "endpoints": SOME},
          (assigned(locality(*(endpoint(host=f"127.0.0.{i}", health="UNHEALTHY") for i in range(2, 12))), locality(endpoint(), priority=1),
                    **ALL_OR_NOTHING),), "resolved"),
    Scene("all or nothing, and the first priority takes all", {**ADDRESS, "endpoints": SOME},
          (assigned(locality(endpoint()), locality(*(endpoint(host=f"127.0.0.{i}", health="UNHEALTHY") for i in range(2, 12)), priority=1),
                    **ALL_OR_NOTHING),), "resolved"),
    Scene("the first of two policies counts", ADDRESS, (static(HERE, **policies(ROUND_ROBIN, BY_SUBSET)),), "resolved"),
    Scene("subsets by a policy, and any host for other calls", ADDRESS, (static(HERE, **policies(
        {**BY_SUBSET, "fallback_policy": "ANY_ENDPOINT"})),), "resolved"),
    Scene("a secret of the mesh that no endpoint needs", {"name": "auth", "service": {"name": "SLUG"}, "port": 80},
          (eds(**MESH),), "resolved", eds={"NAME": endpoints("NAME", HERE)}),
    Scene("hashes of localities with a weight", ADDRESS, (assigned(
        locality(endpoint(), locality={"zone": "a"}, load_balancing_weight=1), lb_policy="RING_HASH", **WEIGHTED),), "resolved"),
    Scene("hashes of localities, some with a weight", {**ADDRESS, "endpoints": SOME[:2]}, (assigned(
        locality(endpoint(), locality={}, load_balancing_weight=1), locality(endpoint(host="127.0.0.2"), locality={"zone": "b"}),
        lb_policy="RING_HASH", **WEIGHTED),), "resolved"),
    Scene("hashes of hosts", ADDRESS, (static(HERE, lb_policy="RING_HASH", ring_hash_lb_config={"minimum_ring_size": 1}),), "resolved"),
    Scene("hosts of localities without a weight", ADDRESS, (assigned(locality(endpoint()), **WEIGHTED),), "resolved"),
    Scene("HTTP2 as TypedStruct", {**ADDRESS, "protocol": "HTTP2"}, (static(HERE, typed_extension_protocol_options={HTTP_OPTIONS: {
        "@type": "type.googleapis.com/xds.type.v3.TypedStruct", "type_url": f"type.googleapis.com/{HTTP_OPTIONS}",
        "value": {"explicit_http_config": {"http2_protocol_options": {}}}}}),), "resolved", sees={"http2": True}),
    Scene("aggregate of one whose calls are dropped", EXISTING, (aggregate("a-SLUG"), {
        **static(name="a-SLUG"), "load_assignment": {**dropping(100, "HUNDRED"), "cluster_name": "a-SLUG"}}), "resolved"),
    # what only some answers tell
    Scene("a service that has the name of another cluster", {**ADDRESS, "via": "auto"}, (eds_as("a-SLUG"), static(ELSEWHERE, name="a-SLUG")),
          "unknown", eds={"NAME": endpoints("a-SLUG", HERE)}, sees={"upstream": "plain"},
          views={(WHOLE, HOSTS): ("resolved", None), (BARE, HOSTS): ("resolved", None), (HOSTS, WHOLE): ("resolved", None)}),
    Scene("a service that has the name of the right cluster", {**ADDRESS, "via": "auto"}, (eds_as("a-SLUG"), static(HERE, name="a-SLUG")),
          "unknown", eds={"NAME": endpoints("a-SLUG", ELSEWHERE)}, sees={"upstream": "second"},
          views={(WHOLE, HOSTS): ("mismatched", "CO0543"), (BARE, HOSTS): ("mismatched", "CO0543")}),
    Scene("a service that has the name of a larger cluster", {**ADDRESS, "via": "auto"},
          (eds_as("a-SLUG"), static(ELSEWHERE, THERE, name="a-SLUG")), "unknown", eds={"NAME": endpoints("a-SLUG", HERE)},
          views={(WHOLE, HOSTS): ("resolved", None), (HOSTS, BARE): ("resolved", None)}),
    Scene("fixed addresses whose name is that of a service", ADDRESS, (static(HERE), {**eds_as("NAME"), "name": "a-SLUG"}), "resolved",
          eds={"NAME": {"cluster_name": "NAME"}}, views={(WHOLE, HOSTS): ("resolved", None)}),
    Scene("one healthy host of five, which counts for all", {**ADDRESS, "via": "auto", "endpoints": SOME[:5]}, (eds(**ALL_OR_NOTHING),),
          "resolved", eds={"NAME": {**of_health("HEALTHY", *["UNHEALTHY"] * 4)["NAME"], "policy": {"overprovisioning_factor": 600}}},
          views={(BARE, HOSTS): ("resolved", "CO0532"), (WHOLE, HOSTS): ("resolved", None)}),
    Scene("hashes of localities of EDS with a weight", {**ADDRESS, "via": "auto"}, (eds(lb_policy="RING_HASH", **WEIGHTED),), "resolved",
          eds={"NAME": {"cluster_name": "NAME", "endpoints": [locality(endpoint(), locality={"zone": "a"}, load_balancing_weight=1)]}},
          views={(BARE, HOSTS): ("resolved", "CO0531"), (WHOLE, HOSTS): ("resolved", None)}),
    Scene("hashes of localities of EDS without a weight", {**ADDRESS, "via": "auto"}, (eds(lb_policy="RING_HASH", **WEIGHTED),),
          "uncallable", NO_HOST, eds={"NAME": endpoints("NAME", HERE)}, code="CO0531",
          views={(BARE, HOSTS): ("resolved", "CO0531"), (WHOLE, HOSTS): ("uncallable", "CO0531")}),
    # what is not there
    Scene("nothing", PLAIN, (), "missing", UNKNOWN_CLUSTER, statistics=False),
    Scene("other port", PLAIN, (dns(name="outbound|80||HOST"),), "missing", UNKNOWN_CLUSTER, code="CO0510", statistics=False),
    Scene("other letter case", PLAIN, (dns(name="outbound|47080||Auth.REST"),), "missing", UNKNOWN_CLUSTER,
          code="CO0511", statistics=False),
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
    Scene("original destination, which the call's authority is", {**EXISTING, "authority": "127.0.0.1:$plain"}, (by_header(":authority"),),
          "resolved", code="CO0530"),
    Scene("original destination in the host", {**EXISTING, "authority": "127.0.0.1:$plain"}, (by_header("Host"),), "resolved", code="CO0530"),
    Scene("original destination with another port", {**EXISTING, "authority": "127.0.0.1:1"},
          (by_header(":authority", upstream_port_override="$plain"),), "resolved", code="CO0530"),
    Scene("original destination, and metadata as well", {**EXISTING, "authority": "127.0.0.1:$plain"},
          (by_header(":authority", metadata_key={"key": "envoy.lb", "path": [{"key": "x"}]}),), "resolved", code="CO0530"),
    # what cannot be called
    Scene("original destination by the authority, a name", EXISTING, (by_header(":authority"),), "uncallable", NO_HOST, code="CO0530"),
    Scene("original destination by the host, a name", {**EXISTING, "authority": "auth.example.com"}, (by_header("host"),),
          "uncallable", NO_HOST, code="CO0530"),
    Scene("original destination by the authority, without a port", {**EXISTING, "authority": "127.0.0.1"}, (by_header(":authority"),),
          "uncallable", NO_HOST, code="CO0530"),
    Scene("original destination by the authority, with another port", {**EXISTING, "authority": "auth.example.com"},
          (by_header(":authority", upstream_port_override="$plain"),), "uncallable", NO_HOST, code="CO0530"),
    Scene("original destination by the path", EXISTING, (by_header(":path"),), "uncallable", NO_HOST, code="CO0530"),
    Scene("original destination by metadata", {**EXISTING, "authority": "127.0.0.1:$plain"}, ({
        "name": "NAME", "type": "ORIGINAL_DST", "connect_timeout": "5s", "lb_policy": "CLUSTER_PROVIDED",
        "original_dst_lb_config": {"metadata_key": {"key": "envoy.lb", "path": [{"key": "x"}]}}},), "uncallable", NO_HOST, code="CO0530"),
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
    Scene("unhealthy", {**ADDRESS, "via": "auto"}, (eds(**NO_PANIC),), "uncallable", NO_HOST, eds=of_health("UNHEALTHY"), code="CO0532"),
    Scene("unhealthy, as it is written", ADDRESS, (assigned(locality(endpoint(health="UNHEALTHY")), **NO_PANIC),), "uncallable", NO_HOST,
          code="CO0532"),
    Scene("draining", {**ADDRESS, "via": "auto"}, (eds(**NO_PANIC),), "uncallable", NO_HOST, eds=of_health("DRAINING"), code="CO0532"),
    Scene("all or nothing, and nothing", {**ADDRESS, "via": "auto"}, (eds(**ALL_OR_NOTHING),), "uncallable", NO_HOST,
          eds=of_health("UNHEALTHY"), code="CO0532"),
    Scene("all or nothing, and one of three", {**THREE, "via": "envoyFilter"},
          (assigned(locality(endpoint(), endpoint(host="127.0.0.2", health="UNHEALTHY"),
                             endpoint(host="127.0.0.3", health="TIMEOUT")), **ALL_OR_NOTHING),), "uncallable", NO_HOST,
          code="CO0532"),
    Scene("all or nothing, by a policy", {**ADDRESS, "via": "auto"},
          (eds(load_balancing_policy={"policies": [{"typed_extension_config": {
              "name": "envoy.load_balancing_policies.round_robin",
              "typed_config": {**ROUND_ROBIN, "locality_lb_config": ALL_OR_NOTHING["common_lb_config"]}}}]}),),
          "uncallable", NO_HOST, eds=of_health("UNHEALTHY"), code="CO0532"),
    Scene("refused by a health check", {**ADDRESS, "port": "$closed"},
          (static(("127.0.0.1", "$closed"), **NO_PANIC,
                  health_checks=[{"timeout": "1s", "interval": "1s", "unhealthy_threshold": 1, "healthy_threshold": 1,
                                  "tcp_health_check": {}}]),), "uncallable", NO_HOST, code="CO0532"),
    Scene("subsets, and nothing for other calls", ADDRESS, (static(HERE, lb_subset_config=SELECTORS),), "uncallable",
          NO_HOST, code="CO0531"),
    Scene("subsets by a policy", ADDRESS, (static(HERE, **policies(BY_SUBSET)),), "uncallable", NO_HOST, code="CO0531"),
    Scene("hashes of localities without a weight", ADDRESS,
          (assigned(locality(endpoint()), lb_policy="RING_HASH", **WEIGHTED),), "uncallable", NO_HOST, code="CO0531"),
    Scene("hashes of a locality with a weight and no name", ADDRESS,
          (assigned(locality(endpoint(), load_balancing_weight=1), lb_policy="MAGLEV", **WEIGHTED),), "uncallable",
          NO_HOST, code="CO0531"),
    Scene("hashes of localities without a weight, by a policy", ADDRESS, (assigned(locality(endpoint()), **policies({
        "@type": f"{POLICIES}.maglev.v3.Maglev", "locality_weighted_lb_config": {}})),), "uncallable", NO_HOST, code="CO0531"),
    Scene("hashes of no place", PLAIN, (dns(lb_policy="RING_HASH", ring_hash_lb_config={"minimum_ring_size": 0}),),
          "uncallable", NO_HOST, code="CO0531"),
    Scene("subsets by a policy that selects none", ADDRESS,
          (static(HERE, **policies({k: v for k, v in BY_SUBSET.items() if k != "subset_selectors"})),), "uncallable",
          NO_HOST, code="CO0531"),
    Scene("subsets by the second policy, for nobody knows the first", ADDRESS, (static(HERE, **policies(
        {"@type": "type.googleapis.com/google.protobuf.Struct", "value": {}}, BY_SUBSET)),), "uncallable", NO_HOST, code="CO0531"),
    Scene("all or nothing, by a policy as TypedStruct", {**ADDRESS, "via": "auto"},
          (eds(**policies({"@type": "type.googleapis.com/xds.type.v3.TypedStruct", "type_url": ROUND_ROBIN["@type"],
                           "value": {"locality_lb_config": ALL_OR_NOTHING["common_lb_config"]}})),), "uncallable",
          NO_HOST, eds=of_health("UNHEALTHY"), code="CO0532"),
    Scene("aggregate of subsets, and of hosts", EXISTING,
          (aggregate("a-SLUG", "b-SLUG"), static(HERE, name="a-SLUG", lb_subset_config=SELECTORS), dns(name="b-SLUG")),
          "uncallable", NO_HOST, code="CO0531"),
    Scene("no connection pools allowed", PLAIN, (dns(**limits(max_connection_pools=0)),), "uncallable", NO_HOST, code="CO0533"),
    Scene("a secret that does not come", {**SECURE, "tls": {"caCertificates": "/never-SLUG"}},
          (static(THERE, **secret("file-root:/never-SLUG")),), "uncallable", status="503", code="CO0536"),
    Scene("a secret of the mesh that does not come", {"name": "auth", "service": {"name": "SLUG"}, "port": 80},
          (eds(**MESH),), "uncallable", status="503", code="CO0536", eds=IN_THE_MESH),
    Scene("aggregate of nothing", EXISTING, (aggregate("a-SLUG"), static(name="a-SLUG")), "uncallable", NO_HOST, code="CO0531"),
    Scene("aggregate of what is not there", EXISTING, (aggregate("a-SLUG"),), "uncallable", NO_HOST),
    Scene("aggregate of a full one", EXISTING, (aggregate("a-SLUG"), dns(name="a-SLUG", **limits(max_requests=0))),
          "uncallable", status="503", code="CO0531"),
    Scene("aggregate of a full one, and of hosts", EXISTING,
          (aggregate("a-SLUG", "b-SLUG"), dns(name="a-SLUG", **limits(max_pending_requests=0)), dns(name="b-SLUG")),
          "uncallable", NO_HOST, code="CO0531"),
    Scene("aggregate of an aggregate", EXISTING,
          (aggregate("a-SLUG"), {**aggregate("b-SLUG"), "name": "a-SLUG"}, dns(name="b-SLUG")), "uncallable", NO_HOST,
          code="CO0531"),
    Scene("aggregate of unhealthy ones", EXISTING, (aggregate("a-SLUG"), {
        **assigned(locality(endpoint(health="UNHEALTHY")), **NO_PANIC), "name": "a-SLUG"}), "uncallable", NO_HOST, code="CO0531"),
    Scene("aggregate of an unknown name", EXISTING, (aggregate("a-SLUG"), dns(host="nowhere.invalid", name="a-SLUG")),
          "uncallable", NO_HOST, code="CO0531"),
    Scene("all calls are dropped", ADDRESS, ({**static(), "load_assignment": dropping(100, "HUNDRED")},), "uncallable",
          NO_HOST, code="CO0537"),
    Scene("all calls are dropped, by EDS", {**ADDRESS, "via": "auto"}, (eds(),), "uncallable", NO_HOST, code="CO0537",
          eds={"NAME": dropping(10000, "TEN_THOUSAND")}),
    Scene("forward proxy with sub-clusters of any name", EXISTING,
          ({**of_config({"@type": FORWARDING, "sub_clusters_config": {}}), "lb_policy": "CLUSTER_PROVIDED"},),
          "uncallable", NO_HOST, code="CO0534"),
    Scene("no requests allowed, in the second of two limits", PLAIN,
          (dns(circuit_breakers={"thresholds": [{"priority": "HIGH", "max_requests": 0},
                                                {"priority": "DEFAULT", "max_requests": 0}]}),), "uncallable",
          status="503", code="CO0533"),
    Scene("refused by a health check, by EDS", {**ADDRESS, "port": "$closed", "via": "auto"},
          (eds(**NO_PANIC,
               health_checks=[{"timeout": "1s", "interval": "1s", "unhealthy_threshold": 1, "healthy_threshold": 1,
                               "tcp_health_check": {}}]),), "uncallable", NO_HOST, code="CO0532",
          eds={"NAME": endpoints("NAME", ("127.0.0.1", "$closed"))}),
    Scene("nobody listens", {**ADDRESS, "port": "$closed"}, (static(("127.0.0.1", "$closed")),), "uncallable",
          status="503", code="CO0538", after=True),
    Scene("nobody takes the connection", {**ADDRESS, "port": "$full"},
          (static(("127.0.0.1", "$full"), connect_timeout="0.3s"),), "uncallable", status="503", code="CO0538",
          after=True),
    Scene("only other families of addresses", PLAIN, ({**dns(), "dns_lookup_family": "V6_ONLY"},), "uncallable",
          status="503", code="CO0538", after=True),
    Scene("from an address that it has not", ADDRESS, (static(HERE, upstream_bind_config={"source_address": {
        "address": "192.0.2.1", "port_value": 0}}),), "uncallable", status="503", code="CO0538", after=True),
    Scene("somebody listens", PLAIN, (dns(),), "resolved", after=True),
    # what is not protected
    Scene("plaintext in the place of TLS", SECURE, (static(HERE),), "insecure", sees={"tls": False}, code="CO0540"),
    Scene("any certificate", SECURE, (static(("127.0.0.1", "$tls"), **tls(ca=None)),), "insecure", sees={"tls": True}, code="CO0541"),
    Scene("any name", SECURE, (static(("127.0.0.1", "$tls"), **tls(names=())),), "insecure", sees={"tls": True}, code="CO0541"),
    Scene("a pattern that takes any name", SECURE, (static(THERE, **tls(sans=[san(safe_regex={"regex": ".*"})])),),
          "insecure", code="CO0541"),
    Scene("plaintext under the name of TLS", SECURE, (static(HERE, transport_socket={**RAW, "name": "envoy.transport_sockets.tls"}),),
          "insecure", sees={"tls": False}, code="CO0540"),
    Scene("no socket that the labels choose", SECURE, (static(HERE, **matches(({"tls": "yes"}, socket(context())))),), "insecure",
          sees={"tls": False}, code="CO0540"),
    Scene("plaintext that the labels choose", SECURE, (assigned(locality(endpoint(labels={"raw": "yes"})),
                                                                **matches(({"raw": "yes"}, RAW), **tls())),), "insecure", code="CO0540"),
    Scene("plaintext first of two for all", SECURE, (static(HERE, **matches(({}, RAW), ({}, socket(context())))),),
          "insecure", code="CO0540"),
    Scene("certificates that are out of date", SECURE, (static(THERE, **tls(allow_expired_certificate=True)),), "insecure", code="CO0541"),
    Scene("plaintext to one of two",
          {**SECURE, "endpoints": [{"address": "127.0.0.1"}, {"address": "127.0.0.1", "port": "$plain"}]},
          (assigned(locality(endpoint("$tls", labels={"tls": "yes"}), endpoint("$plain")),
                    **matches(({"tls": "yes"}, socket(context())))),), "insecure", code="CO0540"),
    Scene("plaintext that labels of EDS choose", {**SECURE, "port": "$plain", "via": "auto"},
          (eds(**matches(({"raw": "yes"}, RAW)), **tls()),), "insecure", sees={"tls": False}, code="CO0540",
          eds={"NAME": {"cluster_name": "NAME", "endpoints": [locality(endpoint(labels={"raw": "yes"}))]}}),
    # what is another one
    Scene("the call's authority in the place of the sni", OTHER_AUTHORITY, (static(THERE, **tls(), **http(
        upstream_http_protocol_options={"auto_sni": True}, **CALLED)),), "mismatched", status="503", code="CO0542"),
    Scene("the call's authority as a name besides", OTHER_AUTHORITY, (static(THERE, **tls(), **http(
        upstream_http_protocol_options={"auto_san_validation": True}, **CALLED)),), "mismatched", status="503", code="CO0542"),
    Scene("an old version of TLS", SECURE,
          (static(THERE, **versions(tls_minimum_protocol_version="TLSv1_0", tls_maximum_protocol_version="TLSv1_1")),),
          "mismatched", status="503", code="CO0542"),
    Scene("HTTP2 to a server that was offered HTTP1", {**SECURE, "protocol": "HTTP2"}, (static(THERE, **offering("http/1.1", **HTTP2)),),
          "mismatched", status="502", code="CO0544"),
    Scene("a name of another kind", SECURE, (static(THERE, **tls(sans=[san("URI", exact="auth.example.com")])),),
          "mismatched", status="503", code="CO0542"),
    Scene("a name as if it were an address", SECURE,
          (static(THERE, **tls(sans=[san("IP_ADDRESS", exact="auth.example.com")])),), "mismatched", status="503",
          code="CO0542"),
    Scene("names by their end", SECURE, (static(THERE, **tls(sans=[san(suffix=".example.com")])),), "mismatched", code="CO0542"),
    Scene("a header of the PROXY protocol", SECURE, (static(THERE, **wrapped(
        "proxy_protocol.v3.ProxyProtocolUpstreamTransport", socket(context()), config={"version": "V2"})),), "mismatched", status="503",
        code="CO0542"),
    Scene("a pipe in the place of an address", ADDRESS,
          (assigned(locality({"endpoint": {"address": {"pipe": {"path": "/nowhere.sock"}}}})),), "mismatched",
          status="503", code="CO0543"),
    Scene("HTTP3 in the place of HTTP", SECURE, (static(THERE, **QUIC),), "mismatched", status="503", code="CO0544"),
    # 502 where the server's frames come before it hangs up, else 503.
    Scene("HTTP1 to a server that was offered either", SECURE, (static(THERE, **offering("h2", "http/1.1")),), "mismatched", status=None,
          code="CO0544"),
    Scene("HTTP1 to a server that was offered HTTP2", SECURE, (static(THERE, transport_socket=socket({**context(), "common_tls_context": {
        **context()["common_tls_context"], "alpn_protocols": ["h2"]}})),), "mismatched", status=None, code="CO0544"),
    Scene("HTTP as downstream in the place of HTTP2", {**ADDRESS, "protocol": "HTTP2"}, (static(HERE, **http(
        use_downstream_protocol_config={"http_protocol_options": {}, "http2_protocol_options": {}})),), "mismatched", sees={"http2": False},
        code="CO0544"),
    Scene("other name in the certificate", SECURE, (static(("127.0.0.1", "$tls"), **tls(names=("other.example.com",))),),
          "mismatched", status="503", code="CO0542"),
    Scene("one certificate alone", SECURE, (static(THERE, **tls(verify_certificate_hash=["00" * 32])),), "mismatched",
          status="503", code="CO0542"),
    Scene("other sni", SECURE, (static(("127.0.0.1", "$tls"), **tls(sni="other.example.com")),), "mismatched", status="503", code="CO0542"),
    Scene("other trust", SECURE, (static(("127.0.0.1", "$tls"), **tls(ca="$certificate")),), "mismatched", status="503", code="CO0542"),
    Scene("TLS in the place of plaintext", ADDRESS, (static(HERE, **tls()),), "mismatched", status="503", code="CO0542"),
    Scene("other address", ADDRESS, (static(ELSEWHERE),), "mismatched", sees={"upstream": "second"}, code="CO0543"),
    Scene("one address more", {**ADDRESS}, (static(HERE, ("127.0.0.1", "$closed")),), "mismatched", status=None, code="CO0543"),
    Scene("other host", PLAIN, (dns(host="127.0.0.1"),), "mismatched", sees={"upstream": "plain"}, code="CO0543"),
    Scene("HTTP2 in the place of HTTP", PLAIN, (dns(**HTTP2),), "mismatched", sees={"http2": True}, code="CO0544"),
    Scene("HTTP in the place of HTTP2", {**PLAIN, "protocol": "HTTP2"}, (dns(),), "mismatched", sees={"http2": False}, code="CO0544"),
]
