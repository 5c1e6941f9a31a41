#!/usr/bin/env python3
"""What `callout clusters` predicts for every golden and sample, beside what Istio builds from the generated objects.

Each manifest's own kind of proxy is asked before and after: the predicted clusters must be there, as predicted, and nothing else may
change but the listener of the isolated port in a sidecar. Where more changes, differences.txt lists it.

    part.py --record    writes differences.txt: read the diff
"""

import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import world  # noqa: E402
from bundles import bundles  # noqa: E402
from changes import changes, listed, record  # noqa: E402
from compare import differences  # noqa: E402
from http_filters import http_filter_chains, manifest_of  # noqa: E402
from referees import Oracles, Refused  # noqa: E402

ASKS = ["clusters", "endpoints", "listeners", "routes"]
NEW = "2024-01-01T00:00:00Z"
RECORD = HERE / "differences.txt"
ISOLATED_PORT, CLUSTER_DOMAIN = 47080, "cluster.local"


# ---- what is asked ----


def key_of(o):
    return o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]


class Question:
    """One bundle and one kind of proxy that its manifests mean."""

    def __init__(self, bundle, target, manifests):
        self.bundle, self.target, self.manifests = bundle, target, manifests
        self.mesh = bundle.mesh()
        self.title = f"{bundle.name}: {target}"

    def request(self, objects):
        root = self.mesh.get("rootNamespace")
        mesh = f"rootNamespace: {root}\n" if root else ""
        return {"id": self.title, "asks": ASKS, "mesh": mesh, "objects": objects, **self.target.request()}

    def surroundings(self):
        manifests = list(self.bundle.manifests())
        replaced = {key_of(o) for o in self.bundle.objects}  # by what is applied now
        live = [o for o in self.bundle.live_objects() if key_of(o) not in replaced]
        objects = [*live, *world.neighbours(self.target.namespace), *self.target.objects(),
                   *world.named_by(manifests, self.mesh.get("rootNamespace", world.ROOT))]
        return world.as_text(objects)

    def generated(self):
        objects = self.bundle.objects
        for o in objects:
            o["metadata"]["creationTimestamp"] = NEW
        return world.as_text(objects)

    def requests(self):
        before = self.surroundings()
        return [self.request(before), self.request(f"{before}\n---\n{self.generated()}")]

    # ---- who can judge ----

    def unjudged(self):
        """Why no Istio that can be had here can judge it, or None."""
        if self.mesh.get("clusterDomain", CLUSTER_DOMAIN) != CLUSTER_DOMAIN:
            return "another cluster domain"
        filters = [o for o in self.bundle.objects if o["kind"] == "EnvoyFilter"]
        if self.target.kind == "waypoint" and filters and not any("targetRefs" in o["spec"] for o in filters):
            if self.bundle.versions()[1] < (1, 27):
                return "waypoints before Istio 1.27, whose EnvoyFilters have no targetRefs"
        return None

    # ---- what may change ----

    def isolated_port(self):
        return self.mesh.get("isolatedPort", ISOLATED_PORT)

    def expected_changes(self, predicted):
        kinds = {"serviceEntry", "envoyFilter"}
        if self.target.kind == "waypoint" or self.target.filtered:
            kinds.add("service")  # such a proxy has only the services that something refers to
        expected = {f"+ cluster {c['name']}" for c in predicted if c["kind"] in kinds}
        port = self.isolated_port()
        if self.target.kind == "sidecar" and any(c["name"].startswith(f"outbound|{port}||") for c in predicted):
            expected |= {f"+ listener 0.0.0.0_{port}", f"+ route {port}"}
        return expected


def questions():
    for bundle in bundles():
        by_target = {}
        for manifest in bundle.manifests():
            target = world.target_of(manifest, bundle.mesh())
            by_target.setdefault(repr(target), (target, []))[1].append(manifest)
        yield from (Question(bundle, target, manifests) for target, manifests in by_target.values())


# ---- what is judged ----


def ids(manifests, separator):
    return {f"{m['metadata']['namespace']}{separator}{m['metadata']['name']}" for m in manifests}


def judge_clusters(tally, question, predicted, after):
    """Returns the names of those that are not there: where that is right, a finding says so, and differences.txt lists it."""
    absent = set()
    assignments = {a["clusterName"]: a for a in after["endpoints"]}
    upstreams = {(i, u["name"]): u for m in question.manifests for i in ids([m], "/") for u in m["spec"].get("upstreams") or []}
    for cluster in predicted:
        upstream = upstreams.get((cluster["manifest"], cluster["upstream"]))
        if upstream is None:
            continue  # of another target
        what = f"{question.title}: {cluster['name']}"
        built = [c for c in after["clusters"] if c["name"] == cluster["name"]]
        if not built:
            absent.add(cluster["name"])
            continue
        tally.equal(len(built), 1, f"{what} is there once")
        if cluster["kind"] != "existing":
            wrong = differences(cluster, upstream, built[0], assignments)
            tally.check(not wrong, f"{what} is as predicted", "\n".join(f"{f}: predicted {w}, built {g}" for f, w, g in wrong))
        tally.count("clusters compared")
    return absent


