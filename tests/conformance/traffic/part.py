"""Real calls: real Envoys, fed by Istio with the generated objects, run real filters that call through the clusters.

What a filter got is compared with what `callout clusters -o json` promised. See scenes/README.md.
"""

import concurrent.futures
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import certificates  # noqa: E402
import envoys  # noqa: E402
import harness  # noqa: E402
import processes  # noqa: E402
import proxies  # noqa: E402
from http_filters import http_filter_chains  # noqa: E402
from scene import read_scenes  # noqa: E402

VERSIONS = ("1.40.0", "1.36.4")


# ---- the stage ----


class Unanswered:
    """Two ports that stay taken: one where nobody listens, and one whose queue is full, so that whoever connects waits."""

    def __init__(self):
        self.sockets = []
        self.closed, self.full = self.bound(), self.bound()
        self.sockets[-1].listen(0)
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", self.full))
            self.sockets.append(client)

    def bound(self):
        self.sockets.append(socket.socket())
        self.sockets[-1].bind(("127.0.0.1", 0))
        return self.sockets[-1].getsockname()[1]

    def close(self):
        for s in self.sockets:
            s.close()


class Stage:
    """Everything that the scenes share, in a folder that is removed in the end."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="callout-traffic-"))
        self.unanswered = Unanswered()
        try:
            self.oracle = processes.provided(HERE.parent / "build", "oracle")
            self.certificates = self.folder / "certificates"
            self.certificates.mkdir()
            certificates.make(self.certificates)
            self.module = self.folder / "callout.wasm"
            compile_filter(self.module)
            self.places = self.start_servers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        processes.stop_beneath(self.folder)
        self.unanswered.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_servers(self):
        """What $names in the scenes mean."""
        servers = processes.Process("upstreams", [self.oracle, "upstreams", self.certificates], self.folder,
                                    env=harness.environment(), stdout=subprocess.PIPE)
        ports = {name: int(address.rpartition(":")[2]) for name, address in servers.answer().items()}
        paths = {"ca": "ca.pem", "certificate": "filter.pem", "key": "filter.key"}
        return {**ports, **{name: str(self.certificates / file) for name, file in paths.items()},
                "closed": self.unanswered.closed, "full": self.unanswered.full}


def compile_filter(out):
    subprocess.run(["clang", "--target=wasm32", "-O2", "-Wall", "-Wextra", "-Werror", "-nostdlib", "-fno-builtin", "-Wl,--no-entry",
                    "-o", out, HERE.parent / "filters" / "callout.c"], check=True)


# ---- one call ----


def is_refused(scene, answer):
    return statuses(answer[1])[0] == str(scene.refused)


def statuses(headers):
    return headers.get("x-refused"), headers.get("x-status") or headers.get("x-grpc-status")


def check_reached(tally, what, scene, promised, answer):
    """The server that answered is the one that was meant, and saw what was promised."""
    _, headers, body = answer
    good = {"0"} if promised["protocol"] == "GRPC" else {"200"}
    if not tally.check(statuses(headers)[1] in good, f"{what}: the filter gets an answer", answer):
        return
    seen = json.loads(body)
    tls = promised["tls"] if promised["kind"] != "service" else None
    wanted = {"upstream": scene.server_of(promised["upstream"]), "http2": promised["http2"], "path": promised["path"]}
    if promised["kind"] not in ("service", "existing"):
        wanted.update(port=promised["port"], tls=bool(tls), sni=(tls or {}).get("sni") or "")
    if promised["authority"]:
        wanted.update(authority=promised["authority"])
    wanted.update(scene.sees)
    tally.equal({k: seen[k] for k in wanted}, wanted, f"{what}: the server saw what was promised")


def requests_of(upstream):
    """Paths that make the filter call the upstream. Called by the cluster's name, a gRPC server sees that name as :authority."""
    return [upstream["name"]] + ([f"{upstream['name']}?authority"] if upstream.get("protocol") == "GRPC" else [])


def promise(scene, upstream, request):
    promised = {"path": "/", "protocol": "HTTP", **upstream, **scene.promised[upstream["name"]]}
    if promised["protocol"] == "GRPC":
        promised.update(path="/test.Auth/Check", authority=promised["authority"] if "?" in request else promised["name"])
    return promised


def check_call(tally, envoy, scene, upstream, request):
    what = f"Envoy {envoy.version}, {scene.proxy.name}: {scene.name}: {request}"
    promised, answer = promise(scene, upstream, request), envoy.get(scene, request)
    status, headers, body = answer
    tally.check(status == 200 and headers.get("x-cluster") == promised["name"], f"{what}: the name called is the name promised", answer)
    refused, got = statuses(headers)
    if scene.refused is not None:
        tally.equal(refused, str(scene.refused), f"{what}: the host refuses the call")
    elif scene.fails:
        ok = got == scene.fails["status"] and scene.fails.get("says", "") in body
        tally.check(ok, f"{what}: the call fails as it must", answer)
    else:
        check_reached(tally, what, scene, promised, answer)


# ---- one scene ----


