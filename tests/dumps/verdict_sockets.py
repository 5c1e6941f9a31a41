"""Verdicts on the sockets of a cluster: TLS, whose certificates, which HTTP, and which endpoint gets which."""

import json

from judged import AT_ADDRESS, H2, KEPT, PLAIN_EDS, SERVICE_NAME, camel_text, judge, service_dump
from make_invalid import SERVICE, manifest
from shapes import HTTP_OPTIONS, TLS, address, clusters_section, section, tls
from verifying import MANIFEST, NAME, camel, cluster, dump, text

def validated(sni="auth.example.com", names=({"exact": "auth.example.com"},), **context):
    """A cluster whose socket checks certificates like this."""
    matchers = [{"san_type": "URI" if "://" in name.get("exact", "") else "DNS", "matcher": name} for name in names]
    validation = {"match_typed_subject_alt_names": matchers,
                  "trusted_ca": {"filename": "/etc/ssl/certs/ca-certificates.crt"}, **context}
    config = {"@type": TLS, "sni": sni, "common_tls_context": {"validation_context": validation}}
    return text(dump(cluster(socket={"name": "envoy.transport_sockets.tls", "typed_config": config})))


QUIC = {"name": "envoy.transport_sockets.quic", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport",
    "upstream_tls_context": tls()["typed_config"]}}


def waiting_for(name):
    """A dump's section: a secret that did not come yet."""
    return section("Secrets", dynamic_warming_secrets=[{"name": name, "secret": {"name": name}}])


def labelled(host, port, *labels):
    """Endpoints at one address, each with labels that sockets are chosen by; None: without."""
    return [{"endpoint": address(host, port),
             **({"metadata": {"filter_metadata": {"envoy.transport_socket_match": of_one}}} if of_one else {})}
            for of_one in labels]


def assigned(name, hosts):
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}]}


def in_mesh(*labels):
    """A service whose mutual TLS waits for the workload's certificate, and its endpoints' labels."""
    mutual = {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": TLS, "common_tls_context": {
        "tls_certificate_sds_secret_configs": [{"name": "default"}]}}}
    sockets = [{"transport_socket": mutual, "name": "tlsMode-istio", "match": {"tlsMode": "istio"}},
               {"name": "tlsMode-disabled", "match": {}}]
    hosts = [labelled(f"10.0.0.{i}", 8080, of_one)[0] for i, of_one in enumerate(labels)]
    seen = section("Endpoints", dynamic_endpoint_configs=[{"endpoint_config": assigned(SERVICE_NAME, hosts)}])
    service = cluster(SERVICE_NAME, socket=None, rule=None, transport_socket_matches=sockets, **PLAIN_EDS)
    return service_dump(clusters_section(service), *([seen] if labels else []), waiting_for("default"))


def as_bytes(kind):
    """A cluster whose calls go out as something else than HTTP."""
    config = {"@type": f"type.googleapis.com/envoy.extensions.upstreams.http.{kind}"}
    return dump(cluster(upstream_config={"name": "x", "typed_config": config}))


def labelled_at(host, n):
    """Endpoints with labels of so many sets."""
    return assigned(NAME, labelled(host, 443, *({"x": str(i)} for i in range(n))))


def chosen(*sockets, extra=(), **more):
    """A cluster whose endpoints get these sockets, by their labels."""
    matches = [{"name": f"m{i}", "match": {"x": str(i)}, "transport_socket": s} for i, s in enumerate(sockets)]
    return text(dump(cluster(load_assignment=labelled_at("auth.example.com", len(sockets)),
                             transport_socket_matches=matches, **more), extra=extra))


TO_EDGE = "{proxy: gateway, selector: {matchLabels: {istio: edge}}}"
AT_EDGE = {"kind": "router", "labels": {"istio": "edge"}}
ONE_SOCKET = [{"name": "m", "match": {"x": "none"}, "transport_socket": tls()}]


