"""Watches that come to an end: what a client is told last, and that nothing is told behind it."""

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


def run(tally):
    check_forgotten(tally)
