"""A stand-in for a cluster: what was applied is kept in the home, and proxies have what was applied."""

import os
import pathlib
import sys

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "dumps"))

STATE = pathlib.Path(os.environ["HOME"]) / "applied.yaml"


def applied():
    return [d for d in yaml.safe_load_all(STATE.read_text()) if d] if STATE.exists() else []


def apply(text):
    """As `kubectl apply` says it."""
    before = {(d["kind"], d["metadata"]["name"]) for d in applied()}
    for document in yaml.safe_load_all(text):
        group = document["apiVersion"].split("/")[0]
        known = (document["kind"], document["metadata"]["name"]) in before
        print(f"{document['kind'].lower()}.{group}/{document['metadata']['name']} {'configured' if known else 'created'}")
    STATE.write_text(text)


def proxy():
    """The dump of a sidecar of web in shop."""
    import shapes

    clusters, extra = [], []
    for document in applied():
        spec = document["spec"]
        if document["kind"] == "ServiceEntry":
            host, port = spec["hosts"][0], spec["ports"][0]
            clusters.append(shapes.cluster(name=f"outbound|{port['number']}||{host}",
                                           dials=((spec["endpoints"][0]["address"], port["targetPort"]),)))
        if document["kind"] == "WasmPlugin":
            name = f"extensions.istio.io/wasmplugin/{document['metadata']['namespace']}.{document['metadata']['name']}"
            extra = [shapes.plugin(name, spec["pluginConfig"]), shapes.listener({"name": name, "config_discovery": {}})]
    return shapes.text(shapes.dump(*clusters, extra=extra))
