"""Why a cluster is missing, with live objects: what speaks for each reason and what against it. Rows that Istio's own code can judge are
in tests/conformance/verify/explanations.py; here is what takes a node, a MeshConfig or labels of namespaces."""

import json

from make_invalid import ENTRY, GATEWAY, SERVICE, WAYPOINT, k8s, manifest, objects
from shapes import HOST, listener
from verifying import array, cluster, dump, folder, node, text

REVISED = {**ENTRY, "metadata": {**ENTRY["metadata"], "labels": {"istio.io/rev": "canary"}}}
TRIMS = k8s("Sidecar", "default", egress=[{"hosts": ["istio-system/*"]}])
TRIMS_CANARY = {**TRIMS, "metadata": {**TRIMS["metadata"], "labels": {"istio.io/rev": "canary"}}}
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"


def mesh_config(mesh, name="istio", namespace="istio-system"):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": {"mesh": mesh}}


def namespace(**labels):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}


def referring(spec=None, where="shop", kind="annotations"):
    return {**k8s("EnvoyFilter", "refers", where, "networking.istio.io/v1alpha3", **(spec or {})),
            "metadata": {"name": "refers", "namespace": where, kind: {"envoyfilter.istio.io/referenced-services": HOST}}}


def annotated(revision):
    who = node()
    return {**who, "metadata": {**who["metadata"], "ANNOTATIONS": {"istio.io/rev": revision}}}


def entry(**spec):
    return {**ENTRY, "spec": {k: v for k, v in {**ENTRY["spec"], **spec}.items() if v is not None}}


