#!/usr/bin/env python3
"""The referees: real Istio, real Envoys and real Kubernetes judge what Callout generates.

    run.py [PART…]    all parts, or those named; ends with a table

A referee that cannot be had here is a skip, which is counted and said; with CI=true it is a failure.
"""

import argparse
import importlib.util
import os
import pathlib
import resource
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import harness  # noqa: E402
import processes  # noqa: E402

PARTS = ("acceptance", "versions", "readers", "prediction", "random", "neighbours", "services", "rules", "patches", "imports",
         "images", "quarrels", "traffic", "counters", "verify", "lists", "clusters", "sockets", "kube")
IN_CI = os.environ.get("CI") == "true"


class Judgement(harness.Tally):
    """A tally that counts what was judged, too, and what could not be."""

    def __init__(self, name):
        super().__init__(name)
        self.counts, self.skips, self.notes = {}, [], []

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def note(self, text):
        """A line below the table."""
        self.notes.append(text)

    def skip(self, why):
        self.skips.append(why)
        if IN_CI:
            self.check(False, f"nothing may be skipped in CI: {why}")
        else:
            print(f"SKIPPED {self.name}: {why}")


def load(name):
    spec = importlib.util.spec_from_file_location(f"part_{name}", HERE / name / "part.py")
    part = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(part)
    return part


def alone(name, judge, argv, **defaults):
    """What a part does when it is started by itself: it judges with its own options, such as another seed, and says what it counted."""
    parser = argparse.ArgumentParser()
    for option, value in defaults.items():
        several = {"nargs": "+"} if isinstance(value, tuple) else {"type": type(value)}
        parser.add_argument(f"--{option}", default=value, **several)
    tally = Judgement(name)
    judge(tally, **vars(parser.parse_args(argv)))
    print(*(f"{number} {what}" for what, number in tally.counts.items()), *tally.notes, sep="\n")
    return tally.close()


def processor_seconds():
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def judge(name):
    """Runs one part, whatever it raises."""
    print(f"-- {name}", flush=True)
    tally = Judgement(name)
    start, used = time.monotonic(), processor_seconds()
    try:
        for test in load(name).tests:
            test(tally)
    except processes.Missing as missing:
        tally.skip(f"{missing} cannot be had")
    except processes.NotStarted as fault:
        tally.check(False, "its programs run", fault)
    except Exception:  # a fault of one part must not hide what the others find
        tally.check(False, "it runs to its end", traceback.format_exc())
    processes.stop_all()
    tally.seconds, tally.used = time.monotonic() - start, processor_seconds() - used
    return tally


def print_table(tallies):
    print(f"\n{'part':12} {'passed':>7} {'failed':>7} {'skipped':>7} {'seconds':>8} {'of CPU':>7}  judged")
    for t in tallies:
        judged = ", ".join(f"{number} {what}" for what, number in t.counts.items())
        print(f"{t.name:12} {t.passed:7} {t.failed:7} {len(t.skips):7} {t.seconds:8.1f} {t.used:7.1f}  {judged}")
    for t in tallies:
        for note in t.notes:
            print(f"{t.name}: {note}")
    skips = sum(len(t.skips) for t in tallies)
    print(f"{skips} skipped" + (": see SKIPPED above" if skips else ""))


def main(argv):
    unknown = set(argv) - set(PARTS)
    if unknown:
        sys.exit(__doc__)
    tallies = [judge(name) for name in argv or PARTS]
    print_table(tallies)
    total = harness.Tally("conformance")
    total.passed, total.failed = sum(t.passed for t in tallies), sum(t.failed for t in tallies)
    return total.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
