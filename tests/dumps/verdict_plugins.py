"""Verdicts on the filter itself: is it there, does it run, and is it what the manifest says?"""

import base64
import gzip
import json

from shapes import WASM, bootstrap, clusters_section, listener, section
from verifying import NAME, WITH_FILTER, cluster, dump, folder, text

PLUGIN = "extensions.istio.io/wasmplugin/shop.auth-check"
ASKING = {"name": PLUGIN, "config_discovery": {}}
ASKS = listener(ASKING)
BARE = {"@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", "name": PLUGIN}
STRING = "type.googleapis.com/google.protobuf.StringValue"
BYTES = "type.googleapis.com/google.protobuf.BytesValue"


def extension(entry=None, **typed):
    config = {"typed_config": {"@type": WASM, "config": {"name": "shop.auth-check", **typed}}} if typed else {}
    return section("Ecds", ecds_filters=[{"ecds_filter": {**BARE, **config}, **(entry or {})}])


def manager_of(made):
    """The connection manager of a listener."""
    return made["dynamic_listeners"][0]["active_state"]["listener"]["filter_chains"][0]["filters"][0]["typed_config"]


def routed(whole, hosts):
    """A listener whose filter all routes, virtual hosts (each with its routes) or routes switch off or on."""
    def says(how):
        own = {PLUGIN: {"disabled": how == "off"}, "other": {"disabled": True}}
        return {"typed_per_filter_config": own} if how else {}

    made = listener(ASKING)
    virtual_hosts = [{"routes": [says(r) for r in routes], **says(host)} for host, routes in hosts.items()]
    manager_of(made)["route_config"] = {"virtual_hosts": virtual_hosts, **says(whole)}
    return made


def by_rds(*filters, how="rds", name="80"):
    """A listener whose routes are not its own."""
    made = listener(*filters)
    manager_of(made)[how] = {"route_config_name": name} if how == "rds" else {"scoped_rds": {}}
    return made


def route_configs(whole="", hosts=None, name="80"):
    """What comes by RDS under the name, as `routed` has it inline."""
    inline = manager_of(routed(whole, hosts or {}))["route_config"]
    return section("Routes", dynamic_route_configs=[{"route_config": {"name": name, **inline}}])


SAYS_OFF, SAYS_ON = ({"typed_per_filter_config": {PLUGIN: {"disabled": off}}} for off in (True, False))


def weighted(*clusters, **more):
    """A route to several clusters that say something of the filter themselves."""
    says = {"": {}, "off": SAYS_OFF, "on": SAYS_ON}
    return {"route": {"weighted_clusters": {"clusters": [{"name": "c", "weight": 1, **says[c]} for c in clusters]}}, **more}


def routed_by(filters, config):
    """A listener with this RouteConfiguration."""
    made = listener(*filters)
    manager_of(made)["route_config"] = config
    return [made]


def routed_by_rds(filters, config):
    """The same where it comes by RDS."""
    return [by_rds(*filters), section("Routes", dynamic_route_configs=[{"route_config": {"name": "80", **config}}])]


def warming(made):
    """Its listener is not in use yet."""
    entry = made["dynamic_listeners"][0]
    entry["warming_state"] = entry.pop("active_state")
    return made


def beside(*sections):
    """The listeners of several sections in one."""
    return section("Listeners", dynamic_listeners=[entry for s in sections for entry in s["dynamic_listeners"]])


def updated(before, after):
    """A listener that is in use while its next version warms."""
    made = warming(listener(*after))
    made["dynamic_listeners"][0].update(listener(*before)["dynamic_listeners"][0])
    return made


