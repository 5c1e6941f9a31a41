"""What HTTP itself promises: methods, media types, problems, headers, origins, the probes."""

import json

from daemon import MANIFEST, Daemon

BAD = MANIFEST.replace(b"upstreams", b"upstream", 1)


def check_methods(tally, d):
    for path, allow in (("/livez", "GET, HEAD, OPTIONS"), ("/v1/generate", "POST, OPTIONS"), ("/openapi.json", "GET, HEAD, OPTIONS")):
        answer = d.request("DELETE", path)
        tally.equal((answer.status, answer.headers["Allow"]), (405, allow), f"DELETE {path}")
        answer = d.request("OPTIONS", path)
        tally.equal((answer.status, answer.headers["Allow"], answer.body), (204, allow, b""), f"OPTIONS {path}")
    for method, path, detail in (("GET", "/v1/manifests", "takes no body"), ("DELETE", "/v1/namespaces/a/manifests/b", "takes no body"),
                                 ("POST", "/v1/namespaces/a/manifests/b/purge", "takes no body"), ("POST", "/v1/backup", "takes no body")):
        answer = d.request(method, path, b"{}", {"Content-Type": "application/json"})
        tally.check(answer.status == 413 and detail in answer.json()["detail"], f"{method} {path} with a body", answer.body)
    tally.equal(d.get("/nothing").status, 404, "an unknown path")
    tally.equal(d.get("/v1/generate/more").status, 404, "an unknown path below a known one")
    tally.equal(d.request("BREW", "/livez").status, 501, "an unknown method")
    for path in ("/livez", "/readyz", "/metrics", "/openapi.json"):
        head, get = d.request("HEAD", path), d.get(path)
        tally.equal((head.status, head.body, head.headers["Content-Type"]), (200, b"", get.headers["Content-Type"]), f"HEAD {path}")


def check_media(tally, d):
    post = d.post
    for accept, media in ((None, "application/yaml"), ("*/*", "application/yaml"), ("application/json", "application/json"),
                          ("application/yaml", "application/yaml"), ("text/yaml", "application/yaml"),
                          ("application/json;q=0.5, application/yaml;q=0.4", "application/json"),
                          ("application/*", "application/yaml"), ("text/html, */*;q=0.1", "application/yaml"),
                          ("application/yaml;q=0, */*", "application/json")):
        answer = post("/v1/generate", MANIFEST, **({"Accept": accept} if accept else {}))
        tally.equal((answer.status, answer.headers["Content-Type"]), (200, media), f"Accept: {accept}")
    for accept in ("text/html", "image/png, text/css", "application/json;q=0"):
        tally.equal(post("/v1/generate", MANIFEST, Accept=accept).status, 406, f"Accept: {accept}")
        for path in ("/v1/generate?output=json", "/v1/clusters?output=json"):
            answer = post(path, MANIFEST, Accept=accept)
            tally.equal((answer.status, answer.headers["Content-Type"]), (200, "application/json"), f"{path} wins over Accept: {accept}")
    for sent, status in (("application/yaml", 200), ("application/json", 422), ("text/yaml; charset=utf-8", 200),
                         ("application/x-yaml", 200), ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("", 415)):
        tally.equal(post("/v1/generate", MANIFEST, sent).status, status, f"Content-Type: {sent}")
    tally.equal(d.request("POST", "/v1/generate", MANIFEST).status, 415, "no Content-Type")
    refused = post("/v1/generate", MANIFEST, Content_Encoding="gzip")
    tally.equal((refused.status, refused.headers["Accept-Encoding"]), (415, "identity"), "Content-Encoding: gzip of a manifest")
    refused = d.post("/v1/verify", MANIFEST, "application/json")
    tally.equal((refused.status, refused.headers["Accept"]), (415, "multipart/form-data"), "a 415 says what is taken")
    tally.equal(d.post("/v1/generate", MANIFEST, "text/plain").headers["Accept"], "application/yaml, application/json",
                "and so does this one")
    tally.equal(post("/v1/clusters", MANIFEST, Accept="text/plain").headers["Content-Type"], "text/plain; charset=utf-8", "a table")
    for path in ("generate", "check", "clusters"):
        for accept in ("application/json", "*/*", "image/png"):
            tally.equal(post(f"/v1/{path}", MANIFEST, Accept=accept).headers["Vary"], "Accept",
                        f"{path}, Accept: {accept}: what the answer depends on")
    tally.equal((d.get("/openapi.json").headers["Vary"], d.get("/metrics").headers["Vary"],
                 d.get("/v1/manifests").headers["Vary"]), (None, "Accept", "Accept"), "Vary where there is a choice")
    listed = post("/v1/clusters", MANIFEST).json()
    tally.equal((listed["kind"], listed["clusters"][0]["name"]),
                ("ClusterList", "outbound|47080||auth.auth-check.shop.callout.internal"), "clusters")
    tally.check(b"DispatchHttpCall" in post("/v1/clusters?output=snippet", MANIFEST).body, "snippets")
    objects = post("/v1/generate?output=json", MANIFEST).json()
    tally.equal([o["kind"] for o in objects["items"]], ["ServiceEntry", "DestinationRule"], "a List")
    tally.check(post("/v1/check", BAD, Accept="text/plain").body.startswith(b"<stdin>:"), "findings as text")


