"""Verdicts where a list of clusters or endpoints is not whole, or was not taken at once."""

import gzip
import json

from judged import HERE, PLAIN_EDS, SERVICE_NAME, judge, service_dump
from make_invalid import EDS, SERVICE
from shapes import bootstrap, clusters_section, endpoints_section, section
from verifying import MANIFEST, NAME, array, builtin, camel, cluster, dump, entries, folder, text

REJECTED = "cluster_manager.cds.update_rejected: 3\n"
OTHER = {**EDS, "eds_cluster_config": {"service_name": "shop-service"}}


def listing(*names):
    """What istioctl's filters leave of `proxy-config cluster`, or all of it."""
    return json.dumps([camel(builtin(n)) for n in names])


def statuses(*names):
    """The same of `proxy-config endpoint`."""
    return json.dumps([camel({"name": n, "added_via_api": False, "host_statuses": [{"address": {"socket_address": {
        "address": "127.0.0.1", "port_value": 15020}}}]}) for n in names])


def dropping(*percents):
    """Endpoints by the name of a service, one list of hosts longer than the other, whose policies drop so many calls."""
    lists = endpoints_section(*(("shop-service", *[HERE] * n) for n, _ in enumerate(percents)))
    for entry, percent in zip(lists["dynamic_endpoint_configs"][1:], percents):
        entry["endpoint_config"]["policy"] = {"drop_overloads": [{"category": "x", "drop_percentage": {"numerator": percent}}]}
    return {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **OTHER)), lists), "h.json": statuses("agent", SERVICE_NAME)}


def born(n):
    """A bootstrap that has so many clusters."""
    made = bootstrap()
    made["bootstrap"]["static_resources"] = {"clusters": [builtin(f"static-{i}") for i in range(n)]}
    return made


