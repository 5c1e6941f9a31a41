#!/usr/bin/env python3
"""Records the dumps of this folder anew, from real Envoys with clusters of Istio's own code. See README.md.

    record.py [NAME…]
"""

import dataclasses
import gzip
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CONFORMANCE = HERE.parents[1] / "conformance"
sys.path[:0] = [str(CONFORMANCE / "traffic"), str(CONFORMANCE), str(HERE.parents[1] / "tools")]
import envoys  # noqa: E402
import processes  # noqa: E402
import proxies  # noqa: E402
from http_filters import http_filter_chains  # noqa: E402
from scene import read_scenes  # noqa: E402

ASKED = {"all.json": "/config_dump?include_eds", "config_dump.json": "/config_dump", "clusters.json": "/clusters?format=json",
         "stats.txt": "/stats", "stats.json": "/stats?format=json"}
# What istioctl makes of them: the part of proxy-config, and the answer of Envoy that it wants.
ISTIOCTL = {"cluster": "all.json", "endpoint": "clusters.json", "eds": "all.json", "listener": "all.json", "ecds": "all.json",
            "bootstrap": "all.json", "secret": "all.json", "route": "all.json"}
HTTPS = ("plain HTTP", "fixed addresses", "HTTPS with the right certificate", "HTTPS by default, trusting the system",
         "another port is dialled under the public name", "service of the mesh", "subset of a service", "rotating addresses",
         "HTTP/2 over TLS", "EnvoyFilter cluster with fixed addresses and HTTPS", "Lua written inline, HTTPS",
         "Wasm of a TrafficExtension")


@dataclasses.dataclass(frozen=True)
class Recording:
    proxy: str
    envoy: str
    scenes: tuple
    all_formats: bool = False  # else only what is not in the whole dump


RECORDINGS = {
    "sidecar": Recording("sidecar", "1.40.0", HTTPS, all_formats=True),
    "sidecar-of-envoy-1.36": Recording("sidecar", "1.36.4", HTTPS),
    "ambient-sidecar": Recording("ambient sidecar", "1.40.0", ("service of the mesh, ambient", "HTTPS, ambient")),
    "filtered-gateway": Recording("filtered gateway", "1.40.0", ("gateway with filtered clusters",)),
    "waypoint": Recording("waypoint", "1.40.0", ("waypoint", "waypoint with a service of the mesh", "waypoint with Lua")),
}


def play(stage, name, recording):
    """The scene's proxy, running, and its scenes."""
    scenes = [s for s in read_scenes(stage.places, proxies.PROXIES) if s.name in recording.scenes]
    work = stage.folder / name
    (work / "scenes").mkdir(parents=True)
    for scene in scenes:
        fault = scene.generate(work / "scenes" / scene.slug, stage.module)
        if fault:
            raise processes.NotStarted(fault.decode())
    objects = "\n---\n".join([proxies.surrounding_objects(stage.places), *(s.objects for s in scenes)])
    proxy = proxies.PROXIES[recording.proxy]
    istiod = proxies.Istiod(proxy.istiod, stage.oracle, work / "istiod", stage.certificates, objects)
    istiod.wait()
    program = processes.provided(CONFORMANCE / "traffic" / "get-envoy", recording.envoy)
    envoy = envoys.Envoy(recording.envoy, program, proxy, istiod, scenes, http_filter_chains(istiod.listeners(proxy)))
    envoy.wait()
    return envoy, scenes, objects


