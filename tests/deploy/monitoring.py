#!/usr/bin/env python3
"""The alert rules and the dashboard, held against what the real daemon says at /metrics, and judged by Prometheus' own promtool.

promtool comes out of Debian's package, once, into the cache; the package is not installed, for it would run a server. Where
it cannot be had what needs it is skipped, and counted.
"""

import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile

import yaml

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "tools"), str(TESTS / "bench"), str(TESTS / "api")]
import harness  # noqa: E402
import peers  # noqa: E402
from access import Authority  # noqa: E402
from daemon import YAML, Daemon  # noqa: E402
from live import GOOD  # noqa: E402
from stored import manifest, path  # noqa: E402

DEPLOY = harness.ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "callout-rules.yaml"
DASHBOARD = DEPLOY / "grafana" / "callout.json"
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? \S+$", re.M)
LABEL = re.compile(r'(\w+)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"')
# Labels that Prometheus itself adds to what it fetches, and the dashboard's own variables.
ADDED = {"job", "instance"}


def samples():
    """{name: [labels]} of all that the daemon tells, with manifests put, dumps judged, TLS, and a directory that is followed."""
    found = {}
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp) / "manifests"
        folder.mkdir()
        (folder / "m.yaml").write_bytes(manifest())
        cert, key = Authority(temp, "authority").issue("server", "IP:127.0.0.1")
        for options in ((), ("--manifests", str(folder), "--tls-cert", cert, "--tls-key", key)):
            with Daemon(*options, tls=ssl._create_unverified_context() if options else None) as d:
                if not options:
                    d.request("PUT", path(), manifest(), {"Content-Type": YAML})
                    d.post(path(rest="/dumps"), GOOD, "application/json")
                    d.post("/v1/check", b"kind: nothing")
                text = d.get("/metrics").body.decode()
                for name, labels in SAMPLE.findall(text):
                    found.setdefault(name, []).append({k: v for k, _, v in LABEL.findall(labels)})
                d.stop()
    return found


def selectors(expression):
    """(name, matchers) of each metric in an expression."""
    for name, labels in re.findall(r"\b((?:callout|process)_[a-z_]+)(?:\{([^}]*)\})?", expression):
        yield name, LABEL.findall(labels)


def check_expression(tally, what, expression, known):
    found = list(selectors(expression))
    tally.check(found, f"{what}: asks for a metric", expression)
    for name, matchers in found:
        if not tally.check(name in known, f"{what}: {name} is a metric of the daemon"):
            continue
        for label, kind, value in matchers:
            if label in ADDED:
                continue
            told = {labels[label] for labels in known[name] if label in labels}
            # A status that did not happen is known by the list of statuses: here it is enough that the label is there.
            wanted = value.split("|") if label in ("state", "result") else []
            tally.check(told and set(wanted) <= told, f"{what}: {name} has {label}{kind}{value}", sorted(told))


# ---- the rules ----

def check_rules(tally, known):
    rules = [r for g in yaml.safe_load(RULES.read_text())["groups"] for r in g["rules"]]
    tally.equal(len({r["alert"] for r in rules}), len(rules), "each alert has a name of its own")
    for r in rules:
        tally.check(r["labels"].keys() == {"severity"} and r["annotations"].keys() == {"summary", "description"},
                    f"{r['alert']}: who is told what")
        check_expression(tally, r["alert"], r["expr"], known)
    asked = {t["alertname"] for case in yaml.safe_load((TESTS / "deploy" / "rules-test.yaml").read_text())["tests"]
             for t in case["alert_rule_test"] if t.get("exp_alerts")}
    tally.equal(asked, {r["alert"] for r in rules}, "each alert is tried")
    tally.equal((DEPLOY / "helm-chart" / "callout" / "files" / "rules.yaml").read_bytes(), RULES.read_bytes(), "the chart has the same")


# ---- the dashboard ----

def overlap(a, b):
    return a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


