"""Dumps of real proxies, see recorded/README.md: what the filters experienced is what verify says, in whatever form the dump comes."""

import gzip
import json
import pathlib
import shutil

import harness
from verifying import folder

RECORDED = pathlib.Path(__file__).resolve().parent / "recorded"
NAMES = sorted(p.name for p in RECORDED.iterdir() if p.is_dir())
PARTS = ("cluster", "endpoint", "ecds", "listener", "bootstrap", "secret", "route", "eds")
# No proxy-config part of the dump shows these: a list of clusters leaves out what warms.
UNSEEN = {"pending": "missing"}


class Recording:
    def __init__(self, f, name):
        self.f, self.folder = f, RECORDED / name
        shutil.copytree(self.folder, f.path / name)
        self.name, self.expected = name, json.loads((self.folder / "expected.json").read_text())
        self.manifest = f"{name}/manifest.yaml"

    def file(self, name):
        return f"{self.name}/{name}.gz"

    def has(self, name):
        return (self.folder / f"{name}.gz").exists()

    def read(self, name):
        return gzip.decompress((self.folder / f"{name}.gz").read_bytes())

    def answer(self, *args, **kw):
        """({manifest and upstream: verdict}, {plugin verdicts}, exit code)"""
        result = self.f.run("-q", "-o", "json", *args, manifest=self.manifest, **kw)
        answer = json.loads(result.stdout) if result.stdout else {"verdicts": [], "plugins": []}
        return ({f"{v['manifest']} {v['upstream']}": v["verdict"] for v in answer["verdicts"]},
                {p["verdict"] for p in answer["plugins"]}, result.returncode)

    def check(self, tally, what, got, expected, plugins):
        status = 0 if set(expected.values()) == {"resolved"} else 1
        wrong = {k: (got[0].get(k), v) for k, v in expected.items() if got[0].get(k) != v}
        ok = not wrong and len(got[0]) == len(expected) and got[1] <= plugins and got[2] == status
        tally.check(ok, f"{self.name}, {what}: exit {got[2]}, plugins {got[1]}", wrong)


def each(tally, test):
    for name in NAMES:
        with folder() as f:
            test(tally, Recording(f, name))


def whole(tally, r):
    """The whole dump, packed and not, from a file and a pipe, strict and not."""
    text, present = r.read("all.json"), {"present"}
    r.check(tally, "whole", r.answer(r.file("all.json")), r.expected["dump"], present)
    r.check(tally, "by a pipe", r.answer("-", stdin=text), r.expected["dump"], present)
    r.check(tally, "strict", r.answer("--strict", "-", stdin=text), r.expected["dump"], present)
    r.check(tally, "without a blank", r.answer("-", stdin=json.dumps(json.loads(text), separators=(",", ":")).encode()),
            r.expected["dump"], present)
    for stats in ("stats.txt", "stats.json"):
        if r.has(stats):
            r.check(tally, f"with {stats}", r.answer(f"p={r.file('all.json')}", f"p={r.file(stats)}"),
                    r.expected["dump and statistics"], present)


def in_parts(tally, r):
    """What istioctl makes of it, part by part, together."""
    files = [r.file(f"istioctl-{part}.json") for part in PARTS if r.has(f"istioctl-{part}.json")]
    expected = {**{k: UNSEEN.get(v, v) for k, v in r.expected["dump"].items()}, **r.expected.get("parts", {})}
    shown = {"present"} if r.has("istioctl-ecds.json") else {"unknown"}
    r.check(tally, "in parts", r.answer(*(f"p={file}" for file in files)), expected, shown)
    r.check(tally, "in parts, the other way round", r.answer(*(f"p={file}" for file in reversed(files))), expected, shown)
    for file in files:
        r.f.write(f"one/{pathlib.Path(file).name}", (r.f.path / file).read_bytes())
    r.check(tally, "in parts, in a folder", r.answer("one"), expected, shown)


def alone(tally, r):
    """A part by itself says what it shows; a list of something else is never a proxy without clusters."""
    for path in sorted(r.folder.glob("*.json.gz")):
        if path.name in ("all.json.gz", "config_dump.json.gz", "istioctl-cluster.json.gz"):
            continue
        got, _, status = r.answer(f"{r.name}/{path.name}")
        tally.check(set(got.values()) == {"unknown"} and status == 1, f"{r.name}, {path.name} alone: {set(got.values())}, exit {status}")
    if r.has("istioctl-cluster.txt"):
        tally.equal(r.answer(r.file("istioctl-cluster.txt"))[2], 3, f"{r.name}: the table that istioctl prints for people")


