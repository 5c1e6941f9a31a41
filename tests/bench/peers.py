"""The tools that people would use instead: built once into the cache, or left out with a line that says so."""

import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
HELM = "helm.sh/helm/v3/cmd/helm@v3.18.4"
RSONPATH = "0.10.1"
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"


def cache():
    base = os.environ.get("CALLOUT_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "callout")
    folder = pathlib.Path(base) / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def go(arguments, cwd, **environment):
    """Runs go; what went wrong, or None."""
    if not shutil.which("go"):
        return "there is no Go to build it with"
    result = subprocess.run(["go", *arguments], cwd=cwd, env={**os.environ, **environment}, capture_output=True,
                            text=True, stdin=subprocess.DEVNULL)
    return None if result.returncode == 0 else (result.stderr.strip().splitlines() or ["go failed"])[-1]


def installed(module):
    """(program, None) of a Go module's command at a version, or (None, why not)."""
    name = "kustomize" if "/kustomize/" in module else module.split("@")[0].rsplit("/", 1)[1]
    path = cache() / module.rsplit("@", 1)[1] / name
    if not path.exists():
        why = go(["install", module], cwd=cache(), GOBIN=str(path.parent))
        if why:
            return None, why
    return str(path), None


def template():
    path = cache() / "template"
    why = go(["build", "-o", str(path), "."], cwd=HERE / "peers" / "template")
    return (None, why) if why else (str(path), None)


def server():
    """A net/http server with the same template."""
    path = cache() / "server"
    why = go(["build", "-o", str(path), "./server"], cwd=HERE / "peers" / "template")
    return (None, why) if why else (str(path), None)


def helm():
    return installed(HELM)


def kustomize():
    return installed(KUSTOMIZE)


def istioctl():
    """Of the version of Istio whose code judges in tests/conformance, built there: two minutes once, where that is built."""
    result = subprocess.run([str(HERE.parent / "conformance" / "build"), "istioctl"], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL)
    if result.returncode:
        return None, (result.stderr.strip().splitlines() or ["it cannot be built"])[-1]
    return result.stdout.strip(), None


def rsonpath():
    """From cargo, which takes a minute once."""
    root = cache() / f"rsonpath-{RSONPATH}"
    path = root / "bin" / "rq"
    if not path.exists():
        if not shutil.which("cargo"):
            return None, "there is no cargo to build it with"
        result = subprocess.run(["cargo", "install", "--quiet", "--locked", "--root", str(root), f"rsonpath@{RSONPATH}"],
                                capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if result.returncode != 0:
            return None, (result.stderr.strip().splitlines() or ["cargo failed"])[-1]
    return str(path), None