def refusing(details):
    """A listener in use, an update of which Envoy refused."""
    made = listener()
    made["dynamic_listeners"][0]["error_state"] = {"details": details}
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
    "a Struct as configuration": (
        [extension(configuration=said({"authCluster": NAME}, "type.googleapis.com/google.protobuf.Struct"))],
        True, "present", ""),
    "another Struct": (
        [extension(configuration=said({"authCluster": "x"}, "type.googleapis.com/google.protobuf.Struct"))],
        True, "differs", "authCluster"),
    "no JSON as configuration": ([extension(configuration=said("authCluster=1"))], True, "differs", "is no JSON"),
    "a TypedStruct": (
        [
            section(
                "Ecds",
                ecds_filters=[
                    {
                        "ecds_filter": {
                            **BARE,
                            "typed_config": {
                                "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                                "type_url": WASM,
                                "value": {"config": {"name": "x", "configuration": RIGHT}},
                            },
                        }
                    }
                ],
            )
        ],
        True, "present", ""),
    "fails closed": ([extension(configuration=RIGHT, failure_policy="FAIL_CLOSED")], True, "present", ""),
    "fails closed, as it is when nothing is said": ([extension(configuration=RIGHT)], True, "present", ""),
    "fails open": ([extension(configuration=RIGHT, failure_policy="FAIL_OPEN")], True, "differs", "FAIL_OPEN"),
    "fails open, as older versions say it": (
        [extension(configuration=RIGHT, fail_open=True)], True, "differs", "FAIL_OPEN"),
    "bytes as configuration": (
        [extension(configuration=said(base64.b64encode(json.dumps({"authCluster": NAME}).encode()).decode(), BYTES))],
        True, "present", ""),
    "other bytes": (
        [extension(configuration=said(base64.b64encode(b'{"authCluster": "x"}').decode(), BYTES))],
        True, "differs", "authCluster"),
    "a variable that istiod adds": (
        [extension(configuration=RIGHT, **variables(ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION="7"))],
        True, "present", ""),
    "a variable more": ([extension(configuration=RIGHT, **variables(MODE="x"))], True, "differs", "MODE is set"),
    "disabled in its listener": (
        [listener({**ASKING, "disabled": True}), extension(configuration=RIGHT)], True, "differs", "disabled"),
    "disabled in one of two listeners": (
        [listener({**ASKING, "disabled": True}, ASKING), extension(configuration=RIGHT)], True, "present", ""),
    **{
        f"routes that say {routing}": ([routed(*routing), extension(configuration=RIGHT)], True, verdict, word)
        for routing, verdict, word in (
            (("", {"": ["", "off"]}), "present", ""),
            (("", {"": ["off", "off"]}), "differs", "all of its routes"),
            (("", {"off": [""], "": [""]}), "present", ""),
            (("", {"off": [""], "on": []}), "differs", "all of its routes"),
            (("off", {"": ["off"]}), "differs", "all of its routes"),
            (("off", {"": ["on"]}), "present", ""),
            (("off", {}), "differs", "all of its routes"),
            (("on", {"off": ["off", "on"]}), "present", ""),
            (("", {}), "present", ""),
        )
    },
    "disabled, and routes come by RDS": (
        [by_rds({**ASKING, "disabled": True}), extension(configuration=RIGHT)], True, "unknown", "come by RDS"),
    "disabled, and routes come by scopes": (
        [by_rds({**ASKING, "disabled": True}, how="scoped_routes"), extension(configuration=RIGHT)],
        True, "unknown", "come by RDS"),
    "disabled, another configuration, and routes by RDS": (
        [by_rds({**ASKING, "disabled": True}), extension(configuration=said("{}"))], True, "differs", "authCluster"),
    "routes by RDS": ([by_rds(ASKING), extension(configuration=RIGHT)], True, "present", ""),
    **{
        f"{'disabled' if disabled else 'enabled'}, and by RDS {what}": (
            [extension(configuration=RIGHT), by_rds({**ASKING, "disabled": disabled}), *routes], True, verdict, word)
        for disabled, what, routes, verdict, word in (
            (False, "routes that say nothing", [route_configs("", {"": [""]})], "present", ""),
            (False, "all are off", [route_configs("", {"": ["off"], "off": [""]})], "differs", "all of its routes"),
            (False, "the whole is off", [route_configs("off", {"": [""]})], "differs", "all of its routes"),
            (False, "some are off", [route_configs("", {"": ["", "off"]})], "present", ""),
            (False, "those of another name are off", [route_configs("off", {"": [""]}, "8080")], "present", ""),
            (True, "routes that say nothing", [route_configs("", {"": [""]})], "differs", "disabled"),
            (True, "one is on", [route_configs("", {"": ["", "on"]})], "present", ""),
            (True, "the whole is on", [route_configs("on", {"": [""]})], "present", ""),
            (True, "one of another name is on", [route_configs("on", {"": [""]}, "8080")], "unknown", "does not show"),
        )
    },
    **{
        f"{'disabled' if disabled else 'enabled'}, and routes {how} where {what}": (
            [extension(configuration=RIGHT), *made([{**ASKING, "disabled": disabled}], config)], True, verdict, word)
        for disabled, what, config, verdict, word in (
            (False, "a weighted cluster is on", {"virtual_hosts": [{**SAYS_OFF, "routes": [weighted("off", "on")]}]}, "present", ""),
            (False, "a weighted cluster is on, and its route off", {"virtual_hosts": [{"routes": [weighted("on", **SAYS_OFF)]}]}, "present", ""),
            (True, "a weighted cluster is on", {"virtual_hosts": [{"routes": [weighted("off", "on")]}]}, "present", ""),
            (True, "a weighted cluster is off", {"virtual_hosts": [{"routes": [weighted("off")]}]}, "differs", "disabled"),
            (False, "a weighted cluster of several is off", {"virtual_hosts": [{"routes": [weighted("off", "")]}]}, "present", ""),
            (False, "all are off, and more come by VHDS", {"virtual_hosts": [{**SAYS_OFF, "routes": [{}]}], "vhds": {}}, "present", ""),
            (True, "nothing is said, and more come by VHDS", {"virtual_hosts": [{"routes": [{}]}], "vhds": {}}, "unknown", "does not show"),
            (True, "one is on, and more come by VHDS", {"virtual_hosts": [{"routes": [SAYS_ON]}], "vhds": {}}, "present", ""),
            (False, "all are off, and others are in a matcher", {"virtual_hosts": [{"routes": [SAYS_OFF]}, {"matcher": {}}]}, "present", ""),
            (True, "others are in a matcher", {"virtual_hosts": [{"routes": [{}]}, {"matcher": {}}]}, "unknown", "does not show"),
        )
        for how, made in (("inline", routed_by), ("by RDS", routed_by_rds))
    },
    **{
        f"{'disabled' if disabled else 'enabled'}, and by RDS the name stands last where {what}": (
            [extension(configuration=RIGHT), by_rds({**ASKING, "disabled": disabled}),
             section("Routes", dynamic_route_configs=[{"route_config": {**config, "name": "80"}}])], True, verdict, word)
        for disabled, what, config, verdict, word in (
            (True, "one is on", {"virtual_hosts": [{"routes": [SAYS_ON]}]}, "unknown", "does not show"),
            (True, "the whole is on", {**SAYS_ON}, "unknown", "does not show"),
            (True, "nothing is said", {}, "differs", "disabled"),
        )
    },
    **{
        f"disabled, and of two by RDS that have one name {what}": (
            [extension(configuration=RIGHT), by_rds({**ASKING, "disabled": True}), *(route_configs(how, {"": [""]}) for how in both)], True, verdict, word)
        for what, both, verdict, word in (
            ("the first is on", ("on", ""), "unknown", "does not show"),
            ("the last is on", ("", "on"), "unknown", "does not show"),
            ("the second of three is on", ("", "on", ""), "unknown", "does not show"),
            ("both are on", ("on", "on"), "present", ""),
            ("both say nothing", ("", ""), "differs", "disabled"),
        )
    },
    "disabled, and by RDS one is on, before it was asked for": (
        [extension(configuration=RIGHT), route_configs("on", {"": [""]}), by_rds({**ASKING, "disabled": True})], True, "unknown", "does not show"),
    "two listeners, and the routes of one are off": (
        [extension(configuration=RIGHT), beside(by_rds(ASKING), listener(ASKING)), route_configs("off")], True, "present", ""),
    "two listeners of one name, and its routes are off": (
        [extension(configuration=RIGHT), beside(by_rds(ASKING), by_rds(ASKING)), route_configs("off")], True, "differs", "all of its routes"),
    "a name by RDS that is longer than names are": (
        [extension(configuration=RIGHT), by_rds({**ASKING, "disabled": True}, name="8" * 600), route_configs("on", name="8" * 600)],
        True, "unknown", "does not show"),
    "disabled by one listener, with routes by RDS": (
        [by_rds({**ASKING, "disabled": True}, ASKING), extension(configuration=RIGHT)], True, "present", ""),
    "more routes that name it than plugins are kept": (
        [routed("", {"": ["on"] * 5000}), extension(configuration=RIGHT)], True, "present", ""),
    "in a listener that warms": ([warming(listener(ASKING)), extension(configuration=RIGHT)], True, "absent", "still warming"),
    "in the next version of a listener": ([updated([], [ASKING]), extension(configuration=RIGHT)], True, "absent", "still warming"),
    "only in the version that is in use": ([updated([ASKING], []), extension(configuration=RIGHT)], True, "present", ""),
    "in both": ([updated([ASKING], [ASKING]), extension(configuration=RIGHT)], True, "present", ""),
    "disabled in use, and enabled in what warms": (
        [updated([{**ASKING, "disabled": True}], [ASKING]), extension(configuration=RIGHT)], True, "differs", "disabled"),
    "warming, and in use elsewhere": ([beside(warming(listener(ASKING)), listener(ASKING)), extension(configuration=RIGHT)], True, "present", ""),
    "asked for by what warms, in vain": ([warming(listener(ASKING)), section("Ecds")], True, "failed", "never came"),
    "an extension without a listener": ([listener(), extension(configuration=RIGHT)], True, "absent", "none of its listeners"),
    "an extension without a listener, but a mask": ([listener(), extension(configuration=RIGHT)], False, "present", ""),
    "refused in an update": ([refusing("Unable to create Wasm plugin shop.auth-check")], True, "failed", "Unable"),
    "another one refused in an update": ([refusing("Unable to create Wasm plugin shop.auth-check-2")], True, "absent", ""),
    "reloads": ([extension(configuration=RIGHT, failure_policy="FAIL_RELOAD")], True, "differs", "FAIL_RELOAD"),
}