def keep(folder, name, content):
    (folder / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def run_istioctl(program, part, answer, output):
    result = subprocess.run([program, "proxy-config", part, "--file", "-", "-o", output], input=answer, capture_output=True,
                            env={"KUBECONFIG": "/dev/null", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    if result.returncode:
        raise processes.NotStarted(f"istioctl proxy-config {part}: {result.stderr.decode()}")
    return result.stdout


def manifest_of(scene, folder):
    text = (scene.folder / "manifest.yaml").read_text()
    for file in scene.folder.glob("*.lua"):
        shutil.copy(file, folder)
    return text


def experienced(envoy, scene):
    """What verify must say of each upstream: the filter was answered."""
    found = {}
    for upstream in scene.upstreams:
        status, headers, body = envoy.get(scene, upstream["name"])
        got = headers.get("x-status") or headers.get("x-grpc-status")
        if status != 200 or headers.get("x-refused") or got != "200":
            raise processes.NotStarted(f"{scene.name}: {upstream['name']}: {status} {headers} {body}")
        found[f"{scene.namespace}/{scene.manifest_names()[0]} {upstream['name']}"] = "resolved"
    return found


def record(stage, istioctl, name, recording):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    envoy, scenes, objects = play(stage, name, recording)
    expected = {}
    for scene in scenes:
        expected.update(experienced(envoy, scene))
    answers = {file: envoy.ask(path).encode() + b"\n" for file, path in ASKED.items()}
    for file in ASKED if recording.all_formats else ("all.json", "clusters.json", "stats.txt"):
        keep(folder, file, answers[file])
    for part, source in ISTIOCTL.items():
        keep(folder, f"istioctl-{part}.json", run_istioctl(istioctl, part, answers[source], "json"))
    keep(folder, "istioctl-cluster.txt", run_istioctl(istioctl, "cluster", answers["all.json"], "short"))
    keep(folder, "objects.yaml", objects.encode())
    (folder / "manifest.yaml").write_text("---\n".join(manifest_of(s, folder) for s in scenes))
    write_expected(folder, expected, expected)
    envoy.process.stop()


def write_expected(folder, by_dump, by_both):
    """Verdicts by the dump alone, and with statistics beside it."""
    (folder / "expected.json").write_text(json.dumps({"dump": by_dump, "dump and statistics": by_both}, indent=1) + "\n")
    print(f"{folder.name}: {sum(f.stat().st_size for f in folder.iterdir())} bytes")


# ---- a proxy in which much is wrong ----


def part_of_verify():
    spec = importlib.util.spec_from_file_location("verify_part", CONFORMANCE / "verify" / "part.py")
    part = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(part)
    return part


def record_troubles(stage, istioctl, name="troubles"):
    """The scenes of the conformance tests of verify: each verdict is confirmed by the call before it is written down."""
    part, folder = part_of_verify(), HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    played = [part.Played(s, stage.folder / name / s.slug, stage.places) for s in part.SCENES]
    proxy = part.Proxy("1.40.0", stage, played)
    proxy.start()
    proxy.process.until(lambda: b"dynamic_warming_clusters" in proxy.ask("/config_dump?include_eds"), "does not warm")
    by_dump, by_both = {}, {}
    for p in played:
        headers, body = proxy.call(p.scene.slug)
        verdict, upstream = p.scene.verdict, f"shop/{p.scene.slug} auth"
        experience = headers.get("x-refused"), None if headers.get("x-refused") else headers.get("x-status")
        if experience not in part.MEANS[verdict]:
            raise processes.NotStarted(f"{p.scene.name}: {headers} {body}")
        by_dump[upstream] = "missing" if verdict == "rejected" else verdict
        by_both[upstream] = "rejected" if by_dump[upstream] == "missing" else verdict
    for file in ("all.json", "clusters.json", "stats.txt"):
        keep(folder, file, proxy.ask(ASKED[file]))
    for kind in ("cluster", "endpoint", "secret"):
        source = proxy.ask(ASKED[ISTIOCTL[kind]])
        keep(folder, f"istioctl-{kind}.json", run_istioctl(istioctl, kind, source, "json"))
    (folder / "manifest.yaml").write_text("---\n".join((p.folder / "manifest.yaml").read_text() for p in played))
    write_expected(folder, by_dump, by_both)
    proxy.process.stop()


def main(names):
    import part as traffic

    with traffic.Stage() as stage:
        istioctl = processes.provided(CONFORMANCE / "build", "istioctl")
        for name in names or [*RECORDINGS, "troubles"]:
            if name == "troubles":
                record_troubles(stage, istioctl)
            else:
                record(stage, istioctl, name, RECORDINGS[name])


if __name__ == "__main__":
    main(sys.argv[1:])
