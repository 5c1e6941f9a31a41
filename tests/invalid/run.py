#!/usr/bin/env python3
"""One or more cases for every finding code: tests/invalid/CODE-slug/ holds inputs that must draw the code.

    run.py [CASE…]            runs the cases, and fails when a code of diag_codes.def has none
    run.py --update [CASE…]   rewrites findings.txt, never the exit code: read the diff
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

DEFAULT_ARGS = ["check", "-f", "manifest.yaml"]

# Codes that no input can draw, and who covers them.
COVERED_ELSEWHERE = {
    "CO0105": "needs a failing allocation: tests/cli/run.py",
    "CO0701": "the daemon's: tests/api/lifecycle.py",
    "CO0702": "the daemon's: tests/api/lifecycle.py",
    "CO0703": "the daemon's: tests/api/lifecycle.py",
    "CO0704": "the daemon's: tests/api/access.py",
    "CO0705": "the daemon's: tests/api/access.py",
    # The store's: tests/store.
    "CO0706": "the daemon's: tests/api/directory.py",
    "CO0707": "the daemon's: tests/api/certificates.py",
    "CO0708": "the daemon's: tests/api/lifecycle.py, access.py",
    "CO0750": "a second process: test_store_directory.c",
    "CO0751": "a directory that cannot be made: test_store_directory.c",
    "CO0752": "a newer schema: test_store_schema.c",
    "CO0753": "damaged rows and pages: test_store_manifests.c, test_store_directory.c",
    "CO0754": "another program's database: test_store_schema.c",
    "CO0755": "a full disk: test_store_faults.c",
    "CO0756": "a read-only file: test_store_faults.c",
    "CO0757": "failing reads, writes and syncs: test_store_faults.c",
    "CO0758": "requests past the limits: test_store_manifests.c",
    "CO0759": "a backup into nowhere: test_store_upkeep.c",
}


def all_codes():
    text = (harness.ROOT / "daemon/base/diag_codes.def").read_text()
    return {f"CO{int(n):04}" for n in re.findall(r"^DIAG\((\d+),", text, re.M)}


def check_coverage(tally, codes, names):
    have = {n.split("-")[0] for n in names}
    for code in sorted(codes - have - set(COVERED_ELSEWHERE)):
        tally.check(False, f"{code} has no case")
    for code in sorted(have - codes):
        tally.check(False, f"{code} is not in diag_codes.def")
    tally.check(set(COVERED_ELSEWHERE) <= codes, "the table of exceptions names unknown codes")


def judge(tally, case, result, rewriting):
    code = case.name.split("-")[0]
    ok = tally.check(result.returncode == case.exit, f"{case.name}: exit {result.returncode}, not {case.exit}", result.stderr)
    if not ok:
        return
    if not tally.check(f" {code}: ".encode() in result.stderr, f"{case.name}: {code} is not among the findings", result.stderr):
        return
    if rewriting:
        if harness.rewrite(case.findings, result.stderr):
            print(f"updated {case.name}")
    else:
        tally.equal(result.stderr, harness.expected_bytes(case.findings), f"{case.name}: findings")


def main(argv):
    rewriting = "--update" in argv
    names = [a for a in argv if a != "--update"]
    chosen = harness.cases("invalid", DEFAULT_ARGS, 3, names)
    tally = harness.Tally("invalid")
    for case, result in zip(chosen, harness.parallel(lambda c: c.run(), chosen)):
        judge(tally, case, result, rewriting)
    if not names:
        check_coverage(tally, all_codes(), [c.name for c in chosen])
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
