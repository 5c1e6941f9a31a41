"""What `--objects` says of Services (CO0316), beside the clusters that Istio builds of them: where there is a warning, the predicted
cluster is not there, or no filter can call it so; where there is none, it is."""

import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "prediction"), str(HERE.parents[1] / "tools")]
import compare  # noqa: E402
import harness  # noqa: E402
import world  # noqa: E402
from bundles import Bundle  # noqa: E402
from referees import Oracles  # noqa: E402

WARNED = sorted((harness.ROOT / "tests/invalid").glob("CO0316-*"))
SILENT = [harness.ROOT / "tests/golden/objects-services-fit"]
CODE = b" warning CO0316: "


def bundle_of(folder):
    args = ["generate", "-f", "manifest.yaml", "--objects", "objects.yaml"]
    return Bundle(folder.name, "", folder, args)


def request(bundle):
    manifest = next(bundle.manifests())
    target = world.target_of(manifest, bundle.mesh())
    objects = [o for o in bundle.live_objects()]
    return {"id": bundle.name, "asks": ["clusters"], "objects": world.as_text(objects), **target.request()}


def is_served(predicted, built):
    return any(c["type"] == predicted["type"] and (compare.built_http2(c) or not predicted["http2"]) for c in built)


def judge(tally, bundle, answer, warned):
    said = CODE in harness.run(["check", *bundle.args[1:]], cwd=bundle.folder).stderr
    tally.equal(said, warned, f"{bundle.name}: a warning")
    for predicted in bundle.clusters():
        host = predicted["name"].split("|")[3]
        if not warned and host.split(".")[1] != "shop":
            continue  # of a namespace of which the objects tell nothing
        built = [c for c in answer["clusters"] if c["name"] == predicted["name"]]
        if not warned and built and built[0]["type"] == "STRICT_DNS":
            built = [{**built[0], "type": predicted["type"]}]  # of a ServiceEntry
        tally.equal(is_served(predicted, built), not warned, f"{bundle.name}: {predicted['name']} serves a filter")
        tally.count("clusters judged")


def judge_all(tally):
    tally.check(len(WARNED) > 5, f"{len(WARNED)} cases of CO0316")
    bundles = [(bundle_of(folder), folder in WARNED) for folder in [*WARNED, *SILENT]]
    with Oracles() as oracles:
        answers = oracles.ask_all([request(bundle) for bundle, _ in bundles])
    for (bundle, warned), answer in zip(bundles, answers):
        judge(tally, bundle, answer, warned)


tests = [judge_all]