def check_flags(tally, d):
    """Each says true or false, and by itself true."""
    module = b"\0asm\1\0\0\0"
    for query, asked in (("", False), ("?sha256=false", False), ("?sha256", True), ("?sha256=true", True)):
        answer = d.post("/v1/inspect" + query, module, "application/wasm")
        tally.equal((answer.status, b'"sha256"' in answer.body), (200, asked), f"inspect{query}")
    for query, asked in (("?allVersions=false", False), ("?allVersions", True), ("?allVersions=true", True),
                         ("?allVersions=false&istioVersion=1.27", False)):
        answer = d.post("/v1/inspect" + query, module, "application/wasm")
        tally.equal((answer.status, b'"versions"' in answer.body), (200, asked), f"inspect{query}")
    for path in ("/v1/inspect?sha256=1", "/v1/inspect?allVersions=", "/v1/inspect?allVersions=yes"):
        tally.equal(d.post(path, module, "application/wasm").status, 400, path)
    tally.equal(d.get("/v1/manifests?watch=false").headers["Content-Type"], "application/json", "watch=false")
    tally.equal(d.get("/v1/manifests?watch=1").status, 400, "watch=1")


def check_blanks(tally, d):
    """RFC 9110 5.5: blanks around a value are none of it."""
    for name, value, status in (("Content-Type", "application/yaml", 200), ("Host", "localhost", 200),
                                ("Origin", "https://console.example", 200), ("Content-Encoding", "identity", 200)):
        for left, right in (("", " "), ("\t", "\t "), (" \t ", "  ")):
            headers = {"Host": "localhost", "Content-Type": "application/yaml", "Content-Length": str(len(MANIFEST)),
                       "Connection": "close", name: left + value + right}
            head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
            answer = d.raw(f"POST /v1/generate HTTP/1.1\r\n{head}\r\n".encode() + MANIFEST)
            tally.equal(answer.split(b" ")[1], str(status).encode(), f"{name}: {left + value + right!r}")
    answer = d.raw(b"GET /v1/manifests HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: abc \t\r\nConnection: close\r\n\r\n")
    tally.check(b"X-Request-Id: abc\r\n" in answer, "an id without its blanks", answer[:300])


