#!/usr/bin/env python3
"""Clusters made by chance in one real Envoy: a Lua filter calls each of them, and what `callout verify` says of the proxy's dumps must
be what the calls came to.

    part.py [--seed N] [--count N] [--envoy VERSION]    runs alone; a failure shows the cluster and what became of its calls

What is resolved without a condition takes every call, what is uncallable none, and what is missing or pending is unknown to the filter.
The same is asked of the dumps in Envoy's form and in istioctl's, before the calls and after them.
"""

import http.server
import json
import pathlib
import random
import socket
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools"), str(HERE.parents[1] / "dumps")]
import calling  # noqa: E402
import chosen  # noqa: E402
import harness  # noqa: E402
import processes  # noqa: E402
import run  # noqa: E402
from shapes import camel  # noqa: E402

SEED, COUNT = 1, 300
VERSIONS = ("1.40.0", "1.36.4")
UNKNOWN_TO = {"1.36.4": ("wrr_locality.v3.WrrLocality", "composite", "detect_degraded_hosts")}  # what other versions have alone
CALLS = 6  # of each cluster: some choose among hosts by chance
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


# ---- who answers ----


def servers(here, checks):
    """Those that answer calls, and health checks. In a process of their own: a proxy takes no calls before its first checks have ended."""
    sick = {"filter_chain_match": {"prefix_ranges": [{"address_prefix": f"{chosen.SICK}.0.0", "prefix_len": 16}]},
            "filters": calling.manager([("/sick", 500), ("/", 200)])}
    tired = {"filter_chain_match": {"prefix_ranges": [{"address_prefix": f"{chosen.TIRED}.0.0", "prefix_len": 16}]},
             "filters": calling.manager([("/sick", 200, {"response_headers_to_add": [{"header": {"key": "x-envoy-degraded", "value": "true"}}]}),
                                         ("/", 200)])}
    return [calling.listener("here", here, sick, tired, {"filters": calling.manager([("/", 200)])}), *(
        calling.listener(name, checks[name], {"filters": calling.manager([("/", says.get("status", 200))], response_headers_to_add=[
            {"header": {"key": says.get("header", "x-checked"), "value": "true"}}])}) for name, says in chosen.CHECKS.items() if says is not None)]


def told_by(teller):
    """The cluster of who tells endpoints, whom all ask at once."""
    many = {f"max_{what}": 10000 for what in ("requests", "pending_requests", "connections")}
    return {"name": "xds-grpc", "type": "STATIC", "connect_timeout": "5s", "circuit_breakers": {"thresholds": [many]}, "load_assignment": {
        "cluster_name": "xds-grpc", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {
            "address": "127.0.0.1", "port_value": teller.server_port}}}}]}]}}


# ---- the dumps, as Envoy and as istioctl print them ----


def istioctl_forms(dump, hosts):
    """proxy-config cluster, endpoint and eds: arrays in camelCase."""
    configs = {c["@type"].rpartition(".")[2]: c for c in json.loads(dump)["configs"]}

    def listed(section, member, *lists):
        entries = [e[member] for name in lists for e in configs[section].get(name, [])]
        return [camel({k: v for k, v in e.items() if k != "@type"}) for e in entries]

    clusters = listed("ClustersConfigDump", "cluster", "static_clusters", "dynamic_active_clusters")
    assigned = listed("EndpointsConfigDump", "endpoint_config", "static_endpoint_configs", "dynamic_endpoint_configs")
    statuses = [s for s in json.loads(hosts).get("cluster_statuses", []) if s.get("host_statuses")]  # it goes from host to host
    return {"clusters": clusters, "eds": assigned, "endpoints": camel(statuses)}


