"""Modules and dumps over HTTP: inspect, verify, dumps handed in for stored manifests, and their status."""

import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import yaml
from daemon import Daemon, harness, read_all, statuses
from stored import manifest, path, put

sys.path[:0] = [str(harness.TESTS / "dumps"), str(harness.TESTS / "wasm")]
import shapes  # noqa: E402
from boxes import BOXES  # noqa: E402


def dump(*active, pod="web-7d9c"):
    return json.dumps({"configs": [shapes.section("Bootstrap", bootstrap={"node": shapes.node(pod=pod)}),
                                   shapes.clusters_section(*active)]}).encode()


GOOD, BAD = dump(shapes.cluster()), dump()
MODULE = harness.TESTS / "golden" / "wasm-binary" / "auth.wasm"


def form(*parts, boundary="b0undary"):
    """multipart/form-data of (name, filename, bytes)."""
    out = b""
    for name, filename, body in parts:
        file = f'; filename="{filename}"' if filename else ""
        out += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'
                'Content-Type: application/octet-stream\r\n\r\n').encode() + body + b"\r\n"
    return out + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def verify(d, *parts, query="", **headers):
    body, kind = form(*parts)
    return d.post("/v1/verify" + query, body, kind, **headers)


def report_of(args, stdin=b"", **files):
    """The report of the command line on files of these contents."""
    with tempfile.TemporaryDirectory() as temp:
        for name, content in files.items():
            (pathlib.Path(temp) / name).write_bytes(content)
        harness.run([*args, "--report", "json=report"], cwd=temp, stdin=stdin)
        return (pathlib.Path(temp) / "report").read_bytes()


def check_verify(tally, d):
    m = ("manifest", "m.yaml", manifest())
    answer = verify(d, m, ("dump", "dump.json", GOOD))
    tally.equal((answer.status, [v["verdict"] for v in answer.json()["verdicts"]]), (200, ["resolved"]), "a good dump")
    tally.equal(answer.json()["verdicts"][0]["proxy"], "dump", "the file's name names the proxy")
    answer = verify(d, m, ("dump", "", GOOD))
    tally.equal(answer.json()["verdicts"][0]["proxy"], "web-7d9c.shop", "without one the node does")
    tally.equal(answer.body, report_of(["verify", "-f", "m.yaml", "-"], stdin=GOOD, **{"m.yaml": manifest()}), "as on the command line")
    answer = verify(d, m, ("dump", "a", GOOD), ("dump", "b.json.gz", gzip.compress(BAD)))
    tally.equal({v["proxy"]: v["verdict"] for v in answer.json()["verdicts"]}, {"a": "resolved", "b": "missing"}, "two dumps, one in gzip")
    tally.check(b"missing" in verify(d, m, ("dump", "b", BAD), Accept="text/plain").body, "as a table")
    body, kind = form(m, ("dump", "a", GOOD))
    answer = d.post("/v1/verify", gzip.compress(body), kind, Content_Encoding="gzip")
    tally.equal((answer.status, answer.json()["verdicts"][0]["verdict"]), (200, "resolved"), "a form in gzip")
    for parts, status, what in (((("dump", "a", GOOD), m), 400, "the dump first"), ((m,), 400, "no dump"),
                                ((m, ("other", "a", GOOD)), 400, "another part"),
                                ((("manifest", "", b"a: ["), ("dump", "a", GOOD)), 422, "a bad manifest"),
                                ((m, ("dump", "a", b"[]")), 422, "an empty list"),
                                ((m, ("dump", "a", b"<html>")), 422, "no dump at all"),
                                ((m, ("dump", "a", GOOD[:-9])), 422, "a dump cut off")):
        answer = verify(d, *parts)
        tally.equal((answer.status, answer.headers["Content-Type"]), (status, "application/problem+json"), f"verify: {what}")
    nothing = verify(d, ("manifest", "m.yaml", b"# none\n"), ("dump", "", GOOD))
    tally.equal([f["code"] for f in nothing.json()["findings"]], ["CO0308"], "dumps beside no manifest are no good news")
    tally.equal(nothing.body, report_of(["verify", "-f", "m.yaml", "-"], stdin=GOOD, **{"m.yaml": b"# none\n"}), "as on the command line")
    as_json = json.dumps(yaml.safe_load(manifest())).encode()
    for text, kind_of_part, status in ((manifest(), "application/json", 422), (manifest(), "application/yaml", 200),
                                       (manifest(), "text/plain", 200), (as_json, "application/json", 200)):
        typed = form(("manifest", "m", text), ("dump", "a", GOOD))[0].replace(b"application/octet-stream", kind_of_part.encode(), 1)
        answer = d.post("/v1/verify", typed, kind)
        tally.equal((answer.status, [f["code"] for f in answer.json()["findings"] if f["level"] == "error"]),
                    (status, [] if status == 200 else ["CO0111"]), f"a manifest whose part is {kind_of_part}: {text[:12]}")
    check_encoded(tally, d)
    for cut in (10, 100, len(body) // 2, len(body) - 30):
        tally.equal(d.post("/v1/verify", body[:cut], kind).status in (400, 422), True, f"a form cut at {cut}")
    check_packed(tally, d, body, kind)
    for quoted in ('multipart/form-data; boundary="{}"', 'multipart/form-data; x="; boundary=y"; Boundary={}',
                   'multipart/form-data; x="\\"; boundary=y"; boundary="{}"'):
        quoted = quoted.format(kind.split("boundary=")[1])
        tally.equal(d.post("/v1/verify", body, quoted).status, 200, quoted)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 90):
        tally.equal(d.post("/v1/verify", body, kind).status, 400, kind[:50])
    tally.equal(d.post("/v1/verify", body, "application/json").status, 415, "not a form")
    for size in (1, 17, 65535, 65536, 65537, 300000):
        padded = GOOD[:-1] + b" " * size + GOOD[-1:]
        tally.equal(verify(d, m, ("dump", "a", padded)).json()["verdicts"][0]["verdict"], "resolved", f"{size} bytes more")
    tricky = GOOD[:-1] + b"\r\n--b0undar\r\n-\r\n--b0undar " + GOOD[-1:]
    tally.equal(verify(d, m, ("dump", "a", tricky)).status, 422, "something like the delimiter inside belongs to the dump")


