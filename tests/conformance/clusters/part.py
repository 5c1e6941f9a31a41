#!/usr/bin/env python3
"""Clusters made by chance in one real Envoy: a Lua filter calls each of them, and what `callout verify` says of the proxy's dumps must
be what the calls came to.

    part.py [--seed N] [--count N] [--envoy VERSION]    runs alone; a failure shows the cluster and what became of its calls

What is resolved without a condition takes every call, what is uncallable none, and what is missing or pending is unknown to the filter.
The same is asked of the dumps in Envoy's form and in istioctl's, before the calls and after them.
"""

import argparse
import http.client
import http.server
import json
import pathlib
import random
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools"), str(HERE.parents[1] / "dumps")]
import chosen  # noqa: E402
import harness  # noqa: E402
import processes  # noqa: E402
import run  # noqa: E402
import yaml  # noqa: E402
from shapes import camel, node  # noqa: E402

SEED, COUNT = 1, 300
VERSIONS = ("1.40.0", "1.36.4")
UNKNOWN_TO = {"1.36.4": ("wrr_locality.v3.WrrLocality",)}  # policies of other versions alone
CALLS = 6  # of each cluster: some choose among hosts by chance
UPSTREAMS = 100  # of a manifest
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
LUA = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
CALLING = """
local names = {%s}
function envoy_on_request(handle)
  local headers, body = handle:httpCall(names[tonumber(handle:headers():get("x-cluster"))],
    {[":method"] = "GET", [":path"] = "/", [":authority"] = "auth.example.com"}, "", 5000)
  handle:respond({[":status"] = "200", ["x-status"] = headers[":status"], ["x-body"] = headers[":status"] == "200" and "" or body}, "")
end
"""
BUILTIN = {"name": "BlackHoleCluster", "type": "STATIC", "connect_timeout": "10s"}  # istiod sends it to every sidecar
# What a call may come to, by what is said of its cluster: answered, failed, or refused since Envoy knows no such cluster.
MEANS = {"resolved": {"answered"}, "uncallable": {"failed"}, "missing": {"unknown"}, "rejected": {"unknown"}, "pending": {"unknown"}}


# ---- who tells the proxy its endpoints ----


