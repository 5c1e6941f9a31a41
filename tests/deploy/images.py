#!/usr/bin/env python3
"""What is built from the tree elsewhere: by the GitHub action, and the images, from their recipes with buildah, without a registry:
the base is a Debian made by mmdebstrap.

Each RUN is executed as it stands there, in a chroot. Where buildah cannot work, that is said and nothing is tried.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

BASE = "docker.io/library/debian:12-slim"
MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com}
"""


class Builder:
    def __init__(self, storage):
        self.options = ["--root", f"{storage}/store", "--runroot", f"{storage}/run", "--storage-driver", "vfs"]

    def call(self, *args, **kw):
        return subprocess.run(["buildah", *self.options, *args], cwd=harness.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "BUILDAH_ISOLATION": "chroot"}, **kw)

    def word(self, *args):
        result = self.call(*args)
        return result.stdout.decode().split()[-1] if result.returncode == 0 and result.stdout.strip() else None

    def has_base(self, tar):
        """False: a container cannot be made here, or gets no packages."""
        container = self.word("from", "scratch")
        if not container or self.call("add", "--quiet", container, tar, "/").returncode:
            return False
        # A mirror that stumbles once says nothing of our recipes.
        retries = "echo 'Acquire::Retries \"5\";' >/etc/apt/apt.conf.d/80-retries"
        if self.call("run", container, "--", "sh", "-c", retries).returncode:
            return False
        if not self.word("commit", "--quiet", container, BASE):
            return False
        return self.call("run", container, "--", "sh", "-c", "apt-get -qq update && apt-cache show libyaml-0-2").returncode == 0

    def build(self, recipe, tag):
        return self.call("bud", "--pull=false", "--network", "host", "--isolation", "chroot", "--layers=false", "-f",
                         recipe, "-t", tag, ".")

    def run(self, container, *command, stdin=""):
        return self.call("run", container, "--", *command, input=stdin.encode())


def base_tar():
    """Debian 12 as an archive, kept between runs; None where it cannot be had."""
    cache = pathlib.Path(os.environ.get("CALLOUT_CACHE") or pathlib.Path.home() / ".cache/callout")
    tar = cache / "debian-12-base.tar"
    if tar.exists():
        return tar
    cache.mkdir(parents=True, exist_ok=True)
    fresh = cache / f"debian-12-base.{os.getpid()}.tar"
    result = subprocess.run(["mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", fresh], capture_output=True)
    if result.returncode:
        print(result.stderr.decode(errors="replace")[-1000:])
        return None
    fresh.rename(tar)
    return tar


def image_of_callout(tally, builder):
    built = builder.build("deploy/container/Containerfile", "callout")
    if not tally.check(built.returncode == 0, "the image of callout is built", built.stdout[-3000:]):
        return
    container = builder.word("from", "--pull=false", "localhost/callout")
    who = builder.run(container, "id", "-u")
    tally.equal(who.stdout.strip(), b"65532", "callout: not root")
    result = builder.run(container, "callout", "generate", "-f", "-", stdin=MANIFEST)
    own = harness.run(["generate", "-f", "-"], stdin=MANIFEST.encode())
    tally.check(own.stdout and own.stdout in result.stdout, "callout: generates what the program of this build does", result.stdout)
    result = builder.run(container, "callout", "serve", "--check-config")
    tally.check(result.returncode == 0 and b"listen" in result.stdout, "callout: the daemon is there and starts", result.stdout)
    config = builder.call("inspect", "--type", "container", container)
    tally.check(b'"callout"' in config.stdout and b"org.opencontainers.image.licenses" in config.stdout,
                "callout: entry point and labels", config.stdout)


def image_of_argocd(tally, builder):
    built = builder.build("deploy/argocd/Dockerfile", "callout-argocd")
    if not tally.check(built.returncode == 0, "the image of the Argo CD plugin is built", built.stdout[-3000:]):
        return
    container = builder.word("from", "--pull=false", "localhost/callout-argocd")
    tally.equal(builder.run(container, "id", "-u").stdout.strip(), b"999", "argocd: Argo CD's user")
    script = "mkdir /tmp/app && cd /tmp/app && cat > filter.yaml && callout-generate"
    result = builder.run(container, "sh", "-ec", script, stdin=MANIFEST)
    tally.check(result.returncode == 0 and result.stdout.count(b"\nkind: ") == 2, "argocd: the plugin's command generates", result.stdout)
    result = builder.run(container, "sh", "-ec", "mkdir /tmp/none && cd /tmp/none && callout-generate")
    tally.check(result.returncode != 0 and b"kind:" not in result.stdout, "argocd: nothing is never an answer", result.stdout)
    result = builder.run(container, "cat", "/home/argocd/cmp-server/config/plugin.yaml")
    tally.check((harness.ROOT / "deploy/argocd/plugin.yaml").read_bytes() in result.stdout,
                "argocd: the plugin's definition", result.stdout)


def provided_to_github(tally, temp):
    """The action's first step on a machine without callout: built from the tree, and on the PATH of the next steps."""
    tools = pathlib.Path(temp) / "tools"
    tools.mkdir()
    path = f"{tools}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
    if shutil.which("callout", path=path):
        print("images: callout is installed here, so it is not built by the action")
        return
    # The runner's own tools are there already: what is asked for is written down, and not installed.
    (tools / "apt-get").write_text(f"#!/bin/sh\necho \"$@\" >> {temp}/asked\n")
    (tools / "apt-get").chmod(0o755)
    env = harness.environment(PATH=path, CALLOUT_SOURCE=str(harness.ROOT), RUNNER_TEMP=str(temp), GITHUB_PATH=f"{temp}/path")
    result = subprocess.run([harness.ROOT / "deploy/github/provide"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if not tally.check(result.returncode == 0, "GitHub: callout is provided", result.stdout[-3000:]):
        return
    added = (pathlib.Path(temp) / "path").read_text().strip()
    version = subprocess.run(["callout", "version"], env={**env, "PATH": f"{added}:{path}"}, capture_output=True)
    tally.check(version.stdout.startswith(b"callout "), "GitHub: the next step finds it", version.stderr)
    asked = (pathlib.Path(temp) / "asked").read_text()
    quickstart = (harness.ROOT / "deploy/quickstart").read_text()
    tally.check(all(p in quickstart for p in ("libyaml-dev", "nettle-dev", "zlib1g-dev") if p in asked)
                and "zlib1g-dev" in asked, "GitHub: what it is built with is installed", asked)
    again = subprocess.run([harness.ROOT / "deploy/github/provide"], env={**env, "PATH": f"{added}:{path}"}, capture_output=True)
    tally.check(again.returncode == 0 and again.stdout.startswith(b"callout "), "GitHub: one that is there is taken", again.stderr)


def main():
    tally = harness.Tally("images")
    with tempfile.TemporaryDirectory() as temp:
        provided_to_github(tally, temp)
    missing = [p for p in ("buildah", "mmdebstrap") if not shutil.which(p)]
    if missing or os.geteuid():
        print(f"images: {', '.join(missing) or 'root'} is not here, so no image is built")
        return tally.close()
    with tempfile.TemporaryDirectory(dir=harness.ROOT / "build") as storage:
        tar = base_tar()
        builder = Builder(storage)
        if not tar or not builder.has_base(tar):
            print("images: no container can be made here, so no image is built")
            return tally.close()
        image_of_callout(tally, builder)
        image_of_argocd(tally, builder)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
