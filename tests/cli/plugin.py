"""Called as kubectl-callout: workloads in the place of dumps, fetched by stand-ins for istioctl and kubectl."""

import json
import os
import pathlib
import subprocess
import sys

import harness
from common import GOOD, folder

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "dumps"))
import shapes  # noqa: E402

# GOOD has no filter and no selector; its one upstream is auth.
PRESENT = shapes.text(shapes.dump(shapes.cluster()))
ABSENT = shapes.text(shapes.dump())

STAND_IN = r"""#!/bin/bash
# Says what it was called with; prints the next of the dumps, the last one again and again.
printf '%s\n' "${0##*/} $*" >> "$CALLS"
n=$(($(wc -l < "$CALLS")))
while [[ ! -f $DUMPS/$n ]]; do n=$((n - 1)); done
cat "$DUMPS/$n"
exit "$(cat "$DUMPS/status")"
"""


class Scene:
    def __init__(self, where, tools=("istioctl", "kubectl"), dumps=(PRESENT,), status=0):
        self.where = where
        for name in ("bin", "dumps"):
            (where / name).mkdir()
        for tool in tools:
            (where / "bin" / tool).write_text(STAND_IN)
            (where / "bin" / tool).chmod(0o755)
        for i, dump in enumerate(dumps, 1):
            (where / "dumps" / str(i)).write_text(dump)
        (where / "dumps" / "status").write_text(str(status))

    def run(self, args, name="kubectl-callout"):
        link = self.where / name
        if not link.is_symlink():
            link.symlink_to(harness.program())
        # The stand-ins need a shell's tools, but no other istioctl or kubectl may be found.
        for tool in ("bash", "cat", "wc"):
            path = self.where / "bin" / tool
            if not path.exists():
                path.symlink_to(next(p for d in os.environ["PATH"].split(":") if (p := pathlib.Path(d) / tool).exists()))
        env = harness.environment(PATH=str(self.where / "bin"), CALLS=str(self.where / "calls"),
                                  DUMPS=str(self.where / "dumps"), CALLOUT=str(link))
        under = harness.command()[:-1]
        result = subprocess.run([*under, str(link), *args], cwd=self.where, env=env, capture_output=True, stdin=subprocess.DEVNULL)
        calls = self.where / "calls"
        return result, calls.read_text().splitlines() if calls.exists() else []


# (what, tools, arguments, exit code, calls)
ISTIOCTL = "istioctl proxy-config all deploy/web -n shop -o json"
KUBECTL = "kubectl exec deploy/web -n shop -c istio-proxy -- pilot-agent request GET config_dump?include_eds"
FETCHES = [
    ("istioctl first", ("istioctl", "kubectl"), ["deploy/web", "-n", "shop", "-f", "good.yaml"], 0, [ISTIOCTL]),
    ("kubectl else", ("kubectl",), ["-f", "good.yaml", "-n", "shop", "deploy/web"], 0, [KUBECTL]),
    ("neither", (), ["deploy/web", "-n", "shop", "-f", "good.yaml"], 4, []),
    ("the context's namespace", ("istioctl",), ["deploy/web", "-f", "good.yaml"], 0, ["istioctl proxy-config all deploy/web -o json"]),
    ("a pod", ("istioctl",), ["web-7d9c", "-n", "shop", "-f", "good.yaml"], 0, ["istioctl proxy-config all web-7d9c -n shop -o json"]),
    ("two workloads", ("istioctl",), ["deploy/web", "deploy/api", "-f", "good.yaml"], 2, []),
    ("a workload beside a dump", ("istioctl",), ["deploy/web", "there.json", "-f", "good.yaml"], 2, []),
    ("a dump", ("istioctl",), ["there.json", "-f", "good.yaml"], 0, []),
    ("a file that looks like a pod", ("istioctl",), ["web", "-f", "good.yaml"], 0, []),
    ("a missing file", ("istioctl",), ["missing.json", "-f", "good.yaml"], 4, []),
    ("no workload but text", ("istioctl",), ["deploy/web;touch owned", "-f", "good.yaml"], 4, []),
    ("dashes", ("istioctl",), ["-f", "good.yaml", "--", "deploy/web"], 4, []),
    ("a command of one's own", ("istioctl",), ["-f", "good.yaml", "--wait", "30s", "--", "istioctl", "x"], 0, ["istioctl x"]),
    ("no manifest", ("istioctl",), ["deploy/web"], 2, []),
]


def fetches(tally):
    for what, tools, args, code, calls in FETCHES:
        with folder(good_yaml=GOOD, there_json=PRESENT) as where:
            (where / "web").write_text(PRESENT)
            result, called = Scene(where, tools).run(["verify", *args])
            tally.check(result.returncode == code, f"plugin, {what}: exit {result.returncode}, not {code}", result.stdout + result.stderr)
            tally.equal(called, calls, f"plugin, {what}: what was run")
            tally.check(not (where / "owned").exists(), f"plugin, {what}: no shell")


def answers(tally):
    with folder(good_yaml=GOOD) as where:
        result, calls = Scene(where, dumps=(ABSENT,)).run(["verify", "deploy/web", "-n", "shop", "-f", "good.yaml"])
        tally.equal((result.returncode, len(calls)), (1, 1), "plugin: missing, asked once")
    with folder(good_yaml=GOOD) as where:
        args = ["verify", "deploy/web", "-n", "shop", "-f", "good.yaml", "--wait", "60s", "--interval", "1ms"]
        result, calls = Scene(where, dumps=(ABSENT, ABSENT, PRESENT)).run(args)
        tally.equal((result.returncode, len(calls)), (0, 3), "plugin: waits until it resolves")
    with folder(good_yaml=GOOD) as where:
        args = ["verify", "deploy/web", "-n", "shop", "-f", "good.yaml", "--report", "json=report.json"]
        result, _ = Scene(where, status=7).run(args)
        tally.check(result.returncode == 4 and "7" in (where / "report.json").read_text(),
                    f"plugin: istioctl fails: exit {result.returncode}", result.stderr)
        tally.check("CO0430" in [f["code"] for f in json.loads((where / "report.json").read_text())["findings"]], "plugin: CO0430")


def not_the_plugin(tally):
    """Under its own name the program takes operands as files; and all other commands are alike."""
    with folder(good_yaml=GOOD) as where:
        scene = Scene(where)
        result, calls = scene.run(["verify", "deploy/web", "-f", "good.yaml"], name="callout")
        tally.equal((result.returncode, calls), (4, []), "callout verify deploy/web is a file")
        for args in (["generate", "-f", "good.yaml"], ["version"], ["--help"], ["verify", "--help"]):
            one, _ = scene.run(args)
            other, _ = scene.run(args, name="callout")
            tally.equal((one.returncode, one.stdout, one.stderr), (other.returncode, other.stdout, other.stderr),
                        f"{args}: alike under both names")


tests = [fetches, answers, not_the_plugin]