class Teller(http.server.ThreadingHTTPServer):
    """EDS by REST: a watched file for each cluster would take more of the kernel's watches than a user has."""

    daemon_threads = True
    request_queue_size = 4096  # they all ask at once

    def __init__(self, assignments):
        super().__init__(("127.0.0.1", 0), Telling)
        self.assignments, self.ended = assignments, threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """The proxy hangs up when it ends."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.shutdown()
        self.server_close()


class Telling(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["resource_names"]
        known = [self.server.assignments[name] for name in asked]
        if None in known:
            self.server.ended.wait()
            return
        kind = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
        text = json.dumps({"version_info": "1", "type_url": kind, "resources": [{"@type": kind, **a} for k in known for a in k]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


# ---- the proxy ----


def listener(name, port, filters):
    manager = {"@type": MANAGER, "stat_prefix": name, "http_filters": [*filters, ROUTER], "route_config": {"virtual_hosts": [
        {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}]}}
    return {"name": name, "address": {"socket_address": {"address": "0.0.0.0", "port_value": port}}, "filter_chains": [
        {"filters": [{"name": "manager", "typed_config": manager}]}]}


def lua_text(name):
    return '"' + "".join(f"\\{b:03d}" for b in name.encode()) + '"'


class Proxy:
    def __init__(self, version, folder, clusters, first, here, teller):
        code = CALLING % ", ".join(lua_text(c["name"]) for c in clusters)
        lua = {"name": "lua", "typed_config": {"@type": LUA, "default_source_code": {"inline_string": code}}}
        self.folder = folder
        self.write_clusters([*first, BUILTIN])
        nowhere = {"name": "xds-grpc", "type": "STATIC", "connect_timeout": "5s", "load_assignment": {"cluster_name": "xds-grpc", "endpoints": [
            {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": teller.server_port}}}}]}]},
                   "circuit_breakers": {"thresholds": [{"max_requests": 10000, "max_pending_requests": 10000, "max_connections": 10000}]}}
        (folder / "envoy.json").write_text(json.dumps({
            "node": node(), "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
            "dynamic_resources": {"cds_config": {"resource_api_version": "V3", "path_config_source": {
                "path": str(folder / "cds.json"), "watched_directory": {"path": str(folder)}}}},
            "static_resources": {"clusters": [nowhere], "listeners": [listener("here", here, []), listener("calling", 0, [lua])]}}))
        self.process = processes.Process(f"envoy-{version}", [
            processes.provided(HERE.parent / "traffic" / "get-envoy", version), "-c", "envoy.json", "--concurrency", "1",
            "--disable-hot-restart", "--log-level", "warning", "--admin-address-path", "admin"], folder, env=harness.environment())

    def ask(self, path):
        return processes.admin_text((self.folder / "admin").read_text(), path)

    def statistic(self, name):
        return int(self.ask(f"/stats?filter=^{name}$").rpartition(": ")[2])

    def write_clusters(self, clusters):
        """Replaced in one step, as Envoy watches for."""
        kind = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
        (self.folder / "cds.new").write_text(json.dumps({"version_info": str(len(clusters)), "resources": [{"@type": kind, **c} for c in clusters]}))
        (self.folder / "cds.new").rename(self.folder / "cds.json")

    def start(self, clusters):
        """Those that warm for ever come later: Envoy does not start before the first ones are there."""
        self.process.until(lambda: (self.folder / "admin").exists() and self.ask("/ready") == "LIVE")
        self.port = next(s["local_address"]["socket_address"]["port_value"] for s in json.loads(self.ask("/listeners?format=json"))["listener_statuses"]
                         if s["name"] == "calling")
        before = self.statistic("cluster_manager.cds.update_attempt")
        self.write_clusters([*clusters, BUILTIN])
        self.process.until(lambda: self.statistic("cluster_manager.cds.update_attempt") > before, "takes no late clusters")

    def call_all(self, count):
        """What the calls of each cluster came to: a set of words, and how the last one failed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        outcomes = []
        for i in range(1, count + 1):
            words, text = set(), ""
            for _ in range(CALLS):
                connection.request("GET", "/", headers={"x-cluster": str(i)})
                response = connection.getresponse()
                response.read()
                status = response.getheader("x-status")
                words.add("unknown" if status is None else "answered" if status == "200" else "failed")
                text = response.getheader("x-body") or text
            outcomes.append((words, text))
        connection.close()
        return outcomes


# ---- the dumps, as Envoy and as istioctl print them ----


def istioctl_forms(dump, hosts):
    """proxy-config cluster, endpoint and eds: arrays in camelCase."""
    configs = {c["@type"].rpartition(".")[2]: c for c in json.loads(dump)["configs"]}
    listed = configs["ClustersConfigDump"]
    clusters = [camel({k: v for k, v in e["cluster"].items() if k != "@type"})
                for e in listed.get("static_clusters", []) + listed.get("dynamic_active_clusters", [])]
    eds = configs["EndpointsConfigDump"]
    assigned = [camel({k: v for k, v in e["endpoint_config"].items() if k != "@type"}) for e in eds.get("static_endpoint_configs", []) + eds.get("dynamic_endpoint_configs", [])]
    return {"clusters": clusters, "eds": assigned, "endpoints": camel(json.loads(hosts).get("cluster_statuses", []))}


def write_dumps(proxy, when):
    """Name of a form: its files."""
    dump, hosts = proxy.ask("/config_dump?include_eds"), proxy.ask("/clusters?format=json")
    files = {"dump": dump, "hosts": hosts, **{k: json.dumps(v, indent=4) for k, v in istioctl_forms(dump, hosts).items()}}
    paths = {}
    for name, text in files.items():
        paths[name] = proxy.folder / f"{name}-{when}.json"
        paths[name].write_text(text)
    forms = {"config_dump": ("dump",), "config_dump and clusters": ("dump", "hosts"), "proxy-config cluster and endpoint": ("clusters", "endpoints"),
             "proxy-config cluster and eds": ("clusters", "eds")}
    return {f"{form}, {when}": [paths[n] for n in names] for form, names in forms.items()}


# ---- the verdicts ----


def write_manifests(folder, clusters):
    manifests = [{"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": f"m{i}", "namespace": "shop"}, "spec": {"upstreams": [
        {"name": f"u{i + k}", "cluster": c["name"]} for k, c in enumerate(clusters[i:i + UPSTREAMS])]}} for i in range(0, len(clusters), UPSTREAMS)]
    (folder / "manifests.yaml").write_text(yaml.safe_dump_all(manifests, allow_unicode=True))


