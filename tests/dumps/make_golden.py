#!/usr/bin/env python3
"""Writes the golden cases of verify: what it prints for good, bad, many and joined proxies. The expectations are read by eye."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_invalid import ENTRY, MANIFEST, WITH_FILTER, k8s, objects  # noqa: E402
from shapes import NAME, array, cluster, dump, endpoints_section, listener, packed, plugin, text, tls  # noqa: E402

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
SEVERAL = MANIFEST.replace("  - {name: auth, host: auth.example.com}\n", "".join(
    f"  - {{name: {n}, host: {n}.example.com}}\n" for n in ("auth", "limits", "users")))


def named(name, **kw):
    return cluster(NAME.replace("auth.auth-check", f"{name}.auth-check"), dials=[(f"{name}.example.com", 443)],
                   socket=kw.pop("socket", tls(host=f"{name}.example.com")), **kw)


def hosts(*names):
    return endpoints_section(*((NAME.replace("auth.auth-check", f"{n}.auth-check"), ("10.0.0.5", 443)) for n in names))


ASKING = listener({"name": "extensions.istio.io/wasmplugin/shop.auth-check", "config_discovery": {}})
GOOD = text(dump(named("auth"), extra=[hosts("auth"), plugin(), ASKING]))
MANY = {f"dumps/web-{i}.json": text(dump(*([named("auth")] if i % 10 != 3 else []), extra=[hosts("auth")], who={"pod": f"web-{i:02}"}))
        for i in range(70)}

CASES = {
    "verify-resolved": (["dump.json"], 0, {"manifest.yaml": WITH_FILTER, "dump.json": GOOD}),
    "verify-resolved-gzip": (["dump.json.gz"], 0, {"manifest.yaml": WITH_FILTER, "dump.json.gz": packed(GOOD)}),
    "verify-resolved-json": (["-o", "json", "dump.json"], 0, {"manifest.yaml": WITH_FILTER, "dump.json": GOOD}),
    "verify-one-character-off": (["dump.json"], 1, {"manifest.yaml": MANIFEST.replace("auth-check", "auth-cheek"),
                                                    "dump.json": text(dump(named("auth"), extra=[hosts("auth")]))}),
    "verify-several-upstreams": (["dump.json"], 1, {"manifest.yaml": SEVERAL, "dump.json": text(dump(
        named("auth"), named("limits", socket=None, rule=None), extra=[hosts("auth", "limits")]))}),
    "verify-because-of-a-sidecar": (["dump.json", "--objects", "objects.yaml"], 1, {
        "manifest.yaml": MANIFEST, "dump.json": text(dump()),
        "objects.yaml": objects(ENTRY, k8s("Sidecar", "default", egress=[{"hosts": ["istio-system/*"]}]))}),
    "verify-many-proxies": (["dumps"], 1, {"manifest.yaml": MANIFEST, **MANY}),
    "verify-two-proxies-json": (["-o", "json", "a=a.json", "b=b.json"], 1, {
        "manifest.yaml": MANIFEST, "a.json": array(named("auth")), "b.json": array()}),
    "verify-stats-say-why": (["web=clusters.json", "web=stats.txt", "-o", "json"], 1, {
        "manifest.yaml": MANIFEST, "clusters.json": array(),
        "stats.txt": "cluster_manager.cds.update_rejected: 4\ncluster_manager.warming_clusters: 0\n"}),
}


def main():
    for name, (args, status, files) in CASES.items():
        folder = GOLDEN / name
        for file, content in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "args").write_text("\n".join(["verify", "-f", "manifest.yaml", *args]) + "\n")
        (folder / "expect").write_text("out.json\n" if "json" in args else "out.txt\n")
        if status:
            (folder / "exit").write_text(f"{status}\n")
    print(f"{len(CASES)} cases")


if __name__ == "__main__":
    main()
