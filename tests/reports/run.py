#!/usr/bin/env python3
"""Reports: each format read back by another's reader and compared with the JSON report, whatever the inputs hold.

sarif-2.1.0-rtm.5.json is the schema of SchemaStore (Apache-2.0), as the npm package @microsoft/jest-sarif carries it.
"""

import json
import os
import pathlib
import random
import re
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ElementTree

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402
import payloads  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
FORMATS = ("json", "sarif", "junit", "gitlab", "checkstyle", "github", "text")
SCHEMA = jsonschema.Draft4Validator(json.loads((HERE / "sarif-2.1.0-rtm.5.json").read_text()))
HEAD = {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest"}
GOOD = {**HEAD, "metadata": {"name": "good"}, "spec": {"upstreams": [{"name": "auth", "host": "auth.example.com"}]}}
WARNS = {**HEAD, "metadata": {"name": "warns"},
         "spec": {"upstreams": [{"name": "auth", "host": "auth.example.com", "isolated": False}]}}


def bad(port=443, name="bad"):
    return {**HEAD, "metadata": {"name": name}, "spec": {"upstreams": [{"name": "auth", "host": "auth.example.com", "port": port}]}}


def hostile(text):
    """The text in every string that a manifest has, and as keys."""
    return {**HEAD, text or "x": text, "metadata": {"name": text, "namespace": text, "labels": {text: text}, text: 1},
            "spec": {"target": {"proxy": text, "selector": {"matchLabels": {text: text}}},
                     "filter": {"wasm": {"url": text, "sha256": text, "pluginName": text, "binary": text,
                                         "env": [{"name": text, "value": text}]},
                                "phase": text, "config": {"a": "${" + text + "}", text: text}},
                     "upstreams": [{"name": text, "host": text, "authority": text, "path": text, "timeout": text,
                                    "tls": {"sni": text, "subjectAltNames": [text]}, "exportTo": [text]},
                                   {"name": "c", "cluster": text}, {"name": "c", "cluster": "x"}]}}


def report(args, where, want=None, tally=None, what=""):
    """All formats of one run: {format: bytes}, and the exit code."""
    options = [o for f in FORMATS for o in ("--report", f"{f}=report.{f}")]
    for f in FORMATS:
        (where / f"report.{f}").unlink(missing_ok=True)
    result = harness.run([*args, *options], cwd=where)
    if tally:
        tally.check(result.returncode == want, f"{what}: exit {result.returncode}, not {want}", result.stderr)
    return {f: (where / f"report.{f}").read_bytes() for f in FORMATS}


def cleaned(text):
    """What XML 1.0 can hold of it."""
    return "".join("\ufffd" if ord(c) < 0x20 and c not in "\t\n\r" or 0x7f <= ord(c) < 0xa0 or ord(c) & 0xfffe == 0xfffe else c
                   for c in text)


def text_of_sarif(message):
    """As VS Code's and sarif-sdk's readers do: no arguments here, so only escapes."""
    return re.sub(r"\{(\{\d+\})\}", r"\1", message.replace("]\\(", "](").replace("\\](", "]("))


# ---- each format against the JSON report ----

def check_sarif(tally, what, data, findings, validate=True):
    log = json.loads(data)
    if validate:
        errors = [f"{list(e.path)}: {e.message[:200]}" for e in SCHEMA.iter_errors(log)]
        tally.equal(errors[:3], [], f"{what}: SARIF by its schema")
    run, = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    tally.equal(sorted({f["code"] for f in findings}), [r["id"] for r in rules], f"{what}: rules are the codes, in order")
    tally.check(all(r["help"]["text"] and r["help"]["markdown"] for r in rules), f"{what}: rules have help")
    tally.equal(len(run["results"]), len(findings), f"{what}: SARIF results")
    levels = {"error": "error", "warning": "warning", "info": "note"}
    for result, f in zip(run["results"], findings):
        message = f["message"] + (f"\nhelp: {f['help']}" if "help" in f else "")
        tally.equal((result["ruleId"], rules[result["ruleIndex"]]["id"], result["level"], text_of_sarif(result["message"]["text"])),
                    (f["code"], f["code"], levels[f["level"]], message), f"{what}: SARIF result")
        tally.check(not re.search(r"(?<!\{)\{\d+\}(?!\})|(?<!\\)\]\(", result["message"]["text"]), f"{what}: no argument, no link")
        physical, = [one["physicalLocation"] for one in result["locations"]]
        if "location" in f:
            uri = path_of(physical["artifactLocation"]["uri"])
            tally.equal(one_mark(uri), one_mark(normal(f["location"]["source"])), f"{what}: SARIF uri")
            if "region" in physical:
                got = physical["region"]
                tally.equal((got["startLine"], got["startColumn"]), (f["location"]["line"], f["location"]["column"]), f"{what}: region")
        tally.equal(len(result.get("relatedLocations", [])), min(1000, len(f["related"])), f"{what}: related places")
    prints = [r["partialFingerprints"]["callout/v1"] for r in run["results"]]
    tally.equal(len(set(prints)), len(prints), f"{what}: SARIF fingerprints differ")
    return prints


def one_mark(text):
    """Decoders differ in how many marks they make of bytes that are not UTF-8."""
    return re.sub("\ufffd+", "\ufffd", text)


def path_of(uri):
    if not re.fullmatch(r"(file://)?[A-Za-z0-9\-._~/%]*", uri):
        return f"no URI: {uri}"
    return urllib.parse.unquote(uri.removeprefix("file://"), errors="replace")


def normal(source):
    return re.sub(r"^(\./+)+", "", source) or "."


def first_notes(finding):
    """As GitHub's format tells them: 20, and how many more there are."""
    told = list(notes(finding))
    left = len(told) - 20
    return told if left <= 0 else [*told[:20], f"note: {left} more {'is' if left == 1 else 'are'} not shown"]


def notes(finding):
    """What stands beside a finding, as lines."""
    for r in finding["related"]:
        at = r.get("location", {})
        lines = f"{at['line']}:{at['column']}: " if "line" in at else ""
        yield f"note: {normal(at['source']) + (':' if lines else ': ') if at else ''}{lines}{r['message']}"


def check_gitlab(tally, what, data, findings):
    issues = json.loads(data)
    severities = {"error": "critical", "warning": "minor", "info": "info"}
    want = [(f["message"], f["code"], severities[f["level"]],
             normal(f["location"]["source"]) if "location" in f else ".") for f in findings]
    got = [(i["description"], i["check_name"], i["severity"], i["location"]["path"]) for i in issues]
    tally.equal(got, want, f"{what}: GitLab issues")
    bodies = ["\n".join([*(f"- {n}" for n in notes(f)), *([""] if f["related"] and "help" in f else []),
                         *([f["help"]] if "help" in f else [])]) for f in findings]
    tally.equal([i.get("content", {}).get("body", "").rstrip("\n") for i in issues], [b.rstrip("\n") for b in bodies],
                f"{what}: GitLab bodies")
    tally.check(all(i["location"]["lines"]["begin"] >= 1 for i in issues), f"{what}: GitLab lines")
    tally.equal(len({i["fingerprint"] for i in issues}), len(issues), f"{what}: GitLab fingerprints differ")
    return [i["fingerprint"] for i in issues]


def check_checkstyle(tally, what, data, findings):
    root = ElementTree.fromstring(data)
    got = [(file.get("name"), e.get("source"), e.get("severity"), e.get("message")) for file in root for e in file]
    want = [(cleaned(normal(f["location"]["source"])) if "location" in f else ".", "callout." + f["code"], f["level"],
             cleaned(f["message"] + (f"; help: {f['help']}" if "help" in f else ""))) for f in findings]
    tally.equal(got, want, f"{what}: Checkstyle errors")


def check_junit(tally, what, data, findings, warnings_fail=False):
    root = ElementTree.fromstring(data)
    failing = [f for f in findings if f["level"] == "error" or warnings_fail and f["level"] == "warning"]
    got = [(bad.get("type"), bad.get("message")) for case in root.iter("testcase") for bad in case]
    tally.equal(sorted(got), sorted((f["code"], cleaned(f["message"])) for f in failing), f"{what}: JUnit failures")
    bodies = "".join(e.text or "" for tag in ("failure", "error", "system-out") for e in root.iter(tag))
    tally.check(all(cleaned(n) in bodies for f in findings for n in notes(f)), f"{what}: JUnit tells what stands beside findings")
    for suite in [root, *root.iter("testsuite")]:
        counts = {"tests": "testcase", "failures": "failure", "errors": "error"}
        tally.equal({k: int(suite.get(k)) for k in counts},
                    {k: len(list(suite.iter(tag))) for k, tag in counts.items()}, f"{what}: JUnit counts")
    shown = "".join(e.text for e in root.iter("system-out"))
    for f in findings:
        if f not in failing:
            tally.check(cleaned(f["message"]) in shown, f"{what}: JUnit shows what is no failure")


def unescape(text):
    return re.sub("%(0A|0D|25|3A|2C|[01][0-9A-F]|7F)", lambda m: chr(int(m.group(1), 16)), text)


def check_github(tally, what, data, findings):
    """Commands as the runner reads them (ActionCommand.TryParseV2), at most ten of a level; all else says nothing to it."""
    lines = data.decode().split("\n")
    commands = [m.groups() for line in lines if (m := re.fullmatch(r"::(\w+) (.*?)::(.*)", line))]
    others = [line for line in lines if not re.fullmatch(r"::(\w+) (.*?)::(.*)", line) and line]
    names = {"error": "error", "warning": "warning", "info": "notice"}
    want, left = [], []
    for f in findings:
        of_level = [w for w in want if w[0] == names[f["level"]]]
        text = "\n".join([f["message"], *first_notes(f), *([f"help: {f['help']}"] if "help" in f else [])])
        (want if len(of_level) < 10 else left).append((names[f["level"]], f["code"], text))
    got = []
    for name, properties, message in commands:
        split = dict(p.split("=", 1) for p in properties.split(","))
        tally.check(set(split) <= {"file", "line", "col", "endLine", "endColumn", "title"}, f"{what}: properties", properties)
        got.append((name, split["title"], unescape(message)))
    tally.equal(got, want, f"{what}: workflow commands")
    tally.equal(len(others), len(left) + (1 if left else 0), f"{what}: the others as lines")
    tally.check(not any(line.lstrip().startswith("::") or "##[" in line for line in others), f"{what}: lines that are no commands")


def check_all(tally, what, reports, validate=True, warnings_fail=False):
    findings = json.loads(reports["json"])["findings"]
    prints = check_sarif(tally, what, reports["sarif"], findings, validate)
    tally.equal(check_gitlab(tally, what, reports["gitlab"], findings), prints, f"{what}: one fingerprint for all")
    check_checkstyle(tally, what, reports["checkstyle"], findings)
    check_junit(tally, what, reports["junit"], findings, warnings_fail)
    check_github(tally, what, reports["github"], findings)
    return findings, prints


# ---- scenes ----

def write(where, name, *documents):
    path = where / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n---\n".join(json.dumps(d, indent=1) for d in documents) if len(documents) > 1
                    else json.dumps(documents[0], indent=1))


