"""Verdicts on clusters that lead to others, and on hosts that are not well."""

from judged import H2, HERE, judge, said_of
from make_invalid import manifest
from shapes import address
from verifying import cluster, dump, folder, text

AGGREGATE = "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig"
EXISTING = manifest("{name: auth, cluster: existing}")
NO_PANIC = {"common_lb_config": {"healthy_panic_threshold": {}}}


def conditions(name, *priorities, policy=(), **more):
    """A STATIC cluster; of each priority how many hosts have which health, as {health: number}."""
    lists = []
    for priority, counts in enumerate(priorities):
        hosts = [{"endpoint": address(*HERE), "health_status": health}
                 for health, n in counts.items() for _ in range(n)]
        lists.append({"locality": {}, "priority": priority, "lb_endpoints": hosts})
    assignment = {"cluster_name": name, "endpoints": lists, **({"policy": policy} if policy else {})}
    return cluster(name, type="STATIC", dials=None, socket=None, rule=None, **more, load_assignment=assignment)


def aggregate(*names, **more):
    """The cluster `existing`, which leads to these."""
    leads = {"name": "envoy.clusters.aggregate", "typed_config": {"@type": AGGREGATE, "clusters": [*names]}}
    return cluster("existing", type=None, dials=None, socket=None, rule=None, cluster_type=leads, **more)


def led(name, dials=(HERE,), **more):
    """A cluster that an aggregate leads to."""
    return cluster(name, type="STATIC", dials=dials, socket=None, **more)


def leading(first=(), second=(), **more):
    """An aggregate of two clusters, which may stand before it or behind it."""
    return text(dump(led("first", first), aggregate("first", "second"), led("second", second), **more))


# whose hosts there are: (those of both, verdict, codes of the reasons)
MEMBERS = {
    "both": (((HERE,), (HERE,)), "resolved", []),
    "the second": (((), (HERE,)), "resolved", []),
    "none": (((), ()), "uncallable", ["CO0531"]),
}


def test_aggregates(tally):
    waiting = ["--wait", "20s", "--interval", "10ms", "--", "cat", "d.json"]
    for name, (members, verdict, codes) in MEMBERS.items():
        with folder() as f:
            f.write("manifest.yaml", EXISTING)
            f.write("d.json", leading(*members))
            f.write("bad.json", "{")
            for args in (["d.json"], waiting if verdict == "resolved" else ["d.json"], ["d.json", "bad.json"]):
                report, _ = f.report(*args)
                what = f"an aggregate, {name} with hosts, {args}"
                tally.check(said_of(report) == [(verdict, codes)], f"{what}: {said_of(report)}", report["findings"])
                found = [x["code"] for x in report["findings"]]
                tally.equal(found.count("CO0409"), args.count("bad.json"), f"{what}: what is wrong is said once")
            piped, _ = f.report("-", stdin=leading(*members).encode())
            tally.equal(said_of(piped), [("resolved", ["CO0535"])],
                        f"an aggregate, {name} with hosts, of a pipe, which is read once")


def test_read_twice(tally):
    """Dumps of an aggregate are read twice; what is wrong with them is told once, and so is what the manifest had."""
    with_a_warning = "  filter: {wasm: {url: 'oci://example.com/a:1'}, config: {a: 9007199254740993}}\n"
    with folder() as f:
        f.write("manifest.yaml", EXISTING + with_a_warning)
        f.write("d.json", leading((HERE,), (HERE,)))
        bad = [f.write(f"bad{i}.json", "{") for i in range(20)]
        report, _ = f.report("d.json", *bad)
        codes = [x["code"] for x in report["findings"]]
        of_manifest = [code for code in codes if code.startswith("CO02")]
        tally.equal((codes.count("CO0409"), len(of_manifest)), (len(bad), 1),
                    f"read twice: each finding is told once: {codes}")


def many(*with_hosts, n):
    """An aggregate of n clusters, of which few have hosts."""
    names = [f"m{i}" for i in range(n)]
    return dump(aggregate(*names), *(led(name, (HERE,) if i in with_hosts else ()) for i, name in enumerate(names)))