def judge_plugin(tally, name, document, sections, verdict, word, sync=None):
    """What is said of the one filter, and whether this word is in the findings or what is related to them."""
    with folder() as f:
        f.write("manifest.yaml", document)
        f.write("d.json", text({"configs": sections}))
        f.write("sync.json", json.dumps(sync))
        report, result = f.report("d.json", *(["sync.json"] if sync else []))
        got = [p["verdict"] for p in report["plugins"]]
        findings = " ".join(m["message"] for x in report["findings"] for m in (x, *x["related"]))
        status = 0 if verdict in ("present", "unknown") else 1
        tally.check((got, result.returncode) == ([verdict], status) and (word[1:] not in findings if word[:1] == "!" else word in findings),
                    f"{name}: {got}, exit {result.returncode}", findings + result.stderr.decode())


def test_plugins(tally):
    for name, (sections, whole, verdict, word) in PLUGINS.items():
        others = [*([bootstrap()] if whole else []), clusters_section(cluster())]
        judge_plugin(tally, f"plugin, {name}", WITH_FILTER, [*others, *sections], verdict, word)


def synced(**members):
    return [{"proxy": "web-7d9c.shop", "cluster_sent": "1", "cluster_acked": "1", **members}]


def nack(words):
    """As Istio 1.32 keeps it: the last error goes away only with the next version that the proxy takes."""
    return synced(extensionconfig_sent="n2", extensionconfig_acked="n1", resources={
        BARE["@type"]: {"sent": "n2", "acked": "n1", "lastError": words}})


