"""What a manifest asks for, and what becomes of its cluster when somebody has changed it."""

import copy

from scenes import SOCKETS, san
from shapes import HTTP_OPTIONS, TLS

NAMES = ("auth.example.com", "other.example.com", "elsewhere.invalid", "AUTH.example.com")
KINDS = ("DNS", "DNS", "DNS", "DNS", "URI", "EMAIL", "IP_ADDRESS")


class Asked:
    """Upstreams that lead to the one address."""

    def __init__(self, rng, folder, port):
        self.rng, self.folder, self.port = rng, folder, port

    def tls(self):
        chance, ca = self.rng.random(), str(self.folder / "ca.pem")
        client = {"mode": "MUTUAL", "clientCertificate": str(self.folder / "filter.pem"), "privateKey": str(self.folder / "filter.key")}
        names = self.rng.choice([{}, {}, {"subjectAltNames": ["auth.example.com", "other.example.com"]}])
        if chance < 0.15:
            return {"mode": "DISABLE"}
        if chance < 0.25:
            return {"insecureSkipVerify": True}
        return {"caCertificates": ca, **names, **(client if chance < 0.4 else {})}

    def upstream(self, i):
        tls = self.tls()
        authority = {"authority": "other.example.com"} if self.rng.random() < 0.2 else {}
        if authority and tls.get("mode") != "DISABLE":
            tls["sni"] = "auth.example.com"
            tls.setdefault("subjectAltNames", ["auth.example.com"])
        if tls.get("insecureSkipVerify"):
            tls.pop("subjectAltNames", None)
        where = {"host": "localhost"} if self.rng.random() < 0.2 and tls.get("mode") == "DISABLE" else {
            "host": "auth.example.com", "endpoints": [{"address": "127.0.0.1"}]}
        return {"name": f"u{i}", **where, "port": self.port, "via": "envoyFilter",
                "protocol": self.rng.choice(["HTTP", "HTTP", "HTTP2"]), "tls": tls, **authority}