def spoken(first, second, dials=((HERE,), (HERE,)), **own):
    """An aggregate of two clusters that speak different versions of HTTP."""
    return dump(aggregate("first", "second", **own), led("first", dials[0], **first), led("second", dials[1], **second))


# name: (protocol, dump, verdict, codes of the reasons)
LED = {
    "as many as are kept, none with hosts": ("HTTP", many(n=16), "uncallable", ["CO0531"]),
    "as many as are kept, the last with hosts": ("HTTP", many(15, n=16), "resolved", []),
    "more than are kept, the last with hosts": ("HTTP", many(16, n=17), "resolved", ["CO0535"]),
    "more than are kept, none with hosts": ("HTTP", many(n=40), "resolved", ["CO0535"]),
    "more than are kept, the first with hosts": ("HTTP", many(0, n=17), "resolved", []),
    "of clusters that speak HTTP/2": ("GRPC", spoken(H2, H2), "resolved", []),
    "of clusters that speak HTTP/1.1": ("GRPC", spoken({}, {}), "mismatched", ["CO0544"]),
    "of clusters that speak HTTP/1.1, with HTTP/2 of its own": ("GRPC", spoken({}, {}, **H2), "mismatched", ["CO0544"]),
    "of which the one that is not called speaks HTTP/1.1": ("GRPC", spoken(H2, {}), "resolved", []),
    "of which the one that is called speaks HTTP/1.1": (
        "GRPC", spoken(H2, {}, ((), (HERE,))), "mismatched", ["CO0544"]),
}


def test_led(tally):
    """How many an aggregate leads to, and what these speak."""
    judge(tally, {f"an aggregate, {name}": (manifest(f"{{name: auth, cluster: existing, protocol: {protocol}}}"),
                                            text(content), verdict, codes)
                  for name, (protocol, content, verdict, codes) in LED.items()})