def judge_filters(tally, question, after):
    chains = http_filter_chains(after["listeners"])
    found = {manifest_of(f["name"]) for chain in chains for f in chain}
    wanted = ids([m for m in question.manifests if "filter" in m["spec"]], ".")
    tally.check(wanted <= found, f"{question.title}: the proxy runs the filter", f"{wanted - found} is in none of {len(chains)} chains")


def whose_dump(question):
    """What `proxy-config bootstrap` would say of the proxy."""
    target = question.target
    kind = {"gateway": "router"}.get(target.kind, target.kind)
    labels = {**target.labels, **({"gateway.networking.k8s.io/gateway-name": target.gateway} if target.gateway else {})}
    version = ".".join(map(str, question.bundle.versions()[1]))
    return {"bootstrap": {"node": {"id": f"{kind}~{world.ADDRESS}~it.{target.namespace}~{target.namespace}.svc.{CLUSTER_DOMAIN}",
                                   "metadata": {"ISTIO_VERSION": f"{version}.0", "NAMESPACE": target.namespace, "LABELS": labels}}}}


def judge_verdicts(tally, question, after, absent):
    """`callout verify` finds nothing wrong with what Istio makes of the generated objects."""
    with tempfile.TemporaryDirectory() as folder:
        dumps = {"bootstrap": whose_dump(question), **{ask: after[ask] for ask in ("clusters", "endpoints", "listeners") if after[ask]}}
        for name, dump in dumps.items():
            pathlib.Path(folder, name).write_text(json.dumps(dump))
        result = harness.run(["verify", *question.bundle.words(), "--only-matching", "-o", "json",
                              *(f"it={folder}/{name}" for name in dumps)], cwd=question.bundle.folder,
                             stdin=question.bundle.stdin)
    answer = json.loads(result.stdout or b"{}")
    got = [(v["cluster"], v["verdict"], [r["message"] for r in v["reasons"]]) for v in answer.get("verdicts", [])]
    wrong = [g for g in got if g[1:] != ("resolved", []) and not (g[1] == "missing" and g[0] in absent)]
    wrong += [p for p in answer.get("plugins", []) if p["verdict"] not in ("present", "unknown")]
    tally.check(answer and not wrong, f"{question.title}: verify resolves it", (wrong, result.stderr.decode()))
    tally.count("verdicts", len(got))


def judge(tally, question, before, after):
    """Returns what changed although nothing says so."""
    for answer in (before, after):
        if isinstance(answer, Refused):
            tally.check(False, f"{question.title}: Istio answers", answer)
            return set()
    predicted = question.bundle.clusters()
    absent = judge_clusters(tally, question, predicted, after)
    judge_filters(tally, question, after)
    judge_verdicts(tally, question, after, absent)
    expected, found = question.expected_changes(predicted), changes(before, after, ids(question.bundle.manifests(), "."))
    return (found - expected) | {f"no cluster {name}" for name in absent}


def judge_all(tally, recording=False):
    known, found = listed(RECORD), {}
    unjudged = {}
    asked = []
    for question in questions():
        why = question.unjudged()
        if why:
            unjudged.setdefault(why, []).append(question.title)
        else:
            asked.append(question)
    for flags in {repr(q.target.flags()): q.target.flags() for q in asked}.values():
        group = [q for q in asked if q.target.flags() == flags]
        with Oracles(flags) as oracles:
            answers = oracles.ask_all([r for q in group for r in q.requests()])
        for question, before, after in zip(group, answers[::2], answers[1::2]):
            found[question.title] = judge(tally, question, before, after)
    if recording:
        record(RECORD, found)
    else:
        for title, what in found.items():
            tally.equal(sorted(what), sorted(known.pop(title, ())), f"{title}: nothing else changes than {RECORD.name} lists")
        tally.equal(sorted(known), [], f"{RECORD.name} lists no case that is not there")
    for why, titles in sorted(unjudged.items()):
        tally.note(f"{len(titles)} predictions have no referee ({why})")


tests = [judge_all]


if __name__ == "__main__":
    import run

    judgement = run.Judgement("prediction")
    judge_all(judgement, recording="--record" in sys.argv)
    sys.exit(judgement.close())
