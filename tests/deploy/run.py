#!/usr/bin/env python3
"""The pieces for pipelines, run as the pipelines run them as far as a machine without them can.

A composite action's steps, a GitLab job's script and pre-commit's hooks are taken from their files, their inputs put in as
the runner does, and executed. The image is not built here but in images.py: its two lists of packages are compared with what the
build finds and what the programs are linked with, and what it copies with what is installed.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

DEPLOY = harness.ROOT / "deploy"
GOOD = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com}
"""
BAD = GOOD.replace("host: auth.example.com", "host: auth.example.com, port: 443")
WARNS = GOOD.replace("host: auth.example.com", "host: auth.example.com, isolated: false")
MESH = """apiVersion: callout.dev/v1alpha1
kind: Mesh
metadata: {name: strict}
spec: {policy: {hosts: {deny: ["*.example.com"]}}}
"""


def environment(**more):
    path = f"{pathlib.Path(harness.program()).parent}:{os.environ['PATH']}"
    return harness.environment(**{"PATH": path, **more})


class Project:
    """A folder with manifests, as a pipeline checks it out."""

    def __init__(self, temp, name, manifest=GOOD):
        self.where = pathlib.Path(temp) / name
        (self.where / "filters").mkdir(parents=True)
        (self.where / "filters" / "auth.yaml").write_text(manifest)
        (self.where / "mesh.yaml").write_text(MESH)
        self.outputs = self.where / "outputs"
        self.outputs.touch()

    def generate(self):
        harness.run(["generate", "-R", "-f", "filters/", "-o", "dir=generated"], cwd=self.where)

    def edit(self):
        (self.where / "filters" / "auth.yaml").write_text(GOOD.replace("auth.example.com", "other.example.com"))


# ---- GitHub ----

def expressions(text, inputs):
    """${{ … }} as the runner puts it in."""
    known = {f"inputs.{k}": v for k, v in inputs.items()}
    known["github.action_path"] = str(DEPLOY / "github")
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda m: known[m.group(1)], text)


def run_action(project, **given):
    action = yaml.safe_load((DEPLOY / "github" / "action.yml").read_text())
    inputs = {k: given.get(k.replace("-", "_"), v["default"]) for k, v in action["inputs"].items()}
    log, status = b"", 0
    for step in action["runs"]["steps"]:
        env = {k: expressions(v, inputs) for k, v in step["env"].items()}
        files = {"GITHUB_OUTPUT": str(project.outputs), "GITHUB_PATH": str(project.where / "path"), "RUNNER_TEMP": str(project.where)}
        result = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=project.where,
                                env=environment(**env, **files), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        log += result.stdout
        status = result.returncode
        if status:
            break
    return status, log, dict(line.split("=", 1) for line in project.outputs.read_text().splitlines())


def github(tally, temp):
    action = yaml.safe_load((DEPLOY / "github" / "action.yml").read_text())
    tally.equal(action["runs"]["using"], "composite", "the action is composite")
    for step in action["runs"]["steps"]:
        tally.check("${{" not in step["run"], f"{step['name']}: no input becomes text of a script", step["run"])
        tally.check(step["shell"] == "bash", f"{step['name']}: has a shell")
    scenes = [
        ("good", GOOD, {}, 0), ("bad", BAD, {}, 3), ("warns", WARNS, {}, 0), ("warns-fail", WARNS, {"fail_on": "warning"}, 1),
        ("policy", GOOD, {"mesh_file": "mesh.yaml"}, 3), ("version", GOOD, {"istio_version": "1.99"}, 2),
        ("hostile", GOOD, {"files": "filters/\n$(touch owned)\n"}, 4), ("absent", GOOD, {"files": "nowhere/"}, 4),
    ]
    for name, manifest, given, code in scenes:
        project = Project(temp, f"github-{name}", manifest)
        (project.where / "callout.sarif").write_text("{}")  # of an earlier run
        os.utime(project.where / "callout.sarif", (1, 1))
        status, log, outputs = run_action(project, **given)
        tally.check(status == code, f"GitHub, {name}: exit {status}, not {code}", log)
        report = {} if code == 2 else {"sarif": "callout.sarif"}  # nothing was looked at
        tally.equal(outputs, {**report, "status": str(code)}, f"GitHub, {name}: outputs")
        if not report:
            tally.check((project.where / "callout.sarif").read_text() == "{}" and b"1.99" in log, f"GitHub, {name}: no SARIF, but why", log)
        else:
            tally.equal(json.loads((project.where / "callout.sarif").read_text())["version"], "2.1.0", f"GitHub, {name}: SARIF")
        tally.check(not (project.where / "owned").exists(), f"GitHub, {name}: nothing of the inputs was run")
    status, log, _ = run_action(Project(temp, "github-log", BAD))
    tally.check(b"::error file=filters/auth.yaml,line=6," in log and b"title=CO0204::" in log, "GitHub: annotations in the log", log)
    project = Project(temp, "github-generated")
    project.generate()
    tally.equal(run_action(project, generated="generated")[0], 0, "GitHub: committed objects are up to date")
    project.edit()
    tally.equal(run_action(project, generated="generated")[0], 1, "GitHub: committed objects are stale")