def write_dumps(proxy, when):
    """Name of a form: its files."""
    dump, hosts = proxy.ask("/config_dump?include_eds"), proxy.ask("/clusters?format=json")
    files = {"dump": dump, "hosts": hosts, "hosts as text": proxy.ask("/clusters"), "bare": proxy.ask("/config_dump"),
             "statistics": proxy.ask("/stats"), **{k: json.dumps(v, indent=4) for k, v in istioctl_forms(dump, hosts).items()}}
    paths = {}
    for name, text in files.items():
        paths[name] = proxy.folder / f"{name}-{when}.json"
        paths[name].write_text(text)
    forms = {"config_dump": ("dump",), "config_dump and clusters": ("dump", "hosts"), "config_dump and clusters as text": ("dump", "hosts as text"),
             "proxy-config cluster and endpoint": ("clusters", "endpoints"),
             "proxy-config cluster and eds": ("clusters", "eds"), "config_dump without endpoints, and statistics": ("bare", "statistics")}
    return {f"{form}, {when}": [paths[n] for n in names] for form, names in forms.items()}


# ---- the verdicts ----


def verdicts(folder, files):
    """Of every cluster, by its index."""
    result = harness.run(["verify", "-f", "manifests.yaml", "-o", "json", *(f"web={f}" for f in files)], cwd=folder)
    if result.returncode not in (0, 1):
        return None, result.stderr
    return {int(v["upstream"][1:]): v for v in json.loads(result.stdout)["verdicts"]}, result.stderr


def is_right(verdict, words, form):
    if verdict["verdict"] in ("resolved", "uncallable") and not all(holds(r, words) for r in verdict["reasons"]):
        return False
    if verdict["verdict"] == "unknown":  # nothing tells that the list of endpoints was asked for whole
        return "endpoint" in form and words == {"failed"}
    if verdict["verdict"] == "resolved" and verdict["reasons"]:
        return "unknown" not in words
    if verdict["verdict"] == "missing" and "proxy-config" in form:  # which leaves out those that warm
        return words == {"unknown"}
    return words <= MEANS[verdict["verdict"]]


def holds(reason, words):
    """Is it so that no call passes, where a reason says that for certain? Statistics say it beside a verdict that they do not change."""
    refuses = any(text in reason["message"] for text in ("and its panic threshold is 0", "lets no call pass then", "it has no hosts"))
    hedged = any(text in reason["message"] for text in ("unless", "in one of its priorities"))
    return hedged or not (refuses and reason["certain"]) or words == {"failed"}


def members_of(cluster, chooser):
    """The clusters that an aggregate leads to."""
    names = cluster.get("cluster_type", {}).get("typed_config", {}).get("clusters", [])
    return [c for c in chooser.made if c["name"] in names]


def hides(form, cluster, chooser):
    """Does a form not show what decides? /clusters tells no policy of endpoints and no weights of localities."""
    if members := members_of(cluster, chooser):
        return any(hides(form, c, chooser) for c in members)
    if "statistics" in form and "alt_stat_name" in cluster:  # they go by that
        return True
    if cluster.get("type") != "EDS":
        return False
    if "endpoint" in form and "locality_weighted_lb_config" in json.dumps(cluster):
        return True
    assigned = chooser.assignments[chosen.service_of(cluster)] or []
    if "statistics" in form and any("priority" in e for a in assigned for e in a["endpoints"]):  # which they do not tell
        return True
    return "endpoint" in form and any("policy" in a or any("load_balancing_weight" in e for e in a["endpoints"]) for a in assigned)


def is_shared(cluster, chooser):
    """Do others ask for the same endpoints? Each checks them for itself, and a dump shows all lists by one name."""
    eds = [chosen.service_of(c) for c in chooser.made if c.get("type") == "EDS"]
    return any(eds.count(chosen.service_of(c)) > 1 for c in [cluster, *members_of(cluster, chooser)] if c.get("type") == "EDS")


def in_words(verdict):
    on_condition = verdict["verdict"] == "resolved" and verdict["reasons"]
    return "resolved on a condition" if on_condition else verdict["verdict"]