def check_encoded(tally, d):
    """RFC 7578 4.7: a part comes as it is. quoted-printable would be taken for the text that it stands for, with other values."""
    header = b"Content-Type: application/octet-stream\r\n"
    for at, part in enumerate(("manifest", "dump")):
        for encoding, status in (("base64", 400), ("Quoted-Printable", 400), ("x-own", 400), ("7bit", 200), (" BINARY ", 200),
                                 ("8Bit", 200)):
            body, kind = form(("manifest", "m", manifest()), ("dump", "a", GOOD))
            pieces = body.split(header)
            pieces[at] += f"content-transfer-encoding: {encoding}\r\n".encode()
            answer = d.post("/v1/verify", header.join(pieces), kind)
            tally.equal(answer.status, status, f"the {part} as {encoding}")
            tally.equal(b"Content-Transfer-Encoding" in answer.body, status == 400, f"the {part} as {encoding}: says so")


def check_packed(tally, d, body, kind):
    """The whole stream counts, and its checksum, although the last part ends before it."""
    def post(data, encoding="gzip"):
        answer = d.post("/v1/verify", data, kind, Content_Encoding=encoding)
        return answer.status, None if answer.status == 200 else answer.json()["detail"]

    packed, bad = gzip.compress(body), (400, "the gzip stream is damaged or cut off")
    wrong = packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]
    long = gzip.compress(body + b"\r\nbehind the last part" * 20000)
    for data, what in ((packed[:200], "cut off"), (packed[:-1], "a byte too few"), (packed[:-8], "no checksum"),
                       (wrong, "a wrong checksum"), (packed + b"junk", "followed by junk"), (b"no gzip", "none"),
                       (b"", "nothing"), (long[:-9], "cut off far behind the last part"),
                       (packed + packed[:-3], "cut off in the second member")):
        tally.equal(post(data), bad, f"gzip: {what}")
    for data, what in ((packed, "whole"), (long, "bytes behind the last part"),
                       (gzip.compress(body[:100]) + gzip.compress(b"") + gzip.compress(body[100:]), "three members"),
                       (b"".join(gzip.compress(body[i:i + 1]) for i in range(len(body))), "a member for each byte")):
        tally.equal(post(data), (200, None), f"gzip: {what}")
    tally.equal(post(packed, "X-GZIP"), (200, None), "by its older name")
    tally.equal(post(packed, "br")[0], 415, "another encoding")


