"""What docs/bypassed.md says of a filter's calls, asked of a real Envoy: which statistics Istio's bootstrap keeps, that
those of the page exist once they are asked for, that the listener's access log does not have the calls, and that neither its routes nor its
authorization judge them.
"""

import http.server
import json
import pathlib
import re
import sys
import tempfile
import threading
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import processes  # noqa: E402

VERSION = "1.40.0"
GET_ENVOY = HERE.parent / "traffic/get-envoy"
# pkg/bootstrap/config.go of Istio, requiredEnvoyStatsMatcherInclusionPrefixes.
ISTIO_KEEPS = ["cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "wasm"]
MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  upstreams:
  - {name: plain, host: plain.example.com, port: 80, tls: {mode: DISABLE}, via: envoyFilter, endpoints: [{address: 127.0.0.1, port: PORT}]}
  - {name: closed, host: closed.example.com, via: envoyFilter, endpoints: [{address: 127.0.0.1, port: 1}]}
"""
CALL = """function envoy_on_request(h)
  local seen, PATH, AUTHORITY = "", h:headers():get("x-path"), h:headers():get("x-authority")
  for _, name in ipairs({"filter.shop.auth-check.plain", "filter.shop.auth-check.closed"}) do
    local headers = h:httpCall(name, {[":method"] = "GET", [":path"] = PATH, [":authority"] = AUTHORITY}, "", 2000)
    seen = seen .. " " .. headers[":status"]
  end
  h:headers():replace("x-seen", seen:sub(2))
end"""
TYPE = "type.googleapis.com/envoy.extensions."


class Upstream(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        self.server.calls += 1
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def counters_of_the_page():
    """The counters of the table in docs/bypassed.md."""
    page = (harness.ROOT / "docs/bypassed.md").read_text()
    table = page.split("| counter | tells |")[1].split("\n\n")[0]
    return re.findall(r"`([a-z0-9_.]+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.M)))


def clusters(port):
    """Those that Callout generates, as the patches hold them."""
    made = harness.run(["generate", "-f", "-", "-o", "json"], stdin=MANIFEST.replace("PORT", str(port)).encode())
    patches = [p for o in json.loads(made.stdout)["items"] for p in o["spec"]["configPatches"]]
    return [p["patch"]["value"] for p in patches]


def bootstrap(port, prefixes):
    lua = {"name": "lua", "typedConfig": {"@type": TYPE + "filters.http.lua.v3.Lua", "defaultSourceCode": {"inlineString": CALL}}}
    router = {"name": "router", "typedConfig": {"@type": TYPE + "filters.http.router.v3.Router"}}
    # As istiod makes them of an AuthorizationPolicy and a VirtualService that are about the host that the filter calls.
    denied = {"action": "DENY",
              "policies": {"shop/none": {"permissions": [
                                             {"header": {"name": ":path", "stringMatch": {"exact": "/denied"}}},
                                             {"header": {
                                                  "name": ":authority",
                                                  "stringMatch": {"exact": "denied.example.com"}}}],
                                         "principals": [{"any": True}]}}}
    rbac = {"name": "rbac", "typedConfig": {"@type": TYPE + "filters.http.rbac.v3.RBAC", "rules": denied}}
    diverted = {"name": "diverted", "domains": ["called.example.com"],
                "routes": [{"match": {"prefix": "/"}, "directResponse": {"status": 418}}]}
    log = {"name": "file", "typedConfig": {"@type": TYPE + "access_loggers.file.v3.FileAccessLog", "path": "access.log"}}
    echo = {"header": {"key": "x-seen", "value": "%REQ(x-seen)%"}}
    route = {"match": {"prefix": "/"}, "directResponse": {"status": 200}, "responseHeadersToAdd": [echo]}
    manager = {"@type": TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager", "statPrefix": "in",
               "httpFilters": [rbac, lua, router], "accessLog": [log],
               "routeConfig": {"virtualHosts": [diverted, {"name": "all", "domains": ["*"], "routes": [route]}]}}
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typedConfig": manager}]}
    loopback = {"socketAddress": {"address": "127.0.0.1", "portValue": 0}}
    return {"staticResources": {"clusters": clusters(port),
                                "listeners": [{"name": "in", "address": loopback, "filterChains": [chain]}]},
            "statsConfig": {"statsMatcher": {"inclusionList": {"patterns": [{"prefix": p} for p in prefixes]}}},
            "admin": {"address": loopback}}


class Proxy:
    def __init__(self, program, folder, port, prefixes):
        folder.mkdir()
        self.folder = folder
        (folder / "envoy.json").write_text(json.dumps(bootstrap(port, prefixes)))
        self.process = processes.Process("envoy",
                                         [program, "-c", "envoy.json", "--concurrency", "1", "--disable-hot-restart",
                                          "--log-level", "warning", "--admin-address-path", "admin"], folder,
                                         env=harness.environment())
        self.process.until(lambda: (folder / "admin").exists() and (folder / "admin").read_text())
        self.admin = (folder / "admin").read_text().strip()
        self.process.until(lambda: self.ask("/ready") == "LIVE")
        status, = json.loads(self.ask("/listeners?format=json"))["listener_statuses"]
        self.port = status["local_address"]["socket_address"]["port_value"]

    def ask(self, path):
        return processes.admin_text(self.admin, path)

    def call(self, authority="called.example.com", path="/"):
        """What the filter sees of its calls with that authority and path."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/", headers={"x-authority": authority, "x-path": path})
        with urllib.request.urlopen(asked, timeout=harness.PATIENCE) as response:
            return response.headers.get("x-seen")

    def status(self, host, path, headers):
        """What a request that comes in by the listener gets."""
        try:
            with urllib.request.urlopen(urllib.request.Request(
                                            f"http://127.0.0.1:{self.port}{path}", headers={"host": host, **headers}),
                                        timeout=harness.PATIENCE) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    def statistics(self):
        return [line.split(":")[0] for line in self.ask("/stats").splitlines()]


