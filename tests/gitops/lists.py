"""ResourceLists of every shape through `callout fn`: what is foreign stays to the byte, what is ours is what generate prints."""

import json
import os
import random
import re

import harness
import yaml

HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
FILTER = """- apiVersion: callout.dev/v1alpha1
  kind: FilterManifest
  metadata: {name: auth-check, namespace: shop}
  spec:
    upstreams:
    - {name: auth, host: auth.example.com}
"""

# Written by others in ways that readers and writers stumble over.
FOREIGN = [
    "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n",
    "-   apiVersion: v1\n    kind: ConfigMap\n    metadata:\n        name: deep\n    data:\n        on: off\n        n: 0123\n",
    "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: block\n  data:\n    text: |\n      - apiVersion: v1\n        kind: FilterManifest\n\n      # end\n",
    "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: kept}\n  data:\n    text: |+\n      keeps its line ends\n\n\n",
    "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: folded}\n  data:\n    text: >-\n      one\n      two\n    quoted: \"a\n      b \\\n      c\"\n    single: 'it''s\n      two lines'\n",
    "- # a comment behind the dash\n  apiVersion: v1\n  kind: Secret\n  metadata: {name: comment}   # and here\n  data:\n    # and in between\n    a: !!binary aGVsbG8=\n",
    "- {apiVersion: v1, kind: ConfigMap, metadata: {name: flow},\n   data: {a: 1.50, b: 0x10, c: 1_000, d: 2001-01-01, e: ~}}\n",
    "- &anchor\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: &m {name: anchors}\n  data: {same: *m}\n",
    "- \"apiVersion\": \"v1\"\n  'kind': 'ConfigMap'\n  metadata: {name: quoted keys}\n  data:\n    ? long key\n    : value\n    é: ü 😀\n",
    "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec:\n    template:\n      spec:\n        containers:\n        - name: a\n          args:\n          - -x\n          - \"- y\"\n        - name: b\n",
    "- apiVersion: networking.istio.io/v1\n  kind: ServiceEntry\n  metadata: {name: theirs, namespace: shop}\n  spec: {hosts: [a.example.com]}\n",
    "- apiVersion: kustomize.toolkit.fluxcd.io/v1\n  kind: Kustomization\n  metadata: {name: k}\n  spec: {postBuild: {substitute: {a: \"${b}\"}}}\n",
]
GAPS = ["", "\n", "# a comment\n", "\n# one\n\n# two\n", "    # indented\n"]


def fn(text, *args, **kw):
    return harness.run(["fn", *args], stdin=text if isinstance(text, bytes) else text.encode(), **kw)


def indented(text, column):
    return "".join(" " * column + line if line.strip() else line for line in text.splitlines(keepends=True))


def random_list(rng):
    """(text, the raw texts of foreign items in their order)"""
    foreign = rng.sample(FOREIGN, rng.randint(0, len(FOREIGN)))
    at, column = rng.randint(0, len(foreign)), rng.choice([0, 0, 2, 4])
    items = [indented(i, column) for i in foreign[:at] + [FILTER] + foreign[at:]]
    body = "items:\n" + "".join(rng.choice(GAPS) + item for item in items)
    others = ["functionConfig: null\n", "# the end\n"]
    before = rng.random() < 0.5
    text = HEAD + (others[0] if before else "") + body + ("" if before else others[0]) + others[1]
    return text, [indented(i, column) for i in foreign]


def generated(text):
    return [i for i in yaml.load(text, yaml.BaseLoader)["items"]
            if i.get("metadata", {}).get("labels", {}).get("app.kubernetes.io/managed-by") == "callout"]


def check_foreign(tally):
    rng = random.Random(11)
    wanted = None
    for n in range(300):
        text, foreign = random_list(rng)
        result = fn(text)
        out = result.stdout.decode()
        if not tally.check(result.returncode == 0, f"list {n}: exit {result.returncode}", text.encode() + result.stderr):
            continue
        places = [out.find(raw.rstrip("\n")) for raw in foreign]
        tally.check(-1 not in places and places == sorted(places), f"list {n}: a foreign item changed or moved", text + "\n=====\n" + out)
        ours = generated(out)
        wanted = wanted or ours
        tally.check(ours == wanted and len(ours) == 2, f"list {n}: what is generated differs", out)
        again = fn(out)
        tally.check(again.returncode == 0 and again.stdout.startswith(out.encode()), f"list {n}: a second run changed it", again.stdout)


