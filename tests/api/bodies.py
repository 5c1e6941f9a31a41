"""Large bodies, which are read past the library: the same answers, deadlines and ends as through it."""

import email.utils
import json
import pathlib
import re
import signal
import socket
import ssl
import struct
import tempfile
import threading
import time

from access import Authority
from daemon import Daemon, harness, read_all, statuses
from live import big_dump, dump, form, shapes, taken
from stored import manifest, path, put

NAME = ("auth-check", "shop")
DUMPS = path(*NAME, rest="/dumps?proxy=a")
CUT_LATE = 60  # seconds: far more than the deadlines that the daemon is given here


def head(length, target=DUMPS, media="application/json", more=""):
    return f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def counted(d, name):
    return float(re.search(rf"^{name} (\S+)$", d.get("/metrics").body.decode(), re.M).group(1))


def by_chunks(d, body):
    connection = d.connect()
    connection.request("POST", DUMPS, iter([body]), {"Content-Type": "application/json"}, encode_chunked=True)
    answer = connection.getresponse()
    return answer.status, answer.read()


def check_answers(tally, d, body):
    """Beside the same body in chunks, which goes through the library."""
    want = by_chunks(d, body)
    tally.equal((want[0], json.loads(want[1])["verdicts"][0]["verdict"]), (200, "resolved"), "in chunks")
    for pieces in (1, 3, 40):
        size = -(-len(body) // pieces)
        with d.socket() as s:
            s.sendall(head(len(body),
                           more="X-Request-Id: mine-1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"))
            for i in range(0, len(body), size):
                s.sendall(body[i:i + size])
                time.sleep(0.02 if pieces > 1 else 0)
            raw = read_all(s)
        lines, _, content = raw.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in lines.decode().split("\r\n")[1:])
        tally.equal((lines.split(b"\r\n")[0], content), (b"HTTP/1.1 200 OK", want[1]), f"in {pieces} pieces: the same answer")
        tally.equal({k: headers.get(k)
                     for k in ("Connection", "Content-Type", "X-Request-Id", "traceparent", "Content-Length")},
                    {"Connection": "close", "Content-Type": "application/json", "X-Request-Id": "mine-1",
                     "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                     "Content-Length": str(len(want[1]))}, "its headers")
        sent = email.utils.parsedate_to_datetime(headers["Date"])
        tally.check(abs(sent.timestamp() - time.time()) < 600 and headers["Date"].endswith(" GMT"), "its date", headers["Date"])
    connection = d.connect()
    for _ in range(2):  # a client that keeps connections opens another one
        connection.request("POST", DUMPS, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        tally.equal((answer.status, answer.read()), (200, want[1]), "with a client that keeps connections")
    with d.socket() as s:
        s.sendall(head(len(body), more="Expect: 100-continue\r\n"))
        tally.check(s.recv(4096).startswith(b"HTTP/1.1 100 "), "asked to go on")
        s.sendall(body)
        s.shutdown(socket.SHUT_WR)
        tally.equal(statuses(read_all(s)), [200], "and answered, also when the client ends his side")


def check_routes(tally, d, body):
    multipart, media = form(("manifest", "", manifest(*NAME)), ("dump", "a", body))
    answer = d.post("/v1/verify", multipart, media)
    tally.equal((answer.status, answer.json()["verdicts"][0]["verdict"], answer.headers["Connection"]),
                (200, "resolved", "close"), "verify")
    first = d.post(DUMPS, body, "application/json", Idempotency_Key="k")
    again = d.post(DUMPS, body, "application/json", Idempotency_Key="k")
    tally.equal((again.status, again.body, again.headers["Idempotency-Replayed"]), (200, first.body, "true"), "the same Idempotency-Key")
    other = d.post(DUMPS, body[:-1] + b"\n", "application/json", Idempotency_Key="k")
    tally.equal(other.status, 422, "with another body of the same length")
    for what, bad, status in (("cut off", body[:-9], 422), ("no dump, seen at its first byte", b"<" + body, 422)):
        answer = d.post(DUMPS, bad, "application/json")
        tally.equal((answer.status, answer.headers["Content-Type"]), (status, "application/problem+json"), what)
    for n in (1_000_000, 1_100_000, 3_000_000):
        answer = d.post("/v1/inspect", b"\0" * n, "application/wasm")
        tally.equal((answer.status, answer.json()["modules"][0]["loads"]), (200, False), f"a module of {n} bytes that is none")
    tally.equal(d.post(path("nobody", "shop", "/dumps"), body, "application/json").status, 404, "for nobody")


def check_out_of_memory(tally, d):
    """One cluster so often that a request's memory is not enough for it: the answer that is there for this says as much as any other."""
    cluster = json.dumps({"cluster": shapes.cluster()}).encode()
    body = b'{"configs":[{"@type":"type.googleapis.com/envoy.admin.v3.ClustersConfigDump","dynamic_active_clusters":[' + b",".join(
        [cluster] * 40000) + b"]}]}"
    answer = d.post(DUMPS, body, "application/json")
    tally.equal((answer.status, answer.json()["detail"], answer.headers["Connection"]), (503, "out of memory", "close"),
                "more than the memory of one request")
    tally.equal([answer.headers[h] for h in ("Content-Type", "Cache-Control", "X-Content-Type-Options")],
                ["application/problem+json", "no-store", "nosniff"], "and its headers")
    tally.equal(d.post(DUMPS, dump(shapes.cluster()), "application/json").status, 200, "others are served")


def check_clients_that_leave(tally, d, body):
    """More than may stream at once, so that none may stay."""
    def leave(k):
        with d.socket() as s:
            if k % 2:  # a reset in the place of an end
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.sendall(head(len(body)) + body[:len(body) // (1 + k % 3) - 1])
            time.sleep(0.05)

    threads = [threading.Thread(target=leave, args=(k,)) for k in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    answer = taken(lambda: d.post(DUMPS, body, "application/json"))
    tally.equal(answer.status, 200, "after clients that went away")


def check_deadlines(tally, body):
    with Daemon("--idle-timeout", "2s", "--body-grace", "4s", "--header-timeout", "2s") as d:
        put(d, manifest(*NAME), path(*NAME))
        for what, sent, pause, least in (("says nothing any more", 200_000, None, 1), ("drips", 200_000, 0.1, 3)):
            before, began = counted(d, "callout_http_connections_cut_total"), time.monotonic()
            with d.socket() as s:
                s.settimeout(pause or CUT_LATE)
                s.sendall(head(len(body)) + body[:sent])
                while time.monotonic() - began < CUT_LATE:
                    try:
                        if pause:
                            s.sendall(b" ")
                        if not s.recv(100):
                            break
                    except TimeoutError:
                        pass
                    except OSError:
                        break
            took = time.monotonic() - began
            tally.check(least < took < CUT_LATE, f"a client that {what}: cut after {took:.1f} s")
            tally.equal(counted(d, "callout_http_connections_cut_total"), before + 1, "and counted")
        tally.equal(d.stop(), 0, "ends well")
    with Daemon("--body-grace", "4s") as d:
        put(d, manifest(*NAME), path(*NAME))
        with d.socket() as s:  # slow, and fast enough
            s.sendall(head(len(body)))
            for i in range(0, len(body), len(body) // 40):
                s.sendall(body[i:i + len(body) // 40])
                time.sleep(0.15)
            tally.equal(statuses(read_all(s)), [200], "a slow client that keeps sending")


def half_sent(d, s, body):
    """Half a body is on its way, and the daemon has begun to read it: one connection beside that which asks."""
    s.sendall(head(len(body)) + body[:300_000])
    return harness.eventually(lambda: counted(d, "callout_http_connections") > 1)


def check_end(tally, body):
    with Daemon("--drain-timeout", "1s") as d:
        put(d, manifest(*NAME), path(*NAME))
        with d.socket() as s:
            tally.check(half_sent(d, s, body), "half a body is on its way")
            began = time.monotonic()
            tally.equal(d.stop(), 0, "ends well with half a body")
            tally.check(time.monotonic() - began < CUT_LATE, "and soon")
    with Daemon("--drain-timeout", "600s") as d:
        put(d, manifest(*NAME), path(*NAME))
        with d.socket() as s:
            tally.check(half_sent(d, s, body), "half a body is on its way")
            d.signal(signal.SIGTERM)
            d.wait_for("draining")
            s.sendall(body[300_000:])
            tally.equal(statuses(read_all(s)), [200], "answered while the daemon drains")
        tally.equal(d.stop(), 0, "which ends well then")


def check_tls(tally, body):
    """What only the library can read goes through it."""
    with tempfile.TemporaryDirectory() as temp:
        authority = Authority(pathlib.Path(temp), "authority")
        cert, key = authority.issue("server", "DNS:localhost, IP:127.0.0.1")
        with Daemon("--tls-cert", cert, "--tls-key", key, tls=ssl.create_default_context(cafile=str(authority.cert))) as d:
            put(d, manifest(*NAME), path(*NAME))
            answer = d.post(DUMPS, body, "application/json")
            tally.equal((answer.status, answer.json()["verdicts"][0]["verdict"]), (200, "resolved"), "over TLS")


def run(tally):
    body = b"".join(big_dump(8000))
    tally.check(len(body) > 4 << 20, "the body is large")
    with Daemon() as d:
        put(d, manifest(*NAME), path(*NAME))
        check_answers(tally, d, body)
        check_routes(tally, d, body)
        check_clients_that_leave(tally, d, body)
        check_out_of_memory(tally, d)
        tally.equal(d.stop(), 0, "ends well")
    check_deadlines(tally, body)
    check_end(tally, body)
    check_tls(tally, body)
