"""Verdicts on the hosts of a cluster: which are dialled, which are well, and what becomes of calls if not."""

import json

from judged import AT_ADDRESS, HERE, KEPT, SERVICE_NAME, camel_text, judge, service_dump
from make_invalid import EDS, SERVICE, manifest
from shapes import address, clusters_section, endpoints, endpoints_section, section
from verifying import MANIFEST, NAME, array, camel, cluster, dump, folder, text

FIXED = manifest("{name: auth, host: auth.example.com, endpoints: [%s]}" % ", ".join(
    f"{{address: 10.{i // 200}.0.{i % 200}}}" for i in range(1, KEPT + 1)))


def fixed(*numbers):
    return text(dump(cluster(type="STATIC", dials=[(f"10.{i // 200}.0.{i % 200}", 443) for i in numbers])))


def dropping(*drop):
    """Endpoints of which so many calls do not arrive: a numerator and, unless it is HUNDRED, a denominator."""
    percentage = dict(zip(("numerator", "denominator"), drop))
    return {**endpoints(NAME, ("auth.example.com", 443)),
            "policy": {"drop_overloads": [{"category": "x", "drop_percentage": percentage}]}}


def host(number):
    """The address of a host by its number."""
    return address(f"192.0.2.{number}", 443)


def seen(*hosts):
    """/clusters: what the proxy says of each host."""
    statuses = [{**host(number), **said} for number, said in enumerate(hosts)]
    return text({"cluster_statuses": [{"name": NAME, "host_statuses": statuses}]})


def hosts(*connections):
    """/clusters: of each host, how many connections there were, and how many failed."""
    return seen(*({"stats": [{"name": "cx_connect_fail", "value": str(failed)},
                             {"name": "cx_total", "value": str(tried)},
                             {"name": "rq_success"}]} for tried, failed in connections))


def unhealthy(n):
    """/clusters: so many hosts, none of which passed its checks."""
    return seen(*[{"health_status": {"failed_active_health_check": True}, "stats": [{"name": "cx_total"}]}] * n)


def of_priorities(*healthy):
    """/clusters: a host of each priority, and whether it is healthy."""
    return seen(*({"priority": i, "health_status": {"eds_health_status": "HEALTHY" if is_healthy else "UNHEALTHY"}}
                  for i, is_healthy in enumerate(healthy)))


def flagged(*flags):
    """/clusters: a healthy host, and two that have these flags."""
    healthy = {"eds_health_status": "HEALTHY"}
    unlike = {**healthy, **{flag: True for flag in flags}}
    return seen({"health_status": healthy}, {"health_status": unlike}, {"health_status": unlike})


def policy(name, **members):
    """A policy of balancing, by the name of its extension."""
    config = {"@type": f"type.googleapis.com/envoy.extensions.load_balancing_policies.{name}", **members}
    return {"policies": [{"typed_extension_config": {"name": "x", "typed_config": config}}]}


def by_eds(**assignment):
    """A dump's section: what EDS says of the cluster's hosts."""
    assigned = {"endpoint_config": {"cluster_name": NAME, **assignment}}
    return [section("Endpoints", dynamic_endpoint_configs=[assigned])]


def three_of_four(factor):
    """Of four hosts, as Envoy 1.36 and 1.40 print it; a factor of 140 lets three take the calls of all."""
    hosts = [{"endpoint": host(i), "health_status": health, "load_balancing_weight": 1}
             for i, health in enumerate(("HEALTHY", "HEALTHY", "HEALTHY", "UNHEALTHY"))]
    return by_eds(endpoints=[{"locality": {}, "lb_endpoints": hosts}], policy={"overprovisioning_factor": factor})


def weighted(*weights):
    """Of a host in each locality, as Envoy prints it: a weight that is not set is 0."""
    return by_eds(endpoints=[{"locality": {}, "lb_endpoints": [{"endpoint": host(i)}], "load_balancing_weight": weight}
                             for i, weight in enumerate(weights)])


def listed(n):
    """The dump of a cluster, and what EDS says of so many hosts."""
    return text(dump(cluster(), extra=[endpoints_section((NAME, *((f"192.0.2.{i}", 443) for i in range(n))))]))


