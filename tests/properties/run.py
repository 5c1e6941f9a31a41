#!/usr/bin/env python3
"""Properties that hold for whatever input, tried with many.

    run.py [--quick] [--seed N]

injection   each hostile string in each string field of the schemas: refused at a place, or one document per object as
            before, with the string unchanged wherever the field's value stands
shuffle     maps, lists of upstreams, documents and files in any order give the same bytes
surroundings locale, time zone, umask, directory, environment and memory layout do not change a byte
"""

import copy
import json
import pathlib
import random
import re
import secrets
import shutil
import sys
import tempfile

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402
import payloads  # noqa: E402
from bases import BASES, DERIVED  # noqa: E402

PLACE = re.compile(rb":\d+:\d+: error CO\d{4}: ")


# ---- string fields of a schema, and where they stand in a document ----


def string_fields(schema, path=()):
    """Paths to what holds a free string: names of members, 0 for a list's item, "*" for a map's value, "*k" its key."""
    if schema.get("type") == "string" and "enum" not in schema:
        yield path
    for name, member in schema.get("properties", {}).items():
        yield from string_fields(member, path + (name,))
    if isinstance(schema.get("items"), dict):
        yield from string_fields(schema["items"], path + (0,))
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict) and extra.get("type") == "string":
        yield path + ("*",)
        yield path + ("*k",)


def free_form_fields():
    """The filter's configuration is any tree: a value, a key and a list item stand for it."""
    config = ("spec", "filter", "config")
    return [config + ("text",), config + ("*k",), config + ("list", 0)]


def holder_of(doc, path):
    for step in path[:-1]:
        if isinstance(doc, dict) and step in doc:
            doc = doc[step]
        elif isinstance(doc, list) and step == 0 and doc:
            doc = doc[0]
        else:
            return None
    if path[-1] in ("*", "*k"):
        return doc if isinstance(doc, dict) and doc else None
    if isinstance(doc, list):
        return doc if path[-1] == 0 and doc else None
    return doc if isinstance(doc, dict) and path[-1] in doc else None


def value_at(doc, path):
    holder = holder_of(doc, path)
    if path[-1] == "*":
        return next(iter(holder.values()))
    return next(iter(holder)) if path[-1] == "*k" else holder[path[-1]]


def with_value(doc, path, value):
    doc = copy.deepcopy(doc)
    holder = holder_of(doc, path)
    if path[-1] == "*":
        holder[next(iter(holder))] = value
    elif path[-1] == "*k":
        first = next(iter(holder))
        items = [(value if k == first else k, v) for k, v in holder.items()]
        holder.clear()
        holder.update(items)
    else:
        holder[path[-1]] = value
    return doc


# ---- running ----


def as_text(docs, form):
    if form == "json":
        return "\n".join(json.dumps(d) for d in docs).encode()
    return yaml.safe_dump_all(docs, default_style='"', allow_unicode=False, width=10**9).encode()


def generate(docs, form, where):
    name = f"m.{secrets.token_hex(8)}.{form}"
    (where / name).write_bytes(as_text(docs, form))
    result = harness.run(["generate", "-f", name], cwd=where)
    (where / name).unlink()
    return result


def same_but(before, after, old, new, derived, key=None):
    """Is after before, with old replaced by new wherever it stands?"""
    if isinstance(before, dict) and isinstance(after, dict):
        renamed = {(k.replace(old, new) if k not in after else k): k for k in before}
        return set(renamed) == set(after) and all(same_but(before[renamed[k]], after[k], old, new, derived, k) for k in after)
    if isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            return False
        pairs = zip(sorted(before, key=str), sorted(after, key=str)) if key == "exportTo" else zip(before, after)
        return all(same_but(x, y, old, new, derived, key) for x, y in pairs)
    if before == after and type(before) is type(after):
        return True
    if key in derived:
        return isinstance(before, type(after))
    return isinstance(before, str) and before.replace(old, new) == after