# name: (clusters, verdict, codes of the reasons): what calls come to in Envoy 1.36 and 1.40
UNWELL = {
    "one degraded host of many": (
        [conditions("existing", {"DEGRADED": 1, "UNHEALTHY": 199}, **NO_PANIC)], "uncallable", ["CO0532"]),
    "one healthy host of many": (
        [conditions("existing", {"HEALTHY": 1, "UNHEALTHY": 199}, **NO_PANIC)], "resolved", []),
    "one degraded host of some": (
        [conditions("existing", {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)], "resolved", []),
    "an aggregate that panics, of a member that does not": (
        [aggregate("m"), conditions("m", {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)], "uncallable", ["CO0531"]),
    "the same, which does not either": (
        [aggregate("m", **NO_PANIC), conditions("m", {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)], "resolved", []),
    "the same, with a healthy host of another priority": (
        [aggregate("m"), conditions("m", {"HEALTHY": 1, "UNHEALTHY": 9}, {"DEGRADED": 1, "UNHEALTHY": 9}, **NO_PANIC)],
        "resolved", ["CO0535"]),
    "an aggregate of one that refuses, and whose hosts count by their weights": (
        [aggregate("m", "n"), conditions("m", {"HEALTHY": 4, "UNHEALTHY": 1}, policy={"weighted_priority_health": True},
                                         lb_subset_config={"fallback_policy": "NO_FALLBACK", "subset_selectors": [{"keys": ["v"]}]}),
         conditions("n", {"HEALTHY": 1})], "resolved", ["CO0535"]),
    "an aggregate of such that all refuse": (
        [aggregate("m", "n"), *(conditions(name, {"HEALTHY": 4, "UNHEALTHY": 1}, policy={"weighted_priority_health": True},
                                           circuit_breakers={"thresholds": [{"max_requests": 0}]}) for name in "mn")],
        "uncallable", ["CO0531"]),
    "the same by their number": (
        [aggregate("m", "n"), conditions("m", {"HEALTHY": 4, "UNHEALTHY": 1}, lb_subset_config={
            "fallback_policy": "NO_FALLBACK", "subset_selectors": [{"keys": ["v"]}]}),
         conditions("n", {"HEALTHY": 1})], "uncallable", ["CO0531"]),
    "degraded hosts, which hashes do not find": (
        [conditions("existing", {"DEGRADED": 1}, lb_policy="MAGLEV")], "uncallable", ["CO0532"]),
    "the same, and checks may find them unhealthy, so that Envoy panics": (
        [conditions("existing", {"DEGRADED": 1}, lb_policy="MAGLEV", health_checks=[{}])], "resolved", ["CO0532"]),
    "the same, without panic": (
        [conditions("existing", {"DEGRADED": 1}, lb_policy="MAGLEV", health_checks=[{}], **NO_PANIC)], "uncallable", ["CO0532"]),
    "none that is well, and weights count": (
        [conditions("existing", {"UNHEALTHY": 2}, policy={"weighted_priority_health": True}, **NO_PANIC)],
        "uncallable", ["CO0532"]),
    "an aggregate of those": (
        [aggregate("m", **NO_PANIC),
         conditions("m", {"UNHEALTHY": 2}, policy={"weighted_priority_health": True}, **NO_PANIC)],
        "uncallable", ["CO0531"]),
}


def test_unwell(tally):
    """Hosts that are not well, and what is said of those that hashes do not find."""
    judge(tally, {name: (EXISTING, text(dump(*clusters)), verdict, codes)
                  for name, (clusters, verdict, codes) in UNWELL.items()})
    by_weights = {"lb_policy": "MAGLEV", "common_lb_config": {"locality_weighted_lb_config": {}}}
    with folder() as f:
        f.write("manifest.yaml", EXISTING)
        f.write("d.json", text(dump(conditions("existing", {"UNHEALTHY": 2}, **by_weights))))
        report, _ = f.report("d.json")
        messages = [r["message"] for r in report["verdicts"][0]["reasons"]]
        tally.check(not any("panic threshold is 0" in m for m in messages),
                    f"a threshold that is not 0 is not called so: {messages}")


def test_composite(tally):
    """Which clusters it leads to is said; it does not choose among them as an aggregate does."""
    own = {"no limits": {}, "limits of its own, which nobody heeds": {"circuit_breakers": {"thresholds": [{"max_requests": 0}]}}}
    with folder() as f:
        f.write("manifest.yaml", EXISTING)
        for name, limits in own.items():
            composite = cluster("existing", type=None, dials=None, lb_policy="CLUSTER_PROVIDED", cluster_type={
                "name": "envoy.clusters.composite", "typed_config": {"clusters": [{"name": "m"}, {"name": "n"}]}}, **limits)
            f.write("d.json", text(dump(composite, cluster("m", dials=()), cluster("n"))))
            report, _ = f.report("d.json")
            message = report["verdicts"][0]["reasons"][-1]["message"]
            tally.equal(said_of(report), [("resolved", ["CO0535"])], f"a composite with {name}: on a condition")
            tally.check("m (it has no endpoints" in message and message.endswith(", n"), f"a composite: its clusters are named: {message}")


COMPOSITE, EXTENSION = "envoy.clusters.composite", "of.an.extension"


def leading_on(name, kind, *names):
    """A cluster of a kind that is no aggregate, which leads to these."""
    return cluster(name, type=None, dials=None, socket=None, rule=None, cluster_type={
        "name": kind, "typed_config": {"clusters": [{"name": n} for n in names]}})


# name: the clusters
CIRCLES = {
    "a composite of itself": [leading_on("existing", COMPOSITE, "existing")],
    "an unknown kind that leads to itself": [leading_on("existing", EXTENSION, "existing")],
    "composites of each other": [leading_on("existing", COMPOSITE, "b"), leading_on("b", COMPOSITE, "existing", "c"), leading_on("c", COMPOSITE, "c")],
    "an aggregate of a composite of itself": [aggregate("b"), leading_on("b", COMPOSITE, "b")],
    "a composite of an aggregate of it": [leading_on("existing", COMPOSITE, "b"), aggregate("existing") | {"name": "b"}],
}


def test_circles(tally):
    """What leads to others again is not followed: it could go round for ever."""
    judge(tally, {name: (EXISTING, text(dump(*clusters)), "resolved", ["CO0535"]) for name, clusters in CIRCLES.items()})


tests = [test_circles, test_composite, test_aggregates, test_read_twice, test_led, test_unwell]