def connected(tried, failed, name=NAME):
    return (f"cluster.{name}.upstream_cx_connect_fail: {failed}\ncluster.{name}.upstream_cx_total: {tried}\n"
            "cluster_manager.cds.update_rejected: 0\n")


def members(total, name=SERVICE_NAME, **counted):
    """Statistics: how many hosts there are, and how many of them are so."""
    return "".join(f"cluster.{name}.membership_{what}: {n}\n" for what, n in {**counted, "total": total}.items())


def of_service(**how):
    return service_dump(clusters_section(cluster(SERVICE_NAME, **EDS, **how)))


AT_SIX = manifest("{name: auth, host: auth.example.com, endpoints: [{address: '2001:DB8:0:0::1'}]}")
STRICT = {"common_lb_config": {"zone_aware_lb_config": {"fail_traffic_on_panic": True}}}
AT_TWO = manifest("{name: auth, host: auth.example.com, endpoints: [{address: 192.0.2.0}, {address: 192.0.2.1}]}")
TWO_PRIORITIES = {"cluster_name": NAME, "endpoints": [
    {"priority": i, "lb_endpoints": [{"endpoint": host(i)}]} for i in range(2)]}
HASHED = {"type": "EDS", "dials": None, "lb_policy": "MAGLEV", "common_lb_config": {"locality_weighted_lb_config": {}}}
CERTAIN = {"common_lb_config": {**STRICT["common_lb_config"], "healthy_panic_threshold": {"value": 100}}}
NO_RING = {"lb_policy": "RING_HASH", "ring_hash_lb_config": {"minimum_ring_size": 0}}
BY_WEIGHT = policy("round_robin.v3.RoundRobin", locality_lb_config={"locality_weighted_lb_config": {}})
NO_PANIC = {"common_lb_config": {"healthy_panic_threshold": {}}}
LEFT_TO_A_RING = policy("override_host.v3.OverrideHost", fallback_policy=policy("ring_hash.v3.RingHash", minimum_ring_size="0"))
LEFT_TO_RANDOM = policy("override_host.v3.OverrideHost", fallback_policy=policy("random.v3.Random"))
NO_WEIGHTS = {"cluster_name": NAME, "endpoints": [{"lb_endpoints": [{"endpoint": address("auth.example.com", 443)}]}]}


def balanced(first, second, sort=False):
    """A cluster that has both, in this order."""
    return json.dumps(dump(cluster(load_assignment=NO_WEIGHTS, **first, **second)), sort_keys=sort)


def panicking(percent):
    """A cluster that calls none of its hosts where fewer than that are well."""
    threshold = {"healthy_panic_threshold": {"value": percent}}
    return text(dump(cluster(common_lb_config={**STRICT["common_lb_config"], **threshold})))


