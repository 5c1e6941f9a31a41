"""Killed (SIGKILL) at random moments under write load: each change that was acknowledged is there afterwards, and nothing that
nobody asked for.

Clients write manifests of their own, one change after the other, each with a text that is never used again. What is there after
a kill must be what was acknowledged last, or what was on its way when the daemon was killed; and of what was seen once after a
kill nothing may be gone after the next one. The store lives through all kills of a run.
"""

import os
import pathlib
import random
import signal
import tempfile
import threading
import time

from daemon import YAML, Daemon, harness
from stored import manifest, path

CLIENTS, NAMES = 3, 4
KILLS = int(os.environ.get("CALLOUT_KILLS", "200"))
SEED = int(os.environ.get("CALLOUT_SEED", "1"))
CHECKED_WHOLE = 20  # each so many kills history is compared too, which grows


class Client(threading.Thread):
    """Puts and deletes manifests of one namespace until the connection breaks."""

    def __init__(self, d, number, known, seed):
        super().__init__()
        self.d, self.namespace, self.pick = d, f"team-{number}", random.Random(seed)
        self.known = known  # name: (bytes or None, etag), acknowledged
        self.open = None  # (name, bytes or None): sent, and nothing heard
        self.acknowledged, self.strange = 0, []

    def change(self, connection, name, body):
        headers = {"Content-Type": YAML}
        content, etag = self.known.get(name, (None, None))
        if content is not None:
            headers["If-Match"] = etag
        where = path(name, self.namespace)
        self.open = (name, body)
        if body is None:
            answer = self.d.request("DELETE", where, headers={"If-Match": etag}, connection=connection)
        else:
            answer = self.d.request("PUT", where, body, headers, connection=connection)
        self.open = None
        if answer.status not in (200, 201, 204):
            self.strange.append((answer.status, name, answer.body))
            return
        self.known[name] = (body, answer.headers["ETag"])
        self.acknowledged += 1

    def run(self):
        connection = self.d.connect()
        try:
            while not self.strange:
                name = f"m-{self.pick.randrange(NAMES)}"
                gone = self.known.get(name, (None, None))[0] is not None and self.pick.random() < 0.2
                self.change(connection, name,
                            None if gone
                            else manifest(name, self.namespace, f"h-{self.pick.getrandbits(60):x}.example.com"))
                if connection.sock is None:
                    connection = self.d.connect()
        except Exception:  # the connection ended with the daemon
            connection.close()


def reconcile(d, client, faults):
    """What stands is what was acknowledged, or what was on its way; that is what is known from now on."""
    listed = {m["name"] for m in d.get(f"/v1/namespaces/{client.namespace}/manifests?limit=1000").json()["items"]}
    names = {n for n, (body, _) in client.known.items() if body is not None}
    on_its_way = client.open[0] if client.open else None
    if (listed ^ names) - {on_its_way}:
        faults.append(f"{client.namespace}: listed {sorted(listed)}, acknowledged {sorted(names)}, on its way {client.open}")
    for name in sorted(listed | names | ({on_its_way} if on_its_way else set())):
        answer = d.get(path(name, client.namespace))
        found = answer.body if answer.status == 200 else None
        allowed = [client.known.get(name, (None, None))[0]] + ([client.open[1]] if name == on_its_way else [])
        if answer.status not in (200, 404) or found not in allowed or (found is None) == (name in listed):
            faults.append(f"{client.namespace}/{name}: {answer.status} {found}, allowed {allowed}")
        client.known[name] = (found, answer.headers["ETag"])


def check_whole(d, faults):
    """Hosts are those of the manifests that stand, and the history of each ends with what stands."""
    standing = {(m["namespace"], m["name"]): m["etag"] for m in d.get("/v1/manifests?limit=1000").json()["items"]}
    hosts = d.get("/v1/hosts?limit=1000").json()
    callers = {(c["namespace"], c["name"]): h["host"] for h in hosts["items"] for c in h["callers"]}
    if set(callers) != set(standing) or hosts["quarrels"]:
        faults.append(f"the registry has {sorted(callers)}, there stand {sorted(standing)}")
    for (namespace, name), etag in standing.items():
        newest = d.get(path(name, namespace, "/history?limit=1")).json()["items"][0]
        if newest["etag"] != etag or callers.get((namespace, name), "?").encode() not in d.get(path(name, namespace)).body:
            faults.append(f"{namespace}/{name}: {newest}, {etag}, {callers.get((namespace, name))}")


def run(tally):
    pick, known, faults, strange, acknowledged = random.Random(SEED), [{} for _ in range(CLIENTS)], [], [], 0
    print(f"    {KILLS} kills, CALLOUT_SEED={SEED}")
    with tempfile.TemporaryDirectory() as temp:
        options = ("--data", str(pathlib.Path(temp) / "data"), "--threads", "2")
        clients = []
        for i in range(KILLS):
            d = Daemon(*options)
            for c in clients:
                c.d = d
                reconcile(d, c, faults)
            if i % CHECKED_WHOLE == 0:
                check_whole(d, faults)
            clients = [Client(d, n, known[n], pick.getrandbits(60)) for n in range(CLIENTS)]
            for c in clients:
                c.start()
            # So many changes in, however fast this machine makes them, and some time into the next.
            due, later = pick.choice((0, 1, 2, 4, 8, 16)), pick.random() * 0.01
            harness.eventually(lambda: sum(c.acknowledged for c in clients) >= due or not all(c.is_alive() for c in clients), pause=0.0005)
            time.sleep(later)
            d.signal(signal.SIGKILL)
            d.stop()
            for c in clients:
                c.join()
                acknowledged += c.acknowledged
                strange += c.strange
            if faults:
                break
        with Daemon(*options) as d:
            for c in clients:
                c.d = d
                reconcile(d, c, faults)
            check_whole(d, faults)
            tally.equal(d.stop(), 0, "the daemon ends well after all that")
    tally.equal(faults[:5], [], "everything acknowledged is there, and nothing else")
    tally.equal(strange[:5], [], "no answer but those of changes")
    tally.check(acknowledged >= KILLS, "the kills came while changes were made", acknowledged)
    print(f"    {KILLS} kills, {acknowledged} changes acknowledged")
