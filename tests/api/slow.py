"""Slow and many clients: cut off at their deadline, and an honest one is served meanwhile."""

import resource
import socket
import time

from daemon import MANIFEST, Daemon, read_all, statuses

LIMITS = ("--header-timeout", "2s", "--body-grace", "2s", "--idle-timeout", "2s")


def drip(d, head, piece, most_seconds):
    """Seconds until the server ends a connection that sends one piece each tenth of a second."""
    with d.socket() as s:
        s.settimeout(0.1)
        began = time.monotonic()
        try:
            s.sendall(head)
            while time.monotonic() - began < most_seconds:
                s.sendall(piece)
                try:
                    if not s.recv(1000):
                        break
                except TimeoutError:
                    pass
        except OSError:
            pass
        return time.monotonic() - began


def check_drips(tally, d):
    head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    took = drip(d, head, b"X-A: b\r\n", 30)
    tally.check(1.5 < took < 15, f"headers that drip: cut after {took:.1f} s")
    post = b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\nContent-Length: 4000000\r\n\r\n"
    took = drip(d, post, b"#", 30)
    tally.check(1.5 < took < 15, f"a body that drips: cut after {took:.1f} s")
    took = drip(d, b"", b"", 30)
    tally.check(took < 15, f"a silent connection: cut after {took:.1f} s")


def check_slow_reader(tally, d):
    """Many large answers asked for in one go, and nothing read: the server must let go."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    s = socket.create_connection((d.host, d.port))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(20)
    began, cut = time.monotonic(), False
    try:
        while time.monotonic() - began < 20 and not cut:
            s.sendall(request * 200)
            time.sleep(0.05)
    except OSError:
        cut = True
    tally.check(cut, "a client that does not read is cut off")
    s.close()


def check_half_open(tally):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(3000, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, hard))
    with Daemon("--header-timeout", "60s", "--max-connections", str(count + 100)) as d:
        before = d.memory_kib()
        held = []
        for _ in range(count):
            s = socket.create_connection((d.host, d.port))
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
    """A whole request in segments of one byte."""
    request = b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/yaml\r\nContent-Length: %d\r\n\r\n%s" % (len(MANIFEST), MANIFEST)
    with d.socket() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(request)):
            s.sendall(request[i:i + 1])
        tally.equal(statuses(read_all(s)), [200], "a request byte by byte")


def run(tally):
    with Daemon(*LIMITS) as d:
        check_drips(tally, d)
        check_slow_reader(tally, d)
        check_bytewise(tally, d)
        metrics = d.get("/metrics").body.decode()
        tally.check("callout_http_connections_cut_total 0\n" not in metrics, "cuts are counted")
        tally.equal(d.stop(), 0, "the daemon ends well")
    check_half_open(tally)