# ---- GitLab ----

def run_job(project, **given):
    spec, jobs = yaml.safe_load_all((DEPLOY / "gitlab" / "templates" / "callout.yml").read_text())
    inputs = {k: given.get(k.replace("-", "_"), (v or {}).get("default", "an-image")) for k, v in spec["spec"]["inputs"].items()}
    put = lambda text: re.sub(r"\$\[\[ *inputs\.([\w-]+) *\]\]", lambda m: inputs[m.group(1)], text)  # noqa: E731
    job = jobs["callout"]
    env = {k: put(v) for k, v in job["variables"].items()}
    # The runner joins the lines into one script that stops at the first that fails.
    result = subprocess.run(["sh", "-ec", "\n".join(job["script"])], cwd=project.where, env=environment(**env), capture_output=True)
    return result.returncode, result.stderr, job["artifacts"]["reports"]


def gitlab(tally, temp):
    for name, manifest, given, code in (("good", GOOD, {}, 0), ("bad", BAD, {}, 3), ("warns", WARNS, {"fail_on": "warning"}, 1),
                                        ("policy", GOOD, {"mesh_file": "mesh.yaml"}, 3), ("hostile", GOOD, {"files": "$(touch owned)"}, 4)):
        project = Project(temp, f"gitlab-{name}", manifest)
        status, log, reports = run_job(project, **given)
        tally.check(status == code, f"GitLab, {name}: exit {status}, not {code}", log)
        issues = json.loads((project.where / reports["codequality"]).read_text())
        tally.check(bool(issues) == (name != "good"), f"GitLab, {name}: Code Quality", str(issues))
        tally.equal(ElementTree.parse(project.where / reports["junit"]).getroot().tag, "testsuites", f"GitLab, {name}: JUnit")
        tally.check(not (project.where / "owned").exists(), f"GitLab, {name}: nothing of the inputs was run")
    project = Project(temp, "gitlab-generated")
    project.generate()
    tally.equal(run_job(project, generated="generated")[0], 0, "GitLab: committed objects are up to date")
    project.edit()
    tally.equal(run_job(project, generated="generated")[0], 1, "GitLab: committed objects are stale")


# ---- pre-commit ----

def run_hook(project, hook, args, changed):
    """As pre-commit does: language script is a path in the hooks' repository, system is on the PATH."""
    entry = hook["entry"].split()
    if hook["language"] == "script":
        entry[0] = str(harness.ROOT / entry[0])
    files = [f for f in changed if re.search(hook["files"], f)] if hook.get("pass_filenames", True) else []
    return subprocess.run([*entry, *args, *files], cwd=project.where, env=environment(), capture_output=True)


def pre_commit(tally, temp):
    hooks = {h["id"]: h for h in yaml.safe_load((harness.ROOT / ".pre-commit-hooks.yaml").read_text())}
    for hook in hooks.values():
        tally.check({"id", "name", "entry", "language"} <= set(hook), f"{hook['id']}: has what pre-commit needs")
    check, generate = hooks["callout-check"], hooks["callout-generate"]
    for name, manifest, args, code in (("good", GOOD, [], 0), ("bad", BAD, [], 3),
                                       ("warns", WARNS, ["--fail-on", "warning"], 1),
                                       ("policy", GOOD, ["--mesh-file", "mesh.yaml"], 3),
                                       ("policy-too", GOOD, ["--mesh-file=mesh.yaml"], 3)):
        project = Project(temp, f"pre-commit-{name}", manifest)
        (project.where / "other.yaml").write_text("kind: Deployment\nspec: {{ not YAML }\n")
        (project.where / "-f.yaml").write_text(manifest.replace("auth-check", "other"))
        result = run_hook(project, check, args, ["filters/auth.yaml", "other.yaml", "-f.yaml", "README.md"])
        tally.check(result.returncode == code, f"pre-commit, {name}: exit {result.returncode}, not {code}", result.stderr)
    project = Project(temp, "pre-commit-none")
    (project.where / "other.yaml").write_text("a: {{ b }}\n")
    tally.equal(run_hook(project, check, [], ["other.yaml"]).returncode, 0, "pre-commit: files of others")
    args = ["-R", "-f", "filters/", "-o", "dir=generated"]
    project.generate()
    tally.equal(run_hook(project, generate, args, ["filters/auth.yaml"]).returncode, 0, "pre-commit: committed objects are up to date")
    result = run_hook(project, check, ["--fail-on", "warning"],
                      [str(p.relative_to(project.where)) for p in (project.where / "generated").iterdir()])
    tally.equal((result.returncode, result.stderr), (0, b""),
                "pre-commit: committed objects are no manifests, though their labels name one")
    project.edit()
    tally.equal(run_hook(project, generate, args, ["filters/auth.yaml"]).returncode, 1, "pre-commit: committed objects are stale")
    with_pre_commit(tally, temp)


