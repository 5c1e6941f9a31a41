"""Verdicts that a careless reading of a dump gets wrong: one row each, {file: content}, what verify must say, and why."""

import base64
import json

from make_invalid import EDS, SERVICE, manifest
from shapes import HTTP_OPTIONS, TLS, WASM, bootstrap, clusters_section, endpoints, endpoints_section, listener, section, tls
from verifying import NAME, WITH_FILTER, array, builtin, camel, cluster, dump, entries, folder, text

REJECTED = "cluster_manager.cds.update_rejected: 3\n"
OTHER = {**EDS, "eds_cluster_config": {"service_name": "shop-service"}}
HERE = ("10.0.0.1", 443)
SERVICE_NAME = "outbound|8080||auth.shop.svc.cluster.local"
KEPT = 256  # addresses and names of a cluster, as many as a manifest may list
FIXED = manifest("{name: auth, host: auth.example.com, endpoints: [%s]}" % ", ".join(
    f"{{address: 10.{i // 200}.0.{i % 200}}}" for i in range(1, KEPT + 1)))


def listing(*names):
    """What istioctl's filters leave of `proxy-config cluster`, or all of it."""
    return json.dumps([camel(builtin(n)) for n in names])


def statuses(*names):
    """The same of `proxy-config endpoint`."""
    return json.dumps([camel({"name": n, "added_via_api": False, "host_statuses": [{"address": {"socket_address": {
        "address": "127.0.0.1", "port_value": 15020}}}]}) for n in names])


def service_dump(*sections):
    return text({"configs": [bootstrap(), *sections]})


def fixed(*numbers):
    return text(dump(cluster(type="STATIC", dials=[(f"10.{i // 200}.0.{i % 200}", 443) for i in numbers])))


def validated(sni="auth.example.com", names=({"exact": "auth.example.com"},), **context):
    """A cluster whose socket checks certificates like this."""
    config = {"@type": TLS, "sni": sni, "common_tls_context": {"validation_context": {
        "match_typed_subject_alt_names": [{"san_type": "URI" if "://" in n.get("exact", "") else "DNS", "matcher": n} for n in names],
        "trusted_ca": {"filename": "/etc/ssl/certs/ca-certificates.crt"}, **context}}}
    return text(dump(cluster(socket={"name": "envoy.transport_sockets.tls", "typed_config": config})))


QUIC = {"name": "envoy.transport_sockets.quic", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport",
    "upstream_tls_context": tls()["typed_config"]}}


def born(n):
    """A bootstrap that has so many clusters."""
    made = bootstrap()
    made["bootstrap"]["static_resources"] = {"clusters": [builtin(f"static-{i}") for i in range(n)]}
    return made


def dropping(*drop):
    return {**endpoints(NAME, ("auth.example.com", 443)), "policy": {"drop_overloads": [{"category": "x", "drop_percentage": dict(
        zip(("numerator", "denominator"), drop))}]}}


def hosts(*connections):
    """/clusters: of each host, how many connections there were, and how many failed."""
    return text({"cluster_statuses": [{"name": NAME, "host_statuses": [{"address": {"socket_address": {
        "address": f"192.0.2.{i}", "port_value": 443}}, "stats": [
            {"name": "cx_connect_fail", "value": str(failed)}, {"name": "cx_total", "value": str(tried)}, {"name": "rq_success"}]}
        for i, (tried, failed) in enumerate(connections)]}]})


def unhealthy(n):
    return text({"cluster_statuses": [{"name": NAME, "host_statuses": [
        {"address": {"socket_address": {"address": f"192.0.2.{i}", "port_value": 443}}, "health_status": {"failed_active_health_check": True},
         "stats": [{"name": "cx_total"}]} for i in range(n)]}]})


def of_priorities(*healthy):
    """/clusters: a host of each priority, and whether it is healthy."""
    return text({"cluster_statuses": [{"name": NAME, "host_statuses": [
        {"address": {"socket_address": {"address": f"192.0.2.{i}", "port_value": 443}}, "priority": i,
         "health_status": {"eds_health_status": "HEALTHY" if h else "UNHEALTHY"}} for i, h in enumerate(healthy)]}]})


def flagged(*flags):
    """/clusters: a healthy host, and two that have these flags."""
    return text({"cluster_statuses": [{"name": NAME, "host_statuses": [
        {"address": {"socket_address": {"address": f"192.0.2.{i}", "port_value": 443}},
         "health_status": {"eds_health_status": "HEALTHY", **({f: True for f in flags} if i else {})}} for i in range(3)]}]})


def policy(name, **members):
    return {"policies": [{"typed_extension_config": {"name": "x", "typed_config": {
        "@type": f"type.googleapis.com/envoy.extensions.load_balancing_policies.{name}", **members}}}]}


PLAIN_EDS = {**EDS, "eds_cluster_config": {}}


def three_of_four(factor):
    """What EDS says of four hosts, as Envoy 1.36 and 1.40 print it; a factor of 140 lets three take the calls of all."""
    hosts = [{"endpoint": {"address": {"socket_address": {"address": f"192.0.2.{i}", "port_value": 443}}},
              "health_status": "UNHEALTHY" if i == 3 else "HEALTHY", "load_balancing_weight": 1} for i in range(4)]
    return [section("Endpoints", dynamic_endpoint_configs=[{"endpoint_config": {
        "cluster_name": NAME, "endpoints": [{"locality": {}, "lb_endpoints": hosts}], "policy": {"overprovisioning_factor": factor}}}])]


def weighted(*weights):
    """What EDS says of a host in each locality, as Envoy prints it: a weight that is not set is 0."""
    lists = [{"locality": {}, "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": f"192.0.2.{i}", "port_value": 443}}}}],
              "load_balancing_weight": w} for i, w in enumerate(weights)]
    return [section("Endpoints", dynamic_endpoint_configs=[{"endpoint_config": {"cluster_name": NAME, "endpoints": lists}}])]


NO_PANIC = {"common_lb_config": {"healthy_panic_threshold": {}}}


def conditions(name, *priorities, policy=(), **more):
    """A STATIC cluster; of each priority how many hosts have which health, as {health: number}."""
    lists = [{"locality": {}, "priority": i, "lb_endpoints": [{"endpoint": {"address": {"socket_address": {
        "address": HERE[0], "port_value": HERE[1]}}}, "health_status": health} for health, n in counts.items() for _ in range(n)]}
             for i, counts in enumerate(priorities)]
    return cluster(name, type="STATIC", dials=None, socket=None, rule=None, **more, load_assignment={
        "cluster_name": name, "endpoints": lists, **({"policy": policy} if policy else {})})


def in_mesh(*labels):
    """A service whose mutual TLS waits for the workload's certificate, and its endpoints' labels."""
    mutual = {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": TLS, "common_tls_context": {
        "tls_certificate_sds_secret_configs": [{"name": "default"}]}}}
    hosts = [{"endpoint": {"address": {"socket_address": {"address": f"10.0.0.{i}", "port_value": 8080}}},
              **({"metadata": {"filter_metadata": {"envoy.transport_socket_match": l}}} if l else {})} for i, l in enumerate(labels)]
    seen = section("Endpoints", dynamic_endpoint_configs=[{"endpoint_config": {"cluster_name": SERVICE_NAME, "endpoints": [{"lb_endpoints": hosts}]}}])
    return service_dump(clusters_section(cluster(SERVICE_NAME, socket=None, rule=None, transport_socket_matches=[
        {"transport_socket": mutual, "name": "tlsMode-istio", "match": {"tlsMode": "istio"}}, {"name": "tlsMode-disabled", "match": {}}], **PLAIN_EDS)),
        *([seen] if labels else []),
        section("Secrets", dynamic_warming_secrets=[{"name": "default", "secret": {"name": "default"}}]))


def as_bytes(kind):
    return dump(cluster(upstream_config={"name": "x", "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.upstreams.http.{kind}"}}))


def listed(n):
    """The dump of a cluster, and what EDS says of so many hosts."""
    return text(dump(cluster(), extra=[endpoints_section((NAME, *((f"192.0.2.{i}", 443) for i in range(n))))]))


def chosen(*sockets, extra=(), **more):
    """A cluster whose endpoints get these sockets, by their labels."""
    hosts = [{"endpoint": {"address": {"socket_address": {"address": "auth.example.com", "port_value": 443}}},
              "metadata": {"filter_metadata": {"envoy.transport_socket_match": {"x": str(i)}}}} for i in range(len(sockets))]
    return text(dump(cluster(load_assignment={"cluster_name": NAME, "endpoints": [{"lb_endpoints": hosts}]}, transport_socket_matches=[
        {"name": f"m{i}", "match": {"x": str(i)}, "transport_socket": s} for i, s in enumerate(sockets)], **more), extra=extra))