def proxy_status(status, **more):
    return {"resources": [{"@type": "type.googleapis.com/envoy.service.status.v3.ClientConfig", "node": {"id": "web-7d9c.shop"},
                           "genericXdsConfigs": [{"typeUrl": BARE["@type"], "configStatus": status, **more}]}], "typeUrl": "istio.io/debug/syncz"}


GOOD, OTHER = [extension(configuration=RIGHT)], [extension(configuration=said("{}"))]
UNTAKEN, TOLD = "web-7d9c.shop has not taken the extensions that istiod sent last", "Envoy told istiod: "
# What istiod says of extensions: (sections, what it says, verdict, words, or with "!" such as must not be there)
EXTENSIONS = {
    "taken": (GOOD, synced(extensionconfig_sent="n2", extensionconfig_acked="n2"), "present", "!has not taken"),
    "never sent": (GOOD, synced(), "present", "!has not taken"),
    "stale": (GOOD, synced(extensionconfig_sent="n2", extensionconfig_acked="n1"), "present", UNTAKEN),
    "stale by its resources alone": (GOOD, synced(resources={BARE["@type"]: {"sent": "n2", "acked": "n1"}}), "present", UNTAKEN),
    "stale, by proxy-status": (GOOD, proxy_status("STALE"), "present", UNTAKEN),
    "synced, by proxy-status": (GOOD, proxy_status("SYNCED"), "present", "!has not taken"),
    "refused, by proxy-status": (GOOD, proxy_status("ERROR", errorState={"details": "Unable to create Wasm plugin shop.auth-check"}),
                                 "failed", TOLD + "Unable to create Wasm plugin shop.auth-check"),
    "refused": (GOOD, nack(f"Unable to create Wasm HTTP filter {PLUGIN}"), "failed", TOLD + "Unable"),
    "refused, at the end of a sentence": (GOOD, nack("no shop.auth-check."), "failed", TOLD + "no shop"),
    "another one refused": (GOOD, nack("Unable to create Wasm plugin shop.auth-check-2"), "present", UNTAKEN + ": Unable"),
    "another namespace's refused": (GOOD, nack("Unable to create Wasm plugin web-shop.auth-check"), "present", UNTAKEN),
    "a longer name's": (GOOD, nack("in shop.auth-check.other"), "present", UNTAKEN),
    "another configuration, stale": (OTHER, proxy_status("STALE"), "differs", "; the proxy has not taken the extensions"),
    "another configuration, another one refused": (OTHER, nack("shop.x: bad"), "differs", UNTAKEN + ": shop.x: bad"),
    "asked for in vain, stale": ([ASKS, section("Ecds")], proxy_status("STALE"), "failed", "never came; the proxy has not taken"),
    "of another proxy": (GOOD, [{**nack("shop.auth-check")[0], "proxy": "web-1.shop"}], "present", "!has not taken"),
}


def test_refusal_is_told_once(tally):
    """What istiod was told of a filter that is reported as failed is no warning beside it; another one's refusal is."""
    other = ["Unable to create Wasm plugin shop.other", "Unable to create Wasm plugin shop.auth-check-2"]
    rows = {"ours": (nack("Unable to create Wasm plugin shop.auth-check"), 0), "another one's": (nack(other[0]), 1), "a longer name's": (nack(other[1]), 1),
            "ours, by proxy-status": (proxy_status("ERROR", errorState={"details": "no shop.auth-check."}), 0)}
    refused = extension({"error_state": {"details": "wasm: no such file"}})
    with folder() as f:
        f.write("manifest.yaml", WITH_FILTER)
        for how, sections in (("", GOOD), (", and the dump tells too", [refused])):
            for name, (says, n) in rows.items():
                f.write("d.json", text({"configs": [bootstrap(), clusters_section(cluster()), *sections]}))
                f.write("sync.json", json.dumps(says))
                report, _ = f.report("d.json", "sync.json")
                got = [x["code"] for x in report["findings"]].count("CO0575")
                tally.equal(got, n, f"a refusal, {name}{how}")
        # Of two proxies, one of which is no target, each by itself.
        f.write("e.json", text({"configs": [bootstrap(pod="web-2", labels={"app": "api"}), clusters_section(cluster()), *GOOD]}))
        f.write("sync.json", json.dumps([*rows["ours"][0], {**rows["ours"][0][0], "proxy": "web-2.shop"}]))
        for order in (["d.json", "e.json"], ["e.json", "d.json"]):
            report, _ = f.report("--only-matching", *order, "sync.json")
            got = [x["message"][:10] for x in report["findings"] if x["code"] == "CO0575"]
            tally.equal(got, ["web-2.shop"], f"a refusal in two proxies, {order}")