def check_problems(tally, d):
    answer = d.post("/v1/generate", BAD)
    problem = answer.json()
    tally.equal((answer.status, answer.headers["Content-Type"], problem["status"]),
                (422, "application/problem+json", 422), "a refused manifest")
    tally.equal([f["code"] for f in problem["findings"]], ["CO0201"], "its findings")
    tally.equal(problem["findings"][0]["help"], "did you mean `upstreams`?", "its help")
    tally.equal(problem["requestId"], answer.headers["X-Request-Id"], "its request id")
    tally.equal(d.post("/v1/clusters", BAD).status, 422, "clusters of a refused manifest")
    report = d.post("/v1/check", BAD)
    tally.equal((report.status, report.json()["kind"], report.json()["summary"]["errors"]), (200, "Report", 1),
                "check of a refused manifest")
    for path in ("/v1/generate?unknown=1", "/v1/generate?output=xml", "/v1/generate?output=yaml&output=yaml", "/v1/generate?namespace=A_B",
                 "/v1/generate?source=%ff"):
        answer = d.post(path, MANIFEST)
        tally.equal((answer.status, answer.headers["Content-Type"]), (400, "application/problem+json"), path)
    mesh = b"apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: own}\n"
    tally.equal([f["code"] for f in d.post("/v1/generate", mesh).json()["findings"]], ["CO0272"], "a Mesh of one's own")
    for field in (b"wasm: {url: 'oci://a.example/b', binary: ./a.wasm}", b"lua: {file: ./a.lua}"):
        body = MANIFEST.replace(b"spec:\n", b"spec:\n  filter:\n    " + field + b"\n")
        tally.equal([f["code"] for f in d.post("/v1/check", body).json()["findings"] if f["level"] == "error"],
                    ["CO0247"], f"{field} over HTTP")
    empty = d.post("/v1/generate", b"")
    tally.equal((empty.status, empty.body), (200, b""), "an empty body")
    tally.check("CO0308" in (empty.headers["Warning"] or ""), "with a warning", empty.headers)
    for body in (b"", b"# none\n"):
        none = d.post("/v1/clusters", body)
        tally.equal((none.status, none.json()["clusters"]), (200, []), "no clusters of nothing")
        tally.check("CO0308: nothing to list" in (none.headers["Warning"] or ""), "with a warning, too", none.headers)
    for n in (1, 16, 17, 200):
        upstreams = "".join(f"  - {{name: u{i}, host: h{i}.example, isolated: false, tls: {{}}}}\n" for i in range(n))
        public = f"apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {{name: a}}\nspec:\n  upstreams:\n{upstreams}"
        said = d.post("/v1/generate", public.encode()).headers.get_all("Warning")
        tally.equal([w.split('"')[1][:6] for w in said], ["CO0257"] * min(n, 16) + ["CO0106"] * (n > 16), f"{n} warnings")
        tally.equal(f"{n - 16} more" in said[-1], n > 16, f"{n} warnings: it is said how many there are")


