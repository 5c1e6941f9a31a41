"""Watches: what a client is told last, that nothing is told behind it, and nothing at all to HEAD."""

import socket
import threading

from daemon import YAML, Daemon, harness, read_all
from stored import manifest, path

NAMES = [f"m{i:0>62}" for i in range(1500)]


def put_all(d, names):
    connection = d.connect()
    for name in names:
        d.request("PUT", path(name), manifest(name), {"Content-Type": YAML}, connection=connection)
    connection.close()


def unread(d, query):
    """A watch that has begun, of a client who takes in little more than what he reads."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # else the kernel takes a megabyte in before it says enough
    s.settimeout(harness.PATIENCE)
    s.connect((d.host, d.port))
    s.sendall(f"GET /v1/manifests?watch=true{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return s, s.recv(2048)


def check_forgotten(tally):
    """Who lags behind deletions that are forgotten hears so once, and the stream ends there."""
    with Daemon() as d:
        put_all(d, NAMES)
        s, said = unread(d, "&since=0")
        tally.check(b" 200 " in said, "a watch", said)
        tally.equal(d.request("DELETE", path(NAMES[-1])).status, 204, "one is deleted")
        tally.equal(d.request("POST", path(NAMES[-1], rest="/purge")).status, 200, "and purged")
        # What never ends is not to fill the memory of the test.
        stopper = threading.Timer(harness.PATIENCE / 10, lambda: s.shutdown(socket.SHUT_RDWR))
        stopper.start()
        said += read_all(s)
        stopper.cancel()
        s.close()
        tally.equal(said.count(b"event: ERROR"), 1, "that changes are forgotten is said once")
        tally.check(said.endswith(b"\r\n0\r\n\r\n"), "and the stream ends with it", said[-300:])
        tally.check(0 < said.count(b"event: ADDED") < len(NAMES), "behind what was on its way", said.count(b"event: ADDED"))


def check_head(tally):
    """HEAD is answered with headers and not one byte more, on each route, and so of a watch."""
    with Daemon() as d:
        d.request("PUT", path(), manifest(), {"Content-Type": YAML})
        fill = {"{namespace}": "shop", "{name}": "auth-check", "{revision}": "1"}
        routes = [p for p, item in d.get("/openapi.json").json()["paths"].items() if "get" in item]
        for route in [*routes, "/v1/manifests?watch=true", "/v1/manifests?watch=true&since=1",
                      "/v1/manifests?watch=true&since=99", "/v1/none"]:
            for name, value in fill.items():
                route = route.replace(name, value)
            said = d.raw(f"HEAD {route} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                         "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            head, _, rest = said.partition(b"\r\n\r\n")
            ended = b"\r\nConnection: close" in head
            tally.check(head.startswith(b"HTTP/1.1 ") and (not rest if ended else rest.startswith(b"HTTP/1.1 200 ")), f"HEAD {route}", said)
        tally.equal(d.stop(), 0, "the daemon ends well")


def run(tally):
    check_forgotten(tally)
    check_head(tally)