def test_extensions(tally):
    for name, (sections, says, verdict, words) in EXTENSIONS.items():
        others = [bootstrap(), clusters_section(cluster())]
        judge_plugin(tally, f"istiod's view of extensions, {name}", WITH_FILTER, [*others, *sections], verdict, words, says)


# What the manifest sets, as a flow list: (what the proxy has, verdict, a word of the detail)
ENVIRONMENT = "[{name: MODE, value: strict}, {name: EMPTY, value: ''}, {name: POD_IP, valueFrom: HOST}]"
VARIABLES = {
    "as generated": (variables("POD_IP", MODE="strict", EMPTY=""), "present", ""),
    "with those of istiod": (variables("POD_IP", MODE="strict", EMPTY="", ISTIO_META_X="1"), "present", ""),
    "another value": (variables("POD_IP", MODE="lax", EMPTY=""), "differs", 'MODE is "lax", not "strict"'),
    "the host's in the place of a value": (variables("POD_IP", "MODE", EMPTY=""), "differs", "MODE is the host's, not"),
    "a value in the place of the host's": (
        variables(MODE="strict", EMPTY="", POD_IP="1"), "differs", 'POD_IP is "1", not the host\'s'),
    "one missing": (variables("POD_IP", MODE="strict"), "differs", "EMPTY is not set"),
    "none": ({}, "differs", "MODE is not set"),
}


def test_variables(tally):
    document = WITH_FILTER.replace('1.4.0"}', f'1.4.0", env: {ENVIRONMENT}}}')
    for name, (has, verdict, word) in VARIABLES.items():
        sections = [bootstrap(), clusters_section(cluster()), extension(configuration=RIGHT, **has)]
        judge_plugin(tally, f"variables, {name}", document, sections, verdict, word)


CODE = 'function envoy_on_request(h)\n  h:httpCall("${upstreams.auth.cluster}", {}, "", 1000)\nend\n'
FILLED = CODE.replace("${upstreams.auth.cluster}", NAME)
LUA = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
# name: (the filter's message, verdict, a word of the detail)
SCRIPTS = {
    "as generated": ({"default_source_code": {"inline_string": FILLED}}, "present", ""),
    "as older versions carry it": ({"inline_code": FILLED}, "present", ""),
    "another cluster": (
        {"default_source_code": {"inline_string": FILLED.replace("47080", "443")}}, "differs", "from line 2 on"),
    "a line more": ({"default_source_code": {"inline_string": FILLED + "-- more\n"}}, "differs", "from line 4 on"),
    "from a file of the proxy": ({"default_source_code": {"filename": "/etc/x.lua"}}, "present", ""),
}


def script(message):
    return {"name": "callout.shop.auth-check", "typed_config": {"@type": LUA, **message}}


def lua_manifest():
    spec = {"target": {"selector": {"matchLabels": {"app": "web"}}},
            "filter": {"lua": {"inline": CODE}, "phase": "STATS"},
            "upstreams": [{"name": "auth", "host": "auth.example.com"}]}
    return json.dumps({"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest",
                       "metadata": {"name": "auth-check", "namespace": "shop"}, "spec": spec})


def test_scripts(tally):
    document = lua_manifest()
    for name, (message, verdict, word) in SCRIPTS.items():
        asked = script(message)
        for how, made in (("", listener(asked)), (", another warms", updated([asked], [script({"inline_code": "--"})]))):
            judge_plugin(tally, f"Lua {name}{how}", document, dump(cluster(), extra=[made])["configs"], verdict, word)


EXTENSIONS_OF_ENVOY = "type.googleapis.com/envoy.extensions."
COMPOSITE = {"@type": EXTENSIONS_OF_ENVOY + "filters.http.composite.v3.Composite"}


def matched(name, inner, action):
    """envoy/extensions/common/matching/v3: a filter behind a matcher, which skips it or runs another one."""
    tree = {"matcher_tree": {"input": {"name": "request-headers", "typed_config": {"header_name": "x"}},
                             "exact_match_map": {"map": {"1": {"action": action}}}}}
    return {"name": name, "typed_config": {
        "@type": EXTENSIONS_OF_ENVOY + "common.matching.v3.ExtensionWithMatcher", "extension_config": {"name": "inner", "typed_config": inner},
        "xds_matcher": {"matcher_list": {"matchers": []}, "on_no_match": {"matcher": tree}}}}


