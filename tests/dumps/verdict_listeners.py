"""Verdicts on the filter by lists of listeners: of a part that istioctl's filters leave, nothing is said of what is not in it."""

import json

from shapes import array, bootstrap, cluster, clusters_section, section, text
from verdict_plugins import PLUGIN, RIGHT, extension, said
from verifying import WITH_FILTER, folder

HCM = "envoy.filters.network.http_connection_manager"
TCP = "envoy.filters.network.tcp_proxy"
SELECTOR = "{selector: {matchLabels: {app: web}}}"
GATEWAY = WITH_FILTER.replace(SELECTOR, "{proxy: gateway}")
WAYPOINT = WITH_FILTER.replace(SELECTOR, "{proxy: waypoint, targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: web}]}")


def chain(*filters, http=False, tcp=None):
    """The network filters of a chain: an HTTP one with these HTTP filters, and a TCP proxy to a cluster."""
    made = []
    if http or filters:
        made.append({"name": HCM, "typedConfig": {"httpFilters": [*filters, {"name": "envoy.filters.http.router"}]}})
    if tcp:
        made.append({"name": TCP, "typedConfig": {"statPrefix": tcp, "cluster": tcp}})
    return {"filters": made}


def listener(name, address, port, *chains, default=None, direction=None):
    """As protojson prints it; without an address it is an internal one."""
    made = {"name": name}
    if address:
        made["address"] = {"socketAddress": {"address": address, "portValue": port}}
    made["filterChains"] = list(chains)
    if default:
        made["defaultFilterChain"] = default
    if direction:
        made["trafficDirection"] = direction
    if not address:
        made["internalListener"] = {}
    return made


def of_bootstrap():
    """tools/packaging/common/envoy_bootstrap.json"""
    return [listener("0.0.0.0_15090", "0.0.0.0", 15090, chain(http=True)), listener("0.0.0.0_15021", "0.0.0.0", 15021, chain(http=True))]


def sidecar(inbound=(), outbound=(), service=(), leads="PassthroughCluster", single=True):
    """pilot/pkg/networking/core: listener_builder.go, listener_inbound.go, listener.go"""
    made = [
        listener("0.0.0.0_80", "0.0.0.0", 80, chain(*outbound, http=True), default=chain(tcp=leads), direction="OUTBOUND"),
        listener("virtualOutbound", "0.0.0.0", 15001, chain(tcp="BlackHoleCluster"), default=chain(tcp=leads), direction="OUTBOUND"),
        listener("virtualInbound", "0.0.0.0", 15006, chain(tcp="BlackHoleCluster"), chain(*inbound, http=True),
                 chain(tcp="InboundPassthroughCluster"), direction="INBOUND")]
    if single:
        made[:0] = [listener("10.96.0.1_443", "10.96.0.1", 443, chain(tcp="outbound|443||kubernetes.default.svc.cluster.local")),
                    listener("10.96.0.7_8080", "10.96.0.7", 8080, chain(*service, http=True), chain(tcp="outbound|8080||a.shop"))]
    return [*made, *of_bootstrap()]


def gateway(*filters):
    return [listener("0.0.0.0_8080", "0.0.0.0", 8080, chain(*filters, http=True)),
            listener("0.0.0.0_8443", "0.0.0.0", 8443, chain(*filters, http=True)), *of_bootstrap()]


def waypoint(*filters):
    return [listener("main_internal", None, 0, chain(*filters, http=True), chain(tcp="inbound-vip|80|tcp|a.shop")),
            listener("connect_terminate", "0.0.0.0", 15008, chain(http=True)),
            listener("connect_originate", None, 0, chain(tcp="cluster_x")), *of_bootstrap()]


def kind(made):
    """istioctl: retrieveListenerType"""
    filters = [f for c in (*made["filterChains"], *([made["defaultFilterChain"]] if "defaultFilterChain" in made else [])) for f in c["filters"]]
    http = any(f["name"] == HCM for f in filters)
    tcp = any(f["name"] == TCP and "BlackHoleCluster" not in json.dumps(f) for f in filters)
    return {(True, True): "HTTP+TCP", (True, False): "HTTP", (False, True): "TCP", (False, False): "UNKNOWN"}[http, tcp]