def check_inspect(tally, d):
    module = MODULE.read_bytes()
    for query, args in (("", []), ("?istioVersion=1.27", ["--istio-version", "1.27"]), ("?allVersions=true", ["--all-versions"]),
                        ("?sha256=true", ["--sha256"]), ("?envoyVersion=1.35", ["--envoy-version", "1.35"])):
        answer = d.post("/v1/inspect" + query + ("&" if query else "?") + "source=auth.wasm", module, "application/wasm")
        want = report_of(["inspect", "auth.wasm", *args], **{"auth.wasm": module})
        tally.equal(answer.status, 200, f"inspect{query}")
        tally.equal(answer.body, want, f"inspect{query}: as on the command line")
    for title, (data, _) in BOXES.items():
        kind = "application/gzip" if title.startswith("gzip") else "application/octet-stream"
        answer = d.post("/v1/inspect?sha256=true&source=auth.wasm", data, kind)
        want = report_of(["inspect", "auth.wasm", "--sha256"], **{"auth.wasm": data})
        tally.equal((answer.status, answer.body), (200, want), f"inspect: {title}")
    tally.check(b"auth.wasm" in d.post("/v1/inspect?source=auth.wasm", module, "application/octet-stream",
                                       Accept="text/plain").body, "as text")
    for body in (b"", b"\0asm", b"<html>", os.urandom(3000), module[:100]):
        answer = d.post("/v1/inspect", body, "application/wasm")
        tally.equal((answer.status, answer.json()["modules"][0]["loads"]), (200, False), f"no module: {body[:6]!r}")
    tally.equal(d.post("/v1/inspect?istioVersion=1.27&allVersions=true", module, "application/wasm").status, 400, "two questions")
    tally.equal(d.post("/v1/inspect?istioVersion=x", module, "application/wasm").status, 400, "no version")
    tally.equal(d.post("/v1/inspect", module, "application/yaml").status, 415, "not a module")


def check_status(tally, d):
    tally.equal(d.post(path(rest="/dumps"), GOOD, "application/json").status, 404, "a dump for nobody")
    put(d, manifest())
    status = d.get(path(rest="/status")).json()
    tally.equal((status["kind"], status["items"], status["summary"]["proxies"]), ("Status", [], 0), "no dumps yet")
    answer = d.post(path(rest="/dumps"), GOOD, "application/json")
    tally.equal((answer.status, answer.json()["verdicts"][0]["verdict"]), (200, "resolved"), "a dump")
    told = d.told("verdicts kept")
    tally.equal([told[k] for k in ("who", "peer", "namespace", "name", "proxies", "id")],
                ["anonymous", "127.0.0.1", "shop", "auth-check", "1", answer.headers["X-Request-Id"]], "the log tells who handed it in")
    d.post(path(rest="/dumps?source=b.json"), gzip.compress(dump(pod="web-2")), "application/gzip")
    taken = d.get("/openapi.json").json()["paths"]["/v1/namespaces/{namespace}/manifests/{name}/dumps"]["post"]["requestBody"]["content"]
    for kind in [*taken, "application/x-gzip"]:
        tally.equal(d.post(path(rest="/dumps?proxy=web-7d9c.shop"), GOOD, kind).status, 200, f"a dump as {kind}")
    tally.check("application/gzip" in taken, "packed dumps are in the OpenAPI document", taken)
    status = d.get(path(rest="/status")).json()
    tally.equal([(s["proxy"], s["verdict"], s["good"], s["source"]) for s in status["items"]],
                [("web-2.shop", "missing", False, "b.json"), ("web-7d9c.shop", "resolved", True, "<stdin>")], "status")
    tally.equal({k: status["summary"][k] for k in ("proxies", "good", "bad")}, {"proxies": 2, "good": 1, "bad": 1}, "its sum")
    tally.equal(status["items"][1]["report"]["verdicts"][0]["cluster"], shapes.NAME, "the verdicts themselves")
    named = json.dumps([shapes.builtin(), shapes.cluster()]).encode()
    d.post(path(rest="/dumps?proxy=named.shop"), named, "application/json")
    tally.check("named.shop" in [s["proxy"] for s in d.get(path(rest="/status")).json()["items"]], "?proxy names the proxy")
    before = len(d.get(path(rest="/status")).json()["items"])
    for body in (b"[]", b"<html>", GOOD[:50]):
        tally.equal(d.post(path(rest="/dumps"), body, "application/json").status, 422, f"no dump: {body[:8]}")
    tally.equal(len(d.get(path(rest="/status")).json()["items"]), before, "which keep nothing")
    first = d.post(path(rest="/dumps?proxy=once.shop"), named, "application/json", Idempotency_Key="k1")
    again = d.post(path(rest="/dumps?proxy=once.shop"), named, "application/json", Idempotency_Key="k1")
    tally.equal((again.status, again.body, again.headers["Idempotency-Replayed"]), (200, first.body, "true"), "the same Idempotency-Key")
    tally.equal(d.post(path(rest="/dumps?proxy=other.shop"), named, "application/json", Idempotency_Key="k1").status,
                422, "with another request")
    other = named.replace(b"web-7d9c", b"web-7d9d") if b"web-7d9c" in named else named.replace(b" ", b"\t", 1)
    tally.check(len(other) == len(named) and other != named, "another body of the same length")
    tally.equal(d.post(path(rest="/dumps?proxy=once.shop"), other, "application/json", Idempotency_Key="k1").status,
                422, "the same Idempotency-Key with another body")
    tally.equal(d.post(path(rest="/dumps?proxy=once.shop"), named, "application/json", Idempotency_Key="k1").body,
                first.body, "and again with the first one")
    tally.equal(d.post(path(rest="/dumps?proxy=k2.shop"), b"[]", "application/json", Idempotency_Key="k2").status, 422, "a failed request")
    tally.equal(d.post(path(rest="/dumps?proxy=k2.shop"), named, "application/json", Idempotency_Key="k2").status, 200,
                "may be tried again")
    tally.equal(clusters_by_state(d), {"missing": 1, "resolved": 4}, "clusters by what was said of them")
    etag = d.get(path()).headers["ETag"]
    put(d, manifest(host="new.example.com"), If_Match=etag)
    tally.equal(clusters_by_state(d), {}, "outdated verdicts say nothing of clusters")
    tally.check(all(s["outdated"] for s in d.get(path(rest="/status")).json()["items"]), "verdicts on an older manifest are outdated")
    tally.check('callout_verify_proxies{state="outdated"}' in d.get("/metrics").body.decode(), "and counted")


