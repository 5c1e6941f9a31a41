"""What brings objects into a cluster judges ours: Argo CD's own server of plugins and Lua engine, kpt's function runner,
Flux's substitution. They come from the Go module proxy, are built once (minutes) and kept; where they cannot be had, that
is said and nothing of it is tried.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import harness
import yaml
from plugins import ARGOCD, GOOD

BUILD = harness.TESTS / "conformance/build"
HELD = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: held, namespace: shop, annotations: {note: "$${HOME}"}}
spec:
  target: {selector: {matchLabels: {app: web}}}
  filter:
    wasm: {url: "oci://example.com/a:1", env: [{name: A, value: "x$${environment}y"}]}
    config: {text: "$${HOME} $${a:-b} $$$ $$x $x ${upstreams.auth.cluster} $${environment}", list: ["$${environment:=c}"]}
  upstreams:
  - {name: auth, host: auth.example.com}
"""


class Delivery:
    def __init__(self, program, temp):
        self.program, self.temp = program, pathlib.Path(temp)

    def run(self, *args, stdin=b"", cwd=None, **env):
        path = f"{pathlib.Path(harness.program()).parent}:{ARGOCD}:{os.environ['PATH']}"
        return subprocess.run([self.program, *map(str, args)], input=stdin, capture_output=True, cwd=cwd,
                              env=harness.environment(PATH=path, HOME=str(self.temp), **env))

    def folder(self, name, files):
        where = self.temp / name
        for path, text in files.items():
            (where / path).parent.mkdir(parents=True, exist_ok=True)
            (where / path).write_text(text)
        return where


def check_argo(tally, delivery):
    """The definition as Argo CD reads it, the application as it comes by its stream, the answer as it splits it."""
    good = delivery.folder("argo-good", {"sub/a.yaml": GOOD, "b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    parameters = ["ARGOCD_APP_NAMESPACE=shop", "PARAM_SYNC_WAVES=true"]
    result = delivery.run("plugin", ARGOCD, good, *parameters)
    if not tally.check(result.returncode == 0, "Argo CD takes the plugin's definition", result.stderr):
        return
    answer = json.loads(result.stdout)
    tally.equal((answer["name"], answer["matches"]), ("callout-v1", True), "Argo CD: the plugin's name, and that it matches")
    objects = [json.loads(m) for m in answer.get("manifests") or []]
    tally.equal([o["kind"] for o in objects], ["ServiceEntry", "DestinationRule", "WasmPlugin"],
                f"Argo CD: the objects {answer.get('error')}")
    tally.equal([o["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for o in objects], ["-2", "-2", "1"],
                "Argo CD: a parameter reaches the command")
    other = delivery.folder("argo-other", {"b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    answer = json.loads(delivery.run("plugin", ARGOCD, other, *parameters).stdout)
    tally.check(not answer["matches"] and "error" in answer,
                "Argo CD: a directory without manifests does not match, and is never an empty answer", str(answer))
    broken = delivery.folder("argo-broken", {"a.yaml": GOOD.replace("auth.example.com", "10.0.0.1")})
    answer = json.loads(delivery.run("plugin", ARGOCD, broken, *parameters).stdout)
    tally.check(answer["matches"] and "CO0214" in answer.get("error", "") and "manifests" not in answer,
                "Argo CD: a broken manifest is an error that tells why", str(answer))


def check_health(tally, delivery):
    versions = {"1.31": GOOD,
                "1.11": GOOD.replace('wasm: {url: "oci://example.com/a:1"}',
                                     "lua: {inline: 'function envoy_on_request(h) end'}")}
    for version, manifest in versions.items():
        objects = harness.run(["generate", "-f", "-", "--istio-version", version], stdin=manifest.encode()).stdout
        path = delivery.folder("health", {"objects.yaml": objects.decode()}) / "objects.yaml"
        result = delivery.run("health", ARGOCD / "health.yaml", path)
        lines = result.stdout.decode().splitlines()
        tally.check(len(lines) == 3 and all(line.endswith(" Healthy") for line in lines),
                    f"Argo CD's Lua on the objects for {version}", result.stdout + result.stderr)


def check_flux(tally, delivery):
    """Whatever ${…} a configuration holds arrives as it was written."""
    plain = harness.run(["generate", "-f", "-"], stdin=HELD.encode())
    escaped = harness.run(["generate", "-f", "-", "--escape-for", "flux"], stdin=HELD.encode()).stdout
    tally.check(plain.stdout.count(b"${") >= 5 and plain.stdout != escaped, "the example has something to escape",
                plain.stdout + plain.stderr)
    values = ["environment=prod", "HOME=/nowhere", "x=y"]
    tally.equal(delivery.run("substitute", *values, stdin=escaped).stdout, plain.stdout, "what Flux's substitution makes of escaped text")
    result = delivery.run("substitute", *values, stdin=plain.stdout)
    tally.check(result.returncode or result.stdout != plain.stdout, "without the escape it would have been changed")


def check_kpt(tally, delivery):
    foreign = "# kept\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a # this too\ndata:\n  on: \"off\"\n"
    package = delivery.folder("kpt", {"filter.yaml": GOOD, "foreign.yaml": foreign})
    execute = ["kpt-fn", "eval", package, "--exec", f"{harness.program()} fn"]
    result = delivery.run(*execute, "--", "keepManifests=true")
    kinds = sorted(d["kind"] for f in package.rglob("*.yaml") for d in yaml.safe_load_all(f.read_text()) if d)
    tally.check(result.returncode == 0 and kinds == ["ConfigMap", "DestinationRule", "FilterManifest", "ServiceEntry", "WasmPlugin"],
                f"kpt fn eval: exit {result.returncode}, {kinds}", result.stderr + result.stdout)
    tally.equal((package / "foreign.yaml").read_text(), foreign, "kpt fn eval leaves a foreign file as it is")
    before = {f: f.read_bytes() for f in package.rglob("*.yaml")}
    again = delivery.run(*execute, "--", "keepManifests=true")
    tally.check(again.returncode == 0 and {f: f.read_bytes() for f in package.rglob("*.yaml")} == before,
                "a second kpt fn eval changes nothing", again.stderr)
    (package / "filter.yaml").write_text(GOOD.replace("auth.example.com", "https://auth.example.com"))
    results = delivery.temp / "results"
    result = delivery.run(*execute, "--results-dir", results, "--", "keepManifests=true")
    written = "".join(f.read_text() for f in results.rglob("*.yaml")) if results.exists() else ""
    tally.check(result.returncode != 0 and b"CO0215" in result.stderr + result.stdout + written.encode(),
                "kpt fn eval of a broken manifest fails and tells why",
                result.stderr + result.stdout + written.encode())
    tally.check("spec.upstreams[0].host" in written and "filter.yaml" in written, "kpt writes field and file of the result", written)


def run(tally):
    built = subprocess.run([BUILD, "delivery"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if built.returncode == 4 or not shutil.which("sh"):
        print(f"gitops: Argo CD, kpt and Flux SKIPPED: {built.stderr.strip().splitlines()[-1:]}")
        return
    if not tally.check(built.returncode == 0, "what judges delivery is built", built.stderr):
        return
    with tempfile.TemporaryDirectory() as temp:
        delivery = Delivery(built.stdout.strip(), temp)
        for check in (check_argo, check_health, check_flux, check_kpt):
            check(tally, delivery)