def skipped(filter):
    return matched(filter["name"], filter["typed_config"], {"name": "skip", "typed_config": {
        "@type": EXTENSIONS_OF_ENVOY + "filters.common.matcher.action.v3.SkipFilter"}})


def composed(filter, how="typed_config", name="envoy.filters.http.composite"):
    return matched(name, COMPOSITE, {"name": "composite-action", "typed_config": {
        "@type": EXTENSIONS_OF_ENVOY + "filters.http.composite.v3.ExecuteFilterAction", how: filter}})


def overriding(message, filter, wrapped=False, level="route"):
    """A listener with a route that has settings of its own for the filter."""
    own = {"@type": EXTENSIONS_OF_ENVOY + "filters.http.lua.v3.LuaPerRoute", **message}
    if wrapped:
        own = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": own}
    says = {"typed_per_filter_config": {filter["name"]: own}}
    made = listener(filter)
    host = {"routes": [{}, says if level == "route" else {}], **(says if level == "host" else {})}
    # Envoy prints the routes first.
    manager = manager_of(made)
    filters = manager.pop("http_filters")
    manager.update(route_config={"virtual_hosts": [host]}, http_filters=filters)
    return made


def carried(configuration, **more):
    return {"name": PLUGIN, "typed_config": {"@type": WASM, "config": {"name": "x", "configuration": configuration, **more}}}


OURS, THEIRS = script({"inline_code": FILLED}), script({"inline_code": FILLED + "--"})
OFF = {"disabled": True}
SEVERAL = "carry several"
# Of each listener the filters, of a Lua manifest and of a Wasm one: (verdict, a word of the detail)
LUA_OF_SEVERAL = {
    "all alike": ([[OURS]] * 3, "present", ""),
    "the first is another": ([[THEIRS], [OURS], [OURS]], "differs", SEVERAL),
    "one between is another": ([[OURS], [THEIRS], [OURS]], "differs", SEVERAL),
    "the last is another": ([[OURS], [OURS], [THEIRS]], "differs", SEVERAL),
    "all are the same other one": ([[THEIRS]] * 3, "differs", "from line 4 on"),
    "another one in the same listener": ([[OURS, THEIRS]], "differs", SEVERAL),
    "another one, and disabled": ([[{**THEIRS, **OFF}], [OURS]], "present", ""),
    "another one behind it, and disabled": ([[OURS], [{**THEIRS, **OFF}]], "present", ""),
    "another one, disabled in one of its listeners": ([[OURS], [{**THEIRS, **OFF}], [THEIRS]], "differs", SEVERAL),
    "more than are kept, the second is another": (
        [[OURS], [THEIRS], *([script({"inline_code": f"--{i}"})] for i in range(40))], "differs", SEVERAL),
}
WASM_OF_SEVERAL = {
    "all alike": ([[carried(RIGHT)]] * 2, [], "present", ""),
    "another configuration first": ([[carried(said("{}"))], [carried(RIGHT)]], [], "differs", "authCluster"),
    "another configuration last": ([[carried(RIGHT)], [carried(said("{}"))]], [], "differs", "authCluster"),
    "another failure policy last": ([[carried(RIGHT)], [carried(RIGHT, failure_policy="FAIL_OPEN")]], [], "differs", "FAIL_OPEN"),
    "a variable more": ([[carried(RIGHT)], [carried(RIGHT, **variables(MODE="x"))]], [], "differs", "MODE is set"),
    "another root": ([[carried(RIGHT)], [carried(RIGHT, root_id="x")]], [], "differs", "pluginName is x"),
    "another one beside an extension": ([[ASKING], [carried(said("{}"))]], [extension(configuration=RIGHT)], "differs", "authCluster"),
    "the same beside an extension": ([[ASKING], [carried(RIGHT)]], [extension(configuration=RIGHT)], "present", ""),
    "a wrong extension": ([[ASKING], [carried(RIGHT)]], [extension(configuration=said("{}"))], "differs", "authCluster"),
}


def test_much_code(tally):
    """Listeners carry each the same code, or each another one, and more of it than fits into the memory for one dump."""
    long, n = "-" * 1000000, 280
    for how, made in (("the same", lambda i: long), ("another", lambda i: f"{i}{long}")):
        whole = text({"configs": [bootstrap(), clusters_section(cluster()), listener(script({"inline_code": "HERE"}))]})
        entries = json.dumps(listener(script({"inline_code": "HERE"}))["dynamic_listeners"][0])
        before, after = whole.replace("\"HERE\"", "\"--\"").split("\"dynamic_listeners\": [")
        with folder() as f:
            with gzip.open(f.path / "d.json", "wt", compresslevel=1) as file:
                file.write(before + "\"dynamic_listeners\": [")
                for i in range(n):
                    file.write(entries.replace("HERE", made(i)) + ",")
                file.write(after)
            f.write("manifest.yaml", lua_manifest())
            report, result = f.report("d.json")
            got = [p["verdict"] for p in report["plugins"]]
            tally.check(got == ["differs"], f"{n} listeners with {how} code: {got}", result.stderr.decode())