def clusters_by_state(d):
    """callout_verify_clusters: each state is there, and those that count something are given back."""
    found = dict(re.findall(r'^callout_verify_clusters\{state="(\w+)"\} (\d+)$', d.get("/metrics").body.decode(), re.M))
    if set(found) != {"resolved", "missing", "uncallable", "insecure", "mismatched", "pending", "rejected", "unknown"}:
        return found
    return {state: int(n) for state, n in found.items() if n != "0"}


def big_dump(clusters):
    """A dump of many clusters, piece by piece."""
    yield b'{"configs":[{"@type":"type.googleapis.com/envoy.admin.v3.ClustersConfigDump","dynamic_active_clusters":['
    filler = json.dumps({"cluster": shapes.cluster(name="outbound|80||filler-%d.other.svc.cluster.local")})
    for i in range(0, clusters, 200):
        yield b"".join(filler.replace("%d", str(k)).encode() + b"," for k in range(i, i + 200))
    yield json.dumps({"cluster": shapes.cluster()}).encode() + b',{"cluster":' + json.dumps(shapes.builtin()).encode() + b"}]}]}"


def taken(ask):
    """An answer that is not 503: as many as may stream at once have just gone, and it says to come back."""
    answers = []
    harness.eventually(lambda: answers.append(ask()) or answers[-1].status != 503)
    return answers[-1]


