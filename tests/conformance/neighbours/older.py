#!/usr/bin/env python3
"""The meshes of meshes.py in versions of Istio that cannot be had as a library: what their code makes of ServiceEntries is written down
here once more, function by function (pilot/pkg/model/push_context.go and sidecar.go of the branches release-1.21, 1.23, 1.26 and 1.30).

    older.py [--versions V…] [--seed N] [--count N]    looks further; a failure shows manifest and objects
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import harness  # noqa: E402
import meshes  # noqa: E402
from meshes import HOST, ROOT  # noqa: E402

# version: (are only entries united that are alike? is there but one way with and without a Sidecar? has the own namespace no advantage
# among those that are exported by name?)
RULES = {"1.21": (False, False, False), "1.23": (True, False, False), "1.26": (True, True, False), "1.30": (True, True, True)}
SEED, COUNT = 1, 60


def age(o):
    return o["metadata"]["creationTimestamp"]


def namespace_of(o):
    return o["metadata"]["namespace"]


def exports_of(entry):
    return entry["spec"].get("exportTo") or ["*"]


class Service:
    """A ServiceEntry's host, with all ports or one of them."""

    def __init__(self, entry, ports):
        self.entry, self.ports, self.namespace = entry, ports, namespace_of(entry)
        self.resolution = entry["spec"].get("resolution", "NONE")

    def is_like(self, other):
        keys = [(s.namespace, s.resolution, s.entry["metadata"].get("labels"), s.entry["spec"].get("workloadSelector"),
                 set(s.entry["spec"].get("exportTo", []))) for s in (self, other)]
        return keys[0] == keys[1]


def service_of(entry):
    return Service(entry, {p["number"]: p for p in entry["spec"]["ports"]})


class Push:
    """One state of the objects, in one version."""

    def __init__(self, version, objects):
        self.unites_alike, self.one_scope, self.by_age = RULES[version]
        self.entries = sorted((o for o in objects if o["kind"] == "ServiceEntry"), key=age)
        self.sidecars = sorted((o for o in objects if o["kind"] == "Sidecar"), key=age)
        self.rules = [o for o in objects if o["kind"] == "DestinationRule"]

    # ---- push_context.go ----

    def exported_to(self, namespace):
        """servicesExportedToNamespace: those of the namespace, those exported to it by name, those exported to all"""
        private, named, public = [], [], []
        for entry in self.entries:
            to, own = exports_of(entry), namespace_of(entry) == namespace
            if "*" in to:
                public.append(entry)
            elif own and ("." in to or namespace in to):
                (named if self.by_age else private).append(entry)
            elif not own and namespace in to:
                named.append(entry)
        return [service_of(e) for e in private + named + public]

    def sidecar_of(self, namespace, labels):
        """getSidecarScope"""
        def selected(o):
            return o["spec"].get("workloadSelector", {}).get("labels")

        own = [o for o in self.sidecars if namespace_of(o) == namespace]
        chosen = [o for o in own if selected(o) and selected(o).items() <= labels.items()] or [o for o in own if not selected(o)]
        return next(iter(chosen or [o for o in self.sidecars if namespace_of(o) == ROOT and not selected(o)]), None)

    def rule_for(self, namespace, service):
        """destinationRule: of the proxy's namespace, of the service's, of the root namespace"""
        for rule in self.rules:
            of, to = namespace_of(rule), rule["spec"].get("exportTo") or ["*"]
            if "*" in to or namespace in to or "." in to and of == namespace:
                if of in (namespace, service.namespace, ROOT):
                    return rule
        return None

    # ---- sidecar.go ----

    def select(self, services, namespace, listener):
        """convertIstioListenerToWrapper and selectServices: of one namespace, the proxy's own if it has any"""
        port = listener.get("port", {})
        number = 0 if port.get("protocol") == "HTTP_PROXY" else port.get("number", 0)
        taken = []
        for s in services:
            if not any(is_imported(host, namespace, s.namespace) for host in listener["hosts"]):
                continue
            if not number:
                taken.append(s)
            elif number in s.ports:
                taken.append(Service(s.entry, {number: s.ports[number]}))
        of = namespace if any(s.namespace == namespace for s in taken) else taken[0].namespace if taken else None
        return [s for s in taken if s.namespace == of]

    def united(self, services):
        """appendSidecarServices: the first, with the ports of those that are united with it"""
        first = None
        for s in services:
            if first is None:
                first = Service(s.entry, dict(s.ports))
            elif first.is_like(s) if self.unites_alike else s.namespace == first.namespace:
                first.ports = {**s.ports, **first.ports}
        return [first] if first else []

    def scope(self, kind, namespace, labels):
        services = self.exported_to(namespace)
        sidecar = self.sidecar_of(namespace, labels) if kind == "sidecar" else None
        if sidecar:
            return self.united([s for of in sidecar["spec"]["egress"] for s in self.select(services, namespace, of)])
        if not self.unites_alike:
            return services
        if kind == "sidecar" and self.one_scope:
            services = self.select(services, namespace, {"hosts": ["*/*"]})
        return self.united(services)

    # ---- cluster_builder.go ----

    def addresses(self, service, port):
        """All of the host, the namespace and the port, but no names where it takes none."""
        return [f"{namespace_of(e)}/{e['metadata']['name']}" for e in self.entries
                if namespace_of(e) == service.namespace and any(p["number"] == port for p in e["spec"]["ports"])
                and (service.resolution != "STATIC" or e["spec"].get("endpoints"))]

    def clusters(self, kind, namespace, labels):
        """Of two of one name the first is kept; the rule is one of the host, chosen by its first service."""
        found, scope = {}, self.scope(kind, namespace, labels)
        rule = self.rule_for(namespace, scope[0]) if scope else None
        for service in scope:
            for number, port in service.ports.items():
                settings = [s.get("tls", {}).get("mode") for s in rule["spec"]["trafficPolicy"].get("portLevelSettings", [])
                            if s["port"]["number"] == number] if rule else []
                found.setdefault(number, {"resolution": service.resolution, "http2": port["protocol"] in ("HTTP2", "GRPC"),
                                          "addresses": self.addresses(service, number), "tls": [m for m in settings if m != "DISABLE"]})
        return found


def is_imported(host, proxies, of):
    where, _, pattern = host.partition("/")
    return pattern in ("*", HOST, "*.example.com") and (where in ("*", of) or where == "." and of == proxies)


class OlderScene(meshes.Scene):
    def __init__(self, version, seed):
        super().__init__("older", seed)
        self.version, self.title = version, f"{version}, {self.title}"

    def proxies(self):
        """And those of a namespace that nobody names."""
        yield from super().proxies()
        yield from ((kind, "nobody", {"app": "web"}, kind == self.kind and self.namespace == ROOT and self.is_seen("nobody"))
                    for kind in ("sidecar", "gateway"))

    def clusters(self, oracles, kind, namespace, labels, objects):
        return Push(self.version, [*self.live, *objects]).clusters(kind, namespace, labels)

    def is_ours(self, cluster):
        return (cluster.get("resolution") == "DNS" and f"{self.namespace}/auth-check.auth" in cluster["addresses"]
                and cluster["http2"] == self.http2)


def judge_all(tally, versions=tuple(RULES), seed=SEED, count=COUNT):
    for version in versions:
        harness.parallel(lambda n: meshes.judge(tally, None, OlderScene(version, f"{seed}-{n}")), range(count))


if __name__ == "__main__":
    import run  # noqa: E402, whose parts this is one of

    sys.exit(run.alone("neighbours", judge_all, sys.argv[1:], versions=tuple(RULES), seed=SEED, count=COUNT))
