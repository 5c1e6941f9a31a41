#!/usr/bin/env python3
"""What `callout schema` prints, judged by an independent validator (python3-jsonschema, draft 2020-12).

Every sample and every golden input that is accepted must validate; every invalid case whose code a schema can express
must be refused by the schema alone.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

KINDS = ("FilterManifest", "Mesh")

# Codes that a schema can express.
REFUSED_BY_SCHEMA = """CO0121 CO0123 CO0124 CO0201 CO0202 CO0203 CO0205 CO0206 CO0207 CO0208 CO0209 CO0212 CO0213 CO0215 CO0217
CO0219 CO0221 CO0222 CO0236 CO0251""".split()

# Cases of these codes that take more than a schema, and why.
BEYOND_SCHEMA = {
    "CO0205-name-is-a-number": "PyYAML reads 080 as text, kubectl as a number",
    "CO0207-timeout-of-ages": "arithmetic",
    "CO0208-fraction-of-millisecond": "arithmetic",
    "CO0208-microseconds": "arithmetic: 1000us would be right",
    "CO0208-zero": "arithmetic",
    "CO0212-label-64": "lengths of labels",
    "CO0212-over-253": "the length is counted without the final dot",
    "CO0212-numeric-last-label": "a rule of its own",
}


class Loader(yaml.SafeLoader):
    """YAML as kubectl's reader takes it, as far as a schema cares: dates are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(path):
    """The documents of a file; none when PyYAML cannot read it."""
    try:
        return [d for d in yaml.load_all(path.read_bytes(), Loader) if d is not None]
    except (yaml.YAMLError, ValueError, UnicodeDecodeError):
        return []


def validators(tally):
    found = {}
    for kind in KINDS:
        schema = json.loads(harness.run(["schema", kind]).stdout)
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            tally.check(True, kind)
        except jsonschema.SchemaError as e:
            tally.check(False, f"the schema of {kind} is not a schema", e.message)
        found[kind] = jsonschema.Draft202012Validator(schema)
    return found


def refusal(found, doc):
    """Why the schemas refuse a document, or None."""
    kind = doc.get("kind") if isinstance(doc, dict) else None
    if kind not in found:
        return f"kind {kind}"
    error = jsonschema.exceptions.best_match(found[kind].iter_errors(doc))
    return f"{error.json_path}: {error.message[:200]}" if error else None


def inputs(folder):
    return [p for p in sorted(folder.rglob("*")) if p.suffix in (".yaml", ".yml", ".json")
            and not any(part.startswith(".") or part == "templates" for part in p.relative_to(folder).parts)
            and p.name not in ("out.yaml", "out.json", "objects.yaml")]


def check_accepted(tally, found, name, path):
    for i, doc in enumerate(documents(path)):
        if isinstance(doc, dict) and str(doc.get("apiVersion", "")).startswith("callout.dev/"):
            why = refusal(found, doc)
            tally.check(why is None, f"{name}, document {i + 1}: the schema refuses it", why)


def check_refused(tally, found, case):
    code = case.name.split("-")[0]
    if code not in REFUSED_BY_SCHEMA or case.name in BEYOND_SCHEMA or case.exit != 3:
        return
    files = [p for p in inputs(case.folder) if re.search(r"(manifest|mesh)\.(yaml|json)$", p.name)]
    docs = [d for p in files for d in documents(p)]
    if docs:
        tally.check(any(refusal(found, d) for d in docs), f"{case.name}: the schema takes it")


def main():
    tally = harness.Tally("schema")
    found = validators(tally)
    for path in sorted((harness.ROOT / "deploy" / "examples").glob("*/*.yaml")):
        check_accepted(tally, found, str(path.relative_to(harness.ROOT)), path)
    for case in harness.cases("golden", [], 0):
        if case.exit == 0:
            for path in inputs(case.folder):
                check_accepted(tally, found, case.name, path)
    for case in harness.cases("invalid", [], 3):
        check_refused(tally, found, case)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
