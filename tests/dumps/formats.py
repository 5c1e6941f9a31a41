"""The same proxy in every format, spelling, order and packing; dumps cut at every byte."""

import gzip
import json

import harness
from shapes import bootstrap, clusters_section, endpoints_section, listener, plugin
from verifying import NAME, WITH_FILTER, array, builtin, camel, cluster, dump, entries, folder, node, section, text

WHO = "web-7d9c.shop"
GOOD = dump(cluster())


def sorted_keys(value):
    return json.dumps(value, sort_keys=True)


def swapped_sections(value):
    return {"configs": list(reversed(value["configs"]))}


FORMATS = {
    "as Envoy prints it": text(GOOD),
    "on one line": json.dumps(GOOD),
    "without a blank": json.dumps(GOOD, separators=(",", ":")),
    "CRLF and tabs": json.dumps(GOOD, indent="\t").replace("\n", "\r\n"),
    "with a byte order mark": "\ufeff" + text(GOOD),
    "keys sorted": sorted_keys(GOOD),
    "sections in another order": text(swapped_sections(GOOD)),
    "in camelCase": text(camel(GOOD)),
    "names with escapes": text(GOOD).replace("outbound|", "\\u006futbound\\u007c"),
    "HTML escaped": text(GOOD).replace("callout.internal", "callout\\u002einternal"),
    "unknown fields and types": text({"configs": [{"@type": "type.googleapis.com/other.Thing", "x": [1, {"y": None}]}, *GOOD["configs"]],
                                      "other": {"configs": []}}),
    "an earlier section of the kind": text({"configs": [clusters_section(cluster(dials=[("old.example.com", 443)])), *GOOD["configs"]]}),
    "gzip": gzip.compress(text(GOOD).encode()),
    "gzip in two members": gzip.compress(text(GOOD).encode()[:500]) + gzip.compress(text(GOOD).encode()[500:]),
}


def test_formats(tally):
    with folder() as f:
        for name, content in FORMATS.items():
            f.write("dump.json", content)
            for args, kw in ((["dump.json"], {}), (["-"], {"stdin": content if isinstance(content, bytes) else content.encode()}),
                             (["--strict", "dump.json"], {})):
                got, status, said = f.answers(*args, **kw)
                tally.check((got, status) == ({(WHO, "auth"): "resolved"}, 0), f"{name}, {args}: {got}, exit {status}", said)


# What each array or object tells by itself: {proxy: verdict of auth}, and the exit code.
ALONE = {
    "cluster array": (array(cluster()), "resolved", 0),
    "cluster array with matches before names": (array({"transport_socket_matches": [
        {"name": "hbone", "match": {}, "transport_socket": {}},
        {"name": "user", "match": {}, "transport_socket": cluster()["transport_socket"]}], **cluster(socket=None)}), "resolved", 0),
    "cluster array without TLS in its matches": (array({"transport_socket_matches": [
        {"name": "hbone", "match": {}, "transport_socket": {}},
        {"name": "tlsMode-disabled", "match": {}, "transport_socket": {"name": "envoy.transport_sockets.raw_buffer"}}],
        **cluster(socket=None)}), "insecure", 1),
    "cluster array of --fqdn": (json.dumps([camel(cluster())]), "resolved", 0),
    "endpoint array": (json.dumps([{"name": NAME, "addedViaApi": True, "hostStatuses": [{"address": {"socketAddress": {
        "address": "1.2.3.4", "portValue": 443}}}]}]), "unknown", 1),
    "eds array": (json.dumps([camel({"cluster_name": NAME, "endpoints": [{"lb_endpoints": []}]})]), "unknown", 1),
    "listener array": (json.dumps([camel({"name": "x", "address": {}, "filter_chains": []})]), "unknown", 1),
    "route array": (json.dumps([{"name": "80", "virtualHosts": []}]), "unknown", 1),
    "ecds object": (json.dumps(camel(plugin())), "unknown", 1),
    "bootstrap object": (json.dumps({"bootstrap": {"node": node()}}), "unknown", 1),
    "secret object": (json.dumps({"dynamicActiveSecrets": []}), "unknown", 1),
    "clusters?format=json": (json.dumps({"cluster_statuses": [{"name": NAME}]}), "unknown", 1),
    "statistics": ("cluster_manager.cds.update_rejected: 0\n", "unknown", 1),
    "statistics in JSON": ('{"stats": [{"name": "cluster_manager.cds.update_rejected", "value": 0}]}', "unknown", 1),
    "a dump without built-in clusters": (text({"configs": [bootstrap(), section("Clusters", dynamic_active_clusters=entries(
        [cluster("outbound|80||other.example.com")]))]}), "missing", 1),
    "one resource each, of others": (text({"configs": entries([cluster("outbound|80||other.example.com")])}), "unknown", 1),
    "static clusters alone": (text({"configs": [section("Clusters", static_clusters=entries([cluster("other")]))]}), "unknown", 1),
    "one resource each": (text({"configs": entries([cluster(), builtin()])}), "resolved", 0),
    "masked": (text({"configs": [clusters_section(cluster())]}), "resolved", 0),
    "refused, by client_status": (text({"configs": [clusters_section(raw_active=[
        {"cluster": cluster(), "client_status": "NACKED"}])]}), "rejected", 1),
    "active and warming": (text(dump(cluster(), warming=[cluster(dials=[("new.example.com", 443)])])), "resolved", 0),
}