def test_much_code_that_does_not_count(tally):
    """Routes with more code than fits into the memory for one dump, none of which runs."""
    own, n = {"disabled": True, "source_code": {"inline_string": "HERE"}}, 280
    made = overriding({}, OURS)
    manager_of(made)["route_config"]["virtual_hosts"][0]["routes"] = ["ROUTES"]
    before, after = text({"configs": [bootstrap(), clusters_section(cluster()), made]}).split('"ROUTES"')
    route = json.dumps({"typed_per_filter_config": {OURS["name"]: own}}).replace("HERE", "-" * 1000000)
    with folder() as f:
        with gzip.open(f.path / "d.json", "wt", compresslevel=1) as file:
            file.write(before + ",".join([route] * n) + after)
        f.write("manifest.yaml", lua_manifest())
        report, result = f.report("d.json")
        got = [p["verdict"] for p in report["plugins"]]
        tally.check(got == ["differs"], f"{n} routes with code that does not count: {got}", result.stderr.decode())


def scripts_named(n):
    """So many manifests with the same code, and the names of their filters."""
    made = [json.loads(lua_manifest()) for _ in range(n)]
    for i, m in enumerate(made):
        m["metadata"]["name"] = f"auth-check-{i}"
    return "---\n".join(json.dumps(m) + "\n" for m in made), [f"callout.shop.auth-check-{i}" for i in range(n)]


def judge_plugins(tally, name, document, sections, wanted):
    with folder() as f:
        f.write("manifest.yaml", document)
        f.write("d.json", text({"configs": [bootstrap(), clusters_section(cluster()), *sections]}))
        report, result = f.report("d.json")
        got = [p["verdict"] for p in report["plugins"]]
        tally.check(got == wanted, f"{name}: {got}", json.dumps(report["findings"]) + result.stderr.decode())


def test_many_filters(tally):
    """More filters in one manager than are kept of one RouteConfiguration, each switched on by a route of its own."""
    document, names = scripts_named(10)
    routes = [{"typed_per_filter_config": {name: {"disabled": False}}} for name in names]
    config = {"virtual_hosts": [{"routes": routes}]}
    filters = [{**script({"default_source_code": {"filename": "/x.lua"}}), "name": name, "disabled": True} for name in names]
    wanted = ["present"] * 8 + ["unknown"] * 2
    judge_plugins(tally, "ten filters with routes inline", document, routed_by(filters, config), wanted)
    judge_plugins(tally, "ten filters with routes by RDS", document, routed_by_rds(filters, config), wanted)
    judge_plugins(tally, "ten filters, and behind them routes by RDS that are not shown", document, [by_rds(*filters)], ["unknown"] * 10)
    judge_plugins(tally, "ten filters without routes", document, [listener(*filters)], ["differs"] * 10)


def test_code_of_another_manager(tally):
    """Routes may have code for a filter that the manager which asks for them does not have."""
    document, names = scripts_named(2)
    filters = [{**script({"default_source_code": {"filename": "/x.lua"}}), "name": name} for name in names]
    own = {"typed_per_filter_config": {names[1]: {"source_code": {"inline_string": "--"}}}}
    routes = section("Routes", dynamic_route_configs=[{"route_config": {"name": "80", "virtual_hosts": [{"routes": [own]}]}}])
    for how, listeners, wanted in (("of another manager", [by_rds(filters[0]), listener(filters[1])], ["present"] * 2),
                                   ("of its own manager", [by_rds(*filters)], ["present", "differs"])):
        judge_plugins(tally, f"code of routes for a filter {how}", document, [beside(*listeners), routes], wanted)


