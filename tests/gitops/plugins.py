"""The Argo CD plugin's command in scratch directories, and the files of deploy/ as far as they can be judged off line."""

import os
import pathlib
import subprocess
import tempfile

import harness
import yaml

ARGOCD = harness.ROOT / "deploy/argocd"
GOOD = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  filter:
    wasm: {url: "oci://example.com/a:1"}
  upstreams:
  - {name: auth, host: auth.example.com}
"""
MESH = 'apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\nspec: {istioVersions: ["1.20"]}\n'
NOTHING = GOOD.split("spec:")[0] + "spec:\n  upstreams:\n  - {name: a, service: {name: a}, port: 80}\n"


def argo(files, **parameters):
    path = f"{pathlib.Path(harness.program()).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as temp:
        for name, text in files.items():
            (pathlib.Path(temp) / name).write_text(text)
        env = harness.environment(PATH=path, ARGOCD_APP_NAMESPACE="shop", **parameters)
        return subprocess.run([ARGOCD / "callout-generate"], cwd=temp, env=env, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=harness.PATIENCE)


def kinds(result):
    return [d["kind"] for d in yaml.load_all(result.stdout, yaml.BaseLoader) if d]


def check_argo(tally):
    wanted = ["ServiceEntry", "DestinationRule", "WasmPlugin"]
    result = argo({"a.yaml": GOOD, "other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    tally.check(result.returncode == 0 and kinds(result) == wanted, f"argo: exit {result.returncode}", result.stderr + result.stdout)
    empty = {"an empty directory": {},
             "only others": {"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"},
             "nothing to generate": {"a.yaml": NOTHING},
             "a broken manifest": {"a.yaml": GOOD.replace("auth.example.com", "10.0.0.1")},
             "broken YAML": {"a.yaml": GOOD + "  x: [\n"}, "an empty file": {"a.yaml": ""},
             "one good, one broken": {"a.yaml": GOOD, "b.yaml": "{"}}
    for what, files in empty.items():
        result = argo(files)
        tally.check(result.returncode != 0 and not result.stdout,
                    f"argo, {what}: exit {result.returncode} with {len(result.stdout)} bytes",
                    result.stderr + result.stdout)
        tally.check(bool(result.stderr), f"argo, {what}: nothing is said")
    waves = argo({"a.yaml": GOOD}, PARAM_SYNC_WAVES="true")
    found = [d["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for d in yaml.load_all(waves.stdout, yaml.BaseLoader)]
    tally.equal(found, ["-2", "-2", "1"], "argo: sync waves")
    versions = argo({"a.yaml": GOOD}, PARAM_ISTIO_VERSION="1.20")
    tally.check(b"networking.istio.io/v1beta1" in versions.stdout, "argo: the parameter istio-version", versions.stderr)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as mesh:
        mesh.write(MESH)
        mesh.flush()
        ours = argo({"a.yaml": GOOD}, CALLOUT_MESH_FILE=mesh.name, PARAM_MESH_FILE="/nonexistent")
        tally.check(ours.returncode == 0 and b"v1beta1" in ours.stdout, "argo: the sidecar's mesh wins", ours.stderr)
        theirs = argo({"a.yaml": GOOD, "mesh.yaml": MESH}, CALLOUT_MESH_FILE=mesh.name)
        tally.check(theirs.returncode == 3 and b"CO0272" in theirs.stderr and not theirs.stdout,
                    "argo: an application's own mesh", theirs.stderr)


def check_plugin(tally):
    plugin = yaml.safe_load((ARGOCD / "plugin.yaml").read_text())
    spec = plugin["spec"]
    tally.equal((plugin["apiVersion"], plugin["kind"]), ("argoproj.io/v1alpha1", "ConfigManagementPlugin"), "the plugin's kind")
    script = (ARGOCD / "callout-generate").read_text()
    for parameter in spec["parameters"]["static"]:
        tally.check("PARAM_" + parameter["name"].upper().replace("-", "_") in script, f"the parameter {parameter['name']} is not read")
    with tempfile.TemporaryDirectory() as temp:
        discover = lambda: subprocess.run(spec["discover"]["find"]["command"], cwd=temp, capture_output=True).stdout  # noqa: E731
        (pathlib.Path(temp) / "a.yaml").write_text("kind: ConfigMap\n")
        tally.check(not discover(), "the plugin takes a directory without manifests")
        (pathlib.Path(temp) / "sub").mkdir()
        (pathlib.Path(temp) / "sub/b.yaml").write_text(GOOD)
        tally.check(bool(discover()), "the plugin does not find a manifest")
        for spelling in ('{"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest"}',
                         '{\n  "kind":"FilterManifest"\n}', 'kind: "FilterManifest"\n', "kind:  'FilterManifest'\n"):
            (pathlib.Path(temp) / "sub/b.yaml").write_text(spelling)
            tally.check(bool(discover()), f"the plugin does not find {spelling}")
        (pathlib.Path(temp) / "sub/b.yaml").write_text("# of kind: FilterManifest\nkind: ConfigMap\n")
        tally.check(not discover(), "the plugin takes a comment for a manifest")


def check_verify_jobs(tally):
    """The command lines in the Jobs are ones that Callout understands: it fails for want of istioctl, not of an option."""
    for path in (ARGOCD / "verify-job.yaml", harness.ROOT / "deploy/flux/verify/job.yaml"):
        container = yaml.safe_load(path.read_text())["spec"]["template"]["spec"]["containers"][0]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as manifest:
            manifest.write(GOOD)
            manifest.flush()
            args = [a.replace("/filters/manifest.yaml", manifest.name).replace("120s", "1s")
                    for a in container["command"][1:] + container["args"]]
            result = harness.run(args, env=harness.environment(PATH="/nonexistent"))
        tally.check(result.returncode == 4 and b"istioctl" in result.stderr, f"{path.name}: exit {result.returncode}", result.stderr)


def check_flux(tally):
    docs = list(yaml.safe_load_all((harness.ROOT / "deploy/flux/kustomizations.yaml").read_text()))
    names = [d["metadata"]["name"] for d in docs]
    tally.equal(names, ["callout-objects", "callout-verify", "shop"], "the Kustomizations of Flux")
    for earlier, later in zip(docs, docs[1:]):
        tally.equal(later["spec"]["dependsOn"], [{"name": earlier["metadata"]["name"]}], f"{later['metadata']['name']} waits")
    # Flux's substitution undoes the escape: $${ becomes ${, and no other ${ may be left.
    text = GOOD.replace('"oci://example.com/a:1"}', '"oci://example.com/a:1"}\n    config: {text: "$${HOME} $${a:-b}"}')
    plain = harness.run(["generate", "-f", "-"], stdin=text.encode()).stdout
    escaped = harness.run(["generate", "-f", "-", "--escape-for", "flux"], stdin=text.encode()).stdout
    tally.check(plain.count(b"${") == 2 and plain != escaped, "the example has something to escape", plain)
    tally.equal(escaped.replace(b"$${", b"${"), plain, "what Flux makes of escaped text")


def run(tally):
    check_argo(tally)
    check_plugin(tally)
    check_verify_jobs(tally)
    check_flux(tally)
