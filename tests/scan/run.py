#!/usr/bin/env python3
"""The scanner, and verify's view of clusters, against simdjson and jansson: on documents made at random and on dumps, also
real ones, whole, cut off at every byte, damaged, and with the borders of blocks moved over every byte. The same seed gives
the same documents; --seed N takes another, --more goes on for longer."""

import argparse
import gzip
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
import dumps  # noqa: E402
import harness  # noqa: E402

RECORDED = pathlib.Path(__file__).resolve().parents[1] / "dumps" / "recorded"
CUT = ("filtered-gateway-all.json", "filtered-gateway-istioctl-cluster.json", "waypoint-istioctl-cluster.json",
       "troubles-istioctl-cluster.json", "sidecar-istioctl-ecds.json")
CHARACTERS = ["a", "name", " ", "|", "\"", "\\", "/", "\n", "\t", "\b", "\0", "\x1f", "{", "}", "[", "]", ":", ",", "é", "€",
              "😀", "\u2028", "\ufffd", "outbound|443||x.example.com", "\x7f", "߿", "\uffff", "\U0010ffff"]
SPACES = ["", "", " ", "\n", "\r\n", "\t", "  \n    "]


def text_of(value, rng):
    """JSON as nobody would print it: any white space, any way to write a character."""
    space = lambda: rng.choice(SPACES)  # noqa: E731
    if isinstance(value, dict):
        items = ",".join(f"{space()}{string(k, rng)}{space()}:{space()}{text_of(v, rng)}{space()}" for k, v in value.items())
        return "{" + (items or space()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(space() + text_of(v, rng) + space() for v in value) or space()) + "]"
    if isinstance(value, str):
        return string(value, rng)
    return json.dumps(value)


def string(text, rng):
    out = []
    for c in text:
        if c in '"\\' or c < " " or rng.random() < 0.1:
            escaped = json.dumps(c)[1:-1]
            out.append("\\/" if c == "/" and rng.random() < 0.5 else escaped)
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def number(rng):
    return rng.choice([0, -0.0, 1, -1, 2 ** 53, 2 ** 63 - 1, -2 ** 63, 0.1, -2.5e-10, 1e300, 5e-324, 1.5e+20,
                       rng.randrange(-10 ** 6, 10 ** 6), rng.uniform(-1e6, 1e6)])


def words(rng):
    return "".join(rng.choice(CHARACTERS) for _ in range(rng.randrange(0, 12)))


def value(rng, depth):
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return number(rng)
    if kind == 1:
        return rng.choice([True, False, None])
    if kind < 6:
        return words(rng)
    if kind == 6:
        return [value(rng, depth - 1) for _ in range(rng.randrange(0, 6))]
    return {words(rng).replace("\0", "0") + str(i): value(rng, depth - 1) for i in range(rng.randrange(0, 6))}


def documents(folder, rng, n):
    """Names of n documents, whose sizes reach from one byte to a few blocks."""
    for i in range(n):
        path = folder / f"random-{i}.json"
        whole = [value(rng, 6) for _ in range(rng.choice([1, 1, 5, 50, 2000]))]
        text = rng.choice(SPACES) + text_of(whole if len(whole) > 1 else whole[0], rng) + rng.choice(SPACES)
        path.write_bytes(text.encode())
        yield str(path)


def shaped(folder, size):
    """Dumps as Envoy, istioctl and a script that prints without spaces would print them."""
    admin, array, compact = folder / f"admin-{size}.json", folder / f"array-{size}.json", folder / f"compact-{size}.json"
    dumps.write_admin(admin, size)
    dumps.write_array(array, size)
    compact.write_text(json.dumps(json.loads(admin.read_text()), separators=(",", ":"), ensure_ascii=False))
    return [str(admin), str(array), str(compact)]


def escaped(folder):
    """What the shapes have little of: escapes, characters of all lengths, deep nesting."""
    path, deep = folder / "escaped.json", folder / "deep.json"
    path.write_text(json.dumps({f"k{i}": "\\\"\n" * (i % 5) + "é€😀" * (i % 7) + "\\" * i for i in range(60)}))
    deep.write_text('{"a":[' * 300 + '"x"' + "]}" * 300)
    return [str(path), str(deep)]


def recorded(folder):
    """Dumps of real proxies, unpacked: {name: path}. Statistics have members twice, of which jansson keeps one."""
    found = {}
    for file in sorted(RECORDED.glob("*/*.json.gz")):
        if file.name == "stats.json.gz":
            continue
        name = f"{file.parent.name}-{file.name.removesuffix('.gz')}"
        (folder / name).write_bytes(gzip.decompress(file.read_bytes()))
        found[name] = str(folder / name)
    return found


def lists(found):
    """Those that list clusters."""
    return [path for name, path in found.items() if name.endswith(("-all.json", "-istioctl-cluster.json"))]


def clusters(*arguments):
    return differential(*arguments, name="dump_clusters")


def differential(*arguments, name="scan_differential"):
    program = harness.ROOT / "build" / pathlib.Path(harness.program()).parents[1].name / "tests" / "scan" / name
    if not program.exists():
        print(f"scan: {program} was not built: simdjson, jansson or a C++ compiler is missing")
        return 1
    return subprocess.run([str(program), *map(str, arguments)], env=harness.environment()).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--more", action="store_true")
    options = parser.parse_args()
    rng, factor = random.Random(options.seed), 20 if options.more else 1
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        small, large = shaped(folder, 4000) + escaped(folder), shaped(folder, 600_000)
        random_ones = list(documents(folder, rng, 120 * factor))
        results = [differential("same", *small, *large, *random_ones),
                   differential("cut", *small),
                   differential("damage", 4000 * factor, options.seed, *small),
                   differential("damage", 20 * factor, options.seed, *random_ones)]
        real = recorded(folder)
        results += [differential("same", *real.values()),
                    clusters("same", *shaped(folder, 4000), *large, *lists(real)),
                    clusters("damage", 100 * factor, options.seed, *shaped(folder, 4000), *lists(real)),
                    clusters("cut", *(real[name] for name in CUT)),
                    clusters("borders", *shaped(folder, 4000), *lists(real))]
    failed = sum(code != 0 for code in results)
    print(f"scan: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
