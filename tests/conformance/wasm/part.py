"""What real Envoys make of modules, compared with what `callout inspect` says of them: verdict, and the first line of the log.

    part.py            runs alone
    part.py --seed N   only modules made or chosen by chance, those of that seed
    part.py --record   also writes what the Envoys said to tests/wasm/envoy-verdicts.tsv, which needs no Envoy to compare with
"""

import concurrent.futures
import os
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent), str(TESTS / "wasm"), str(TESTS / "tools")]
import harness  # noqa: E402
import spec  # noqa: E402
from built import built  # noqa: E402
from chance import by_chance  # noqa: E402
from corpus import corpus  # noqa: E402
from garbage import as_filter  # noqa: E402
from inspecting import listed  # noqa: E402
from judge import Judge  # noqa: E402
from module import sections  # noqa: E402
from mutations import mutated, sources  # noqa: E402

NAME = "wasm"
VERSIONS = ("1.36.4", "1.37.0", "1.38.2", "1.39.3", "1.40.0")
RECORD = TESTS / "wasm" / "envoy-verdicts.tsv"
CANNOT_BE_HAD = 4
SEED = 1  # as tests/conformance/random
BY_CHANCE, MUTATIONS, OF_SPEC = 200, 500, 200

# Differences that are no fault of the tables, and why.
KNOWN = {}


def inspect_says(modules):
    """{title: {"1.40": (verdict, line of the log or None)}}"""
    entries = harness.parallel(lambda data: listed(data, "--all-versions"), modules.values())
    return {title: {row["envoy"]: (row["verdict"].replace("fails", "loads"), row["envoyLog"]) for row in entry["versions"]}
            for title, entry in zip(modules, entries)}


def envoy_says(envoy, modules):
    """{title: (verdict, first line of the log about Wasm)}"""
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        judge = Judge(envoy, pathlib.Path(temp))
        said = {title: judge.says(data, title.endswith("endless")) for title, data in modules.items()}
        judge.stop()
        return said


# ---- comparing ----


def compare(tally, title, version, said, expected):
    verdict, line = said
    wanted, logged = expected
    if (title, version) in KNOWN:
        return
    tally.equal(wanted, verdict, f"{title} on Envoy {version} ({line})")
    if verdict == wanted == "refused" and logged:
        tally.equal(logged, line, f"{title} on Envoy {version}: the first line of the log")


def judge(tally, envoys, modules):
    """What the Envoys said: {version: {title: (verdict, line)}}"""
    expected = inspect_says(modules)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        said = dict(zip(envoys, pool.map(lambda envoy: envoy_says(envoy, modules), envoys.values())))
    for version, verdicts in said.items():
        for title, verdict in verdicts.items():
            compare(tally, title, version, verdict, expected[title][version.rpartition(".")[0]])
    return said


def skip(tally, why):
    """What a pipeline goes without is a fault of the pipeline."""
    print(f"SKIPPED {NAME}: {why}")
    tally.check(os.environ.get("CI") != "true", why)


def find_envoys(tally):
    found = {}
    for version in VERSIONS:
        result = subprocess.run([HERE.parent / "traffic" / "get-envoy", version], stdout=subprocess.PIPE, text=True)
        if result.returncode == 0:
            found[version] = pathlib.Path(result.stdout.strip())
        else:
            tally.check(result.returncode == CANNOT_BE_HAD, f"Envoy {version} is fetched")
            skip(tally, f"Envoy {version} cannot be had: nothing is compared with it")
    return found


def write_record(said):
    lines = ["module\t" + "\t".join(VERSIONS) + "\tfirst line of the log of the lowest that refuses it"]
    for title in sorted(said[VERSIONS[0]]):
        verdicts = [said[v][title] for v in VERSIONS]
        refused = [line for verdict, line in verdicts if verdict == "refused"]
        lines.append("\t".join([title, *(verdict for verdict, _ in verdicts), refused[0] if refused else ""]))
    RECORD.write_text("\n".join(lines) + "\n")


def judge_corpus(tally, record=False):
    envoys, modules = find_envoys(tally), corpus()
    said = judge(tally, envoys, modules)
    if record and len(envoys) == len(VERSIONS):
        write_record(said)
    print(f"{NAME}: {len(modules)} hand-made modules on {len(envoys)} Envoys")


def judge_built(tally):
    """What compilers make takes Envoy seconds to load, so only the oldest and the newest are asked."""
    envoys = find_envoys(tally)
    ends = {v: envoys[v] for v in (VERSIONS[0], VERSIONS[-1]) if v in envoys}
    modules, missing = built()
    for toolchain in missing:
        skip(tally, f"{toolchain} is not here: nothing built by it is compared")
    judge(tally, ends, modules)
    print(f"{NAME}: {len(modules)} modules of compilers on {len(ends)} Envoys")


def judge_chance(tally, seed=SEED):
    envoys = find_envoys(tally)
    modules = {f"chance {seed}-{n}": by_chance(random.Random(f"{seed}-{n}")) for n in range(BY_CHANCE)}
    judge(tally, envoys, modules)
    print(f"{NAME}: --seed {seed}, {len(modules)} modules made by chance on {len(envoys)} Envoys")


def judge_mutations(tally, seed=SEED):
    """Of modules that end: what hangs is asked for by its title."""
    envoys = find_envoys(tally)
    known = sources({title: data for title, data in corpus().items() if not title.endswith("endless")})
    modules = {f"mutation {seed}-{n}": mutated(random.Random(f"{seed}-{n}"), known) for n in range(MUTATIONS)}
    judge(tally, envoys, modules)
    print(f"{NAME}: --seed {seed}, {len(modules)} mutations of hand-made modules on {len(envoys)} Envoys")


def of_spec(rng):
    """Some of the specification's modules, those of garbage collection first in number: what Node's V8 judges whole (tests/wasm)."""
    rows = [line.split("\t") for line in spec.MODULES.read_text().splitlines()]
    rng.shuffle(rows)
    rows.sort(key=lambda row: not row[0].startswith(("array", "br_on", "i31", "ref_", "struct", "type-", "try_table", "extern",
                                                     "return_call")))
    modules = {}
    for title, verdict, _, text in rows:
        data = bytes.fromhex(text)
        dressed = as_filter(data, list(sections(data))) if verdict != "malformed" else None
        if dressed and len(modules) < OF_SPEC:
            modules[f"spec {title}"] = dressed
    return modules


def judge_spec(tally, seed=SEED):
    envoys = find_envoys(tally)
    modules = of_spec(random.Random(seed))
    judge(tally, envoys, modules)
    print(f"{NAME}: --seed {seed}, {len(modules)} modules of the specification on {len(envoys)} Envoys")


tests = [judge_corpus, judge_built, judge_chance, judge_mutations, judge_spec]
BY_SEED = tests[2:]


def main(argv):
    tally = harness.Tally(NAME)
    if "--seed" in argv:
        for test in BY_SEED:
            test(tally, argv[argv.index("--seed") + 1])
        return tally.close()
    judge_corpus(tally, record="--record" in argv)
    for test in tests[1:]:
        test(tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
