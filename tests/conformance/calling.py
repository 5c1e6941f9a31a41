"""Real Envoys for tests of many clusters: one that has them, with a filter that calls each, and others that answer; and the manifests that
ask for them."""

import http.client
import json
import pathlib

import harness
import processes
import yaml
from shapes import node

GET_ENVOY = pathlib.Path(__file__).resolve().parent / "traffic" / "get-envoy"
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
LUA = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
CALLING = """
local names = {%s}
function envoy_on_request(handle)
  local asked = handle:headers()
  local headers, body = handle:httpCall(names[tonumber(asked:get("x-cluster"))],
    {[":method"] = "GET", [":path"] = asked:get(":path"), [":authority"] = asked:get("x-authority")}, "", 5000)
  handle:respond({[":status"] = "200", ["x-status"] = headers[":status"], ["x-seen"] = headers["x-seen"],
    ["x-body"] = headers[":status"] == "200" and "" or body}, "")
end
"""
BUILTIN = {"name": "BlackHoleCluster", "type": "STATIC", "connect_timeout": "10s"}  # istiod sends it to every sidecar
UPSTREAMS = 50  # of a manifest


def write_manifests(folder, upstreams):
    manifests = [{"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": f"m{i}", "namespace": "shop"},
                  "spec": {"upstreams": upstreams[i:i + UPSTREAMS]}} for i in range(0, len(upstreams), UPSTREAMS)]
    (folder / "manifests.yaml").write_text(yaml.safe_dump_all(manifests))


def lua_text(name):
    return '"' + "".join(f"\\{b:03d}" for b in name.encode()) + '"'


def manager(routes, *filters, **host):
    """The connection manager of a chain that answers by itself: (prefix of the path, status), and what the route has besides. host: what
    its virtual host has besides."""
    return [{"name": "manager",
             "typed_config": {"@type": MANAGER, "stat_prefix": "all", "http_filters": [*filters, ROUTER],
                              "route_config": {"virtual_hosts": [
                                                   {"name": "all", "domains": ["*"], **host,
                                                    "routes": [
                                                        {
                                                            "match": {"prefix": prefix},
                                                            "direct_response": {"status": status}, **(more[0] if more else {})}
                                                        for prefix, status, *more in routes]}]}}}]


def listener(name, port, *chains):
    return {"name": name, "address": {"socket_address": {"address": "0.0.0.0", "port_value": port}}, "filter_chains": list(chains)}


def start_envoy(name, version, folder, bootstrap):
    """With the file `NAME-admin` for the address of its admin interface."""
    (folder / f"{name}.json").write_text(json.dumps({"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}, **bootstrap}))
    return processes.Process(f"{name}-{version}",
                             [processes.provided(GET_ENVOY, version), "-c", f"{name}.json", "--concurrency", "1",
                              "--disable-hot-restart", "--log-level", "warning", "--admin-address-path",
                              f"{name}-admin"], folder, env=harness.environment())


def start_servers(name, version, folder, listeners):
    process = start_envoy(name, version, folder, {"static_resources": {"listeners": listeners}})
    admin = folder / f"{name}-admin"
    process.until(lambda: admin.exists() and processes.admin_text(admin.read_text(), "/ready") == "LIVE")
    return process


class Proxy:
    """Its clusters come from a file, as from istiod; the first ones are there before it starts."""

    def __init__(self, version, folder, clusters, first, static):
        self.folder, self.clusters = folder, clusters
        self.write_clusters([*first, BUILTIN])
        code = CALLING % ", ".join(lua_text(c["name"]) for c in clusters)
        lua = {"name": "lua", "typed_config": {"@type": LUA, "default_source_code": {"inline_string": code}}}
        self.process = start_envoy("proxy", version, folder, {
            "node": node(), "dynamic_resources": {"cds_config": {"resource_api_version": "V3", "path_config_source": {
                "path": str(folder / "cds.json"), "watched_directory": {"path": str(folder)}}}},
            "static_resources": {"clusters": [static], "listeners": [listener("calling", 0, {"filters": manager([("/", 200)], lua)})]}})

    def ask(self, path):
        return processes.admin_text((self.folder / "proxy-admin").read_text(), path)

    def statistic(self, name):
        return int(self.ask(f"/stats?filter=^{name}$").rpartition(": ")[2])

    def write_clusters(self, clusters):
        """Replaced in one step, as Envoy watches for."""
        kind = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
        (self.folder / "cds.new").write_text(json.dumps({
                                                            "version_info": str(len(clusters)),
                                                            "resources": [{"@type": kind, **c} for c in clusters]}))
        (self.folder / "cds.new").rename(self.folder / "cds.json")

    def start(self):
        """Those that warm for ever come later: Envoy does not start before the first ones are there."""
        self.process.until(lambda: (self.folder / "proxy-admin").exists() and self.ask("/ready") == "LIVE")
        self.port = next(s["local_address"]["socket_address"]["port_value"]
                         for s in json.loads(self.ask("/listeners?format=json"))["listener_statuses"]
                         if s["name"] == "calling")
        before = self.statistic("cluster_manager.cds.update_attempt")
        self.write_clusters([*self.clusters, BUILTIN])
        self.process.until(lambda: self.statistic("cluster_manager.cds.update_attempt") > before, "takes no late clusters")

    def call_all(self, times=1, path="/", authority=lambda i: "auth.example.com"):
        """What the calls of each cluster came to: a set of words, and the headers of the last answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        outcomes = []
        for i in range(len(self.clusters)):
            words = set()
            for _ in range(times):
                connection.request("GET", path, headers={"x-cluster": str(i + 1), "x-authority": authority(i)})
                response = connection.getresponse()
                response.read()
                status = response.getheader("x-status")
                words.add("unknown" if status is None else "answered" if status == "200" else "failed")
            outcomes.append((words, dict(response.getheaders())))
        connection.close()
        return outcomes