def play(tally, envoy, scene):
    what = f"Envoy {envoy.version}, {scene.proxy.name}: {scene.name}"
    if not tally.check(envoy.scenes[scene.slug], f"{what}: istiod gives the proxy the filter"):
        return
    if scene.trail:
        check_trail(tally, what, envoy, scene)
    elif scene.tries:
        check_in_the_end(tally, what, envoy, scene)
    elif scene.together:
        check_together(tally, what, envoy, scene)
    else:
        for upstream in scene.upstreams:
            for request in requests_of(upstream):
                check_call(tally, envoy, scene, upstream, request)
    if scene.statistic:
        check_statistic(tally, what, envoy, scene)


def check_trail(tally, what, envoy, scene):
    _, headers, _ = envoy.get(scene, scene.upstreams[0]["name"])
    tally.equal(headers.get("x-trail"), ",".join(scene.trail), f"{what}: the order of the filters")


def check_together(tally, what, envoy, scene):
    with concurrent.futures.ThreadPoolExecutor(scene.together) as pool:
        answers = list(pool.map(lambda _: envoy.get(scene, scene.upstreams[0]["name"]), range(scene.together)))
    tally.check(any(is_refused(scene, a) for a in answers), f"{what}: one of {scene.together} calls is refused", answers)


def check_in_the_end(tally, what, envoy, scene):
    answers = (envoy.get(scene, scene.upstreams[0]["name"]) for _ in range(scene.tries))
    tally.check(any(is_refused(scene, a) for a in answers), f"{what}: one of {scene.tries} calls is refused")


def check_statistic(tally, what, envoy, scene):
    name = scene.promised[scene.upstreams[0]["name"]]["name"]
    found = [v for k, v in envoy.statistics(scene.statistic).items() if name in k]
    tally.check(any(found), f"{what}: {scene.statistic} of {name} is not 0", found)


def check_verdicts(tally, envoy, scenes):
    """`callout verify` on this proxy's own dump says what the calls came to: an answer, whatever it is, or none. What its
    statistics hold against a cluster is told and is no verdict."""
    dump, stats = envoy.process.log.with_suffix(".dump.json"), envoy.process.log.with_suffix(".stats")
    dump.write_text(envoy.ask("/config_dump?include_eds"))
    stats.write_text(envoy.ask("/stats"))
    for scene in scenes:
        result = harness.run(["verify", "-f", "manifest.yaml", "-o", "json", f"p={dump}", f"p={stats}"], cwd=scene.folder)
        answer = json.loads(result.stdout or b'{"verdicts": [], "plugins": []}')
        got = {v["verdict"] for v in answer["verdicts"]}, {p["verdict"] for p in answer["plugins"]}
        wanted = [({"resolved"} if scene.upstreams else set(), {"present"})]
        if scene.tries:  # its only host was ejected, and may be back by now
            wanted.append(({"uncallable"}, {"present"}))
        ok = got in wanted and result.returncode == (0 if got == wanted[0] else 1)
        tally.check(ok, f"Envoy {envoy.version}, {scene.proxy.name}: {scene.name}: verify says {got}", result.stderr)
        tally.count("verdicts")


def check_accepted(tally, envoy):
    """Envoy took every cluster and every plugin that istiod gave it."""
    refusals = envoy.statistics("(update_rejected|config_fail|config_conflict)$")
    bad = {k: v for k, v in refusals.items() if v}
    tally.check(refusals and not bad, f"Envoy {envoy.version}, {envoy.proxy.name}: nothing is refused", f"{bad}\n{envoy.process.log_end()}")


# ---- the whole ----


def generated(tally, stage):
    played = []
    (stage.folder / "scenes").mkdir()
    for scene in read_scenes(stage.places, proxies.PROXIES):
        fault = scene.generate(stage.folder / "scenes" / scene.slug, stage.module)
        if tally.check(not fault, f"{scene.name}: the manifest is accepted", fault):
            played.append(scene)
    return played


def start_istiods(stage, played):
    objects = "\n---\n".join([proxies.surrounding_objects(stage.places), *(s.objects for s in played)])
    started = {}
    for name in proxies.FLAGS:
        folder = stage.folder / name
        started[name] = proxies.Istiod(name, stage.oracle, folder, stage.certificates, objects)
    for istiod in started.values():
        istiod.wait()
    return started


def start_envoys(stage, played):
    istiods = start_istiods(stage, played)
    programs = {version: processes.provided(HERE / "get-envoy", version) for version in VERSIONS}
    started = []
    for name, istiod in istiods.items():
        ours = [p for p in proxies.PROXIES.values() if p.istiod == name]
        for proxy in ours:
            chains = http_filter_chains(istiod.listeners(proxy))
            here = [s for s in played if s.proxy is proxy]
            started += [envoys.Envoy(v, programs[v], proxy, istiod, here, chains) for v in VERSIONS]
    for envoy in started:
        envoy.wait()
    return started


def play_all(tally):
    with Stage() as stage:
        played = generated(tally, stage)
        for envoy in start_envoys(stage, played):
            for scene in (s for s in played if s.proxy is envoy.proxy):
                play(tally, envoy, scene)
            check_verdicts(tally, envoy, [s for s in played if s.proxy is envoy.proxy])
            check_accepted(tally, envoy)
    tally.count("scenes with traffic", len(played))
    tally.count("versions of Envoy", len(VERSIONS))


tests = [play_all]