def check_header_limits(tally):
    """All headers up to the limit are taken, and nothing far beyond it."""
    for limit, args in ((32768, ()), (8192, ("--max-header-bytes", "8192"))):
        with Daemon(*args) as d:
            for size, expected in ((limit // 2, 200), (limit - 600, 200), (limit + 4096, 431), (4 * limit, 431)):
                for number in (1, 10, 40):
                    head = b"".join(b"X-Filler-%d: %s\r\n" % (i, b"a" * (size // number - 15)) for i in range(number))
                    got = d.raw(b"GET /v1/manifests HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + head + b"\r\n")
                    tally.check(got.startswith(b"HTTP/1.1 %d " % expected),
                                f"{number} headers, {size} bytes of {limit}: {expected}", got[:60])


def check_limits(tally):
    with Daemon("--max-manifest-bytes", "4096") as d:
        big = MANIFEST + b"#" * 8192
        tally.equal(d.post("/v1/generate", big).status, 413, "a body over the limit")
        chunks = [big[i:i + 1000] for i in range(0, len(big), 1000)]
        connection = d.connect()
        connection.request("POST", "/v1/generate", iter(chunks), {"Content-Type": "application/yaml"}, encode_chunked=True)
        tally.equal(connection.getresponse().status, 413, "a chunked body over the limit")
        connection = d.connect()
        connection.request("POST", "/v1/generate", iter([MANIFEST]), {"Content-Type": "application/yaml"}, encode_chunked=True)
        response = connection.getresponse()
        tally.equal((response.status, response.headers["Connection"]), (200, "close"), "a chunked body")
        connection = d.connect()
        for i in range(3):
            answer = d.request("POST", "/v1/generate", big, {"Content-Type": "application/yaml"}, connection=connection)
            tally.equal(answer.status, 413, "once more on the same connection")
        answer = d.request("POST", "/v1/generate", MANIFEST, {"Content-Type": "application/yaml"}, connection=connection)
        tally.equal(answer.status, 200, "and a good one after them")
        head = (b"POST /v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\nExpect: 100-continue\r\n"
                b"Content-Length: %d\r\n\r\n")
        tally.check(d.raw(head % 900000).startswith(b"HTTP/1.1 413 "), "Expect: 100-continue of a body over the limit")


def check_origins(tally, d):
    def status(**headers):
        return d.get("/openapi.json", **headers).status

    tally.equal(status(Host="evil.example"), 421, "an unknown Host")
    for host in ("localhost", "localhost:8686", "LocalHost.", "localhost.:80", "callout.example.", "127.0.0.1", "[::1]:80", "callout.example:8686"):
        tally.equal(status(Host=host), 200, f"Host: {host}")
    for host in ("[::1", "[::1]evil.example", "[::1].example", "localhost:80:80", "localhost:80.evil.example",
                 "127.0.0.1:x", ":80", "[]:80", "localhost:-1"):
        tally.equal(status(Host=host), 421, f"Host: {host}")
    tally.equal(status(Origin="https://evil.example"), 403, "a foreign Origin")
    tally.equal(status(Origin="null"), 403, "Origin: null")
    tally.equal(status(Origin=f"http://127.0.0.1:{d.port}"), 200, "its own Origin")
    answer = d.get("/openapi.json", Origin="https://console.example")
    tally.equal((answer.status, answer.headers["Access-Control-Allow-Origin"]), (200, "https://console.example"), "a listed Origin")
    answer = d.request("OPTIONS", "/v1/generate", headers={"Origin": "https://console.example", "Access-Control-Request-Method": "POST"})
    tally.check("POST" in (answer.headers["Access-Control-Allow-Methods"] or ""), "a preflight", answer.headers)
    tally.equal(d.get("/livez", Host="evil.example").status, 200, "a probe by another name")


def check_headers(tally, d):
    answer = d.get("/openapi.json", X_Request_Id="my-id.1", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    tally.equal(answer.headers["X-Request-Id"], "my-id.1", "a request id comes back")
    tally.check((answer.headers["traceparent"] or "").startswith("00-0af7"), "traceparent comes back")
    ids = {d.get("/openapi.json", X_Request_Id="bad id\"").headers["X-Request-Id"] for _ in range(5)}
    tally.check(len(ids) == 5 and 'bad id"' not in ids, "ids are unique, odd ones are replaced", ids)
    tally.equal(answer.headers["X-Content-Type-Options"], "nosniff", "nosniff")
    own = {"X_Request_Id": "my-id.2", "Origin": "https://console.example",
           "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    for what, status, answer in (("a body over the limit", 413, d.post("/v1/check", b"#" * (5 << 20), **own)),
                                 ("a body that nobody takes", 413,
                                  d.request("GET", "/v1/manifests", b"{}",
                                            {k.replace("_", "-"): v for k, v in own.items()})),
                                 ("a type that is not taken", 415, d.post("/v1/check", b"{}", "text/plain", **own)),
                                 ("no such path", 404, d.get("/v1/none", **own))):
        tally.equal((answer.status, answer.headers["X-Request-Id"], answer.headers["Access-Control-Allow-Origin"],
                     (answer.headers["traceparent"] or "")[:7], answer.headers.get_all("Content-Type")),
                    (status, "my-id.2", "https://console.example", "00-0af7", ["application/problem+json"]),
                    f"what is the request's own in a refusal: {what}")


def check_probes(tally, d):
    for path in ("/livez", "/healthz", "/readyz"):
        answer = d.get(path)
        tally.equal((answer.status, answer.body), (200, b"ok\n"), path)
        tally.equal(answer.headers["X-Request-Id"], None, f"{path} makes no id")
        for more in ({}, {"Connection": "close"}):
            answer = d.get(path, X_Request_Id="probe-1", **more)
            tally.equal((answer.status, answer.body, answer.headers["X-Request-Id"],
                         answer.headers.get_all("Content-Type"), answer.headers["Cache-Control"]),
                        (200, b"ok\n", "probe-1", ["text/plain; charset=utf-8"], "no-store"), f"{path} gives one back")
    tally.check(b"readyz check passed" in d.get("/readyz?verbose").body, "/readyz?verbose")
    d.post("/v1/generate", MANIFEST)
    text = d.get("/metrics").body.decode()
    for want in ('callout_http_requests_total{route="/v1/generate",method="POST",code="200"}', "callout_render_duration_seconds_bucket",
                 "callout_build_info{", "process_resident_memory_bytes", 'callout_findings_total{code="CO0201",severity="error"}'):
        tally.check(want in text, f"/metrics has {want}")
    answer = d.get("/metrics", Accept="application/openmetrics-text;version=1.0.0")
    tally.check(answer.body.endswith(b"# EOF\n")
                and answer.headers["Content-Type"].startswith("application/openmetrics-text"), "OpenMetrics")
    for block in text.split("# HELP ")[1:]:
        name, lines = block.split(" ", 1)[0], block.splitlines()[2:]
        tally.check(all(line.startswith(name) for line in lines), f"samples of {name} stand together")


def check_openapi(tally, d):
    document = json.loads(d.get("/openapi.json").body)
    tally.equal(document["openapi"], "3.1.0", "OpenAPI 3.1")
    told = [(path, method, status, form["schema"]) for path, operations in document["paths"].items()
            for method, operation in operations.items() for status, reply in operation["responses"].items()
            for media, form in reply.get("content", {}).items() if media.endswith("json")]
    tally.equal([t for t in told if t[3].get("type", "object") != "object"], [], f"{len(told)} JSON answers are told as objects")
    for path, operations in document["paths"].items():
        for method in operations:
            probe = path.replace("{", "").replace("}", "")
            status = d.request(method.upper(), probe).status
            tally.check(status not in (404, 405) or "namespace" in path, f"{method} {path} is served, got {status}")
            body = d.request(method.upper(), probe, b"x" * 10, {"Content-Type": "image/png"}).status
            told = operations[method]["responses"]
            tally.check(str(body) in told, f"{method} {path} with a body that it does not take: {body} is told", list(told))


def check_told_headers(tally, d):
    """Who makes a client of the document must find the headers without which nothing can be replaced."""
    paths = json.loads(d.get("/openapi.json").body)["paths"]
    one = "/v1/namespaces/{namespace}/manifests/{name}"
    for path, method, names in ((one, "get", {"If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since"}),
                                (one, "put", {"If-Match", "If-None-Match"}),
                                (one, "delete", {"If-Match", "If-Unmodified-Since"}),
                                (one + "/dumps", "post", {"Idempotency-Key"}),
                                (one + "/history/{revision}", "get", {"If-Match", "If-None-Match"}),
                                ("/v1/manifests", "get", {"Last-Event-ID"}),
                                ("/v1/namespaces/{namespace}/manifests", "get", {"Last-Event-ID"}),
                                ("/v1/generate", "post", set())):
        tally.equal({p["name"] for p in paths[path][method]["parameters"] if p["in"] == "header"}, names,
                    f"headers that {method} {path} looks at")
    told = paths[one]["put"]["responses"]
    tally.equal([sorted(told[s].get("headers", {})) for s in ("200", "201", "428", "429", "422")],
                [["ETag", "Warning"], ["ETag", "Location", "Warning"], ["ETag"], ["Retry-After"], []], "headers of what PUT answers")
    made = d.request("PUT", "/v1/namespaces/shop/manifests/told", MANIFEST.replace(b"auth-check", b"told"),
                     {"Content-Type": "application/yaml"})
    tally.check(all(made.headers[h] for h in ("ETag", "Location")), "which it has", made.headers)
    tally.equal({s for s in ("401", "403", "406", "421", "429") if s in paths["/"]["get"]["responses"]},
                {"403", "406", "421"}, "what the console may answer")
    tally.equal((d.get("/", Accept="image/png").status, d.get("/", Host="evil.example").status,
                 d.get("/", Origin="https://evil.example").status), (406, 421, 403), "and does")


def run(tally):
    with Daemon("--allowed-hosts", "callout.example", "--allowed-origins", "https://console.example") as d:
        for check in (check_methods, check_media, check_flags, check_blanks, check_problems, check_origins,
                      check_headers, check_probes, check_openapi, check_told_headers):
            check(tally, d)
        tally.equal(d.stop(), 0, "the daemon ends well")
        tally.equal([e for e in d.log if e.get("level") == "error"], [], "no error is logged")
    check_limits(tally)
    check_header_limits(tally)