def sort_documents(docs):
    return sorted(docs, key=lambda d: (d["kind"], d["metadata"]["namespace"], d["metadata"]["name"]))


def meaning(path, text):
    """What the filter gets: placeholders are replaced in its configuration, but not in keys, and in Lua."""
    if path[:3] in (("spec", "filter", "config"), ("spec", "filter", "lua")) and path[-1] != "*k":
        return text.replace("${metadata.name}", "name-value").replace("$${", "${")
    return text


class Field:
    """One string field: the base that holds it, and what the base generates."""

    def __init__(self, kind, path, where):
        self.kind, self.path = kind, path
        for docs in BASES:
            for i, doc in enumerate(docs):
                if doc["kind"] == kind and holder_of(doc, path) is not None:
                    self.docs, self.index = docs, i
                    self.old = value_at(doc, path)
                    self.before = generate(docs, "json", where)
                    return
        raise LookupError

    def __str__(self):
        return f"{self.kind} {'.'.join(map(str, self.path))}"

    def judge(self, tally, text, form, where):
        docs = list(self.docs)
        docs[self.index] = with_value(docs[self.index], self.path, text)
        result = generate(docs, form, where)
        what = f"{self} = {text[:60]!r} as {form}"
        if result.returncode == 3:
            tally.check(PLACE.search(result.stderr) and not result.stdout, f"{what}: refused without a place", result.stderr)
            return False
        if tally.check(result.returncode == 0, f"{what}: exit {result.returncode}", result.stderr):
            self.compare(tally, result, text, what)
        return True

    def compare(self, tally, result, text, what):
        try:
            after = sort_documents(yaml.load_all(result.stdout, yaml.CSafeLoader))
        except yaml.YAMLError as e:
            tally.check(False, f"{what}: output is not YAML", str(e))
            return
        before = sort_documents(yaml.load_all(self.before.stdout, yaml.CSafeLoader))
        derived = DERIVED.get(self.path[-1], ())
        tally.check(same_but(before, after, self.old, meaning(self.path, text), derived), f"{what}: output differs otherwise",
                    harness.difference(self.before.stdout, result.stdout))


def injection(tally, rng, quick, where):
    fields = []
    for kind in ("FilterManifest", "Mesh"):
        schema = json.loads(harness.run(["schema", kind]).stdout)
        paths = list(string_fields(schema)) + (free_form_fields() if kind == "FilterManifest" else [])
        for path in paths:
            try:
                fields.append(Field(kind, path, where))
            except LookupError:
                tally.check(False, f"{kind} {'.'.join(map(str, path))}: no base document has this field")
    for field in fields:
        tally.check(field.before.returncode == 0, f"{field}: its base is refused", field.before.stderr)
    texts = payloads.TEXTS + ["a" * n for n in payloads.SIZES]
    tries = [(f, t, rng.choice(("json", "yaml"))) for f in fields for t in texts]
    if quick:
        tries = rng.sample(tries, 2500)
    accepted = sum(harness.parallel(lambda t: t[0].judge(tally, t[1], t[2], where), tries))
    print(f"injection: {len(fields)} fields, {len(texts)} strings, {len(tries)} tries: {accepted} accepted, the others refused")


# ---- order ----


def shuffled(value, rng, key=None):
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        return {k: shuffled(v, rng, k) for k, v in items}
    if isinstance(value, list):
        items = [shuffled(v, rng) for v in value]
        if key == "upstreams":
            rng.shuffle(items)
        return items
    return value


def golden_documents():
    """Documents of the golden cases that generate something and that JSON can hold."""
    for case in harness.cases("golden", ["generate", "-f", "manifest.yaml"], 0):
        manifest = case.folder / "manifest.yaml"
        if case.exit != 0 or case.args != ["generate", "-f", "manifest.yaml"] or not manifest.exists():
            continue
        try:
            docs = [d for d in yaml.safe_load_all(manifest.read_bytes()) if d is not None]
            json.dumps(docs)
        except (yaml.YAMLError, TypeError):
            continue
        # PyYAML's floats have no exact JSON text of the same meaning here.
        if docs and "scalar" not in case.name and not (case.folder / "setup.sh").exists():
            yield case, docs


