"""Manifests that nobody thought of: each field of the schema present or not, with values that are legal by themselves."""

import json

KINDS = ("Mesh", "FilterManifest")
GATEWAY_API = "gateway.networking.k8s.io"
VERSIONS = [f"1.{minor}" for minor in range(11, 33)]
LABELS = [{"app": "web"}, {"app": "web", "tier": "front-end"}, {"app.kubernetes.io/name": "web", "version": "1.30"}, {"istio": "edge"},
          {"argocd.argoproj.io/instance": "web"}, {"app": "web", "internal.config.kubernetes.io/path": "web"}]
DURATIONS = ["1ms", "250ms", "1.5s", "1s", "30s", "1m30s", "1h2m", "0.25s", "24h"]
SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
LUA = 'function envoy_on_request(handle)\n  handle:logInfo("${metadata.name}")\nend\n'


class Chooser:
    """Chance, so that the same seed gives the same manifests."""

    def __init__(self, rng, folder):
        self.rng, self.folder = rng, folder
        self.meets = False  # do the manifests take the same public hosts?
        self.known = {}  # what is said of a public host and port, so that it often is said again
        self.era = "any"  # which versions the mesh has: that a manifest is accepted depends on them
        self.secrets = True  # may the proxies that run the filter have the certificates of a Secret?
        self.crowd = None  # (namespace, target) of all manifests, where they meet in one proxy
        self.modes, self.has_ports = (), True  # of a match that the proxies can meet

    def often(self, share=0.5):
        return self.rng.random() < share

    def one(self, *values):
        return self.rng.choice(values)

    def some(self, values, low=1, high=3):
        values = list(values)
        return self.rng.sample(values, min(len(values), self.rng.randint(low, high)))

    def fields(self, share, **makers):
        """Each field is there with that chance; its value is made by the function."""
        return {name: maker() for name, maker in makers.items() if self.often(share)}

    def number(self, low, high):
        return self.one(low, high, self.rng.randint(low, high))

    def port(self):
        return self.one(80, 443, 8080, 8443, 1, 65535, 15001, self.rng.randint(1, 65535))

    # ---- the mesh ----

    def versions(self):
        if self.era == "old":
            return self.one(["1.11"], ["1.11", "1.14"], ["1.11", "1.32"])
        if self.era == "new":
            return self.one(["1.32"], ["1.30", "1.32"], ["1.31"])
        if self.often(0.3):
            return [self.one(*VERSIONS)]
        low = self.rng.randrange(len(VERSIONS))
        return [VERSIONS[low], VERSIONS[self.rng.randrange(low, len(VERSIONS))]]

    def mesh(self):
        self.era = self.one("any", "any", "any", "new", "new", "old")
        spec = self.fields(
            0.25, gatewayClusterFilter=lambda: True, isolatedSuffix=lambda: self.one("filters.internal", "x.y.z.example.net"),
            isolatedPort=lambda: self.one(47081, 9999, 1), rootNamespace=lambda: self.one("istio-system", "istio-config"),
            ipFamilies=lambda: self.one(["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"]),
            outboundTrafficPolicy=lambda: self.one("ALLOW_ANY", "REGISTRY_ONLY"))
        if self.era != "any" or self.often(0.4):
            spec["istioVersions"] = self.versions()
        if self.often(0.05):
            spec["clusterDomain"] = "corp.internal"
        if self.often(0.05):
            spec["envoyFilter"] = "forbidden"
        return document("Mesh", {"name": "mesh"}, spec)

    # ---- who runs the filter ----

    def target(self, root):
        proxy = self.one("sidecar", "sidecar", "gateway", "waypoint")
        target = {"proxy": proxy} if proxy != "sidecar" or self.often() else {}
        how = self.one("selector", "refs", "none")
        if proxy == "waypoint":
            return target | self.waypoint(root)
        if how == "selector" or proxy == "sidecar" and how == "refs":
            target["selector"] = {"matchLabels": self.one(*LABELS)}
        elif how == "refs":
            target["targetRefs"] = [ref("Gateway", name) for name in self.some(["edge", "my.gateway"], 1, 2)]
        return target

    def waypoint(self, root):
        if root and self.often():
            return {"targetRefs": [ref("GatewayClass", "istio-waypoint")]}
        if self.often():
            return {"targetRefs": [ref("Gateway", self.one("middle", "shop.waypoint"))]}
        refs = [ref(kind, name) for kind, name in self.some([("Service", "web"), ("Service", "inbox"), ("ServiceEntry", "outside")], 1, 2)]
        at = {"name": "middle", **self.fields(0.3, namespace=lambda: self.one("common", "shop"))}
        if self.often(0.2):
            return {"waypoint": at}
        return {"targetRefs": refs, **({"waypoint": at} if self.often(0.9) else {})}

    # ---- the filter ----

    def env(self):
        names = self.some(["MODE", "_x", "A1", "POD_IP"], 0, 4)
        return [{"name": n, "valueFrom": "HOST"} if self.often(0.3)
                else {"name": n, "value": self.one("", "yes", "a: b", "${x}", "é\n")} for n in names]

    def wasm(self):
        url = self.one("oci://ghcr.io/acme/auth:1.4.0", "https://example.net/a.wasm", "http://example.net:8080/a.wasm",
                       "file:///opt/a.wasm", f"oci://ghcr.io/acme/auth@sha256:{SHA256}", "oci://localhost:5000/auth")
        if self.era == "old" and self.often(0.8):  # which has no WasmPlugin
            return {"url": self.one("https://example.net/a.wasm", "http://example.net:8080/a.wasm"), "sha256": SHA256}
        return {"url": url, **self.fields(
            0.25, sha256=lambda: SHA256, pluginName=lambda: self.one("root", "a b", "1.0"), imagePullSecret=lambda: "ghcr",
            imagePullPolicy=lambda: self.one("IfNotPresent", "Always"), env=self.env)}

    def match(self):
        modes = [*self.modes, *["CLIENT", "SERVER"] * self.often(0.1)]
        with_ports = self.has_ports or self.often(0.05)
        return [self.fields(0.7, mode=lambda: self.one(*modes), **({
            "ports": lambda: [{"number": n} for n in self.some([80, 8080, 9090, 443], 1, 2)]} if with_ports else {}))
                for _ in range(self.rng.randint(1, 3))]

    def carrier(self, *others):
        return "TrafficExtension" if self.era == "new" and self.often(0.6) else self.one(*others, *["TrafficExtension"] * self.often(0.2))

    def config(self, upstreams):
        fields = ("cluster", "authority", "host", "port", "path", "timeout", "timeoutMs", "tls", "port:string")
        config = {"text": "yes", "number": 1.5, "none": None, "list": [1, [], {}], "on": "${metadata.namespace}/${metadata.name} $${x}"}
        for upstream in upstreams:
            known = [f for f in fields if "cluster" not in upstream or f in ("cluster", "path", "timeoutMs")]
            if "service" in upstream:
                known = [f for f in known if f != "host" or self.often()]
            config[upstream["name"]] = {f: "${upstreams.%s.%s}" % (upstream["name"], f) for f in self.some(known, 1, 4)}
        return config

    def filter(self, upstreams):
        if self.often(0.25):
            return {"lua": {"inline": LUA},
                    **self.fields(0.3, kind=lambda: self.carrier("EnvoyFilter"), match=self.match,
                                  phase=lambda: self.one("AUTHN", "AUTHZ", "STATS"),
                                  priority=lambda: self.number(-2**31, 2**31 - 1))}
        return {"wasm": self.wasm(),
                **self.fields(0.3, kind=lambda: self.carrier("WasmPlugin", *["EnvoyFilter"] * (self.era == "old")),
                              match=self.match, phase=lambda: self.one("AUTHN", "AUTHZ", "STATS"),
                              priority=lambda: self.number(-2**31, 2**31 - 1),
                              failStrategy=lambda: self.one("FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"),
                              config=lambda: self.config(upstreams))}

    # ---- what it calls ----

    def tls(self):
        mode = self.one(None, None, "SIMPLE", "MUTUAL", "MUTUAL", "DISABLE", "DISABLE")
        tls = {"mode": mode} if mode else {}
        if mode in ("DISABLE", "ISTIO_MUTUAL"):
            return tls
        tls |= self.fields(0.3, sni=lambda: self.one("sni.example.org", "other.example.org"), subjectAltNames=lambda: self.some(
            ["san.example.org", "spiffe://cluster.local/ns/a/sa/b", "other.example.org"], 1, 3))
        if mode == "MUTUAL" and (self.often() or not self.secrets and self.often(0.9)):
            tls |= {"clientCertificate": f"{self.folder}/cert.pem", "privateKey": f"{self.folder}/key.pem"}
        elif mode == "MUTUAL" or self.often(0.2 if self.secrets else 0.02):
            return tls | {"credentialName": "client-cert"}
        if self.often(0.2):
            tls["caCertificates"] = self.one("system", f"{self.folder}/cert.pem")
        if self.often(0.15):
            tls = {name: value for name, value in tls.items() if name not in ("subjectAltNames", "caCertificates")} | {"insecureSkipVerify": True}
        return tls

    def endpoints(self):
        addresses = self.one(["10.7.7.7"], ["10.7.7.7", "10.7.7.8"], ["2001:db8::1"], ["a.example.net"], ["a.example.net", "10.7.7.7"])
        return [{"address": a, **self.fields(0.5, port=self.port)} for a in addresses]

    def common(self):
        return self.fields(
            0.2, protocol=lambda: self.one("HTTP", "HTTP2", "GRPC"), path=lambda: self.one("/", "/v1/check?x=%20y", "/" + "p" * 200),
            timeout=lambda: self.one(*DURATIONS))

    def public(self, number):
        """A public host that others take too, with settings that often agree."""
        upstream = self.host(number)
        if self.often(0.4):
            upstream = {name: upstream[name] for name in ("host", "port", "path", "timeout", "exportTo") if name in upstream} | {"tls": {}}
        upstream = {name: value for name, value in upstream.items() if name not in ("via", "clusterName", "authority")}
        upstream |= {"host": self.one("login.example.com", "Login.Example.com", "idp.example.org"), "isolated": False}
        if self.often(0.6):
            upstream["port"] = self.one(443, 80, 8443)
        own = {name: upstream.pop(name) for name in ("path", "timeout") if name in upstream}
        key = upstream["host"].lower(), upstream.get("port")
        if self.often(0.8):
            upstream = self.known.setdefault(key, upstream)
        return upstream | own

    def host(self, number):
        upstream = {"host": self.one("login.example.com", "API.Example.org", "a.b", f"u{number}.example.org",
                                     "xn--bcher-kva.example", "idp", "login.example.com."), **self.common()}
        if self.often(0.8):
            upstream["port"] = self.port()
        if self.often(0.7) or upstream.get("port") == 443:
            upstream["tls"] = self.tls()
        if self.often(0.1):
            tls = self.fields(0.4, sni=lambda: "sni.example.org", subjectAltNames=lambda: ["spiffe://cluster.local/ns/a/sa/b"])
            upstream |= {"tls": {"mode": "ISTIO_MUTUAL", **tls}, "location": "MESH_INTERNAL"}
        if self.often(0.1) and ("sni" in upstream.get("tls", {}) or not upstream.get("tls")):
            upstream["authority"] = self.one("api.example.org", "api.example.org:8443")
        upstream |= self.fields(
            0.2, targetPort=self.port, endpoints=self.endpoints, resolution=lambda: self.one("DNS", "DNS_ROUND_ROBIN", "STATIC"),
            isolated=lambda: self.one(False, False, True),
            connectTimeout=lambda: self.one(*DURATIONS), location=lambda: self.one("MESH_EXTERNAL", "MESH_INTERNAL"),
            exportTo=lambda: self.one(["."], ["*"], ["billing"], [".", "billing"]),
            connectionPool=lambda: {f: self.number(1, 2**31 - 1) for f in self.some(["maxConnections", "maxPendingRequests", "maxRequests", "maxRetries"], 1, 4)},
            outlierDetection=lambda: self.fields(0.6, consecutive5xxErrors=lambda: self.number(0, 2**31 - 1), interval=lambda: self.one(*DURATIONS),
                                                 baseEjectionTime=lambda: self.one(*DURATIONS), maxEjectionPercent=lambda: self.number(0, 100)))
        if upstream.get("resolution") == "STATIC":
            upstream["endpoints"] = [{"address": a, **self.fields(0.5, port=self.port)} for a in self.some(["10.7.7.7", "10.7.7.8", "2001:db8::1"], 1, 2)]
        return upstream | self.via(number, upstream)

    def via(self, number, upstream):
        if {"exportTo", "location", "isolated"} & upstream.keys():
            return {"via": self.one("auto", "serviceEntry")} if self.often(0.2) else {}
        if self.often(0.6) or upstream.get("tls", {}).keys() & {"credentialName"}:
            return {}
        return {"via": "envoyFilter", **({"clusterName": self.one(f"rate_limit_{number}", f"outside.{number}")} if self.often(0.4) else {})}

    def upstream(self, number):
        kind = self.one("host", "host", "host", "host", "service", "cluster")
        name = {"name": self.one("auth", "a", "u-1", "9")[:60] + str(number)}
        if kind == "host":
            return name | (self.public(number) if self.meets else self.host(number))
        if kind == "cluster":
            return name | self.common() | {"cluster": self.one(
                                               "their-cluster", f"outbound|8080||u{number}.example.net",
                                               f"outbound|80|v2|u{number}.example.net")}
        service = {"name": self.one("books", "tokens"), **self.fields(0.5, namespace=lambda: self.one("shop", "other"))}
        port, protocol = self.one((80, "HTTP"), (8080, "HTTP"), (9000, "GRPC"), (9001, "HTTP2"))  # a port speaks one protocol
        return name | self.common() | {"service": service, "port": port, "protocol": protocol, **self.fields(
            0.3, subset=lambda: self.one("v2", "canary"), authority=lambda: self.one("books.example.org", "books"))}

    def runs_on(self, proxy):
        self.has_ports = proxy != "waypoint"
        self.modes = {"gateway": ("CLIENT", "CLIENT_AND_SERVER"), "waypoint": ("SERVER", "CLIENT_AND_SERVER")}.get(proxy, (
            "CLIENT", "SERVER", "CLIENT_AND_SERVER"))

    def place(self, root):
        namespace = self.one("shop", "shop", "billing", root)
        return namespace, self.target(namespace == root) if self.often(0.8) else {}

    def manifest(self, number, root):
        namespace, target = self.crowd or self.place(root)
        self.secrets = target.get("proxy", "sidecar") != "sidecar" or "selector" in target and namespace != root
        self.runs_on(target.get("proxy", "sidecar"))
        upstreams = [self.upstream(10 * number + i) for i in range(self.rng.randint(0, 3))]
        spec = {"upstreams": upstreams} if upstreams or self.often() else {}
        if target:
            spec["target"] = target
        if self.often(0.8) or not upstreams:
            spec["filter"] = self.filter(upstreams)
        metadata = {"name": f"{self.one('auth-check', 'm', '1')}-{number}", "namespace": namespace, **self.fields(
            0.2, labels=lambda: {"team": "identity", "example.com/on": "yes"}, annotations=lambda: {"note": 'a "b": \\ # c'})}
        return document("FilterManifest", metadata, spec)

    def documents(self):
        mesh = self.mesh()
        root = mesh["spec"].get("rootNamespace", "istio-system")
        self.meets = self.often(0.2)
        self.crowd = self.place(root) if self.often(0.25) else None
        manifests = [self.manifest(number, root) for number in range(self.one(1, 1, 1, 2, 3) + self.meets + bool(self.crowd))]
        return [*([mesh] if mesh["spec"] else []), *manifests]


def ref(kind, name):
    group = {"Gateway": GATEWAY_API, "GatewayClass": GATEWAY_API, "ServiceEntry": "networking.istio.io"}.get(kind)
    return {**({"group": group} if group else {}), "kind": kind, "name": name}


def document(kind, metadata, spec):
    return {"apiVersion": "callout.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def as_text(documents):
    """JSON documents, one a line: both readers get their share, since a .yaml file may hold JSON."""
    return "".join(f"---\n{json.dumps(d)}\n" for d in documents)
