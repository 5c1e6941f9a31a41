"""Corners of HTTP that clients come to by themselves: headers in several lines, odd weights, conditions on old revisions, forms
as other libraries write them."""

import gzip
import json
import pathlib
import re
import signal
import ssl
import tempfile
import time

from access import Authority, add, bearer
from daemon import MANIFEST, YAML, Answer, Daemon, harness, start, statuses
from live import GOOD, dump, form, shapes, verify
from stored import manifest, path, put

JSON = "application/json"


def request(d, method, where, headers, body=b""):
    """As d.request, but headers may come twice."""
    connection = d.connect()
    connection.putrequest(method, where, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body))) if body else None
    connection.endheaders(body or None)
    response = connection.getresponse()
    try:
        return Answer(response, response.read())
    finally:
        connection.close()


def check_lists_of_headers(tally, d):
    """RFC 9110 5.3: several lines of one list are one list."""
    tally.equal(request(d, "GET", "/v1/manifests", [("Accept", "text/html"), ("Accept", JSON)]).status, 200, "Accept in two lines")
    tally.equal(request(d, "GET", "/v1/manifests", [("Accept", "text/html"), ("Accept", "image/png")]).status, 406,
                "neither of which will do")
    etag = put(d, manifest("lines"), path("lines")).headers["ETag"]
    for method in ("GET", "HEAD"):
        tally.equal(request(d, method, path("lines"), [("If-None-Match", '"x"'), ("If-None-Match", etag)]).status, 304,
                    f"{method}: If-None-Match in two lines")
    tally.equal(request(d, "GET", path("lines"), [("If-Match", '"x"'), ("If-Match", '"y"')]).status, 412,
                "If-Match in two lines, neither holds")
    replaced = request(d, "PUT", path("lines"), [("Content-Type", YAML), ("If-Match", '"x"'), ("If-Match", etag)],
                       manifest("lines", host="b.example.com"))
    tally.equal(replaced.status, 200, "If-Match in two lines, the second holds")


def check_queries(tally, d):
    """A blank in a value is written as + or as %20."""
    for sent, means in (("my+file.yaml", "my file.yaml"), ("my%20file.yaml", "my file.yaml"), ("a%2Bb", "a+b"), ("%2B+%2b", "+ +")):
        finding = d.post(f"/v1/check?source={sent}", b"x: 1\n").json()["findings"][0]
        tally.equal(finding["location"]["source"], means, f"source={sent}")


