"""Who may ask: tokens, client certificates, TLS, and what is refused without them."""

import contextlib
import os
import pathlib
import signal
import ssl
import stat
import subprocess
import tempfile

import yaml
from daemon import MANIFEST, YAML, Daemon, harness, read_all, start

CONFIG = """[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = keyCertSign
[leaf]
basicConstraints = CA:FALSE
subjectAltName = %s
"""


class Authority:
    """Certificates for the tests, made by openssl."""

    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder), name
        self.cert, self.key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        self._key(self.key)
        self._run("req", "-x509", "-new", "-key", self.key, "-out", self.cert, "-days", "30", "-subj", f"/CN={name}",
                  "-config", self._config("DNS:unused"), "-extensions", "ca")

    def _run(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def _key(self, path):
        self._run("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", path)

    def _config(self, san):
        path = self.folder / "openssl.cnf"
        path.write_text(CONFIG % san)
        return path

    def issue(self, name, san, days=30):
        cert, key, request = (self.folder / f"{name}.{e}" for e in ("pem", "key", "csr"))
        self._key(key)
        config = self._config(san)
        self._run("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={name}", "-config", config)
        self._run("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-out", cert,
                  "-days", str(days), "-extfile", config, "-extensions", "leaf")
        return str(cert), str(key)


def add(tokens, name, scope, *more):
    result = harness.run(["serve", "token", "add", "--tokens", str(tokens), "--name", name, "--scope", scope, *more])
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    return result.stdout.decode().strip()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def check_tokens(tally, temp):
    tokens = temp / "tokens.yaml"
    read, write = add(tokens, "reader", "read"), add(tokens, "writer", "write", "--namespace", "shop")
    tally.check(read.startswith("callout_") and read != write, "tokens differ")
    tally.check(read not in tokens.read_text() and read.split("_")[2] not in tokens.read_text(), "the file holds no token")
    tally.equal(stat.S_IMODE(tokens.stat().st_mode), 0o600, "it is the owner's alone")
    again = harness.run(["serve", "token", "add", "--tokens", str(tokens), "--name", "reader", "--scope", "read"])
    tally.equal((again.returncode, again.stdout), (2, b""), "a name twice")
    tally.equal(harness.run(["serve", "token", "add", "--tokens", str(tokens), "--name", "x", "--scope", "root"]).returncode,
                2, "an unknown scope")
    before = tokens.read_text()
    for how in (">/dev/full", ">&-"):
        lost = harness.run(["serve", "token", "add", "--tokens", str(tokens), "--name", "lost", "--scope", "read"],
                           prefix=["bash", "-c", f'exec "$@" {how}', "-"])
        tally.equal((lost.returncode, tokens.read_text()), (4, before), f"a token that cannot be shown is none: {how}")
        tally.check(b"cannot write the token to standard output" in lost.stderr, f"which is said: {how}", lost.stderr)
        for option in ("--help", "--version", "--check-config"):
            mute = harness.run(["serve", option], prefix=["bash", "-c", f'exec "$@" {how}', "-"])
            tally.check(mute.returncode == 4 and b"cannot write to standard output" in mute.stderr,
                        f"{option} {how}: exit {mute.returncode}", mute.stderr)
    gone = harness.run(["serve", "token", "add", "--tokens", str(temp / "none" / "tokens.yaml"), "--name", "lost", "--scope", "read"])
    tally.check(gone.returncode == 4 and b"the token that was printed is of no use" in gone.stderr,
                "a token that cannot be kept", gone.stderr)
    tally.equal(harness.run(["serve", "token", "add", "--name", "x", "--scope", "read"]).returncode, 2, "no file")
    with Daemon("--tokens", str(tokens)) as d:
        tally.equal(d.get("/livez").status, 200, "a probe without a token")
        answer = d.get("/openapi.json")
        tally.equal((answer.status, answer.headers["WWW-Authenticate"]), (401, 'Bearer realm="callout"'), "no token")
        for token in ("", "x", read[:-1], read + "0", read.upper(), "callout__", write.replace(write[8], "g", 1)):
            wrong = d.get("/openapi.json", **bearer(token))
            tally.equal((wrong.status, wrong.headers["WWW-Authenticate"]),
                        (401, 'Bearer realm="callout", error="invalid_token"'), f"a wrong token {token[:12]}…")
        for other in (f"Basic {read}", "Basic", "Negotiate abc", read, ""):
            answer = d.get("/openapi.json", Authorization=other)
            tally.equal((answer.status, answer.headers["WWW-Authenticate"]), (401, 'Bearer realm="callout"'),
                        f"another scheme is no wrong token (RFC 6750 3.1): {other[:9]}")
        tally.equal(d.get("/nothing").status, 401, "an unknown path without a token")
        for token in (read, write):
            tally.equal(d.get("/openapi.json", **bearer(token)).status, 200, "a token")
            tally.equal(d.get("/openapi.json", Authorization=f"bEARER {token}").status, 200, "the scheme in other letters")
            tally.equal(d.post("/v1/generate", MANIFEST, **bearer(token)).status, 200, "generate with a token")
        tally.equal(d.request("OPTIONS", "/v1/generate").status, 204, "OPTIONS without a token")
        admin = add(tokens, "boss", "admin")
        tally.equal(d.get("/openapi.json", **bearer(admin)).status, 401, "a token before the reload")
        d.signal(signal.SIGHUP)
        d.wait_for("reloaded")
        tally.equal(d.get("/openapi.json", **bearer(admin)).status, 200, "and after it")
        text = "".join(map(str, d.log))
        tally.check(all(t.split("_")[2] not in text for t in (read, write, admin)), "the log holds no token")
        big = d.request("POST", "/v1/generate", b"x" * 100000, {"Content-Type": YAML})
        tally.equal(big.status, 401, "a body without a token")
        statuses = [d.get("/openapi.json", **bearer("callout_1_2")).status for _ in range(40)]
        tally.check(statuses[-1] == 429, "guessing is slowed down", statuses)
        tally.equal(d.get("/openapi.json", **bearer("callout_1_2")).headers["Retry-After"], "60", "with Retry-After")
        tally.equal(d.get("/openapi.json").status, 429, "who shows nothing waits too")
        tally.equal(d.get("/openapi.json", **bearer(read)).status, 200, "a right token is not held up by others of its address")
        tally.check("reason withheld" not in d.get("/readyz?verbose", **bearer(read)).body.decode(), "nor is it elsewhere")
        tally.equal(d.stop(), 0, "the daemon ends well")
    tokens.write_text("tokens:\n- {name: a, scope: reader}\n")
    result = start("--tokens", str(tokens))
    tally.check(result.returncode == 3 and b"tokens.yaml:2:" in result.stderr, "a bad tokens file", result.stderr)


def check_token_places(tally, temp):
    """In the place of a device there would be a file, for everyone on the machine."""
    link = temp / "device"
    link.symlink_to(os.devnull)
    said = harness.run(["serve", "token", "add", "--tokens", str(link), "--name", "x", "--scope", "read"])
    tally.check(said.returncode == 4 and b"not a regular file" in said.stderr, "a device as the file of tokens", said.stderr)
    tally.check(link.is_symlink() and link.is_char_device(), "stays one")


def check_added_at_once(tally, temp):
    """Each token that is printed is in the file, whoever else adds one meanwhile."""
    path = temp / "at-once.yaml"
    names = [f"n{n}" for n in range(24)]
    printed = harness.parallel(lambda name: add(path, name, "read"), names)
    there = yaml.safe_load(path.read_text())["tokens"]
    tally.equal(sorted((t["name"], t["id"]) for t in there), sorted((n, t.split("_")[1]) for n, t in zip(names, printed)), "tokens added at once")


def check_interrupted(tally, temp):
    """Before there is anything to be ended in good order, signals end the program at once, whatever it waits for."""
    pipe = temp / "pipe"
    os.mkfifo(pipe)
    for args in (["token", "add", "--tokens", str(pipe), "--name", "x", "--scope", "read"],
                 ["--listen", "127.0.0.1:0", "--tokens", str(pipe)]):
        process = subprocess.Popen([*harness.command(), "serve", *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        writer = []

        def is_read():
            with contextlib.suppress(OSError):
                writer.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
            return bool(writer)

        tally.check(harness.eventually(is_read), f"{args[:2]} waits for its file")
        process.terminate()
        ended = harness.eventually(lambda: process.poll() is not None)
        tally.equal((ended, process.poll()), (True, -signal.SIGTERM), f"SIGTERM ends {args[:2]}")
        if not ended:
            process.kill()
        os.close(writer[0])
        process.wait()


def check_token_files(tally, temp):
    """A token is added to a file as people write them, or not at all; what was sound stays so."""
    first = "  name: first\n  scope: read\n  san: DNS:first.example\n"
    for what, text in (("nothing", ""), ("a comment", "# who may ask\n"), ("an empty list", "tokens: []\n"),
                       ("an empty list and a comment", "tokens: [] # none yet\n"),
                       ("a document's mark", "---\ntokens:\n- name: first\n  scope: read\n  san: DNS:first.example\n"),
                       ("no line end", "tokens:\n- {name: first, scope: read, san: DNS:first.example}"),
                       ("items that stand further in",
                        "# kept\ntokens:\n  # too\n  - name: first\n    scope: read\n    san: DNS:first.example\n"),
                       ("deeper",
                        "tokens:\n      - scope: read\n        name: first\n        san: DNS:first.example # x\n"),
                       ("brackets",
                        "tokens: [{name: first, scope: write, namespaces: [shop, bank], san: 'DNS:first.example'}]\n"),
                       ("an end", f"tokens:\n-{first[1:]}...\n"),
                       ("JSON", '{"tokens": [{"name": "first", "scope": "admin", "san": "DNS:first.example"}]}')):
        path = temp / "written.yaml"
        path.write_text(text)
        path.chmod(0o640)
        if not text:
            path.unlink()
        token = add(path, "second", "write", "--namespace", "shop", "--namespace", "0123")
        add(path, "third", "read", "--san", "URI:spiffe://a/b")
        result = start("--check-config", "--tokens", str(path))
        tally.check(result.returncode == 0, f"a token behind {what}", result.stderr + path.read_bytes())
        names = [t["name"] for t in yaml.safe_load(path.read_text())["tokens"]]
        tally.equal(names, (["first"] if "first" in text else []) + ["second", "third"], f"{what}: the names")
        tally.check("#" not in text or "[" in text or text in path.read_text(), f"{what}: comments stay", path.read_text())
        tally.equal(stat.S_IMODE(path.stat().st_mode), 0o640 if text else 0o600, f"{what}: who may read it")
        if what == "brackets":
            tally.equal([t.get("namespaces") for t in yaml.safe_load(path.read_text())["tokens"]],
                        [["shop", "bank"], ["shop", "0123"], None], "namespaces stay")
        tally.check(token.startswith("callout_"), f"{what}: the token")
    before = path.read_bytes()
    for more in (("--name", "", "--scope", "read"), ("--name", "a b", "--scope", "read"),
                 ("--name", "a\nb", "--scope", "read"), ("--name", "\u00e9", "--scope", "read"),
                 ("--name", "x" * 300, "--scope", "read"), ("--name", "n", "--scope", "read", "--san", ""),
                 ("--name", "n", "--scope", "read", "--san", "a b"),
                 ("--name", "n", "--scope", "read", "--san", "URI:spiffe://a/b")):
        result = harness.run(["serve", "token", "add", "--tokens", str(path), *more])
        tally.equal((result.returncode, result.stdout, path.read_bytes() == before), (2, b"", True), f"refused: {more}")
    for one, other in (("DNS:x.example", "DNS:x.example"), ("DNS:x.example", "dns:X.Example"), ("IP:2001:db8::1", "IP:2001:DB8:0::0:1")):
        path.write_text(f"tokens:\n- {{name: a, scope: read, san: '{one}'}}\n- {{name: b, scope: admin, san: '{other}'}}\n")
        result = start("--check-config", "--tokens", str(path))
        tally.check(result.returncode == 3 and b"written.yaml:3:" in result.stderr, f"one certificate for two: {other}", result.stderr)
    path.write_text("tokens:\n- {name: a, scope: read, san: 'DNS:x.example'}\n---\ntokens:\n- {name: b, scope: read, san: 'DNS:y.example'}\n")
    before = path.read_bytes()
    result = start("--check-config", "--tokens", str(path))
    tally.check(result.returncode == 3 and b"written.yaml:4:1: error CO0708" in result.stderr, "tokens in a second document", result.stderr)
    result = harness.run(["serve", "token", "add", "--tokens", str(path), "--name", "c", "--scope", "read"])
    tally.equal((result.returncode, result.stdout, path.read_bytes()), (3, b"", before), "to which none is added")
    for never in ("IP:1.2.3.400", "IP:ci.example", "DNS:"):
        path.write_text(f"tokens:\n- {{name: a, scope: read, san: '{never}'}}\n")
        result = start("--check-config", "--tokens", str(path))
        tally.check(result.returncode == 3 and b"CO0209" in result.stderr, f"no certificate has the name {never}", result.stderr)


def handshake(port, context):
    import socket
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw, server_hostname="localhost") as s:
        return s.version(), s.getpeercert()


def check_tls(tally, temp):
    authority, other = Authority(temp, "authority"), Authority(temp, "other")
    cert, key = authority.issue("server", "DNS:localhost, DNS:callout.example, IP:127.0.0.1")
    client, stranger, foreign = (authority.issue("client", "DNS:ci.example, URI:spiffe://mesh/ns/shop/sa/ci"),
                                 authority.issue("stranger", "DNS:stranger.example"), other.issue("foreign", "DNS:ci.example"))
    tokens = temp / "certificates.yaml"
    tally.equal(add(tokens, "ci", "read", "--san", "DNS:ci.example"), "", "a name gives no token")
    for i, san in enumerate(("IP:10.1.2.3", "ip:2001:DB8:0:0::1", "URI:spiffe://a/b", "email:a@b.example", "bare.example")):
        add(tokens, f"san{i}", "read", "--san", san)
    token = add(tokens, "reader", "read")

    def context(pair=None, **settings):
        c = ssl.create_default_context(cafile=str(authority.cert))
        for k, v in settings.items():
            setattr(c, k, v)
        if pair:
            c.load_cert_chain(*pair)
        return c

    args = ("--tls-cert", cert, "--tls-key", key, "--client-ca", str(authority.cert), "--tokens", str(tokens))
    with Daemon(*args, listen="0.0.0.0:0", tls=context()) as d:
        tally.equal(d.get("/livez").status, 200, "TLS beyond loopback, with tokens")
        tally.equal(handshake(d.port, context())[0], "TLSv1.3", "TLS 1.3 first")
        tally.equal(handshake(d.port, context(maximum_version=ssl.TLSVersion.TLSv1_2))[0], "TLSv1.2", "TLS 1.2 too")
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            old = context()
            old.set_ciphers("ALL:@SECLEVEL=0")
            try:
                old.minimum_version = old.maximum_version = version
                tally.check(False, f"{version} is taken: {handshake(d.port, old)}")
            except (ssl.SSLError, OSError, ValueError):
                tally.check(True, f"{version}")
        tally.equal(d.get("/openapi.json").status, 401, "no certificate, no token")
        tally.equal(d.get("/openapi.json", **bearer(token)).status, 200, "a token without a certificate")
        tally.equal(d.get("/openapi.json", Host="callout.example", **bearer(token)).status, 200, "a Host of the certificate")
        tally.equal(d.get("/openapi.json", Host="other.example", **bearer(token)).status, 421, "another Host")
        for pair, status, what in ((client, 200, "a known certificate"), (stranger, 403, "an unknown certificate"),
                                   (foreign, 403, "a certificate of another authority")):
            d.tls = context(pair)
            tally.equal(d.get("/openapi.json").status, status, what)
        for i, (san, status) in enumerate((("IP:10.1.2.3", 200), ("IP:2001:db8::1", 200), ("IP:10.1.2.4", 403),
                                           ("DNS:10.1.2.3", 403), ("URI:spiffe://a/b", 200), ("DNS:spiffe", 403),
                                           ("email:a@b.example", 200), ("email:A@b.example", 403), ("DNS:Bare.example", 200),
                                           ("DNS:CI.example", 200), ("URI:spiffe://A/b", 403),
                                           ("URI:DNS:ci.example", 403), ("email:DNS:ci.example", 403), ("DNS:DNS:ci.example", 403),
                                           ("URI:IP:10.1.2.3", 403), ("DNS:URI:spiffe://a/b", 403),
                                           ("DNS:x.example, URI:bare.example", 200))):
            d.tls = context(authority.issue(f"san{i}", san))
            tally.equal(d.get("/openapi.json").status, status, f"a certificate for {san}")
        d.tls = context(client)
        before = handshake(d.port, context())[1]["serialNumber"]
        authority.issue("server", "DNS:localhost, DNS:callout.example, IP:127.0.0.1")
        kept = d.connect()
        tally.equal(d.request("GET", "/livez", connection=kept).status, 200, "a connection before the reload")
        d.signal(signal.SIGHUP)
        d.wait_for("reloaded")
        tally.check(handshake(d.port, context())[1]["serialNumber"] != before, "the new certificate is shown")
        tally.equal(d.request("GET", "/livez", connection=kept).status, 200, "the connection from before it goes on")
        pathlib.Path(key).write_text("no key\n")
        d.signal(signal.SIGHUP)
        d.wait_for("reload refused; what was in force stays")
        tally.equal(d.get("/livez").status, 200, "a bad key changes nothing")
        tally.equal(d.stop(), 0, "the daemon ends well")
    for wrong, named in (((client[0], key), key), ((key, client[1]), key), ((cert, client[0]), client[0])):
        said = start("--tls-cert", wrong[0], "--tls-key", wrong[1], "--check-config").stderr.decode()
        tally.check(f"cannot use {named}:" in said, "the file that is at fault is named", said)
    for args, code in ((["--tls-cert", cert], b"CO0705"), (["--tls-key", key], b"CO0705"), (["--client-ca", cert], b"CO0705"),
                       (["--tls-cert", cert, "--tls-key", key], b"CO0704"),
                       (["--tls-cert", client[0], "--tls-key", stranger[1]], b"CO0704"),
                       (["--tls-cert", client[0], "--tls-key", client[1], "--listen", "0.0.0.0:0"], b"CO0703")):
        result = start(*args)
        tally.check(result.returncode == 3 and code in result.stderr, f"{code} {args[0]}", result.stderr)


def check_new_authority(tally, temp):
    """Whom the authorities of before stood for is nobody after a reload, on a connection that he has already and in a watch too."""
    before, after = Authority(temp, "before"), Authority(temp, "after")
    cert, key = before.issue("server", "DNS:localhost, IP:127.0.0.1")
    trusted, tokens = temp / "authorities.pem", temp / "tokens.yaml"
    trusted.write_bytes(before.cert.read_bytes())
    tokens.unlink(missing_ok=True)
    add(tokens, "ci", "read", "--san", "DNS:ci.example")

    def context(authority):
        c = ssl.create_default_context(cafile=str(before.cert))
        c.load_cert_chain(*authority.issue(f"ci-{authority.name}", "DNS:ci.example"))
        return c

    old, new = context(before), context(after)
    with Daemon("--tls-cert", cert, "--tls-key", key, "--client-ca", str(trusted), "--tokens", str(tokens), tls=old) as d:
        kept = d.connect()
        with d.socket() as watch:
            watch.sendall(b"GET /v1/manifests?watch=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            tally.check(b" 200 " in watch.recv(1000), "a watch")
            tally.equal(d.request("GET", "/openapi.json", connection=kept).status, 200, "a certificate of the old authority")
            trusted.write_bytes(after.cert.read_bytes())
            d.signal(signal.SIGHUP)
            d.wait_for("reloaded")
            tally.equal(d.request("GET", "/openapi.json", connection=kept).status, 403, "is none after it was replaced")
            tally.check(read_all(watch).endswith(b"0\r\n\r\n"), "and the watch ends")
        d.tls = new
        tally.equal(d.get("/openapi.json").status, 200, "one of the new authority is")
        for version in ("-tls1_2", "-tls1_3"):
            asked = subprocess.run(["openssl", "s_client", "-connect", f"{d.host}:{d.port}", version], stdin=subprocess.DEVNULL,
                                   capture_output=True, check=False).stdout
            tally.check(b"Requested Signature Algorithms" in asked and b"CN = before" not in asked.partition(b"CA names")[2],
                        f"clients are asked for certificates, and not for those of the old one: {version}", asked)
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_many_namespaces(tally, temp):
    """As many as a listing takes at once; credentials with more are refused at the start, and not with each listing."""
    tokens = temp / "many.yaml"
    token = add(tokens, "many", "read", "--namespace", "n0")
    text = tokens.read_text()
    for n in (100, 101):
        tokens.write_text(text.replace("  - n0\n", "".join(f"  - n{i}\n" for i in range(n))))
        tried = start("--tokens", str(tokens), "--check-config")
        tally.equal((tried.returncode, b"CO0" in tried.stderr), (0, False) if n == 100 else (3, True), f"a token of {n} namespaces")
        if n == 100:
            with Daemon("--tokens", str(tokens)) as d:
                tally.equal([d.get(where, **bearer(token)).status for where in ("/v1/manifests", "/v1/hosts")], [200, 200], "its listings")
                d.stop()
    for n, status, why in ((100, 0, ""), (101, 2, "more namespaces than a token takes: n100")):
        made = harness.run(["serve", "token", "add", "--tokens", str(temp / "made.yaml"), "--name", f"of-{n}",
                            "--scope", "read", *(w for i in range(n) for w in ("--namespace", f"n{i}"))])
        tally.check(made.returncode == status and why.encode() in made.stderr, f"a token for {n} namespaces", made.stderr)
    for words in ([], ["add"], ["add", "--name", "x"]):
        for flag in ("--help", "-h"):
            told = harness.run(["serve", "token", *words, flag])
            tally.check(told.returncode == 0 and b"Usage: callout serve token add" in told.stdout and not told.stderr,
                        f"token {words} {flag}", told.stderr)
    for more, why in ((("--name", "a b"), b'"a b"'), (("--name", "x" * 300), b"at most 253"), (("--name", ""), b"name must not be empty"),
                      (("--name", "n", "--san", "a b"), b'"a b"'),
                      (("--name", "n", "--namespace", "a", "--namespace=a"), b"given twice: --namespace=a")):
        said = harness.run(["serve", "token", "add", "--tokens", str(temp / "made.yaml"), "--scope", "read", *more])
        tally.check(said.returncode == 2 and why in said.stderr, f"what is wrong is said: {more}", said.stderr)
    for wrong in (("--scop", "read"), ("--scop=read",), ("--name", "y")):
        said = harness.run(["serve", "token", "add", "--tokens", str(temp / "made.yaml"), "--name", "x", "--scope", "read", *wrong])
        tally.check(said.returncode == 2 and f"given twice: {wrong[0]}\n".encode() in said.stderr,
                    "the option that is wrong is named", said.stderr)


def run(tally):
    with tempfile.TemporaryDirectory() as temp:
        check_tokens(tally, pathlib.Path(temp))
        check_token_places(tally, pathlib.Path(temp))
        check_added_at_once(tally, pathlib.Path(temp))
        check_interrupted(tally, pathlib.Path(temp))
        check_token_files(tally, pathlib.Path(temp))
        check_tls(tally, pathlib.Path(temp))
        check_new_authority(tally, pathlib.Path(temp))
        check_many_namespaces(tally, pathlib.Path(temp))
