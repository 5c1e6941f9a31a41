#!/usr/bin/env python3
"""Golden cases: tests/golden/CASE/ holds inputs and what `callout` must answer, to the byte.

    run.py [CASE…]            runs the cases
    run.py --update [CASE…]   rewrites out.yaml and findings.txt, never the exit code: read the diff
    run.py --read-back        reads every expected out.yaml with PyYAML and compares it with -o json
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

DEFAULT_ARGS = ["generate", "-f", "manifest.yaml"]


def compare(tally, case, result, by_name):
    reference = by_name[case.same_as].out if case.same_as else case.out
    ok = tally.check(result.returncode == case.exit, f"{case.name}: exit {result.returncode}, not {case.exit}", result.stderr)
    if ok:
        tally.equal(result.stdout, harness.expected_bytes(reference), f"{case.name}: standard output")
        tally.equal(result.stderr, harness.expected_bytes(case.findings), f"{case.name}: findings")


def update(tally, case, result):
    if not tally.check(result.returncode == case.exit, f"{case.name}: exit {result.returncode}, not {case.exit}", result.stderr):
        return
    changed = harness.rewrite(case.findings, result.stderr)
    if not case.same_as:
        changed = harness.rewrite(case.out, result.stdout) or changed
    if changed:
        print(f"updated {case.name}")


# ---- reading back ----


def fault_of(value, path=""):
    """What the API server or a reader would stumble over: null, an empty map or list, a key that is no string."""
    if value is None:
        return f"{path} is null"
    if isinstance(value, dict):
        for k, v in value.items():
            if not isinstance(k, str):
                return f"{path}: the key {k!r} is not a string"
            # The filter's configuration is free-form, and an EnvoyFilter may carry its annotation alone.
            if k == "pluginConfig" or (k == "spec" and v == {}):
                continue
            fault = fault_of(v, f"{path}.{k}")
            if fault:
                return fault
    if isinstance(value, list):
        for i, v in enumerate(value):
            fault = fault_of(v, f"{path}[{i}]")
            if fault:
                return fault
    return None


def identity(doc):
    return (doc["kind"], doc["metadata"]["namespace"], doc["metadata"]["name"])


def read_back(tally, case):
    import yaml

    text = case.out.read_bytes()
    docs = list(yaml.load_all(text, yaml.SafeLoader))
    tally.check(docs == list(yaml.load_all(text, yaml.CSafeLoader)), f"{case.name}: PyYAML and libyaml agree")
    faults = [f for f in map(fault_of, docs) if f]
    tally.check(not faults, f"{case.name}: values", "\n".join(faults))
    tally.check(len({identity(d) for d in docs}) == len(docs), f"{case.name}: an object is there twice")
    if case.args[0] != "generate" or {"-o", "--escape-for"} & set(case.args):
        return  # no JSON form of the same
    result = case.run(case.args + ["-o", "json"])
    same = result.returncode == 0 and json.loads(result.stdout).get("items") == docs
    tally.check(same, f"{case.name}: -o json says the same")


def main(argv):
    flags = {a for a in argv if a.startswith("--")}
    if flags - {"--update", "--read-back"}:
        sys.exit(__doc__)
    chosen = harness.cases("golden", DEFAULT_ARGS, 0, [a for a in argv if a not in flags])
    if "--read-back" in flags:
        tally = harness.Tally("readers")
        harness.parallel(lambda c: read_back(tally, c), [c for c in chosen if c.out.suffix == ".yaml" and c.out.exists()])
        return tally.close()
    tally = harness.Tally("golden")
    by_name = {c.name: c for c in harness.cases("golden", DEFAULT_ARGS, 0)}
    for case, result in zip(chosen, harness.parallel(lambda c: c.run(), chosen)):
        if "--update" in flags:
            update(tally, case, result)
        else:
            compare(tally, case, result, by_name)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