def test_alone(tally):
    with folder() as f:
        for name, (content, verdict, status) in ALONE.items():
            f.write("dump.json", content)
            got, exit, said = f.answers("dump.json")
            ok = list(got.values()) == [verdict] and exit == status
            tally.check(ok, f"{name}: {got}, exit {exit}", said)


def test_plugins(tally):
    """Every form of name that Istio has given its plugins, and what is not seen."""
    shown = [listener({"name": "x"})]
    names = ["shop.auth-check", "extenstions.istio.io/wasmplugin/shop.auth-check", "extensions.istio.io/wasmplugin/shop.auth-check",
             "extensions.istio.io/trafficextension/shop.auth-check~istio-translated-wasmplugin",
             "extensions.istio.io/trafficextension/shop.auth-check", "callout.shop.auth-check"]
    cases = [(f"plugin {n}", [plugin(n)], "present", 0) for n in names]
    cases += [("no plugin", shown, "absent", 1), ("plugin of another namespace", [*shown, plugin("other.auth-check")], "absent", 1),
              ("nothing shown", [], "unknown", 0)]
    with folder() as f:
        f.write("manifest.yaml", WITH_FILTER)
        for name, extra, verdict, status in cases:
            f.write("dump.json", text(dump(cluster(), extra=[endpoints_section((NAME, ("10.0.0.1", 443))), *extra])))
            report, result = f.report("dump.json")
            got = [p["verdict"] for p in report["plugins"]]
            tally.check(got == [verdict] and result.returncode == status, f"{name}: {got}, exit {result.returncode}", result.stderr)


def test_cut(tally):
    """A dump that ends early is refused wherever it ends, and the cluster is never called missing."""
    whole = json.dumps({"configs": [bootstrap(), clusters_section(cluster())]}).encode()
    with folder() as f:
        def one(n):
            name = f.write(f"cut-{n}.json", whole[:n])
            result = f.run(name)
            return n, result.returncode, result.stderr

        for n, status, said in harness.parallel(one, range(0, len(whole), 3)):
            tally.check(status == 3 and b"CO0501" not in said, f"cut after {n} of {len(whole)} bytes: exit {status}", said)
        packed = gzip.compress(whole)
        for n in range(0, len(packed), 37):
            status = f.run(f.write("cut.json.gz", packed[:n])).returncode
            tally.check(status == 3, f"gzip cut after {n} of {len(packed)} bytes: exit {status}")


def test_report(tally):
    """The fixed shape of verdicts and plugins, and the places of the evidence."""
    with folder() as f:
        f.write("manifest.yaml", WITH_FILTER)
        content = text(dump(cluster(NAME.replace("47080", "443")), extra=[plugin()]))
        f.write("dump.json", content)
        report, result = f.report("dump.json")
        verdict, shown = report["verdicts"][0], report["plugins"][0]
        tally.equal((report["apiVersion"], report["kind"], report["command"]), ("callout.dev/v1alpha1", "Report", "verify"), "report: head")
        tally.equal({k: verdict[k] for k in ("manifest", "upstream", "cluster", "proxy", "verdict", "near")},
                    {"manifest": "shop/auth-check", "upstream": "auth", "cluster": NAME, "proxy": WHO, "verdict": "missing",
                     "near": [NAME.replace("47080", "443")]}, "report: verdict")
        reason = next(r for r in verdict["reasons"] if r["code"] == "CO0510")
        place = reason["location"]
        found = content.encode()[place["offset"]:place["offset"] + place["length"]].decode()
        tally.equal(found, json.dumps(NAME.replace("47080", "443")), "report: the place of the evidence")
        line = content.encode()[:place["offset"]].count(b"\n") + 1
        tally.equal((place["source"], place["line"]), ("dump.json", line), "report: the line of the evidence")
        tally.equal({k: shown[k] for k in ("manifest", "proxy", "verdict")},
                    {"manifest": "shop/auth-check", "proxy": WHO, "verdict": "present"}, "report: plugin")


tests = [test_formats, test_alone, test_plugins, test_report, test_cut]