def check_truncated(tally):
    text, _ = random_list(random.Random(4))
    whole = (HEAD + FILTER.replace("- api", "items:\n- api", 1) + "".join(FOREIGN)).encode()
    listing = json.dumps({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [yaml.safe_load(FILTER)[0]]}).encode()
    for name, full in (("YAML", whole), ("random", text.encode()), ("JSON", listing)):
        for end, result in zip(range(0, len(full), 3), harness.parallel(lambda e: fn(full[:e]), range(0, len(full), 3))):
            ok = result.returncode in (0, 3)
            if result.stdout:
                ok = ok and yaml.load(result.stdout.decode(errors="replace"), yaml.BaseLoader)["kind"] == "ResourceList"
            tally.check(ok, f"{name} cut at {end}: exit {result.returncode}", result.stderr + result.stdout[-200:])


def check_goldens(tally):
    """Every golden manifest as an item gives what generate prints."""
    plain = [c for c in harness.cases("golden", ["generate", "-f", "manifest.yaml"], 0)
             if c.args == ["generate", "-f", "manifest.yaml"] and not c.exit and (c.folder / "manifest.yaml").exists()
             and not any(w in (c.folder / "manifest.yaml").read_text() for w in ("binary:", "file:"))]

    def compare(case):
        manifest = (case.folder / "manifest.yaml").read_text()
        docs = [d for d in re.split(r"^---.*$", manifest, flags=re.M) if yaml.load(d, yaml.BaseLoader)]
        text = HEAD + "items:\n" + "".join("- " + indented(d.strip("\n"), 2)[2:] + "\n" if not d.lstrip().startswith("#") else
                                           "-\n" + indented(d.strip("\n"), 2) + "\n" for d in docs)
        result = fn(text)
        wanted = [d for d in yaml.load_all(case.out.read_text(), yaml.BaseLoader)] if case.out.exists() else []
        if case.same_as:
            return
        items = (yaml.load(result.stdout.decode(), yaml.BaseLoader) or {}).get("items") or []
        tally.check(result.returncode == 0 and items == wanted, f"{case.name} as an item: exit {result.returncode}",
                    result.stderr + text.encode())

    usable = [c for c in plain if "%YAML" not in (c.folder / "manifest.yaml").read_text()
              and b"\r" not in (c.folder / "manifest.yaml").read_bytes()]
    harness.parallel(compare, usable)
    tally.check(len(usable) > 100, f"only {len(usable)} golden cases were tried")


def check_large(tally):
    item = "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: cm}\n  data:\n    text: |\n      " + "x" * 300 + "\n"
    text = (HEAD + "items:\n" + item * (100_000_000 // len(item)) + FILTER).encode()
    run = harness.Measured(["fn"], text)
    tally.check(run.status == 0 and run.stdout.startswith(text[: len(text) - len(FILTER) - 10]), f"100 MB: exit {run.status}", run.stderr)
    tally.check(run.stdout.rstrip().endswith(b"sni: auth.example.com"), "100 MB: the end is not there", run.stdout[-200:])
    if not harness.is_wrapped():
        tally.check(run.kib < 5 * len(text) // 1024, f"100 MB took {run.kib // 1024} MiB")
    print(f"gitops: 100 MB list in {run.ms} ms, {run.kib // 1024} MiB")
    over = (HEAD + "items:\n- apiVersion: v1\n  kind: A\n  x: |\n").encode() + b"    yyyyyyyyyyyyyyyyyyyyyyyyyyy\n" * (
        260 * 1024 * 1024 // 32)
    result = fn(over)
    tally.check(result.returncode == 3 and b"CO0103" in result.stderr and not result.stdout,
                f"a list over the limit: exit {result.returncode}", result.stderr)


def check_output(tally):
    text = HEAD + "items:\n" + FILTER
    read, write = os.pipe()
    os.close(read)
    result = fn(text, stdout=write)
    os.close(write)
    tally.check(result.returncode == 4 and b"cannot write to standard output" in result.stderr,
                f"closed pipe: exit {result.returncode}", result.stderr)
    with open("/dev/full", "wb") as full:
        result = fn(text, stdout=full)
    tally.check(result.returncode == 4, f"full disk: exit {result.returncode}", result.stderr)
    bare = fn(text, env={"PATH": "/nowhere", "HOME": "/proc", "TERM": "dumb"})
    tally.check(bare.returncode == 0 and bare.stdout == fn(text).stdout, "a bare environment changes something", bare.stderr)
    for args, code in ((["--mesh-file", "/nonexistent"], 4), (["extra"], 2), (["-f", "x"], 2), (["--istio-version", "9.9"], 2)):
        result = fn(text, *args)
        tally.check(result.returncode == code, f"fn {' '.join(args)}: exit {result.returncode}, not {code}", result.stderr)


def run(tally):
    check_output(tally)
    check_foreign(tally)
    check_truncated(tally)
    check_goldens(tally)
    check_large(tally)
