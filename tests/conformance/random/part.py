#!/usr/bin/env python3
"""Manifests made by chance, judged as the stored ones are: what is not refused must be right.

    part.py [--seed N] [--count N]    runs alone; a failure names the folder of its manifest, which is kept

Each is refused with a place, or generated; what is generated, Istio's webhook and CRDs take, those of the lowest and the highest
version of its range too; the proxy that it is for has the predicted clusters, as predicted, and nothing else changes there; and a
proxy that it is not for notices nothing. `callout verify` finds them resolved there. Envoy takes the clusters that were made by
EnvoyFilters, and calls no field of them deprecated that the oldest version of the range could do without.
"""

import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "prediction"), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import http_filters  # noqa: E402
import processes  # noqa: E402
import run  # noqa: E402
import world  # noqa: E402
from bundles import Bundle  # noqa: E402
from changes import changes  # noqa: E402
from manifests import Chooser, as_text  # noqa: E402
from referees import BOOTSTRAP, Oracles, Refused  # noqa: E402

acceptance, prediction, versions = map(run.load, ("acceptance", "prediction", "versions"))
SEED = 1  # the same ones each time, so that a change is judged and not chance; look further with --seed
ACCEPTED = 60
REFUSED = 3
PLACE = re.compile(rb":\d+:\d+: error CO\d{4}: ")
ENVOY = "1.40.0"
TYPED_NAMES = (1, 13)  # whose Envoy has match_typed_subject_alt_names


# ---- making them ----


def made(tally, seed, folder):
    """The bundle of what is generated from the manifests of that seed, or None where they are refused."""
    documents = Chooser(random.Random(seed), folder.parent).documents()
    folder.mkdir()
    (folder / "manifest.yaml").write_text(as_text(documents))
    args = ["generate", "-f", "manifest.yaml"]
    result, check = harness.run(args, cwd=folder), harness.run(["check", "-f", "manifest.yaml"], cwd=folder)
    what = f"{folder}: "
    tally.equal(check.returncode, result.returncode, what + "check and generate agree")
    tally.check(set(check.stderr.splitlines()) >= set(result.stderr.splitlines()), what + "check finds what generate finds",
                harness.difference(check.stderr, result.stderr))
    if result.returncode == REFUSED:
        tally.check(PLACE.search(result.stderr) and not result.stdout, what + "is refused with a place", result.stderr)
        return None
    if not tally.check(result.returncode == 0, what + "is generated", result.stderr):
        return None
    as_json = harness.run([*args, "-o", "json"], cwd=folder)
    bundle = Bundle(folder.name, result.stdout.decode(), folder, args)
    tally.equal(json.loads(as_json.stdout)["items"] if result.stdout else [], bundle.objects, what + "YAML and JSON say the same")
    return bundle if bundle.objects else None


def make_all(tally, seed, count, folder):
    """So many that are accepted."""
    bundles, tried = [], 0
    while len(bundles) < count and tried < 20 * count:
        batch = range(tried, tried + 2 * count)
        found = harness.parallel(lambda n: made(tally, f"{seed}-{n}", folder / f"{seed}-{n}"), batch)
        bundles += [b for b in found if b]
        tried += len(batch)
    tally.count("manifests refused", tried - len(bundles))
    tally.count("manifests accepted", len(bundles))
    return bundles


# ---- validation ----


def judge_objects(tally, bundles):
    with Oracles() as oracles:
        answers = oracles.ask_all([{"id": b.name, "asks": ["validate"], "objects": b.text} for b in bundles])
    for bundle, answer in zip(bundles, answers):
        acceptance.judge(tally, str(bundle.folder), answer)


def judge_versions(tally, bundles):
    crds = {versions.minor(v): (v, path) for v, path in versions.crds_of(tally).items()}
    requests = {}
    for bundle in bundles:
        for minor in set(bundle.versions()) & crds.keys():
            requests.setdefault(minor, {})[bundle.text] = f"{bundle.folder} for {versions.text_of(minor)}"
    with Oracles() as oracles:
        for minor, texts in requests.items():
            version, path = crds[minor]
            asked = [{"id": who, "asks": ["validate"], "objects": text, "crds": str(path)} for text, who in texts.items()]
            versions.judge(tally, version, texts, oracles.ask_all(asked))


# ---- prediction ----