class Changing:
    """Each change is made to a cluster with TLS or without; what it has no use for it leaves as it is."""

    def __init__(self, rng, folder, closed):
        self.rng, self.folder, self.closed = rng, folder, closed
        self.changes = (self.plain, self.secured, self.authority, self.no_authority, self.matchers, self.more_matchers,
                        self.no_matchers, self.old_matchers, self.sni, self.no_sni, self.call_names, self.call_names,
                        self.host_sni, self.untrusted, self.expired, self.pinned, self.version, self.alpn, self.http,
                        self.http, self.no_http, self.downstream, self.automatic, self.certificate, self.no_certificate,
                        self.matches, self.matches, self.wrapped, self.misnamed, self.struct, self.secret, self.port,
                        self.hostname, self.older_members, self.one_more)

    def cluster(self, made):
        c = copy.deepcopy(made)
        for change in self.rng.sample(self.changes, self.rng.choice([0, 1, 1, 1, 2, 3])):
            change(c)
        return c

    def one(self, *values):
        return self.rng.choice(values)

    # ---- where things are ----

    @staticmethod
    def context(c):
        found = c.get("transport_socket", {}).get("typed_config", {})
        return found if "common_tls_context" in found else None

    def validation(self, c):
        common = (self.context(c) or {}).get("common_tls_context")
        if common is None or "combined_validation_context" in common:
            return None
        return common.setdefault("validation_context", {})

    @staticmethod
    def options(c):
        kind = f"type.googleapis.com/{HTTP_OPTIONS}"
        return c.setdefault("typed_extension_protocol_options", {}).setdefault(HTTP_OPTIONS, {
            "@type": kind, "explicit_http_config": {"http_protocol_options": {}}})

    def set_http(self, c, **how):
        options = self.options(c)
        for key in ("explicit_http_config", "use_downstream_protocol_config", "auto_config"):
            options.pop(key, None)
        options.update(how)

    def file(self, name):
        return {"filename": str(self.folder / name)}

    def new_context(self):
        return {"name": "tls", "typed_config": {"@type": TLS, "sni": self.one("", *NAMES[:2]),
                                                "common_tls_context": {"validation_context": {
            **self.one({}, {"trusted_ca": self.file("ca.pem")}), **self.one({}, {"match_typed_subject_alt_names": [self.matcher()]})}}}}

    def matcher(self):
        name = self.one(*NAMES)
        how = self.one({"exact": name}, {"exact": name}, {"prefix": name[:4]}, {"suffix": name[4:]}, {"contains": "example"},
                       {"safe_regex": {"regex": self.one(".*", ".+", r"auth\.example\.com", r"[a-z]*\.example\.com")}}, {"prefix": "a"},
                       {"exact": name, "ignore_case": True})
        kind = self.one(*KINDS)
        return san(kind, **(how if kind == "DNS" else {"exact": name}))

    # ---- the changes ----

    def plain(self, c):
        c.pop("transport_socket", None)

    def secured(self, c):
        c.setdefault("transport_socket", self.new_context())

    def authority(self, c):
        v = self.validation(c)
        if v is not None:
            v["trusted_ca"] = self.file(self.one("ca.pem", "strangers.pem"))

    def no_authority(self, c):
        v = self.validation(c)
        if v is not None:
            v.pop("trusted_ca", None)
            v.pop("match_typed_subject_alt_names", None)

    def matchers(self, c):
        v = self.validation(c)
        if v is not None and "trusted_ca" in v:
            v["match_typed_subject_alt_names"] = [self.matcher() for _ in range(self.one(1, 1, 2))]

    def more_matchers(self, c):
        v = self.validation(c)
        if v is not None and "trusted_ca" in v:
            v.setdefault("match_typed_subject_alt_names", []).append(self.matcher())

    def no_matchers(self, c):
        v = self.validation(c)
        if v is not None:
            v.pop("match_typed_subject_alt_names", None)

    def old_matchers(self, c):
        v = self.validation(c)
        if v is not None and "trusted_ca" in v:
            v.pop("match_typed_subject_alt_names", None)
            v["match_subject_alt_names"] = [self.matcher()["matcher"]]

    def sni(self, c):
        if self.context(c):
            self.context(c)["sni"] = self.one(*NAMES)

    def no_sni(self, c):
        if self.context(c):
            self.context(c).pop("sni", None)

    def call_names(self, c):
        options = self.options(c)
        chosen = self.one({"auto_sni": True}, {"auto_san_validation": True}, {"auto_sni": True, "auto_san_validation": True},
                          {"auto_sni": True, "override_auto_sni_header": self.one("x-absent", ":authority", ":path")})
        options["upstream_http_protocol_options"] = chosen

    def host_sni(self, c):
        if self.context(c):
            self.context(c).update(self.one({"auto_host_sni": True}, {"auto_sni_san_validation": True},
                                            {"auto_host_sni": True, "auto_sni_san_validation": True}))

    def untrusted(self, c):
        v = self.validation(c)
        if v is not None and "trusted_ca" in v:
            v["trust_chain_verification"] = self.one("ACCEPT_UNTRUSTED", "VERIFY_TRUST_CHAIN")

    def expired(self, c):
        v = self.validation(c)
        if v is not None:
            v["allow_expired_certificate"] = True

    def pinned(self, c):
        v = self.validation(c)
        if v is not None:
            v["verify_certificate_hash"] = ["00" * 32]

    def version(self, c):
        if self.context(c):
            self.context(c)["common_tls_context"]["tls_params"] = self.one(
                {"tls_minimum_protocol_version": "TLSv1_3"},
                {"tls_minimum_protocol_version": "TLSv1_0", "tls_maximum_protocol_version": "TLSv1_1"},
                {"tls_maximum_protocol_version": "TLSv1_2"}, {"tls_maximum_protocol_version": "TLSv1_3"},
                {"tls_maximum_protocol_version": "TLS_AUTO"}, {})

    def alpn(self, c):
        if self.context(c):
            self.context(c)["common_tls_context"]["alpn_protocols"] = self.one(
                ["h2"], ["http/1.1"], ["h2", "http/1.1"], ["http/1.1", "h2"], ["other"], [])

    def http(self, c):
        self.set_http(c, explicit_http_config=self.one({"http2_protocol_options": {}}, {"http_protocol_options": {}}))

    def no_http(self, c):
        c.pop("typed_extension_protocol_options", None)

    def downstream(self, c):
        self.set_http(c, use_downstream_protocol_config=self.one({}, {"http2_protocol_options": {}}, {
            "http_protocol_options": {}, "http2_protocol_options": {}}))

    def automatic(self, c):
        if self.context(c):
            self.set_http(c, auto_config=self.one({}, {"http2_protocol_options": {}}))

    def certificate(self, c):
        if self.context(c):
            self.context(c)["common_tls_context"]["tls_certificates"] = [self.one(*self.pairs())]

    def pairs(self):
        return [{"certificate_chain": self.file(f"{name}.pem"), "private_key": self.file(f"{name}.key")} for name in ("filter", "other")]

    def no_certificate(self, c):
        if self.context(c):
            self.context(c)["common_tls_context"].pop("tls_certificates", None)

    def matches(self, c):
        """Which socket the endpoints get depends on their labels."""
        labels = self.one({}, {"a": "1"}, {"a": "1", "b": "2"}, {"a": 1}, {"a": True})
        wanted = self.one({}, {"a": "1"}, {"b": "2"}, {"a": "2"}, {"a": 1}, {"a": True})
        raw = {"name": "raw", "typed_config": {"@type": f"{SOCKETS}.raw_buffer.v3.RawBuffer"}}
        c["transport_socket_matches"] = [{"name": f"s{i}", "match": m, "transport_socket": s} for i, (m, s) in enumerate(
            [(wanted, self.one(raw, self.new_context(), c.get("transport_socket", raw))),
             (self.one({}, {"b": "2"}), self.one(raw, c.get("transport_socket", raw)))][:self.one(1, 2)])]
        for locality in c["load_assignment"]["endpoints"]:
            place = self.one(locality, *locality["lb_endpoints"])
            place["metadata"] = {"filter_metadata": {"envoy.transport_socket_match": labels}}

    def wrapped(self, c):
        socket = c.get("transport_socket")
        if socket and "common_tls_context" in socket["typed_config"]:
            kind, more = self.one(("tap.v3.Tap", {"common_config": {"admin_config": {"config_id": c["name"]}}}),
                                  ("proxy_protocol.v3.ProxyProtocolUpstreamTransport", {"config": {"version": "V1"}}),
                                  ("tcp_stats.v3.Config", {}))
            c["transport_socket"] = {"name": "around", "typed_config": {"@type": f"{SOCKETS}.{kind}", "transport_socket": socket, **more}}

    def misnamed(self, c):
        if "transport_socket" in c:
            c["transport_socket"]["name"] = self.one("envoy.transport_sockets.raw_buffer", "mine")

    def struct(self, c):
        config = self.context(c)
        if config:
            c["transport_socket"]["typed_config"] = {"@type": "type.googleapis.com/xds.type.v3.TypedStruct", "type_url": TLS,
                                                     "value": {k: v for k, v in config.items() if k != "@type"}}

    def secret(self, c):
        """The authorities come by SDS, beside the names."""
        v = self.validation(c)
        if v is None or "trusted_ca" not in v:
            return
        path = v.pop("trusted_ca").get("filename")
        common = self.context(c)["common_tls_context"]
        name, file = f"file-root:{path}", self.folder / f"secret-{len(c['name'])}-{c['name'].replace('/', '-')}.json"
        file.write_text('{"resources": [{"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", "name": "%s", '
                        '"validation_context": {"trusted_ca": {"filename": "%s"}}}]}' % (name, path))
        common["combined_validation_context"] = {"default_validation_context": common.pop("validation_context"),
                                                 "validation_context_sds_secret_config": {
                                                     "name": name,
                                                     "sds_config": {
                                                         "resource_api_version": "V3",
                                                         "path_config_source": {"path": str(file)}}}}

    def port(self, c):
        if self.rng.random() < 0.5:
            for locality in c["load_assignment"]["endpoints"]:
                for e in locality["lb_endpoints"]:
                    e["endpoint"]["address"]["socket_address"]["port_value"] = self.closed

    def hostname(self, c):
        for locality in c["load_assignment"]["endpoints"]:
            for e in locality["lb_endpoints"]:
                e["endpoint"]["hostname"] = self.one(*NAMES)

    def older_members(self, c):
        c.pop("typed_extension_protocol_options", None)
        c.update(self.one({"http2_protocol_options": {}}, {"http_protocol_options": {}},
                          {"protocol_selection": "USE_DOWNSTREAM_PROTOCOL", "http2_protocol_options": {}},
                          {"upstream_http_protocol_options": {"auto_sni": True, "auto_san_validation": self.one(True, False)}}))

    def one_more(self, c):
        locality = c["load_assignment"]["endpoints"][0]
        locality["lb_endpoints"].append(copy.deepcopy(locality["lb_endpoints"][0]))
