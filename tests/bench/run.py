#!/usr/bin/env python3
"""Speed and memory of whole processes, beside the tools that people would use instead, in one run.

Times are compared as ratios of medians and only printed: a busy machine must not fail a build. What a busy machine
does not change, the growth of instructions and the memory, must hold.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402
import dump_rows  # noqa: E402
import inputs  # noqa: E402
import modules  # noqa: E402
import peers  # noqa: E402
import serve_rows  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = 5
MEMORY_KIB = 80 * 1000 * 1000 // 1024
GROWTH = 2.1  # instructions per doubling of the input


def compiled(name, *libraries):
    out = harness.ROOT / "build" / "tests" / name
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(out), str(HERE / f"{name}.c"), *libraries],
                   check=True)
    return str(out)


class Stopwatch:
    """Runs commands by turns, so that what disturbs one disturbs all."""

    def __init__(self):
        self.timer = compiled("time_runs")

    def figures(self, runs, command):
        """Of a run: median µs by the clock, KiB, median µs that processors worked for it."""
        result = subprocess.run([self.timer, str(runs), *command], check=True, capture_output=True, text=True)
        return tuple(map(int, result.stdout.split()))

    def once(self, runs, command):
        us, kib, _ = self.figures(runs, command)
        return us, kib

    def work_share(self, runs, floor, command):
        """What part of the command's work `floor` is, both on one processor and by turns: the median of all turns. The work of
        a busy machine differs less than its clock, and what slows one of a pair slows the other."""
        shares, all_ = [], os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(all_)})
        try:
            for _ in range(2 * ROUNDS - 1):
                shares.append(self.figures(runs, floor)[2] / self.figures(runs, command)[2])
        finally:
            os.sched_setaffinity(0, all_)
        return sorted(shares)[ROUNDS - 1]

    def by_turns(self, runs, commands):
        """{name: (median µs, KiB)} of {name: command}."""
        seen = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                seen[name].append(self.once(runs, command))
        return {name: (sorted(us for us, _ in all_)[ROUNDS // 2], max(kib for _, kib in all_))
                for name, all_ in seen.items()}


class Report:
    def __init__(self):
        self.failed = 0
        self.missed = 0

    def title(self, text):
        print(f"\n{text}")

    def row(self, name, us, note=""):
        print(f"  {name:<34} {us / 1000:10.2f} ms  {note}")

    def rate(self, name, value, note=""):
        print(f"  {name:<34} {value:10.0f}     {note}")

    def ratio(self, text, value, bar, at_most):
        met = value <= bar if at_most else value >= bar
        self.missed += not met
        print(f"  {text:<34} {value:10.2f}     bar: {'at most' if at_most else 'at least'} {bar}"
              f"{'' if met else '  MISSED'}")

    def must(self, text, value, bar, unit=""):
        ok = value <= bar
        self.failed += not ok
        print(f"  {text:<34} {value:10.2f} {unit:<3} must be at most {bar:g}{'' if ok else '  FAILED'}")

    def left_out(self, name, why):
        print(f"  {name:<34}   left out: {why}")

    def close(self):
        print(f"\nbench: {self.missed} bars missed, {self.failed} failed")
        return 1 if self.failed else 0


def peer_commands(folder, report):
    """{name: command on n filters}, for those that can be had."""
    found = {}
    for name, build, command in (
            ("Go text/template, no check", peers.template, lambda p: [p, f"{folder}/values.yaml", str(HERE / "peers/objects.tmpl")]),
            ("kustomize", peers.kustomize, lambda p: [p, "build", f"{folder}/kustomization"]),
            ("helm", peers.helm, lambda p: [p, "template", f"{folder}/chart", "-f", f"{folder}/values.yaml"])):
        program, why = build()
        if why:
            report.left_out(name, why)
        else:
            found[name] = command(program)
    return found


def prepare(folder, n, objects):
    (folder / "manifests.yaml").write_text(inputs.manifests(n))
    (folder / "values.yaml").write_text(inputs.values(n))
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: filters\nversion: 0.1.0\n")
    shutil.copy(HERE / "peers/objects.tmpl", chart / "templates" / "objects.yaml")
    if objects:
        (folder / "kustomization").mkdir()
        (folder / "kustomization" / "objects.yaml").write_bytes(objects)
        (folder / "kustomization" / "kustomization.yaml").write_text(inputs.KUSTOMIZATION)


def generate(folder):
    return [harness.program(), "generate", "-f", f"{folder}/manifests.yaml"]


def one_manifest(watch, report):
    report.title("generate: one manifest, three upstreams, cold process")
    objects = harness.run(["generate", "-f", "-"], stdin=inputs.manifests(1).encode()).stdout
    with tempfile.TemporaryDirectory() as temp:
        prepare(pathlib.Path(temp), 1, objects)
        commands = {"/bin/true": ["/bin/true"], "callout": generate(temp)}
        quick = watch.by_turns(200, commands)
        slow = watch.by_turns(3, peer_commands(temp, report))
    for name, (us, kib) in {**quick, **slow}.items():
        report.row(name, us, f"{kib / 1024:8.1f} MiB")
    own = quick["callout"][0]
    report.ratio("callout / true", own / quick["/bin/true"][0], 3, at_most=True)
    for name, bar in (("helm", 25), ("kustomize", 8)):
        if name in slow:
            report.ratio(f"{name} / callout", slow[name][0] / own, bar, at_most=False)


def many_manifests(watch, report, n=10000):
    report.title(f"generate: {n} manifests in one stream")
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        prepare(folder, n, None)
        found = peer_commands(folder, report)
        found.pop("kustomize", None)
        helm = found.pop("helm", None)
        seen = watch.by_turns(1, {"libyaml's events of the input": [compiled("yaml_events", "-lyaml"), f"{temp}/manifests.yaml"],
                                  "callout": generate(temp), **found})
        if helm:
            seen["helm"] = watch.once(1, helm)
        size = (folder / "manifests.yaml").stat().st_size
    for name, (us, kib) in seen.items():
        report.row(name, us, f"{kib / 1024:8.1f} MiB")
    print(f"  input {size / 1e6:.1f} MB")
    own = seen["callout"][0]
    report.ratio("callout / events", own / seen["libyaml's events of the input"][0], 4, at_most=True)
    for name, bar in (("helm", 25), ("Go text/template, no check", 2.5)):
        if name in seen:
            report.ratio(f"{name} / callout", seen[name][0] / own, bar, at_most=False)
    report.must("memory of callout", seen["callout"][1], MEMORY_KIB, "KiB")


def instructions(folder):
    """Of one run, as valgrind counts them."""
    out = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", *generate(folder)],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, text=True).stderr
    return int(re.search(r"Collected : (\d+)", out).group(1))


def linearity(report):
    report.title("generate: instructions per doubling of the input")
    if not shutil.which("valgrind"):
        report.left_out("valgrind", "it is not installed")
        return
    earlier = None
    for n in (100, 200, 400, 800, 1600, 3200):
        with tempfile.TemporaryDirectory() as temp:
            prepare(pathlib.Path(temp), n, None)
            now = instructions(temp)
        if earlier:
            report.must(f"{n // 2} to {n} manifests", now / earlier, GROWTH)
        earlier = now


def main():
    if not os.environ.get("CALLOUT"):
        print("bench: the newest build; tests/run bench builds a release")
    watch, report = Stopwatch(), Report()
    one_manifest(watch, report)
    many_manifests(watch, report)
    linearity(report)
    modules.inspect_modules(watch, report, compiled("read_file"))
    dump_rows.run(watch, report)
    serve_rows.run(watch, report)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