class Question(prediction.Question):
    def __init__(self, bundle, target, manifests):
        super().__init__(bundle, target, manifests)
        self.title = f"{bundle.folder}: {target}"
        self.bystander = world.Target(target.kind, "far-away", target.labels, target.gateway, target.filtered, target.ports)
        self.stranger = world.Target(target.kind, target.namespace, {"app": "someone-else"}, "another" * bool(target.gateway), target.filtered)
        self.predicted = bundle.clusters()

    def requests(self):
        before = self.surroundings()
        after = f"{before}\n---\n{self.generated()}"
        asked = [self.request(before), self.request(after)]
        return [*asked, *({**a, **self.bystander.request()} for a in asked), {**asked[1], **self.stranger.request()}]

    def is_selective(self):
        """Are there others of the same kind in the namespace that it is not for?"""
        targets = [m["spec"].get("target", {}) for m in self.manifests]
        return self.target.kind != "waypoint" and all("selector" in t or "targetRefs" in t for t in targets)

    def expected_changes(self, predicted):
        """A service that is referred to comes with the clusters of all its ports and subsets."""
        expected = super().expected_changes(predicted)
        named = [change.split("|") for change in expected if change.count("|") == 3]
        subsets = {(host, subset) for _, _, subset, host in named} | {(host, "") for *_, host in named}
        return expected | {f"{lead}|{port}|{subset}|{host}" for lead, port, _, host in named for of, subset in subsets if of == host}

    def misses(self):
        """Does a finding say that the proxies do not see what is exported?"""
        return self.is_told("CO0275")

    def is_hidden(self):
        """Does a finding say that the proxies see another entry of a host first? Its clusters are there, or none."""
        return self.is_told("CO0314")

    def is_told(self, code):
        return f" {code}: ".encode() in harness.run(["check", "-f", "manifest.yaml"], cwd=self.bundle.folder).stderr

    def upstreams(self):
        for manifest in self.bundle.manifests():
            yield from ((manifest, u) for u in manifest["spec"].get("upstreams") or [])

    def is_public(self):
        return any(u.get("isolated") is False for _, u in self.upstreams())

    def reaches_all(self):
        """Is some of it for proxies of any namespace?"""
        root = self.mesh.get("rootNamespace", world.ROOT)
        return any(m["metadata"]["namespace"] == root for m in self.bundle.manifests()) or any("*" in u.get("exportTo", ()) for _, u in self.upstreams())


def questions(bundles):
    for bundle in bundles:
        by_target = {}
        for manifest in bundle.manifests():
            target = world.target_of(manifest, bundle.mesh())
            by_target.setdefault(repr(target), (target, []))[1].append(manifest)
        yield from (Question(bundle, target, manifests) for target, manifests in by_target.values())


def clusters_of(question):
    """What is predicted for the manifests of this target."""
    wanted = prediction.ids(question.manifests, "/")
    return [c for c in question.predicted if c["manifest"] in wanted]


# ---- where the filter runs ----


def chains_of(listeners):
    """[(mode, port, HTTP filters)] of every place where HTTP is handled."""
    for listener in listeners:
        port = listener["address"].get("socketAddress", {}).get("portValue")
        for chain in listener.get("filterChains", []):
            inbound = listener["name"] == "virtualInbound"
            place = chain.get("filterChainMatch", {}).get("destinationPort") if inbound else port
            for filters in http_filters.http_filter_chains([{"filterChains": [chain]}]):
                if place:
                    yield "SERVER" if inbound else "CLIENT", place, filters


def is_matched(rows, mode, port):
    """As the documentation of match says: one row that fits is enough."""
    return any(row.get("mode", mode) in (mode, "CLIENT_AND_SERVER") and port in ([p["number"] for p in row.get("ports", ())] or [port]) for row in rows)


def judge_places(tally, question, listeners):
    """A waypoint has one listener for all its services: prediction.judge_filters has seen it."""
    if question.target.kind == "waypoint":
        return
    for manifest in question.manifests:
        if "filter" not in manifest["spec"]:
            continue
        own, rows = prediction.ids([manifest], "."), manifest["spec"]["filter"].get("match") or [{}]
        for mode, port, filters in chains_of(listeners):
            runs = [f for f in filters if http_filters.manifest_of(f["name"]) in own]
            tally.equal(len(runs), int(is_matched(rows, mode, port)), f"{question.title}: how often {own} runs for {mode} at {port}")
            tally.count("chains of filters")


def carrier_of(question, manifest):
    """The objects that istiod puts in order among each other."""
    own = prediction.ids([manifest], ".")
    named = [o["kind"] for o in question.bundle.objects if f"{o['metadata']['namespace']}.{o['metadata']['name']}" in own]
    return "EnvoyFilter" if not {"WasmPlugin", "TrafficExtension"} & set(named) else "plugin"


def rank(carrier, described):
    """As the documentation of phase and priority says: the lower comes first. None is as good as the least."""
    phase, priority = described.get("phase"), described.get("priority")
    if carrier == "EnvoyFilter":
        return int(phase != "AUTHN"), -(priority or 0)
    return {"AUTHN": 0, "AUTHZ": 1, "STATS": 2}.get(phase, 3), 2**31 if priority is None else -priority


def judge_order(tally, question, listeners):
    ranks = {}
    for manifest in question.manifests:
        if "filter" in manifest["spec"]:
            carrier = carrier_of(question, manifest)
            own = next(iter(prediction.ids([manifest], ".")))
            ranks.setdefault((manifest["metadata"]["namespace"], carrier), {})[own] = rank(carrier, manifest["spec"]["filter"])
    for (_, carrier), known in ranks.items():
        for chain in http_filters.http_filter_chains(listeners):
            runs = [name for name in (http_filters.manifest_of(f["name"]) for f in chain) if name in known]
            tally.equal([known[name] for name in runs], sorted(known[name] for name in runs), f"{question.title}: the order of {carrier}s {runs}")
            tally.count("chains in which filters meet", int(len(runs) > 1))


