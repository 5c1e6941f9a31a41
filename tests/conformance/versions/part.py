"""What the CRDs of each version of Istio say of what is generated for it.

Every golden and sample is judged by the CRDs of each version of its own range, and generated again for each version alone, where
that is refused or valid in it.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import processes  # noqa: E402
from bundles import bundles  # noqa: E402
from referees import Oracles, Refused, verdicts_of  # noqa: E402

# The newest that can be had of each minor; of those below no CRDs can be.
REFEREES = ("1.19.0", "1.20.0", "1.21.0", "1.22.0", "1.23.0", "1.24.2", "1.25.0", "1.26.0", "1.27.0", "1.28.0", "1.29.0", "1.30.8",
            "1.31.4", "1.32.0")
WITHOUT = "1.11 to 1.18"
REFUSED = 3
VERSION_FLAG = "--istio-version"


def minor(version):
    return tuple(map(int, version.split(".")[:2]))


def text_of(minor_version):
    return ".".join(map(str, minor_version))


# ---- what is judged ----


def for_one_version(tally, bundle, version):
    """What is generated for that version alone, or None where that is refused."""
    args = list(bundle.args)
    if VERSION_FLAG in args:
        at = args.index(VERSION_FLAG)
        del args[at:at + 2]
    result = harness.run([*args, VERSION_FLAG, text_of(minor(version))], cwd=bundle.folder, stdin=bundle.stdin)
    if result.returncode == REFUSED:
        return None
    tally.check(result.returncode == 0, f"{bundle.name} for {version} is generated", result.stderr)
    return result.stdout.decode()


def texts_for(tally, given, version):
    """{text: who it is of}: each text is judged once."""
    texts, refused = {}, 0
    for bundle, alone in zip(given, harness.parallel(lambda b: for_one_version(tally, b, version), given)):
        low, high = bundle.versions()
        if low <= minor(version) <= high:
            texts.setdefault(bundle.text, f"{bundle.name}, for {text_of(low)} to {text_of(high)}")
        if alone:
            texts.setdefault(alone, f"{bundle.name}, for {text_of(minor(version))} alone")
        refused += alone is None
    return texts, refused


def judge(tally, version, texts, answers):
    for (_, who), answer in zip(texts.items(), answers):
        if not tally.check(not isinstance(answer, Refused), f"{who}: Istio {version} reads it", answer):
            continue
        for verdict in verdicts_of(answer):
            faults = [e for e in verdict["errors"] if e.startswith("CRD: ")]  # the webhook is the newest Istio's
            tally.check(not faults, f"{who}: {verdict['object']} by the CRDs of {version}", "\n".join(faults))
            tally.count("objects judged")


def crds_of(tally):
    found = {}
    for version in REFEREES:
        try:
            found[version] = processes.provided(HERE / "get-crds", version)
        except processes.Missing:
            tally.skip(f"the CRDs of Istio {version} cannot be had")
    return found


# What came with a version must be refused by the CRDs of the one before: else they would judge nothing.
TOO_NEW = {
    "1.21.0": {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "x"}]},
    "1.26.0": {"failStrategy": "FAIL_RELOAD"},
}


def judge_referee(tally, oracles, version, crds):
    """The CRDs do refuse what their version does not know."""
    plugin = {"apiVersion": "extensions.istio.io/v1alpha1", "kind": "WasmPlugin", "metadata": {"name": "x", "namespace": "x"},
              "spec": {"url": "oci://example.com/x", **TOO_NEW[version]}}
    answer = oracles.ask(id=version, asks=["validate"], objects=json.dumps(plugin), crds=str(crds))
    faults = [e for e in answer["validate"][0]["errors"] if e.startswith("CRD: ")]
    tally.check(faults, f"the CRDs of {version} refuse what is too new: {TOO_NEW[version]}")


def judge_versions(tally):
    given = [b for b in bundles() if not b.is_json]
    for version, crds in crds_of(tally).items():
        texts, refused = texts_for(tally, given, version)
        requests = [{"id": who, "asks": ["validate"], "objects": text, "crds": str(crds)} for text, who in texts.items()]
        with Oracles() as oracles:
            judge(tally, version, texts, oracles.ask_all(requests))
            if version in TOO_NEW:
                judge_referee(tally, oracles, version, crds)
        tally.count("versions of Istio")
        tally.note(f"Istio {text_of(minor(version))}: CRDs of istio.io/api {version}, {len(texts)} different outputs, "
                   f"{refused} manifests refused for it")
    tally.note(f"Istio {WITHOUT}: no referee can be had, what is generated rests on tables")


tests = [judge_versions]
