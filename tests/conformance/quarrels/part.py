"""What Istio and Envoy make of objects that quarrel: the behaviour that Callout's design rests on, so that a change is noticed."""

import json
import pathlib
import shutil
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "prediction"), str(HERE.parent / "traffic"), str(HERE.parents[1] / "tools")]
import certificates  # noqa: E402
import compare  # noqa: E402
import envoys  # noqa: E402
import processes  # noqa: E402
import proxies  # noqa: E402
import world  # noqa: E402
from referees import AMBIENT, FILTERED, PLAIN, Oracles  # noqa: E402

ENVOY = "1.40.0"
FLAGS = {"sidecar": PLAIN, "gateway": PLAIN, "filtered gateway": FILTERED, "waypoint": AMBIENT}
STANDING = "exposes internal implementation details"


# ---- cases ----


def complete(o):
    o = json.loads(json.dumps(o))
    version = "v1alpha3" if o["kind"] == "EnvoyFilter" else "v1"
    o["metadata"] = {"namespace": "shop", "creationTimestamp": world.OLD, **o["metadata"]}
    return {"apiVersion": f"networking.istio.io/{version}", **o}


def cases():
    for row in yaml.safe_load((HERE / "quarrels.yaml").read_text()):
        yield {**row, "objects": [complete(o) for o in row["objects"]]}


def request(case, ask):
    kind = ask.get("proxy", "sidecar")
    around = list(world.waypoint("middle", "shop")) if kind == "waypoint" else []
    return {"id": case["name"], "asks": ["clusters", "endpoints"], "objects": world.as_text([*around, *case["objects"]]),
            "proxy": kind.split()[-1], "namespace": ask.get("namespace", "shop"), "labels": ask.get("labels", {"app": "web"}),
            "gateway": "middle" if kind == "waypoint" else ""}


# ---- what proxies get ----


def judge(tally, case, ask, answer):
    what = f"{case['name']}: {ask.get('proxy', 'sidecar')} in {ask.get('namespace', 'shop')}"
    names = [c["name"] for c in answer["clusters"]]
    built = {c["name"]: c for c in answer["clusters"]}
    wanted, unwanted = set(ask.get("has", [])), set(ask.get("lacks", []))
    tally.equal(sorted(wanted - set(names)), [], f"{what}: what is there")
    tally.equal(sorted(unwanted & set(names)), [], f"{what}: what is not there")
    for name in ask.get("twice", []):
        tally.equal(names.count(name), 2, f"{what}: {name} is sent twice")
    for name, kind in ask.get("type", {}).items():
        tally.equal(built[name].get("type", "STATIC"), kind, f"{what}: type of {name}")
    for name, sni in ask.get("tls", {}).items():
        tally.equal((compare.built_tls(built[name]) or {}).get("sni"), sni, f"{what}: server name of {name}")
    for name in ask.get("plaintext", []):
        tally.equal(compare.built_tls(built[name]), None, f"{what}: TLS of {name}")
    for name, addresses in ask.get("dials", {}).items():
        dialled = sorted(f"{host}:{port}" for host, port in compare.built_endpoints(built[name], {}))
        tally.equal(dialled, addresses, f"{what}: addresses of {name}")


def judge_proxies(tally):
    pairs = [(case, ask) for case in cases() for ask in case.get("asks", [])]
    for flags in (PLAIN, FILTERED, AMBIENT):
        group = [(case, ask) for case, ask in pairs if FLAGS[ask.get("proxy", "sidecar")] == flags]
        with Oracles(flags) as oracles:
            for (case, ask), answer in zip(group, oracles.ask_all([request(*pair) for pair in group])):
                if tally.check(isinstance(answer, dict), f"{case['name']}: Istio answers", answer):
                    judge(tally, case, ask, answer)
    tally.count("quarrels", len({case["name"] for case, _ in pairs}))


# ---- what is said of the objects ----


def judge_words(tally):
    with Oracles() as oracles:
        for case in cases():
            verdicts = oracles.ask(id=case["name"], asks=["validate"], objects=world.as_text(case["objects"]))["validate"]
            errors = [e for v in verdicts for e in v["errors"]]
            warnings = [w for v in verdicts for w in v["warnings"] if STANDING not in w]
            if "refused" in case:
                tally.check(any(case["refused"] in e for e in errors), f"{case['name']}: refused", errors)
            elif case.get("silent"):
                tally.equal(errors + warnings, [], f"{case['name']}: nobody says a word")


# ---- what a real Envoy makes of it ----


GOOD = {"kind": "ServiceEntry", "metadata": {"name": "auth"}, "spec": {
    "hosts": ["auth.example.com"], "resolution": "STATIC", "ports": [{"number": 443, "name": "http", "protocol": "HTTP"}],
    "endpoints": [{"address": "127.0.0.1"}]}}


def added(**cluster):
    value = {"name": "added", "type": "STATIC", "connect_timeout": "1s", **cluster}
    return {"kind": "EnvoyFilter", "metadata": {"name": "added"}, "spec": {"configPatches": [
        {"applyTo": "CLUSTER", "patch": {"operation": "ADD", "value": value}}]}}


SERVICE = "outbound|443||auth.example.com"
# What is added, and whether Envoy then takes anything at all.
MEETINGS = {
    "a name of one's own": (added(), True),
    "the name of a service": (added(name=SERVICE), False),
    "a connect timeout of 0": (added(connect_timeout="0s"), False),
    "no name": (added(name=""), False),
}


def stage(folder, oracle, title, objects):
    istiod = proxies.Istiod("plain", oracle, folder / title.replace(" ", "-"), folder / "certificates",
                            world.as_text(map(complete, objects)))
    istiod.wait()
    envoy = envoys.Envoy(ENVOY, processes.provided(HERE.parent / "traffic" / "get-envoy", ENVOY),
                         proxies.PROXIES["sidecar"], istiod, [], [])
    envoy.wait()
    return envoy


def judge_envoy(tally):
    """Under delta xDS, the default, one bad cluster costs a new proxy all of its clusters."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="callout-quarrels-"))
    try:
        oracle = processes.provided(HERE.parent / "build", "oracle")
        (folder / "certificates").mkdir()
        certificates.make(folder / "certificates")
        for title, (extra, accepted) in MEETINGS.items():
            envoy = stage(folder, oracle, title, [GOOD, extra])
            envoy.process.until(lambda: any(envoy.statistics("cluster_manager.cds.update_(success|rejected)").values()))
            rejected = envoy.statistics("cluster_manager.cds.update_rejected")["cluster_manager.cds.update_rejected"]
            tally.equal(rejected == 0, accepted, f"Envoy {ENVOY}, {title}: the update is accepted")
            tally.equal(SERVICE in envoy.ask("/clusters"), accepted, f"Envoy {ENVOY}, {title}: the service's cluster is there")
            tally.count("meetings with Envoy")
    finally:
        processes.stop_beneath(folder)
        shutil.rmtree(folder, ignore_errors=True)


tests = [judge_proxies, judge_words, judge_envoy]