SELECTORS = "discoverySelectors:\n- matchLabels: {mesh: enabled}\n- matchExpressions: [{key: team, operator: In, values: [identity]}]\n"
MIDDLE = {"kind": "waypoint", "labels": {GATEWAY_NAME: "middle"}}
EDGE = {"kind": "router", "labels": {"istio": "edge"}}
REF = {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "middle"}]}
TO_HOST = {"hosts": ["x.example.com"], "http": [{"route": [{"destination": {"host": HOST}}]}]}
ELSEWHERE = {"proxy": "waypoint", "targetRefs": [{"kind": "Service", "name": "web"}], "waypoint": {"name": "middle", "namespace": "gws"}}
BESIDE = {"kind": "waypoint", "namespace": "gws", "labels": {GATEWAY_NAME: "middle"}}
EXPORTED = manifest("{name: auth, host: auth.example.com, exportTo: [other]}")
OUTSIDE = manifest("{name: auth, host: auth.example.com}", json.dumps(ELSEWHERE))
FILTERED = """---
apiVersion: callout.dev/v1alpha1
kind: Mesh
metadata: {name: m}
spec: {gatewayClusterFilter: true}
"""
SERVED = k8s("Service", "auth", group="v1", ports=[{"port": 8080}])
# name: (manifest or None, node or who (None: an array without one), live objects, reasons (code, certain), codes that are ruled out)
ROWS = {"nothing wrong": (None, {}, [ENTRY], [("CO0521", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "the revision of another istiod": (None, annotated("stable"), [REVISED], [("CO0520", False)],
                                           {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "the revision of the proxy's istiod": (None, annotated("canary"), [REVISED], [("CO0521", False)],
                                               {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a revision, and nothing known of the proxy's": (
            None, {}, [REVISED], [("CO0520", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a Sidecar of another istiod": (None, annotated("stable"), [ENTRY, TRIMS_CANARY], [("CO0521", False)],
                                        {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a Sidecar of the proxy's istiod": (None, annotated("canary"), [ENTRY, TRIMS_CANARY], [("CO0514", True)],
                                            {"CO0520", "CO0513", "CO0522"}),
        "a Sidecar with a revision, and nothing known of the proxy's": (
            None, {}, [ENTRY, TRIMS_CANARY], [("CO0514", False)], {"CO0520", "CO0513", "CO0522"}),
        "a namespace that is not discovered": (None, {}, [ENTRY, mesh_config(SELECTORS), namespace(mesh="disabled")],
                                               [("CO0520", True)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a namespace that is discovered": (None, {}, [ENTRY, mesh_config(SELECTORS), namespace(mesh="enabled")],
                                           [("CO0521", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "discovered by an expression": (None, {}, [ENTRY, mesh_config(SELECTORS), namespace(team="identity")],
                                        [("CO0521", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "selectors, and no labels of namespaces": (None, {}, [ENTRY, mesh_config(SELECTORS)], [("CO0520", False)],
                                                   {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "selectors of another revision's istiod": (None, annotated("stable"),
                                                   [ENTRY, mesh_config(SELECTORS, "istio-canary"), namespace()],
                                                   [("CO0521", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a MeshConfig that is none": (None, {}, [ENTRY, mesh_config("{"), namespace()], [("CO0521", False)],
                                      {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "exported to nobody by default": (None, {},
                                          [entry(exportTo=None), mesh_config('defaultServiceExportTo: ["~"]')],
                                          [("CO0513", True)], {"CO0520", "CO0514", "CO0522"}),
        "exported to its own by default": (None, {},
                                           [entry(exportTo=None), mesh_config('defaultServiceExportTo: ["."]')],
                                           [("CO0521", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "its own exportTo counts more": (None, {}, [ENTRY, mesh_config('defaultServiceExportTo: ["~"]')],
                                         [("CO0521", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "an entry of another namespace, which loses": (None, {},
                                                       [ENTRY,
                                                        {
                                                            **ENTRY,
                                                            "metadata": {"name": "theirs", "namespace": "other"},
                                                            "spec": {**ENTRY["spec"], "exportTo": ["*"]}}],
                                                       [("CO0521", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "the targetPort of a Service": (SERVICE, {},
                                        [k8s("Service", "auth", group="v1", ports=[{"port": 80, "targetPort": 8080}])],
                                        [("CO0519", True)], {"CO0514", "CO0522"}),
        "a port of UDP": (None, {}, [entry(ports=[{"number": 47080, "protocol": "UDP"}])], [("CO0510", True)],
                          {"CO0513", "CO0514", "CO0522"}),
        "two entries of the host, one with the port": (None, {},
                                                       [ENTRY,
                                                        {
                                                            **entry(ports=[{"number": 80}]),
                                                            "metadata": {"name": "second", "namespace": "shop"}}],
                                                       [("CO0515", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a waypoint's filter without targetRefs": (WAYPOINT, MIDDLE, [ENTRY, referring()], [("CO0518", True)],
                                                   {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a waypoint's filter with another target": (WAYPOINT, MIDDLE,
                                                    [ENTRY,
                                                     referring(
                                                         {"targetRefs": [{**REF["targetRefs"][0], "name": "other"}]})],
                                                    [("CO0518", True)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a waypoint's filter with its target": (WAYPOINT, MIDDLE, [ENTRY, referring(REF)], [("CO0521", False)],
                                                {"CO0518", "CO0520", "CO0513", "CO0514", "CO0522"}),
        "a waypoint's filter in another namespace": (WAYPOINT, MIDDLE, [ENTRY, referring(REF, "other")],
                                                     [("CO0518", True)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a filter that says it in a label": (WAYPOINT, MIDDLE, [ENTRY, referring(REF, kind="labels")],
                                             [("CO0518", True)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a gateway's route": (GATEWAY, EDGE, [ENTRY, k8s("VirtualService", "out", gateways=["edge"], **TO_HOST)],
                              [("CO0517", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "no live object, and exported to the proxy elsewhere": (
            EXPORTED, {"namespace": "other"}, None, [("CO0520", False), ("CO0514", False)], {"CO0513", "CO0522"}),
        "no live object, and exported elsewhere only": (EXPORTED, {}, None, [("CO0513", True), ("CO0520", False)],
                                                        {"CO0522"}),
        "no live object, for a waypoint elsewhere": (OUTSIDE, BESIDE, None, [("CO0520", False), ("CO0518", False)],
                                                     {"CO0513", "CO0514", "CO0522"}),
        "a waypoint elsewhere, without its node": (OUTSIDE, None, [entry(exportTo=["gws"]), referring(REF, "gws")],
                                                   [("CO0522", False)], {"CO0518", "CO0520", "CO0513"}),
        "a filtered gateway, as the Mesh says": (GATEWAY + FILTERED, EDGE,
                                                 [ENTRY,
                                                  k8s("EnvoyFilter", "of-others", "shop",
                                                      "networking.istio.io/v1alpha3")], [("CO0517", True)],
                                                 {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a filtered gateway, and no EnvoyFilter was given": (
            GATEWAY + FILTERED, EDGE, [ENTRY], [("CO0517", False)], {"CO0520", "CO0513", "CO0514", "CO0522"}),
        "a Service that is exported to nobody by default": (
            SERVICE, {}, [SERVED, mesh_config('defaultServiceExportTo: ["~"]')], [("CO0513", True)],
            {"CO0520", "CO0514", "CO0522"}),
        "a Service that says who sees it": (SERVICE, {},
                                            [{**SERVED,
                                              "metadata": {
                                                  **SERVED["metadata"],
                                                  "annotations": {"networking.istio.io/exportTo": "other , shop "}}},
                                             mesh_config('defaultServiceExportTo: ["~"]')], [("CO0521", False)],
                                            {"CO0519", "CO0520", "CO0514", "CO0522"}),
        "no live object at all": (None, {}, None, [("CO0520", False), ("CO0514", False)], {"CO0513", "CO0522"}),}


def test_reasons(tally):
    for name, (document, who, live, reasons, against) in ROWS.items():
        with folder() as f:
            if document:
                f.write("manifest.yaml", document)
            shown = dump(cluster("outbound|80||other.example.com"), who=who if who and "id" not in who else None)
            if who and "id" in who:
                shown["configs"][0]["bootstrap"]["node"] = who
            f.write("d.json", array() if who is None else text(shown))
            if live is not None:
                f.write("live.yaml", objects(*live))
            report, result = f.report(*(["--objects", "live.yaml"] if live is not None else []), "d.json")
            got = report["verdicts"][0]
            said = [(r["code"], r["certain"]) for r in got["reasons"]]
            ruled_out = {r["code"] for r in got.get("against", [])}
            tally.check((got["verdict"], said, ruled_out) == ("missing", reasons, against) and result.returncode == 1,
                        f"reasons, {name}: {said}, not {reasons}; against {sorted(ruled_out ^ against)}",
                        [r["message"] for r in got["reasons"] + got.get("against", [])])


def test_remedies(tally):
    """What is said beside a reason fits the manifest."""
    with folder() as f:
        f.write("manifest.yaml", SERVICE)
        f.write("d.json", text(dump()))
        f.write("live.yaml", objects(k8s("Service", "auth", group="v1", ports=[{"port": 80, "targetPort": 8080}])))
        reason = f.report("--objects", "live.yaml", "d.json")[0]["verdicts"][0]["reasons"][0]
        tally.check("targetPort of its port 80" in reason["message"] and reason["help"] == "write `port: 80`", "the targetPort", reason)
        f.write("manifest.yaml", manifest("{name: auth, cluster: 'outbound|8443||ext.example.com'}"))
        f.write("d.json", text(dump(cluster("outbound|443||ext.example.com", owner="infra"))))
        report, _ = f.report("d.json")
        tally.check("isolated" not in str(report), "no other owner of a cluster that is merely expected", report["verdicts"])


def test_twice(tally):
    """An object that several files hold is one, and the later file's."""
    with folder() as f:
        f.write("d.json", text(dump()))
        f.write("good.yaml", objects(ENTRY))
        f.write("other.yaml", objects(entry(exportTo=["elsewhere"])))
        for files, codes in ((("good", "good"), ["CO0521"]), (("good", "other"), ["CO0513"]), (("other", "good"), ["CO0521"])):
            report, _ = f.report(*(w for name in files for w in ("--objects", f"{name}.yaml")), "d.json")
            got = [r["code"] for r in report["verdicts"][0]["reasons"]]
            tally.equal(got, codes, f"the same object in {files}")


def test_text(tally):
    """One line tells what is ruled out, and by what."""
    with folder() as f:
        f.write("d.json", text(dump()))
        f.write("live.yaml", objects(ENTRY))
        said = f.run("--objects", "live.yaml", "d.json").stderr.decode()
        tally.check("possibly CO0521: the live objects should give the proxy this cluster" in said
                    and "not CO0514: no live Sidecar applies to the proxy;" in said, "what is ruled out is told", said)


def carrier(kind="WasmPlugin", name="auth-check", where="shop", labels=None, group="extensions.istio.io/v1alpha1", **spec):
    made = k8s(kind, name, where, group, **spec)
    return {**made, "metadata": {**made["metadata"], "labels": labels}} if labels else made


LUA = '{lua: {inline: "function envoy_on_request(h) end"}, phase: STATS}'
PLUGIN_OF = {"wasm": '{wasm: {url: "oci://ghcr.io/acme/auth-check:1.4.0"}}', "lua": LUA}
WEB = {"selector": {"matchLabels": {"app": "web"}}}
# name: (filter, target, who, live objects or None, how what is said begins)
ABSENT = {"no live objects": ("wasm", WEB, {}, None, ""),
          "it is there": ("wasm", WEB, {}, [carrier(**WEB)], "possibly WasmPlugin shop/auth-check was not read"),
          "another one is there": ("wasm", WEB, {}, [carrier(name="other")],
                                   "because there is no live WasmPlugin shop/auth-check"),
          "one of another kind is there": ("wasm", WEB, {}, [carrier("TrafficExtension")],
                                           "possibly its WasmPlugin is not applied"),
          "none is there": ("wasm", WEB, {}, [ENTRY], "possibly its WasmPlugin is not applied"),
          "the same name elsewhere": ("wasm", WEB, {}, [carrier(where="other")],
                                      "because there is no live WasmPlugin shop/auth-check"),
          "the proxy is elsewhere": ("wasm", WEB, {"namespace": "other"}, [carrier(**WEB)],
                                     "because WasmPlugin shop/auth-check is in another namespace"),
          "other labels": ("wasm", WEB, {"labels": {"app": "api"}}, [carrier(**WEB)],
                           "because WasmPlugin shop/auth-check selects other"),
          "a label more": ("wasm", WEB, {}, [carrier(selector={"matchLabels": {"app": "web", "track": "canary"}})],
                           "because WasmPlugin shop/auth-check selects other"),
          "targetRefs, and a sidecar": ("wasm", WEB, {}, [carrier(**REF)],
                                        "because WasmPlugin shop/auth-check has targetRefs"),
          "targetRefs to another gateway": ("wasm", {"proxy": "waypoint", **REF},
                                            {"kind": "waypoint", "labels": {GATEWAY_NAME: "other"}}, [carrier(**REF)],
                                            "because WasmPlugin shop/auth-check refers to other gateways than other"),
          "targetRefs to this gateway": ("wasm", {"proxy": "waypoint", **REF}, MIDDLE, [carrier(**REF)],
                                         "possibly WasmPlugin shop/auth-check was not read"),
          "a match": ("wasm", WEB, {}, [carrier(match=[{"mode": "CLIENT"}])],
                      "possibly WasmPlugin shop/auth-check matches"),
          "a revision": ("wasm", WEB, {}, [carrier(labels={"istio.io/rev": "canary"})],
                         "possibly WasmPlugin shop/auth-check has the label"),
          "Lua, and its EnvoyFilter is not there": ("lua", WEB, {}, [referring()],
                                                    "because there is no live EnvoyFilter shop/auth-check"),
          "Lua, and its EnvoyFilter stands beside a waypoint elsewhere": (
              "lua", ELSEWHERE, BESIDE,
              [carrier("EnvoyFilter", "shop.auth-check", "gws", group="networking.istio.io/v1alpha3", **REF)],
              "possibly EnvoyFilter gws/shop.auth-check was not read"),
          "Lua, and nothing beside the waypoint elsewhere": (
              "lua", ELSEWHERE, BESIDE, [carrier("EnvoyFilter", group="networking.istio.io/v1alpha3")],
              "because there is no live EnvoyFilter gws/shop.auth-check"),
          "a Service of a waypoint elsewhere": ("wasm", ELSEWHERE, BESIDE,
                                                [carrier(targetRefs=ELSEWHERE["targetRefs"])],
                                                "possibly WasmPlugin shop/auth-check was not read"),
          "a gateway of a waypoint elsewhere": ("wasm", ELSEWHERE, BESIDE, [carrier(**REF)],
                                                "because WasmPlugin shop/auth-check is in another namespace"),
          "Lua, and its EnvoyFilter selects others": ("lua", WEB, {},
                                                      [carrier(
                                                           "EnvoyFilter", group="networking.istio.io/v1alpha3",
                                                           workloadSelector={"labels": {"app": "api"}})],
                                                      "because EnvoyFilter shop/auth-check selects other"),}


def test_absent_plugins(tally):
    """Why the filter is not in the proxy."""
    for name, (kind, target, who, live, begin) in ABSENT.items():
        with folder() as f:
            f.write("manifest.yaml", manifest("{name: auth, host: auth.example.com}", json.dumps(target)).replace(
                "  upstreams:", f"  filter: {PLUGIN_OF[kind]}\n  upstreams:"))
            f.write("d.json", text(dump(cluster(), extra=[listener()], who=who)))
            if live is not None:
                f.write("live.yaml", objects(*live))
            report, result = f.report("--istio-version", "1.31", *([] if live is None else ["--objects", "live.yaml"]), "d.json")
            got = report["plugins"][0]
            finding = next(x for x in report["findings"] if x["code"] == "CO0560")
            notes = " ".join(n["message"] for n in finding["related"])
            told = got.get("message", "").startswith(begin) and notes.startswith(begin)
            ok = got["verdict"] == "absent" and told and result.returncode == 1
            tally.check(ok and (live is None) == ("wasmplugins" in finding.get("help", "")), f"absent, {name}: {notes}", finding)
            tally.check(bool(got.get("location")) == ("auth-check " in got.get("message", "") + " "
                                                      and "no live" not in notes and bool(begin)
                                                      and "not applied" not in notes),
                        f"absent, {name}: the object's place", got)


tests = [test_reasons, test_remedies, test_twice, test_text, test_absent_plugins]
