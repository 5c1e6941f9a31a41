"""Many namespaces beside each other: what they have in common by chance, what each may see, and what a watch says meanwhile."""

import pathlib
import signal
import tempfile

from access import add, bearer
from daemon import YAML, Daemon
from stored import manifest, path

MESH = "apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\nspec: {rootNamespace: %s}\n"
NAMESPACES = [f"n{i:04}" for i in range(1001)]  # more than a page has


def named(cluster, name, namespace):
    """A cluster of one's own name, with settings of one's own."""
    return manifest(name, namespace, f"{namespace}.example.com", f", via: envoyFilter, clusterName: {cluster}")


def put(d, connection, token, cluster, name, namespace):
    return d.request("PUT", path(name, namespace), named(cluster, name, namespace), {"Content-Type": YAML, **bearer(token)}, connection=connection)


def quarrels(d, token, query=""):
    return [(q["about"].rsplit("/", 1)[1], q["manifests"]) for q in d.get("/v1/hosts?limit=1" + query, **bearer(token)).json()["quarrels"]]


def check_common_name(tally, temp):
    """Names of clusters meet in one namespace and from the root namespace; that others have the same one is nobody's quarrel."""
    tokens, mesh = temp / "tokens.yaml", temp / "mesh.yaml"
    admin, fifth, sixth = (add(tokens, n, s, *more) for n, s, more in (
        ("admin", "admin", ()), ("fifth", "write", ("--namespace", "n0005")), ("sixth", "read", ("--namespace", "n0006"))))
    mesh.write_text(MESH % "istio-system")
    with Daemon("--tokens", str(tokens), "--mesh-file", str(mesh)) as d:
        connection = d.connect()
        refused = [(n, a.status, a.body) for n in NAMESPACES if (a := put(d, connection, admin, "a-limit", "m", n)).status != 201]
        tally.equal(refused, [], "a name that each namespace has for itself")
        answer = put(d, connection, admin, "a-limit", "other", "n0005")
        tally.check(answer.status == 409 and "n0005/m" in answer.body.decode() and "n0006" not in answer.body.decode(), "twice in one namespace is a quarrel", answer.body)
        answer = put(d, connection, admin, "a-limit", "root", "istio-system")
        tally.check(answer.status == 409 and "n0000/m" in answer.body.decode(), "the root namespace quarrels with each", answer.body[:500])
        for namespace in ("platform", "n0005"):
            tally.equal(put(d, connection, admin, "z-limit", "z", namespace).status, 201, f"another name in {namespace}")
        tally.equal(quarrels(d, admin), [], "nobody quarrels")
        mesh.write_text(MESH % "platform")
        d.signal(signal.SIGHUP)
        tally.check(d.told("host registry brought up to date"), "another root namespace")
        pair = ("z-limit", ["n0005/z", "platform/z"])
        tally.equal(quarrels(d, admin), [pair], "a quarrel behind many names that agree")
        tally.equal((quarrels(d, fifth), quarrels(d, sixth)), ([pair], []), "told to those whose manifest it is")
        text = d.get("/metrics", **bearer(admin)).body.decode()
        tally.check("\ncallout_host_quarrels 1\n" in text, "and counted", text[-1500:])
        tally.equal(put(d, connection, admin, "z-limit", "z", "n0006").status, 409, "a new one is refused")
        tally.equal(d.request("DELETE", path("z", "platform"), headers=bearer(admin)).status, 204, "one of both goes")
        tally.equal(quarrels(d, admin), [], "and the quarrel with it")
        tally.equal(d.stop(), 0, "the daemon ends well")


def run(tally):
    with tempfile.TemporaryDirectory() as temp:
        check_common_name(tally, pathlib.Path(temp))
