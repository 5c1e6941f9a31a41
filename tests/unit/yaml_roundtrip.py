#!/usr/bin/env python3
"""Reads what yaml_writer wrote with PyYAML, and compares.

usage: yaml_roundtrip.py YAML_PRINT [--seed N] [--full]

YAML_PRINT is the program of yaml_print.c. Every string is tried as a value and as a key, in a map and in a list. --full
takes all code points and reads everything with PyYAML's own scanner as well, which is slow. Exit code 77: no PyYAML.
"""
import argparse
import itertools
import json
import random
import subprocess
import sys

try:
    import yaml
except ImportError:
    sys.exit(77)

FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Forms that at least one of eleven YAML readers takes for something else than a string, when they are written bare.
DANGEROUS = """
~ null Null NULL nULL true True TRUE tRUE false False FALSE fALSE y Y n N yes Yes YES yES no No NO nO on On ON oN off Off
OFF oFF 0 00 007 08 8080 -1 +1 -0 +0 9223372036854775807 9223372036854775808 18446744073709551616 0888 0777 0o17 0O17
-0o7 +0o7 0x1f 0X1F -0x1f 0b101 0B1 -0b1 0x8000000000000000 0xffffffffffffffff 1_000 1_ 0_7 0x_1 1__0 .5_0 85_230.15
1e_3 1_e3 1,000 1,0 12,34 1. 1.0 .5 5. +.5 -.5 1.10 1.30 00.5 09.1 1e3 1E3 1e+3 1.e3 .1e3 12e03 0e0 1e400 e3 E3 e-1 e00
e_ E+1 . +. -. ._5 .e3 .nan .NaN .NAN .inf .Inf .INF +.inf -.inf ... 2001-12-14 2001-1-1 2001-12-14T21:59:43Z
2001-02-30 2001-13-01 1:30 12:30:45 190:20:30.15 +1:30 0:0 00:00:00 << = :a ::1 :80 - ? : , [ ] { } # & * ! | > ' " % @ `
--- -a ?a :b ,a [a] {a} #a &a *a !a !!str |- >- 'a' "a" %a @a `a a: a:b a# a,b a]b a}b \\ \\n a\\ a\\nb // / /a _ __ _1
a.b a/b a-b a_b -- --a .a a. a- /- e e3a ea1 _e3 E-3 e-_ e- nullx xnull No. no- on/ {{ }} ${a} $a {{.Values.a}} <no> ~a
outbound|443||auth.example.com oci://ghcr.io/acme/auth:1.4.0 10.0.0.5 ::1 fe80::1 1.2.3.4/24 500ms 1.5s 0x 0b 0o
""".split() + [
    "", " ", "  ", "\t", "\n", "\r", "\r\n", " a", "a ", "\ta", "a\t", "a\tb", "\na", "a\n", "a\n\n", "a\nb", "a: b", "a #b",
    "- a", "? a", ": a", "a:", "a: ", "2001-12-14 21:59:43", "--- a", "\n---\n", "a\n---\nb", "a\n...\nb", "key: value\n",
    "\0", "\x1b[31m", "\x7f", "\x80", "\x85", "\x9f", "\xa0", "a\x85b", "\u2028", "\u2029", "a\u2028b", "\ufeff", "\ufeffa",
    "a\ufeff", "\ufffe", "\uffff", "\U0001f600", "\ud7ff", "\ue000", "\ufffd", "\U0010ffff", "\u202e", "\u2066", "e\u0301",
]

LINES = ["x" * 30, "local a = 1", "  indented: yes", "", "- item", "# comment", "---", "...", "key: value", "\ttab", "mid\ttab",
         "trailing ", "trailing\t", "   ", "%YAML 1.1", "{{ a }}", "\u00e4\u00f6 \u65e5\u672c \U0001f600", "cr\r", "nel\x85",
         "ls\u2028", "bom\ufeff", "del\x7f", "back\\slash \"quote\" 'single'", "|", "a: |"]