def left(listeners, port=0, address="", type=""):
    """istioctl: ListenerFilter.Verify"""
    def at(made):
        return made.get("address", {}).get("socketAddress", {"address": "", "portValue": 0})

    return [made for made in listeners if (not address or at(made)["address"] == address) and (not port or at(made)["portValue"] == port)
            and (not type or kind(made) == type)]


MATCHED = {f"{mode}{' on a port' if ports else ''}": WITH_FILTER.replace("    wasm:", f"    match: [{{mode: {mode}{ports}}}]\n    wasm:")
           for mode in ("CLIENT", "SERVER") for ports in ("", ", ports: [{number: 8080}]")}
ASKING = {"name": PLUGIN, "configDiscovery": {}}
ABSENT, PART = ("absent", "the filter is not in"), ("unknown", "may be a part")
# name: (manifest, the list, verdict, words of the findings)
LISTS = {
    "of a sidecar": (WITH_FILTER, sidecar(), *ABSENT),
    "of a sidecar that lets out what is registered": (WITH_FILTER, sidecar(leads="BlackHoleCluster"), *ABSENT),
    "of a sidecar without services": (WITH_FILTER, sidecar(single=False), *ABSENT),
    "of a gateway": (GATEWAY, gateway(), *ABSENT),
    "of a gateway without servers": (GATEWAY, of_bootstrap(), *ABSENT),
    "of a waypoint": (WAYPOINT, waypoint(), *ABSENT),
    "a sidecar's --port 80": (WITH_FILTER, left(sidecar([ASKING]), port=80), *PART),
    "a sidecar's --port 15006": (WITH_FILTER, left(sidecar(), port=15006), "unknown", "may be a part, such as istioctl leaves with --port or --type"),
    "a sidecar's --address of a service": (WITH_FILTER, left(sidecar([ASKING]), address="10.96.0.7"), *PART),
    "a sidecar's --address 0.0.0.0, for all listeners": (WITH_FILTER, left(sidecar(), address="0.0.0.0"), *ABSENT),
    "a sidecar's --address 0.0.0.0, for servers": (MATCHED["SERVER"], left(sidecar(), address="0.0.0.0"), *ABSENT),
    "a sidecar's --address 0.0.0.0, for a server's port": (MATCHED["SERVER on a port"], left(sidecar(), address="0.0.0.0"), *PART),
    "a sidecar's --address 0.0.0.0, for clients": (MATCHED["CLIENT"], left(sidecar(service=[ASKING]), address="0.0.0.0"), *PART),
    "a sidecar's --address 0.0.0.0, for a client's port": (
        MATCHED["CLIENT on a port"], left(sidecar(service=[ASKING]), address="0.0.0.0"), "unknown", "leaves with --address"),
    "of a sidecar, for a client's port": (MATCHED["CLIENT on a port"], sidecar(), *ABSENT),
    "a sidecar's --type HTTP": (WITH_FILTER, left(sidecar([ASKING]), type="HTTP"), "unknown", "leaves with --type"),
    "a sidecar's --type HTTP, where nothing else is let out": (
        WITH_FILTER, left(sidecar([ASKING], leads="BlackHoleCluster"), type="HTTP"), *PART),
    "a sidecar's --type TCP": (WITH_FILTER, left(sidecar([ASKING]), type="TCP"), *PART),
    "a sidecar's --type HTTP --address 0.0.0.0": (WITH_FILTER, left(sidecar([ASKING]), type="HTTP", address="0.0.0.0"), *PART),
    "a sidecar's, with it": (WITH_FILTER, left(sidecar([ASKING]), port=15006), "unknown", "a listener asks for it"),
    "a gateway's --port": (GATEWAY, left(gateway(ASKING), port=15021), *PART),
    "a gateway's --type TCP": (GATEWAY, [listener("0.0.0.0_9000", "0.0.0.0", 9000, chain(tcp="x")),
                                         listener("0.0.0.0_9001", "0.0.0.0", 9001, chain(tcp="x"))], *PART),
    "a waypoint's --port 15008": (WAYPOINT, left(waypoint(ASKING), port=15008), *PART),
    "a waypoint's --type HTTP": (WAYPOINT, left(waypoint(ASKING), type="HTTP"), *PART),
    "a waypoint's --address": (WAYPOINT, left(waypoint(ASKING), port=15021, address="0.0.0.0"), *PART),
}