# name: (manifest, the dump or {file: content}, verdict, codes of the reasons)
HOSTS = {
    "hosts that may be ejected, and are not shown": (
        AT_ADDRESS, text(dump(cluster(type="STATIC", dials=(("10.0.0.1", 443),), health_checks=[{}]))), "resolved", []),
    **{
        f"connection pools, {n}": (
            AT_ADDRESS,
            text(
                dump(
                    cluster(
                        type="STATIC",
                        dials=(("10.0.0.1", 443),),
                        circuit_breakers={"thresholds": [{"max_connection_pools": n}]},
                    )
                )
            ),
            "resolved", codes)
        for n, codes in ((1, ["CO0533"]), (255, ["CO0533"]), (256, []))
    },
    **{
        f"connection pools, {n}, for hosts that {what}": (SERVICE, {"d.json": of_service(circuit_breakers={
            "thresholds": [{"max_connection_pools": n}]}), **others}, "resolved", codes)
        for what, others, n, codes in (("statistics count", {"s.txt": members(4, healthy=4)}, 1, ["CO0533"]),
                                       ("statistics count", {"s.txt": members(4, healthy=4)}, 1023, ["CO0533"]),
                                       ("statistics count", {"s.txt": members(4, healthy=4)}, 1024, []),
                                       ("nothing counts", {}, 1, ["CO0533"]), ("nothing counts", {}, 255, ["CO0533"]), ("nothing counts", {}, 256, []))
    },
    "an address in another spelling, as Envoy prints it": (
        AT_SIX,
        {"c.json": array(cluster(type="EDS", dials=None)),
         "e.json": json.dumps([camel(endpoints(NAME, ("2001:db8::1", 443)))])},
        "resolved", []),
    "an address beside it": (
        AT_SIX,
        {"c.json": array(cluster(type="EDS", dials=None)),
         "e.json": json.dumps([camel(endpoints(NAME, ("2001:db8::2", 443)))])},
        "mismatched", ["CO0543"]),
    "all or nothing, and the second priority takes all": (
        MANIFEST, {"d.json": text(dump(cluster(**STRICT))), "h.json": of_priorities(0, 1, 0, 0)}, "resolved", []),
    "all or nothing, and nothing of any priority": (
        MANIFEST, {"d.json": text(dump(cluster(**STRICT))), "h.json": of_priorities(0, 0)}, "uncallable", ["CO0532"]),
    "hashes of localities without a weight, by EDS": (
        AT_TWO, text(dump(cluster(**HASHED), extra=weighted(0, 0))), "uncallable", ["CO0531"]),
    "hashes of localities, one with a weight, by EDS": (
        AT_TWO, text(dump(cluster(**HASHED), extra=weighted(0, 1))), "resolved", []),
    "the same, and /clusters, which does not tell weights": (
        AT_TWO,
        {"d.json": text(camel(dump(cluster(**HASHED), extra=weighted(0, 0)))),
         "h.json": of_priorities(1, 1)},
        "uncallable", ["CO0531"]),
    "hashes, and weights that are not seen": (AT_TWO, array(cluster(**HASHED)), "resolved", []),
    "all or nothing, and enough are left to take all": (
        MANIFEST, text(dump(cluster(**CERTAIN), extra=three_of_four(140))), "resolved", []),
    "all or nothing, and not enough are left to take all": (
        MANIFEST, text(dump(cluster(**CERTAIN), extra=three_of_four(100))), "resolved", ["CO0532"]),
    "the same, and /clusters does not tell of the factor": (
        MANIFEST,
        {"d.json": text(dump(cluster(**CERTAIN), extra=three_of_four(100))),
         "h.json": of_priorities(1, 1, 1, 0).replace('"priority"', '"x"')},
        "uncallable", ["CO0532"]),
    "all or nothing, which RING_HASH does not heed": (
        MANIFEST,
        {"d.json": text(dump(cluster(lb_policy="RING_HASH", **STRICT))),
         "h.json": of_priorities(0, 0)},
        "resolved", ["CO0532"]),
    "all or nothing, which MAGLEV does not heed": (
        MANIFEST,
        {"d.json": text(dump(cluster(lb_policy="MAGLEV", **STRICT))),
         "h.json": of_priorities(0, 0)},
        "resolved", ["CO0532"]),
    "no ring, and a policy instead": (
        MANIFEST, balanced(NO_RING, {"load_balancing_policy": policy("round_robin.v3.RoundRobin")}), "resolved", []),
    "no ring, and a policy instead, sorted": (
        MANIFEST,
        balanced(NO_RING, {"load_balancing_policy": policy("round_robin.v3.RoundRobin")}, sort=True),
        "resolved", []),
    "no ring, and a policy instead, before it": (
        MANIFEST, balanced({"load_balancing_policy": policy("round_robin.v3.RoundRobin")}, NO_RING), "resolved", []),
    "no ring, and a policy that has one": (
        MANIFEST, balanced({"load_balancing_policy": policy("ring_hash.v3.RingHash")}, NO_RING), "resolved", []),
    "no ring, and a policy that has one, behind it": (
        MANIFEST, balanced(NO_RING, {"load_balancing_policy": policy("ring_hash.v3.RingHash")}), "resolved", []),
    "no ring, in what a policy leaves to another": (
        MANIFEST, balanced({}, {"load_balancing_policy": LEFT_TO_A_RING}), "uncallable", ["CO0531"]),
    "no ring, in what a policy leaves to another, as istioctl prints it and sorted": (
        MANIFEST, json.dumps(camel(json.loads(balanced({}, {"load_balancing_policy": LEFT_TO_A_RING}))), sort_keys=True), "uncallable", ["CO0531"]),
    "subsets, in what a policy leaves to another": (
        MANIFEST, balanced({}, {"load_balancing_policy": policy("override_host.v3.OverrideHost", fallback_policy=policy("subset.v3.Subset"))}),
        "uncallable", ["CO0531"]),
    "subsets, and a policy that leaves nothing to them": (
        MANIFEST, balanced({"lb_subset_config": {"subset_selectors": [{"keys": ["version"]}]}}, {"load_balancing_policy": LEFT_TO_RANDOM}),
        "resolved", []),
    "MAGLEV, and a policy by weights instead": (
        MANIFEST, balanced({"lb_policy": "MAGLEV"}, {"load_balancing_policy": BY_WEIGHT}), "resolved", []),
    "MAGLEV, and a policy by weights instead, sorted": (
        MANIFEST, balanced({"lb_policy": "MAGLEV"}, {"load_balancing_policy": BY_WEIGHT}, sort=True), "resolved", []),
    "a threshold of whole per cents": (
        MANIFEST, {"d.json": panicking(33.4), "h.json": flagged("failed_active_health_check")}, "resolved", []),
    "a threshold above it": (
        MANIFEST, {"d.json": panicking(34), "h.json": flagged("failed_active_health_check")}, "uncallable", ["CO0532"]),
    "a threshold of less than one per cent": (
        MANIFEST,
        {"d.json": text(dump(cluster(common_lb_config={"healthy_panic_threshold": {"value": 0.9}}))),
         "h.json": unhealthy(1)},
        "uncallable", ["CO0532"]),
    "all or nothing, and the others wait for their first check": (
        MANIFEST,
        {"d.json": panicking(50),
         "h.json": flagged("failed_active_health_check", "pending_active_hc")},
        "resolved", []),
    "all or nothing, and the others are excluded": (
        MANIFEST,
        {"d.json": panicking(50),
         "h.json": flagged("failed_active_health_check", "excluded_via_immediate_hc_fail")},
        "resolved", []),
    "degraded by outlier detection, in a table of hashes": (
        MANIFEST,
        {"d.json": text(dump(cluster(lb_policy="MAGLEV", **NO_PANIC))),
         "h.json": seen({"health_status": {"eds_health_status": "HEALTHY", "failed_degraded_outlier_detection": True}})},
        "uncallable", ["CO0532"]),
    "all or nothing, of more priorities than are kept": (
        MANIFEST,
        {"d.json": text(dump(cluster(**STRICT))),
         "h.json": of_priorities(*[0] * 8, 1, 0, 0)},
        "resolved", ["CO0532"]),
    "all or nothing, and nothing in more priorities than are kept": (
        MANIFEST,
        {"d.json": text(dump(cluster(**STRICT))),
         "h.json": of_priorities(*[0] * 9)},
        "uncallable", ["CO0532"]),
    "half of the calls are dropped": (
        MANIFEST, text(dump(cluster(load_assignment=dropping(50)))), "resolved", ["CO0537"]),
    "all calls are dropped, in camelCase": (
        MANIFEST, text(camel(dump(cluster(load_assignment=dropping(1000000, "MILLION"))))), "uncallable", ["CO0537"]),
    "all calls are dropped, in an array of assignments": (
        MANIFEST, {"c.json": array(cluster()), "e.json": json.dumps([camel(dropping(100))])}, "uncallable", ["CO0537"]),
    "no call is dropped, in an array of assignments": (
        MANIFEST,
        {"c.json": array(cluster()),
         "e.json": json.dumps([camel({**dropping(100), "policy": {"overprovisioningFactor": 140}})])},
        "resolved", []),
    "all connections failed": (
        MANIFEST, {"d.json": text(dump(cluster())), "h.json": hosts((2, 2))}, "uncallable", ["CO0538"]),
    "all connections failed, in camelCase and before the dump": (
        MANIFEST, {"h.json": camel_text(hosts((2, 2))), "d.json": text(dump(cluster()))}, "uncallable", ["CO0538"]),
    "one connection did not fail": (
        MANIFEST, {"d.json": text(dump(cluster())), "h.json": hosts((2, 1))}, "resolved", []),
    "one host was not tried": (
        MANIFEST, {"d.json": text(dump(cluster())), "h.json": hosts((2, 2), (0, 0))}, "resolved", ["CO0538"]),
    "no host was tried": (MANIFEST, {"d.json": text(dump(cluster())), "h.json": hosts((0, 0))}, "resolved", []),
    "all connections failed, by statistics": (
        MANIFEST, {"d.json": text(dump(cluster())), "s.txt": connected(4, 4)}, "resolved", ["CO0538"]),
    "the same, by the name that istiod gives them": (
        MANIFEST, {"d.json": text(dump(cluster())), "s.txt": connected(4, 4, NAME + ";")}, "resolved", ["CO0538"]),
    "connections of another cluster failed": (
        MANIFEST, {"d.json": text(dump(cluster())), "s.txt": connected(4, 4, NAME + "x")}, "resolved", []),
    "no hosts, by statistics": (
        SERVICE,
        {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))),
         "s.txt": members(0, healthy=0)},
        "resolved", ["CO0531"]),
    "hosts, by statistics": (
        SERVICE,
        {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))),
         "s.txt": members(2, healthy=2)},
        "resolved", []),
    "unhealthy hosts, by statistics": (
        SERVICE,
        {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))),
         "s.txt": members(2, healthy=0)},
        "resolved", ["CO0532"]),
    "half of the hosts, by statistics, which do not tell of which priority": (
        AT_TWO, {"d.json": text(dump(cluster(type="STATIC", load_assignment=TWO_PRIORITIES, dials=None))), "s.txt": members(2, NAME, healthy=1)},
        "resolved", ["CO0532"]),
    "all of them": (
        AT_TWO, {"d.json": text(dump(cluster(type="STATIC", load_assignment=TWO_PRIORITIES, dials=None))), "s.txt": members(2, NAME, healthy=2)},
        "resolved", []),
    "degraded hosts, by statistics": (
        SERVICE, {"d.json": of_service(**NO_PANIC), "s.txt": members(2, healthy=0, degraded=2)}, "resolved", []),
    "degraded hosts, by statistics, in a table of hashes": (
        SERVICE, {"d.json": of_service(lb_policy="MAGLEV", **NO_PANIC), "s.txt": members(2, healthy=0, degraded=2)}, "resolved", ["CO0532"]),
    "excluded hosts beside healthy ones, by statistics": (
        SERVICE, {"d.json": of_service(**STRICT), "s.txt": members(9, healthy=2, degraded=0, excluded=6)}, "resolved", []),
    "no hosts, by statistics, of a cluster that finds them when it is called": (
        manifest("{name: auth, cluster: existing}"),
        {"d.json": text(dump(cluster("existing", type=None, dials=None, lb_policy="CLUSTER_PROVIDED", cluster_type={
            "name": "envoy.clusters.dynamic_forward_proxy", "typed_config": {"dns_cache_config": {"name": "x"}}}))),
         "s.txt": members(0, "existing", healthy=0, degraded=0)},
        "resolved", ["CO0534"]),
    "no hosts, by statistics, and a name that ends as istiod ends them": (
        manifest("{name: auth, cluster: existing;}"),
        {"d.json": text(dump(cluster("existing;"))), "s.txt": members(0, "existing;")}, "resolved", ["CO0531"]),
    "no hosts, by statistics, and hosts in the dump": (
        SERVICE,
        {"d.json": service_dump(
             clusters_section(cluster(SERVICE_NAME, **EDS)), endpoints_section((NAME, HERE))
         ),
         "s.txt": members(0, healthy=0)},
        "resolved", []),
    "two of three hosts were tried": (
        MANIFEST, {"d.json": listed(3), "h.json": hosts((1, 1), (1, 1))}, "resolved", ["CO0538"]),
    "the same in the other order": (
        MANIFEST, {"h.json": hosts((1, 1), (1, 1)), "d.json": listed(3)}, "resolved", ["CO0538"]),
    "all hosts were tried": (
        MANIFEST, {"d.json": listed(2), "h.json": hosts((1, 1), (1, 1))}, "uncallable", ["CO0538"]),
    "all hosts were tried, in the other order": (
        MANIFEST, {"h.json": hosts((1, 1), (1, 1)), "d.json": listed(2)}, "uncallable", ["CO0538"]),
    "fewer hosts than were tried": (
        MANIFEST, {"h.json": hosts((1, 1), (1, 1)), "d.json": listed(1)}, "uncallable", ["CO0538"]),
    "unhealthy by its checks, healthy in EDS": (
        MANIFEST, {"d.json": listed(1), "h.json": unhealthy(1)}, "resolved", ["CO0532"]),
    "unhealthy by its checks, in the other order": (
        MANIFEST, {"h.json": unhealthy(1), "d.json": listed(1)}, "resolved", ["CO0532"]),
    "hosts, by statistics that do not say how many are healthy": (
        SERVICE,
        {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))),
         "s.txt": members(2)},
        "resolved", []),
    "no hosts, by the same": (
        SERVICE,
        {"d.json": service_dump(clusters_section(cluster(SERVICE_NAME, **EDS))),
         "s.txt": members(0)},
        "resolved", ["CO0531"]),
    "a type told by its configuration": (
        MANIFEST,
        text(
            dump(
                cluster(
                    type=None,
                    cluster_type={
                        "name": "x",
                        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster"},
                    },
                )
            )
        ),
        "resolved", []),
    "as many addresses as are kept, one missing": (FIXED, fixed(1, *range(1, KEPT)), "mismatched", ["CO0543"]),
    "more addresses than are kept, all wanted": (FIXED, fixed(*range(1, KEPT + 1), 1), "resolved", ["CO0546"]),
    "more addresses than are kept, a strange one among them": (
        FIXED, fixed(999, *range(1, KEPT + 1)), "mismatched", ["CO0543"]),
}