def judge_stranger(tally, question, after):
    """Another proxy of the same kind and namespace sees the ServiceEntries, and nothing else."""
    chains = http_filters.http_filter_chains(after["listeners"])
    own = prediction.ids(question.manifests, ".")
    runs = {f["name"] for chain in chains for f in chain if http_filters.manifest_of(f["name"]) in own}
    private = {c["name"] for c in clusters_of(question) if c["kind"] == "envoyFilter"} & {c["name"] for c in after["clusters"]}
    tally.check(not runs and not private, f"{question.title}: a stranger has neither filters nor clusters of EnvoyFilters", (runs, private))


def judge_verify(tally, question, after):
    """What Istio builds for the proxy is what `callout verify` wants of it."""
    dump = question.bundle.folder / "clusters.json"
    dump.write_text(json.dumps([*after["clusters"], *BOOTSTRAP]))
    result = harness.run(["verify", "-f", "manifest.yaml", f"proxy.{question.target.namespace}=clusters.json", "-o", "json", "-q"],
                         cwd=question.bundle.folder)
    there, wanted = {c["name"] for c in after["clusters"]}, prediction.ids(question.manifests, "/")
    for v in json.loads(result.stdout)["verdicts"]:
        if v["manifest"] in wanted:
            said = "resolved" if v["cluster"] in there else "missing"
            tally.equal(v["verdict"], said, f"{question.title}: verify says of {v['cluster']} ({v['reasons']})")
            tally.count("verdicts")


def judge_question(tally, question, before, after, bystander_before, bystander_after, stranger):
    for answer in (before, after, bystander_before, bystander_after, stranger):
        if isinstance(answer, Refused):
            tally.check(False, f"{question.title}: Istio answers", answer)
            return
    if question.is_public() and question.is_hidden():
        tally.count("targets that see others' hosts, as a finding says")
        return
    absent = prediction.judge_clusters(tally, question, clusters_of(question), after)
    tally.check(not absent or question.misses(), f"{question.title}: every predicted cluster is there", sorted(absent))
    prediction.judge_filters(tally, question, after)
    judge_places(tally, question, after["listeners"])
    judge_order(tally, question, after["listeners"])
    judge_verify(tally, question, after)
    found = changes(before, after, prediction.ids(question.bundle.manifests(), "."))
    if question.is_public():
        found = {c for c in found if c.startswith("- cluster")}
    allowed = question.expected_changes(question.predicted)
    tally.equal(sorted(found - allowed), [], f"{question.title}: nothing else changes")
    if not question.reaches_all():
        tally.equal(sorted(changes(bystander_before, bystander_after)), [], f"{question.title}: a proxy far away notices nothing")
    if question.is_selective():
        judge_stranger(tally, question, stranger)
    question.built = [c for c in after["clusters"] if c["name"] in {p["name"] for p in clusters_of(question) if p["kind"] == "envoyFilter"}]


def judge_clusters(tally, bundles):
    asked = [q for q in questions(bundles) if not q.unjudged()]
    for flags in {repr(q.target.flags()): q.target.flags() for q in asked}.values():
        group = [q for q in asked if q.target.flags() == flags]
        with Oracles(flags) as oracles:
            answers = iter(oracles.ask_all([r for q in group for r in q.requests()]))
        for question in group:
            judge_question(tally, question, *(next(answers) for _ in range(5)))
    return asked


# ---- Envoy ----


def judge_envoy(tally, asked, folder):
    program = processes.provided(HERE.parent / "traffic" / "get-envoy", ENVOY)
    for question in asked:
        built = getattr(question, "built", [])
        if not built:
            continue
        config = folder / "envoy.json"
        config.write_text(json.dumps({"staticResources": {"clusters": built}}))
        said = subprocess.run([program, "--mode", "validate", "--disable-hot-restart", "--log-level", "warning", "-c", config], capture_output=True)
        tally.check(said.returncode == 0, f"{question.title}: Envoy takes its clusters", said.stdout + said.stderr)
        old = question.bundle.versions()[0] < TYPED_NAMES  # for which there is no other field
        tally.check(old or b"Deprecated" not in said.stderr, f"{question.title}: Envoy will take them tomorrow", said.stderr)
        tally.count("clusters that Envoy took", len(built))


# ---- the whole ----


def judge_all(tally, seed=SEED, count=ACCEPTED):
    print(f"random: --seed {seed}")
    folder, failed = pathlib.Path(tempfile.mkdtemp(prefix="callout-random-")), tally.failed
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    bundles = make_all(tally, seed, count, folder)
    judge_objects(tally, bundles)
    judge_versions(tally, bundles)
    asked = judge_clusters(tally, bundles)
    judge_envoy(tally, asked, folder)
    if tally.failed == failed:
        shutil.rmtree(folder)


tests = [judge_all]


if __name__ == "__main__":
    sys.exit(run.alone("random", judge_all, sys.argv[1:], seed=SEED, count=ACCEPTED))