def check_encodings(tally, d):
    """RFC 9110 5.3: a header on several lines is one list, of all that was done to the body."""
    for lines, status in ((["gzip"], 200), (["identity"], 400), (["gzip", "gzip"], 415), (["identity", "gzip"], 415),
                          (["gzip, gzip"], 415)):
        body = gzip.compress(b"--B\r\nContent-Disposition: form-data; name=manifest\r\n\r\n" + manifest()
                             + b"\r\n--B\r\nContent-Disposition: form-data; name=dump\r\n\r\n" + GOOD + b"\r\n--B--\r\n")
        head = "".join(f"Content-Encoding: {line}\r\n" for line in lines)
        answer = d.raw("POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                       f"Content-Type: multipart/form-data; boundary=B\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        tally.equal(statuses(answer), [status], f"Content-Encoding: {lines}")
    answer = d.raw(f"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: {YAML}\r\nContent-Encoding: identity\r\n"
                   "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx".encode())
    tally.equal(statuses(answer), [415], "one that is taken and one that is not")


def check_accept(tally, d):
    java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
    tally.equal(d.get("/v1/manifests", Accept=java).status, 200, "what Java's client sends")
    for accept, status in (("*/*;q=.", 406), ("*/*;q=", 406), ("*/*;q=.2345", 406), ("*/*;q=.0", 406),
                           ("*/*;q=0.001", 200), (f"{JSON};q=0, */*", 406)):
        tally.equal(d.get("/v1/manifests", Accept=accept).status, status, f"Accept: {accept}")
    document = {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": "j"},
                "spec": {"upstreams": [{"name": "a", "host": "a.example"}]}}
    for name, body, kind in (("j", json.dumps(document).encode(), JSON), ("why", MANIFEST.replace(b"auth-check", b"why"), YAML)):
        d.request("PUT", path(name), body, {"Content-Type": kind})
        for accept in ("*/*", "*/*;q=0.8", "text/html, */*;q=0.1", f"{YAML}, {JSON}", "application/*"):
            got = d.get(path(name), Accept=accept)
            tally.equal((got.headers["Content-Type"], got.body), (kind, body),
                        f"Accept: {accept} of a manifest in {kind} leaves it as it is")
    tally.equal(d.get(path("j"), Accept=f"{JSON};q=0.4, {YAML};q=0.5").headers["Content-Type"], YAML,
                "unless the other form is liked better")


def check_conditions(tally, d):
    etag = put(d, manifest("old"), path("old")).headers["ETag"]
    put(d, manifest("old", host="new.example.com"), path("old"), If_Match=etag)
    old = path("old", rest=f"/history/{d.get(path('old', rest='/history')).json()['items'][1]['revision']}")
    tally.equal((d.get(old, If_None_Match=etag).status, d.get(old, If_None_Match='"x"').status,
                 d.get(old, If_Match='"x"').status, d.get(old, If_Match=etag).status), (304, 200, 412, 200),
                "conditions on an old revision")
    for where in (old, path("old")):
        full = d.get(where)
        same = d.get(where, If_None_Match=full.headers["ETag"])
        tally.equal((same.status, same.body, same.headers["Content-Length"]), (304, b"", str(len(full.body))),
                    "a 304 tells the length that a 200 has, or none (RFC 9110 8.6)")
    connection = d.connect()
    d.request("GET", path("old"), headers={"If-None-Match": "*"}, connection=connection)
    tally.equal(d.request("GET", path("old"), connection=connection).status, 200, "the connection goes on behind a 304")


def check_traces(tally, temp):
    trace, good = "0af7651916cd43dd8448eb211c80319c", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with Daemon("--access-log") as d:
        for value in (good, "01" + good[2:], "cc" + good[2:] + "-what.comes"):
            tally.equal(d.get("/v1/hosts", traceparent=value).headers["traceparent"], value, f"traceparent: {value}")
        for value in ("abc", "", good[:-1], good + "0", good + "-x", "ff" + good[2:], good.replace(trace, "0" * 32),
                      good.replace("b7ad6b7169203331", "0" * 16), good.upper(), good.replace("-", "_"), "0x" + good[2:],
                      "cc" + good[2:] + "x"):
            tally.equal(d.get("/v1/hosts", traceparent=value).headers["traceparent"], None, f"no traceparent: {value}")
        put(d, manifest("traced"), path("traced"), traceparent=good)
        d.stop()
        tally.equal([e.get("trace_id") for e in d.log if e.get("msg") == "manifest created"], [trace], "so does the line of a change")
        told = [e.get("trace_id") for e in d.log if e.get("msg") == "request" and e["method"] == "GET"]
        # A line is written when its answer is sent, so the next request may be quicker on another thread.
        tally.equal(sorted(told, key=str), sorted([trace] * 3 + [None] * 12, key=str), "the log tells the trace")


def check_namespaces(tally, d):
    """A manifest may leave its namespace to the path: that one is judged too."""
    bare = MANIFEST.replace(b", namespace: shop", b"")
    for name in ("n" * 64, "UP", "a.b", "-a", "a-", "a_b", "a%20b", "a%0ab", "a%3f", "%C3%A9", "a;b", "a+b", "*"):
        for query in ("", "?dryRun=all"):
            tally.equal(put(d, bare, path(namespace=name) + query).status, 400, f"a manifest put into {name}{query}")
        tally.equal((d.get(path(namespace=name)).status, d.get(f"/v1/namespaces/{name}/manifests").json()["items"]),
                    (404, []), f"nothing is in {name}")
    for name in ("n" * 63, "0", "a--b"):
        tally.equal(put(d, bare, path(namespace=name)).status, 201, f"a manifest put into {name}")
    tally.equal(put(d, bare, path(namespace="%73hop", name="%61uth-check")).headers["Location"],
                "/v1/namespaces/%73hop/manifests/%61uth-check", "percent-encoded letters")
    tally.equal(d.get(path()).status, 200, "are letters")
    body, kind = form(("manifest", "m", bare), ("dump", "d", GOOD))
    for where in ("/v1/generate", "/v1/check", "/v1/clusters", "/v1/verify"):
        sent = (body, kind) if where == "/v1/verify" else (bare, YAML)
        tally.equal([d.post(f"{where}?namespace={n}", *sent).status for n in ("UP", "a%0ab", "", "shop")],
                    [400, 400, 400, 200], f"{where}?namespace=")
        tally.equal([d.post(f"{where}?istioVersion={v}", *sent).status
                     for v in ("1.99", "x", "", "1.31..1.27", "1.27..1.31", "1.30")], [400, 400, 400, 400, 200, 200],
                    f"{where}?istioVersion=")


def check_forms(tally, d):
    """What other libraries write: parameters without quotes or blanks, blanks behind the delimiter, names in other letters."""
    m, dump_part = 'Content-Disposition: form-data; name="manifest"', 'Content-Disposition: form-data; name="dump"; filename="p.json"'

    def send(first, second, padding="", boundary="B"):
        parts = b"".join(f"--{boundary}{padding}\r\n{head}\r\n\r\n".encode() + body + b"\r\n"
                         for head, body in ((first, manifest()), (second, GOOD)))
        return d.post("/v1/verify", parts + f"--{boundary}--{padding}\r\n".encode(), f"multipart/form-data; boundary={boundary}")

    def proxies(answer):
        return [v["proxy"] for v in answer.json()["verdicts"]] if answer.status == 200 else answer.body

    for what, answer in (("no blanks", send(m.replace("; ", ";"), dump_part.replace("; ", ";"))),
                         ("no quotes", send(m.replace('"', ""), dump_part.replace('"', ""))),
                         ("names in capitals",
                          send(m.replace("name=", "NAME="),
                               dump_part.replace("name=", "Name=").upper().replace("DUMP", "dump").replace(
                                   "P.JSON", "p.json"))),
                         ("blanks around", send(m.replace("; ", " ;\t "), dump_part.replace("; ", "  ;  "))),
                         ("blanks behind the delimiter", send(m, dump_part, " \t ")),
                         ("many blanks behind the delimiter", send(m, dump_part, " " * 70000)),
                         ("the file's name first",
                          send(m, 'Content-Disposition: form-data; filename="p.json"; name="dump"')),
                         ("other parameters",
                          send(m + "; x=y", dump_part.replace("; name", '; x="; name=\\"manifest\\""; name')))):
        tally.equal(proxies(answer), ["p"], f"a form: {what}")
    tally.equal(proxies(send(m, 'Content-Disposition: form-data; filename="a; name=\\"manifest\\"; .json"; name="dump"')),
                ['a; name="manifest"; '.rstrip("\0")], "a name inside of a name")
    tally.equal(proxies(send(m, dump_part.replace("p.json", "C:\\dumps\\web.json"))), ["C:\\dumps\\web"], "a backslash is one")
    for wrong in ("Content-Disposition: form-data", "Content-Disposition: form-data; name",
                  "Content-Disposition: form-data; name=", 'Content-Disposition: form-data; xname="dump"', ""):
        tally.equal(send(m, wrong).status, 400, f"a part without a name: {wrong}")


def check_inflated(tally):
    """What dumps may have is counted inflated, for all of a request together."""
    def sized(n):
        return GOOD[:-1] + b" " * (n - len(GOOD)) + GOOD[-1:]

    most = len(GOOD) + 20_000
    with Daemon("--max-dump-bytes", str(most)) as d:
        put(d, manifest(), path())
        for what, size, status in (("as much as may be", most, 200), ("one byte more", most + 1, 413), ("a bomb", 1 << 23, 413)):
            for packed, headers in ((gzip.compress(sized(size)), {}), (gzip.compress(sized(size)), {"Content_Encoding": "gzip"})):
                answer = d.post(path(rest="/dumps"), packed, JSON, **headers)
                tally.equal((answer.status,
                             [f["code"] for f in answer.json().get("findings", []) if f["level"] == "error"]),
                            (status, ["CO0415"] if status == 413 else []), f"a packed dump, {what} {headers}")
        statistics = gzip.compress(b"cluster.x.upstream_cx_total: 1\n" * (most // 20))
        tally.equal(d.post(path(rest="/dumps"), statistics, "text/plain").status, 413, "packed statistics")
        shares = [("dump", f"p{i}.json", gzip.compress(sized(most))) for i in range(2)]
        answer = verify(d, ("manifest", None, manifest()), *shares)
        told = [f["message"] for f in answer.json()["findings"] if f["code"] == "CO0415"]
        tally.equal((answer.status, told), (413, [f"the dumps of one request are larger than {most} bytes together"]),
                    "all of it used up by the first")
        for n, status in ((2, 200), (3, 413)):
            parts = [("dump", f"p{i}.json", gzip.compress(sized(most // 2))) for i in range(n)]
            tally.equal(verify(d, ("manifest", None, manifest()), *parts).status, status, f"{n} packed dumps of half as much in a form")
        tally.equal(d.stop(), 0, "the daemon ends well")
    with Daemon("--max-dump-bytes", str(600 << 20)) as d:
        put(d, manifest(), path())
        line = b"cluster.x.upstream_cx_total: 1\n"
        statistics = gzip.compress(line * ((256 << 20) // len(line) + 1), 1)
        answer = d.post(path(rest="/dumps"), statistics, "text/plain")
        told = [(f["code"], f.get("help") or "") for f in answer.json().get("findings", []) if f["level"] == "error"]
        tally.check(answer.status == 422 and len(told) == 1 and told[0][0] == "CO0415"
                    and "maxDumpBytes" not in told[0][1], "statistics over their own limit",
                    f"{answer.status} {answer.body[:500]}")


def check_idempotency(tally, d):
    """Who is second while the first is at work is told to come back. An answer that is too large to be remembered leaves its key free."""
    put(d, manifest("busy"), path("busy"))
    where = path("busy", rest="/dumps")
    for i in range(20):  # the first must have come first
        with d.socket() as s:
            s.sendall(f"POST {where} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {JSON}\r\nIdempotency-Key: busy{i}\r\n"
                      f"Content-Length: {len(GOOD)}\r\n\r\n".encode() + GOOD[:100])
            time.sleep(0.1 + i / 4)
            second = d.post(where, GOOD, JSON, Idempotency_Key=f"busy{i}")
            s.sendall(GOOD[100:])
            first = s.recv(100)
        if second.status != 200:
            break
    tally.equal(d.post(where, GOOD, JSON, Idempotency_Key="").status, 400, "an empty key")
    tally.check(second.status == 409 and int(second.headers["Retry-After"]) > 0, "a key that is at work", second.headers)
    tally.check(first.startswith(b"HTTP/1.1 200 "), "the first is answered", first)
    tally.equal(d.post(where, GOOD, JSON, Idempotency_Key=f"busy{i}").headers["Idempotency-Replayed"], "true", "and then the second")
    upstreams = "".join(f"  - {{name: u{i}, host: u{i}.example.com}}\n" for i in range(256))
    body = ("apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: wide, namespace: shop}\n"
            f"spec:\n  upstreams:\n{upstreams}").encode()
    tally.equal(put(d, body, path("wide")).status, 201, "a manifest of 256 upstreams")
    where = path("wide", rest=f"/dumps?proxy={chr(34) * 900}")
    near = dump(*(shapes.cluster(name=f"outbound|{port}||u{i}.wide.shop.callout.internal") for i in range(256)
                  for port in (80, 8080, 47081)))
    first = d.post(where, near, JSON, Idempotency_Key="wide")
    tally.check(first.status == 200 and len(first.body) > 1 << 20, "an answer of more than 1 MiB",
                f"{first.status} {len(first.body)} {first.body[:300]}")
    again = d.post(where, near, JSON, Idempotency_Key="wide")
    tally.equal((again.status, len(again.body)), (200, len(first.body)), "the same key again")


def check_metrics(tally, d):
    """When a verdict was last good, and OpenMetrics 1.0: a counter is named without _total, and no two families have one name."""
    last = "callout_verify_last_success_timestamp_seconds"
    put(d, manifest("seen"), path("seen"))
    d.post(path("seen", rest="/dumps"), dump(), JSON)
    tally.check(last not in d.get("/metrics").body.decode(), "no success yet")
    before = time.time()
    d.post(path("seen", rest="/dumps"), dump(shapes.cluster(name="outbound|47080||auth.seen.shop.callout.internal")), JSON)
    told = re.search(rf"^{last} (\S+)$", d.get("/metrics").body.decode(), re.M)
    tally.check(told and before - 1 <= float(told[1]) <= time.time() + 1, "when a verdict was last good", told)
    text = d.get("/metrics", Accept="application/openmetrics-text").body.decode()
    families = re.findall(r"^# TYPE (\S+) \S+$", text, re.M)
    tally.equal(sorted(families), sorted(set(families)), "names of families")
    taken = {f + suffix for f in families for suffix in ("_total", "_created", "_bucket", "_count", "_sum", "_info")}
    tally.equal(sorted(taken & set(families)), [], "no family is named as a sample of another")


def check_strangers(tally, temp):
    """Who shows no credentials has not guessed any: he does not slow down those who have."""
    tokens = temp / "strangers.yaml"
    token = add(tokens, "reader", "read")
    with Daemon("--tokens", str(tokens)) as d:
        tally.equal({d.get("/v1/hosts").status for _ in range(50)}, {401}, "fifty requests without a token")
        tally.equal(d.get("/v1/hosts", **bearer(token)).status, 200, "and one with it")


def check_probe_tells_little(tally, temp):
    """Probes answer without credentials, and then without detail."""
    tokens, root = temp / "probing.yaml", temp / "followed"
    token, bank = add(tokens, "reader", "read"), add(tokens, "of-one-team", "read", "--namespace", "bank")
    root.mkdir()
    (root / "a.yaml").write_bytes(manifest("a"))

    def verbose(d, **headers):
        return d.get("/readyz?verbose", **headers).body.decode()

    for more, strangers, friends in ((("--tokens", str(tokens)),
                                      ({}, bearer("callout_x_y"), bearer(bank),
                                       {"Host": "evil.example", **bearer(token)}), (bearer(token),)),
                                     ((), ({"Host": "evil.example"}, {"Origin": "https://evil.example"}),
                                      ({}, {"Host": "localhost"}))):
        (root / "b.yaml").unlink(missing_ok=True)
        with Daemon("--manifests", str(root), *more) as d:
            for headers in strangers:
                tally.check("[+]manifests\n" in verbose(d, **headers), f"all is well, for a stranger {list(headers)}",
                            verbose(d, **headers))
            (root / "b.yaml").write_text("secret-of-the-shop: [")
            harness.eventually(lambda: "[-]manifests" in verbose(d))
            for headers in strangers:
                text = verbose(d, **headers)
                tally.check("[-]manifests: reason withheld" in text and "followed" not in text
                            and "landlock" not in text, f"what is wrong, for a stranger {list(headers)}", text)
            for headers in friends:
                text = verbose(d, **headers)
                tally.check(f"{root}/b.yaml" in text and "landlock" in text, f"and for who may know {list(headers)}", text)
            tally.equal((d.get("/readyz").status, d.get("/livez", Host="evil.example").status), (200, 200), "probes answer everyone")
            tally.equal(d.stop(), 0, "the daemon ends well")


def event_line(response):
    """A line of events, but for the comments that show now and then that somebody is still there, and the empty line behind each."""
    while (line := response.readline()).startswith(b":"):
        response.readline()
    return line


def check_taken_away(tally, temp):
    """A watch does not outlive the credentials that it was let in by; others go on."""
    tokens = temp / "taken.yaml"
    boss, gone, stays = (add(tokens, n, s) for n, s in (("boss", "admin"), ("gone", "read"), ("stays", "read")))
    entries = tokens.read_text()
    with Daemon("--tokens", str(tokens)) as d:
        watches = []
        for token in (gone, stays):
            connection = d.connect()
            connection.request("GET", "/v1/manifests?watch=true", headers=bearer(token))
            watches.append((connection, connection.getresponse()))
            tally.equal([event_line(watches[-1][1])[:5] for _ in range(4)][1], b"event", "a watch")
        tokens.write_text(re.sub(r"- name: \"?gone\"?\n(  .*\n)+", "", entries))
        tally.check("gone" not in tokens.read_text() and "stays" in tokens.read_text(), "a token less")
        d.signal(signal.SIGHUP)
        d.wait_for("reloaded")
        tally.equal(watches[0][1].read(), b"", "the watch of a token that was taken away ends")
        put(d, manifest("later"), path("later"), **bearer(boss))
        lines = [event_line(watches[1][1]) for _ in range(3)]
        tally.check(b"later" in lines[2], "the other goes on", lines)
        for connection, _ in watches:
            connection.close()
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_stays_guarded(tally, temp):
    """Beyond loopback a reload cannot take away what the daemon would not have started without."""
    cert, key = Authority(temp, "guard").issue("guarded", "DNS:localhost, IP:127.0.0.1")
    tokens, settings = temp / "guarded.yaml", temp / "serve.yaml"
    add(tokens, "reader", "read")
    tls = f"tlsCert: {cert}\ntlsKey: {key}\n"
    settings.write_text(f"{tls}tokens: {tokens}\n")
    context = ssl.create_default_context(cafile=str(temp / "guard.pem"))
    with Daemon("--config", str(settings), listen="0.0.0.0:0", tls=context) as d:
        for text, told in ((tls, "reload refused; what was in force stays"),
                           (f"tokens: {tokens}\n", "reload refused; what was in force stays"),
                           (f"{tls}tokens: {tokens}\naccessLog: true\n", "reloaded"),
                           (f"{tls}insecure: true\n", "reloaded")):
            settings.write_text(text)
            d.signal(signal.SIGHUP)
            d.wait_for(told)
            tally.equal(d.get("/v1/hosts").status, 200 if "insecure" in text else 401, f"after a reload of {text!r}: {told}")
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_secures_nothing(tally, temp):
    """A socket that speaks plain HTTP goes on to, whatever a reload says: so one that asks for TLS is refused, and said so."""
    cert, key = Authority(temp, "late").issue("latecomer", "DNS:localhost, IP:127.0.0.1")
    tokens, settings = temp / "late.yaml", temp / "late-serve.yaml"
    add(tokens, "reader", "read")
    settings.write_text("insecure: true\n")
    with Daemon("--config", str(settings), listen="0.0.0.0:0") as d:
        settings.write_text(f"tlsCert: {cert}\ntlsKey: {key}\ntokens: {tokens}\n")
        d.signal(signal.SIGHUP)
        d.wait_for("TLS needs a new start: the socket speaks plain HTTP")
        d.wait_for("reload refused; what was in force stays")
        tally.equal(d.get("/v1/hosts").status, 200, "what was in force stays")
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_checking(tally, temp):
    """--check-config finds what starting would."""
    def check(*args, **env):
        return start("--check-config", *args, env=env)

    (pathlib.Path(temp) / "to-nowhere").symlink_to("nowhere")
    for args, status, code in ((("--listen", "0.0.0.0:0"), 3, b"CO0703"), (("--listen", "[::]:0"), 3, b"CO0703"),
                               (("--listen", ":0"), 3, b"CO0703"), (("--listen", "nonsense"), 3, b"CO0209"),
                               (("--listen", "127.0.0.1:70000"), 3, b"CO0209"), (("--data", "/dev/null"), 4, b"CO0751"),
                               (("--data", "/dev/null/x"), 4, b"CO0751"),
                               (("--data", f"{temp}/not/there"), 4, b"CO0751"),
                               (("--data", f"{temp}/to-nowhere"), 4, b"CO0751")):
        result = check(*args)
        tally.check((result.returncode, result.stdout) == (status, b"") and code in result.stderr, f"--check-config {args}", result.stderr)
    for args in (("--listen", "0.0.0.0:0", "--insecure"), ("--listen", "127.0.0.1:0"), ("--listen", "[::1]:0"), ("--listen", "127.3.2.1:0"),
                 ("--data", temp), ("--data", f"{temp}/will-be"), ("--data", f"{temp}/will-be/"), ("--data", "will-be")):
        tally.equal(check(*args).returncode, 0, f"--check-config {args}")
    tally.check(not (pathlib.Path(temp) / "will-be").exists(), "which makes nothing")
    with Daemon("--data", f"{temp}/taken"):
        tally.equal(check("--data", f"{temp}/taken").returncode, 0, "--check-config beside the daemon")
    tally.equal(check(STATE_DIRECTORY="/dev/null").returncode, 4, "--check-config of systemd's directory")
    tally.equal(check(CALLOUT_SERVE_LISTEN="0.0.0.0:0").returncode, 3, "--check-config of the environment")
    tally.equal(check("--listen", "127.0.0.1:0", CALLOUT_SERVE_LISTEN="0.0.0.0:0").returncode, 0, "an option wins over it")


def run(tally):
    with Daemon() as d:
        for check in (check_lists_of_headers, check_queries, check_encodings, check_accept, check_conditions,
                      check_namespaces, check_forms, check_idempotency, check_metrics):
            check(tally, d)
        tally.equal(d.stop(), 0, "the daemon ends well")
    check_inflated(tally)
    with tempfile.TemporaryDirectory() as temp:
        for check in (check_traces, check_strangers, check_probe_tells_little, check_taken_away, check_stays_guarded, check_secures_nothing,
                      check_checking):
            check(tally, pathlib.Path(temp))