def test_hosts(tally):
    judge(tally, HOSTS)


def test_owner(tally):
    """Who owns the host of a cluster that dials something else."""
    with folder() as f:
        f.write("manifest.yaml", manifest("{name: auth, host: auth.example.com, isolated: false}"))
        theirs = cluster("outbound|443||auth.example.com", dials=[("10.9.9.9", 443)], owner="payments")
        f.write("d.json", text(dump(theirs)))
        report, _ = f.report("d.json")
        message = report["verdicts"][0]["reasons"][0]["message"]
        tally.check("payments/auth.example.com" in message, f"the owner of a public host is named: {message}")


# What real Envoys, 1.36.4 and 1.40.0, do not survive: a call to these ends the process, so they are no scenes of tests/conformance.
ENDS_ENVOY = {
    "a tunnel": (cluster("existing", type=None, dials=None, socket=None, rule=None, lb_policy="CLUSTER_PROVIDED", cluster_type={
        "name": "envoy.clusters.reverse_connection", "typed_config": {"host_id_format": "x"}}), "resolved", "CO0535"),
    "sessions of UDP": (cluster("existing", upstream_config={"name": "x", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.udp.v3.UdpConnectionPoolProto"}}), "mismatched", "CO0544"),
}


def test_what_ends_envoy(tally):
    with folder() as f:
        f.write("manifest.yaml", manifest("{name: auth, cluster: existing}"))
        for name, (has, verdict, code) in ENDS_ENVOY.items():
            f.write("dump.json", text(dump(has)))
            report, result = f.report("dump.json")
            row = report["verdicts"][0]
            ok = row["verdict"] == verdict and [r["code"] for r in row["reasons"]] == [code] and "not survive" in row["reasons"][0]["message"]
            tally.check(ok, f"{name}: {row['verdict']}", json.dumps(row) + result.stderr.decode())


tests = [test_hosts, test_owner, test_what_ends_envoy]