def judge_cluster(tally, cluster, chooser, said, words, headers):
    """said: by form, what verify says of it."""
    wrong = {form: f"{in_words(v)} {[r['code'] + ' ' + r['message'] for r in v['reasons']]}" for form, v in said.items()
             if not is_right(v, words, form) and not hides(form, cluster, chooser) and not (v["verdict"] == "unknown" and is_shared(cluster, chooser))}
    detail = "\n".join([*(f"{form}: {said}" for form, said in list(wrong.items())[:2]), json.dumps(cluster), json.dumps(chooser.assignments.get(chosen.service_of(cluster)))])
    tally.check(not wrong, f"{cluster['name']}: calls are {' or '.join(sorted(words))} {headers.get('x-body', '')}", detail)
    for verdict in said.values():
        tally.count(in_words(verdict))


# ---- the whole ----


def judge_all(tally, seed=SEED, count=COUNT, envoy=VERSIONS):
    for version in envoy:
        judge_version(tally, seed, count, version)


class Checked:
    """Ports for health checks by what they find there. Whoever connects to the one that is never answered waits, for its queue is full."""

    def __init__(self):
        self.sockets = []
        self.ports = {name: self.taken() for name, says in chosen.CHECKS.items() if says is None}
        self.fill(self.sockets[-1])
        answering = [name for name in chosen.CHECKS if name not in self.ports]
        self.here, *ports = processes.free_ports(1 + len(answering))
        self.ports |= zip(answering, ports)

    def taken(self):
        self.sockets.append(socket.socket())
        self.sockets[-1].bind(("0.0.0.0", 0))
        return self.sockets[-1].getsockname()[1]

    def fill(self, held):
        held.listen(0)
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", held.getsockname()[1]))
            self.sockets.append(client)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.sockets:
            s.close()


def experience(folder, version, clusters, chooser, teller):
    """What the calls came to, with the dumps that must tell it: by what has happened before."""
    answering = calling.start_servers("servers", version, folder, servers(chooser.here, chooser.checks))
    proxy = calling.Proxy(version, folder, clusters, [c for c in clusters if not chooser.warms(c)], told_by(teller))
    proxy.start()
    forms = write_dumps(proxy, "before the calls")
    outcomes = proxy.call_all(CALLS)
    forms |= write_dumps(proxy, "after the calls")
    proxy.call_all(CALLS, "/sick")
    ejected = write_dumps(proxy, "after ejections")
    yield forms, outcomes
    yield ejected, proxy.call_all(CALLS)
    proxy.process.stop()
    answering.stop()


def judge_version(tally, seed, count, version):
    print(f"clusters: --seed {seed} --count {count} --envoy {version}")
    with tempfile.TemporaryDirectory(prefix="callout-clusters-") as name, Checked() as checked:
        chooser = chosen.Chooser(random.Random(seed), checked.here, checked.ports, UNKNOWN_TO.get(version, ()))
        clusters, folder = chooser.clusters(count), pathlib.Path(name)
        calling.write_manifests(folder, [{"name": f"u{i}", "cluster": c["name"]} for i, c in enumerate(clusters)])
        with Teller(chooser.assignments) as teller:
            for forms, outcomes in experience(folder, version, clusters, chooser, teller):
                judge_forms(tally, folder, clusters, chooser, forms, outcomes)


def judge_forms(tally, folder, clusters, chooser, forms, outcomes):
    said = {}
    for form, files in forms.items():
        said[form], errors = verdicts(folder, files)
        tally.check(said[form] is not None, f"{form}: is read", errors)
    for i, (cluster, (words, headers)) in enumerate(zip(clusters, outcomes)):
        judge_cluster(tally, cluster, chooser, {form: v[i] for form, v in said.items() if v}, words, headers)
        tally.count("calls " + " or ".join(sorted(words)))


tests = [judge_all]


if __name__ == "__main__":
    sys.exit(run.alone("clusters", judge_all, sys.argv[1:], seed=SEED, count=COUNT, envoy=VERSIONS))