def cut(tally, r):
    """Cut off somewhere: refused. (tests/scan cuts at every byte.)"""
    packed = (r.folder / "all.json.gz").read_bytes()
    text = gzip.decompress(packed)

    def one(n):
        return n, r.answer("-", stdin=text[:n])

    for n, (got, _, status) in harness.parallel(one, range(1, len(text) - 1, len(text) // 60)):
        tally.check(status == 3 and not got, f"{r.name}: cut after {n} bytes: exit {status}, {got}")
    for n in range(30, len(packed), len(packed) // 15):
        got, _, status = r.answer("-", stdin=packed[:n])
        tally.check(status == 3 and not got, f"{r.name}: cut after {n} packed bytes: exit {status}, {got}")


def one_letter(tally, r):
    """A letter changed in the name of a cluster: missing, and the name that is there is the nearest."""
    name = next(k for k, v in r.expected["dump"].items() if v == "resolved")
    row = json.loads(r.f.run("-o", "json", r.file("all.json"), manifest=r.manifest).stdout)["verdicts"]
    cluster = next(v["cluster"] for v in row if f"{v['manifest']} {v['upstream']}" == name)
    other = cluster[:-3] + ("x" if cluster[-3] != "x" else "y") + cluster[-2:]
    text = r.read("all.json").replace(json.dumps(cluster).encode(), json.dumps(other).encode())
    answer = json.loads(r.f.run("-q", "-o", "json", "-", manifest=r.manifest, stdin=text).stdout)["verdicts"]
    got = next(v for v in answer if f"{v['manifest']} {v['upstream']}" == name)
    tally.check(got["verdict"] == "missing" and got["near"][:1] == [other],
                f"{r.name}: {cluster} is {other}: {got['verdict']}, {got['near']}")


def left_by(clusters, part):
    """What istioctl prints with --fqdn PART; --direction and --subset take any part of a name as well (ClusterFilter.Verify)."""
    return [c for c in clusters if part in c["name"]]


def filtered(tally, r):
    """Whatever istioctl was asked for, be it a letter, what it left out is never missing; what it lists of all is. Parts that are in the
    names of BlackHoleCluster and its kind are not tried: who looks for those does not ask for his calls."""
    clusters = json.loads(r.read("istioctl-cluster.json"))
    wanted = {v["cluster"] for v in json.loads(r.f.run("-q", "-o", "json", r.file("all.json"), manifest=r.manifest).stdout)["verdicts"]}
    bootstrap = [{"name": n, "type": "STATIC"} for n in ("agent", "prometheus_stats")]  # Istio's
    others = [c for c in clusters if c["name"] not in wanted] + bootstrap
    names = [c["name"] for c in others if "|" not in c["name"]]
    capitals = [n for n in names if n[0].isupper()]
    parts = sorted({n[i:j] for n in names for i in range(len(n)) for j in (i + 1, i + 2, i + 3, len(n)) if j <= len(n)})
    parts = [part for part in parts if not any(part in n for n in capitals)]
    files = ["all=" + r.f.write("list-all.json", json.dumps(others))]
    for i, part in enumerate(parts):
        files.append(f"part-{i}={r.f.write(f'list-{i}.json', json.dumps(left_by(others, part)))}")
    said = {}
    for v in json.loads(r.f.run("-q", "-o", "json", *files, manifest=r.manifest).stdout)["verdicts"]:
        said.setdefault(v["proxy"], set()).add(v["verdict"])
    tally.equal(said.pop("all"), {"missing"}, f"{r.name}: a list of all clusters")
    wrong = [part for i, part in enumerate(parts) if said[f"part-{i}"] != {"unknown"}]
    tally.check(len(parts) > 30 and not wrong, f"{r.name}: {len(parts)} lists of --fqdn PART", wrong)


def verdicts_of(r, configs):
    dump = json.dumps({"configs": configs}).encode()
    answer = json.loads(r.f.run("-q", "-o", "json", "-", manifest=r.manifest, stdin=dump).stdout)
    return [(v["manifest"], v.get("cluster"), v["verdict"], [x["code"] for x in v.get("reasons", [])])
            for v in answer["verdicts"] + answer["plugins"]]


def routed(tally, r):
    """Routes by RDS name clusters and virtual hosts: a filter's call meets none of them, be they there or not."""
    configs = json.loads(r.read("all.json"))["configs"]
    names = sorted({cluster for _, cluster, *_ in verdicts_of(r, configs) if cluster})
    routes = [{"route_config": {"name": n, "virtual_hosts": [{"name": n, "domains": ["*"], "routes": [
        {"match": {"prefix": "/"}, "route": {"cluster": n}}]}]}} for n in names]
    section = {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", "dynamic_route_configs": routes, "static_route_configs": routes}
    gone = json.loads(json.dumps(configs))
    for c in gone:
        c["dynamic_active_clusters"] = [e for e in c.get("dynamic_active_clusters", []) if e["cluster"]["name"] not in names]
    for what, by in (("whole", configs), ("without its clusters", gone)):
        bare = verdicts_of(r, [c for c in by if "RoutesConfigDump" not in c["@type"]])
        for where, more in (("first", [section, *by]), ("last", [*by, section])):
            tally.check(verdicts_of(r, more) == bare, f"{r.name}, {what}: routes that name all clusters, {where}, change the verdicts")


def test_recordings(tally):
    for test in (whole, in_parts, alone, cut, one_letter, filtered, routed):
        each(tally, test)


tests = [test_recordings]