MATCHER = "a matcher decides"
# Sections of a Lua manifest and of a Wasm one: (verdict, a word of the detail)
LUA_OTHERWISE = {
    "a WasmPlugin of its name": ([listener(ASKING), extension(configuration=RIGHT)], "differs", "is no Lua filter"),
    "a WasmPlugin of its name, and the code": ([listener(ASKING, OURS), extension(configuration=RIGHT)], "differs", "is no Lua filter"),
    "a listener asks for it": ([listener(ASKING)], "unknown", "a listener asks for it"),
    "behind a matcher": ([listener(skipped(OURS))], "unknown", MATCHER),
    "other code behind a matcher": ([listener(skipped(THEIRS))], "differs", "from line 4 on"),
    "behind a matcher, and by itself": ([listener(skipped(OURS), OURS)], "present", ""),
    "by itself, and behind a matcher": ([listener(OURS, skipped(OURS))], "present", ""),
    "in a composite filter": ([listener(composed(OURS))], "unknown", MATCHER),
    "a composite filter of its name": ([listener(composed(OURS, name=OURS["name"]))], "unknown", MATCHER),
    "another one in a composite filter": ([listener(composed({**OURS, "name": "other"}))], "absent", ""),
    "a matcher of the next version": ([updated([], [composed(OURS)])], "unknown", MATCHER),
    "a route with other code": ([overriding({"source_code": {"inline_string": "--"}}, OURS)], "differs", "a route has it"),
    "a route with the same code": ([overriding({"source_code": {"inline_string": FILLED}}, OURS)], "present", ""),
    "a route with other code, in a FilterConfig": (
        [overriding({"source_code": {"inline_string": "--"}}, OURS, wrapped=True)], "differs", "a route has it"),
    "a virtual host with other code": ([overriding({"source_code": {"inline_string": "--"}}, OURS, level="host")], "differs", "a route has it"),
    "a route with code by a name": ([overriding({"name": "hello"}, OURS)], "differs", "a route has it"),
    "a route that disables it": ([overriding({"disabled": True}, OURS)], "present", ""),
    "a virtual host that disables it": ([overriding({"disabled": True}, OURS, level="host")], "differs", "disabled"),
    "a virtual host that disables it, in a FilterConfig": (
        [overriding({"disabled": True}, OURS, level="host", wrapped=True)], "differs", "disabled"),
}
WASM_OTHERWISE = {
    "Lua of its name": ([listener(OURS), section("Ecds")], "differs", "is no Wasm filter"),
    "Lua of its name, where extensions are not shown": ([listener(OURS)], "differs", "is no Wasm filter"),
    "behind a matcher": ([listener(skipped(carried(RIGHT)))], "unknown", MATCHER),
    "another configuration behind a matcher": ([listener(skipped(carried(said("{}"))))], "differs", "authCluster"),
    "in a composite filter": ([listener(composed(carried(RIGHT))), section("Ecds")], "unknown", MATCHER),
    "in a composite filter, by ECDS": ([extension(configuration=RIGHT), listener(composed(ASKING, "dynamic_config"))], "unknown", MATCHER),
    "in a composite filter, and by itself": (
        [extension(configuration=RIGHT), listener(composed(ASKING, "dynamic_config"), ASKING)], "present", ""),
}


def test_otherwise(tally):
    others = [bootstrap(), clusters_section(cluster())]
    for document, rows in ((lua_manifest(), LUA_OTHERWISE), (WITH_FILTER, WASM_OTHERWISE)):
        for name, (sections, verdict, word) in rows.items():
            judge_plugin(tally, f"otherwise, {name}", document, [*others, *sections], verdict, word)


def test_several_listeners(tally):
    others = [bootstrap(), clusters_section(cluster())]
    for name, (filters, verdict, word) in LUA_OF_SEVERAL.items():
        for how, order in (("", filters), (", the other way round", filters[::-1])):
            if "more than" not in name or not how:
                judge_plugin(tally, f"Lua of several listeners{how}, {name}", lua_manifest(),
                             [*others, beside(*(listener(*f) for f in order))], verdict, word)
    for name, (filters, extensions, verdict, word) in WASM_OF_SEVERAL.items():
        listeners = beside(*(listener(*f) for f in filters))
        for how, sections in (("", [*extensions, listeners]), (", extensions last", [listeners, *extensions])):
            judge_plugin(tally, f"Wasm of several listeners, {name}{how}", WITH_FILTER, [*others, *sections], verdict, word)


def test_several_parts(tally):
    """The listeners, extensions and statistics of one proxy, in files of their own and in any order."""
    failing = "extension_config_discovery.http_filter.extensions.istio.io/wasmplugin/shop.auth-check.config_fail: 2\n"
    rows = {"two lists of listeners": (lua_manifest(), [text({"configs": [beside(listener(f))]}) for f in (OURS, THEIRS)], "differs"),
            "two lists, of which one has another one behind ours": (
                lua_manifest(), [text({"configs": [beside(*(listener(f) for f in fs))]}) for fs in ((OURS, THEIRS), (OURS,))], "differs"),
            "listeners, and an extension": (WITH_FILTER, [text({"configs": [beside(listener(carried(said("{}"))))]}),
                                                          text({"configs": [extension(configuration=RIGHT)]})], "differs"),
            "listeners, and statistics": (WITH_FILTER, [text({"configs": [beside(listener(carried(RIGHT)))]}), failing], "failed")}
    with folder() as f:
        for name, (document, contents, verdict) in rows.items():
            f.write("manifest.yaml", document)
            files = [f.write(f"{i}.x", content) for i, content in enumerate(contents)]
            for order in (files, files[::-1]):
                report, result = f.report(*(f"p={file}" for file in order))
                got = [p["verdict"] for p in report["plugins"]]
                tally.check(got == [verdict], f"{name}, {order}: {got}", json.dumps(report["findings"]) + result.stderr.decode())


tests = [test_plugins, test_extensions, test_refusal_is_told_once, test_variables, test_scripts, test_otherwise, test_much_code,
         test_much_code_that_does_not_count, test_many_filters, test_code_of_another_manager, test_several_listeners, test_several_parts]