def judge_bypass(tally, proxy):
    """The same authority and path, of a request that comes in and of a call of the filter."""
    for what, wanted, authority, path in (("a route of its own", 418, "called.example.com", "/"),
                                          ("denied by its host", 403, "denied.example.com", "/"),
                                          ("denied by its path", 403, "other.example.com", "/denied")):
        headers = {"x-authority": "called.example.com", "x-path": "/"}  # of what the script calls meanwhile
        tally.equal(proxy.status(authority, path, headers), wanted, f"a request is {what}")
        tally.equal(proxy.call(authority, path), "200 503", f"a call to the same is not {what}")


def judge_counters(tally):
    program = processes.provided(GET_ENVOY, VERSION)
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    upstream.calls = 0
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    names = ["cluster.filter.shop.auth-check.plain", "cluster.filter.shop.auth-check.closed"]
    with tempfile.TemporaryDirectory(prefix="callout-counters-") as temp:
        bare = Proxy(program, pathlib.Path(temp) / "bare", upstream.server_port, ISTIO_KEEPS)
        bare.call()
        kept = [s for s in bare.statistics() if s.startswith("cluster.filter.")]
        tally.equal(kept, [], "with Istio's bootstrap the counters do not exist")
        asked = Proxy(program, pathlib.Path(temp) / "asked", upstream.server_port, [*ISTIO_KEEPS, *names])
        seen = asked.call()
        tally.equal(seen, "200 503", "the filter's calls reach the clusters, and a dead host is a local 503")
        there = asked.statistics()
        for counter in counters_of_the_page():
            tally.check(any(f"{n}.{counter}" in there for n in names), f"the counter {counter} of the page exists",
                        "\n".join(s for s in there if "auth-check" in s)[:3000])
        asked.process.until(lambda: (asked.folder / "access.log").read_text().count("\n"))
        tally.equal((asked.folder / "access.log").read_text().count("\n"), 1, "the access log has the request, and not the calls")
        tally.check(upstream.calls == 2, f"each request called once, without a retry: {upstream.calls}")
        judge_bypass(tally, asked)
        processes.stop_beneath(pathlib.Path(temp))
    upstream.shutdown()
    tally.count("counters of the page", len(counters_of_the_page()))


tests = [judge_counters]