# name: (manifest, the dump or {file: content}, verdict, codes of the reasons)
LISTS = {
    "endpoints by the name of a service, behind the clusters": (
        SERVICE,
        service_dump(clusters_section(cluster(SERVICE_NAME, **OTHER)), endpoints_section(("shop-service", HERE))),
        "resolved", []),
    "the same before the clusters, none": (
        SERVICE,
        service_dump(endpoints_section(("shop-service",)), clusters_section(cluster(SERVICE_NAME, **OTHER))),
        "uncallable", ["CO0531"]),
    "endpoints by the name of a service in another file": (
        SERVICE,
        {"c.json": array(cluster(SERVICE_NAME, **OTHER)),
         "e.json": text({"configs": [endpoints_section(("shop-service", HERE))]})},
        "resolved", []),
    "endpoints by the name of a service in another file, none": (
        SERVICE,
        {"c.json": array(cluster(SERVICE_NAME, **OTHER)),
         "e.json": text({"configs": [endpoints_section(("shop-service",))]})},
        "uncallable", ["CO0531"]),
    "the same in a file before it": (
        SERVICE,
        {"e.json": text({"configs": [endpoints_section(("shop-service",))]}),
         "c.json": array(cluster(SERVICE_NAME, **OTHER))},
        "uncallable", ["CO0531"]),
    "endpoints of several clusters by the name of one service": (
        SERVICE,
        service_dump(clusters_section(cluster(SERVICE_NAME, **OTHER)),
                     endpoints_section(("shop-service",), ("shop-service", HERE))),
        "unknown", []),
    "the same, and hosts by the cluster's own": (
        SERVICE,
        {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **OTHER)),
                                endpoints_section(("shop-service",), ("shop-service", HERE))),
         "h.json": statuses("agent", SERVICE_NAME)},
        "resolved", []),
    "the same, and every list drops all calls": (SERVICE, dropping(100, 100), "uncallable", ["CO0537"]),
    "the same, and every list drops some": (SERVICE, dropping(100, 30), "resolved", ["CO0537"]),
    "the same, and one of the lists drops all": (SERVICE, dropping(100, 0), "resolved", []),
    "the same, and the other one drops all": (SERVICE, dropping(0, 100), "resolved", []),
    "endpoints by the name of a service, none": (
        SERVICE,
        service_dump(clusters_section(cluster(SERVICE_NAME, **OTHER)), endpoints_section(("shop-service",))),
        "uncallable", ["CO0531"]),
    "updates refused, but the list is filtered": (
        MANIFEST,
        {"c.json": json.dumps([camel(cluster("outbound|80||other.example.com"))]),
         "s.txt": REJECTED},
        "unknown", []),
    "a list of --fqdn zipkin, of which a built-in cluster is one": (
        MANIFEST, listing("zipkin", "outbound|9411||zipkin.tracing.svc.cluster.local"), "unknown", []),
    "a list of --fqdn grpc": (
        MANIFEST, listing("xds-grpc", "sds-grpc", "outbound|80||grpc.x.svc.cluster.local"), "unknown", []),
    "a list of --fqdn s": (
        MANIFEST, listing("xds-grpc", "sds-grpc", "prometheus_stats", "outbound|80||users.example.com"), "unknown", []),
    "a list of --fqdn internal": (
        MANIFEST, listing("main_internal", "outbound|47080||pay.pay-check.shop.callout.internal"), "unknown", []),
    "a list of --fqdn g": (MANIFEST, listing("xds-grpc", "agent", "outbound|80||images.example.com"), "unknown", []),
    "a list of --fqdn Cluster, and of an EnvoyFilter's": (
        MANIFEST, listing("BlackHoleCluster", "PassthroughCluster", "InboundPassthroughCluster", "authCluster"), "unknown", []),
    "the list of a proxy that got nothing yet": (
        MANIFEST,
        listing("prometheus_stats", "agent", "sds-grpc", "xds-grpc"),
        "missing", ["CO0520", "CO0514", "CO0522"]),
    "a list of the endpoints at 127.0.0.1": (
        SERVICE,
        {"c.json": array(cluster(SERVICE_NAME, **PLAIN_EDS)),
         "e.json": statuses("agent", "prometheus_stats")},
        "resolved", []),
    "a list of all endpoints": (
        SERVICE,
        {"c.json": array(cluster(SERVICE_NAME, **PLAIN_EDS)),
         "e.json": statuses("agent", "prometheus_stats", "xds-grpc")},
        "unknown", []),
    "a list of all endpoints, where unhealthy ones are not called": (
        SERVICE,
        {"c.json": array(cluster(SERVICE_NAME, **PLAIN_EDS, common_lb_config={"healthy_panic_threshold": {}})),
         "e.json": statuses("agent", "prometheus_stats", "xds-grpc")},
        "uncallable", ["CO0531"]),
    "a list of all endpoints, and a name that does not resolve": (
        MANIFEST, {"c.json": array(cluster()), "e.json": statuses("agent", "xds-grpc")}, "uncallable", ["CO0531"]),
    "the same, of hosts that may be ejected": (
        MANIFEST,
        {"c.json": array(cluster(outlier_detection={})),
         "e.json": statuses("agent", "xds-grpc")},
        "unknown", []),
    "the endpoints of --cluster xds-grpc": (
        MANIFEST, {"c.json": array(cluster()), "e.json": statuses("xds-grpc")}, "resolved", []),
    "updates refused, and the list is whole": (
        MANIFEST, {"c.json": array(), "s.txt": REJECTED}, "rejected", ["CO0521"]),
    "the same, as PowerShell writes them": (
        MANIFEST, {"c.json": array(), "s.txt": "\ufeff" + REJECTED.replace("\n", "\r\n")}, "rejected", ["CO0521"]),
    "an answer to a name_regex, which has the bootstrap and not its clusters": (
        MANIFEST, text({"configs": [born(2), clusters_section(static=[])]}), "unknown", []),
    "the same with all of its clusters": (
        MANIFEST, text({"configs": [born(2), clusters_section()]}), "missing", ["CO0520", "CO0514"]),
    "an answer to ?resource= without it": (
        MANIFEST,
        text({"configs": entries([cluster("outbound|80||x.example.com"), builtin()])}),
        "missing", ["CO0520", "CO0514", "CO0522"]),
    "an answer to ?mask= of the active ones": (
        MANIFEST,
        text({"configs": [section("Clusters", dynamic_active_clusters=entries([builtin()]))]}),
        "missing", ["CO0520", "CO0514", "CO0522"]),
    "an answer to ?resource=, of clusters that may be warming": (
        MANIFEST, text({"configs": entries([cluster()])}), "resolved", ["CO0522"]),
    "an answer to ?resource=, of clusters that are active": (
        MANIFEST, text({"configs": entries([cluster(), builtin()])}), "resolved", []),
    "an answer to ?resource= with a mask, which leaves out who knows what": (
        MANIFEST, text({"configs": [{"cluster": {"name": NAME}}]}), "unknown", []),
    "an answer to ?resource= with a mask, of the name and the time": (
        MANIFEST,
        text({"configs": [{"cluster": {"name": NAME}, "last_updated": "2026-11-24T10:00:00.000Z"}]}),
        "unknown", []),
}