def check_streaming(tally, d):
    """Dumps flow through: memory does not grow with them. Clients that go away in the middle hurt nobody."""
    put(d, manifest("big", "shop"), path("big", "shop"))
    d.post(path("big", rest="/dumps?proxy=a"), b"".join(big_dump(2000)), "application/json")
    before, size = d.memory_kib(), 0
    connection = d.connect()
    pieces = list(big_dump(40000))
    size = sum(map(len, pieces))
    connection.request("POST", "/v1/namespaces/shop/manifests/big/dumps?proxy=a", iter(pieces),
                       {"Content-Type": "application/json"}, encode_chunked=True)
    response = connection.getresponse()
    verdict = json.loads(response.read().replace(shapes.NAME.encode(), b"X"))["verdicts"]
    tally.equal((response.status, len(verdict)), (200, 1), f"a dump of {size >> 20} MiB")
    grown = d.memory_kib() - before
    print(f"    a dump of {size >> 20} MiB: memory grew by {grown} KiB")
    if not harness.is_wrapped() and "asan" not in harness.program() and "tsan" not in harness.program():
        tally.check(grown < 16 * 1024, f"memory grew by {grown} KiB")

    def abandon(after):
        with d.socket() as s:
            s.sendall(b"POST /v1/namespaces/shop/manifests/big/dumps HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      b"Content-Length: 99999999\r\n\r\n" + b"".join(pieces[:after])[:after * 1000])

    threads = [threading.Thread(target=abandon, args=(k,)) for k in (0, 1, 5, 20) * 8]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    answer = taken(lambda: d.post(path("big", rest="/dumps?proxy=b"), b"".join(big_dump(200)), "application/json"))
    tally.equal(answer.status, 200, "after clients that went away")
    with d.socket() as s:
        s.sendall(b"POST /v1/inspect HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/wasm\r\n"
                  b"Content-Length: 3000000\r\n\r\n" + b"\0" * 3000000)
        tally.equal(statuses(read_all(s)), [200], "an answer after a body that was not needed to its end")


def check_console(tally, d):
    page = d.get("/")
    policy = page.headers["Content-Security-Policy"]
    tally.equal((page.status, page.headers["Content-Type"]), (200, "text/html; charset=utf-8"), "the console")
    tally.check("default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, "its policy", policy)
    import base64
    import hashlib
    for tag in ("script", "style"):
        text = page.body.split(f"<{tag}>".encode())[1].split(f"</{tag}>".encode())[0]
        tally.check(f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" in policy,
                    f"the policy allows its {tag}", policy)
    tally.check(b"http://" not in page.body and b"https://" not in page.body and b"innerHTML" not in page.body,
                "nothing from elsewhere, no markup made")
    tally.equal(d.get("/", Host="evil.example").status, 421, "the console by another name")
    if shutil.which("node"):
        played = subprocess.run(["node", str(pathlib.Path(__file__).parent / "console.js")], input=page.body, capture_output=True, check=False)
        tally.equal((played.returncode, played.stderr), (0, b""), "answers that come late")


def check_chunked_limits(tally, d, limit):
    """To the byte, also where no length tells of it beforehand."""
    def sized(first, last, n):
        return first + b" " * (n - len(first) - len(last)) + last

    def module(n):
        size = n - 12  # of a section of this module's own, its length in three bytes
        return b"\0asm\1\0\0\0\0" + bytes([size & 0x7f | 0x80, size >> 7 & 0x7f | 0x80, size >> 14]) + b"\1a" + bytes(size - 2)

    def a_form(n):
        empty = form(("manifest", "m", manifest()), ("dump", "d", GOOD))[0]
        return form(("manifest", "m", manifest()), ("dump", "d", sized(GOOD[:-1], GOOD[-1:], len(GOOD) + n - len(empty))))[0]

    for where, kind, made in ((path(rest="/dumps"), "application/json", lambda n: sized(GOOD[:-1], GOOD[-1:], n)),
                              ("/v1/inspect", "application/wasm", module), ("/v1/verify", form()[1], a_form)):
        for n, status in ((limit - 1, 200), (limit, 200), (limit + 1, 413), (limit + 5000, 413)):
            body = made(n)
            tally.equal(len(body), n, f"a body for {where}")
            tally.equal(d.post(where, body, kind).status, status, f"{where}: {n} bytes of {limit}")
            for pieces in ([body], [body[:limit - 10], body[limit - 10:]], [body[i:i + 999] for i in range(0, n, 999)]):
                connection = d.connect()
                connection.request("POST", where, iter(pieces), {"Content-Type": kind}, encode_chunked=True)
                tally.equal(connection.getresponse().status, status, f"{where}: {n} bytes of {limit} in {len(pieces)} chunks")
                connection.close()


def run(tally):
    with tempfile.TemporaryDirectory() as temp:
        with Daemon("--data", temp) as d:
            for check in (check_verify, check_inspect, check_status, check_streaming, check_console):
                check(tally, d)
            tally.equal([e for e in d.log if e.get("level") == "error" and e.get("status") != "503" or "level" not in e],
                        [], "no error is logged")
            tally.equal(d.stop(), 0, "the daemon ends well")
        with Daemon("--data", temp + "/2", "--max-dump-bytes", "100000", "--max-module-bytes", "100000") as d:
            put(d, manifest())
            big = b"[" + b" " * 200000
            tally.equal(d.post(path(rest="/dumps"), big, "application/json").status, 413, "a dump over the limit")
            tally.equal(d.post("/v1/inspect", big, "application/wasm").status, 413, "a module over the limit")
            check_chunked_limits(tally, d, 100000)
            body, kind = form(("manifest", "m", manifest()), ("dump", "d", big))
            tally.equal(d.post("/v1/verify", body, kind).status, 413, "a form over the limit")
            tally.equal(d.post("/v1/verify", gzip.compress(body), kind, Content_Encoding="gzip").status, 413, "inflated over the limit")
            tally.equal(d.stop(), 0, "the daemon ends well")
