"""What the files of this part share: the host, a manifest that calls it, and asking `callout` about live objects."""

import json
import pathlib
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "tools")]
import harness  # noqa: E402

HOST = "auth.example.com"
POLICY = {"trafficPolicy": {"connectionPool": {"tcp": {"connectTimeout": "3s"}}}}
WEB = {"selector": {"matchLabels": {"app": "web"}}}


def manifest_of(namespace, says, target=WEB):
    """For a waypoint with a filter: its cluster comes only for one."""
    wasm = {"filter": {"wasm": {"url": "oci://ghcr.io/acme/auth:1"}}} if target.get("proxy") == "waypoint" else {}
    return {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": "auth-check", "namespace": namespace},
            "spec": {"target": target, **wasm, "upstreams": [{"name": "auth", "host": HOST, "tls": {}, **says}]}}


def ask_callout(command, manifest, *args, objects=(), mesh=None):
    """objects: lists of them, one a file; mesh: a Mesh beside the manifest"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "manifest.yaml").write_text(yaml.safe_dump_all([manifest, *([mesh] if mesh else [])]))
        for number, some in enumerate(objects):
            (path / f"{number}.yaml").write_text(yaml.safe_dump_all(some))
        files = [f"--objects={n}.yaml" for n in range(len(objects))]
        return harness.run([command, "-f", "manifest.yaml", *args, *files], cwd=path)


def host_of(generated):
    return next(o["spec"]["hosts"][0] for o in generated if o["kind"] == "ServiceEntry")


def has_our_tls(cluster):
    return HOST in json.dumps([cluster.get("transportSocket"), cluster.get("transportSocketMatches")])