def test_lists(tally):
    judge(tally, LISTS)


def test_long_texts(tally):
    """What a note leaves out of a long text is seen to be left out."""
    texts = {"word " * 100: True, "word " * 400: False, "x" * 400: True, "ü" * 200: True, "ü" * 2000: False}
    for words, whole in texts.items():
        with folder() as f:
            refused = {"error_state": {"details": words + "END", "failed_configuration": cluster()}}
            f.write("d.json", text(dump(raw_active=[refused])))
            report, _ = f.report("d.json")
            notes = [n["message"] for x in report["findings"] if x["code"] == "CO0506" for n in x["related"]]
            said = next((n for n in notes if words[:100] in n), "")
            ok = words + "END" in said if whole else said.endswith("…") and len(said) > 400 and "END" not in said
            tally.check(ok, f"{words[:5]}, {len(words)} of them", notes)


CDS, LDS = "type.googleapis.com/envoy.config.cluster.v3.Cluster", "type.googleapis.com/envoy.config.listener.v3.Listener"


def client(status, kind=CDS, who="web-7d9c.shop", **more):
    """A ClientConfig as istioctl prints it: istio pilot/pkg/xds/statusgen.go."""
    return {"@type": "type.googleapis.com/envoy.service.status.v3.ClientConfig",
            "node": {"id": who, "metadata": {"CLUSTER_ID": "Kubernetes", "NAMESPACE": "shop"}},
            "genericXdsConfigs": [{"typeUrl": kind, "configStatus": status, "lastUpdated": "2026-11-24T10:00:00Z", **more}]}


def proxy_status(*clients):
    return {"versionInfo": "x", "resources": list(clients), "typeUrl": "istio.io/debug/syncz", "controlPlane": {"identifier": "{}"}}


def snake(value):
    return json.loads(json.dumps(value).replace("genericXdsConfigs", "generic_xds_configs").replace("typeUrl", "type_url").replace(
        "configStatus", "config_status").replace("errorState", "error_state"))


def synced(**members):
    return [{"cluster_id": "Kubernetes", "proxy": "web-7d9c.shop", "istio_version": "1.27.0", **members}]


STALE, REFUSED = client("STALE"), client("ERROR", errorState={"details": "duplicate cluster x found"})
NOT_TAKEN, SAID = "the proxy has not taken the clusters that istiod sent last", "Envoy told istiod: duplicate cluster x found"
# What istiod says of a proxy without the cluster, in all the forms that its versions and istioctl give it: the verdict, and the
# reason's text.
SYNC = {
    "syncz, stale": (synced(cluster_sent="n2", cluster_acked="n1"), "rejected", NOT_TAKEN),
    "syncz, never acknowledged": (synced(cluster_sent="n2"), "rejected", NOT_TAKEN),
    "syncz, acknowledged": (synced(cluster_sent="n2", cluster_acked="n2", listener_sent="n2"), "missing", None),
    "syncz, nothing sent": (synced(), "missing", None),
    "syncz, stale by its resources alone": (synced(resources={CDS: {"sent": "n2", "acked": "n1"}}), "rejected", NOT_TAKEN),
    "syncz, acknowledged by its resources alone": (synced(resources={CDS: {"sent": "n2", "acked": "n2"}}), "missing", None),
    "syncz, stale in other resources": (synced(cluster_sent="n2", cluster_acked="n2", resources={
        CDS: {"sent": "n2", "acked": "n2"}, LDS: {"sent": "n2", "acked": "n1", "lastError": "no"}}), "missing", None),
    "syncz of another proxy": ([{**synced(cluster_sent="n2")[0], "proxy": "web-1.shop"}], "missing", None),
    "proxy-status, stale": (proxy_status(client("SYNCED", LDS), client("SYNCED", who="web-1.shop"), STALE), "rejected", NOT_TAKEN),
    "proxy-status, refused": (proxy_status(REFUSED), "rejected", SAID),
    "proxy-status, an error and no word of it": (proxy_status(client("ERROR")), "rejected", NOT_TAKEN),
    "proxy-status, synced": (proxy_status(client("SYNCED")), "missing", None),
    "proxy-status, not sent": (proxy_status(client("NOT_SENT")), "missing", None),
    "proxy-status, of no interest to the proxy": (proxy_status(client("UNKNOWN")), "missing", None),
    "proxy-status, stale in listeners": (proxy_status(client("STALE", LDS)), "missing", None),
    "proxy-status of another proxy": (proxy_status(client("STALE", who="web-1.shop")), "missing", None),
    "proxy-status of several istiods, in a list": ([proxy_status(client("SYNCED", who="web-1.shop")), proxy_status(STALE)],
                                                   "rejected", NOT_TAKEN),
    "the ClientConfigs alone": ([client("SYNCED", who="web-1.shop"), REFUSED], "rejected", SAID),
    "an answer of CSDS": ({"config": [snake(REFUSED)]}, "rejected", SAID),
    "an answer of CSDS, of a node by its whole id": ({"config": [snake(client(
        "STALE", who="sidecar~10.0.0.9~web-7d9c.shop~shop.svc.cluster.local"))]}, "rejected", NOT_TAKEN),
    "the older answer of CSDS": ({"config": [{"node": {"id": "web-7d9c.shop"}, "xds_config": [
        {"status": "SYNCED", "listener_config": {}}, {"status": "STALE", "cluster_config": {}}]}]}, "rejected", NOT_TAKEN),
}


