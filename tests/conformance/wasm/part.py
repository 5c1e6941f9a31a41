"""What real Envoys make of modules, compared with what `callout inspect` says of them: verdict, and the first line of the log.

    part.py            runs alone
    part.py --seed N   only modules made or chosen by chance, those of that seed
    part.py --record   also writes what the Envoys said to tests/wasm/envoy-verdicts.tsv, which needs no Envoy to compare with
"""

import concurrent.futures
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
sys.path[:0] = [str(TESTS / "wasm"), str(TESTS / "tools")]
import harness  # noqa: E402
import spec  # noqa: E402
from built import built  # noqa: E402
from chance import by_chance  # noqa: E402
from corpus import corpus  # noqa: E402
from garbage import as_filter  # noqa: E402
from module import sections  # noqa: E402

NAME = "wasm"
VERSIONS = ("1.36.4", "1.37.0", "1.38.2", "1.39.3", "1.40.0")
RECORD = TESTS / "wasm" / "envoy-verdicts.tsv"
CANNOT_BE_HAD = 4
SEED = 1  # as tests/conformance/random
BY_CHANCE = 40
ENDLESS_SECONDS = 3  # of work, after which an Envoy that hangs is taken for one that does; a module as small takes a tenth of one
OF_SPEC = 40

# Differences that are no fault of the tables, and why.
KNOWN = {}


# ---- Envoy ----


def bootstrap(module):
    wasm = {"name": "wasm", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
        "config": {"name": "plugin", "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "{}"},
                   "vm_config": {"runtime": "envoy.wasm.runtime.v8", "code": {"local": {"filename": str(module)}}}}}}
    router = {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
    manager = {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
               "stat_prefix": "x", "route_config": {}, "http_filters": [wasm, router]}
    listener = {"name": "x", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
                "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}
    return {"static_resources": {"listeners": [listener]}}


def stop_when_endless():
    resource.setrlimit(resource.RLIMIT_CPU, (ENDLESS_SECONDS, ENDLESS_SECONDS))


def envoy_says(envoy, module, endless=False):
    """(verdict, first line of the log about Wasm). endless: Envoy is stopped when it works on and on, which counts as a crash."""
    config = module.with_suffix(f".{envoy.parents[2].name}.json")
    config.write_text(json.dumps(bootstrap(module)))
    result = subprocess.run([envoy, "--mode", "validate", "--disable-hot-restart", "--log-level", "error", "--log-format", "[%l][%n] %v",
                             "-c", config], capture_output=True, text=True, errors="replace",
                            preexec_fn=stop_when_endless if endless else None)
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.startswith("[error][wasm]")]
    first = re.sub(r"^\[error\]\[wasm\] (Wasm VM failed )?", "", lines[0]) if lines else ""
    return ("crashes" if result.returncode < 0 else "refused" if result.returncode else "loads"), first


# ---- inspect ----


def inspect_says(module):
    """{"1.40": (verdict, line of the log or None)}"""
    result = harness.run(["inspect", "-q", "-o", "json", "--all-versions", str(module)])
    rows = json.loads(result.stdout)["modules"][0]["versions"]
    return {row["envoy"]: (row["verdict"].replace("fails", "loads"), row["envoyLog"]) for row in rows}


# ---- comparing ----


def compare(tally, title, version, said, expected):
    verdict, line = said
    wanted, logged = expected
    if (title, version) in KNOWN:
        return
    tally.equal(wanted, verdict, f"{title} on Envoy {version} ({line})")
    if verdict == wanted == "refused" and logged:
        tally.equal(logged, line, f"{title} on Envoy {version}: the first line of the log")


def judge(tally, envoys, modules, recorded):
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:

        def one(item):
            module = pathlib.Path(temp) / f"{abs(hash(item[0]))}.wasm"
            module.write_bytes(item[1])
            endless = item[0].endswith("endless")
            return item[0], inspect_says(module), {v: envoy_says(path, module, endless) for v, path in envoys.items()}

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for title, expected, said in pool.map(one, modules.items()):
                for version in envoys:
                    compare(tally, title, version, said[version], expected[version.rpartition(".")[0]])
                recorded[title] = said


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


def write_record(recorded):
    lines = ["module\t" + "\t".join(VERSIONS) + "\tfirst line of the log of the lowest that refuses it"]
    for title, said in sorted(recorded.items()):
        refused = [said[v][1] for v in VERSIONS if said[v][0] == "refused"]
        lines.append("\t".join([title, *(said[v][0] for v in VERSIONS), refused[0] if refused else ""]))
    RECORD.write_text("\n".join(lines) + "\n")


def judge_corpus(tally, record=False):
    envoys, recorded = find_envoys(tally), {}
    modules = corpus()
    judge(tally, envoys, modules, recorded)
    if record and len(envoys) == len(VERSIONS):
        write_record(recorded)
    print(f"{NAME}: {len(modules)} hand-made modules on {len(envoys)} Envoys")


def judge_built(tally):
    """What compilers make takes Envoy seconds to load, so only the oldest and the newest are asked."""
    envoys = find_envoys(tally)
    ends = {v: envoys[v] for v in (VERSIONS[0], VERSIONS[-1]) if v in envoys}
    modules, missing = built()
    for toolchain in missing:
        skip(tally, f"{toolchain} is not here: nothing built by it is compared")
    judge(tally, ends, modules, {})
    print(f"{NAME}: {len(modules)} modules of compilers on {len(ends)} Envoys")


def judge_chance(tally, seed=SEED):
    envoys = find_envoys(tally)
    ends = {v: envoys[v] for v in (VERSIONS[0], VERSIONS[-1]) if v in envoys}
    modules = {f"chance {seed}-{n}": by_chance(random.Random(f"{seed}-{n}")) for n in range(BY_CHANCE)}
    judge(tally, ends, modules, {})
    print(f"{NAME}: --seed {seed}, {len(modules)} modules made by chance on {len(ends)} Envoys")


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
    ends = {v: envoys[v] for v in (VERSIONS[0], VERSIONS[-1]) if v in envoys}
    modules = of_spec(random.Random(seed))
    judge(tally, ends, modules, {})
    print(f"{NAME}: --seed {seed}, {len(modules)} modules of the specification on {len(ends)} Envoys")


tests = [judge_corpus, judge_built, judge_chance, judge_spec]


def main(argv):
    tally = harness.Tally(NAME)
    if "--seed" in argv:
        judge_chance(tally, argv[argv.index("--seed") + 1])
        judge_spec(tally, argv[argv.index("--seed") + 1])
        return tally.close()
    judge_corpus(tally, record="--record" in argv)
    judge_built(tally)
    judge_chance(tally)
    judge_spec(tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