def labels():
    inner = "abcdefghijklmnopqrstuvwxyz0123456789-"
    ends = inner[:-1]
    yield from ends
    yield from map("".join, itertools.product(ends, ends))
    yield from map("".join, itertools.product(ends, inner, ends))


def affixed():
    for word in DANGEROUS:
        for affix in "-_./e1: #":
            yield word + affix
            yield affix + word


def texts(rng, n):
    for _ in range(n):
        body = "\n".join(rng.choice(LINES) for _ in range(rng.randint(2, 8)))
        yield body + "\n" * rng.randint(0, 2)


def noise(rng, n):
    alphabet = "abeEnoyf01_-+./:#,[]{}&*!|>'\"%@`~=<? \t\n\r\\\0\x7f\x85\u2028\ufeff\u00e9\U0001f600"
    for _ in range(n):
        yield "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 12)))


def code_points(full):
    limit = 0x110000 if full else 0x3000
    interesting = itertools.chain(range(0, limit), range(0xd700, 0x10400), range(0x10fff0, 0x110000))
    for cp in sorted(set(interesting)):
        if not 0xd800 <= cp <= 0xdfff:
            c = chr(cp)
            yield from (c, c + "a", "a" + c, "a" + c + "a") if cp < 0x3000 else (c + "a" + c + "a" + c,)


def long_strings():
    for n in (59, 60, 255, 256, 1000, 1021, 1022):
        yield "a" * n
        yield " " * n
        yield "\x01" * n
    yield "\u2028" * 340
    yield "word " * 20000
    yield "\n".join(["x" * 200] * 500)


def documents(strings, size):
    strings = list(strings)
    for at in range(0, len(strings), size):
        part = strings[at:at + size]
        keys = [s for s in part if len(s.encode()) <= 1022]
        yield {"values": part, "lists": [[[s]] for s in part[:50]], "maps": [{"a": s, "b": {"c": s}} for s in part],
               "keys": {s: i for i, s in enumerate(keys)}, "item": [{s: {s: [s, {s: [], "z": {}}]}} for s in keys[:50]]}


def chunks(docs, limit=200000):
    chunk, n = [], 0
    for doc in docs:
        text = json.dumps(doc)
        chunk.append((doc, text))
        n += len(text)
        if n > limit:
            yield chunk
            chunk, n = [], 0
    if chunk:
        yield chunk


def check_shape(out, n):
    text = out.decode("utf-8")
    lines = text.split("\n")
    assert lines[-1] == "", "no final line end"
    assert sum(l == "---" for l in lines) == n, "not one --- a document"
    for line in lines:
        assert not line.startswith(("--- ", "...", "\t")) and "\r" not in line, "line %r" % line


def compare(chunk, out, loader):
    read = list(yaml.load_all(out, Loader=loader))
    assert len(read) == len(chunk), "%d documents, not %d" % (len(read), len(chunk))
    for (doc, _), got in zip(chunk, read):
        if doc == got:
            continue
        for member in doc:
            for a, b in zip(doc[member], got.get(member, [])):
                assert a == b, "%s: %s: wrote %r, read %r" % (loader.__name__, member, a, b)
        raise AssertionError("differs: %r" % doc)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("yaml_print")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    print("seed", args.seed)
    few = set(DANGEROUS) | set(texts(rng, 300)) | set(noise(rng, 500)) | set(long_strings())
    many = set(labels()) | set(affixed()) | set(texts(rng, 2000)) | set(noise(rng, 20000)) | set(code_points(args.full))
    count = 0
    for strings, loaders in ((few, {FAST, yaml.SafeLoader}), (many - few, {FAST, yaml.SafeLoader} if args.full else {FAST})):
        count += len(strings)
        for chunk in chunks(documents(sorted(strings), 500)):
            stream = "".join(text for _, text in chunk).encode()
            out = subprocess.run([args.yaml_print], input=stream, stdout=subprocess.PIPE, check=True).stdout
            check_shape(out, len(chunk))
            for loader in loaders:
                compare(chunk, out, loader)
    print(count, "strings read back the same")


if __name__ == "__main__":
    main()
