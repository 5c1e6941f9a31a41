#!/usr/bin/env python3
"""Writes the cases of tests/invalid for the codes of dumps and verdicts: one dump each, in which one thing is wrong.

findings.txt and exit stay as they are; a case that is new gets the exit that its kind has.
"""

import io
import json
import lzma
import pathlib
import re
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from shapes import (HOST, HTTP_OPTIONS, NAME, RBAC, array, bootstrap, builtin, camel, cluster, dump, endpoints_section,  # noqa: E402
                    endpoints, entries, listener, packed, plugin, section, text, tls)

INVALID = pathlib.Path(__file__).resolve().parents[1] / "invalid"

MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  target: {selector: {matchLabels: {app: web}}}
  upstreams:
  - {name: auth, host: auth.example.com}
"""
WITH_FILTER = MANIFEST.replace("  upstreams:\n", """  filter:
    wasm: {url: "oci://ghcr.io/acme/auth-check:1.4.0"}
    config: {authCluster: "${upstreams.auth.cluster}"}
  upstreams:
""")


def manifest(upstream, target="{selector: {matchLabels: {app: web}}}"):
    return f"""apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {{name: auth-check, namespace: shop}}
spec:
  target: {target}
  upstreams:
  - {upstream}
"""


PUBLIC = manifest("{name: auth, host: auth.example.com, isolated: false}")
SERVICE = manifest("{name: auth, service: {name: auth}, port: 8080}")
SUBSET = manifest("{name: auth, service: {name: auth}, port: 8080, subset: v2}")
ENVOY_FILTER = manifest("{name: auth, host: auth.example.com, via: envoyFilter}")
WAYPOINT = manifest("{name: auth, host: auth.example.com}",
                    "{proxy: waypoint, targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: middle}]}")
GATEWAY = manifest("{name: auth, host: auth.example.com}", "{proxy: gateway, selector: {matchLabels: {istio: edge}}}")
PUBLIC_NAME = "outbound|443||auth.example.com"
SERVICE_HOST = "auth.shop.svc.cluster.local"
FILTER_NAME = "filter.shop.auth-check.auth"


def k8s(kind, name, namespace="shop", group="networking.istio.io/v1", **spec):
    return {"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def objects(*items):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)}, indent=2) + "\n"


ENTRY = k8s("ServiceEntry", "auth-check.auth", hosts=[HOST], exportTo=["."], resolution="DNS",
            ports=[{"number": 47080, "name": "http", "protocol": "HTTP", "targetPort": 443}])
EDS = dict(type="EDS", dials=None, eds_cluster_config={"service_name": NAME})


def case(content, manifest=MANIFEST, exit=1, name="dump.json", args=(), **files):
    return {"manifest.yaml": manifest, name: content, **{f.replace("__", "."): c for f, c in files.items()},
            "args": ["verify", "-f", "manifest.yaml", *args, *([name] if name not in args else [])], "exit": exit}


def refused(content, name="dump.json"):
    return case(content, exit=3, name=name)


def on_lines(dump):
    """Each endpoint on a line of its own, where there are many."""
    return re.sub(r'\{\s+"endpoint": [^}]*\}(\s+\}){3}', lambda m: json.dumps(json.loads(m[0])), dump)


def judged(*active, **kw):
    keys = ("manifest", "args", "objects__yaml")
    outer = {k: kw.pop(k) for k in keys if k in kw}
    if "objects__yaml" in outer:
        outer["args"] = [*outer.get("args", ()), "--objects", "objects.yaml"]
    return case(text(dump(*active, **kw)), **outer)


def archive(name, content):
    """One file in a tar archive, always of the same bytes."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content.encode())
        tar.addfile(member, io.BytesIO(content.encode()))
    return made.getvalue()


def missing(live=None, *active, **kw):
    """Nothing of the manifest is in the proxy; live: what is in the cluster."""
    return judged(*active, **kw, **({"objects__yaml": objects(*live)} if live is not None else {}))


def error_entry(details, **more):
    return {"error_state": {"failed_configuration": cluster(), "details": details}, **more}


GOOD = text(dump(cluster()))

