"""What istio-agent's own code fetches from images and by HTTP, beside what `inspect` takes from the same folders and files: each form of
tests/wasm/layouts.py and tests/wasm/boxes.py."""

import hashlib
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tools"), str(HERE.parents[1] / "wasm")]
import harness  # noqa: E402
from boxes import BOXES, judged  # noqa: E402
from image import Layout  # noqa: E402
from layouts import GOOD, LAYOUTS  # noqa: E402
from referees import Oracles  # noqa: E402


def judge(tally, title, folder, fetched, taken):
    entries = json.loads(harness.run(["inspect", str(folder), "-o", "json", "--sha256"]).stdout or b"{}").get("modules", [])
    tally.check((fetched["error"] == "") == taken, f"{title}: istio-agent", fetched["error"] or "takes a module")
    if taken:
        tally.equal(fetched["sha256"], hashlib.sha256(GOOD).hexdigest(), f"{title}: the module that istio-agent takes")
        tally.equal([(e["image"], e["sha256"]) for e in entries], [("sha256:" + fetched["digest"], fetched["sha256"])], f"{title}: inspect")
    else:
        tally.equal([e for e in entries if e["loads"]], [], f"{title}: inspect")
    tally.count("images fetched" if taken else "images refused")


def judge_all(tally):
    with tempfile.TemporaryDirectory(prefix="callout-images-") as temp, Oracles() as oracles:
        folders = []
        for number, (build, _) in enumerate(LAYOUTS.values()):
            folders.append(pathlib.Path(temp, str(number)))
            folders[-1].mkdir()
            build(Layout(folders[-1]))
        answer = oracles.ask(asks=["fetch"], images=[str(folder) for folder in folders])
        for (title, (_, taken)), folder, fetched in zip(LAYOUTS.items(), folders, answer["fetch"]):
            judge(tally, title, folder, fetched, taken)


def judge_boxes(tally):
    """Files that are fetched by HTTP, and unpacked."""
    with tempfile.TemporaryDirectory(prefix="callout-boxes-") as temp, Oracles() as oracles:
        files = [pathlib.Path(temp, str(number)) for number in range(len(BOXES))]
        for file, (data, _) in zip(files, BOXES.values()):
            file.write_bytes(data)
        answer = oracles.ask(asks=["download"], files=[str(file) for file in files])
        for (title, (data, taken)), fetched in zip(BOXES.items(), answer["download"]):
            tally.check((fetched["error"] == "") == taken, f"{title}: istio-agent", fetched["error"] or "takes a module")
            _, entry, _ = judged(data)
            tally.equal(entry["loads"] and entry["sha256"], taken and fetched["sha256"], f"{title}: inspect, as istio-agent")
            tally.count("files fetched" if taken else "files refused")


tests = [judge_all, judge_boxes]