def check_dashboard(tally, known):
    board = json.loads(DASHBOARD.read_text())
    variables = {v["name"]: v for v in board["templating"]["list"]}
    tally.equal((board["uid"], type(board["schemaVersion"]), "id" in board), ("callout-serve", int, False), "what Grafana knows it by")
    tally.equal((variables["datasource"]["type"], variables["datasource"]["query"]), ("datasource", "prometheus"),
                "the source is a variable")
    panels = board["panels"]
    tally.equal(len({p["id"] for p in panels}), len(panels), "each panel has a number of its own")
    places = [p["gridPos"] for p in panels]
    tally.check(all(p["x"] + p["w"] <= 24 for p in places), "the panels are within the grid")
    tally.equal([(a, b) for i, a in enumerate(places) for b in places[:i] if overlap(a, b)], [], "and none lies on another")
    expressions = []
    for p in (p for p in panels if p["type"] != "row"):
        sources = [p["datasource"], *(t["datasource"] for t in p["targets"])]
        tally.check(all(s == {"type": "prometheus", "uid": "${datasource}"} for s in sources), f"{p['title']}: the source is the variable")
        tally.equal(len({t["refId"] for t in p["targets"]}), len(p["targets"]), f"{p['title']}: its queries have names")
        for t in p["targets"]:
            check_expression(tally, p["title"], t["expr"], known)
            tally.equal(set(re.findall(r"\$(\w+)", t["expr"])) - {"__rate_interval"}, {"job", "instance"},
                        f"{p['title']}: is of the daemon that was chosen")
            expressions.append(t["expr"])
    for v in variables.values():
        if v["type"] == "query":
            check_expression(tally, f"variable {v['name']}", v["definition"], known)
    return expressions


# ---- promtool ----

def promtool():
    """(program, None), or (None, why not)."""
    kept = peers.cache() / "prometheus" / "promtool"
    if shutil.which("promtool"):
        return shutil.which("promtool"), None
    if kept.exists():
        return str(kept), None
    with tempfile.TemporaryDirectory() as temp:
        os.chmod(temp, 0o755)  # apt gives its own rights up to fetch something
        run = {"cwd": temp, "capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
        try:
            got = subprocess.run(["apt-get", "-qq", "-o", "Acquire::Retries=5", "download", "prometheus"], **run)
            files = list(pathlib.Path(temp).glob("*.deb"))
            if not files:
                return None, (got.stderr.strip().splitlines() or ["apt-get gave nothing"])[-1]
            subprocess.run(["dpkg-deb", "-x", str(files[0]), "out"], check=True, **run)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(pathlib.Path(temp) / "out/usr/bin/promtool", kept.with_suffix(".new"))
        except (OSError, subprocess.CalledProcessError) as e:
            return None, str(e)
    os.replace(kept.with_suffix(".new"), kept)
    return str(kept), None


def check_promtool(tally, program, expressions):
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        shutil.copy(RULES, temp)
        shutil.copy(TESTS / "deploy" / "rules-test.yaml", temp)
        shown = [re.sub(r"\$(job|instance)", ".*", e).replace("$__rate_interval", "5m") for e in expressions]
        rules = [{"record": f"shown:{i}", "expr": e} for i, e in enumerate(shown)]
        (temp / "shown.yaml").write_text(yaml.safe_dump({"groups": [{"name": "shown", "rules": rules}]}))
        for what, arguments in (("the rules are some", ["check", "rules", RULES.name]),
                                ("each alert comes when it is due", ["test", "rules", "rules-test.yaml"]),
                                ("what the dashboard asks can be answered", ["check", "rules", "shown.yaml"])):
            result = subprocess.run([program, *arguments], cwd=temp, capture_output=True, text=True)
            tally.check(result.returncode == 0, what, (result.stdout + result.stderr)[-2000:])


def main():
    tally = harness.Tally("monitoring")
    known = samples()
    check_rules(tally, known)
    expressions = check_dashboard(tally, known)
    program, why = promtool()
    if program:
        check_promtool(tally, program, expressions)
    else:
        print(f"monitoring: 3 checks by promtool skipped: {why}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
