"""What five YAML readers make of the output: PyYAML, goyaml v2 and v3, sigs.k8s.io/yaml (kubectl's) and js-yaml read the same.

The output is that of every golden and sample, and that of manifests with hostile strings in every field (tests/properties has the
fields and tests/tools/payloads.py the strings).
"""

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(TESTS / "tools"), str(TESTS / "properties")]
import harness  # noqa: E402
import payloads  # noqa: E402
import processes  # noqa: E402
from bundles import bundles  # noqa: E402
from referees import Oracles, Refused  # noqa: E402


# ---- what is read ----


def properties():
    """tests/properties/run.py, which knows every string field of the schemas."""
    spec = importlib.util.spec_from_file_location("properties_run", TESTS / "properties" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fields(known, where):
    for kind in ("FilterManifest", "Mesh"):
        schema = json.loads(harness.run(["schema", kind]).stdout)
        paths = [*known.string_fields(schema), *(known.free_form_fields() if kind == "FilterManifest" else [])]
        yield from (known.Field(kind, path, where) for path in paths)


def hostile_outputs():
    """{what it is: output}: each hostile string in each field, where it is accepted."""
    known = properties()
    with tempfile.TemporaryDirectory(prefix="callout-readers-") as temp:
        where = pathlib.Path(temp)

        def output(job):
            field, text = job
            docs = list(field.docs)
            docs[field.index] = known.with_value(docs[field.index], field.path, text)
            result = known.generate(docs, "json", where)
            return None if result.returncode else result.stdout.decode()

        jobs = [(f, t) for f in fields(known, where) for t in payloads.TEXTS]
        given = harness.parallel(output, jobs)
    return {f"{field} = {text[:40]!r}": out for (field, text), out in zip(jobs, given) if out}


def outputs(tally):
    found = {b.name: b.text for b in bundles() if not b.is_json}
    hostile = hostile_outputs()
    tally.count("hostile outputs read", len(hostile))
    found.update(hostile)
    return list(found), list(found.values())


# ---- the readers ----


def comparable(value):
    """A value whose equality is that of YAML values: true is not 1, and 1 is 1.0, as JSON has one kind of number."""
    if isinstance(value, dict):
        return {k: comparable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [comparable(v) for v in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return ("number", float(value)) if isinstance(value, (int, float)) else ("other", repr(value))


def by_pyyaml(text):
    try:
        return [comparable(d) for d in yaml.load_all(text, yaml.CSafeLoader)]
    except yaml.YAMLError as fault:
        return f"refused: {fault}"


def by_go(texts):
    with Oracles() as oracles:
        answers = oracles.ask_all([{"id": str(i), "asks": ["read"], "objects": t} for i, t in enumerate(texts)])
    for answer in answers:
        if isinstance(answer, Refused):
            yield {"Go's readers": f"refused: {answer}"}
        else:
            yield {name: comparable(documents) for name, documents in answer["read"].items()}


def by_js_yaml(texts):
    module = processes.provided(HERE / "get-js-yaml")
    given = "".join(json.dumps(t) + "\n" for t in texts).encode()
    result = subprocess.run(["node", HERE / "read.js", module], input=given, stdout=subprocess.PIPE, check=True)
    for line in result.stdout.decode().rstrip("\n").split("\n"):  # splitlines knows more line ends than JSON does
        answer = json.loads(line)
        yield {"js-yaml": comparable(answer.get("documents", f"refused: {answer.get('error')}"))}


def without_empty(documents):
    return [d for d in documents if d is not None] if isinstance(documents, list) else documents


def judge_readers(tally):
    names, texts = outputs(tally)
    readings = [dict(go) for go in by_go(texts)]
    try:
        for reading, more in zip(readings, by_js_yaml(texts), strict=True):
            reading.update(more)
    except processes.Missing as missing:
        tally.skip(f"{missing} cannot be had: js-yaml reads nothing")
    for name, text, reading in zip(names, texts, readings):
        expected = by_pyyaml(text)
        tally.check(isinstance(expected, list), f"{name}: PyYAML reads it", expected)
        for reader, documents in reading.items():
            same = without_empty(documents) == without_empty(expected)
            tally.check(same, f"{name}: {reader} reads what PyYAML reads", f"{documents!r:.500}\n{expected!r:.500}\n{text[:800]}")
    tally.count("outputs read", len(texts))
    tally.count("readers", 1 + len(readings[0]))


tests = [judge_readers]