def spread(docs, rng, where):
    """Writes the documents into one to three files; returns the arguments."""
    files = [[] for _ in range(rng.randint(1, 3))]
    for doc in docs:
        rng.choice(files).append(doc)
    args = []
    for i, part in enumerate(f for f in files if f):
        (where / f"{i}.json").write_text("\n".join(map(json.dumps, part)))
        args += ["-f", f"{i}.json"]
    return args


def shuffle_case(tally, case, docs, seed, times):
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as temp:
        where = pathlib.Path(temp) / "case"
        shutil.copytree(case.folder, where)
        (where / "plain.json").write_text("\n".join(map(json.dumps, docs)))
        want = harness.run(["generate", "-f", "plain.json"], cwd=where)
        for i in range(times):
            mixed = [shuffled(d, rng) for d in docs]
            rng.shuffle(mixed)
            got = harness.run(["generate", *spread(mixed, rng, where)], cwd=where)
            if not tally.check(got.stdout == want.stdout and got.returncode == want.returncode,
                               f"shuffle {case.name}, seed {seed}, round {i}", harness.difference(want.stdout, got.stdout)):
                return


def shuffle(tally, rng, quick, chosen):
    tries = [(case, docs, rng.getrandbits(32)) for case, docs in chosen]
    harness.parallel(lambda t: shuffle_case(tally, *t, 2 if quick else 10), tries)
    print(f"shuffle: {len(tries)} inputs")


# ---- surroundings ----

SURROUNDINGS = [({"LC_ALL": "tr_TR.UTF-8"}, ()), ({"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}, ()),
                ({"LC_ALL": "C"}, ()), ({"LC_ALL": "POSIX"}, ()), ({"TZ": "Asia/Kathmandu"}, ()),
                ({"TZ": "Pacific/Apia", "SOURCE_DATE_EPOCH": "0"}, ()), ({"TERM": "dumb", "COLUMNS": "20"}, ()),
                ({"MALLOC_PERTURB_": "165", "MALLOC_ARENA_MAX": "1"}, ()),
                ({"HOME": "/nonexistent", "TMPDIR": "/nonexistent", "USER": "x"}, ()),
                ({}, ("bash", "-c", 'umask 077; exec "$@"', "-")), ({}, ("setarch", "-R")), ({}, ("nice", "-n", "5")),
                ({}, ("env", "-i")), ({}, ("bash", "-c", 'exec -a other-name "$@"', "-")),]


def surroundings(tally, rng, quick, chosen):
    for case, _ in rng.sample(chosen, min(len(chosen), 5 if quick else 25)):
        want = case.run().stdout
        for env, prefix in SURROUNDINGS:
            got = harness.run(case.args, cwd=case.folder, env=harness.environment(**env), prefix=prefix)
            tally.check(got.stdout == want, f"{case.name} with {env or prefix}", harness.difference(want, got.stdout))


def main(argv):
    quick = "--quick" in argv
    seed = int(argv[argv.index("--seed") + 1]) if "--seed" in argv else 1
    print(f"properties: --seed {seed}")
    rng = random.Random(seed)
    tally = harness.Tally("properties")
    with tempfile.TemporaryDirectory() as temp:
        where = pathlib.Path(temp)
        for name in ("auth.wasm", "auth.lua"):
            shutil.copy(pathlib.Path(__file__).parent / name, where / name)
        injection(tally, rng, quick, where)
    chosen = list(golden_documents())
    shuffle(tally, rng, quick, chosen)
    surroundings(tally, rng, quick, chosen)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