CASES = {
    "CO0401-nothing": refused(""),
    "CO0401-blanks": refused(" \n\n"),
    "CO0401-byte-order-mark": refused("\ufeff"),
    "CO0401-nothing-in-powershell": refused("\ufeff\r\n".encode("utf-16-le")),
    "CO0402-html": refused("<!DOCTYPE html>\n<html><title>Sign in</title></html>\n"),
    "CO0402-xml": refused("<Error><Code>AccessDenied</Code></Error>"),
    "CO0403-yaml": refused("- name: outbound|443||auth.example.com\n  type: STRICT_DNS\n"),
    "CO0403-objects": refused("apiVersion: v1\nitems: []\nkind: List\n"),
    "CO0404-clusters": refused("SERVICE FQDN           PORT     SUBSET     DIRECTION     TYPE       DESTINATION RULE\n"
                               "auth.example.com       443      -          outbound      STRICT_DNS auth.shop\n"),
    "CO0404-endpoints": refused("ENDPOINT                STATUS      OUTLIER CHECK     CLUSTER\n"
                                "10.0.0.5:443            HEALTHY     OK                outbound|443||auth.example.com\n"),
    "CO0405-protobuf": refused("Failed to convert protobuf message to JSON string: INVALID_ARGUMENT: unknown type"),
    "CO0405-error": refused("Error: pods \"web\" not found\n"),
    "CO0405-log-line": refused("2026-11-25T13:32:58.247767Z\twarn\tsomething\n" + GOOD),
    "CO0405-notice-of-kubectl": refused('Defaulted container "istio-proxy" out of: istio-proxy, app, istio-init (init)\n' + GOOD),
    "CO0405-warning-of-istioctl": refused("Warning: this istioctl is older than the control plane\n" + array(cluster())),
    "CO0405-a-loop-that-talks": refused("== web-1 ==\n" + GOOD + "== web-2 ==\n" + GOOD),
    "CO0405-colours": refused("\x1b[1;39m" + GOOD + "\x1b[0m"),
    "CO0405-curl": refused("curl: (7) Failed to connect to localhost port 15000: Connection refused\n"),
    "CO0405-refused-by-envoy": refused("RBAC: access denied"),
    "CO0405-with-its-headers": refused("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + GOOD),
    "CO0405-text-of-jq": refused(json.dumps(GOOD)),
    "CO0405-archive": refused(archive("web/config_dump.json", GOOD), "web.tar"),
    "CO0405-archive-packed": refused(packed(archive("web/config_dump.json", GOOD)), "bug-report.tar.gz"),
    "CO0405-log-of-envoy": refused("[2026-11-24 10:00:00.000][1][info][main] [source/server/server.cc:404] initializing epoch 0\n"),
    "CO0405-log-of-a-pod": refused("2026-11-24T10:00:00.000000Z\tinfo\tFLAG: --concurrency=\"0\"\n2026-11-24T10:00:00.000000Z\tinfo\tready\n"),
    "CO0405-log-in-json": refused('{"level":"info","time":"2026-11-24T10:00:00Z","msg":"FLAG"}\n{"level":"info","msg":"ready"}\n'),
    "CO0405-comma-separated": refused("name,type,port\noutbound|443||auth.example.com,EDS,443\n"),
    "CO0405-comma-separated-quoted": refused('"name","type"\n"outbound|443||auth.example.com","EDS"\n'),
    "CO0405-binary": refused(b"\n\x97\x01\n,type.googleapis.com/envoy.admin.v3.ConfigDump\x12\x05abcde"),
    "CO0405-packed-twice": refused(packed(packed(GOOD)), "dump.json.gz"),
    "CO0405-packed-with-xz": refused(lzma.compress(GOOD.encode()), "dump.json.xz"),
    "CO0405-analyze": refused("Info [IST0102] (Namespace shop) The namespace is not enabled for Istio injection.\n"),
    "CO0405-proxy-status": refused("NAME              CLUSTER        ISTIOD       VERSION     SUBSCRIBED TYPES\n"
                                   "web-7d9c.shop     Kubernetes     istiod-1     1.30.0      4 (CDS,LDS,EDS,RDS)\n"),
    "CO0405-pods": refused("NAME       READY   STATUS    RESTARTS   AGE\nweb-7d9c   2/2     Running   0          3d\n"),
    "CO0405-no-such-command": refused("bash: istioctl: command not found\n"),
    "CO0405-crash": refused("panic: runtime error: invalid memory address\n\ngoroutine 1 [running]:\n"),
    "CO0405-no-such-path": refused("invalid path. admin commands are:\n  /: Admin home page\n"),
    "CO0405-zip": refused(b"PK\x03\x04\x14\0\0\0\x08\0", "web.zip"),
    "CO0405-module": refused(b"\0asm\x01\0\0\0", "auth.wasm"),
    "CO0405-compared-by-proxy-status": refused("Clusters Match\nListeners Match\nRoutes Match (RDS last loaded at 10:00)\n"),
    "CO0405-listeners": refused("0.0.0.0_80::0.0.0.0:80\nvirtualInbound::0.0.0.0:15006\n"),
    "CO0405-ready": refused("LIVE\n"),
    "CO0406-prometheus": refused("# TYPE pilot_xds gauge\npilot_xds{version=\"1.27.0\"} 7\n"),
    "CO0409-clusters-as-text": refused("xds-grpc::observability_name::xds-grpc\nxds-grpc::default_priority::max_connections::100000\n"),
    "CO0407-utf-16": refused(("\ufeff" + GOOD).encode("utf-16-le")),
    "CO0407-utf-32": refused(("\ufeff" + GOOD).encode("utf-32-le")),
    "CO0407-utf-32-without-its-mark": refused(GOOD.encode("utf-32-be")),
    "CO0403-comments-first": refused("# what is in the mesh\n\n# and more\n---\napiVersion: v1\nkind: Service\n", "objects.yaml"),
    "CO0405-no-such-program-there": refused('OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable '
                                            "file not found in $PATH: unknown\ncommand terminated with exit code 126\n"),
    "CO0405-port-forward": refused("Forwarding from 127.0.0.1:15000 -> 15000\n"),
    "CO0405-proxy-of-another-istiod": refused("Proxy not connected to this Pilot instance. It may be connected to another instance.\n"),
    "CO0408-list-of-services": refused(json.dumps([{"name": "auth", "namespace": "shop", "hostname": "auth.shop.svc.cluster.local", "vips": [
        "n/10.0.0.1"], "ports": {"80": 8080}, "endpoints": {"a": {"workloadUid": "a", "port": {"80": 8080}}}}])),
    "CO0408-list-of-policies": refused(json.dumps([{"name": "deny", "namespace": "shop", "scope": "Namespace", "action": "Deny", "rules": []}])),
    "CO0408-list-of-connections": refused(json.dumps([{"state": "Up", "connections": {"inbound": [], "outbound": []}, "info": {
        "name": "web", "namespace": "shop", "trustDomain": "cluster.local", "serviceAccount": "web"}}])),
    "CO0408-list-of-workloads": refused(json.dumps([{"uid": "Kubernetes//Pod/shop/web", "workloadIps": ["10.0.0.2"], "name": "web"}])),
    "CO0412-null": refused("null\n"),
    "CO0408-ztunnel": refused(json.dumps({"workloads": {"network1/10.244.2.54": {"name": "ratings"}}, "services": {}})),
    "CO0409-cut": refused(GOOD[:len(GOOD) // 2]),
    "CO0409-last-byte": refused(GOOD[:-3]),
    "CO0410-comma": refused(GOOD.replace('"STRICT_DNS",', '"STRICT_DNS"')),
    "CO0410-nul": refused(GOOD.replace("STRICT_DNS", "STRICT\0DNS")),
    "CO0410-latin-1": refused(GOOD.replace("STRICT_DNS", "STRICT\xe9DNS").encode("latin-1")),
    "CO0410-strict": case(GOOD.replace('"LABELS"', '"PLATFORM": {"a" 1}, "LABELS"'), exit=3, args=["--strict"]),
    "CO0411-lines": refused(json.dumps(dump(cluster())) + "\n" + json.dumps(dump(cluster())) + "\n"),
    "CO0411-twice": refused(GOOD + GOOD),
    "CO0411-message": refused(GOOD + "command terminated with exit code 1\n"),
    "CO0412-array": refused("[]\n"),
    "CO0412-object": refused("{}"),
    "CO0412-configs": refused('{"configs": []}'),
    "CO0413-status": refused(json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                                         "message": 'pods "web" not found', "reason": "NotFound", "code": 404})),
    "CO0413-slurped": refused(json.dumps([dump(cluster()), dump(cluster())])),
    "CO0413-server-info": refused(json.dumps({"version": "1/1.40.0/Clean/RELEASE/BoringSSL", "state": "LIVE", "node": {"id": "x"}})),
    "CO0413-package": refused('{"name": "left-pad", "version": "1.3.0"}'),
    "CO0413-objects": refused(objects(ENTRY)),
    "CO0413-syncz-alone": refused(json.dumps([{"proxy": "web-7d9c.shop", "cluster_sent": "a", "cluster_acked": "b"}])),
    "CO0414-cut": refused(packed(GOOD)[:-20], "dump.json.gz"),
    "CO0414-damaged": refused(packed(GOOD)[:60] + b"\0\0\0\0" + packed(GOOD)[64:], "dump.json.gz"),
    "CO0416-v2": refused(text({"configs": [section("Clusters", dynamic_active_clusters=[{"cluster": {
        "@type": "type.googleapis.com/envoy.api.v2.Cluster", "name": PUBLIC_NAME, "tls_context": {}}}])]})),
    "CO0417-message": refused("cluster_manager.cds.update_rejected: 0\nserver.uptime: 12\nserver.live: 1\n"
                              "command terminated with exit code 1\n", "stats.txt"),
    "CO0417-clusters": refused("xds-grpc::observability_name::xds-grpc\nxds-grpc::added_via_api::false\n"
                               "command terminated with exit code 1\n", "clusters.txt"),
    "CO0417-metrics": refused("# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\nEOF\n", "metrics.txt"),
    "CO0419-routes": case(json.dumps([{"name": "80", "virtualHosts": []}])),
    "CO0421-two-pods": {**missing(args=["web=dump.json", "web=other.json"]), "exit": 3,
                        "other.json": text(dump(cluster(), who={"pod": "api-1"}))},
    "CO0422-before-and-after": {**judged(cluster(), args=["other.json"]), "other.json": text(dump()), "exit": 0},
    "CO0501-missing": missing(),
    "CO0501-one-letter": missing(None, cluster(NAME.replace("auth.auth", "auht.auth"))),
    "CO0501-array": case(array()),
    "CO0502-no-endpoints": judged(cluster(dials=())),
    "CO0503-plaintext": judged(cluster(socket=None, rule=None)),
    "CO0504-address": judged(cluster(dials=[("other.example.com", 443)])),
    "CO0505-warming": judged(warming=[cluster()]),
    "CO0506-error-state": judged(raw_active=[error_entry("malformed IP address: nope")]),
    "CO0506-older-one-runs": judged(raw_active=[{"cluster": cluster(), **error_entry("malformed IP address: nope")}]),
    "CO0507-filtered": case(json.dumps([camel(cluster("outbound|443||other.example.com"))])),
    "CO0507-endpoints-only": case(json.dumps([{"name": NAME, "addedViaApi": True, "hostStatuses": [
        {"address": {"socketAddress": {"address": "10.0.0.5", "portValue": 443}},
         "healthStatus": {"edsHealthStatus": "HEALTHY"}}]}])),
    "CO0508-forward-proxy": {**judged(cluster("existing", type=None, dials=None, socket=None, rule=None, cluster_type={
        "name": "envoy.clusters.dynamic_forward_proxy", "typed_config": {"dns_cache_config": {"name": "x"}}}),
        manifest=manifest("{name: auth, cluster: existing}")), "exit": 0},
    "CO0509-no-endpoints-shown": {**case(array(cluster())), "exit": 0},
    "CO0510-target-port": judged(cluster(f"outbound|9090||{SERVICE_HOST}", **EDS), manifest=SERVICE),
    "CO0510-entry-without-port": missing([{**ENTRY, "spec": {**ENTRY["spec"], "ports": [{"number": 443}]}}]),
    "CO0511-letter-case": judged(cluster(PUBLIC_NAME.replace("auth", "Auth")), manifest=PUBLIC),
    "CO0511-final-dot": judged(cluster(PUBLIC_NAME + "."), manifest=PUBLIC),
    "CO0511-other-namespace": judged(cluster("outbound|8080||auth.other.svc.cluster.local", **EDS), manifest=SERVICE),
    "CO0512-subset": judged(cluster(f"outbound|8080||{SERVICE_HOST}", **EDS), manifest=SUBSET),
    "CO0512-no-such-rule": judged(cluster(f"outbound|8080||{SERVICE_HOST}", **EDS), manifest=SUBSET,
                                  objects__yaml=objects(k8s("DestinationRule", "auth", host="auth", subsets=[{"name": "v1"}]))),
    "CO0513-other-namespace": missing(who={"namespace": "other"}),
    "CO0513-not-exported": missing([{**ENTRY, "spec": {**ENTRY["spec"], "exportTo": ["elsewhere"]}}]),
    "CO0514-possibly": missing(),
    "CO0514-because": missing([ENTRY, k8s("Sidecar", "default", egress=[{"hosts": ["istio-system/*"]}])]),
    "CO0515-owner": judged(cluster("outbound|80||auth.example.com", owner="other"), manifest=PUBLIC),
    "CO0516-selector": missing([{**ENTRY, "spec": {**ENTRY["spec"], "hosts": ["auth.example.com"], "ports": [{"number": 443}],
                                                   "workloadSelector": {"labels": {"app": "none"}}}}], manifest=PUBLIC),
    "CO0517-gateway": missing(who={"kind": "router", "labels": {"istio": "edge"}}, manifest=GATEWAY),
    "CO0518-waypoint": missing(who={"kind": "waypoint"}, manifest=WAYPOINT),
    "CO0518-serves-it-itself": missing(None, cluster(f"inbound-vip|47080|http|{HOST}"), who={"kind": "waypoint"},
                                       manifest=WAYPOINT),
    "CO0519-possibly": missing(manifest=SERVICE),
    "CO0519-external-name": missing([k8s("Service", "auth", group="v1", type="ExternalName", externalName="auth.example.com")],
                                    manifest=SERVICE),
    "CO0520-not-applied": missing([]),
    "CO0520-existing": missing(manifest=manifest("{name: auth, cluster: existing}")),
    "CO0521-statistics": {**missing(args=["web=dump.json", "web=stats.txt"]),
                          "stats.txt": "cluster_manager.cds.update_rejected: 3\ncluster_manager.warming_clusters: 0\n"},
    "CO0521-istiod-says": {**missing(args=["dump.json", "syncz.json"]), "syncz.json": json.dumps(
        [{"proxy": "web-7d9c.shop", "cluster_sent": "n2", "cluster_acked": "n1", "resources": {
            "type.googleapis.com/envoy.config.cluster.v3.Cluster": {"lastError": "duplicate name found"}}}])},
    "CO0521-nothing-came": case(text({"configs": [
        bootstrap(), section("Clusters", static_clusters=entries([builtin("xds-grpc")]))]})),
    "CO0522-array": case(array()),
    "CO0523-context": missing([k8s("EnvoyFilter", "clusters", group="networking.istio.io/v1alpha3", configPatches=[{
        "applyTo": "CLUSTER", "match": {"context": "GATEWAY"},
        "patch": {"operation": "ADD", "value": {"name": FILTER_NAME}}}])], manifest=ENVOY_FILTER),
    "CO0524-removed": missing([ENTRY, k8s("EnvoyFilter", "clean", group="networking.istio.io/v1alpha3", configPatches=[{
        "applyTo": "CLUSTER", "match": {"cluster": {"name": NAME}}, "patch": {"operation": "REMOVE"}}])]),
    "CO0530-original-dst": judged(cluster(type="ORIGINAL_DST", dials=None)),
    "CO0531-does-not-resolve": judged(cluster(), extra=[endpoints_section((NAME,))]),
    "CO0531-of-a-service": judged(cluster(f"outbound|8080||{SERVICE_HOST}", **{**EDS, "eds_cluster_config": {}}), manifest=SERVICE,
                                  extra=[endpoints_section((f"outbound|8080||{SERVICE_HOST}",))]),
    "CO0531-subsets": judged(cluster("existing", lb_subset_config={"subset_selectors": [{"keys": ["version"]}]}),
                             manifest=manifest("{name: auth, cluster: existing}")),
    "CO0532-none-healthy": judged(cluster(common_lb_config={"healthy_panic_threshold": {}}), extra=[section(
        "Endpoints", dynamic_endpoint_configs=[{"endpoint_config": {"cluster_name": NAME, "endpoints": [{"lb_endpoints": [
            {"endpoint": {}, "health_status": "UNHEALTHY"}]}]}}])]),
    "CO0533-breaker": judged(cluster(circuit_breakers={"thresholds": [{"max_pending_requests": 0}]})),
    "CO0534-sub-clusters": judged(cluster("existing", type=None, dials=None, cluster_type={
        "name": "envoy.clusters.dynamic_forward_proxy", "typed_config": {"sub_clusters_config": {}}}),
        manifest=manifest("{name: auth, cluster: existing}")),
    "CO0535-aggregate": {**judged(cluster("existing", type=None, dials=None, cluster_type={"name": "envoy.clusters.aggregate"}),
                                  manifest=manifest("{name: auth, cluster: existing}")), "exit": 0},
    "CO0536-authorities": judged(cluster(), extra=[section("Secrets", dynamic_warming_secrets=[{
        "name": "file-root:system", "version_info": "uninitialized"}])]),
    "CO0536-warming": judged(warming=[cluster()], extra=[section("Secrets", dynamic_warming_secrets=[{
        "name": "file-root:system", "version_info": "uninitialized"}])]),
    "CO0537-all-are-dropped": judged(cluster(load_assignment={**endpoints(NAME, ("auth.example.com", 443)), "policy": {
        "drop_overloads": [{"category": "lb", "drop_percentage": {"numerator": 100}}]}})),
    "CO0538-nobody-listens": {**judged(cluster(), args=["web=dump.json", "web=hosts.json"]), "hosts.json": text({"cluster_statuses": [{
        "name": NAME, "host_statuses": [{"address": {"socket_address": {"address": "192.0.2.7", "port_value": 443}}, "stats": [
            {"name": "cx_total", "value": "4"}, {"name": "cx_connect_fail", "value": "4"}]}]}]})},
    "CO0539-filters-of-its-own": {**judged(cluster(typed_extension_protocol_options={HTTP_OPTIONS: {"http_filters": [
        {"name": "envoy.filters.http.lua", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"}},
        {"name": "envoy.filters.http.upstream_codec", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"}}]}})), "exit": 0},
    "CO0540-plaintext": judged(cluster(socket=None, rule=None)),
    "CO0540-of-an-envoyfilter": judged(cluster(FILTER_NAME, socket=None, rule=None), manifest=ENVOY_FILTER),
    "CO0541-any-certificate": judged(cluster(socket=tls(ca=None))),
    "CO0541-any-name": judged(cluster(socket=tls(names=[]))),
    "CO0542-sni": judged(cluster(socket=tls(host="other.example.com", names=["auth.example.com"]))),
    "CO0542-name": judged(cluster(socket=tls(names=["auth.example.com", "other.example.com"]))),
    "CO0542-trust": judged(cluster(socket=tls(ca="file-root:/etc/other.pem"))),
    "CO0542-tls-unwanted": judged(cluster(dials=[("auth.example.com", 80)]),
                                  manifest=manifest("{name: auth, host: auth.example.com, port: 80, tls: {mode: DISABLE}}")),
    "CO0543-one-more": judged(cluster(dials=[("auth.example.com", 443), ("auth.example.com", 8443)])),
    "CO0544-http2": judged(cluster(typed_extension_protocol_options={HTTP_OPTIONS: {
        "explicit_http_config": {"http2_protocol_options": {}}}})),
    "CO0544-of-a-service": judged(cluster(f"outbound|8080||{SERVICE_HOST}", **EDS, typed_extension_protocol_options={HTTP_OPTIONS: {
        "explicit_http_config": {"http2_protocol_options": {}}}}), manifest=SERVICE),
    "CO0545-eds": judged(cluster(PUBLIC_NAME, owner="other", **EDS), manifest=PUBLIC),
    "CO0546-many-addresses": {**case(on_lines(text(dump(cluster(dials=[("auth.example.com", 443)] * 257))))), "exit": 0},
    "CO0560-absent": judged(cluster(), extra=[listener()], manifest=WITH_FILTER),
    "CO0561-rbac": judged(cluster(), extra=[plugin(type=RBAC, rules={})], manifest=WITH_FILTER),
    "CO0561-never-came": judged(cluster(), extra=[plugin("other.plugin"), listener(
        {"name": "extensions.istio.io/wasmplugin/shop.auth-check", "config_discovery": {}})], manifest=WITH_FILTER),
    "CO0562-cluster-name": judged(cluster(), extra=[plugin(config={"authCluster": PUBLIC_NAME})], manifest=WITH_FILTER),
    "CO0562-more-keys": judged(cluster(), extra=[plugin(config={"authCluster": NAME, "debug": True})], manifest=WITH_FILTER),
    "CO0562-plugin-name": judged(cluster(), extra=[plugin(root_id="other")], manifest=WITH_FILTER),
    "CO0563-not-shown": {**case(array(cluster()), manifest=WITH_FILTER), "exit": 0},
    "CO0570-namespace": {**judged(cluster(), who={"namespace": "other"}), "exit": 0},
    "CO0570-kind": {**judged(cluster(), who={"kind": "router"}), "exit": 0},
    "CO0570-label": {**judged(cluster(), who={"labels": {"app": "api"}}), "exit": 0},
    "CO0570-version": {**judged(cluster(), who={"version": "1.20.3"}), "exit": 0},
    "CO0570-gateway": {**judged(cluster(), manifest=WAYPOINT, who={"kind": "waypoint", "labels": {
        "gateway.networking.k8s.io/gateway-name": "other"}}), "exit": 0},
    "CO0571-none-matches": judged(cluster(), who={"namespace": "other"}, args=["--only-matching"]),
    "CO0571-other-version": judged(cluster(), who={"version": "1.26.4"}, args=["--only-matching"]),
    "CO0572-istiod": {**case(json.dumps(camel({"configs": [section("Clusters", dynamic_active_clusters=entries(
        [cluster(), builtin()]))]}), indent=2)), "exit": 0},
    "CO0575-extensions": {**judged(cluster(), args=["dump.json", "syncz.json"], manifest=WITH_FILTER, extra=[plugin()]), "exit": 0,
                          "syncz.json": json.dumps([{"proxy": "web-7d9c.shop", "extensionconfig_sent": "n2", "extensionconfig_acked": "n1"}])},
    "CO0573-updates-rejected": {**judged(cluster(), args=["web=dump.json", "web=stats.json"]), "exit": 0,
                                "stats.json": json.dumps({"stats": [{"name": "cluster_manager.cds.update_rejected", "value": 2}]})},
}

SETUP = {
    "CO0415-bomb": ("stats.gz", 3, "python3 -c 'import zlib,sys\nz = zlib.compressobj(9, zlib.DEFLATED, 31)\n"
                    "block = b\"server.live: 1\\n\" * (1 << 20)\n"
                    "for _ in range(18): sys.stdout.buffer.write(z.compress(block))\nsys.stdout.buffer.write(z.flush())' > stats.gz\n"),
    "CO0418-empty-directory": ("dumps", 3, "mkdir -p dumps/deeper\ntouch dumps/.hidden\n"),
    "CO0418-no-dump-among-them": ("shop", 3, "mkdir shop\nprintf 'LIVE\\n' > shop/ready\nprintf '{\"certificates\": []}' > shop/certs\n"),
    "CO0423-beside": ("shop", 0, "mkdir -p shop/web shop/api\nprintf 'LIVE\\n' > shop/web/ready\nprintf 'LIVE\\n' > shop/api/ready\n"
                      "printf '2026-11-24T10:00:00Z info started\\n' > shop/web/web.log\n"
                      f"cat > shop/web/config_dump <<'END'\n{json.dumps(dump(cluster()))}\nEND\n"),
    "CO0420-nobody-writes": ("pipe", 4, "mkfifo pipe\n"),
}
COMMANDS = {
    "CO0430-status-7": ["--", "sh", "-c", "exit 7"],
    "CO0430-no-such-command": ["--", "./no-such-command"],
    "CO0430-signal": ["--", "sh", "-c", "kill -9 $$"],
    "CO0431-too-slow": ["--", "sleep", "60"],
}


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        if name == "exit" and content == 3:
            (folder / "exit").unlink(missing_ok=True)
        elif name == "args":
            (folder / "args").write_text("\n".join(content) + "\n")
        elif isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            (folder / name).write_bytes(str(content).encode() + (b"\n" if name == "exit" else b""))


def main():
    for name, files in CASES.items():
        write(INVALID / name, files)
    for name, (operand, status, setup) in SETUP.items():
        write(INVALID / name, {"manifest.yaml": MANIFEST, "setup.sh": setup, "exit": status,
                               "args": ["verify", "-f", "manifest.yaml", operand]})
    for name, command in COMMANDS.items():
        write(INVALID / name, {"manifest.yaml": MANIFEST, "exit": 4,
                               "args": ["verify", "-f", "manifest.yaml", "--wait", "300ms" if command[1] == "sleep" else "300s",
                                        "--interval", "50ms", *command]})
    print(f"{len(CASES) + len(SETUP) + len(COMMANDS)} cases")


if __name__ == "__main__":
    main()
