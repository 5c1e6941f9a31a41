"""The certificates of the upstreams and of the proxy, made by openssl below an authority of our own."""

import subprocess

DAYS = "2"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
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


def make(folder):
    """NAME.pem and NAME.key of everyone."""
    for authority in ("ca", STRANGERS):
        openssl(folder, "req", "-x509", *NEW_KEY, "-days", DAYS, "-subj", f"/CN={authority}", "-addext", "keyUsage=critical,keyCertSign",
                "-keyout", f"{authority}.key", "-out", f"{authority}.pem")
    for name, subject in LEAVES.items():
        authority = SIGNED_BY.get(name, "ca")
        openssl(folder, "req", *NEW_KEY, "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", DAYS, "-copy_extensions", "copy", "-out", f"{name}.pem")
