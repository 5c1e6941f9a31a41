"""Slow and many clients: cut off at their deadline, and an honest one is served meanwhile."""

import collections
import concurrent.futures
import http.client
import os
import pathlib
import re
import resource
import socket
import ssl
import tempfile
import time

from access import Authority
from daemon import MANIFEST, YAML, Daemon, harness, read_all, statuses
from lifecycle import under_load

LIMITS = ("--header-timeout", "2s", "--body-grace", "2s", "--idle-timeout", "2s")
CUT_LATE = 60  # seconds: far more than the deadlines above on any machine, far less than what a client may take without them


def drip(d, head, piece):
    """Seconds until the server ends a connection that sends one piece each tenth of a second."""
    began = time.monotonic()
    with d.socket() as s:
        s.settimeout(0.1)
        try:
            s.sendall(head)
            while time.monotonic() - began < CUT_LATE:
                try:
                    s.sendall(piece)
                    if not s.recv(1000):
                        break
                except TimeoutError:
                    pass
        except OSError:
            pass
        return time.monotonic() - began


def read_until(s, word):
    """What comes up to a word, or up to the end."""
    seen = b""
    while word not in seen:
        piece = s.recv(65536)
        if not piece:
            break
        seen += piece
    return seen


def check_drips(tally, d):
    head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    took = drip(d, head, b"X-A: b\r\n")
    tally.check(1.5 < took < CUT_LATE, f"headers that drip: cut after {took:.1f} s")
    post = b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\nContent-Length: 4000000\r\n\r\n"
    took = drip(d, post, b"#")
    tally.check(1.5 < took < CUT_LATE, f"a body that drips: cut after {took:.1f} s")
    took = drip(d, b"", b"")
    tally.check(took < CUT_LATE, f"a silent connection: cut after {took:.1f} s")


