"""Clusters made by chance: what istiod writes, and what a patch of an EnvoyFilter could make of it.

Every address of 127/8 is answered at the port `here`, so whether a call succeeds is decided by the
cluster alone, not by what its hosts do. Those of SICK answer 500 while they are asked to, and those of TIRED that they are degraded, for
outlier detection to find, and health checks go to a port of their own for each host, where it is decided what they find.
"""

import json

POLICIES = "type.googleapis.com/envoy.extensions.load_balancing_policies"
CLUSTERS = "type.googleapis.com/envoy.extensions.clusters"
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
HEALTHS = ("UNKNOWN", "HEALTHY", "UNHEALTHY", "DRAINING", "TIMEOUT", "DEGRADED")
VERSIONS = ("v1", "v2")
SICK, TIRED = "127.9", "127.8"
# What health checks find, by the name of the port that they ask; None: nobody answers there, or they wait for ever.
CHECKS = {"passes": {}, "fails": {"status": 503}, "degraded": {"header": "x-envoy-degraded"},
          "quits": {"status": 503, "header": "x-envoy-immediate-health-check-fail"}, "closed": None, "silent": None}
OTHER_NAMES = ("outbound|{i}||web.shop.svc.cluster.local", "outbound|80|v{i}|a.b", "filter.shop.x.{i}", "a<{i}>&'c'|;", "{i}",
               "BlackHole{i}", "outbound_.{i}_._.web.shop", "u-{i}~!@", "inbound|{i}||", "x" * 200 + "{i}")


def service_of(cluster):
    """The name that its endpoints go by."""
    return cluster.get("eds_cluster_config", {}).get("service_name", cluster["name"])


