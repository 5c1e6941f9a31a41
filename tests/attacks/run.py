#!/usr/bin/env python3
"""Attacks on the readers: each small and at 1 MiB, demanded: refused with a place or taken, no signal, little memory.

    run.py [--no-memory]   --no-memory: the program is instrumented, so its memory says nothing

The times are printed and never judged: machines differ.
"""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402
import payloads  # noqa: E402

MIB = 1 << 20
HEAD = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: attack, namespace: shop}
spec:
  filter:
    wasm: {url: oci://example.com/a}
    config:
      a: """
PLACE = re.compile(rb"<stdin>(:\d+:\d+)?: error CO\d{4}: |: error CO\d{4}: ")


def fill(unit, size):
    """The unit again and again, about size bytes."""
    data = unit if isinstance(unit, bytes) else unit.encode()
    return data * max(1, size // len(data))


def numbered(pattern, size):
    """pattern % 0, pattern % 1, …"""
    out, total, i = [], 0, 0
    while total < size:
        out.append(pattern.replace("%d", str(i)))
        total += len(out[-1])
        i += 1
    return "".join(out)


def indents(size):
    """Block nesting: each line one deeper."""
    depth = 1
    while depth * depth // 2 < size:
        depth += 1
    return "".join(" " * i + "a:\n" for i in range(depth))


def laughs(levels, width):
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * width)}]" for i in range(1, levels)]
    return "\n".join(lines) + "\n"


# name -> size -> text or bytes of a whole input
YAML = {"flow lists, open": lambda n: fill("[", n),
        "flow lists, closed": lambda n: fill("[", n // 2) + fill("]", n // 2),
        "flow maps, open": lambda n: fill("{", n), "flow maps with keys": lambda n: fill("{a: ", n),
        "flow lists in config": lambda n: HEAD.encode() + fill("[", n), "flow question marks": lambda n: fill("[?]", n),
        "block lists": lambda n: fill("- ", n), "block keys": lambda n: fill("? ", n), "indents": indents,
        "tag directives": lambda n: numbered("%TAG !a%d! x\n", n) + "---\na: 1\n",
        "yaml directives": lambda n: fill("%YAML 1.2\n", n) + b"---\na: 1\n",
        "anchors": lambda n: numbered("- &a%d x\n", n),
        "anchors and aliases": lambda n: numbered("- &a%d x\n- *a%d\n", n),
        "billion laughs": lambda n: laughs(9, 10) + numbered("b%d: *a8\n", n),
        "tags": lambda n: numbered("- !a%d x\n", n), "long tag": lambda n: b"- !" + fill("a", n) + b" x\n",
        "long anchor": lambda n: b"- &" + fill("a", n) + b" x\n", "long plain": lambda n: HEAD.encode() + fill("a", n),
        "long plain of words": lambda n: HEAD.encode() + fill("word ", n),
        "long double-quoted": lambda n: HEAD.encode() + b'"' + fill("a", n) + b'"\n',
        "long single-quoted": lambda n: HEAD.encode() + b"'" + fill("''", n) + b"'\n",
        "long literal": lambda n: HEAD.encode() + b"|\n" + fill("        line\n", n),
        "long folded": lambda n: HEAD.encode() + b">\n" + fill("        line\n\n", n),
        "escapes": lambda n: HEAD.encode() + b'"' + fill("\\x41", n) + b'"\n',
        "escapes of astral characters": lambda n: HEAD.encode() + b'"' + fill("\\U0001F600", n) + b'"\n',
        "unclosed quote": lambda n: HEAD.encode() + b'"' + fill("a\n", n),
        "long key": lambda n: fill("k", n) + b": 1\n", "quoted long key": lambda n: b'"' + fill("k", n) + b'": 1\n',
        "comments": lambda n: fill("# comment\n", n), "blank lines": lambda n: fill("\n", n),
        "documents": lambda n: fill("---\n", n), "documents of scalars": lambda n: fill("--- a\n", n),
        "document ends": lambda n: fill("...\n", n), "tabs": lambda n: fill("\t", n),
        "byte order marks": lambda n: fill(b"\xef\xbb\xbf", n), "duplicate keys": lambda n: fill("a: 1\n", n),
        "different keys": lambda n: numbered("k%d: 1\n", n),
        "different keys in config": lambda n: HEAD.encode() + b"\n" + numbered("       k%d: 1\n", n).encode(),
        "unknown fields": lambda n: HEAD.encode() + b"1\n" + numbered("  x%d: 1\n", n).encode(),
        "list of nulls": lambda n: HEAD.encode() + b"[" + fill(",", n) + b"]\n",
        "list of ones": lambda n: HEAD.encode() + b"[" + fill("1,", n) + b"]\n",
        "empty lists": lambda n: HEAD.encode() + b"[" + fill("[],", n) + b"]\n",
        "merge keys": lambda n: fill("<<: {a: 1}\n", n),
        "placeholders": lambda n: HEAD.encode() + b'"' + fill("${upstreams.a.b}", min(n, 200000)) + b'"\n',
        "placeholder openings": lambda n: HEAD.encode() + b'"' + fill("${", min(n, 200000)) + b'"\n',
        "unquoted placeholders in flow": lambda n: HEAD.encode() + b"[" + fill("${a} ", n) + b"]\n",
        "upstreams": lambda n: "apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\nspec:\n"
                               "  upstreams:\n" + numbered("  - {name: u%d, host: h%d.example.com}\n", n),
        "manifests of one name": lambda n: fill("apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\nspec: {}\n---\n",
                                                n),
        "manifests": lambda n: numbered("apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a%d}\n"
                                        "spec: {upstreams: [{name: a, host: a.example.com}]}\n---\n", n),
        "manifests with one public host": lambda n: numbered(
            "apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a%d}\n"
            "spec: {upstreams: [{name: a, host: a.example.com, isolated: false}]}\n---\n", n),
        "foreign documents": lambda n: fill("kind: ConfigMap\n---\n", n),
        "integer of many digits": lambda n: HEAD.encode() + fill("9", n),
        "float of many digits": lambda n: HEAD.encode() + b"0." + fill("1", n),
        "underscores": lambda n: HEAD.encode() + b"1" + fill("_", n),
        "long host": lambda n: b"apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\n"
                               b"spec: {upstreams: [{name: a, host: " + fill("a.", n) + b"}]}\n",
        "UTF-16": lambda n: fill("a: b\n", n).decode().encode("utf-16"),
        "carriage returns": lambda n: fill("a\r", n), "LS and PS": lambda n: fill("a\u2028\u2029", n),}
JSON = {
    "json lists, open": lambda n: fill("[", n),
    "json lists, closed": lambda n: fill("[", n // 2) + fill("]", n // 2),
    "json maps": lambda n: fill('{"a":', n),
    "json keys": lambda n: "{" + numbered('"k%d":1,', n) + '"z":1}',
    "json duplicate keys": lambda n: b"{" + fill('"k":1,', n) + b'"z":1}',
    "json empty lists": lambda n: b'{"a":[' + fill("[],", n) + b"[]]}",
    "json empty maps": lambda n: b'{"a":[' + fill("{},", n) + b"{}]}",
    "json long string": lambda n: b'{"a":"' + fill("a", n) + b'"}',
    "json long key": lambda n: b'{"' + fill("a", n) + b'":1}',
    "json escapes": lambda n: b'{"a":"' + fill("\\u0041", n) + b'"}',
    "json surrogate pairs": lambda n: b'{"a":"' + fill("\\ud83d\\ude00", n) + b'"}',
    "json lone surrogates": lambda n: b'{"a":"' + fill("\\ud83d", n) + b'"}',
    "json digits": lambda n: b'{"a":' + fill("9", n) + b"}",
    "json fraction": lambda n: b'{"a":0.' + fill("9", n) + b"}",
    "json exponent": lambda n: b'{"a":1e' + fill("9", n) + b"}",
    "json blanks": lambda n: b"{" + fill(" ", n) + b"}",
    "json NUL": lambda n: b'{"a":[1\0,' + fill("1,", n) + b"1]}",
    "json unclosed string": lambda n: b'{"a":"' + fill("a", n),
    "json documents": lambda n: fill("{}\n", n),
    "json literals": lambda n: b'{"a":[' + fill("null,", n) + b"true]}",
}


def manifest(value, field):
    m = {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": "a", "namespace": "shop"},
         "spec": {"filter": {"wasm": {"url": "oci://example.com/a"}, "config": {"a": "b"}},
                  "upstreams": [{"name": "a", "host": "a.example.com"}]}}
    if field == "config":
        m["spec"]["filter"]["config"] = {"a": value}
    elif field == "config key":
        m["spec"]["filter"]["config"] = {str(value)[:200000]: 1}
    elif field == "url":
        m["spec"]["filter"]["wasm"]["url"] = value
    else:
        m["spec"]["upstreams"][0][field] = value
    return json.dumps(m).encode()


def repeated(text, size):
    """A list of long strings made of the text: one string of the whole size would be refused at once."""
    piece = (text or "x") * max(1, min(60000, size) // max(1, len((text or "x").encode())))
    return [piece] * max(1, size // max(1, len(piece.encode())))


def injections():
    for text in payloads.TEXTS:
        for field in ("config", "config key", "host", "path", "url"):
            yield f"{field} {text!r}", manifest(text, field), 0
        yield f"config {text!r}", manifest(repeated(text, MIB), "config"), MIB
        yield f"yaml text {text!r}", HEAD.encode() + (text + "\n").encode(errors="surrogatepass"), 0
    for text in payloads.TEXTS:
        yield f"raw {text!r}", fill((text or "\n").encode(), MIB), MIB
    for name, data in payloads.BYTES.items():
        yield name, HEAD.encode() + b'"a' + data + b'"\n', 0
        yield f"json {name}", b'{"a": "' + data + b'"}', 0
        yield name, HEAD.encode() + b'"a' + fill(data, MIB) + b'"\n', MIB
    for size in payloads.SIZES + [MIB, 3 * MIB // 2 - 1]:
        yield f"{size} letters", manifest("a" * size, "config"), 0


def attacks():
    for name, make in {**YAML, **JSON}.items():
        for size in (100, 10000, MIB):
            made = make(size)
            yield name, made if isinstance(made, bytes) else made.encode(), size if size == MIB else 0
    yield from injections()


def judge(tally, attack, baseline):
    name, data, size = attack
    what = f"{name}, {len(data)} bytes"
    m = harness.Measured(["check", "-f", "-"], data)
    if tally.check(m.status in (0, 3), f"{what}: status {m.status}", m.stderr[-2000:]):
        if m.status == 3:
            tally.check(PLACE.search(m.stderr), f"{what}: refused without a finding", m.stderr[:500])
    allowed = baseline + (10 * len(data) + 8 * MIB) // 1024
    tally.check(baseline == 0 or m.kib <= allowed, f"{what}: {m.kib} KiB, allowed {allowed}")
    return (m.ms, m.kib, name, len(data)) if size else (0, 0, name, 0)


def main(argv):
    tally = harness.Tally("attacks")
    harness.compiled("measure")
    baseline = 0 if "--no-memory" in argv else harness.Measured(["check", "-f", "-"], b"{}").kib
    figures = harness.parallel(lambda a: judge(tally, a, baseline), list(attacks()))
    print("slowest at 1 MiB:  " + ", ".join(f"{n} {ms} ms" for ms, _, n, _ in sorted(figures, reverse=True)[:6]))
    by_memory = sorted(figures, key=lambda f: f[1], reverse=True)[:6]
    print("largest at 1 MiB:  " + ", ".join(f"{n} {kib // 1024} MiB" for _, kib, n, _ in by_memory))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
