"""The certificates of the upstreams and of the proxy, made by openssl below an authority of our own."""

import subprocess

DAYS = "2"
STRANGERS = "strangers"  # an authority that nobody trusts
LEAVES = {
    "auth": "DNS:auth.example.com",
    "stranger": "DNS:auth.example.com",
    "mesh": "URI:spiffe://cluster.local/ns/infra/sa/profiles",
    "filter": "DNS:filter.example.com",  # what a filter presents with MUTUAL
    "workload": "URI:spiffe://cluster.local/ns/shop/sa/web",  # what Istio gives the proxy
}
SIGNED_BY = {"stranger": STRANGERS}


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def request(name, extension, *signer):
    """Arguments that make NAME.pem and NAME.key."""
    return ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", DAYS,
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-addext", extension, *signer]


def make(folder):
    for authority in ("ca", STRANGERS):
        openssl(folder, *request(authority, "keyUsage=critical,keyCertSign"))
    for name, subject in LEAVES.items():
        openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}",
                "-out", f"{name}.csr")
        authority = SIGNED_BY.get(name, "ca")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", DAYS, "-copy_extensions", "copy", "-out", f"{name}.pem")
