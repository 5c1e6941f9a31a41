"""Many namespaces beside each other: what they have in common by chance, what each may see, and what a watch says meanwhile."""

import contextlib
import json
import pathlib
import re
import signal
import socket
import sqlite3
import tempfile
import threading

from access import add, bearer
from daemon import YAML, Daemon, harness
from live import dump, shapes
from stored import manifest, path
from watching import put_all, unread

MESH = "apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\nspec: {rootNamespace: %s}\n"
NAMESPACES = [f"n{i:04}" for i in range(1001)]  # more than a page has


def named(cluster, name, namespace):
    """A cluster of one's own name, with settings of one's own."""
    return manifest(name, namespace, f"{namespace}.example.com", f", via: envoyFilter, clusterName: {cluster}")


def put(d, connection, token, cluster, name, namespace):
    return d.request("PUT", path(name, namespace), named(cluster, name, namespace),
                     {"Content-Type": YAML, **bearer(token)}, connection=connection)


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
        tally.check(answer.status == 409 and "n0005/m" in answer.body.decode() and "n0006" not in answer.body.decode(),
                    "twice in one namespace is a quarrel", answer.body)
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


def check_at_once(tally):
    """Who asks for quarrels while manifests change, and the Mesh they are judged under, gets those of some moment, and in the end
    those of the last."""
    with tempfile.TemporaryDirectory() as temp:
        mesh = pathlib.Path(temp) / "mesh.yaml"
        mesh.write_text(MESH % "istio-system")
        with Daemon("--mesh-file", str(mesh), "--threads", "4") as d:
            for namespace in ("platform", "n0005"):
                put(d, None, None, "z-limit", "z", namespace)
            over, wrong = threading.Event(), []

            def ask(where):
                connection = d.connect()
                while not over.is_set():
                    answer = d.request("GET", where, connection=connection)
                    wrong.extend([(where, answer.status)] if answer.status != 200 else [])

            asking = [threading.Thread(target=ask, args=(where,), daemon=True)
                      for where in ("/v1/hosts", "/metrics", "/v1/hosts?limit=1", "/metrics")]
            for thread in asking:
                thread.start()
            for i in range(60):
                if i % 10 == 9:
                    mesh.write_text(MESH % ("platform" if i % 20 == 19 else "istio-system"))
                    d.signal(signal.SIGHUP)
                put(d, None, None, "a-limit", "a", f"n{i % 3:04}")
                d.request("DELETE", path("a", f"n{(i + 1) % 3:04}"))
            mesh.write_text(MESH % "platform")
            d.signal(signal.SIGHUP)
            pair = [("z-limit", ["n0005/z", "platform/z"])]
            tally.check(harness.eventually(lambda: quarrels(d, None) == pair), "what is so in the end")
            over.set()
            for thread in asking:
                thread.join()
            tally.equal(wrong, [], "everyone is answered")
            tally.equal(d.stop(), 0, "the daemon ends well")


def read_event(stream):
    """(type, id or None, data) of the next event."""
    event = {}
    for line in stream:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if not name and event:
            return event["event"], event.get("id"), json.loads(event["data"])
        if name:
            event[name] = value
    raise AssertionError("the watch ended")


def chunks(s, head):
    """The lines of a chunked body, of which head was read."""
    raw = s.makefile("rb")
    rest = head.partition(b"\r\n\r\n")[2]

    def more(n=None):
        nonlocal rest
        while (len(rest) < n) if n else (b"\r\n" not in rest):
            rest += raw.read1(65536) or exit("the watch ended")
        n = n or rest.index(b"\r\n") + 2
        taken, rest = rest[:n], rest[n:]
        return taken

    line = b""
    while True:
        line += more(int(more(), 16) + 2)[:-2]
        *whole, line = line.split(b"\n")
        yield from whole