def with_pre_commit(tally, temp):
    """The tool itself, where it is installed."""
    if not shutil.which("pre-commit"):
        print("deploy: pre-commit is not installed; its hooks were run by hand")
        return
    result = subprocess.run(["pre-commit", "validate-manifest", ".pre-commit-hooks.yaml"], cwd=harness.ROOT, capture_output=True)
    tally.check(result.returncode == 0, "pre-commit takes the list of hooks", result.stdout + result.stderr)


# ---- the image ----

def stages():
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (DEPLOY / "container" / "Containerfile").read_text(), flags=re.M))
    return [stage.strip().splitlines() for stage in re.split(r"^FROM ", text, flags=re.M)[1:]]


def packages(lines):
    return {p for line in lines for found in re.findall(r"apt-get install (.*?)(?:&&|$)", line) for p in found.split()
            if not p.startswith("-")}


def linked_packages(program):
    """Debian's packages of the libraries that a program is linked with."""
    libraries = re.findall(r"=> (\S+) \(", subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout)
    found = set()
    for library in libraries:
        for path in (library, os.path.realpath(library), os.path.realpath(library).removeprefix("/usr")):
            owner = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True)
            if owner.returncode == 0:
                found.add(owner.stdout.split(":")[0])
                break
        else:
            found.add(f"no package has {library}")
    return found


def image(tally, temp):
    build, final = stages()
    built_in = packages(build)
    quickstart = re.search(r"packages=\((.*?)\)", (DEPLOY / "quickstart").read_text(), re.S).group(1).split()
    tally.check(set(quickstart) - {"ca-certificates"} <= built_in,
                "the image is built with what the quick start installs", f"{quickstart} {built_in}")
    root = pathlib.Path(temp) / "image"
    build_dir = pathlib.Path(harness.program()).parents[1]
    subprocess.run(["cmake", "--install", build_dir, "--prefix", "/usr"], env={**os.environ, "DESTDIR": str(root)},
                   check=True, stdout=subprocess.DEVNULL)
    programs = [p for p in root.rglob("*") if p.is_file() and p.read_bytes()[:4] == b"\x7fELF"]
    tally.check(root / "usr/bin/callout" in programs, "the program is installed", str(programs))
    missing = {q for p in programs for q in linked_packages(p)} - packages(final) - {"libc6", "libgcc-s1"}
    # What the named packages bring along.
    for package in sorted(missing):
        depends = subprocess.run(["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks",
                                  "--no-replaces", "--no-enhances", *packages(final)], capture_output=True, text=True).stdout.split()
        tally.check(package in depends, f"the image has {package}")
    instructions = {line.split()[0] for line in final[1:] if line.strip()}
    tally.check({"LABEL", "COPY", "USER", "ENTRYPOINT"} <= instructions,
                "labels, a user that is not root, an entry point", str(instructions))
    copied = re.search(r"COPY --from=build (\S+) /$", "\n".join(final), re.M).group(1)
    tally.check(f"DESTDIR={copied} " in "\n".join(build), "what is copied is what was installed")
    result = subprocess.run([root / "usr/bin/callout", "version"], capture_output=True)
    tally.check(result.stdout.startswith(b"callout "), "the installed program runs", result.stderr)


def main():
    tally = harness.Tally("deploy")
    with tempfile.TemporaryDirectory() as temp:
        for scene in (github, gitlab, pre_commit, image):
            scene(tally, temp)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
