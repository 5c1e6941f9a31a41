"""The examples of deploy/kustomize and the Helm post-renderer, built with the real kustomize, which comes from the Go
module proxy; where it cannot be had, that is said and nothing of it is tried."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import harness
import yaml

sys.path.append(str(harness.TESTS / "bench"))
import peers  # noqa: E402

EXAMPLES = harness.ROOT / "deploy/kustomize"


def environment():
    path = f"{pathlib.Path(harness.program()).parent}:{os.environ['PATH']}"
    return harness.environment(PATH=path)


def objects(text):
    return [d for d in yaml.load_all(text, yaml.BaseLoader) if d]


class Kustomize:
    def __init__(self, program):
        self.program = program

    def build(self, folder):
        result = subprocess.run([self.program, "build", "--enable-alpha-plugins", "--enable-exec", str(folder)], env=environment(),
                                capture_output=True, timeout=harness.PATIENCE)
        return result, objects(result.stdout) if result.returncode == 0 else []


def identities(docs):
    return [(d["kind"], d["metadata"].get("namespace"), d["metadata"]["name"]) for d in docs]


def generated(folder, namespace, *args):
    result = harness.run(["generate", "-f", "filter.yaml", "-n", namespace, *args], cwd=folder)
    return objects(result.stdout)


def check_transformer(tally, kustomize):
    result, docs = kustomize.build(EXAMPLES / "transformer")
    tally.check(docs == generated(EXAMPLES / "transformer", "shop", "-f", "mesh.yaml"),
                "transformer: other objects than generate's", result.stderr + result.stdout)


def check_generator(tally, kustomize):
    result, docs = kustomize.build(EXAMPLES / "generator")
    wanted = generated(EXAMPLES / "generator", "shop", "--mesh-file", "mesh.yaml")
    tally.check(docs == wanted and len(docs) == 5, "generator: other objects than generate's", result.stderr + result.stdout)
    tally.check(b"local-config" not in result.stdout, "generator: something is marked local-config")


def check_environments(tally, kustomize):
    for name in ("test", "prod"):
        result, docs = kustomize.build(EXAMPLES / "environments" / name)
        namespace = f"shop-{name}"
        hosts = {e["address"] for d in docs for e in d["spec"].get("endpoints", [])}
        tally.check({d["metadata"]["namespace"] for d in docs} == {namespace}, f"{name}: namespaces", result.stderr + result.stdout)
        tally.check(hosts == {f"auth.{name}.example.com", "audit.example.com"},
                    f"{name}: the patch was not merged by name: {hosts}", result.stdout)
    printed = harness.run(["schema", "kustomize"]).stdout
    for copy in EXAMPLES.glob("environments/*/openapi.json"):
        tally.equal(copy.read_bytes(), printed, f"{copy.relative_to(harness.ROOT)} is not what `callout schema kustomize` prints")
    tally.equal((harness.ROOT / "schemas/kustomize-openapi.json").read_bytes(), printed, "schemas/kustomize-openapi.json")
    definitions = json.loads(printed)["definitions"]
    tally.check(len(definitions) == 2, "the definitions of both kinds")


def check_faults(tally, kustomize):
    """A broken manifest ends the build with the finding; in mode validate a good one passes and stays."""
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        shutil.copytree(EXAMPLES / "transformer", folder, dirs_exist_ok=True)
        filter_yaml = (folder / "filter.yaml").read_text()
        (folder / "filter.yaml").write_text(filter_yaml.replace("host: auth.example.com", "host: https://auth.example.com"))
        result, _ = kustomize.build(folder)
        tally.check(result.returncode != 0 and b"CO0215" in result.stderr, "a broken manifest must end the build",
                    result.stderr + result.stdout)
        validator = (folder / "callout.yaml").read_text() + "spec: {mode: validate}\n"
        (folder / "callout.yaml").write_text(validator)
        result, _ = kustomize.build(folder)
        tally.check(result.returncode != 0 and b"CO0215" in result.stderr,
                    "mode validate must refuse a broken manifest", result.stderr + result.stdout)
        (folder / "filter.yaml").write_text(filter_yaml)
        result, docs = kustomize.build(folder)
        tally.check(sorted(d["kind"] for d in docs) == ["FilterManifest", "Mesh"], "mode validate changed something",
                    result.stderr + result.stdout)


def check_neighbours(tally, kustomize):
    """Foreign resources of every sort beside the manifests come out as they would without the function."""
    foreign = "".join(f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}\ndata: {{text: {json.dumps(text, ensure_ascii=False)}}}\n"
                      for i, text in enumerate(["on", "0123", "a\nb\n", " ${x} ", "é😀", "- x: y", "# no", "1e3"]))
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        (folder / "foreign.yaml").write_text(foreign)
        (folder / "kustomization.yaml").write_text("resources: [foreign.yaml]\nsortOptions: {order: fifo}\n")
        _, alone = kustomize.build(folder)
        for name in ("filter.yaml", "mesh.yaml", "callout.yaml"):
            shutil.copy(EXAMPLES / "transformer" / name, folder)
        (folder / "kustomization.yaml").write_text("resources: [foreign.yaml, filter.yaml, mesh.yaml]\ntransformers: [callout.yaml]\nsortOptions: {order: fifo}\n")
        result, together = kustomize.build(folder)
        tally.check(len(alone) == 8 and together[:8] == alone and len(together) == 13, "foreign resources", result.stderr + result.stdout)


def check_post_renderer(tally, program):
    chart = (EXAMPLES / "transformer/filter.yaml").read_text().replace("  name: auth-check\n", "  name: auth-check\n  namespace: shop\n", 1)
    chart += "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
    with tempfile.TemporaryDirectory() as temp:
        os.symlink(program, pathlib.Path(temp) / "kustomize")
        env = environment()
        env["PATH"] = f"{temp}:{env['PATH']}"
        env["CALLOUT_FN_ARGS"] = f"--mesh-file {EXAMPLES / 'transformer/mesh.yaml'}"
        render = lambda text: subprocess.run([harness.ROOT / "deploy/helm/callout-post-renderer"], input=text.encode(), env=env,
                                             capture_output=True, timeout=harness.PATIENCE)  # noqa: E731
        result = render(chart)
        docs = objects(result.stdout)
        tally.check([d["kind"] for d in docs] == ["Service"] + ["ServiceEntry", "DestinationRule"] * 2 + ["WasmPlugin"],
                    f"post-renderer: exit {result.returncode}", result.stderr + result.stdout)
        result = render(chart.replace("host: auth.example.com", "host: 10.0.0.1"))
        tally.check(result.returncode != 0 and not result.stdout and b"CO0214" in result.stderr,
                    "post-renderer with a broken manifest", result.stderr + result.stdout)


def run(tally):
    if not shutil.which("go"):
        found = subprocess.run([harness.TESTS / "conformance/find-go"], capture_output=True, text=True)
        if found.returncode == 0:
            os.environ["PATH"] += f":{pathlib.Path(found.stdout.strip()).parent}"
    program, why = peers.kustomize()
    if not program:
        print(f"gitops: kustomize SKIPPED: {why}")
        return
    kustomize = Kustomize(program)
    check_transformer(tally, kustomize)
    check_generator(tally, kustomize)
    check_environments(tally, kustomize)
    check_faults(tally, kustomize)
    check_neighbours(tally, kustomize)
    check_post_renderer(tally, program)
