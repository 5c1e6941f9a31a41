"""Names of a manifest in the data of modules: in both encodings, packed as compilers pack them, at every place of what is read at once."""

import json
import pathlib
import tempfile

import harness
from module import Module, data_segment, limits

WINDOW = 65536
HTTP_CALL = ("env", "proxy_http_call", "i" * 10 + ">i")
MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com, isolated: false}
  - {name: pay, host: pay.example.com, isolated: false}
  - {name: limits, host: limits.example.com, via: envoyFilter, clusterName: rate_limit_cluster}
"""
AUTH, PAY, LIMITS = "outbound|443||auth.example.com", "outbound|443||pay.example.com", "rate_limit_cluster"


def module(*segments):
    m = Module(memory=limits(64))
    m.add_import(*HTTP_CALL)
    m.function("iiiii>", export="proxy_on_http_call_response")
    at = 1024
    for content in segments:
        m.data.append(data_segment(at, content))
        at += len(content)
    return m.finish().bytes()


def inspected(data, stream=False):
    """([(kind, text, encoding, offset)], codes of the findings)"""
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        folder = pathlib.Path(temp)
        (folder / "manifest.yaml").write_text(MANIFEST)
        (folder / "m.wasm").write_bytes(data)
        args = ["inspect", "-", "-f", "manifest.yaml"] if stream else ["inspect", "m.wasm", "-f", "manifest.yaml"]
        result = harness.run([*args, "-o", "json", "--report", "json=report.json"], cwd=temp, stdin=data)
        entry = json.loads(result.stdout)["modules"][0]
        codes = [f["code"] for f in json.loads((folder / "report.json").read_text())["findings"]
                 if f["code"].startswith("CO06")]
    return [(n["kind"], n["text"], n["encoding"], n["offset"]) for n in entry.get("names", [])], codes


CASES = {
    "UTF-8, with a zero behind it": (AUTH.encode() + b"\0", [("cluster", AUTH)], []),
    "packed, as Rust does": (AUTH.encode() + b":methodGET:path/v1:authorityauth.example.com", [("cluster", AUTH)], []),
    "packed with letters behind it": (AUTH.encode() + b"GET", [("cluster", AUTH)], []),
    "two": ((AUTH + PAY).encode(), [("cluster", AUTH), ("cluster", PAY)], []),
    "twice is once": ((AUTH + "\0" + AUTH).encode(), [("cluster", AUTH)], []),
    "a name of one's own": (b"x" + LIMITS.encode() + b"x", [("cluster", LIMITS)], []),
    "other port": (b"outbound|80||auth.example.com", [("otherCluster", "outbound|80||auth.example.com")], ["CO0672"]),
    "other letter case": (b"outbound|443||Auth.example.com", [("otherCluster", "outbound|443||Auth.example.com")], ["CO0672"]),
    "a subset": (b"outbound|443|v2|auth.example.com\0", [("otherCluster", "outbound|443|v2|auth.example.com")], ["CO0672"]),
    "put together at run time": (b"outbound|%d||%s\0", [("format", "outbound|%d||%s")], ["CO0675"]),
    "nothing behind it": (b"outbound|", [("format", "outbound|")], ["CO0675"]),
    "a URL": (b"https://auth.example.com/v1\0", [("url", "auth.example.com")], ["CO0673"]),
    "a URL of another": (b"https://docs.example.com/\0", [], []),
    "only :host": (b":method\0:path\0:host\0", [], ["CO0674"]),
    ":host and :authority": (b":host\0:authority\0", [], []),
    "something like :host": (b":hostname\0localhost:80\0", [], []),
    "nothing": (b"nothing of interest", [], []),
    "no text at all": (bytes(1000), [], []),
    "no name": (b"inbound|80||x\0outbound |443||auth.example.com\0Outbound|", [], []),
}


def check_cases(tally):
    for title, (content, names, codes) in CASES.items():
        for encoding in ("UTF-8", "UTF-16LE"):
            data = content if encoding == "UTF-8" else content.decode().encode("utf-16le")
            data = b"\1\2\3\4" + data
            found, said = inspected(module(data))
            tally.equal([n[:3] for n in found], [(*n, encoding) for n in names], f"names: {title}, {encoding}")
            tally.equal(said, codes, f"names: {title}, {encoding}: findings")


def check_cut(tally):
    """Optimizers cut zeros off the end of a segment, the last half of a character in UTF-16 too."""
    for title, text, kind in (("a cluster", AUTH, "cluster"), ("a name of one's own", LIMITS, "cluster"),
                              ("another", "outbound|80||auth.example.com", "otherCluster")):
        found, _ = inspected(module(text.encode("utf-16le")[:-1]))
        tally.equal([n[:3] for n in found], [(kind, text, "UTF-16LE")], f"names: {title} without its last zero")


def check_offsets(tally):
    data = module(b"a" * 100 + AUTH.encode(), b"b" * 10 + PAY.encode("utf-16le"))
    found, _ = inspected(data)
    tally.equal(found, [("cluster", AUTH, "UTF-8", data.index(AUTH.encode())),
                        ("cluster", PAY, "UTF-16LE", data.index(PAY.encode("utf-16le")))], "names: their offsets")


def check_windows(tally):
    """Across the ends of what is read at once, from files and streams."""
    places = [n for end in (WINDOW, 2 * WINDOW) for n in range(end - 1200, end + 40, 13)]

    def one(place):
        data = module(b"." * place + AUTH.encode("utf-16le" if place % 2 else "utf-8") + b"." * 70000)
        return [inspected(data, stream)[0] for stream in (False, True)]

    for place, (file, stream) in zip(places, harness.parallel(one, places)):
        tally.check(len(file) == 1 and file[0][1] == AUTH, f"names: found behind {place} bytes", file)
        tally.equal(stream, file, f"names: behind {place} bytes of a stream")


def check_many(tally):
    found, codes = inspected(module(b"".join(b"outbound|%d||x\0" % n for n in range(1, 301))))
    tally.equal(len(found), 100, "names: the first hundred are told")
    tally.equal(len(codes), 100, "names: a finding each")
    found, _ = inspected(module(*[b"x" * 3] * 5000, AUTH.encode()))
    tally.equal([n[1] for n in found], [AUTH], "names: behind five thousand segments")


def check_manifests(tally):
    """Every command that reads manifests says the same of their modules, at `binary`."""
    manifest = MANIFEST.replace("spec:\n", 'spec:\n  filter: {wasm: {url: "https://example.com/m.wasm", binary: m.wasm}}\n')
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        folder = pathlib.Path(temp)
        (folder / "manifest.yaml").write_text(manifest)
        (folder / "m.wasm").write_bytes(module(b"outbound|80||auth.example.com\0" + AUTH.encode()))
        for command in ("check", "generate", "clusters"):
            result = harness.run([command, "-f", "manifest.yaml"], cwd=temp)
            tally.check(result.returncode == 0 and result.stderr.count(b"warning CO0672: the module names the cluster outbound|80||") == 1,
                        f"names: {command}: exit {result.returncode}", result.stderr)
        result = harness.run(["inspect", "m.wasm", "-f", "manifest.yaml"], cwd=temp)
        tally.check(result.returncode == 0 and result.stderr.count(b"CO0672") == 1 and b"m.wasm: warning CO0672" in result.stderr,
                    f"names: inspect: exit {result.returncode}", result.stderr)


def check_compiled(tally, compiled):
    """As compilers leave them: packed in UTF-8, and in UTF-16."""
    for title, encoding in (("rust-nothing", "UTF-8"), ("assemblyscript", "UTF-16LE"), ("assemblyscript-debug", "UTF-16LE")):
        if title in compiled:
            found, _ = inspected(compiled[title])
            tally.equal([n[:3] for n in found], [("cluster", AUTH, encoding)], f"names: {title}")


def check(tally, compiled):
    check_compiled(tally, compiled)
    check_manifests(tally)
    check_cases(tally)
    check_cut(tally)
    check_offsets(tally)
    check_windows(tally)
    check_many(tally)