TO_EDGE, AT_EDGE = "{proxy: gateway, selector: {matchLabels: {istio: edge}}}", {"kind": "router", "labels": {"istio": "edge"}}
ONE_SOCKET = [{"name": "m", "match": {"x": "none"}, "transport_socket": tls()}]


def labelled_at(host, n):
    """Endpoints with labels of so many sets."""
    hosts = [{"endpoint": {"address": {"socket_address": {"address": host, "port_value": 443}}},
              "metadata": {"filter_metadata": {"envoy.transport_socket_match": {"x": str(i)}}}} for i in range(n)]
    return {"cluster_name": NAME, "endpoints": [{"lb_endpoints": hosts}]}


def labelled_in(n, **more):
    return cluster(**{"load_assignment": labelled_at("auth.example.com", n), "transport_socket_matches": ONE_SOCKET, **more})


def upstream_tls(dials=(("auth.example.com", 443),), hostname=None, socket=None, http=None, type="STRICT_DNS", **options):
    """A cluster whose socket has such options of UpstreamTlsContext."""
    made = socket or tls()
    made["typed_config"].update(options)
    made = cluster(socket=made, dials=dials, type=type, **(http or {}))
    if hostname:
        made["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["hostname"] = hostname
    return text(dump(made))


def presenting(secret):
    """What a socket has besides that presents a client's certificate."""
    return {"tls_certificate_sds_secret_configs": [{"name": f"kubernetes://{secret}"}]} if secret else {}


def labelled_by(value):
    """An endpoint whose label x has this value."""
    made = endpoints(NAME, ("auth.example.com", 443))
    made["endpoints"][0]["lb_endpoints"][0]["metadata"] = {"filter_metadata": {"envoy.transport_socket_match": {"x": value}}}
    return made


def camel_text(content):
    return text(camel(json.loads(content)))


def connected(tried, failed, name=NAME):
    return (f"cluster.{name}.upstream_cx_connect_fail: {failed}\ncluster.{name}.upstream_cx_total: {tried}\n"
            "cluster_manager.cds.update_rejected: 0\n")


def members(total, healthy=None):
    counted = "" if healthy is None else f"cluster.{SERVICE_NAME}.membership_healthy: {healthy}\n"
    return f"{counted}cluster.{SERVICE_NAME}.membership_total: {total}\n"


def automatic(**options):
    return {"typed_extension_protocol_options": {HTTP_OPTIONS: {"upstream_http_protocol_options": options}}}


AUTHORITY = manifest("{name: auth, host: auth.example.com, authority: 'other.example.com', tls: {sni: auth.example.com}}")
GRPC = manifest("{name: auth, cluster: existing, protocol: GRPC}")
API = manifest("{name: auth, host: auth.example.com, authority: api.example.com, tls: {sni: auth.example.com}}")
BY_HOST = manifest("{name: auth, host: auth.example.com, authority: auth.example.com, tls: {sni: api.example.com}}")
AT_ADDRESS = manifest("{name: auth, host: auth.example.com, endpoints: [{address: 10.0.0.1}]}")
AT_SIX = manifest("{name: auth, host: auth.example.com, endpoints: [{address: '2001:DB8:0:0::1'}]}")
STRICT = {"common_lb_config": {"zone_aware_lb_config": {"fail_traffic_on_panic": True}}}
AT_TWO = manifest("{name: auth, host: auth.example.com, endpoints: [{address: 192.0.2.0}, {address: 192.0.2.1}]}")
HASHED = {"type": "EDS", "dials": None, "lb_policy": "MAGLEV", "common_lb_config": {"locality_weighted_lb_config": {}}}
CERTAIN = {"common_lb_config": {**STRICT["common_lb_config"], "healthy_panic_threshold": {"value": 100}}}
NO_RING = {"lb_policy": "RING_HASH", "ring_hash_lb_config": {"minimum_ring_size": 0}}
BY_WEIGHT = policy("round_robin.v3.RoundRobin", locality_lb_config={"locality_weighted_lb_config": {}})
NO_WEIGHTS = [{"endpoint": {"address": {"socket_address": {"address": "auth.example.com", "port_value": 443}}}}]


def balanced(first, second, sort=False):
    """A cluster that has both, in this order."""
    return json.dumps(dump(cluster(load_assignment={"cluster_name": NAME, "endpoints": [{"lb_endpoints": NO_WEIGHTS}]}, **first, **second)), sort_keys=sort)


def panicking(percent):
    return text(dump(cluster(common_lb_config={**STRICT["common_lb_config"], "healthy_panic_threshold": {"value": percent}})))


H2 = {"http2_protocol_options": {}}
OVER_H2 = manifest("{name: auth, host: auth.example.com, protocol: GRPC}")
CLIENT = tls(tls_certificate_sds_secret_configs=[{"name": "kubernetes://client"}])
WAITING = [section("Secrets", dynamic_warming_secrets=[{"name": "kubernetes://client", "secret": {"name": "kubernetes://client"}}])]
SPIFFE, OTHER_SPIFFE = "spiffe://cluster.local/ns/a/sa/b", "spiffe://cluster.local/ns/a/sa/c"
NAMED = manifest(f"{{name: auth, host: auth.example.com, tls: {{subjectAltNames: [auth.example.com, \"{SPIFFE}\"]}}}}")


def named(*names):
    return {"d.json": validated(names=[{"exact": n} for n in names])}


# name: (manifest or None, {file: content}, arguments, verdict, exit, codes of the reasons)
CLUSTERS = {
    "endpoints by the name of a service, behind the clusters": (
        SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **OTHER)), endpoints_section(("shop-service", HERE)))},
        ["d.json"], "resolved", 0, []),
    "the same before the clusters: not seen, and not held against it": (
        SERVICE, {"d.json": service_dump(endpoints_section(("shop-service", HERE)), clusters_section(cluster(SERVICE_NAME, **OTHER)))},
        ["d.json"], "resolved", 0, []),
    "endpoints by the name of a service in another file": (
        SERVICE, {"c.json": array(cluster(SERVICE_NAME, **OTHER)), "e.json": text({"configs": [endpoints_section(("shop-service", HERE))]})},
        ["web=c.json", "web=e.json"], "resolved", 0, []),
    "endpoints by the name of a service, none": (
        SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **OTHER)), endpoints_section(("shop-service",)))},
        ["d.json"], "uncallable", 1, ["CO0531"]),
    "updates refused, but the list is filtered": (
        None, {"c.json": json.dumps([camel(cluster("outbound|80||other.example.com"))]), "s.txt": REJECTED},
        ["web=c.json", "web=s.txt"], "unknown", 1, []),
    "a list of --fqdn zipkin, of which a built-in cluster is one": (
        None, {"c.json": listing("zipkin", "outbound|9411||zipkin.tracing.svc.cluster.local")}, ["c.json"], "unknown", 1, []),
    "a list of --fqdn grpc": (None, {"c.json": listing("xds-grpc", "sds-grpc", "outbound|80||grpc.x.svc.cluster.local")}, ["c.json"], "unknown", 1, []),
    "a list of --fqdn s": (None, {"c.json": listing("xds-grpc", "sds-grpc", "prometheus_stats", "outbound|80||users.example.com")}, ["c.json"],
                           "unknown", 1, []),
    "a list of --fqdn internal": (None, {"c.json": listing("main_internal", "outbound|47080||pay.pay-check.shop.callout.internal")}, ["c.json"],
                                  "unknown", 1, []),
    "a list of --fqdn g": (None, {"c.json": listing("xds-grpc", "agent", "outbound|80||images.example.com")}, ["c.json"], "unknown", 1, []),
    "the list of a proxy that got nothing yet": (None, {"c.json": listing("prometheus_stats", "agent", "sds-grpc", "xds-grpc")}, ["c.json"], "missing", 1,
                                                 ["CO0520", "CO0514", "CO0522"]),
    "a list of the endpoints at 127.0.0.1": (
        SERVICE, {"c.json": array(cluster(SERVICE_NAME, **PLAIN_EDS)), "e.json": statuses("agent", "prometheus_stats")}, ["w=c.json", "w=e.json"], "resolved", 0, []),
    "a list of all endpoints": (
        SERVICE, {"c.json": array(cluster(SERVICE_NAME, **PLAIN_EDS)), "e.json": statuses("agent", "prometheus_stats", "xds-grpc")}, ["w=c.json", "w=e.json"],
        "unknown", 1, []),
    "a list of all endpoints, where unhealthy ones are not called": (
        SERVICE, {"c.json": array(cluster(SERVICE_NAME, **PLAIN_EDS, common_lb_config={"healthy_panic_threshold": {}})),
                  "e.json": statuses("agent", "prometheus_stats", "xds-grpc")}, ["w=c.json", "w=e.json"], "uncallable", 1, ["CO0531"]),
    "a list of all endpoints, and a name that does not resolve": (
        None, {"c.json": array(cluster()), "e.json": statuses("agent", "xds-grpc")}, ["w=c.json", "w=e.json"], "uncallable", 1, ["CO0531"]),
    "the same, of hosts that may be ejected": (
        None, {"c.json": array(cluster(outlier_detection={})), "e.json": statuses("agent", "xds-grpc")}, ["w=c.json", "w=e.json"], "unknown", 1, []),
    "the endpoints of --cluster xds-grpc": (
        None, {"c.json": array(cluster()), "e.json": statuses("xds-grpc")}, ["w=c.json", "w=e.json"], "resolved", 0, []),
    "hosts that may be ejected, and are not shown": (
        AT_ADDRESS, {"d.json": text(dump(cluster(type="STATIC", dials=(("10.0.0.1", 443),), health_checks=[{}])))}, ["d.json"], "resolved", 0, []),
    **{f"connection pools, {n}": (AT_ADDRESS, {"d.json": text(dump(cluster(type="STATIC", dials=(("10.0.0.1", 443),), circuit_breakers={
        "thresholds": [{"max_connection_pools": n}]})))}, ["d.json"], "resolved", 0, codes) for n, codes in ((1, ["CO0533"]), (255, ["CO0533"]), (256, []))},
    "HTTP as downstream, and h2 is offered": (
        None, {"d.json": upstream_tls(socket=tls(alpn_protocols=["h2"]), http={"typed_extension_protocol_options": {
            HTTP_OPTIONS: {"use_downstream_protocol_config": {}}}})}, ["d.json"], "mismatched", 1, ["CO0544"]),
    "updates refused, and the list is whole": (
        None, {"c.json": array(), "s.txt": REJECTED}, ["web=c.json", "web=s.txt"], "rejected", 1, ["CO0521"]),
    "the same, as PowerShell writes them": (
        None, {"c.json": array(), "s.txt": "\ufeff" + REJECTED.replace("\n", "\r\n")}, ["web=c.json", "web=s.txt"], "rejected", 1, ["CO0521"]),
    "an answer to a name_regex, which has the bootstrap and not its clusters": (
        None, {"d.json": text({"configs": [born(2), clusters_section(static=[])]})}, ["d.json"], "unknown", 1, []),
    "the same with all of its clusters": (
        None, {"d.json": text({"configs": [born(2), clusters_section()]})}, ["d.json"], "missing", 1, ["CO0520", "CO0514"]),
    "an answer to ?resource= without it": (
        None, {"d.json": text({"configs": entries([cluster("outbound|80||x.example.com"), builtin()])})}, ["d.json"], "missing", 1,
        ["CO0520", "CO0514", "CO0522"]),
    "an answer to ?mask= of the active ones": (None, {"d.json": text({"configs": [
        section("Clusters", dynamic_active_clusters=entries([builtin()]))]})}, ["d.json"], "missing", 1, ["CO0520", "CO0514", "CO0522"]),
    "an answer to ?resource=, of clusters that may be warming": (
        None, {"d.json": text({"configs": entries([cluster()])})}, ["d.json"], "resolved", 0, ["CO0522"]),
    "an answer to ?resource=, of clusters that are active": (
        None, {"d.json": text({"configs": entries([cluster(), builtin()])})}, ["d.json"], "resolved", 0, []),
    "a certificate checked as planned": (None, {"d.json": validated()}, ["d.json"], "resolved", 0, []),
    "a certificate of anyone": (None, {"d.json": validated(trust_chain_verification="ACCEPT_UNTRUSTED")}, ["d.json"], "insecure", 1, ["CO0541"]),
    "names of hosts and of identities": (NAMED, named(SPIFFE, "auth.example.com"), ["d.json"], "resolved", 0, []),
    "another identity": (NAMED, named("auth.example.com", OTHER_SPIFFE), ["d.json"], "mismatched", 1, ["CO0542"]),
    "an identity where a host is wanted": (None, named(SPIFFE), ["d.json"], "mismatched", 1, ["CO0542"]),
    "names by a pattern": (None, {"d.json": validated(names=[{"prefix": "auth"}])}, ["d.json"], "mismatched", 1, ["CO0542"]),
    "any name by a pattern": (None, {"d.json": validated(names=[{"safe_regex": {"regex": ".*"}}])}, ["d.json"], "insecure", 1, ["CO0541"]),
    "TLS inside of QUIC": (None, {"d.json": text(dump(cluster(socket=QUIC)))}, ["d.json"], "resolved", 0, []),
    "an answer to ?resource= with a mask, which leaves out who knows what": (
        None, {"d.json": text({"configs": [{"cluster": {"name": NAME}}]})}, ["d.json"], "unknown", 1, []),
    "an answer to ?resource= with a mask, of the name and the time": (
        None, {"d.json": text({"configs": [{"cluster": {"name": NAME}, "last_updated": "2026-11-24T10:00:00.000Z"}]})}, ["d.json"], "unknown", 1, []),
    "an address in another spelling, as Envoy prints it": (
        AT_SIX, {"c.json": array(cluster(type="EDS", dials=None)), "e.json": json.dumps([camel(endpoints(NAME, ("2001:db8::1", 443)))])},
        ["w=c.json", "w=e.json"], "resolved", 0, []),
    "an address beside it": (
        AT_SIX, {"c.json": array(cluster(type="EDS", dials=None)), "e.json": json.dumps([camel(endpoints(NAME, ("2001:db8::2", 443)))])},
        ["w=c.json", "w=e.json"], "mismatched", 1, ["CO0543"]),
    "a secret of the mesh that some endpoints wait for": (SERVICE, {"d.json": in_mesh({"tlsMode": "istio"}, None)}, ["d.json"], "resolved", 0, ["CO0536"]),
    "a secret of the mesh that all endpoints wait for": (SERVICE, {"d.json": in_mesh({"tlsMode": "istio"}, {"tlsMode": "istio", "x": "y"})}, ["d.json"],
                                                         "uncallable", 1, ["CO0536"]),
    "a secret of the mesh, and endpoints that are not seen": (SERVICE, {"d.json": in_mesh()}, ["d.json"], "resolved", 0, ["CO0536"]),
    "the same, in another order of keys": (SERVICE, {"d.json": json.dumps(json.loads(in_mesh({"tlsMode": "istio"})), sort_keys=True)}, ["d.json"],
                                           "uncallable", 1, ["CO0536"]),
    "calls that go out as bytes": (None, {"d.json": text(as_bytes("tcp.v3.TcpConnectionPoolProto"))}, ["d.json"], "mismatched", 1, ["CO0544"]),
    "calls that go out as datagrams, in camelCase": (None, {"d.json": text(camel(as_bytes("udp.v3.UdpConnectionPoolProto")))}, ["d.json"],
                                                     "mismatched", 1, ["CO0544"]),
    "calls that go out as HTTP by an extension": (None, {"d.json": text(as_bytes("http.v3.HttpConnectionPoolProto"))}, ["d.json"], "resolved", 0, []),
    "sockets that a matcher chooses": (None, {"d.json": chosen(tls(), transport_socket_matcher={"on_no_match": {}})}, ["d.json"], "resolved", 0,
                                       ["CO0546"]),
    "no sockets for a matcher to choose": (None, {"d.json": text(dump(cluster(transport_socket_matcher={"on_no_match": {}})))}, ["d.json"],
                                           "resolved", 0, []),
    "all or nothing, and the second priority takes all": (
        None, {"d.json": text(dump(cluster(**STRICT))), "h.json": of_priorities(0, 1, 0, 0)}, ["w=d.json", "w=h.json"], "resolved", 0, []),
    "all or nothing, and nothing of any priority": (
        None, {"d.json": text(dump(cluster(**STRICT))), "h.json": of_priorities(0, 0)}, ["w=d.json", "w=h.json"], "uncallable", 1, ["CO0532"]),
    "hashes of localities without a weight, by EDS": (AT_TWO, {"d.json": text(dump(cluster(**HASHED), extra=weighted(0, 0)))}, ["d.json"],
                                                      "uncallable", 1, ["CO0531"]),
    "hashes of localities, one with a weight, by EDS": (AT_TWO, {"d.json": text(dump(cluster(**HASHED), extra=weighted(0, 1)))}, ["d.json"],
                                                        "resolved", 0, []),
    "the same, and /clusters, which does not tell weights": (
        AT_TWO, {"d.json": text(camel(dump(cluster(**HASHED), extra=weighted(0, 0)))), "h.json": of_priorities(1, 1)}, ["w=d.json", "w=h.json"],
        "uncallable", 1, ["CO0531"]),
    "hashes, and weights that are not seen": (AT_TWO, {"c.json": array(cluster(**HASHED))}, ["c.json"], "resolved", 0, []),
    "all or nothing, and enough are left to take all": (None, {"d.json": text(dump(cluster(**CERTAIN), extra=three_of_four(140)))}, ["d.json"],
                                                        "resolved", 0, []),
    "all or nothing, and not enough are left to take all": (None, {"d.json": text(dump(cluster(**CERTAIN), extra=three_of_four(100)))},
                                                            ["d.json"], "resolved", 0, ["CO0532"]),
    "the same, and /clusters does not tell of the factor": (
        None, {"d.json": text(dump(cluster(**CERTAIN), extra=three_of_four(100))), "h.json": of_priorities(1, 1, 1, 0).replace('"priority"', '"x"')},
        ["w=d.json", "w=h.json"], "uncallable", 1, ["CO0532"]),
    "all or nothing, which RING_HASH does not heed": (
        None, {"d.json": text(dump(cluster(lb_policy="RING_HASH", **STRICT))), "h.json": of_priorities(0, 0)}, ["w=d.json", "w=h.json"], "resolved", 0, ["CO0532"]),
    "all or nothing, which MAGLEV does not heed": (
        None, {"d.json": text(dump(cluster(lb_policy="MAGLEV", **STRICT))), "h.json": of_priorities(0, 0)}, ["w=d.json", "w=h.json"], "resolved", 0, ["CO0532"]),
    "no ring, and a policy instead": (None, {"d.json": balanced(NO_RING, {"load_balancing_policy": policy("round_robin.v3.RoundRobin")})}, ["d.json"], "resolved", 0, []),
    "no ring, and a policy instead, sorted": (None, {"d.json": balanced(NO_RING, {"load_balancing_policy": policy("round_robin.v3.RoundRobin")}, sort=True)}, ["d.json"], "resolved", 0, []),
    "no ring, and a policy instead, before it": (None, {"d.json": balanced({"load_balancing_policy": policy("round_robin.v3.RoundRobin")}, NO_RING)}, ["d.json"], "resolved", 0, []),
    "no ring, and a policy that has one": (None, {"d.json": balanced({"load_balancing_policy": policy("ring_hash.v3.RingHash")}, NO_RING)}, ["d.json"], "resolved", 0, []),
    "no ring, and a policy that has one, behind it": (None, {"d.json": balanced(NO_RING, {"load_balancing_policy": policy("ring_hash.v3.RingHash")})}, ["d.json"], "resolved", 0, []),
    "MAGLEV, and a policy by weights instead": (
        None, {"d.json": balanced({"lb_policy": "MAGLEV"}, {"load_balancing_policy": BY_WEIGHT})}, ["d.json"], "resolved", 0, []),
    "MAGLEV, and a policy by weights instead, sorted": (
        None, {"d.json": balanced({"lb_policy": "MAGLEV"}, {"load_balancing_policy": BY_WEIGHT}, sort=True)}, ["d.json"], "resolved", 0, []),
    "a threshold of whole per cents": (
        None, {"d.json": panicking(33.4), "h.json": flagged("failed_active_health_check")}, ["w=d.json", "w=h.json"], "resolved", 0, []),
    "a threshold above it": (
        None, {"d.json": panicking(34), "h.json": flagged("failed_active_health_check")}, ["w=d.json", "w=h.json"], "uncallable", 1, ["CO0532"]),
    "a threshold of less than one per cent": (
        None, {"d.json": text(dump(cluster(common_lb_config={"healthy_panic_threshold": {"value": 0.9}}))), "h.json": unhealthy(1)},
        ["w=d.json", "w=h.json"], "uncallable", 1, ["CO0532"]),
    "all or nothing, and the others wait for their first check": (
        None, {"d.json": panicking(50), "h.json": flagged("failed_active_health_check", "pending_active_hc")}, ["w=d.json", "w=h.json"],
        "resolved", 0, []),
    "all or nothing, and the others are excluded": (
        None, {"d.json": panicking(50), "h.json": flagged("failed_active_health_check", "excluded_via_immediate_hc_fail")},
        ["w=d.json", "w=h.json"], "resolved", 0, []),
    "all or nothing, of more priorities than are kept": (
        None, {"d.json": text(dump(cluster(**STRICT))), "h.json": of_priorities(*[0] * 8, 1, 0, 0)}, ["w=d.json", "w=h.json"],
        "resolved", 0, ["CO0532"]),
    "all or nothing, and nothing in more priorities than are kept": (
        None, {"d.json": text(dump(cluster(**STRICT))), "h.json": of_priorities(*[0] * 9)}, ["w=d.json", "w=h.json"], "uncallable", 1, ["CO0532"]),
    "half of the calls are dropped": (None, {"d.json": text(dump(cluster(load_assignment=dropping(50))))}, ["d.json"], "resolved", 0, ["CO0537"]),
    "all calls are dropped, in camelCase": (None, {"d.json": text(camel(dump(cluster(load_assignment=dropping(1000000, "MILLION")))))}, ["d.json"],
                                            "uncallable", 1, ["CO0537"]),
    "all calls are dropped, in an array of assignments": (
        None, {"c.json": array(cluster()), "e.json": json.dumps([camel(dropping(100))])}, ["w=c.json", "w=e.json"], "uncallable", 1, ["CO0537"]),
    "no call is dropped, in an array of assignments": (
        None, {"c.json": array(cluster()), "e.json": json.dumps([camel({**dropping(100), "policy": {"overprovisioningFactor": 140}})])},
        ["w=c.json", "w=e.json"], "resolved", 0, []),
    "all connections failed": (None, {"d.json": text(dump(cluster())), "h.json": hosts((2, 2))}, ["w=d.json", "w=h.json"], "uncallable", 1, ["CO0538"]),
    "all connections failed, in camelCase and before the dump": (
        None, {"d.json": text(dump(cluster())), "h.json": camel_text(hosts((2, 2)))}, ["w=h.json", "w=d.json"], "uncallable", 1, ["CO0538"]),
    "one connection did not fail": (None, {"d.json": text(dump(cluster())), "h.json": hosts((2, 1))}, ["w=d.json", "w=h.json"], "resolved", 0, []),
    "one host was not tried": (None, {"d.json": text(dump(cluster())), "h.json": hosts((2, 2), (0, 0))}, ["w=d.json", "w=h.json"], "resolved", 0,
                               ["CO0538"]),
    "no host was tried": (None, {"d.json": text(dump(cluster())), "h.json": hosts((0, 0))}, ["w=d.json", "w=h.json"], "resolved", 0, []),
    "all connections failed, by statistics": (None, {"d.json": text(dump(cluster())), "s.txt": connected(4, 4)}, ["w=d.json", "w=s.txt"],
                                              "resolved", 0, ["CO0538"]),
    "the same, by the name that istiod gives them": (None, {"d.json": text(dump(cluster())), "s.txt": connected(4, 4, NAME + ";")},
                                                     ["w=d.json", "w=s.txt"], "resolved", 0, ["CO0538"]),
    "connections of another cluster failed": (None, {"d.json": text(dump(cluster())), "s.txt": connected(4, 4, NAME + "x")}, ["w=d.json", "w=s.txt"],
                                              "resolved", 0, []),
    "no hosts, by statistics": (SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))), "s.txt": members(0, 0)},
                                ["w=d.json", "w=s.txt"], "resolved", 0, ["CO0531"]),
    "hosts, by statistics": (SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))), "s.txt": members(2, 2)},
                             ["w=d.json", "w=s.txt"], "resolved", 0, []),
    "unhealthy hosts, by statistics": (SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))), "s.txt": members(2, 0)},
                                       ["w=d.json", "w=s.txt"], "resolved", 0, ["CO0532"]),
    "no hosts, by statistics, and hosts in the dump": (
        SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS)), endpoints_section((NAME,), (SERVICE_NAME, HERE))),
                  "s.txt": members(0, 0)}, ["w=d.json", "w=s.txt"], "resolved", 0, []),
    "the sni is right, and the call's authority is sent": (
        AUTHORITY, {"d.json": text(dump(cluster(**automatic(auto_sni=True))))}, ["d.json"], "mismatched", 1, ["CO0542"]),
    "the call's authority is wanted as a name": (
        AUTHORITY, {"d.json": text(dump(cluster(**automatic(auto_san_validation=True))))}, ["d.json"], "mismatched", 1, ["CO0542"]),
    "an address as the call's authority is not sent": (
        AUTHORITY.replace("other.example.com", "10.0.0.5:8443"), {"d.json": text(dump(cluster(**automatic(auto_sni=True))))}, ["d.json"], "resolved", 0, []),
    "the host's name is sent, whatever the call's authority": (API, {"d.json": upstream_tls(auto_host_sni=True)}, ["d.json"], "resolved", 0, []),
    "the host's name is sent, in camelCase": (API, {"d.json": camel_text(upstream_tls(auto_host_sni=True))}, ["d.json"], "resolved", 0, []),
    "the host's name is sent, and another is wanted": (
        BY_HOST, {"d.json": upstream_tls(socket=tls("api.example.com"), auto_host_sni=True)}, ["d.json"], "mismatched", 1, ["CO0542"]),
    "the host's name is not sent": (
        BY_HOST, {"d.json": upstream_tls(socket=tls("api.example.com"), auto_host_sni=False)}, ["d.json"], "resolved", 0, []),
    "the host's name is sent in the place of another sni": (
        None, {"d.json": upstream_tls(socket=tls("x.example.com", names=["auth.example.com"]), auto_host_sni=True)}, ["d.json"], "resolved", 0, []),
    "the host has a name of its own": (
        None, {"d.json": upstream_tls(hostname="other.example.com", auto_host_sni=True)}, ["d.json"], "mismatched", 1, ["CO0542"]),
    "an address has no name to send": (
        AT_ADDRESS, {"d.json": upstream_tls((("10.0.0.1", 443),), type="STATIC", auto_host_sni=True)}, ["d.json"], "resolved", 0, []),
    "the call's authority goes before the host's name": (
        AUTHORITY, {"d.json": upstream_tls(http=automatic(auto_sni=True), auto_host_sni=True)}, ["d.json"], "mismatched", 1, ["CO0542"]),
    "the sni is wanted as a name": (API, {"d.json": upstream_tls(auto_sni_san_validation=True)}, ["d.json"], "resolved", 0, []),
    "the sni is wanted in the place of other names": (
        API, {"d.json": upstream_tls(socket=tls(names=["x.example.com"]), auto_sni_san_validation=True)}, ["d.json"], "resolved", 0, []),
    "the sni is wanted where no names are set": (
        API, {"d.json": upstream_tls(socket=tls(names=[]), auto_sni_san_validation=True)}, ["d.json"], "resolved", 0, []),
    "no sni to be wanted as a name": (
        API, {"d.json": upstream_tls(socket=tls(names=[], sni=False), auto_sni_san_validation=True)}, ["d.json"], "insecure", 1, ["CO0541"]),
    "no authority, and no names": (
        API, {"d.json": upstream_tls(socket=tls(names=[], ca=None), auto_sni_san_validation=True)}, ["d.json"], "insecure", 1, ["CO0541"]),
    "the sni is another name than is wanted": (
        NAMED, {"d.json": upstream_tls(socket=tls(names=["auth.example.com", SPIFFE]), auto_sni_san_validation=True)}, ["d.json"], "mismatched", 1,
        ["CO0542"]),
    "the authority is sent, and wanted as a name": (
        AUTHORITY, {"d.json": upstream_tls(http=automatic(auto_sni=True), auto_sni_san_validation=True)}, ["d.json"], "mismatched", 1,
        ["CO0542", "CO0542"]),
    "two of three hosts were tried": (None, {"d.json": listed(3), "h.json": hosts((1, 1), (1, 1))}, ["w=d.json", "w=h.json"], "resolved", 0,
                                      ["CO0538"]),
    "the same in the other order": (None, {"d.json": listed(3), "h.json": hosts((1, 1), (1, 1))}, ["w=h.json", "w=d.json"], "resolved", 0,
                                    ["CO0538"]),
    "all hosts were tried": (None, {"d.json": listed(2), "h.json": hosts((1, 1), (1, 1))}, ["w=d.json", "w=h.json"], "uncallable", 1, ["CO0538"]),
    "all hosts were tried, in the other order": (
        None, {"d.json": listed(2), "h.json": hosts((1, 1), (1, 1))}, ["w=h.json", "w=d.json"], "uncallable", 1, ["CO0538"]),
    "fewer hosts than were tried": (None, {"d.json": listed(1), "h.json": hosts((1, 1), (1, 1))}, ["w=h.json", "w=d.json"], "uncallable", 1,
                                    ["CO0538"]),
    "unhealthy by its checks, healthy in EDS": (None, {"d.json": listed(1), "h.json": unhealthy(1)}, ["w=d.json", "w=h.json"], "resolved", 0,
                                                ["CO0532"]),
    "unhealthy by its checks, in the other order": (None, {"d.json": listed(1), "h.json": unhealthy(1)}, ["w=h.json", "w=d.json"], "resolved", 0,
                                                    ["CO0532"]),
    "hosts, by statistics that do not say how many are healthy": (
        SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))), "s.txt": members(2)},
        ["w=d.json", "w=s.txt"], "resolved", 0, []),
    "no hosts, by the same": (SERVICE, {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))), "s.txt": members(0)},
                              ["w=d.json", "w=s.txt"], "resolved", 0, ["CO0531"]),
    **{f"socket {at} offers HTTP/1.1 alone": (OVER_H2, {"d.json": chosen(*sockets, **H2)}, ["d.json"], "mismatched", 1, ["CO0544"])
       for at, sockets in enumerate(((tls(alpn_protocols=["http/1.1"]), tls()), (tls(), tls(alpn_protocols=["http/1.1"]))))},
    "no socket offers HTTP/1.1 alone": (OVER_H2, {"d.json": chosen(tls(), tls(alpn_protocols=["h2"]), **H2)}, ["d.json"], "resolved", 0, []),
    **{f"socket {at} waits for a secret": (None, {"d.json": chosen(*sockets, extra=WAITING)}, ["d.json"], "uncallable", 1, ["CO0536"])
       for at, sockets in enumerate(((CLIENT, tls()), (tls(), CLIENT)))},
    "a type told by its configuration": (None, {"d.json": text(dump(cluster(type=None, cluster_type={"name": "x", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster"}})))}, ["d.json"], "resolved", 0, []),
    "gRPC over HTTP/1.1": (GRPC, {"d.json": text(dump(cluster("existing", socket=None)))}, ["d.json"], "mismatched", 1, ["CO0544"]),
    "gRPC over HTTP/2": (GRPC, {"d.json": text(dump(cluster("existing", socket=None, http2_protocol_options={})))}, ["d.json"], "resolved", 0, []),
    "an old version of TLS": (None, {"d.json": text(dump(cluster(socket=tls(tls_params={"tls_maximum_protocol_version": "TLSv1_1"}))))}, ["d.json"],
                              "mismatched", 1, ["CO0542"]),
    "no version but the newest of TLS": (None, {"d.json": text(dump(cluster(socket=tls(tls_params={
        "tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"}))))}, ["d.json"], "resolved", 0, []),
    "a certificate that is out of date": (None, {"d.json": validated(allow_expired_certificate=True)}, ["d.json"], "insecure", 1, ["CO0541"]),
    "as many addresses as are kept, one missing": (FIXED, {"d.json": fixed(1, *range(1, KEPT))}, ["d.json"], "mismatched", 1, ["CO0543"]),
    "more addresses than are kept, all wanted": (FIXED, {"d.json": fixed(*range(1, KEPT + 1), 1)}, ["d.json"], "resolved", 0, ["CO0546"]),
    **{f"trust {ca} where the system's is wanted": (None, {"d.json": text(dump(cluster(socket=tls(ca=ca))))}, ["d.json"], *verdict) for ca, verdict in (
        ("file-root:system", ("resolved", 0, [])), ("file-root:/etc/ssl/certs/ca-certificates.crt", ("resolved", 0, [])),
        ("file-root:/etc/own.pem", ("mismatched", 1, ["CO0542"])), ("kubernetes://own-cacert", ("mismatched", 1, ["CO0542"])))},
    "a file of one's own where the system's trust is wanted": (None, {"d.json": validated(trusted_ca={"filename": "/etc/own.pem"})}, ["d.json"],
                                                               "mismatched", 1, ["CO0542"]),
    **{f"secret {name}, {mode}": (manifest(f"{{name: auth, host: auth.example.com, tls: {{mode: {mode}, credentialName: cc}}}}", TO_EDGE), {
        "d.json": text(dump(cluster(socket=tls(ca=f"kubernetes://{name}-cacert", **presenting(name if mode == "MUTUAL" else None))), who=AT_EDGE))},
        ["d.json"], *verdict)
       for mode, name, verdict in (("SIMPLE", "cc", ("resolved", 0, [])), ("MUTUAL", "cc", ("resolved", 0, [])),
                                   ("SIMPLE", "dd", ("mismatched", 1, ["CO0542"])), ("MUTUAL", "dd", ("mismatched", 1, ["CO0542", "CO0542"])))},
    "a client's certificate that nobody asked for": (None, {"d.json": text(dump(cluster(socket=tls(**presenting("cc")))))}, ["d.json"], "mismatched", 1,
                                                     ["CO0542"]),
    "an authority where any certificate is wanted": (
        manifest("{name: auth, host: auth.example.com, tls: {insecureSkipVerify: true}}"), {"d.json": text(dump(cluster()))}, ["d.json"], "mismatched", 1,
        ["CO0542"]),
    "a lowest version of TLS above the highest": (None, {"d.json": upstream_tls(socket=tls(tls_params={"tls_minimum_protocol_version": "TLSv1_3"}))},
                                                  ["d.json"], "mismatched", 1, ["CO0542"]),
    "one version of TLS": (None, {"d.json": upstream_tls(socket=tls(tls_params={
        "tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"}))}, ["d.json"], "resolved", 0, []),
    "an sni in other letter case": (None, {"d.json": validated(sni="AUTH.example.com")}, ["d.json"], "resolved", 0, []),
    "a header of the call in the place of the sni": (
        None, {"d.json": upstream_tls(http=automatic(auto_sni=True, override_auto_sni_header="x-host"))}, ["d.json"], "resolved", 0, ["CO0542"]),
    "the call's authority is wanted as a name, of two": (
        manifest("{name: auth, host: auth.example.com, tls: {subjectAltNames: [auth.example.com, other.example.com]}}"),
        {"d.json": upstream_tls(socket=tls(names=["auth.example.com", "other.example.com"]), http=automatic(auto_san_validation=True))}, ["d.json"],
        "mismatched", 1, ["CO0542"]),
    **{f"the label {has!r} where {wanted!r} is wanted": (None, {"d.json": text(dump(cluster(load_assignment=labelled_by(has), transport_socket_matches=[
        {"name": "raw", "match": {"x": wanted}, "transport_socket": {"name": "envoy.transport_sockets.raw_buffer"}}])))}, ["d.json"], *verdict)
       for has, wanted, verdict in (("1", 1, ("resolved", 0, [])), (1, 1, ("insecure", 1, ["CO0540"])), (True, "true", ("resolved", 0, [])))},
    "more names than are kept": (None, {"d.json": validated(names=[{"exact": "auth.example.com"}] * (KEPT + 1))}, ["d.json"], "resolved", 0, ["CO0546"]),
    "as many names as are kept": (None, {"d.json": validated(names=[{"exact": "auth.example.com"}] * KEPT)}, ["d.json"], "resolved", 0, []),
    "as many sockets as are kept": (None, {"d.json": chosen(*[tls()] * 8)}, ["d.json"], "resolved", 0, []),
    "more sockets than are kept": (None, {"d.json": chosen(*[tls()] * 9)}, ["d.json"], "resolved", 0, ["CO0546"]),
    "more labels than are kept": (None, {"d.json": text(dump(cluster(transport_socket_matches=[
        {"name": "m", "match": {str(i): "x" for i in range(5)}, "transport_socket": tls()}])))}, ["d.json"], "resolved", 0, ["CO0546"]),
    "more sets of labels than are kept": (None, {"d.json": text(dump(labelled_in(9)))}, ["d.json"], "resolved", 0, ["CO0546"]),
    "more sets of labels than are kept, and no sockets": (
        None, {"d.json": text(dump(labelled_in(9, transport_socket_matches=None)))}, ["d.json"], "resolved", 0, []),
    "as many sets of labels as are kept": (None, {"d.json": text(dump(labelled_in(8)))}, ["d.json"], "resolved", 0, []),
    "more sets of labels than are kept, by EDS": (AT_ADDRESS, {"d.json": text(dump(
        cluster(type="EDS", dials=None, eds_cluster_config={"service_name": NAME}, transport_socket_matches=ONE_SOCKET), extra=[
            section("Endpoints", dynamic_endpoint_configs=[{"endpoint_config": labelled_at("10.0.0.1", 9)}])]))},
        ["d.json"], "resolved", 0, ["CO0546"]),
    "more addresses than are kept, a strange one among them": (
        FIXED, {"d.json": fixed(999, *range(1, KEPT + 1))}, ["d.json"], "mismatched", 1, ["CO0543"]),
}


def test_clusters(tally):
    for name, (document, files, args, verdict, status, codes) in CLUSTERS.items():
        with folder() as f:
            for file, content in files.items():
                f.write(file, content)
            if document:
                f.write("manifest.yaml", document)
            report, result = f.report(*args)
            got = [(v["verdict"], [r["code"] for r in v["reasons"]]) for v in report["verdicts"]]
            tally.check(got == [(verdict, codes)] and result.returncode == status, f"{name}: {got}, exit {result.returncode}",
                        report["findings"])


def test_owner(tally):
    """Who owns the host of a cluster that dials something else."""
    with folder() as f:
        f.write("manifest.yaml", manifest("{name: auth, host: auth.example.com, isolated: false}"))
        f.write("d.json", text(dump(cluster("outbound|443||auth.example.com", dials=[("10.9.9.9", 443)], owner="payments"))))
        report, _ = f.report("d.json")
        message = report["verdicts"][0]["reasons"][0]["message"]
        tally.check("payments/auth.example.com" in message, f"the owner of a public host is named: {message}")


def aggregate(*names, **more):
    return cluster("existing", type=None, dials=None, socket=None, rule=None, cluster_type={"name": "envoy.clusters.aggregate", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig", "clusters": [*names]}}, **more)


def leading(first=(), second=(), **more):
    """An aggregate of two clusters, which may stand before it or behind it."""
    existing = aggregate("first", "second")
    return text(dump(cluster("first", type="STATIC", dials=first, socket=None), existing,
                     cluster("second", type="STATIC", dials=second, socket=None), **more))


def test_aggregates(tally):
    rows = {"both": (((HERE,), (HERE,)), "resolved", []), "the second": (((), (HERE,)), "resolved", []),
            "none": (((), ()), "uncallable", ["CO0531"])}
    for name, (members, verdict, codes) in rows.items():
        with folder() as f:
            f.write("manifest.yaml", manifest("{name: auth, cluster: existing}"))
            f.write("d.json", leading(*members))
            f.write("bad.json", "{")
            for args in (["d.json"], ["--wait", "20s", "--interval", "10ms", "--", "cat", "d.json"] if verdict == "resolved" else ["d.json"],
                         ["d.json", "bad.json"]):
                report, result = f.report(*args)
                got = [(v["verdict"], [r["code"] for r in v["reasons"]]) for v in report["verdicts"]]
                tally.check(got == [(verdict, codes)], f"an aggregate, {name} with hosts, {args}: {got}", report["findings"])
                found = [x["code"] for x in report["findings"]]
                tally.equal(found.count("CO0409"), args.count("bad.json"), f"an aggregate, {args}: what is wrong is said once")
            piped, _ = f.report("-", stdin=leading(*members).encode())
            got = [(v["verdict"], [r["code"] for r in v["reasons"]]) for v in piped["verdicts"]]
            tally.equal(got, [("resolved", ["CO0535"])], f"an aggregate, {name} with hosts, of a pipe, which is read once")


def test_read_twice(tally):
    """Dumps of an aggregate are read twice, and what is wrong with them is told once, beside what the manifest had before."""
    with folder() as f:
        f.write("manifest.yaml", manifest("{name: auth, cluster: existing}") + "  filter: {wasm: {url: 'oci://example.com/a:1'}, config: {a: 9007199254740993}}\n")
        f.write("d.json", leading((HERE,), (HERE,)))
        bad = [f"bad{i}.json" for i in range(20)]
        for name in bad:
            f.write(name, "{")
        report, _ = f.report("d.json", *bad)
        codes = [x["code"] for x in report["findings"]]
        tally.equal((codes.count("CO0409"), len([c for c in codes if c.startswith("CO02")])), (len(bad), 1), f"read twice: each finding is told once: {codes}")


def many(*with_hosts, n):
    """An aggregate of n clusters, of which few have hosts."""
    names = [f"m{i}" for i in range(n)]
    return dump(aggregate(*names), *(cluster(name, type="STATIC", dials=(HERE,) if i in with_hosts else (), socket=None) for i, name in enumerate(names)))


def spoken(first, second, dials=((HERE,), (HERE,)), **own):
    """An aggregate of two clusters that speak different versions of HTTP."""
    return dump(aggregate("first", "second", **own), *(cluster(name, type="STATIC", dials=to, socket=None, **http) for name, to, http in
                                                       zip(("first", "second"), dials, (first, second))))


# name: (protocol, dump, verdict, codes of the reasons)
LED = {
    "as many as are kept, none with hosts": ("HTTP", many(n=16), "uncallable", ["CO0531"]),
    "as many as are kept, the last with hosts": ("HTTP", many(15, n=16), "resolved", []),
    "more than are kept, the last with hosts": ("HTTP", many(16, n=17), "resolved", ["CO0535"]),
    "more than are kept, none with hosts": ("HTTP", many(n=40), "resolved", ["CO0535"]),
    "more than are kept, the first with hosts": ("HTTP", many(0, n=17), "resolved", []),
    "of clusters that speak HTTP/2": ("GRPC", spoken(H2, H2), "resolved", []),
    "of clusters that speak HTTP/1.1": ("GRPC", spoken({}, {}), "mismatched", ["CO0544"]),
    "of clusters that speak HTTP/1.1, with HTTP/2 of its own": ("GRPC", spoken({}, {}, **H2), "mismatched", ["CO0544"]),
    "of which the one that is not called speaks HTTP/1.1": ("GRPC", spoken(H2, {}), "resolved", []),
    "of which the one that is called speaks HTTP/1.1": ("GRPC", spoken(H2, {}, ((), (HERE,))), "mismatched", ["CO0544"]),
}


# name: (clusters, verdict, codes of the reasons): what calls come to in Envoy 1.36 and 1.40
UNWELL = {
    "one degraded host of many": ([conditions("existing", {"DEGRADED": 1, "UNHEALTHY": 199}, **NO_PANIC)], "uncallable", ["CO0532"]),
    "one healthy host of many": ([conditions("existing", {"HEALTHY": 1, "UNHEALTHY": 199}, **NO_PANIC)], "resolved", []),
    "one degraded host of some": ([conditions("existing", {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)], "resolved", []),
    "an aggregate that panics, of a member that does not": (
        [aggregate("m"), conditions("m", {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)], "uncallable", ["CO0531"]),
    "the same, which does not either": (
        [aggregate("m", **NO_PANIC), conditions("m", {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)], "resolved", []),
    "the same, with a healthy host of another priority": (
        [aggregate("m"), conditions("m", {"HEALTHY": 1, "UNHEALTHY": 9}, {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)], "resolved", ["CO0535"]),
    "none that is well, and weights count": (
        [conditions("existing", {"UNHEALTHY": 2}, policy={"weighted_priority_health": True}, **NO_PANIC)], "uncallable", ["CO0532"]),
    "an aggregate of those": ([aggregate("m", **NO_PANIC), conditions("m", {"UNHEALTHY": 2}, policy={"weighted_priority_health": True}, **NO_PANIC)],
                              "uncallable", ["CO0531"]),
}


def test_unwell(tally):
    """Hosts that are not well, and what is said of those that hashes do not find."""
    for name, (clusters, verdict, codes) in UNWELL.items():
        with folder() as f:
            f.write("manifest.yaml", manifest("{name: auth, cluster: existing}"))
            f.write("d.json", text(dump(*clusters)))
            report, result = f.report("d.json")
            got = [(v["verdict"], [r["code"] for r in v["reasons"]]) for v in report["verdicts"]]
            tally.check((got, result.returncode) == ([(verdict, codes)], int(verdict != "resolved")), f"{name}: {got}", report["findings"])
    with folder() as f:
        f.write("manifest.yaml", manifest("{name: auth, cluster: existing}"))
        f.write("d.json", text(dump(conditions("existing", {"UNHEALTHY": 2}, lb_policy="MAGLEV", common_lb_config={"locality_weighted_lb_config": {}}))))
        report, _ = f.report("d.json")
        said = [r["message"] for r in report["verdicts"][0]["reasons"]]
        tally.check(not any("panic threshold is 0" in m for m in said), f"a threshold that is not 0 is not called so: {said}")


def test_led(tally):
    """How many an aggregate leads to, and what these speak."""
    for name, (protocol, content, verdict, codes) in LED.items():
        with folder() as f:
            f.write("manifest.yaml", manifest(f"{{name: auth, cluster: existing, protocol: {protocol}}}"))
            f.write("d.json", text(content))
            report, result = f.report("d.json")
            got = [(v["verdict"], [r["code"] for r in v["reasons"]]) for v in report["verdicts"]]
            tally.check((got, result.returncode) == ([(verdict, codes)], int(verdict != "resolved")), f"an aggregate, {name}: {got}",
                        report["findings"])


def test_long_texts(tally):
    """What a note leaves out of a long text is seen to be left out."""
    for words, whole in (("word " * 100, True), ("word " * 400, False), ("x" * 400, True), ("ü" * 200, True), ("ü" * 2000, False)):
        with folder() as f:
            f.write("d.json", text(dump(raw_active=[{"error_state": {"details": words + "END", "failed_configuration": cluster()}}])))
            report, _ = f.report("d.json")
            notes = [n["message"] for x in report["findings"] if x["code"] == "CO0506" for n in x["related"]]
            said = next((n for n in notes if words[:100] in n), "")
            ok = words + "END" in said if whole else said.endswith("…") and len(said) > 400 and "END" not in said
            tally.check(ok, f"{words[:5]}, {len(words)} of them", notes)


PLUGIN = "extensions.istio.io/wasmplugin/shop.auth-check"
ASKING = {"name": PLUGIN, "config_discovery": {}}
ASKS = listener(ASKING)
BARE = {"@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", "name": PLUGIN}
STRING = "type.googleapis.com/google.protobuf.StringValue"
BYTES = "type.googleapis.com/google.protobuf.BytesValue"


def extension(entry=None, **typed):
    config = {"typed_config": {"@type": WASM, "config": {"name": "shop.auth-check", **typed}}} if typed else {}
    return section("Ecds", ecds_filters=[{"ecds_filter": {**BARE, **config}, **(entry or {})}])


def routed(whole, hosts):
    """A listener whose filter all routes, virtual hosts (each with its routes) or routes switch off or on."""
    def says(how):
        return {"typed_per_filter_config": {PLUGIN: {"disabled": how == "off"}, "other": {"disabled": True}}} if how else {}

    made = listener(ASKING)
    manager = made["dynamic_listeners"][0]["active_state"]["listener"]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["route_config"] = {"virtual_hosts": [{"routes": [says(r) for r in routes], **says(host)} for host, routes in hosts.items()], **says(whole)}
    return made


def by_rds(*filters, how="rds"):
    """A listener whose routes are not its own."""
    made = listener(*filters)
    chain = made["dynamic_listeners"][0]["active_state"]["listener"]["filter_chains"][0]
    chain["filters"][0]["typed_config"][how] = {"route_config_name": "80"}
    return made


def said(value, kind=STRING):
    return {"@type": kind, "value": value}


def variables(*of_host, **values):
    return {"vm_config": {"environment_variables": {"key_values": values, "host_env_keys": list(of_host)}}}


RIGHT = said(json.dumps({"authCluster": NAME}))
# name: (sections beside the clusters, has it a bootstrap, verdict, a word of the detail)
PLUGINS = {
    "a listener asks, and an empty section of extensions": ([ASKS, section("Ecds")], True, "failed", "never came"),
    "a listener asks, and a mask left the section's type": ([ASKS, section("Ecds")], False, "unknown", ""),
    "no listener at all": ([section("Listeners")], True, "absent", ""),
    "no listener, but a mask": ([section("Listeners")], False, "unknown", ""),
    "error_state": ([extension({"error_state": {"details": "wasm: no such file"}})], True, "failed", "no such file"),
    "a Struct as configuration": ([extension(configuration=said({"authCluster": NAME}, "type.googleapis.com/google.protobuf.Struct"))],
                                  True, "present", ""),
    "another Struct": ([extension(configuration=said({"authCluster": "x"}, "type.googleapis.com/google.protobuf.Struct"))],
                       True, "differs", "authCluster"),
    "no JSON as configuration": ([extension(configuration=said("authCluster=1"))], True, "differs", "is no JSON"),
    "a TypedStruct": ([section("Ecds", ecds_filters=[{"ecds_filter": {**BARE, "typed_config": {
        "@type": "type.googleapis.com/udpa.type.v1.TypedStruct", "type_url": WASM,
        "value": {"config": {"name": "x", "configuration": RIGHT}}}}}])], True, "present", ""),
    "fails closed": ([extension(configuration=RIGHT, failure_policy="FAIL_CLOSED")], True, "present", ""),
    "fails closed, as it is when nothing is said": ([extension(configuration=RIGHT)], True, "present", ""),
    "fails open": ([extension(configuration=RIGHT, failure_policy="FAIL_OPEN")], True, "differs", "FAIL_OPEN"),
    "fails open, as older versions say it": ([extension(configuration=RIGHT, fail_open=True)], True, "differs", "FAIL_OPEN"),
    "bytes as configuration": ([extension(configuration=said(base64.b64encode(json.dumps({"authCluster": NAME}).encode()).decode(), BYTES))],
                               True, "present", ""),
    "other bytes": ([extension(configuration=said(base64.b64encode(b'{"authCluster": "x"}').decode(), BYTES))], True, "differs", "authCluster"),
    "a variable that istiod adds": ([extension(configuration=RIGHT, **variables(ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION="7"))],
                                    True, "present", ""),
    "a variable more": ([extension(configuration=RIGHT, **variables(MODE="x"))], True, "differs", "MODE is set"),
    "disabled in its listener": ([listener({**ASKING, "disabled": True}), extension(configuration=RIGHT)], True, "differs", "disabled"),
    "disabled in one of two listeners": ([listener({**ASKING, "disabled": True}, ASKING), extension(configuration=RIGHT)], True, "present", ""),
    **{f"routes that say {routing}": ([routed(*routing), extension(configuration=RIGHT)], True, verdict, word) for routing, verdict, word in (
        (("", {"": ["", "off"]}), "present", ""), (("", {"": ["off", "off"]}), "differs", "all of its routes"),
        (("", {"off": [""], "": [""]}), "present", ""), (("", {"off": [""], "on": []}), "differs", "all of its routes"),
        (("off", {"": ["off"]}), "differs", "all of its routes"), (("off", {"": ["on"]}), "present", ""), (("off", {}), "differs", "all of its routes"),
        (("on", {"off": ["off", "on"]}), "present", ""), (("", {}), "present", ""))},
    "disabled, and routes come by RDS": ([by_rds({**ASKING, "disabled": True}), extension(configuration=RIGHT)], True, "unknown", "come by RDS"),
    "disabled, and routes come by scopes": ([by_rds({**ASKING, "disabled": True}, how="scoped_routes"), extension(configuration=RIGHT)],
                                            True, "unknown", "come by RDS"),
    "disabled, another configuration, and routes by RDS": ([by_rds({**ASKING, "disabled": True}), extension(configuration=said("{}"))],
                                                           True, "differs", "authCluster"),
    "routes by RDS": ([by_rds(ASKING), extension(configuration=RIGHT)], True, "present", ""),
    "disabled by one listener, with routes by RDS": ([by_rds({**ASKING, "disabled": True}, ASKING), extension(configuration=RIGHT)],
                                                     True, "present", ""),
    "more routes that name it than plugins are kept": ([routed("", {"": ["on"] * 5000}), extension(configuration=RIGHT)], True, "present", ""),
    "reloads": ([extension(configuration=RIGHT, failure_policy="FAIL_RELOAD")], True, "differs", "FAIL_RELOAD"),
}


def test_plugins(tally):
    for name, (sections, whole, verdict, word) in PLUGINS.items():
        with folder() as f:
            f.write("manifest.yaml", WITH_FILTER)
            f.write("d.json", text({"configs": [*([bootstrap()] if whole else []), clusters_section(cluster()), *sections]}))
            report, result = f.report("d.json")
            got = [p["verdict"] for p in report["plugins"]]
            findings = " ".join(m["message"] for x in report["findings"] for m in (x, *x["related"]))
            status = 0 if verdict in ("present", "unknown") else 1
            tally.check((got, result.returncode) == ([verdict], status) and word in findings, f"plugin, {name}: {got}, exit {result.returncode}",
                        findings)


# What the manifest sets, as a flow list: (what the proxy has, verdict, a word of the detail)
ENVIRONMENT = "[{name: MODE, value: strict}, {name: EMPTY, value: ''}, {name: POD_IP, valueFrom: HOST}]"
VARIABLES = {
    "as generated": (variables("POD_IP", MODE="strict", EMPTY=""), "present", ""),
    "with those of istiod": (variables("POD_IP", MODE="strict", EMPTY="", ISTIO_META_X="1"), "present", ""),
    "another value": (variables("POD_IP", MODE="lax", EMPTY=""), "differs", 'MODE is "lax", not "strict"'),
    "the host's in the place of a value": (variables("POD_IP", "MODE", EMPTY=""), "differs", "MODE is the host's, not"),
    "a value in the place of the host's": (variables(MODE="strict", EMPTY="", POD_IP="1"), "differs", 'POD_IP is "1", not the host\'s'),
    "one missing": (variables("POD_IP", MODE="strict"), "differs", "EMPTY is not set"),
    "none": ({}, "differs", "MODE is not set"),
}


def test_variables(tally):
    document = WITH_FILTER.replace('1.4.0"}', f'1.4.0", env: {ENVIRONMENT}}}')
    for name, (has, verdict, word) in VARIABLES.items():
        with folder() as f:
            f.write("manifest.yaml", document)
            f.write("d.json", text({"configs": [bootstrap(), clusters_section(cluster()), extension(configuration=RIGHT, **has)]}))
            report, result = f.report("d.json")
            got = [p["verdict"] for p in report["plugins"]]
            findings = " ".join(x["message"] for x in report["findings"])
            ok = (got, result.returncode) == ([verdict], 0 if verdict == "present" else 1) and word in findings
            tally.check(ok, f"variables, {name}: {got}, exit {result.returncode}", findings + result.stderr.decode())


CODE = 'function envoy_on_request(h)\n  h:httpCall("${upstreams.auth.cluster}", {}, "", 1000)\nend\n'
FILLED = CODE.replace("${upstreams.auth.cluster}", NAME)
LUA = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
# name: (the filter's message, verdict, a word of the detail)
SCRIPTS = {
    "as generated": ({"default_source_code": {"inline_string": FILLED}}, "present", ""),
    "as older versions carry it": ({"inline_code": FILLED}, "present", ""),
    "another cluster": ({"default_source_code": {"inline_string": FILLED.replace("47080", "443")}}, "differs", "from line 2 on"),
    "a line more": ({"default_source_code": {"inline_string": FILLED + "-- more\n"}}, "differs", "from line 4 on"),
    "from a file of the proxy": ({"default_source_code": {"filename": "/etc/x.lua"}}, "present", ""),
}


def test_scripts(tally):
    document = {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": "auth-check", "namespace": "shop"},
                "spec": {"target": {"selector": {"matchLabels": {"app": "web"}}}, "filter": {"lua": {"inline": CODE}, "phase": "STATS"},
                         "upstreams": [{"name": "auth", "host": "auth.example.com"}]}}
    for name, (message, verdict, word) in SCRIPTS.items():
        with folder() as f:
            f.write("manifest.yaml", json.dumps(document))
            f.write("d.json", text(dump(cluster(), extra=[listener({"name": "callout.shop.auth-check", "typed_config": {"@type": LUA, **message}})])))
            report, result = f.report("d.json")
            got = [p["verdict"] for p in report["plugins"]]
            findings = " ".join(x["message"] for x in report["findings"])
            ok = (got, result.returncode) == ([verdict], 0 if verdict == "present" else 1) and word in findings
            tally.check(ok, f"Lua {name}: {got}, exit {result.returncode}", findings)


tests = [test_clusters, test_aggregates, test_read_twice, test_unwell, test_led, test_long_texts, test_owner, test_plugins, test_variables, test_scripts]
