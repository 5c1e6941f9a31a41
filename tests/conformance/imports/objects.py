"""Istio objects as people write them by hand, made by chance of what a manifest can say too, around one filter that names the clusters."""

ENVOY = "envoy.extensions"
TYPE = f"type.googleapis.com/{ENVOY}"
MANAGER = {"name": "envoy.filters.network.http_connection_manager"}
HTTP_OPTIONS = f"{ENVOY}.upstreams.http.v3.HttpProtocolOptions"
LABELS = {"app": "web"}
DECOY = "decoy-"  # in the names of rules that count for nobody
FIRST, LAST = f"a-{DECOY}", f"z-{DECOY}"  # istiod goes by the name where objects are equally old
ROOT = "istio-system"


def object_of(kind, name, spec, namespace="shop"):
    group = {"WasmPlugin": "extensions.istio.io/v1alpha1",
             "EnvoyFilter": "networking.istio.io/v1alpha3"}.get(kind, "networking.istio.io/v1")
    return {"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def is_hiding(counting, namespace, how, is_exact):
    """Would a rule for the very host hide the one that counts? istiod stays with the first list that has rules for the closest host,
    also where none of those is for the proxy."""
    if counting == namespace and is_exact:
        return False
    if namespace == "shop":
        return "workloadSelector" in how
    return counting == namespace == ROOT and how.get("exportTo") == ["billing"]


class Chooser:
    """Chance, so that the same seed gives the same objects."""

    def __init__(self, rng):
        self.rng = rng

    def often(self, share=0.5):
        return self.rng.random() < share

    def one(self, *values):
        return self.rng.choice(values)

    def some(self, share, **values):
        return {name: value for name, value in values.items() if self.often(share)}

    # ---- ServiceEntries with their rules ----

    def endpoints(self, number, resolution, port_name):
        addresses = {"STATIC": [f"10.1.{number}.1", f"10.1.{number}.2"],
                     "DNS": [f"a{number}.example.net", f"10.2.{number}.1"]}.get(resolution, [f"a{number}.example.net"])
        return [{"address": a, **self.some(0.3, ports={port_name: self.one(1234, 8443)})} for a in addresses[:self.one(1, 2)]]

    def port(self, number):
        protocol = self.one("HTTP", "HTTPS", "HTTP2", "GRPC", "GRPC-Web", "TLS", "http")
        return {"number": number, "name": f"p{number}", "protocol": protocol, **self.some(0.3, targetPort=self.one(443, 8443))}

    def entry(self, number):
        host = self.one(f"api{number}.example.com", f"Login{number}.Example.com")
        ports = [self.port(n) for n in self.rng.sample([80, 443, 8443, 9000], self.one(1, 2))]
        resolution = self.one("DNS", "DNS", "STATIC", "DNS_ROUND_ROBIN")
        spec = {"hosts": [host], "location": "MESH_EXTERNAL", "resolution": resolution, "ports": ports, **self.some(
            0.4, exportTo=self.one(["."], ["*"], [".", "billing"]),
            subjectAltNames=[f"san{number}.example.com", "spiffe://cluster.local/ns/a/sa/b"])}
        if resolution == "STATIC" or self.often(0.3):
            spec["endpoints"] = self.endpoints(number, resolution, ports[0]["name"])
        return spec

    def tls(self, host, has_names):
        """Nothing is left open that the manifest would have to say in addition. The names of an entry count where a rule has none."""
        mode = self.one("SIMPLE", "SIMPLE", "MUTUAL", *([] if has_names else ["DISABLE"]))
        if mode == "DISABLE":
            return {"mode": mode}
        tls = {"mode": mode, "sni": self.one(host, "sni.example.com"), "caCertificates": self.one("system", "/etc/ca.pem")}
        if not has_names:
            tls["subjectAltNames"] = self.one([host], ["a.example.com", "spiffe://cluster.local/ns/a/sa/b"])
        return tls | ({"clientCertificate": "/c.pem", "privateKey": "/k.pem"} if mode == "MUTUAL" else {})

    def policy(self, host, has_names):
        pool = {"tcp": self.some(0.5, maxConnections=5, connectTimeout="250ms"),
                "http": self.some(0.4, http1MaxPendingRequests=7, http2MaxRequests=8, maxRetries=2, h2UpgradePolicy="UPGRADE")}
        return {"tls": self.tls(host, has_names), **self.some(
            0.3, connectionPool={name: part for name, part in pool.items() if part} or {"tcp": {"maxConnections": 1}},
            outlierDetection=self.some(0.7, consecutive5xxErrors=self.one(0, 3), interval="5s", baseEjectionTime="30s",
                                       maxEjectionPercent=50))}

    def rule(self, entry):
        host, has_names = entry["hosts"][0], "subjectAltNames" in entry
        policy = self.policy(host, has_names)
        if self.often(0.4):
            policy["portLevelSettings"] = [{"port": {"number": p["number"]}, **self.policy(host, has_names)}
                                           for p in entry["ports"] if self.often(0.7)]
        return {"host": host, "trafficPolicy": {name: part for name, part in policy.items() if part}}

    def counting_rule(self, number, entry, is_alone):
        """In the namespace of the entry or of the root, for its host or a pattern (of which another entry must not be part)."""
        host, spec = entry["hosts"][0], self.rule(entry)
        namespace = self.one("shop", "shop", ROOT)
        if is_alone and self.often(0.4):
            spec["host"] = f"*.{host.split('.', 1)[1]}" if namespace == ROOT else self.one(f"*.{host.split('.', 1)[1]}", "*")
        if namespace == "shop" and self.often(0.3):
            spec["workloadSelector"] = {"matchLabels": self.one(LABELS, {})}  # for which Istio takes no other exportTo
        else:  # one that says what another one says, and more, istiod would unite with that
            spec |= self.some(0.3, exportTo=self.one(["*"], ["shop"], ["shop", "edge"]))
        return object_of("DestinationRule", f"rule{number}", spec, namespace)

    def hidden_from_shop(self):
        """(the namespace of a rule, what makes that it counts for none of ours)"""
        stranger = {"workloadSelector": {"matchLabels": self.one({"app": "other"}, {**LABELS, "version": "v1"})}}
        return self.one(("billing", {}), ("shop", {"exportTo": ["billing"]}), ("shop", stranger), (ROOT, {"exportTo": ["."]}),
                        (ROOT, {"exportTo": [ROOT]}), (ROOT, {"exportTo": ["billing"]}), (ROOT, stranger))

    def rules_beside(self, number, entry, counting):
        """They count for nobody here, though for the very host: those that are hidden, and those that the other one comes before."""
        namespace, is_exact = counting["metadata"]["namespace"], counting["spec"]["host"] == entry["hosts"][0]
        made = []
        for n in range(self.one(0, 1, 2)):
            home, how = self.hidden_from_shop()
            if not is_hiding(namespace, home, how, is_exact):
                made.append(object_of("DestinationRule", f"{FIRST}{number}-{n}", {**self.rule(entry), **how}, home))
        if is_exact and self.often(0.2):  # exported alike, else istiod would not unite them, and take the last one
            alike = {name: value for name, value in counting["spec"].items() if name == "exportTo"}
            made.append(object_of("DestinationRule", f"{LAST}{number}", {**self.rule(entry), **alike}, namespace))
        if namespace == "shop" and self.often(0.3):
            made.append(object_of("DestinationRule", f"{FIRST}{number}", self.rule(entry), ROOT))
        return made

    # ---- clusters of EnvoyFilters ----

    def socket(self, host):
        plain = {"name": "envoy.transport_sockets.raw_buffer",
                 "typed_config": {"@type": f"{TYPE}.transport_sockets.raw_buffer.v3.RawBuffer"}}
        if self.often(0.4):
            return self.one({}, {"transport_socket": plain})
        names = [{"san_type": "DNS", "matcher": {"exact": name}} for name in self.one([host], ["a.example.com", "b.example.com"])]
        store = {"filename": self.one("/etc/ssl/certs/ca-certificates.crt", "/etc/ca.pem")}
        common = {"tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"},
                  "validation_context": {"trusted_ca": store, "match_typed_subject_alt_names": names}}
        if self.often(0.3):
            common["tls_certificates"] = [{"certificate_chain": {"filename": "/c.pem"}, "private_key": {"filename": "/k.pem"}}]
        config = {"@type": f"{TYPE}.transport_sockets.tls.v3.UpstreamTlsContext", "sni": self.one(host, "sni.example.com"),
                  "common_tls_context": common}
        return {"transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": config}}

    def cluster(self, name, number):
        kind, host = self.one("STRICT_DNS", "LOGICAL_DNS", "STATIC"), f"outside{number}.example.com"
        addresses = [f"10.3.{number}.1", f"10.3.{number}.2"][:self.one(1, 2)] if kind == "STATIC" else [host]
        socket = self.socket(host)
        options = {"@type": f"type.googleapis.com/{HTTP_OPTIONS}", "explicit_http_config": {"http2_protocol_options": {}}}
        if self.often(0.3):
            socket["typed_extension_protocol_options"] = {HTTP_OPTIONS: options}
            if "common_tls_context" in socket.get("transport_socket", {}).get("typed_config", {}):
                socket["transport_socket"]["typed_config"]["common_tls_context"]["alpn_protocols"] = ["h2"]
        limits = {f"max_{what}": self.one(4294967295, 5) for what in ("connections", "pending_requests", "requests", "retries")}
        endpoints = [{"endpoint": {"address": {"socket_address": {"address": a, "port_value": 8443}}}} for a in addresses]
        family = {} if kind == "STATIC" else {"dns_lookup_family": "V4_ONLY"}
        left_open = {what: value for what, value in {"type": kind, "connect_timeout": self.one("1s", "10s")}.items()
                     if (what, kind) == ("type", "STRICT_DNS") or kind == "LOGICAL_DNS" or self.often(0.8)}
        return {"name": name, **left_open, **family,
                "circuit_breakers": {"thresholds": [limits]},
                "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]}, **socket}

    # ---- the filter ----

    def filter(self, names):
        if self.often():
            return object_of("WasmPlugin", "auth", {"selector": {"matchLabels": LABELS}, "url": "oci://ghcr.io/acme/auth:1",
                                                    "pluginConfig": {"calls": names, "text": "${x}"}})
        code = "function envoy_on_request(handle)\n" + "".join(f'  handle:httpCall("{name}", {{}}, "", 500)\n' for name in names) + "end\n"
        value = {"name": "script", "typed_config": {"@type": f"{TYPE}.filters.http.lua.v3.Lua",
                                                    "default_source_code": {"inline_string": code}}}
        beside = self.one({}, {"subFilter": {"name": "envoy.filters.http.router"}})
        match = {"context": self.one("ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND"),
                 "listener": {"filterChain": {"filter": {**MANAGER, **beside}}}}
        return object_of("EnvoyFilter", "auth", {"workloadSelector": {"labels": LABELS}, "configPatches": [
            {"applyTo": "HTTP_FILTER", "match": match, "patch": {"operation": "INSERT_BEFORE", "value": value}}]})

    def objects(self):
        """(the objects, the names of the clusters that the filter calls)"""
        made, names = [], []
        count = self.one(1, 2)
        for number in range(count):
            if self.often(0.3):
                names.append(self.one("ext_authz", "outside", "rate-limit") + str(number))
                patch = {"applyTo": "CLUSTER", "match": {"context": "SIDECAR_OUTBOUND"},
                         "patch": {"operation": "ADD", "value": self.cluster(names[-1], number)}}
                made.append(object_of("EnvoyFilter", f"clusters{number}",
                                      {"workloadSelector": {"labels": LABELS}, "configPatches": [patch]}))
                continue
            entry = self.entry(number)
            names += [f"outbound|{p['number']}||{entry['hosts'][0]}" for p in entry["ports"]]
            rule = self.counting_rule(number, entry, count == 1)
            made += [object_of("ServiceEntry", f"entry{number}", entry), rule, *self.rules_beside(number, entry, rule)]
        return [*made, self.filter(names)], names