class Chooser:
    """Chance, so that the same seed gives the same clusters."""

    def __init__(self, rng, here, checks, unknown=()):
        self.rng, self.here, self.checks, self.unknown = rng, here, checks, unknown  # unknown: what this Envoy does not have
        self.made, self.assignments = [], {}  # the clusters, and what EDS says by name
        self.watched = self.ejects = False  # of the cluster that is made: are its hosts checked, and ejected?
        self.hosts = []  # and which it has so far

    def often(self, share=0.5):
        return self.rng.random() < share

    def one(self, *values):
        return self.rng.choice(values)

    def fields(self, share, **makers):
        """Each field is there with that chance; its value is made by the function."""
        return {name: maker() for name, maker in makers.items() if self.often(share)}

    def warms(self, cluster):
        """Nobody tells its endpoints, or the first health checks do not end."""
        silent = f'"port_value": {self.checks["silent"]}'
        return self.assignments.get(service_of(cluster), []) is None or (
            "health_checks" in cluster and silent in json.dumps([cluster, self.assignments.get(service_of(cluster))]))

    # ---- hosts ----

    def address(self, host=None):
        """Now and then one that the cluster has already."""
        net = self.one(SICK, SICK, TIRED) if self.ejects and self.often(0.6) else f"127.{self.rng.randint(0, 3)}"
        own = f"{net}.{self.rng.randint(0, 255)}.{self.rng.randint(1, 254)}"
        self.hosts.append(host or (self.one(*self.hosts) if self.hosts and self.often(0.1) else own))
        return {"address": {"socket_address": {"address": self.hosts[-1], "port_value": self.here}}}

    def label(self, *usual):
        return self.one(*usual) if self.often(0.9) else self.one(1, 1.5, True, None, [*usual], [usual[0]], {"a": usual[0]})

    def labels(self):
        return {"filter_metadata": {"envoy.lb": self.fields(
                                        0.6, version=lambda: self.label(*VERSIONS),
                                        stage=lambda: self.label("prod", "test"))}}

    def host(self, mood, named=None):
        """mood: how often a host is well."""
        health = "HEALTHY" if self.often(mood) else self.one(*HEALTHS)
        checked = self.fields(0.8, health_check_config=lambda: self.check_of(mood)) if self.watched else {}
        return {"endpoint": {**self.address(named), **self.fields(0.1, hostname=lambda: "h.example.com"), **checked},
                **({} if health == "HEALTHY" and self.often() else {"health_status": health}),
                **self.fields(0.5, metadata=self.labels), **self.fields(0.15, load_balancing_weight=lambda: self.one(1, 2, 128))}

    def check_of(self, mood):
        finding = "passes" if self.often(mood) else self.rng.choices(list(CHECKS), (4, 4, 4, 4, 4, 0.3))[0]
        return {"port_value": self.checks[finding], **self.fields(0.05, disable_active_health_check=lambda: True)}

    def checking(self):
        kind = self.one({"http_health_check": {"path": "/"}},
                        {"http_health_check": {"path": "/", "expected_statuses": [{"start": 200, "end": 204}]}},
                        {"tcp_health_check": {}})
        every = {f"{when}interval": "3600s" for when in ("", "no_traffic_", "unhealthy_", "healthy_edge_", "unhealthy_edge_")}
        return [{"timeout": "3600s", **every, "unhealthy_threshold": self.one(1, 3), "healthy_threshold": self.one(1, 3), **kind}]

    def ejecting(self):
        return {"consecutive_5xx": 1, "interval": "3600s", "base_ejection_time": "3600s", "max_ejection_time": "7200s",
                "max_ejection_percent": self.one(1, 10, 50, 100, 100, 100),
                **self.fields(0.2, enforcing_consecutive_5xx=lambda: self.one(0, 100)),
                **({} if "detect_degraded_hosts" in self.unknown else self.fields(0.5, detect_degraded_hosts=lambda: True))}

    def locality(self, priority, mood, named=None):
        hosts = [self.host(mood, named) for _ in range(self.one(0, 1, 1, 2, 3, 5))]
        return {"lb_endpoints": hosts, **({"priority": priority} if priority else {}), **self.fields(0.1, metadata=self.labels),
                **self.fields(0.4, locality=lambda: self.one({}, {"region": "r"}, {"region": "r", "zone": self.one("a", "b")})),
                **self.fields(0.4, load_balancing_weight=lambda: self.one(1, 2, 100))}

    def localities(self, named=None):
        mood = self.one(0.0, 0.2, 0.5, 0.8, 1.0)
        if self.often(0.02):
            return [self.locality(p, mood, named) for p in range(12)]
        n = self.one(0, 1, 1, 1, 2, 2, 3)
        priorities = sorted(self.one(0, 0, 1, 2) for _ in range(n)) if self.often(0.6) else [0] * n
        levels = sorted(set(priorities))  # no gaps, which Envoy refuses
        return [self.locality(levels.index(p), mood, named) for p in priorities]

    def overload(self):
        return {"category": "x", "drop_percentage": self.one({"numerator": 100}, {"numerator": 0}, {"numerator": 50},
                                                             {"numerator": 10000, "denominator": "TEN_THOUSAND"},
                                                             {"numerator": 100, "denominator": "MILLION"})}

    def assignment(self, name, named=None, by_eds=False):
        policy = self.fields(0.2, overprovisioning_factor=lambda: self.one(1, 50, 100, 140, 200, 1000)) | self.fields(
            0 if by_eds else 0.1, weighted_priority_health=lambda: True) | self.fields(0.04, drop_overloads=lambda: [self.overload()])
        return {"cluster_name": name, "endpoints": self.localities(named), **({"policy": policy} if policy else {})}

    # ---- where hosts come from ----

    def static(self, name):
        return {**self.one({"type": "STATIC"}, {"type": "STATIC"}, {}), "load_assignment": self.assignment(name)}

    def dns_name(self):
        return self.one("localhost", "localhost", "localhost", "127.0.0.7", "nowhere.invalid")

    def resolving(self):
        return {"dns_lookup_family": self.one("V4_ONLY", "V4_PREFERRED")}

    def strict_dns(self, name):
        return {"type": "STRICT_DNS", **self.resolving(), "load_assignment": self.assignment(name, self.dns_name())}

    def one_host(self, name):
        return {"cluster_name": name, "endpoints": [{"lb_endpoints": [self.host(0.8, self.dns_name())]}]}

    def logical_dns(self, name):
        return {"type": "LOGICAL_DNS", **self.resolving(), "load_assignment": self.one_host(name)}

    def dns_extension(self, name):
        single = self.often()
        return {"cluster_type": {"name": self.one("envoy.cluster.dns", "mine"),
                                 "typed_config": {"@type": f"{CLUSTERS}.dns.v3.DnsCluster", **self.resolving(),
                                                  **({"all_addresses_in_single_endpoint": True} if single else {})}},
                "load_assignment": self.one_host(name) if single else self.assignment(name, self.dns_name())}

    def eds(self, name):
        """What a server of endpoints says: mostly a list of hosts, now and then that there is none, or nothing at
        all. Some ask for them by another name, be it that of an earlier cluster."""
        own, other = f"service of {name}", self.one(*self.assignments, name)
        service = {"service_name": self.one(own, own, other)} if self.often(0.3) else {}
        asked = service.get("service_name", name)
        if asked not in self.assignments:
            made = [self.assignment(asked, by_eds=True)]
            self.assignments[asked] = self.rng.choices([made, [], None], [20, 1, 1])[0]
        return {"type": "EDS",
                "eds_cluster_config": {**service,
                                       "eds_config": {"resource_api_version": "V3", "initial_fetch_timeout": "0s",
                                                      "api_config_source": {
                                                          "api_type": "REST", "transport_api_version": "V3",
                                                          "cluster_names": ["xds-grpc"], "refresh_delay": "10s",
                                                          "request_timeout": "300s"}}}}

    def by_name(self, name):
        """Types as extensions that only their names tell."""
        if self.often(0.3):
            return {"cluster_type": {"name": "envoy.cluster.static"}, "load_assignment": self.assignment(name)}
        kind, hosts = self.one(("strict_dns", self.assignment(name, self.dns_name())), ("logical_dns", self.one_host(name)))
        return {"cluster_type": {"name": f"envoy.cluster.{kind}"}, **self.resolving(), "load_assignment": hosts}

    def forward_proxy(self, name):
        how = self.one({"sub_clusters_config": {}}, {"dns_cache_config": {"name": name, "dns_lookup_family": "V4_ONLY"}})
        return {"cluster_type": {"name": self.one("envoy.clusters.dynamic_forward_proxy", "mine"), "typed_config": {
            "@type": f"{CLUSTERS}.dynamic_forward_proxy.v3.ClusterConfig", **how}}, "lb_policy": "CLUSTER_PROVIDED"}

    def composite(self, members):
        return {"cluster_type": {"name": "envoy.clusters.composite", "typed_config": {
            "@type": f"{CLUSTERS}.composite.v3.ClusterConfig", "clusters": [{"name": m} for m in members]}}, "lb_policy": "CLUSTER_PROVIDED"}

    def original_dst(self, _name):
        return {"type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED",
                **self.fields(0.4, original_dst_lb_config=lambda: self.fields(0.7, use_http_header=lambda: True))}

    def aggregate(self, members):
        return {"cluster_type": {"name": "envoy.clusters.aggregate", "typed_config": {
            "@type": f"{CLUSTERS}.aggregate.v3.ClusterConfig", "clusters": members}}, "lb_policy": "CLUSTER_PROVIDED"}

    # ---- how one is chosen ----

    def zone_aware(self):
        return self.fields(0.5, fail_traffic_on_panic=lambda: self.often(0.8), min_cluster_size=lambda: self.one(0, 1, 6),
                           routing_enabled=lambda: {"value": self.one(0, 100)})

    def common(self):
        how = self.one({}, {}, {"locality_weighted_lb_config": {}}, {"zone_aware_lb_config": self.zone_aware()})
        return {**how,
                **self.fields(0.5,
                              healthy_panic_threshold=lambda: self.one(
                                  {}, {"value": 0}, {"value": 10}, {"value": 50}, {"value": 100}, {"value": 0.7})),
                **self.fields(0.1, ignore_new_hosts_until_first_hc=lambda: True,
                              close_connections_on_host_set_change=lambda: True,
                              override_host_status=lambda: {"statuses": [self.one(*HEALTHS)]},
                              consistent_hashing_lb_config=lambda: self.fields(
                                  0.5, use_hostname_for_hashing=lambda: True,
                                  hash_balance_factor=lambda: self.one(100, 150)))}

    def selector(self):
        keys = self.one(["version"], ["stage"], ["version", "stage"])
        fallback = self.fields(0.4, fallback_policy=lambda: self.one("NO_FALLBACK", "ANY_ENDPOINT", "DEFAULT_SUBSET"))
        return {"keys": keys, **fallback, **({"single_host_per_subset": True} if len(keys) == 1 and self.often(0.1) else {})}

    def subsets(self):
        return {**self.fields(0.7,
                              fallback_policy=lambda: self.one(
                                  "NO_FALLBACK", "ANY_ENDPOINT", "DEFAULT_SUBSET", "DEFAULT_SUBSET")),
                **self.fields(0.6,
                              default_subset=lambda: self.one(
                                  {}, {"version": "v1"}, {"version": "v1", "stage": "prod"}, {"version": "v9"}, {"version": self.label("v1")})),
                **self.fields(0.85, subset_selectors=lambda: [self.selector() for _ in range(self.one(1, 1, 2))]),
                **self.fields(0.1, list_as_any=lambda: True, locality_weight_aware=lambda: True,
                              panic_mode_any=lambda: True, metadata_fallback_policy=lambda: "FALLBACK_LIST")}

    def old_policy(self):
        name = self.one("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM", "RING_HASH", "MAGLEV")
        more = {"RING_HASH": {"ring_hash_lb_config": self.fields(0.5, minimum_ring_size=lambda: self.one(0, 1, 1024))},
                "MAGLEV": self.fields(0.3, maglev_lb_config=lambda: {"table_size": self.one(2, 251, 65537)})}.get(name, {})
        return {"lb_policy": name, **(more if self.often(0.7) else {})}

    def locality_config(self):
        return {"locality_lb_config": self.one({"locality_weighted_lb_config": {}}, {"zone_aware_lb_config": self.zone_aware()}, {})}

    def typed(self, inside=False):
        """The configuration of a policy as an extension."""
        kinds = ["round_robin.v3.RoundRobin", "least_request.v3.LeastRequest", "random.v3.Random",
                 "ring_hash.v3.RingHash", "maglev.v3.Maglev"]
        if not inside:
            kinds += ["subset.v3.Subset", "subset.v3.Subset", "wrr_locality.v3.WrrLocality", "pick_first.v3.PickFirst",
                      "client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin", "override_host.v3.OverrideHost"]
        kind = self.one(*(k for k in kinds if k not in self.unknown))
        config = {"@type": f"{POLICIES}.{kind}"}
        if kind.startswith("subset"):
            return {**config, **self.subsets(), "subset_lb_policy": self.policies(self.typed(inside=True))}
        if kind.startswith("override"):
            return {**config, "override_host_sources": [{"header": "x-to"}], "fallback_policy": self.policies(self.typed(inside=True))}
        if kind.startswith("wrr"):
            return {**config, "endpoint_picking_policy": self.policies({"@type": f"{POLICIES}.round_robin.v3.RoundRobin"})}
        if kind.startswith(("ring", "maglev")):
            sizes = self.fields(0.4, minimum_ring_size=lambda: self.one(0, 1, 1024)) if kind.startswith("ring") else {}
            by = self.fields(0.4, locality_weighted_lb_config=lambda: {})
            return {**config, **sizes, **by}
        if kind.startswith(("round", "least", "random")):
            return {**config, **(self.locality_config() if self.often(0.6) else {})}
        return config

    def policies(self, *configs):
        return {"policies": [{"typed_extension_config": {"name": f"p{i}", "typed_config": self.structured(c)}}
                             for i, c in enumerate(configs)]}

    def structured(self, config):
        """Now and then as a TypedStruct, which says the same."""
        if self.often(0.9) and "pick_first" not in config["@type"]:  # which Envoy alone does not know
            return config
        value = {k: v for k, v in config.items() if k != "@type"}
        return {"@type": "type.googleapis.com/xds.type.v3.TypedStruct", "type_url": config["@type"], "value": value}

    def balancing(self):
        old = {**(self.old_policy() if self.often(0.7) else {}), **self.fields(0.5, common_lb_config=self.common)}
        if self.often(0.3):
            return {**old, "load_balancing_policy": self.policies(*(self.typed() for _ in range(self.one(1, 1, 2))))}
        return {**old, **self.fields(0.25, lb_subset_config=self.subsets)}

    # ---- limits, and what has no part in it ----

    def threshold(self):
        return {**self.fields(0.3, priority=lambda: self.one("DEFAULT", "HIGH")),
                **self.fields(0.3, **{f"max_{what}": lambda: self.one(0, 1, 1, 1024, 4294967295) for what in (
                    "connections", "pending_requests", "requests", "retries", "connection_pools")}),
                **self.fields(0.1, track_remaining=lambda: True, retry_budget=lambda: {})}

    def breakers(self):
        return {"thresholds": [self.threshold() for _ in range(self.one(0, 1, 1, 2))],
                **self.fields(0.2, per_host_thresholds=lambda: [self.fields(0.8, max_connections=lambda: self.one(0, 1, 9))])}

    def http(self):
        return {HTTP_OPTIONS: {"@type": f"type.googleapis.com/{HTTP_OPTIONS}",
                               **self.one({"explicit_http_config": {"http_protocol_options": {}}},
                                          {"explicit_http_config": {"http2_protocol_options": {}}},
                                          {"use_downstream_protocol_config": {
                                               "http_protocol_options": {}, "http2_protocol_options": {}}}),
                               **self.fields(0.2,
                                             common_http_protocol_options=lambda: {
                                                 "idle_timeout": "3600s",
                                                 **self.fields(0.5, max_requests_per_connection=lambda: 1)})}}

    def besides(self):
        return {**self.fields(0.1, alt_stat_name=lambda: "other_name", max_requests_per_connection=lambda: 1, respect_dns_ttl=lambda: True,
                              per_connection_buffer_limit_bytes=lambda: 32768, dns_refresh_rate=lambda: "60s", preconnect_policy=lambda: {},
                              upstream_connection_options=lambda: {"tcp_keepalive": {}}, wait_for_warm_on_init=lambda: self.often(),
                              upstream_bind_config=lambda: {"source_address": {"address": "127.0.0.1", "port_value": 0}},
                              track_cluster_stats=lambda: {"request_response_sizes": True},
                              ignore_health_on_host_removal=lambda: True, typed_extension_protocol_options=self.http,
                              metadata=lambda: {"filter_metadata": {"istio": {"config": "x"}}})}

    def cluster(self, name, kind):
        self.watched, self.ejects, self.hosts = self.often(0.2), self.often(0.2), []
        care = {**({"health_checks": self.checking()} if self.watched else {}),
                **({"outlier_detection": self.ejecting()} if self.ejects else {})}
        found = {"name": name, "connect_timeout": "5s", **(kind(name) if callable(kind) else kind)}
        how = {} if found.get("lb_policy") == "CLUSTER_PROVIDED" else self.balancing()
        return {**found, **how, **self.fields(0.2, circuit_breakers=self.breakers), **self.besides(), **care}

    def clusters(self, count):
        """Aggregates come last, of what comes before, of each other, and of what is not there."""
        made, kinds = self.made, (self.static, self.static, self.eds, self.eds, self.eds, self.strict_dns, self.logical_dns,
                                  self.dns_extension, self.original_dst, self.by_name, self.forward_proxy)
        leading = [self.aggregate] * 9 + [self.composite] * ("composite" not in self.unknown)
        for i in range(count):
            name = self.one(*OTHER_NAMES).format(i=i) if self.often(0.2) else f"outbound|{i}||c{i}.example.com"
            kind = self.rng.choices(kinds, (4, 4, 4, 4, 4, 4, 1, 2, 0.4, 1, 0.3))[0]
            if i > 5 and self.often(0.12):
                names = [c["name"] for c in made] + ["not there"]
                kind = self.one(*leading)([self.one(*names) for _ in range(self.one(1, 2, 2, 3, 4, 20))])
            made.append(self.cluster(name, kind))
        return made
