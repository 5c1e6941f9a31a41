#!/usr/bin/env python3
"""How clusters made by chance connect: one real Envoy has what a manifest asks for with something changed, and a filter calls each, while
the address is taken by who should have it, and by impostors. What `callout verify` says of the proxy's dump must be what the calls came to.

    part.py [--seed N] [--count N] [--envoy VERSION]    runs alone; a failure shows the cluster and who answered its calls

What is resolved without a condition reaches the right server as the manifest says, and no impostor. What is insecure reaches one. What is
mismatched is not as the manifest says in something that servers see.
"""

import json
import pathlib
import random
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "verify"), str(HERE.parents[1] / "tools"), str(HERE.parents[1] / "dumps")]
import calling  # noqa: E402
import changed  # noqa: E402
import harness  # noqa: E402
import processes  # noqa: E402
import run  # noqa: E402
import who  # noqa: E402
import yaml  # noqa: E402
from door import Door  # noqa: E402

SEED, COUNT = 1, 200
VERSIONS = ("1.40.0", "1.36.4")
NOWHERE = {"name": "xds-grpc", "type": "STATIC", "connect_timeout": "1s"}


# ---- what is asked for ----


def answer_of(folder, command, *args):
    result = harness.run([command, "-f", "manifests.yaml", "-o", "json", *args], cwd=folder)
    if result.returncode not in (0, 1) or not result.stdout:
        raise processes.NotStarted(f"{command}: {result.stderr.decode()}")
    return json.loads(result.stdout)


def number_of(row):
    return int(row["upstream"][1:])


def generated(folder):
    """What `generate` makes for each upstream, by the cluster's name."""
    result = harness.run(["generate", "-f", "manifests.yaml"], cwd=folder)
    filters = [o for o in yaml.safe_load_all(result.stdout) if o and o["kind"] == "EnvoyFilter"]
    return {p["patch"]["value"]["name"]: p["patch"]["value"] for f in filters for p in f["spec"]["configPatches"]}


# ---- who answers, and what they see ----


def experience(version, folder, clusters, promised, door):
    """The dump, and for each cluster who answered its calls, with what they saw; None: Envoy does not know it."""
    ports = dict(zip(who.ANYBODY, processes.free_ports(len(who.ANYBODY))))
    servers = calling.start_servers("servers", version, folder, [who.listener(name, folder, port) for name, port in ports.items()])
    proxy = calling.Proxy(version, folder, clusters, clusters, NOWHERE)
    proxy.start()
    dump = folder / "dump.json"
    dump.write_text(proxy.ask("/config_dump?include_eds"))
    seen = [{} for _ in clusters]
    for name in who.ANYBODY:
        door.lead_to(ports[name])
        for i, (words, headers) in enumerate(proxy.call_all(authority=lambda i: promised[i]["authority"])):
            if "unknown" in words:
                seen[i] = None
            elif "answered" in words:
                seen[i][name] = who.Seen(headers["x-seen"])
    proxy.process.stop()
    servers.stop()
    return dump, seen


# ---- what must be said ----


def oddities(upstream, promise, cluster, seen):
    """In what the servers' view is not what the manifest says: a set of words; `open` if somebody answers who should not have been asked."""
    tls, odd = promise["tls"], set()
    right = {"plain"} if not tls else {name for name in who.ANYBODY if who.is_right(name, upstream["tls"], promise)}
    odd |= {"silent"} if right - seen.keys() else set()
    odd |= {"open"} if tls and seen.keys() - right else set()
    odd |= {"other"} if not tls and seen.keys() - right else set()
    for name in right & seen.keys():
        s = seen[name]
        odd |= {"http"} if s.http2 != promise["http2"] and "auto_config" not in json.dumps(cluster) else set()
        odd |= {"sni"} if tls and s.sni.lower() != (tls["sni"] or "") else set()
        odd |= {"certificate"} if tls and s.client != ("CN=filter" if tls["mode"] == "MUTUAL" else "") else set()
    return odd


def is_right(verdict, upstream, promise, cluster, seen):
    said = verdict["verdict"]
    if seen is None:
        return said in ("rejected", "missing")
    odd = oddities(upstream, promise, cluster, seen)
    if said == "resolved":
        return not odd or (bool(verdict["reasons"]) and "open" not in odd)
    # Whatever names it accepts besides, none is enough; and an expression takes no certificate of a wildcard, as a name does.
    narrowed = '"auto_san_validation": true' in json.dumps(cluster) or "safe_regex" in json.dumps(cluster)
    return {"insecure": "open" in odd or not seen, "mismatched": bool(odd) or narrowed, "uncallable": not seen}.get(said, False)


def judge_cluster(tally, cluster, upstream, promise, seen, verdict):
    ok = is_right(verdict, upstream, promise, cluster, seen)
    reasons = [f"{r['code']} {r['message']}" for r in verdict["reasons"]]
    tally.check(ok, f"{cluster['name']}: {verdict['verdict']} {reasons}",
                "\n".join([f"answered: {seen}",
                           f"odd: {seen is not None and oddities(upstream, promise, cluster, seen)}",
                           json.dumps(upstream), json.dumps(cluster)]))
    tally.count(verdict["verdict"])


def judge_version(tally, seed, count, version):
    print(f"sockets: --seed {seed} --count {count} --envoy {version}")
    rng = random.Random(seed)
    folder, door = pathlib.Path(tempfile.mkdtemp(prefix="callout-sockets-")), Door()
    try:
        who.make_certificates(folder)
        asked = changed.Asked(rng, folder, door.port)
        upstreams = [asked.upstream(i) for i in range(count)]
        calling.write_manifests(folder, upstreams)
        promised = sorted(answer_of(folder, "clusters")["clusters"], key=number_of)
        made = generated(folder)
        changing = changed.Changing(rng, folder, processes.free_ports(1)[0])
        clusters = [changing.cluster(made[p["name"]]) for p in promised]
        dump, seen = experience(version, folder, clusters, promised, door)
        verdicts = sorted(answer_of(folder, "verify", str(dump))["verdicts"], key=number_of)
        for row in zip(clusters, upstreams, promised, seen, verdicts):
            judge_cluster(tally, *row)
    finally:
        processes.stop_beneath(folder)
        door.close()
        shutil.rmtree(folder, ignore_errors=True)


def judge_all(tally, seed=SEED, count=COUNT, envoy=VERSIONS):
    for version in envoy:
        judge_version(tally, seed, count, version)


tests = [judge_all]


if __name__ == "__main__":
    sys.exit(run.alone("sockets", judge_all, sys.argv[1:], seed=SEED, count=COUNT, envoy=VERSIONS))