def test_istiod(tally):
    with folder() as f:
        f.write("dump.json", text(dump()))
        for name, (content, verdict, reason) in SYNC.items():
            for form, said in (("", content), (", keys sorted", json.loads(json.dumps(content, sort_keys=True)))):
                f.write("sync.json", json.dumps(said, indent=1))
                got, result = f.report("dump.json", "sync.json")
                row = got["verdicts"][0]
                ok = row["verdict"] == verdict and result.returncode == 1 and reason in (
                    None, *(r["message"] for r in row["reasons"] if r["code"] == "CO0521"))
                tally.check(ok, f"{name}{form}: {row['verdict']}", json.dumps(row["reasons"]) + result.stderr.decode())


def test_several_istiods(tally):
    """istioctl prints their answers one behind the other, in any order; some have no proxies."""
    bare, other, here = proxy_status(), proxy_status(client("STALE", who="web-1.shop")), proxy_status(REFUSED)
    del bare["resources"]
    asked = {"two": [other, here], "the other order": [here, other], "one without proxies": [bare, here], "the last without": [here, bare],
             "three": [bare, other, here], "of /debug/syncz": [synced(), synced(cluster_sent="n2")]}
    # Behind the list of an istiod nothing else may stand, and behind nothing else such a list.
    wrong = {"a dump behind it": [here, dump()], "it behind a dump": [dump(), here], "an end without a beginning": [here, "}"],
             "words": [here, "Error: x"], "one that is cut off": [here, json.dumps(other)[:-4]], "a number": [here, 1]}
    with folder() as f:
        f.write("dump.json", text(dump()))
        for between in ("\n", "", " \r\n\n"):
            for name, documents in {**asked, **wrong}.items():
                content = between.join(d if isinstance(d, str) else json.dumps(d, indent=4) for d in documents)
                for form in (content.encode(), gzip.compress(content.encode())):
                    f.write("sync.json", form)
                    got, result = f.report("dump.json", "sync.json")
                    verdicts = [v["verdict"] for v in got["verdicts"]]
                    wanted = (3, True) if name in wrong else (1, verdicts == ["rejected"])
                    tally.check((result.returncode, name in wrong or verdicts == ["rejected"]) == wanted,
                                f"several istiods, {name}, {between!r} between: {verdicts}", result.stderr)


def test_istiod_alone(tally):
    """It goes with dumps, and what only looks like it is none."""
    rows = {"proxy-status": (proxy_status(STALE), b"istiod's list of proxies alone"), "nobody": (proxy_status(), b"CO0413"),
            "resources of a file for Envoy": ({"version_info": "1", "resources": [cluster()]}, b"CO0413"),
            "the answers of servers": ([{"version": "1/1.40.0", "node": {"id": "x"}}], b"CO0413")}
    with folder() as f:
        for name, (content, words) in rows.items():
            f.write("sync.json", json.dumps(content))
            result = f.run("sync.json")
            tally.check(result.returncode == 3 and words in result.stderr and not result.stdout, f"{name} alone", result.stderr)


tests = [test_lists, test_long_texts, test_istiod, test_several_istiods, test_istiod_alone]
