"""What `callout verify` says of the very lists that istioctl prints: whole ones, and those that each of its filters leaves.

Istio's own code makes clusters, listeners, routes, extensions and bootstrap of a proxy, with a filter of ours and without; istioctl makes
lists of them. A whole list gets a certain answer. A part of one is never said to lack what is in the whole.
"""

import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import processes  # noqa: E402
import worlds  # noqa: E402

PARTS = ("cluster", "listener", "eds", "route", "ecds", "bootstrap")
ENVIRONMENT = {"KUBECONFIG": "/dev/null", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
DENIED = {"missing", "uncallable", "mismatched", "insecure", "rejected", "absent", "failed", "differs"}


class Judged:
    """The dump of one proxy, and what istioctl and callout make of it."""

    def __init__(self, istioctl, question, there, dump):
        self.istioctl, self.question, self.there = istioctl, question, there
        self.folder = question.folder / ("with" if there else "without")
        self.folder.mkdir()
        (self.folder / "all.json").write_bytes(dump)

    def asked(self, part, *flags, output="json"):
        """The name of the file with what istioctl prints; empty: nothing."""
        command = [self.istioctl, "proxy-config", part, "--file", "all.json", "-o", output, *flags]
        result = subprocess.run(command, capture_output=True, cwd=self.folder, env=ENVIRONMENT)
        name = "-".join([part, *flags]).replace("/", "_") + f".{output}"
        (self.folder / name).write_bytes(result.stdout)
        return name

    def verdicts(self, *names):
        """Of the cluster and of the filter; with the exit status, and what was printed."""
        result = harness.run(["verify", "-f", "../manifest.yaml", "-o", "json", *(f"it={n}" for n in names)], cwd=self.folder)
        answer = json.loads(result.stdout or b"{}")
        return ([v["verdict"] for v in answer.get("verdicts", [])], [p["verdict"] for p in answer.get("plugins", [])],
                result.returncode, result.stderr.decode())

    def content(self, name):
        return json.loads((self.folder / name).read_text() or "[]")

    def title(self, what):
        return f"{self.question.name}, {'there' if self.there else 'not there'}: {what}"


# ---- whole lists ----


def judge_whole(tally, judged):
    shown, listed = (judged.question.proxy.whole, "present") if judged.there else ("absent", "absent")
    cluster = "resolved" if judged.there else "missing"
    whole = {part: judged.asked(part) for part in PARTS}
    of_istioctl = [n for part, n in whole.items() if judged.content(n) and part != "route"]
    for names, plugin in ((["all.json"], shown), (of_istioctl, listed)):
        got = judged.verdicts(*names)
        tally.equal(got[:2], ([cluster], [plugin]), judged.title(f"{' '.join(names)}: {got[3]}"))
    for part, name in whole.items():
        if judged.content(name):
            got = judged.verdicts(name)
            wrong = DENIED.intersection(*got[:1], got[1]) if judged.there else {"resolved", "present"}.intersection(got[0] + got[1])
            tally.check(not wrong, judged.title(f"{part} alone: {got[:2]}"), got[3])
        tally.count("whole lists")
    return whole


def judge_yaml(tally, judged):
    for part in PARTS:
        name = judged.asked(part, output="yaml")
        got = judged.verdicts(name)
        if judged.content(name.replace(".yaml", ".json")):
            tally.check(got[2] == 3 and "-o json" in got[3], judged.title(f"{name} is refused: {got[2]}"), got[3])


# ---- parts of them ----


def flags_of_listeners(listeners):
    places = [made.get("address", {}).get("socketAddress") for made in listeners]
    ports = sorted({str(p["portValue"]) for p in places if p})
    addresses = sorted({p["address"] for p in places if p})
    types = ("HTTP", "TCP", "HTTP+TCP", "UNKNOWN")
    yield from (("--port", p) for p in ports)
    yield from (("--port", p["portValue"], "--address", p["address"]) for p in places if p and p["address"] != "0.0.0.0")
    for address, kind in itertools.product((None, *addresses), (None, *types)):
        if address or kind:
            yield (*(("--address", address) if address else ()), *(("--type", kind) if kind else ()))


def flags_of_clusters(clusters):
    istios = [n.split("|") for n in (c["name"] for c in clusters) if n.count("|") == 3]
    yield from (("--fqdn", text) for text in ("callout", "internal", worlds.HOST, "shop", "e", ".", "Cluster", "Passthrough"))
    yield from (("--fqdn", host) for host in sorted({n[3] for n in istios if n[3]})[:6])
    yield from (("--port", port) for port in sorted({n[1] for n in istios}))
    yield from (("--direction", d) for d in sorted({n[0] for n in istios}))
    yield from (("--subset", s) for s in ("v1", "tcp", "http"))
    yield ("--direction", "outbound", "--port", "80")


def judge_parts(tally, judged, part, flags, whole, beside):
    """Each list that differs, once; what has all of the whole is the whole."""
    seen, all_of_it = set(), judged.content(whole)
    for row in flags:
        name = judged.asked(part, *map(str, row))
        content = judged.content(name)
        if not content or len(content) == len(all_of_it) or repr(content) in seen:
            continue
        seen.add(repr(content))
        got = judged.verdicts(name, *beside)
        tally.check(not DENIED & set(got[0] + got[1]), judged.title(f"{part} {' '.join(map(str, row))}: {got[:2]}"), got[3])
        tally.count("parts of lists")


def judge(tally, judged):
    whole = judge_whole(tally, judged)
    if not judged.there:
        return
    name, listeners, clusters = judged.question.filter, judged.content(whole["listener"]), judged.content(whole["cluster"])
    if name in worlds.PLACES:
        judge_parts(tally, judged, "listener", flags_of_listeners(listeners), whole["listener"], [])
    if name != "WasmPlugin":
        return
    judge_yaml(tally, judged)
    judge_parts(tally, judged, "cluster", flags_of_clusters(clusters), whole["cluster"], [whole["bootstrap"]])
    judge_parts(tally, judged, "route", [("--name", "80"), ("--name", "47080")], whole["route"], [])


def judge_all(tally):
    istioctl = processes.provided(HERE.parent / "build", "istioctl")
    with tempfile.TemporaryDirectory(prefix="callout-lists-") as root:
        dumps = worlds.answers(worlds.questions(pathlib.Path(root)))
        harness.parallel(lambda row: judge(tally, Judged(istioctl, *row[0], row[1])), dumps.items())


tests = [judge_all]