def labelled_in(n, **more):
    """A cluster of one socket, whose endpoints have labels of so many sets."""
    own = {"load_assignment": labelled_at("auth.example.com", n), "transport_socket_matches": ONE_SOCKET}
    return cluster(**{**own, **more})


def upstream_tls(dials=(("auth.example.com", 443),), hostname=None, socket=None, http=None, type="STRICT_DNS",
                 **options):
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
    return assigned(NAME, labelled("auth.example.com", 443, {"x": value}))


def automatic(**options):
    return {"typed_extension_protocol_options": {HTTP_OPTIONS: {"upstream_http_protocol_options": options}}}


AUTHORITY = manifest("{name: auth, host: auth.example.com, authority: other.example.com, tls: {sni: auth.example.com}}")
GRPC = manifest("{name: auth, cluster: existing, protocol: GRPC}")
API = manifest("{name: auth, host: auth.example.com, authority: api.example.com, tls: {sni: auth.example.com}}")
BY_HOST = manifest("{name: auth, host: auth.example.com, authority: auth.example.com, tls: {sni: api.example.com}}")
OVER_H2 = manifest("{name: auth, host: auth.example.com, protocol: GRPC}")
CLIENT = tls(tls_certificate_sds_secret_configs=[{"name": "kubernetes://client"}])
WAITING = [waiting_for("kubernetes://client")]
SPIFFE, OTHER_SPIFFE = "spiffe://cluster.local/ns/a/sa/b", "spiffe://cluster.local/ns/a/sa/c"
NAMED = manifest(f"{{name: auth, host: auth.example.com, tls: {{subjectAltNames: [auth.example.com, \"{SPIFFE}\"]}}}}")


def named(*names):
    return validated(names=[{"exact": n} for n in names])


