"""Who answers at the address: the one that is meant, the same with another key, and impostors."""

import dataclasses
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "traffic")]
import calling
import certificates

# Name: (who signed, names in the certificate, days that it is valid); None: no TLS.
LEAVES = {"good": ("ca", "DNS:auth.example.com", 2), "renewed": ("ca", "DNS:auth.example.com", 2),
          "stranger": ("strangers", "DNS:auth.example.com", 2), "expired": ("ca", "DNS:auth.example.com", -1),
          "expired-other": ("ca", "DNS:other.example.com", -1), "other": ("ca", "DNS:other.example.com", 2),
          "elsewhere": ("ca", "DNS:elsewhere.invalid", 2), "third": ("ca", "DNS:third.example.com", 2),
          "alike": ("ca", "DNS:auth.invalid", 2), "loud": ("ca", "DNS:AUTH.invalid", 2),
          "workload": ("ca", "URI:spiffe://cluster.local/ns/infra/sa/x", 2), "address": ("ca", "IP:127.0.0.1", 2)}
ANYBODY = ("plain", *LEAVES)
DOWNSTREAM = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
INSPECTOR = "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
SEES = "%REQUESTED_SERVER_NAME%|%PROTOCOL%|%DOWNSTREAM_PEER_SUBJECT%"


@dataclasses.dataclass
class Seen:
    """What a server saw of a call."""
    text: str

    def __post_init__(self):
        sni, protocol, subject = self.text.split("|")
        self.sni, self.http2, self.client = "" if sni == "-" else sni, protocol == "HTTP/2", "" if subject == "-" else subject


def is_right(name, tls, promise):
    """May the server take a call that asks for this TLS?"""
    if tls.get("insecureSkipVerify"):
        return name != "plain"
    if name not in LEAVES:
        return False
    signer, subject, days = LEAVES[name]
    return signer == "ca" and days > 0 and subject.removeprefix("DNS:") in promise["tls"]["subjectAltNames"]


def make_certificates(folder):
    for authority in ("ca", "strangers"):
        certificates.openssl(folder, "req", "-x509", *certificates.NEW_KEY, "-days", certificates.DAYS, "-subj",
                             f"/CN={authority}", "-addext", "keyUsage=critical,keyCertSign", "-keyout",
                             f"{authority}.key", "-out", f"{authority}.pem")
    for name, (signer, subject, days) in {**LEAVES, "filter": ("ca", "DNS:filter.example.com", 2)}.items():
        certificates.openssl(folder, "req", *certificates.NEW_KEY, "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}",
                             "-keyout", f"{name}.key", "-out", f"{name}.csr")
        certificates.openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.pem", "-CAkey",
                             f"{signer}.key", "-CAcreateserial", "-days", str(days), "-copy_extensions", "copy", "-out",
                             f"{name}.pem")


def listener(name, folder, port):
    seen = {"response_headers_to_add": [{"header": {"key": "x-seen", "value": SEES}}]}
    chain = {"filters": calling.manager([("/", 200)], **seen)}
    if name in LEAVES:
        chain["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": DOWNSTREAM, "common_tls_context": {
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_certificates": [{"certificate_chain": {"filename": str(folder / f"{name}.pem")},
                                  "private_key": {"filename": str(folder / f"{name}.key")}}],
            "validation_context": {"trusted_ca": {"filename": str(folder / "ca.pem")}}}}}
    inspector = {"name": "inspector", "typed_config": {"@type": INSPECTOR}}  # which tells the name that is asked for
    return {**calling.listener(name, port, chain), "listener_filters": [inspector]}