def check_slow_reader(tally, d):
    """Many large answers asked for in one go, and nothing read: the server must let go."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    s = d.socket(receive=4096)
    s.settimeout(CUT_LATE)
    began, cut = time.monotonic(), False
    try:
        while time.monotonic() - began < CUT_LATE:
            s.sendall(request * 200)
            time.sleep(0.05)
    except TimeoutError:
        pass  # nothing more is taken, and nothing ends
    except OSError:
        cut = True
    tally.check(cut, "a client that does not read is cut off")
    s.close()


def check_half_open(tally):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 3000 if hard == resource.RLIM_INFINITY else min(3000, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, hard))
    with Daemon("--header-timeout", "600s", "--max-connections", str(count + 100)) as d:
        before = d.memory_kib()
        held = []
        for _ in range(count):
            s = d.socket()
            s.sendall(b"GET /livez HTTP/1.1\r\nHost: loc")
            held.append(s)
        began = time.monotonic()
        tally.equal(d.post("/v1/generate", MANIFEST).status, 200, f"an honest client beside {count} half-open connections")
        print(f"    beside {count} half-open connections: {1000 * (time.monotonic() - began):.1f} ms, "
              f"{(d.memory_kib() - before) * 1024 / count:.0f} bytes a connection")
        for s in held:
            s.close()
        tally.equal(d.get("/livez").status, 200, "and after them")
        tally.equal(d.stop(), 0, "the daemon ends well")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def check_bytewise(tally, d):
    """A whole request in segments of one byte, which takes its time."""
    request = (b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/yaml\r\n"
               b"Content-Length: %d\r\n\r\n%s" % (len(MANIFEST), MANIFEST))
    with d.socket() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(request)):
            s.sendall(request[i:i + 1])
        tally.equal(statuses(read_all(s)), [200], "a request byte by byte")


def post(path, media, body):
    return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        path, media, len(body), body)


def ended_at_once(d, request):
    """Statuses, and seconds until the server ends a connection whose client ended his side right behind the request."""
    began = time.monotonic()
    return statuses(d.raw(request)), time.monotonic() - began


def check_client_ends(tally):
    """A client may end his side and still wait for his answer, and then nothing holds the connection."""
    requests = {
        "GET": b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "two at once": b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2,
        "POST": post(b"/v1/check", b"application/yaml", MANIFEST),
        "POST of 1 MB": post(b"/v1/check", b"application/yaml", b"#" * 1_000_000),
        "POST of a module of 3 MB": post(b"/v1/inspect", b"application/wasm", b"\0asm\1\0\0\0" + b"\0" * 3_000_000),
    }
    with Daemon("--idle-timeout", "120s", "--header-timeout", "120s") as d:
        for name, request in requests.items():
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                results = list(pool.map(lambda _, r=request: ended_at_once(d, r), range(40)))
            expected = [200] * request.count(b" HTTP/1.1")
            tally.equal([r for r, _ in results if r != expected], [], f"answered to clients that end: {name}")
            took = max(took for _, took in results)
            tally.check(took < 60, f"and closed then: {name}, {took:.1f} s")
        body = b"GET /livez HTT"
        tally.check(ended_at_once(d, body)[1] < 60, "a client that ends in the middle of the headers")
        check_bytewise(tally, d)
        check_quiet_clients(tally, d)
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_quiet_clients(tally, d):
    """What only waits is left alone: for a next request, and for events with the sending side ended."""
    kept = d.connect()
    tally.equal(d.request("GET", "/livez", connection=kept).status, 200, "a connection that is kept")
    with d.socket() as watch:
        watch.sendall(b"GET /v1/manifests?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
        watch.shutdown(socket.SHUT_WR)
        time.sleep(3.5)
        d.request("PUT", "/v1/namespaces/shop/manifests/auth-check", MANIFEST, {"Content-Type": "application/yaml"})
        tally.check(b"event: ADDED" in read_until(watch, b"event: ADDED"), "a watch goes on for a client that sends no more")
    tally.equal(d.request("GET", "/livez", connection=kept).status, 200, "and takes another request after a while")
    kept.close()


def still_answers(d, connection):
    try:
        return d.request("GET", "/livez", connection=connection).status == 200
    except OSError:
        return False


def check_room(tally):
    """Connections that are kept and not used make room for who cannot come otherwise, and no more of them than it takes."""
    for threads in ("1", "3"):
        check_room_of(tally, threads)


def check_room_of(tally, threads):
    with Daemon("--max-connections", "64", "--threads", threads, "--idle-timeout", "120s") as d:
        kept = [d.connect() for _ in range(64)]
        tally.equal({d.request("GET", "/livez", connection=c).status for c in kept}, {200}, "as many connections as there may be")
        for _ in range(3):
            kept.append(d.connect())
            began = time.monotonic()
            tally.equal(d.request("GET", "/livez", connection=kept[-1]).status, 200, "one more")
            tally.check(time.monotonic() - began < 60, f"after {time.monotonic() - began:.1f} s")
        alive = sum(still_answers(d, c) for c in kept)
        tally.check(32 <= alive <= 64, f"{alive} of {len(kept)} are still there")
        for c in kept:
            c.close()
        tally.equal(d.stop(), 0, "the daemon ends well")


def short_requests(d, n):
    """What n connections, one behind the other, came to."""
    came = []
    for _ in range(n):
        try:
            came.append(d.request("GET", "/livez", headers={"Connection": "close"}).status)
        except (OSError, http.client.HTTPException) as e:
            came.append(repr(e))
    return came


def check_limit(tally):
    """Who comes while there are as many connections as there may be waits, however quickly they come and go."""
    for threads in ("1", "4"):
        with Daemon("--max-connections", "16", "--threads", threads) as d, concurrent.futures.ThreadPoolExecutor(64) as pool:
            came = sum(pool.map(lambda _: short_requests(d, 40), range(64)), [])
            tally.equal(collections.Counter(came), {200: 64 * 40}, f"clients in crowds, {threads} threads")
            tally.equal(d.stop(), 0, "the daemon ends well")


def slow_calls(**env):
    return {"LD_PRELOAD": harness.compiled("slow_calls", "-shared", "-fPIC"), **env}


def check_at_work(tally):
    """Who connects while one thread cannot go on is answered by another."""
    with tempfile.NamedTemporaryFile("w") as held, tempfile.TemporaryDirectory() as data, \
            Daemon("--threads", "2", "--data", data, env=slow_calls(SLOW_SYNC=held.name)) as d:
        held.write("!")
        held.flush()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            put = pool.submit(d.request, "PUT", "/v1/namespaces/shop/manifests/auth-check", MANIFEST, {"Content-Type": YAML})
            d.wait_for("a sync is held")
            for i in range(20):
                tally.equal(d.get("/livez").status, 200, f"connection {i} meanwhile")
            tally.check(not put.done(), "it still waits")
            held.truncate(0)
            tally.equal(put.result().status, 201, "and goes on in the end")
        tally.equal(d.stop(), 0, "the daemon ends well")


def open_files(d):
    return len(os.listdir(f"/proc/{d.process.pid}/fd"))


def check_held_up(tally):
    """There are no more connections than there may be while the only thread cannot begin with any, and all are answered then."""
    with tempfile.NamedTemporaryFile("w") as held, tempfile.TemporaryDirectory() as data, \
            Daemon("--threads", "1", "--max-connections", "16", "--data", data, env=slow_calls(SLOW_SYNC=held.name)) as d, \
            concurrent.futures.ThreadPoolExecutor(64) as pool:
        held.write("!")
        held.flush()
        put = pool.submit(d.request, "PUT", "/v1/namespaces/shop/manifests/auth-check", MANIFEST, {"Content-Type": YAML})
        d.wait_for("a sync is held")
        before = open_files(d)
        waiting = [pool.submit(short_requests, d, 1) for _ in range(60)]
        tally.check(harness.eventually(lambda: open_files(d) == before + 15), "as many connections as there may be", open_files(d))
        time.sleep(3)
        tally.equal(open_files(d), before + 15, "and no more of them after a while")
        held.truncate(0)
        tally.equal((put.result().status, collections.Counter(w.result()[0] for w in waiting)), (201, {200: 60}), "all are answered")
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_lost(tally):
    """There was no memory for connections, which the library lets go of without a word: they do not count for ever."""
    pool = 23 * 1024
    with tempfile.NamedTemporaryFile("w") as held:
        scarce = {"LD_PRELOAD": harness.compiled("fail_size", "-shared", "-fPIC"), "FAIL_SIZE": str(pool), "FAIL_WHILE": held.name}
        with Daemon("--threads", "2", "--max-connections", "16", "--max-header-bytes", str(pool - 3 * 1024), env=scarce) as d, \
                concurrent.futures.ThreadPoolExecutor(40) as clients:
            tally.equal(d.get("/livez").status, 200, "while there is memory")
            held.write("!")
            held.flush()
            came = sum(clients.map(lambda _: short_requests(d, 1), range(40)), [])
            tally.equal([c for c in came if c == 200], [], "each is let go of, also those behind the limit")
            held.truncate(0)
            came = sum(clients.map(lambda _: short_requests(d, 5), range(40)), [])
            tally.equal(collections.Counter(came), {200: 200}, "all are answered when there is memory again")
            tally.equal(d.stop(), 0, "the daemon ends well")


def check_end_of_listening(tally):
    """The socket is closed under load, by whatever thread and in whatever order."""
    for _ in range(3):
        with Daemon("--threads", "4", env=slow_calls(SLOW_REMOVAL="20")) as d:
            loads = under_load(d, 4, lambda loads: harness.eventually(lambda: all(load.answered > 5 for load in loads)) and d.stop())
            tally.equal([f for load in loads for f in load.failed], [], "no accepted request fails")
            tally.equal(d.stop(), 0, "it ends well")


def cpu_seconds(d):
    fields = pathlib.Path(f"/proc/{d.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_flight():
    """What a client says first."""
    sent = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return sent.read()


def check_handshakes(tally):
    """Handshakes that do not go on cost no processor, keep nobody from his own, and end at the deadline of headers."""
    hello = first_flight()
    with tempfile.TemporaryDirectory() as temp:
        authority = Authority(temp, "ca")
        cert, key = authority.issue("server", "DNS:localhost,IP:127.0.0.1")
        client = ssl.create_default_context(cafile=str(authority.cert))
        with Daemon("--tls-cert", cert, "--tls-key", key, "--threads", "2", "--header-timeout", "5s", tls=client) as d:
            held = [socket.create_connection((d.host, d.port), CUT_LATE) for _ in range(12)]
            for i, s in enumerate(held):
                s.sendall((hello[:1], hello[:len(hello) // 2], hello)[i % 3])
            tally.equal(d.get("/livez").status, 200, "an honest client beside handshakes that hang")
            before = cpu_seconds(d)
            time.sleep(2)
            spent = cpu_seconds(d) - before
            tally.check(spent < 0.5, f"which cost nothing: {spent:.2f} s of a processor")
            for s in held:
                read_all(s)  # ends in time, or this does
                s.close()
            tally.equal(d.stop(), 0, "the daemon ends well")


def check_watch_unread(tally):
    """Who watches and does not read is cut off; who reads late enough to have nothing to read is not."""
    names = [f"m{i:0>62}" for i in range(500)]
    with Daemon(*LIMITS) as d:
        connection = d.connect()
        for name in names:
            body = MANIFEST.replace(b"auth-check", name.encode())
            d.request("PUT", f"/v1/namespaces/shop/manifests/{name}", body, {"Content-Type": YAML}, connection=connection)
        watches = []
        for query in ("", "&since=0"):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # else the kernel takes a megabyte in before it says enough
            s.connect(("127.0.0.1", d.port))
            watches.append(s)
        quiet = d.socket()
        revision = d.get("/v1/manifests?limit=1").json()["metadata"]["revision"]
        quiet.sendall(f"GET /v1/manifests?watch=true&since={revision} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        for s, query in zip(watches, ("", "&since=0")):
            s.sendall(f"GET /v1/manifests?watch=true{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        def counted():
            return int(re.search(r"^callout_http_connections (\d+)$", d.get("/metrics").body.decode(), re.M)[1])

        few = harness.eventually(lambda: counted() <= 3, CUT_LATE)
        tally.check(few, f"watches that are not read are cut: {counted()} connections are open")
        for s in watches:
            s.close()
        d.request("DELETE", f"/v1/namespaces/shop/manifests/{names[0]}")
        said = read_until(quiet, b"DELETED")
        tally.check(b"DELETED" in said, "one that had nothing to read goes on", said[-300:])
        quiet.close()
        connection.close()
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_priorities(tally):
    """The thread that reads a long body lets others go first, and only that one."""
    half = post(b"/v1/inspect", b"application/wasm", b"\0asm\1\0\0\0" + b"\0" * 3_000_000)[:400_000]
    with Daemon() as d:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        tally.equal(set(d.priorities()), {own}, "all threads are alike while nothing is read")
        with d.socket() as s:
            s.sendall(half)
            tally.check(harness.eventually(lambda: max(d.priorities()) > own), "a thread that reads a body is less urgent")
            tally.equal(sum(p != own for p in d.priorities()), 1, "it is the only one")
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_few_descriptors(tally):
    """Where few files may be open, connections take no more than half: what is put is stored all the same."""
    with Daemon("--header-timeout", "1s", under=["bash", "-c", 'ulimit -n 64; exec "$@"', "-"]) as d:
        tally.equal([e["connections"] for e in d.log if "open files" in e["msg"]], ["32"],
                    "the log tells how many connections there may be")
        idle = [d.socket() for _ in range(100)]
        answer = d.request("PUT", "/v1/namespaces/shop/manifests/auth-check", MANIFEST, {"Content-Type": YAML})
        tally.equal(answer.status, 201, "a manifest is stored behind a hundred that ask nothing")
        for s in idle:
            s.close()
        tally.equal(d.stop(), 0, "the daemon ends well")
    with Daemon() as d:
        tally.equal([e for e in d.log if "open files" in e["msg"]], [], "nothing is told where there are enough")


def run(tally):
    check_client_ends(tally)
    with Daemon(*LIMITS) as d:
        check_drips(tally, d)
        check_slow_reader(tally, d)
        metrics = d.get("/metrics").body.decode()
        tally.check("callout_http_connections_cut_total 0\n" not in metrics, "cuts are counted")
        tally.equal(d.stop(), 0, "the daemon ends well")
    check_half_open(tally)
    check_room(tally)
    check_limit(tally)
    check_at_work(tally)
    check_held_up(tally)
    check_lost(tally)
    check_end_of_listening(tally)
    check_handshakes(tally)
    check_watch_unread(tally)
    check_few_descriptors(tally)
    check_priorities(tally)