def verdicts(folder, files):
    """Of every cluster, by its index."""
    result = harness.run(["verify", "-f", "manifests.yaml", "-o", "json", *(f"web={f}" for f in files)], cwd=folder)
    if result.returncode not in (0, 1):
        return None, result.stderr
    return {int(v["upstream"][1:]): v for v in json.loads(result.stdout)["verdicts"]}, result.stderr


def is_right(verdict, words, form):
    if verdict["verdict"] == "unknown":
        return False
    if verdict["verdict"] == "resolved" and verdict["reasons"]:
        return "unknown" not in words
    if verdict["verdict"] == "missing" and "proxy-config" in form:  # which leaves out those that warm
        return words == {"unknown"}
    return words <= MEANS[verdict["verdict"]]


def hides(form, cluster, chooser):
    """Does a form not show what decides? /clusters tells no policy of endpoints and no weights of localities, and a list of endpoints beside one
    of clusters does not tell whose are those that go by a name of their own."""
    members = cluster.get("cluster_type", {}).get("typed_config", {}).get("clusters", [])
    if members:
        return any(hides(form, c, chooser) for c in chooser.made if c["name"] in members)
    if cluster.get("type") != "EDS":
        return False
    if "endpoint" in form and "locality_weighted_lb_config" in json.dumps(cluster):
        return True
    assigned = chooser.assignments[chosen.service_of(cluster)] or []
    return "endpoint" in form and any("policy" in a or any("load_balancing_weight" in e for e in a["endpoints"]) for a in assigned) or (
        "eds" in form and "service_name" in cluster["eds_cluster_config"])


def in_words(verdict):
    on_condition = verdict["verdict"] == "resolved" and verdict["reasons"]
    return "resolved on a condition" if on_condition else verdict["verdict"]


def judge_cluster(tally, cluster, chooser, said, words, text):
    """said: by form, what verify says of it."""
    wrong = {form: f"{in_words(v)} {[r['code'] + ' ' + r['message'] for r in v['reasons']]}" for form, v in said.items()
             if not is_right(v, words, form) and not hides(form, cluster, chooser)}
    detail = "\n".join([*(f"{form}: {said}" for form, said in list(wrong.items())[:2]), json.dumps(cluster), json.dumps(chooser.assignments.get(chosen.service_of(cluster)))])
    tally.check(not wrong, f"{cluster['name']}: calls are {' or '.join(sorted(words))} {text}", detail)
    for verdict in said.values():
        tally.count(in_words(verdict))


# ---- the whole ----


def judge_all(tally, seed=SEED, count=COUNT, versions=VERSIONS):
    for version in versions:
        judge_version(tally, seed, count, version)


def judge_version(tally, seed, count, version):
    print(f"clusters: --seed {seed} --count {count} --envoy {version}")
    here, = processes.free_ports(1)
    chooser = chosen.Chooser(random.Random(seed), here, UNKNOWN_TO.get(version, ()))
    clusters = chooser.clusters(count)
    with tempfile.TemporaryDirectory(prefix="callout-clusters-") as name, Teller(chooser.assignments) as teller:
        folder = pathlib.Path(name)
        write_manifests(folder, clusters)
        first = [c for c in clusters if not chooser.warms(c)]
        proxy = Proxy(version, folder, clusters, first, here, teller)
        proxy.start(clusters)
        forms = write_dumps(proxy, "before the calls")
        outcomes = proxy.call_all(count)
        forms |= write_dumps(proxy, "after the calls")
        proxy.process.stop()
        said = {}
        for form, files in forms.items():
            said[form], errors = verdicts(folder, files)
            tally.check(said[form] is not None, f"{form}: is read", errors)
    for i, (cluster, (words, text)) in enumerate(zip(clusters, outcomes)):
        judge_cluster(tally, cluster, chooser, {form: v[i] for form, v in said.items() if v}, words, text)
        tally.count("calls " + " or ".join(sorted(words)))


tests = [judge_all]


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--envoy", action="append", default=[])
    options = parser.parse_args(argv)
    tally = run.Judgement("clusters")
    judge_all(tally, options.seed, options.count, options.envoy or VERSIONS)
    print(*(f"{number} {what}" for what, number in tally.counts.items()), *tally.notes, sep="\n")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