def hostile_values(tally, where):
    rng = random.Random(8)
    print("seed 8")
    seen = set()
    for i, text in enumerate(payloads.TEXTS + ["{0}", "{{0}}", "[a](http://example.com)", "::error::x", "##[error]x", "%0A::error::x",
                                               "a,b:c", "x" * 5000, "]]>", "<![CDATA[", "&amp;", "\\](", "\\"]):
        if any(0xd800 <= ord(c) < 0xe000 for c in text):
            continue
        write(where, "m.json", hostile(text))
        findings, _ = check_all(tally, f"hostile value {text[:40]!r}", report(["check", "-f", "m.json"], where),
                                validate=rng.random() < 0.2)
        tally.check(findings, f"{text[:40]!r} is not taken everywhere")
        seen |= {f["code"] for f in findings}
    tally.check(len(seen) > 15, f"many codes were seen: {len(seen)}")


def hostile_names(tally, where):
    """Names of files: whatever a repository may hold."""
    names = [t.encode() for t in payloads.TEXTS] + list(payloads.BYTES.values()) + [
        b"::error::x", b"##[error]x", b"a b#c?d%41", b"a:b", b"-x", b"a,b=c"]
    for name in names:
        if not name or b"/" in name or b"\0" in name or name in (b".", b"..") or len(name) > 200:
            continue
        path = str(where).encode() + b"/n/" + name
        pathlib.Path(where / "n").mkdir(exist_ok=True)
        with open(path, "wb") as f:
            f.write(json.dumps(bad()).encode())
        reports = report(["check", "-f", b"./n/" + name], where, 3, tally, f"file {name!r}")
        findings, _ = check_all(tally, f"file {name!r}", reports, validate=False)
        uri = json.loads(reports["sarif"])["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        tally.equal(urllib.parse.unquote_to_bytes(uri), b"n/" + name, f"file {name!r}: the URI is exact")
        pathlib.Path(path.decode(errors="surrogateescape")).unlink()


def stable_prints(tally, where):
    """Fingerprints stay when the file grows above, and when it is called by another name; and differ where they should."""
    lines = ["apiVersion: callout.dev/v1alpha1", "kind: FilterManifest", "metadata: {name: a}", "spec:", "  upstreams:",
             "  - {name: auth, host: a.example.com, port: 443}", "  - {name: log, host: a.example.com, port: 443}",
             "  - {name: log, host: a.example.com, port: 443}"]
    prints = {}
    for what, text, file in (("as it is", lines, "s.yaml"), ("lines above", ["# new"] * 20 + lines, "s.yaml"), ("./", lines, "././/s.yaml"),
                             ("indented", [line.replace("  - ", "    - ") for line in lines], "s.yaml")):
        (where / "s.yaml").write_text("\n".join(text) + "\n")
        findings, prints[what] = check_all(tally, f"fingerprints, {what}", report(["check", "-f", file], where, 3, tally, what))
    tally.check(len(findings) >= 4, "several findings, some alike", str(len(findings)))
    for what in prints:
        tally.equal(prints[what], prints["as it is"], f"fingerprints stay: {what}")


def same_bytes(tally, where):
    write(where, "b.json", bad(), bad(name="other"))
    first, second = (report(["check", "-f", "b.json"], where, 3, tally, "again") for _ in range(2))
    tally.equal(first, second, "the same run gives the same bytes")


def verdicts(tally, where):
    """Reasons reach every format: they are the answer."""
    write(where, "v.json", GOOD)
    write(where, "dump.json", [{"name": "BlackHoleCluster", "type": "STATIC"}, {"name": "outbound|80||auth.good.default.callout.internal"}])
    reports = report(["verify", "-f", "v.json", "dump.json"], where, 1, tally, "verify")
    findings, _ = check_all(tally, "verify", reports)
    tally.check(any("CO0510" in n for f in findings for n in notes(f)), "a reason is told", findings)
    for name in ("sarif", "junit", "gitlab", "github", "text"):
        tally.check(b"possibly CO0510" in reports[name], f"{name} tells the reason", reports[name])


def many_findings(tally, where):
    """More than a level's ten annotations, and more than a file may show."""
    upstreams = [{"name": f"u{i}", "host": f"h{i}.example.com", "port": 443} for i in range(150)]
    write(where, "many.json", {**HEAD, "metadata": {"name": "a"}, "spec": {"upstreams": upstreams}})
    reports = report(["check", "-f", "many.json"], where, 3, tally, "many")
    findings, _ = check_all(tally, "many findings", reports)
    tally.equal(len(findings), 101, "a hundred findings, and that there are more")
    tally.equal(reports["github"].count(b"::error "), 10, "ten annotations")
    tally.check(b"90 more:" in reports["github"], "the others are announced", reports["github"][-200:])


def suites(tally, where):
    """JUnit: a suite for each file, passing ones too; warnings fail when they shall."""
    for name, document in (("good", GOOD), ("warns", WARNS), ("bad", bad())):
        write(where, f"d/{name}.json", document)
    for args, warnings_fail, code in (([], False, 3), (["--fail-on", "warning"], True, 3)):
        reports = report(["check", "-R", "-f", "d", *args], where, code, tally, "suites")
        check_all(tally, f"suites {args}", reports, warnings_fail=warnings_fail)
        root = ElementTree.fromstring(reports["junit"])
        got = {s.get("name"): int(s.get("failures")) for s in root}
        tally.equal(got, {"d/good.json": 0, "d/warns.json": int(warnings_fail), "d/bad.json": 1}, f"a suite a file {args}")
    reports = report(["check", "-f", "d/good.json"], where, 0, tally, "clean")
    check_all(tally, "clean", reports)
    tally.equal((reports["github"], json.loads(reports["gitlab"])), (b"", []), "nothing found, nothing said")


def passing(tally, where):
    """JUnit counts what passed: manifests, and each upstream in each proxy."""
    names = lambda report: [c.get("name") for c in ElementTree.fromstring(report).iter("testcase") if not len(c)]  # noqa: E731
    mesh = {"apiVersion": "callout.dev/v1alpha1", "kind": "Mesh", "metadata": {"name": "m"}}
    documents = GOOD, bad(name="other"), mesh, WARNS
    (where / "p.yaml").write_text("# flow style\n" + "\n---\n".join(map(json.dumps, documents)))
    for args, want in (([], ["default/good", "default/warns"]), (["--fail-on", "warning"], ["default/good"])):
        reports = report(["check", "-f", "p.yaml", *args], where, 3, tally, "passing")
        check_all(tally, "passing", reports, warnings_fail=bool(args))
        tally.equal(names(reports["junit"]), want, f"passing manifests {args}")
    write(where, "m.json", mesh)
    tally.equal(set(names(report(["check", "-f", "m.json"], where, 0)["junit"])), {"callout check"}, "a file without manifests has a test")
    case = harness.TESTS / "golden/verify-two-proxies-json"
    for f in case.iterdir():
        if f.is_file():
            (where / f.name).write_bytes(f.read_bytes())
    reports = report((case / "args").read_text().split("\n")[:-1], where)
    findings, _ = check_all(tally, "verdicts", reports)
    answer = json.loads(reports["json"])
    want = [f"{v['manifest']}: {v['upstream']} in {v['proxy']}" for v in answer["verdicts"] if v["verdict"] == "resolved"]
    want += [f"{p['manifest']}: the filter in {p['proxy']}" for p in answer["plugins"] if p["verdict"] == "present"]
    got = [n for n in names(reports["junit"]) if n != "callout verify"]
    tally.check(len(want) >= 1 and got == want, f"a test for each upstream in each proxy: {got}, not {want}")


def environment(tally, where):
    """What cannot be read is no failed test but an error, and no place."""
    reports = report(["check", "-f", "absent.json"], where, 4, tally, "absent")
    findings, _ = check_all(tally, "absent", reports)
    tally.check(all("location" not in f for f in findings), "no place", str(findings))
    tally.equal(ElementTree.fromstring(reports["junit"]).get("errors"), "1", "a JUnit error")
    tally.equal(json.loads(reports["sarif"])["runs"][0]["invocations"], [{"executionSuccessful": False}], "a run without success")


def modules(tally, where):
    (where / "a.wasm").write_bytes(b"\0asm\1\0\0\0")
    reports = report(["inspect", "a.wasm", "--istio-version", "1.27"], where, 1, tally, "a module")
    findings, _ = check_all(tally, "a module", reports)
    tally.check(findings, "findings of a module")
    place = json.loads(reports["sarif"])["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    tally.equal(place, {"artifactLocation": {"uri": "a.wasm"}}, "a module has no lines")


def usage(tally, where):
    write(where, "g.json", GOOD)
    for args, code in ((["--report", "json=a", "--report", "sarif=a"], 2), (["--report", "sarif", "--report", "github"], 0),
                       (["--report", "junit=nowhere/a"], 4), (["--report", "sarif="], 2), (["--report", "SARIF"], 2)):
        result = harness.run(["check", "-f", "g.json", *args], cwd=where)
        tally.equal(result.returncode, code, f"{args}: exit code")
        tally.equal(result.stdout, b"", f"{args}: findings never go to standard output")


def main():
    tally = harness.Tally("reports")
    # Reports are flushed to the disk: in memory that takes no time.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as temp:
        for scene in (hostile_values, hostile_names, stable_prints, same_bytes, verdicts, many_findings, suites,
                      passing, environment, modules, usage):
            scene(tally, pathlib.Path(temp))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