def plugin_of(f, *files):
    report, result = f.report(*files)
    words = " ".join(m for x in report["findings"] for m in (x["message"], x.get("help") or "", *(r["message"] for r in x["related"])))
    return [p["verdict"] for p in report["plugins"]], words, result


def test_lists(tally):
    with folder() as f:
        f.write("c.json", array(cluster()))
        for name, (manifest, listeners, verdict, word) in LISTS.items():
            f.write("manifest.yaml", manifest)
            for order in (listeners, listeners[::-1]):
                f.write("l.json", json.dumps(order, indent=4))
                got, words, result = plugin_of(f, "p=c.json", "p=l.json")
                tally.check(got == [verdict] and word in words, f"listeners {name}: {got}", words + result.stderr.decode())


def test_several_files(tally):
    """Two parts are no whole; one that is whole is enough. A whole dump, and what istiod says, cannot be filtered."""
    ports = [json.dumps(left(sidecar(), port=p)) for p in (80, 15006)]
    raw = section("Listeners", dynamic_listeners=[{"name": "x", "active_state": {"listener": {
        "name": "x", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}}, "filter_chains": []}}}])
    clusters = clusters_section(cluster())
    rows = {"two parts": (ports, "unknown"), "a part and a whole": ([ports[0], json.dumps(sidecar())], "absent"),
            "a whole and a part": ([json.dumps(sidecar()), ports[1]], "absent"),
            "a whole dump with one listener": ([text({"configs": [bootstrap(), clusters, raw]})], "absent"),
            "one section": ([text({"configs": [raw]})], "unknown")}
    with folder() as f:
        f.write("manifest.yaml", WITH_FILTER)
        f.write("c.json", array(cluster()))
        for name, (contents, verdict) in rows.items():
            files = [f.write(f"{i}.json", content) for i, content in enumerate(contents)]
            got, words, result = plugin_of(f, "p=c.json", *(f"p={file}" for file in files))
            tally.check(got == [verdict], f"{name}: {got}", words + result.stderr.decode())


def test_extensions_alone(tally):
    """Envoy's answer to a name_regex does not tell that it was one; istioctl's list of extensions knows no filter."""
    asks = json.dumps(sidecar([ASKING]))
    other = extension(configuration=said("{}"))
    other["ecds_filters"][0]["ecds_filter"]["name"] = "extensions.istio.io/wasmplugin/shop.other"
    raw, ours = text({"configs": [other]}), text({"configs": [extension(configuration=RIGHT)]})
    entry = text({"configs": [other["ecds_filters"][0]]})
    listed = json.dumps({"ecdsFilters": [{"ecdsFilter": other["ecds_filters"][0]["ecds_filter"]}]})
    whole = text({"configs": [bootstrap(), clusters_section(cluster()), other]})
    rows = {"a section": ([raw], "unknown", "name_regex"), "an entry": ([entry], "unknown", "name_regex"),
            "a section that has it": ([ours], "present", ""), "istioctl's list": ([listed], "absent", ""),
            "a section, and a listener that asks": ([raw, asks], "unknown", "a listener asks for it"),
            "a section, and listeners that do not": ([raw, json.dumps(sidecar())], "absent", ""),
            "istioctl's list, and a listener that asks": ([listed, asks], "failed", "never came"),
            "a section, and a whole dump": ([raw, whole], "absent", "")}
    with folder() as f:
        f.write("manifest.yaml", WITH_FILTER)
        f.write("c.json", array(cluster()))
        for name, (contents, verdict, word) in rows.items():
            files = [f.write(f"{i}.json", content) for i, content in enumerate(contents)]
            got, words, result = plugin_of(f, "p=c.json", *(f"p={file}" for file in files))
            tally.check(got == [verdict] and word in words, f"extensions of {name}: {got}", words + result.stderr.decode())


tests = [test_lists, test_several_files, test_extensions_alone]
