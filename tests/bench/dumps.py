"""Config dumps of any size, shaped as Envoy's admin interface and istioctl print them."""

import json

CERTIFICATES = {"tls_certificate_sds_secret_configs": [{"name": "default", "sds_config": {
    "api_config_source": {"api_type": "GRPC", "grpc_services": [{"envoy_grpc": {"cluster_name": "sds-grpc"}}],
                          "set_node_on_first_message_only": True, "transport_api_version": "V3"},
    "initial_fetch_timeout": "0s", "resource_api_version": "V3"}}]}


def tls_context(sni, sans):
    return {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "common_tls_context": {
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"},
                "alpn_protocols": ["istio-peer-exchange", "istio", "h2"], **CERTIFICATES,
                "combined_validation_context": {
                    "default_validation_context": {"match_subject_alt_names": [{"exact": san} for san in sans]},
                    "validation_context_sds_secret_config": {"name": "ROOTCA", "sds_config": CERTIFICATES[
                        "tls_certificate_sds_secret_configs"][0]["sds_config"]}}},
            "sni": sni}


def cluster(name, host, port, subset):
    """One of istiod's own for a service in the mesh; its fields in the order of Envoy's cluster.proto, as both print them,
    but for the name, which stands where a reader that goes through it has to pass all else."""
    defaults = {"max_connections": 4294967295, "max_pending_requests": 4294967295, "max_requests": 4294967295,
                "max_retries": 4294967295, "track_remaining": True}
    metadata = {"config": f"/apis/networking.istio.io/v1/namespaces/shop/destination-rule/{host.split('.')[0]}",
                "services": [{"host": host, "name": host.split(".")[0], "namespace": "shop"}],
                "default_original_port": port, "subset": subset}
    return {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "type": "EDS",
        "eds_cluster_config": {"eds_config": {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"},
                               "service_name": name},
        "connect_timeout": "10s",
        "lb_policy": "LEAST_REQUEST",
        "circuit_breakers": {"thresholds": [defaults]},
        "outlier_detection": {"consecutive_5xx": 5, "interval": "10s", "base_ejection_time": "30s"},
        "transport_socket_matches": [
            {"name": "tlsMode-istio", "match": {"tlsMode": "istio"},
             "transport_socket": {"name": "envoy.transport_sockets.tls",
                                  "typed_config": tls_context(f"outbound_.{port}_.{subset}_.{host}",
                                                              [f"spiffe://cluster.local/ns/shop/sa/{host.split('.')[0]}"])}},
            {"name": "tlsMode-disabled", "match": {}, "transport_socket": {
                "name": "envoy.transport_sockets.raw_buffer",
                "typed_config": {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"}}}],
        "filters": [{"name": "istio.metadata_exchange", "typed_config": {
            "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
            "type_url": "type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange",
            "value": {"enable_discovery": True, "protocol": "istio-peer-exchange"}}}],
        "common_lb_config": {"locality_weighted_lb_config": {}},
        "metadata": {"filter_metadata": {"istio": metadata}},
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "use_downstream_protocol_config": {"http_protocol_options": {},
                                               "http2_protocol_options": {"max_concurrent_streams": 1073741824}}}},
        "name": name,
    }


def name_of(i):
    return f"outbound|{8000 + i % 7}|v{i % 3}|service-{i}.shop.svc.cluster.local"


BOOTSTRAP = {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": {"node": {
    "id": "sidecar~10.0.0.7~web-7d9c.shop~shop.svc.cluster.local", "cluster": "web.shop",
    "metadata": {"ISTIO_VERSION": "1.27.0", "LABELS": {"app": "web"}, "NAMESPACE": "shop",
                 "PROXY_CONFIG": "{\"concurrency\":2,\"discoveryAddress\":\"istiod.istio-system.svc:15012\"}"}}},
    "last_updated": "2026-01-01T00:00:00.000Z"}


# What every sidecar has: without them a list of clusters is not whole.
BUILT_IN = [{"cluster": {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": name, "type": kind,
                         "connect_timeout": "10s"}, "last_updated": "2026-01-01T00:00:00.000Z"}
            for name, kind in (("BlackHoleCluster", "STATIC"), ("PassthroughCluster", "ORIGINAL_DST"),
                               ("InboundPassthroughCluster", "ORIGINAL_DST"), ("prometheus_stats", "STATIC"),
                               ("agent", "STATIC"), ("xds-grpc", "STATIC"), ("sds-grpc", "STATIC"))]


def indented(value, indent, depth):
    """The lines of a value that stands so deep in a document."""
    pad = " " * (indent * depth)
    return json.dumps(value, indent=indent, ensure_ascii=False).replace("\n", "\n" + pad)


def placeholders(indent, depth, wrap):
    """One cluster as text, to be filled in: a thousand times faster than printing each."""
    made = cluster("@NAME@", "@HOST@", "@PORT@", "@SUBSET@")
    text = indented(wrap(made), indent, depth)
    return text.replace('"@PORT@"', "@PORT@").replace("{", "{{").replace("}", "}}") \
        .replace("@NAME@", "{name}").replace("@HOST@", "{host}").replace("@PORT@", "{port}").replace("@SUBSET@", "{subset}")


def clusters(text, size):
    """Clusters until they have so many bytes."""
    i = 0
    while size > 0:
        name = name_of(i)
        _, port, subset, host = name.split("|")
        one = text.format(name=name, host=host, port=port, subset=subset)
        size -= len(one)
        yield one
        i += 1


def write_admin(path, size):
    """What /config_dump and `istioctl proxy-config all -o json` print: snake_case, one space."""
    text = placeholders(1, 4, lambda c: {"version_info": "2026-01-01T00:00:00Z/1", "cluster": c,
                                         "last_updated": "2026-01-01T00:00:00.000Z"})
    with open(path, "w", encoding="utf-8") as out:
        out.write('{\n "configs": [\n  ' + indented(BOOTSTRAP, 1, 2) + ',\n  {\n   "@type": "type.googleapis.com/'
                  'envoy.admin.v3.ClustersConfigDump",\n   "version_info": "2026-01-01T00:00:00Z/1",\n'
                  '   "static_clusters": ' + indented(BUILT_IN, 1, 3) + ',\n   "dynamic_active_clusters": [\n    ')
        for i, one in enumerate(clusters(text, size)):
            out.write(",\n    " + one if i else one)
        out.write("\n   ]\n  }\n ]\n}\n")


def camel(value):
    if isinstance(value, dict):
        return {k if k.startswith(("@", "envoy.")) else k.split("_")[0] + "".join(w.title() for w in k.split("_")[1:]): camel(v)
                for k, v in value.items()}
    return [camel(v) for v in value] if isinstance(value, list) else value


def write_array(path, size):
    """What `istioctl proxy-config cluster -o json` prints: camelCase, four spaces, no wrapper."""
    def bare(c):
        return camel({k: v for k, v in c.items() if k != "@type"})

    with open(path, "w", encoding="utf-8") as out:
        out.write("[\n    " + ",\n    ".join(indented(camel(bare(b["cluster"])), 4, 1) for b in BUILT_IN))
        for one in clusters(placeholders(4, 1, bare), size):
            out.write(",\n    " + one)
        out.write("\n]\n")