# name: (manifest, the dump or {file: content}, verdict, codes of the reasons)
SOCKETS = {
    "HTTP as downstream, and h2 is offered": (
        MANIFEST,
        upstream_tls(
            socket=tls(alpn_protocols=["h2"]),
            http={"typed_extension_protocol_options": {HTTP_OPTIONS: {"use_downstream_protocol_config": {}}}},
        ),
        "mismatched", ["CO0544"]),
    "a certificate checked as planned": (MANIFEST, validated(), "resolved", []),
    "a certificate of anyone": (
        MANIFEST, validated(trust_chain_verification="ACCEPT_UNTRUSTED"), "insecure", ["CO0541"]),
    "names of hosts and of identities": (NAMED, named(SPIFFE, "auth.example.com"), "resolved", []),
    "another identity": (NAMED, named("auth.example.com", OTHER_SPIFFE), "mismatched", ["CO0542"]),
    "an identity where a host is wanted": (MANIFEST, named(SPIFFE), "mismatched", ["CO0542"]),
    # The older list counts only without the newer one: measured by tests/conformance/sockets, --seed 990003 with Envoy 1.36.4.
    "other names in the older list": (MANIFEST, validated(match_subject_alt_names=[{"exact": "other.example.com"}]), "resolved", []),
    "any name in the older list": (MANIFEST, validated(match_subject_alt_names=[{"safe_regex": {"regex": ".*"}}]), "resolved", []),
    "the name in the older list alone": (MANIFEST, validated(
        names=[{"exact": "other.example.com"}], match_subject_alt_names=[{"exact": "auth.example.com"}]), "mismatched", ["CO0542"]),
    "the older list, and an empty one": (MANIFEST, validated(names=[], match_subject_alt_names=[{"exact": "auth.example.com"}]), "resolved", []),
    "names by a pattern": (MANIFEST, validated(names=[{"prefix": "auth"}]), "mismatched", ["CO0542"]),
    "any name by a pattern": (MANIFEST, validated(names=[{"safe_regex": {"regex": ".*"}}]), "insecure", ["CO0541"]),
    "TLS inside of QUIC": (MANIFEST, text(dump(cluster(socket=QUIC))), "resolved", []),
    "a secret of the mesh that some endpoints wait for": (
        SERVICE, in_mesh({"tlsMode": "istio"}, None), "resolved", ["CO0536"]),
    "a secret of the mesh that all endpoints wait for": (
        SERVICE, in_mesh({"tlsMode": "istio"}, {"tlsMode": "istio", "x": "y"}), "uncallable", ["CO0536"]),
    "a secret of the mesh, and endpoints that are not seen": (SERVICE, in_mesh(), "resolved", ["CO0536"]),
    "the same, in another order of keys": (
        SERVICE, json.dumps(json.loads(in_mesh({"tlsMode": "istio"})), sort_keys=True), "uncallable", ["CO0536"]),
    "calls that go out as bytes": (MANIFEST, text(as_bytes("tcp.v3.TcpConnectionPoolProto")), "mismatched", ["CO0544"]),
    "calls that go out as datagrams, in camelCase": (
        MANIFEST, text(camel(as_bytes("udp.v3.UdpConnectionPoolProto"))), "mismatched", ["CO0544"]),
    "calls that go out as HTTP by an extension": (
        MANIFEST, text(as_bytes("http.v3.HttpConnectionPoolProto")), "resolved", []),
    "sockets that a matcher chooses": (
        MANIFEST, chosen(tls(), transport_socket_matcher={"on_no_match": {}}), "resolved", ["CO0546"]),
    "no sockets for a matcher to choose": (
        MANIFEST, text(dump(cluster(transport_socket_matcher={"on_no_match": {}}))), "resolved", []),
    "the sni is right, and the call's authority is sent": (
        AUTHORITY, text(dump(cluster(**automatic(auto_sni=True)))), "mismatched", ["CO0542"]),
    "the call's authority is wanted as a name": (
        AUTHORITY, text(dump(cluster(**automatic(auto_san_validation=True)))), "mismatched", ["CO0542"]),
    "an address as the call's authority is not sent": (
        AUTHORITY.replace("other.example.com", "10.0.0.5:8443"),
        text(dump(cluster(**automatic(auto_sni=True)))),
        "resolved", []),
    "the host's name is sent, whatever the call's authority": (API, upstream_tls(auto_host_sni=True), "resolved", []),
    "the host's name is sent, in camelCase": (API, camel_text(upstream_tls(auto_host_sni=True)), "resolved", []),
    "the host's name is sent, and another is wanted": (
        BY_HOST, upstream_tls(socket=tls("api.example.com"), auto_host_sni=True), "mismatched", ["CO0542"]),
    "the host's name is not sent": (
        BY_HOST, upstream_tls(socket=tls("api.example.com"), auto_host_sni=False), "resolved", []),
    "the host's name is sent in the place of another sni": (
        MANIFEST,
        upstream_tls(socket=tls("x.example.com", names=["auth.example.com"]), auto_host_sni=True),
        "resolved", []),
    "the host has a name of its own": (
        MANIFEST, upstream_tls(hostname="other.example.com", auto_host_sni=True), "mismatched", ["CO0542"]),
    "an address has no name to send": (
        AT_ADDRESS, upstream_tls((("10.0.0.1", 443),), type="STATIC", auto_host_sni=True), "resolved", []),
    "the call's authority goes before the host's name": (
        AUTHORITY, upstream_tls(http=automatic(auto_sni=True), auto_host_sni=True), "mismatched", ["CO0542"]),
    "the sni is wanted as a name": (API, upstream_tls(auto_sni_san_validation=True), "resolved", []),
    "the sni is wanted in the place of other names": (
        API, upstream_tls(socket=tls(names=["x.example.com"]), auto_sni_san_validation=True), "resolved", []),
    "the sni is wanted where no names are set": (
        API, upstream_tls(socket=tls(names=[]), auto_sni_san_validation=True), "resolved", []),
    "no sni to be wanted as a name": (
        API, upstream_tls(socket=tls(names=[], sni=False), auto_sni_san_validation=True), "insecure", ["CO0541"]),
    "no authority, and no names": (
        API, upstream_tls(socket=tls(names=[], ca=None), auto_sni_san_validation=True), "insecure", ["CO0541"]),
    "the sni is another name than is wanted": (
        NAMED,
        upstream_tls(socket=tls(names=["auth.example.com", SPIFFE]), auto_sni_san_validation=True),
        "mismatched", ["CO0542"]),
    "the authority is sent, and wanted as a name": (
        AUTHORITY,
        upstream_tls(http=automatic(auto_sni=True), auto_sni_san_validation=True),
        "mismatched", ["CO0542", "CO0542"]),
    **{
        f"socket {at} offers HTTP/1.1 alone": (OVER_H2, chosen(*sockets, **H2), "mismatched", ["CO0544"])
        for at, sockets in enumerate(
            ((tls(alpn_protocols=["http/1.1"]), tls()), (tls(), tls(alpn_protocols=["http/1.1"])))
        )
    },
    "no socket offers HTTP/1.1 alone": (OVER_H2, chosen(tls(), tls(alpn_protocols=["h2"]), **H2), "resolved", []),
    **{
        f"socket {at} waits for a secret": (MANIFEST, chosen(*sockets, extra=WAITING), "uncallable", ["CO0536"])
        for at, sockets in enumerate(((CLIENT, tls()), (tls(), CLIENT)))
    },
    "gRPC over HTTP/1.1": (GRPC, text(dump(cluster("existing", socket=None))), "mismatched", ["CO0544"]),
    "gRPC over HTTP/2": (GRPC, text(dump(cluster("existing", socket=None, http2_protocol_options={}))), "resolved", []),
    "an old version of TLS": (
        MANIFEST,
        text(dump(cluster(socket=tls(tls_params={"tls_maximum_protocol_version": "TLSv1_1"})))),
        "mismatched", ["CO0542"]),
    "no version but the newest of TLS": (
        MANIFEST,
        text(
            dump(
                cluster(
                    socket=tls(
                        tls_params={
                            "tls_minimum_protocol_version": "TLSv1_3",
                            "tls_maximum_protocol_version": "TLSv1_3",
                        }
                    )
                )
            )
        ),
        "resolved", []),
    "a certificate that is out of date": (MANIFEST, validated(allow_expired_certificate=True), "insecure", ["CO0541"]),
    **{
        f"trust {ca} where the system's is wanted": (MANIFEST, text(dump(cluster(socket=tls(ca=ca)))), *verdict)
        for ca, verdict in (
            ("file-root:system", ("resolved", [])),
            ("file-root:/etc/ssl/certs/ca-certificates.crt", ("resolved", [])),
            ("file-root:/etc/own.pem", ("mismatched", ["CO0542"])),
            ("kubernetes://own-cacert", ("mismatched", ["CO0542"])),
        )
    },
    "a file of one's own where the system's trust is wanted": (
        MANIFEST, validated(trusted_ca={"filename": "/etc/own.pem"}), "mismatched", ["CO0542"]),
    **{
        f"secret {name}, {mode}": (
            manifest(f"{{name: auth, host: auth.example.com, tls: {{mode: {mode}, credentialName: cc}}}}", TO_EDGE),
            text(
                dump(
                    cluster(
                        socket=tls(ca=f"kubernetes://{name}-cacert", **presenting(name if mode == "MUTUAL" else None))
                    ),
                    who=AT_EDGE,
                )
            ),
            *verdict)
        for mode, name, verdict in (
            ("SIMPLE", "cc", ("resolved", [])),
            ("MUTUAL", "cc", ("resolved", [])),
            ("SIMPLE", "dd", ("mismatched", ["CO0542"])),
            ("MUTUAL", "dd", ("mismatched", ["CO0542", "CO0542"])),
        )
    },
    "a client's certificate that nobody asked for": (
        MANIFEST, text(dump(cluster(socket=tls(**presenting("cc"))))), "mismatched", ["CO0542"]),
    "an authority where any certificate is wanted": (
        manifest("{name: auth, host: auth.example.com, tls: {insecureSkipVerify: true}}"),
        text(dump(cluster())),
        "mismatched", ["CO0542"]),
    "a lowest version of TLS above the highest": (
        MANIFEST,
        upstream_tls(socket=tls(tls_params={"tls_minimum_protocol_version": "TLSv1_3"})),
        "mismatched", ["CO0542"]),
    "one version of TLS": (
        MANIFEST,
        upstream_tls(
            socket=tls(
                tls_params={"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"}
            )
        ),
        "resolved", []),
    "an sni in other letter case": (MANIFEST, validated(sni="AUTH.example.com"), "resolved", []),
    "a header of the call in the place of the sni": (
        MANIFEST,
        upstream_tls(http=automatic(auto_sni=True, override_auto_sni_header="x-host")),
        "resolved", ["CO0542"]),
    "the call's authority is wanted as a name, of two": (
        manifest("{name: auth, host: auth.example.com, tls: {subjectAltNames: [auth.example.com, other.example.com]}}"),
        upstream_tls(
            socket=tls(names=["auth.example.com", "other.example.com"]), http=automatic(auto_san_validation=True)
        ),
        "mismatched", ["CO0542"]),
    **{
        f"the label {has!r} where {wanted!r} is wanted": (
            MANIFEST,
            text(
                dump(
                    cluster(
                        load_assignment=labelled_by(has),
                        transport_socket_matches=[
                            {
                                "name": "raw",
                                "match": {"x": wanted},
                                "transport_socket": {"name": "envoy.transport_sockets.raw_buffer"},
                            }
                        ],
                    )
                )
            ),
            *verdict)
        for has, wanted, verdict in (
            ("1", 1, ("resolved", [])),
            (1, 1, ("insecure", ["CO0540"])),
            (True, "true", ("resolved", [])),
        )
    },
    "more names than are kept": (
        MANIFEST, validated(names=[{"exact": "auth.example.com"}] * (KEPT + 1)), "resolved", ["CO0546"]),
    "as many names as are kept": (MANIFEST, validated(names=[{"exact": "auth.example.com"}] * KEPT), "resolved", []),
    "as many sockets as are kept": (MANIFEST, chosen(*[tls()] * 8), "resolved", []),
    "more sockets than are kept": (MANIFEST, chosen(*[tls()] * 9), "resolved", ["CO0546"]),
    "more labels than are kept": (
        MANIFEST,
        text(
            dump(
                cluster(
                    transport_socket_matches=[
                        {"name": "m", "match": {str(i): "x" for i in range(5)}, "transport_socket": tls()}
                    ]
                )
            )
        ),
        "resolved", ["CO0546"]),
    "more sets of labels than are kept": (MANIFEST, text(dump(labelled_in(9))), "resolved", ["CO0546"]),
    "more sets of labels than are kept, and no sockets": (
        MANIFEST, text(dump(labelled_in(9, transport_socket_matches=None))), "resolved", []),
    "as many sets of labels as are kept": (MANIFEST, text(dump(labelled_in(8))), "resolved", []),
    "more sets of labels than are kept, by EDS": (
        AT_ADDRESS,
        text(
            dump(
                cluster(
                    type="EDS",
                    dials=None,
                    eds_cluster_config={"service_name": NAME},
                    transport_socket_matches=ONE_SOCKET,
                ),
                extra=[
                    section("Endpoints", dynamic_endpoint_configs=[{"endpoint_config": labelled_at("10.0.0.1", 9)}])
                ],
            )
        ),
        "resolved", ["CO0546"]),
}


def test_sockets(tally):
    judge(tally, SOCKETS)


tests = [test_sockets]