def check_watch(tally):
    """What changes while a long listing is told is told once, before the bookmark, and only of what was told before."""
    names = [f"m{i:0>62}" for i in range(1500)]
    with Daemon() as d:
        put_all(d, names)
        s, said = unread(d, "")  # the first pages are made, and nobody takes them
        early, late = names[0], names[-1]
        for name in (early, late):
            tally.equal(put_one(d, name, host="new.example.com"), 200, "one that was told, one that was not")
        for name in ("a-first", "z-last"):
            tally.equal(put_one(d, name), 201, "a new one in front, a new one at the end")
        for name in (names[1], names[-2]):
            tally.equal(d.request("DELETE", path(name)).status, 204, "and the same of two that go")
        before = d.get("/v1/manifests?limit=1").json()["metadata"]["revision"]
        stream, events, standing, ids = chunks(s, said), [], {}, []
        while not events or events[-1][0] != "BOOKMARK":
            events.append(read_event(stream))
            kind, at, data = events[-1]
            if kind == "ADDED":
                tally.check(data["name"] not in standing, f"{data['name']} is added once")
            elif kind != "BOOKMARK":
                tally.check(data["name"] in standing, f"{kind} of {data['name']}, which was added")
            if kind == "DELETED":
                del standing[data["name"]]
            elif kind != "BOOKMARK":
                standing[data["name"]] = data["revision"]
            ids += [at] if at else []
        tally.equal((ids, events[-1][2]["revision"]), ([str(before)], before), "one place to resume from, behind all of it")
        listed, more = {}, ""
        while more is not None:
            page = d.get(f"/v1/manifests?limit=1000&continue={more}").json()
            listed.update({i["name"]: i["revision"] for i in page["items"]})
            more = page["metadata"].get("continue")
        tally.equal(dict(standing.items() ^ listed.items()), {}, "and what is known then is what there is")
        told = [e for e in events if e[2].get("name") in (early, "a-first", names[1])]
        tally.equal([e[0] for e in told], ["ADDED", "ADDED", "MODIFIED", "ADDED", "DELETED"],
                    "what came behind its page is told as it happened")
        tally.equal(put_one(d, "z-later"), 201, "one more")
        kind, at, data = read_event(stream)
        tally.equal((kind, int(at), data["name"]), ("ADDED", data["revision"], "z-later"), "is told as ever")
        s.close()
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_others_changes(tally):
    """Who watches one namespace is led past what happened in others a piece at a time, and leaves the thread to others between."""
    with tempfile.TemporaryDirectory() as data:
        with Daemon("--data", data) as d:
            put_one(d, "first")
            d.stop()
        with contextlib.closing(sqlite3.connect(f"{data}/callout.db")) as db:
            others = "SELECT 'others', name, generation, action, format, size, who, time, created, digest, document FROM revisions LIMIT 1"
            db.execute("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
                       f"INSERT INTO revisions SELECT i, one.* FROM n, ({others}) one")
            db.execute("UPDATE state SET revision = 200000")
            db.commit()
        with Daemon("--data", data) as d, socket.create_connection((d.host, d.port), harness.PATIENCE) as s:
            put_one(d, "last")
            s.sendall(b"GET /v1/namespaces/shop/manifests?watch=true&since=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            stream, comments = chunks(s, read_head(s)), 0
            while (line := next(stream)) != b"id: 200001":
                tally.check(line == b"" or line.startswith(b": "), "nothing of others is told", line)
                comments += line.startswith(b": ")
            tally.equal(comments, 3, "65536 changes at a time")
            s.close()
            tally.equal(d.stop(), 0, "the daemon ends well")


def read_head(s):
    head = b""
    while b"\r\n\r\n" not in head:
        head += s.recv(2048) or exit("no answer")
    return head


def check_gone_pods(tally):
    """Pods come and go: of those that are gone nobody submits a dump, and in the end nobody asks."""
    with tempfile.TemporaryDirectory() as data:
        with Daemon("--data", data) as d:
            d.request("PUT", path(), manifest(), {"Content-Type": YAML})
            for pod in range(3):
                tally.equal(d.post(path(rest=f"/dumps?proxy=p{pod}.shop"), dump(shapes.cluster(), pod=f"p{pod}"),
                                   "application/json").status, 200, "a pod is heard of")
            d.stop()
        with contextlib.closing(sqlite3.connect(f"{data}/callout.db")) as db:
            db.execute("UPDATE status SET time = time - 31 * 86400000 WHERE proxy LIKE '%p1%'")
            tally.equal(db.total_changes, 1, "the last of one is 31 days old")
            db.commit()
        with Daemon("--data", data, "--stale-after", "384h") as d:
            for _ in range(2):  # the second comes behind the sweep that follows the first
                d.signal(signal.SIGHUP)
                d.wait_for("reloaded")
            tally.equal(count(d), 3, "not yet twice as old as stale")
            d.stop()
        with Daemon("--data", data) as d:
            d.signal(signal.SIGHUP)
            tally.check(harness.eventually(lambda: count(d) == 2), "it is forgotten", count(d))
            d.stop()


def count(d):
    return sum(int(n) for n in re.findall(r"^callout_verify_proxies\{.*\} (\d+)$", d.get("/metrics").body.decode(), re.M))


def put_one(d, name, host="auth.example.com"):
    return d.request("PUT", path(name), manifest(name, host=host),
                     {"Content-Type": YAML, "If-Match": "*"} if host != "auth.example.com" else {"Content-Type": YAML}).status


def run(tally):
    check_watch(tally)
    check_others_changes(tally)
    check_gone_pods(tally)
    check_at_once(tally)
    with tempfile.TemporaryDirectory() as temp:
        check_common_name(tally, pathlib.Path(temp))
