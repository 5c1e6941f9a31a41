"""POST /v1/backup: a good copy while others write, for those who reach everything, and nothing left of it."""

import contextlib
import json
import os
import pathlib
import re
import sqlite3
import ssl
import tempfile
import threading

from access import Authority, add, bearer
from daemon import Daemon, harness, read_all, statuses
from stored import manifest, path, put

REQUEST = b"POST /v1/backup HTTP/1.1\r\nHost: localhost\r\n\r\n"


def backup(d, **headers):
    return d.request("POST", "/v1/backup", headers={k.replace("_", "-"): v for k, v in headers.items()})


def large(name, n=200_000):
    return manifest(name, host=f"{name}.example.com") + b"# " + os.urandom(n // 2).hex().encode() + b"\n"


def read_copy(body, folder):
    """{name: document} of what stands in a copy, by SQLite itself."""
    file = pathlib.Path(folder) / "copy.db"
    file.write_bytes(body)
    with contextlib.closing(sqlite3.connect(file)) as db:
        if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return None
        return dict(db.execute("SELECT name, document FROM manifests JOIN revisions USING (namespace, name, revision)"))


def open_files(d):
    def is_copy(f):
        try:
            return "copy.tmp" in os.readlink(f)
        except FileNotFoundError:
            return False  # closed since the folder was listed

    return sum(map(is_copy, pathlib.Path(f"/proc/{d.process.pid}/fd").iterdir()))


def check_copy(tally, temp):
    data, restored = temp / "data", temp / "restored"
    with Daemon("--data", str(data)) as d:
        tally.equal(put(d, manifest()).status, 201, "a manifest")
        answer = backup(d)
        tally.equal((answer.status, answer.headers["Content-Type"], answer.headers["Content-Disposition"], answer.headers["Cache-Control"]),
                    (200, "application/octet-stream", 'attachment; filename="callout-1.db"', "no-store"), "a backup")
        tally.equal(int(answer.headers["Content-Length"]), len(answer.body), "is as long as it says")
        event = d.wait_for("backup made")
        tally.equal((event["who"], event["revision"], event["bytes"]), ("anonymous", "1", str(len(answer.body))), "the log tells of it")
        tally.equal(sorted(f.name for f in data.iterdir()), ["callout.db", "callout.db-shm", "callout.db-wal", "lock"],
                    "nothing is left of it")
        tally.check(harness.eventually(lambda: open_files(d) == 0), "nor open")
        tally.equal(put(d, manifest("later"), path("later")).status, 201, "another one")
        tally.equal(d.get("/v1/backup").status, 405, "GET")
        tally.equal(d.request("POST", "/v1/backup?file=/etc/passwd").status, 400, "no file can be named")
        tally.equal(d.post("/v1/backup", b"x").status, 413, "no body is taken")
        chunked = REQUEST[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
        tally.equal(statuses(d.raw(chunked + b"3\r\nabc\r\n0\r\n\r\n")), [413], "nor in chunks")
        tally.equal(backup(d, Accept="application/json").status, 406, "it has one form")
        tally.equal(backup(d, Origin="http://elsewhere.example.com").status, 403, "pages of others may not ask for it")
        tally.equal(statuses(d.raw(REQUEST)), [200], "asked by a client that ends behind its request")
    restored.mkdir()
    (restored / "callout.db").write_bytes(answer.body)
    with Daemon("--data", str(restored)) as d:
        tally.equal((d.get(path()).body, d.get(path("later")).status), (manifest(), 404), "what was restored")
        tally.equal(put(d, manifest("new"), path("new")).status, 201, "takes changes")


def check_under_load(tally, temp):
    """Each copy holds what was acknowledged before it was asked for, and of what came meanwhile all up to one moment."""
    with Daemon("--data", str(temp / "load")) as d:
        acknowledged, stop = [], threading.Event()

        def write():
            i = 0
            while not stop.is_set():
                name = f"m-{i}"
                if put(d, large(name, 20_000), path(name)).status == 201:
                    acknowledged.append(name)
                i += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            sizes = []
            while len(sizes) < 15 or (len(set(sizes)) == 1 and len(sizes) < 1000 and writer.is_alive()):
                before = list(acknowledged)
                answer = backup(d)
                after = acknowledged[:]
                kept = read_copy(answer.body, temp) if answer.status == 200 else None
                if not tally.check(kept is not None, "a sound copy under load", answer.status):
                    break
                names = [f"m-{i}" for i in range(len(kept))]
                tally.check(set(kept) == set(names), "its revisions have no gap", sorted(kept))
                tally.check(len(before) <= len(kept) <= len(after) + 1,
                            "all that was acknowledged before, and nothing from after",
                            (len(before), len(kept), len(after)))
                sizes.append(len(kept))
            tally.check(sizes == sorted(sizes) and len(set(sizes)) > 1, "writers go on meanwhile", sizes)
        finally:
            stop.set()
            writer.join()
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_one_at_a_time(tally, temp, tls=None, args=()):
    """A client that reads slowly has the only one there is, until he is gone; changes go on beside it."""
    what = "over TLS" if tls else "plain"
    with Daemon("--data", str(temp / f"slow-{what}"), *args, tls=tls) as d:
        for i in range(40):
            put(d, large(f"m-{i}"), path(f"m-{i}"))
        for ended in ("read to its end", "left in the middle"):
            with d.socket(receive=1 << 17) as s:
                s.sendall(REQUEST)
                head = s.recv(1000)
                tally.check(b"200 OK" in head, f"{what}: a slow reader", head)
                second = backup(d)
                tally.equal((second.status, second.headers["Retry-After"]), (409, "30"), f"{what}: one at a time")
                tally.equal(put(d, manifest("beside"), path("beside"), If_Match="*").status in (200, 201, 412), True,
                            f"{what}: changes are made beside it")
                if ended == "read to its end":
                    whole = head + read_all(s)
                    body = whole[whole.index(b"\r\n\r\n") + 4:]
                    length = int(re.search(rb"Content-Length: (\d+)", whole).group(1))
                    tally.equal((len(body), len(read_copy(body, temp) or ())), (length, 40), f"{what}: the whole of a large one")
            answers = []
            tally.check(harness.eventually(lambda: answers.append(backup(d).status) or answers[-1] == 200),
                        f"{what}: the next one, when it was {ended}", answers[-3:])
        tally.check(harness.eventually(lambda: open_files(d) == 0), f"{what}: nothing stays open")
        tally.equal(d.stop(), 0, f"{what}: the daemon ends well")


def check_access(tally, temp):
    tokens = temp / "tokens.yaml"
    asked = [(name, add(tokens, name, scope, *more), status)
             for name, scope, more, status in (("reader", "read", (), 403), ("writer", "write", (), 403),
                                               ("boss-of-shop", "admin", ("--namespace", "shop"), 403),
                                               ("boss", "admin", (), 200))]
    with Daemon("--tokens", str(tokens), "--data", str(temp / "access")) as d:
        tally.equal(backup(d).status, 401, "without a token")
        for name, token, status in asked:
            answer = backup(d, **bearer(token))
            tally.equal(answer.status, status, f"asked by {name}")
            tally.equal(answer.body.startswith(b"SQLite format 3"), status == 200, f"given to {name}")
        tally.equal(d.told("backup made")["who"], "boss", "the log says who")


def check_no_room(tally):
    with harness.Tmpfs("60m") as folder:
        if not folder:
            print("    no tmpfs can be mounted here: a disk without room was not tried")
            return
        data = pathlib.Path(folder) / "data"
        with Daemon("--data", str(data)) as d:
            tally.equal(put(d, manifest()).status, 201, "a small disk")
            answer = backup(d)
            problem = json.loads(answer.body)
            tally.equal((answer.status, [f["code"] for f in problem["findings"]]), (507, ["CO0755"]),
                        "a copy must leave the store some room")
            tally.check(not (data / "copy.tmp").exists(), "nothing is left")
            tally.equal(put(d, manifest("next"), path("next")).status, 201, "changes are taken")
            tally.equal(backup(d).status, 507, "it may be asked again")


def check_temporary(tally):
    with Daemon() as d:
        put(d, manifest())
        answer = backup(d)
        with tempfile.TemporaryDirectory() as folder:
            tally.equal(read_copy(answer.body, folder), {"auth-check": manifest()}, "of a store that goes with its process")


def run(tally):
    with tempfile.TemporaryDirectory() as folder:
        temp = pathlib.Path(folder)
        check_copy(tally, temp)
        check_under_load(tally, temp)
        check_one_at_a_time(tally, temp)
        authority = Authority(temp, "ca")
        cert, key = authority.issue("server", "DNS:localhost,IP:127.0.0.1")
        check_one_at_a_time(tally, temp, ssl.create_default_context(cafile=str(authority.cert)), ("--tls-cert", cert, "--tls-key", key))
        check_access(tally, temp)
    check_no_room(tally)
    check_temporary(tally)
