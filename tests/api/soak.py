"""Mixed work for long: memory, descriptors and threads stay as they were. Bounded by counts: CALLOUT_SOAK requests, 12,000 unless set.

One request of a hundred is an attack or breaks off. Memory is measured after a first part, when caches are full, and may grow
by little in all that follows.
"""

import os
import pathlib
import random
import tempfile
import threading

from daemon import MANIFEST, YAML, Daemon, harness, statuses
from live import GOOD
from stored import manifest, path

REQUESTS = int(os.environ.get("CALLOUT_SOAK", "12000"))
SEED = int(os.environ.get("CALLOUT_SEED", "1"))
CLIENTS, STEPS = 4, 8
MOST_KIB_MORE = 1536


class Worker(threading.Thread):
    def __init__(self, d, number, requests, seed):
        super().__init__()
        self.d, self.space, self.requests, self.pick = d, f"soak-{number}", requests, random.Random(seed)
        self.connection, self.etags, self.wrong = d.connect(), {}, []

    def ask(self, method, where, body=None, expected=(200,), **headers):
        answer = self.d.request(method, where, body,
                                {"Content-Type": YAML, **{k.replace("_", "-"): v for k, v in headers.items()}},
                                connection=self.connection)
        if answer.status not in expected:
            self.wrong.append((method, where, answer.status, answer.body[:200]))
        return answer

    def put(self):
        name = f"m-{self.pick.randrange(6)}"
        body = manifest(name, self.space, f"h-{self.pick.randrange(10 ** 6)}.example.com")
        answer = self.ask("PUT", path(name, self.space), body, (200, 201), **({"If-Match": self.etags[name]} if name in self.etags else {}))
        self.etags[name] = answer.headers["ETag"]

    def read(self):
        if self.etags:
            name = self.pick.choice(sorted(self.etags))
            self.ask("GET", path(name, self.space, self.pick.choice(("", "/resources", "/clusters", "/history?limit=5", "/status"))))

    def delete(self):
        if len(self.etags) > 3:
            name = self.pick.choice(sorted(self.etags))
            self.ask("DELETE", path(name, self.space), expected=(204,), If_Match=self.etags.pop(name))
            self.connection.close()

    def dump(self):
        if self.etags:
            name = self.pick.choice(sorted(self.etags))
            self.ask("POST", path(name, self.space, "/dumps?proxy=web.shop"), GOOD, Content_Type="application/json")

    def watch(self):
        with self.d.socket() as s:
            s.sendall(b"GET /v1/manifests?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if statuses(s.recv(4096)) != [200]:
                self.wrong.append("watch")

    def attack(self):
        head = b"POST /v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n"
        self.d.raw(self.pick.choice((b"\0" * 100, b"GET /%00 HTTP/1.1\r\n\r\n",
                                     head + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\n",
                                     head + b"Content-Length: 100000\r\n\r\nhalf",
                                     head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                                     head.replace(b"generate", b"inspect") + b"Content-Length: 9\r\n\r\n")))

    def run(self):
        work = ((self.put, 12), (self.read, 25), (self.delete, 3), (self.dump, 4), (self.watch, 1), (self.attack, 1),
                (lambda: self.ask("POST", "/v1/generate", MANIFEST), 14),
                (lambda: self.ask("POST", "/v1/check", b"spec: ["), 5),
                (lambda: self.ask("POST", "/v1/generate", b"kind: FilterManifest", (422,)), 5),
                (lambda: self.ask("GET", "/livez"), 20), (lambda: self.ask("GET", "/v1/hosts?limit=20"), 5),
                (lambda: self.ask("GET", "/metrics"), 3), (lambda: self.ask("GET", "/nothing", expected=(404,)), 2))
        for _ in range(self.requests):
            self.pick.choices([w for w, _ in work], [n for _, n in work])[0]()
            if len(self.wrong) > 5:
                break
        self.connection.close()


def held(d, usual=0):
    """(memory in KiB, descriptors, threads) when nobody asks; usual: as many descriptors as are nothing to wonder at."""
    process = pathlib.Path(f"/proc/{d.process.pid}")
    # Connections that were broken off are let go in their time.
    harness.eventually(lambda: "callout_http_connections 1\n" in d.get("/metrics").body.decode())
    # One is no longer counted some time before its descriptor is closed, and work in the background has some.
    counts = []
    harness.eventually(lambda: counts.append(len(list((process / "fd").iterdir()))) or (usual and counts[-1] <= usual), 60 if usual else 4)
    return d.memory_kib(), min(counts), len(list((process / "task").iterdir()))


def run(tally):
    print(f"    {REQUESTS} requests, CALLOUT_SEED={SEED}")
    with tempfile.TemporaryDirectory() as temp:
        with Daemon("--data", str(pathlib.Path(temp) / "data"), "--threads", "2", "--keep-revisions", "50", "--body-grace", "1s") as d:
            held_at, wrong = [held(d)], []
            for step in range(STEPS):
                workers = [Worker(d, f"{step}-{n}", REQUESTS // STEPS // CLIENTS, SEED + step * CLIENTS + n) for n in range(CLIENTS)]
                for w in workers:
                    w.start()
                for w in workers:
                    w.join()
                    wrong += w.wrong
                held_at.append(held(d, held_at[-1][1]))
            tally.equal(wrong[:5], [], "every answer is as expected")
            tally.check(max(m for m, _, _ in held_at[4:]) - held_at[3][0] <= MOST_KIB_MORE,
                        f"memory stays: {[m for m, _, _ in held_at]} KiB", held_at)
            descriptors = [f for _, f, _ in held_at[1:]]
            tally.check(max(descriptors) - min(descriptors) <= 1, f"descriptors stay: {descriptors}")
            tally.equal({t for _, _, t in held_at}, {held_at[0][2]}, "threads stay")
            counted = sum(float(line.rsplit(" ", 1)[1]) for line in d.get("/metrics").body.decode().splitlines()
                          if line.startswith("callout_http_requests_total{"))
            tally.check(counted >= REQUESTS * 0.9, "the requests were made", counted)
            tally.equal([e for e in d.log if e.get("level") == "error"][:3], [], "no error is logged")
            tally.equal(d.stop(), 0, "the daemon ends well")
        memory, (_, descriptors, threads) = [m for m, _, _ in held_at], held_at[-1]
        print(f"    {counted:.0f} requests; memory in KiB by part: {memory}, descriptors {descriptors}, threads {threads}")
