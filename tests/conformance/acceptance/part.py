"""What Istio's webhook and its CRDs say of every golden and sample: no error, no warning."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tools")]
from bundles import bundles  # noqa: E402
from referees import Oracles, Refused, verdicts_of  # noqa: E402

# The webhook says this of every EnvoyFilter.
STANDING = "EnvoyFilter exposes internal implementation details that may change at any time"


def is_standing(object_name, warning):
    return object_name.startswith("EnvoyFilter ") and STANDING in warning


def judge(tally, name, answer):
    if not tally.check(not isinstance(answer, Refused), f"{name}: is read", answer):
        return
    for verdict in verdicts_of(answer):
        what = verdict["object"]
        tally.check(not verdict["errors"], f"{name}: {what}: no error", "\n".join(verdict["errors"]))
        warnings = [w for w in verdict["warnings"] if not is_standing(what, w)]
        tally.check(not warnings, f"{name}: {what}: no warning", "\n".join(warnings))
        tally.count("objects judged")


def yaml_text(bundle):
    return "\n---\n".join(map(json.dumps, bundle.objects)) if bundle.is_json else bundle.text


def judge_bundles(tally):
    given = bundles()
    with Oracles() as oracles:
        answers = oracles.ask_all([{"id": b.name, "asks": ["validate"], "objects": yaml_text(b)} for b in given])
    for bundle, answer in zip(given, answers):
        judge(tally, bundle.name, answer)


tests = [judge_bundles]
