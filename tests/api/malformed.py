"""Requests that are no HTTP, or could be understood in two ways: refused, and never a second request out of one."""

import socket
import time

from daemon import MANIFEST, Daemon, read_all, statuses

SMUGGLED = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"Host: localhost\r\nContent-Type: application/yaml\r\n"


def post(headers, body=b"", target=b"/v1/check", version=b"HTTP/1.1", head=HEAD):
    return b"POST " + target + b" " + version + b"\r\n" + head + headers + b"\r\n" + body


def get(target, headers=b"", head=b"Host: localhost\r\n", version=b"HTTP/1.1", method=b"GET"):
    return method + b" " + target + b" " + version + b"\r\n" + head + headers + b"\r\n"


# name -> (bytes, statuses that may come first). The list is a lower bound for what is refused: each is sent with a
# second request behind it, which must never be answered.
PROBES = {
    "two equal Content-Length": (post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"a: "), {400}),
    "Content-Length 3 and 30": (post(b"Content-Length: 3\r\nContent-Length: 30\r\n", b"a: "), {400}),
    "Content-Length beside chunked": (post(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), {400}),
    "chunked beside Content-Length": (post(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", b"0\r\n\r\n"), {400}),
    "Transfer-Encoding: identity, chunked": (post(b"Transfer-Encoding: identity, chunked\r\n", b"0\r\n\r\n"), {400}),
    "Transfer-Encoding: xchunked": (post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), {400}),
    "two Transfer-Encoding": (post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), {400}),
    "blank before the colon of Content-Length": (post(b"Content-Length : 3\r\n", b"a: "), {400}),
    "blank before the colon of Transfer-Encoding": (post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"), {400}),
    "tab before the colon": (post(b"Content-Length\t: 3\r\n", b"a: "), {400}),
    "Transfer-Encoding on HTTP/1.0": (post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", version=b"HTTP/1.0"), {400, 505}),
    "HTTP/1.0": (get(b"/openapi.json", version=b"HTTP/1.0"), {400, 505}),
    "HTTP/2.0": (get(b"/openapi.json", version=b"HTTP/2.0"), {400, 505}),
    "Content-Length: +3": (post(b"Content-Length: +3\r\n", b"a: "), {400}),
    "Content-Length: -1": (post(b"Content-Length: -1\r\n"), {400}),
    "Content-Length: 0x3": (post(b"Content-Length: 0x3\r\n", b"a: "), {400}),
    "Content-Length: 3x": (post(b"Content-Length: 3x\r\n", b"a: "), {400}),
    "Content-Length: 3, 3": (post(b"Content-Length: 3, 3\r\n", b"a: "), {400}),
    "Content-Length of 2^64+3": (post(b"Content-Length: 18446744073709551619\r\n", b"a: "), {400, 413}),
    "Content-Length of 2^64-1": (post(b"Content-Length: 18446744073709551615\r\n", b"a: "), {400, 413}),
    "Content-Length of 2^63": (post(b"Content-Length: 9223372036854775808\r\n", b"a: "), {400, 413}),
    "empty Content-Length": (post(b"Content-Length: \r\n", b"a: "), {400}),
    "two Host": (get(b"/openapi.json", b"Host: other\r\n"), {400}),
    "no Host": (get(b"/openapi.json", head=b""), {400}),
    "empty Host": (get(b"/openapi.json", head=b"Host: \r\n"), {400}),
    "Transfer-Encoding in a folded line": (post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"), {400}),
    "Content-Length in a folded line": (post(b"Content-Length:\r\n 3\r\n", b"a: "), {400}),
    "Content-Length of a GET in a folded line": (get(b"/livez", b"Content-Length:\r\n %d\r\n" % len(SMUGGLED)), {400}),
    "Content-Length of a GET that goes on in a folded line": (get(b"/livez", b"Content-Length: 0\r\n %d\r\n" % len(SMUGGLED)), {400}),
    "Content-Length of a GET in a line folded by a tab": (get(b"/livez", b"Content-Length:\r\n\t%d\r\nA: b\r\n" % len(SMUGGLED)), {400}),
    "Transfer-Encoding of a GET in a folded line": (get(b"/livez", b"Transfer-Encoding:\r\n chunked\r\n"), {400}),
    "a name that goes on in a folded line": (get(b"/livez", head=b"Hos: 127.0.0.1\r\n t\r\n"), {400}),
    "a name that goes on in a folded line, blanks before its value": (get(b"/livez", head=b"Hos:   127.0.0.1\r\n t\r\n"), {400}),
    "a folded header": (get(b"/openapi.json", b"A: b\r\n c\r\n"), {400}),
    "a header folded twice": (get(b"/openapi.json", b"A: b\r\n c\r\n d\r\n"), {400}),
    "an empty folded line": (get(b"/openapi.json", b"A: b\r\n \r\n"), {400}),
    "an empty folded line in the middle": (get(b"/openapi.json", b"A: b\r\n \r\nC: d\r\n"), {400}),
    "a blank before the first header": (get(b"/openapi.json", head=b" Host: localhost\r\n"), {400}),
    "no Content-Length": (post(b"", b""), {200}),
    "carriage return in a header": (get(b"/openapi.json", b"A: b\rX: c\r\n"), {400}),
    "parenthesis in a name": (get(b"/openapi.json", b"A(b): c\r\n"), {400}),
    "escape sequence in a header": (get(b"/openapi.json", b"A: \x1b[2J\r\n"), {400}),
    "%00 in the path": (get(b"/openapi.json%00x"), {400}),
    "%00 in the query": (get(b"/openapi.json?a=%00"), {400}),
    "%2e%2e": (get(b"/v1/%2e%2e/openapi.json"), {400}),
    "%2f": (get(b"/v1%2fgenerate"), {400}),
    "%5c": (get(b"/v1%5cgenerate"), {400}),
    "..": (get(b"/v1/../openapi.json"), {400}),
    "//": (get(b"//openapi.json"), {400}),
    "backslash": (get(b"/v1\\openapi.json"), {400}),
    "bad percent": (get(b"/openapi.json%zz"), {400}),
    "short percent": (get(b"/openapi.json%4"), {400}),
    "absolute form": (get(b"http://localhost/openapi.json"), {400}),
    "authority form": (get(b"localhost:80", method=b"CONNECT"), {400, 501}),
    "TRACE": (get(b"/openapi.json", method=b"TRACE"), {405}),
    "G@T": (get(b"/openapi.json", method=b"G@T"), {400, 501}),
    "lower-case method": (get(b"/openapi.json", method=b"get"), {501}),
    "umlaut in the target": (get(b"/openapi.json?\xc3\xa4"), {400}),
    "two Idempotency-Key": (get(b"/openapi.json", b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), {400}),
    "two Authorization": (get(b"/openapi.json", b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), {400}),
    "a header without colon": (get(b"/openapi.json", b"nonsense\r\n"), {400}),
    "long target": (get(b"/" + b"a" * 20000), {400, 414}),
    "many headers": (get(b"/openapi.json", b"".join(b"X-%d: y\r\n" % i for i in range(20000))), {400, 413, 431}),
    "chunk size 0x3": (post(b"Transfer-Encoding: chunked\r\n", b"0x3\r\na: \r\n0\r\n\r\n"), {400, 413}),
    "chunk size -1": (post(b"Transfer-Encoding: chunked\r\n", b"-1\r\na: \r\n0\r\n\r\n"), {400, 413}),
    "chunk size too large": (post(b"Transfer-Encoding: chunked\r\n", b"fffffffffffffffff\r\na: \r\n0\r\n\r\n"), {400, 413}),
    "bare LF": (b"GET /openapi.json HTTP/1.1\nHost: localhost\n\n", {400}),
    "bare LF behind the request line": (b"GET /openapi.json HTTP/1.1\nHost: localhost\r\n\r\n", {400}),
    "bare LF behind a header": (b"GET /openapi.json HTTP/1.1\r\nHost: localhost\nA: b\r\n\r\n", {400}),
    "bare LF behind the last header": (b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nA: b\n\r\n", {400}),
    "bare LF behind the last header of a body": (post(b"Content-Length: 3\n", b"a: "), {400}),
    "bare LF instead of the empty line": (b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\n", {400}),
    "bare LF instead of the empty line before a body": (b"POST /v1/check HTTP/1.1\r\n" + HEAD + b"Content-Length: 3\r\n\na: ", {400}),
    "a length behind a bare LF": (post(b"A: b\nContent-Length: 3\r\n", b"a: "), {400}),
    "chunks behind a bare LF": (post(b"A: b\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), {400}),
    "a length behind a bare CR": (post(b"A: b\rContent-Length: 3\r\n", b"a: "), {400}),
    "NUL in a header": (get(b"/openapi.json", b"A: b\0c\r\n"), {400}),
    "NUL and a comma in a header": (get(b"/openapi.json", head=b"Host: 127.0.0.1\0,evil\r\n"), {400}),
    "NUL and a blank in a header": (get(b"/openapi.json", b"X: a\0 b\r\n"), {400}),
    "NUL at the end of a header": (get(b"/openapi.json", b"X: a\0\r\n"), {400}),
    "NUL at the end of a header in the middle": (get(b"/openapi.json", b"X: a\0\r\nY: b\r\n"), {400}),
    "two NUL at the end of a header": (get(b"/openapi.json", b"X: a\0\0\r\n"), {400}),
    "two NUL and a header in a header": (get(b"/openapi.json", b"X: a\0\0Y: b\r\nZ: c\r\n"), {400}),
    "four NUL and a body's length in a header": (get(b"/livez", b"X: a\0\0\0\0%d\r\n" % len(SMUGGLED)), {400}),
    "NUL in the Content-Length of a GET": (get(b"/livez", b"Content-Length: 0\0 %d\r\n" % len(SMUGGLED)), {400}),
    "NUL instead of a value": (get(b"/openapi.json", b"X:\0\r\n"), {400}),
    "NUL in a name": (get(b"/openapi.json", b"X\0Y: a\r\n"), {400}),
    "NUL behind the method": (b"GET\0 /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n", {400, 501}),
    "NUL behind the version": (b"GET /openapi.json HTTP/1.1\0\r\nHost: localhost\r\n\r\n", {400, 505}),
    "NUL in the target": (b"GET /openapi.json\0x HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    "NUL in the query": (b"GET /v1/hosts?host=a\0x HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    "two blanks behind the method": (b"GET  /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    "two blanks behind the target": (b"GET /openapi.json  HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    "noise": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), set()),
}

# Tolerated, for RFC 9112 lets a server take them; but nothing may be answered twice.
TOLERATED = {
    "a header without a name": get(b"/openapi.json", b": x\r\n"),
    "chunk extension": post(b"Transfer-Encoding: chunked\r\n", b"3;a=b\r\na: \r\n0\r\n\r\n"),
    "chunk lines with LF only": post(b"Transfer-Encoding: chunked\r\n", b"3\na: \n0\n\n"),
}


# On their own, behind one another and in pieces of several sizes: what is looked at in the library's buffer must not depend
# on how it came there.
HONEST = {
    "one header": get(b"/livez"),
    "blanks and tabs around values, and empty ones": get(b"/livez", b"A:b\r\nB: \t c \t\r\nC:\r\nD: \r\nCookie: a=b; c=d\r\n"),
    "a query": post(b"Content-Length: %d\r\n" % len(MANIFEST), MANIFEST, target=b"/v1/generate?output=json"),
    "large headers": get(b"/livez", b"".join(b"X-%d: %s\r\n" % (i, b"y" * 150) for i in range(60))),
    "a body": post(b"Content-Length: %d\r\n" % len(MANIFEST), MANIFEST),
    "a body that begins with NUL": post(b"Content-Length: 4\r\n", b"\0\0\0\0"),
    "a body that begins with a blank": post(b"Content-Length: 4\r\n", b" a: "),
}


def in_pieces(d, data, size):
    """What comes back for data that is sent that many bytes at a time."""
    with d.socket() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), size):
            s.sendall(data[at:at + size])
            time.sleep(0.0002)
        s.shutdown(socket.SHUT_WR)
        return read_all(s)


def honest(tally):
    # Its own daemon: what comes a byte at a time may take long here, and no deadline is meant.
    with Daemon("--header-timeout", "600s", "--body-grace", "600s", "--idle-timeout", "600s") as d:
        whole = b"".join(HONEST.values())
        want = statuses(d.raw(whole))
        tally.check(len(want) == len(HONEST) and want[:5] == [200] * 5, f"honest requests behind one another: {want}")
        for (name, data), status in zip(HONEST.items(), want):
            tally.equal(statuses(d.raw(data)), [status], name)
            tally.equal(statuses(in_pieces(d, b"\r\n" + data, 3)), [status], f"{name}, behind an empty line, in pieces")
        small = whole.replace(HONEST["large headers"], b"")
        for size in (1, 2, 7, 64):
            got = statuses(in_pieces(d, small, size))
            tally.equal(got, want[:3] + want[4:], f"honest requests, {size} bytes at a time")
        body = post(b"Content-Length: %d\r\n" % len(MANIFEST), MANIFEST)
        tally.equal(statuses(d.raw(body + SMUGGLED)), [200, 200], "two honest requests in one packet")
        tally.equal(d.stop(), 0, "the daemon ends well")


def run(tally):
    honest(tally)
    with Daemon("--header-timeout", "1s", "--body-grace", "1s", "--idle-timeout", "1s") as d:
        for name, (data, allowed) in PROBES.items():
            got = statuses(d.raw(data + SMUGGLED))
            # The library prints the head of its own refusals twice, and closes.
            once = len(got) <= 1 or (len(got) == 2 and got[0] == got[1] >= 400)
            tally.check(once and set(got) <= allowed, f"{name}: {got}")
        for name, data in TOLERATED.items():
            got = statuses(d.raw(data))
            tally.check(len(got) <= 1, f"{name}: {got}")
        for name in ("chunk extension", "chunk lines with LF only"):
            got = statuses(d.raw(TOLERATED[name] + SMUGGLED))
            tally.check(len(got) <= 1, f"{name}, with a request behind it: {got}")
        tally.equal(d.get("/livez").status, 200, "it still serves")
        tally.equal(d.stop(), 0, "the daemon ends well")
