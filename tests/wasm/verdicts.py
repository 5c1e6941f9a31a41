"""The verdicts of inspect, compared with those that real Envoys gave (tests/conformance/wasm/part.py --record)."""

import pathlib

import harness
from inspecting import listed

RECORD = pathlib.Path(__file__).resolve().parent / "envoy-verdicts.tsv"


def recorded():
    """{module: ({"1.40": verdict}, first line of the log)}"""
    head, *lines = RECORD.read_text().splitlines()
    versions = [v.rpartition(".")[0] for v in head.split("\t")[1:-1]]
    rows = (line.split("\t") for line in lines)
    return {row[0]: (dict(zip(versions, row[1:-1])), row[-1]) for row in rows}


def compare(tally, title, entry, expected, line):
    rows = {row["envoy"]: row for row in entry["versions"]}
    got = {v: rows[v]["verdict"].replace("fails", "loads") for v in expected}
    tally.equal(got, expected, f"{title}: the verdicts of real Envoys")
    lowest = next((v for v in expected if expected[v] == "refused"), None)
    if lowest and rows[lowest]["envoyLog"]:
        tally.equal(rows[lowest]["envoyLog"], line, f"{title}: the first line of Envoy's log")


def check(tally, modules):
    expected = recorded()
    tally.equal(sorted(set(expected) ^ set(modules)), [], "every module has recorded verdicts")
    titles = sorted(set(modules) & set(expected))
    entries = harness.parallel(lambda t: listed(modules[t], "--all-versions"), titles)
    for title, entry in zip(titles, entries):
        compare(tally, title, entry, *expected[title])
