"""Start, reload, drain: refusals say why, a bad reload changes nothing, and no request that was accepted is lost."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading

from daemon import MANIFEST, YAML, Daemon, harness, program, start

MESH = "apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\nspec: {isolatedSuffix: %s}\n"


# What no client sends, so that it would look as if it were allowed: Host has no scheme, Origin no path (RFC 6454, 6.2).
NEVER_SENT = {"--allowed-hosts": ("https://a.example", "a.example/", "*.example", "a.example:0", "a@b"),
              "--allowed-origins": ("a.example", "https://a.example/", "https://a.example/x", "https://*.example", "https://",
                                    "://a.example", "https://a.example?x", "https://u@a.example")}
SENT = {"--allowed-hosts": ("a.example", "a.example:8443", "A.example", "[::1]:80", "*"),
        "--allowed-origins": ("https://a.example", "http://a.example:3000", "http://[::1]:80", "app://x", "null", "*")}


NO_ADDRESSES = ("nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:0x1", "::1:0", "[::1]", "[::1:0",
                "unix:/run/callout.sock")


def check_refusals(tally):
    with tempfile.TemporaryDirectory() as temp:
        bad = pathlib.Path(temp) / "bad.yaml"
        for args, status, code in (
                (["--nonsense"], 2, b"CO0701"), (["extra"], 2, b"CO0701"), (["--listen"], 2, b"CO0701"),
                *((["--listen", value], 3, b"--listen:1:1: error CO0209") for value in NO_ADDRESSES),
                (["--listen", "no such name:1"], 3, b"CO0209"), (["--listen", "256.0.0.1:0"], 4, b"CO0702"),
                *(([*more, "--listen", "127.0.0.1:0", "--manifests", path], 4, b"Not a directory")
                  for more in ([], ["--check-config"]) for path in (__file__, "/dev/null", __file__ + "/x")),
                (["--listen", "0.0.0.0:0"], 3, b"CO0703"), (["--listen", "[::]:0"], 3, b"CO0703"),
                *(([option, value], 3, b"CO0209") for option, values in NEVER_SENT.items() for value in values),
                (["--threads", "many"], 3, b"CO0203"), (["--threads", "0"], 3, b"CO0207"), (["--idle-timeout", "5"], 3, b"CO0208"),
                (["--mesh-file", str(bad)], 4, b"CO0101"), (["--config", str(bad)], 4, b"CO0101")):
            result = start(*args)
            tally.check(result.returncode == status and code in result.stderr, f"{args}: exit {result.returncode}", result.stderr)
        for option, values in SENT.items():
            for value in values:
                tally.equal(start(option, value, "--check-config").returncode, 0, f"{option} {value}")
        bad.write_text("meshfile: x\n")
        result = start("--config", str(bad))
        tally.check(result.returncode == 3 and b"bad.yaml:1:1: error CO0201" in result.stderr and b"`meshFile`" in result.stderr,
                    "an unknown setting", result.stderr)
        for text, status in (("listen: 127.0.0.1:0\n---\ntokens: t.yaml\n", 3), ("--- # settings\nlisten: 127.0.0.1:0\n---\n", 0),
                             ("listen: 127.0.0.1:0\n...\n", 0)):
            bad.write_text(text)
            result = start("--config", str(bad), "--check-config")
            tally.check(result.returncode == status and (b"bad.yaml:3:1: error CO0708" in result.stderr) == bool(status),
                        f"settings in several documents: {text!r}", result.stderr)
        bad.write_text("kind: Mesh\n")
        tally.equal(start("--mesh-file", str(bad)).returncode, 3, "a Mesh that is none")
        bad.write_text("apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\nspec: {}\n")
        result = start("--mesh-file", str(bad))
        tally.check(result.returncode == 3 and b"CO0122: this is a FilterManifest, not a Mesh\n" in result.stderr,
                    "a manifest for a Mesh", result.stderr)
        with Daemon() as d:
            result = start("--listen", f"127.0.0.1:{d.port}")
            tally.check(result.returncode == 4 and b"CO0702" in result.stderr, "a port that is taken", result.stderr)


def check_layers(tally):
    """A flag wins over the environment, that over the file."""
    with tempfile.TemporaryDirectory() as temp:
        path = pathlib.Path(temp) / "c.yaml"
        path.write_text("threads: 2\nidleTimeout: 11s\nheaderTimeout: 12s\nallowedHosts: [a.example, b.example]\n")
        result = start("--check-config", "--config", str(path), "--idle-timeout=13s",
                       env={"CALLOUT_SERVE_IDLE_TIMEOUT": "14s", "CALLOUT_SERVE_HEADER_TIMEOUT": "15s"})
        for line in (b"threads: 2\n", b"idleTimeout: 13s\n", b"headerTimeout: 15s\n", b"allowedHosts:\n- a.example\n- b.example\n"):
            tally.check(line in result.stdout, f"{line} is in force", result.stdout)
        again = pathlib.Path(temp) / "again.yaml"
        again.write_bytes(result.stdout)
        tally.equal(start("--check-config", "--config", str(again)).stdout, result.stdout, "what is printed can be read")
    tally.check(b"--mesh-file" in start("--help").stdout, "--help")
    tally.equal(harness.run(["serve", "--version"]).stdout, start("--version").stdout, "callout serve runs callout-serve")


class Load(threading.Thread):
    """Requests over one connection after the other, counting what fails."""

    def __init__(self, daemon, ends):
        super().__init__()
        self.daemon_under_test, self.ends = daemon, ends
        self.answered, self.failed, self.bodies = 0, [], set()

    def run(self):
        connection = self.daemon_under_test.connect()
        while not self.ends.is_set():
            try:
                answer = self.daemon_under_test.request("POST", "/v1/clusters", MANIFEST, {"Content-Type": YAML}, connection=connection)
            except ConnectionRefusedError:
                return  # nobody listens any more: that request was never accepted
            except Exception as e:
                self.failed.append(repr(e))
                return
            if answer.status != 200:
                self.failed.append(answer.status)
            self.answered += 1
            self.bodies.add(answer.json()["clusters"][0]["name"])
            if answer.headers["Connection"] == "close":
                connection.close()
                connection = self.daemon_under_test.connect()


def under_load(daemon, threads, body):
    """body(loads) while so many threads ask."""
    ends = threading.Event()
    loads = [Load(daemon, ends) for _ in range(threads)]
    for load in loads:
        load.start()
    body(loads)
    ends.set()
    for load in loads:
        load.join()
    return loads


def check_reload(tally):
    with tempfile.TemporaryDirectory() as temp:
        path = pathlib.Path(temp) / "mesh.yaml"
        path.write_text(MESH % "zero.internal")
        with Daemon("--mesh-file", str(path)) as d:
            def reloads(_):
                for i in range(10):
                    path.write_text("spec: [\n" if i % 2 else MESH % f"s{i}.internal")
                    d.signal(signal.SIGHUP)
                    d.wait_for("reload refused; what was in force stays" if i % 2 else "reloaded")

            loads = under_load(d, 3, reloads)
            tally.equal([f for load in loads for f in load.failed], [], "no request fails while it reloads")
            names = {n.rsplit(".", 2)[1] for load in loads for n in load.bodies}
            tally.check("s8" in {d.post("/v1/clusters", MANIFEST).json()["clusters"][0]["name"].rsplit(".", 2)[1]},
                        "the last good one is in force", names)
            metrics = d.get("/metrics").body.decode()
            tally.check('callout_reloads_total{result="applied"} 5' in metrics and 'result="refused"} 5' in metrics,
                        "reloads are counted", metrics)
            tally.check(any(e["msg"] == "finding" and e.get("code") == "CO0109" for e in d.log), "the log tells why", d.log)
            tally.equal(d.stop(), 0, "the daemon ends well")


def check_reload_of_pipes(tally):
    """A pipe has been read once. Opening it again would wait for a writer, and a daemon that waits hears no signal."""
    def fill(pipe, text):
        with open(pipe, "w", encoding="utf-8") as f:
            f.write(text)

    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        mesh, config, tokens = (temp / name for name in ("mesh.yaml", "serve.yaml", "tokens.yaml"))
        for path, text in ((mesh, "apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: a}\n"), (config, "{}\n"),
                           (tokens, "tokens: []\n")):
            for from_start in (True, False):
                os.mkfifo(path) if from_start else path.write_text(text)
                writer = threading.Thread(target=fill, args=(path, text), daemon=True)
                writer.start()
                option = {mesh: "--mesh-file", config: "--config", tokens: "--tokens"}[path]
                with Daemon(option, str(path)) as d:
                    writer.join()
                    if not from_start:
                        path.unlink()
                        os.mkfifo(path)
                    d.signal(signal.SIGHUP)
                    told = d.told("reload refused; what was in force stays")
                    tally.check(told and any("only a file can be read again" in e.get("message", "") for e in d.log),
                                f"{option}: a pipe is not waited for, from the start {from_start}", d.log)
                    if not told:
                        d.process.kill()
                    tally.equal(d.stop(), 0, f"{option}: it ends well")
                path.unlink()


def check_reload_of_piped_templates(tally):
    """The same of a file in the directory of templates."""
    with tempfile.TemporaryDirectory() as temp:
        pipe = pathlib.Path(temp) / "client-tls.yaml"
        with Daemon("--templates", temp) as d:
            os.mkfifo(pipe)
            d.signal(signal.SIGHUP)
            told = d.told("reload refused; what was in force stays")
            tally.check(told and any(str(pipe) in str(e) and "only a file can be read again" in e.get("message", "") for e in d.log),
                        "--templates: a pipe is not waited for", d.log)
            if not told:
                d.process.kill()
            pipe.unlink()
            d.signal(signal.SIGHUP)
            d.wait_for("reloaded")
            tally.equal(d.stop(), 0, "--templates: it ends well")


def check_not_reloaded(tally):
    """What a reload cannot change is named."""
    with tempfile.TemporaryDirectory() as temp:
        path = pathlib.Path(temp) / "serve.yaml"
        path.write_text("threads: 2\n")
        with Daemon("--config", str(path)) as d:
            told = "these settings have changed, and need a new start"
            for text, names in (("threads: 2\nstaleAfter: 1h\nallowedHosts: [a.example]\n", None),
                                ("threads: 3\nidleTimeout: 7s\nheaderTimeout: 10000ms\n", "threads, headerTimeout, idleTimeout"),
                                ("threads: 3\nidleTimeout: 7s\nheaderTimeout: 10000ms\n", None),
                                ("{}\n", "threads, headerTimeout, idleTimeout")):
                before = len(d.log)
                path.write_text(text)
                d.signal(signal.SIGHUP)
                d.wait_for("reloaded")
                tally.equal([e.get("settings") for e in d.log[before:] if e["msg"] == told], [names] if names else [],
                            f"a reload of {text!r}")
            tally.equal(d.stop(), 0, "it ends well")


def check_drain(tally):
    for _ in range(5):
        with Daemon() as d:
            def end(loads):
                harness.eventually(lambda: all(load.answered > 5 for load in loads) or not all(load.is_alive() for load in loads),
                                   pause=0.001)
                d.stop()

            loads = under_load(d, 4, end)
            tally.equal([f for load in loads for f in load.failed], [], "no accepted request fails while it ends")
            tally.check(sum(load.answered for load in loads) > 20, "there was load")
            tally.equal(d.stop(), 0, "it ends well")


def check_manager(tally):
    """sd_notify, and a socket that is handed over."""
    with tempfile.TemporaryDirectory() as temp:
        path = os.path.join(temp, "notify")
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(path)
        manager.settimeout(harness.PATIENCE)
        with Daemon(env={"NOTIFY_SOCKET": path}) as d:
            tally.check(manager.recv(500).startswith(b"READY=1"), "READY=1")
            d.signal(signal.SIGHUP)
            said = manager.recv(500)
            tally.check(said.startswith(b"RELOADING=1") and b"MONOTONIC_USEC=" in said, "RELOADING=1", said)
            tally.check(manager.recv(500).startswith(b"READY=1"), "READY=1 after it")
            d.stop()
            tally.check(manager.recv(500).startswith(b"STOPPING=1"), "STOPPING=1")
        manager.close()
    listener = socket.create_server(("127.0.0.1", 0))
    script = 'exec 3<&%d; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"' % listener.fileno()
    process = subprocess.Popen(["bash", "-c", script, "-", *program(), "--log-format", "json"], env=harness.environment(),
                               pass_fds=[listener.fileno()], stderr=subprocess.PIPE)
    line = next(line for line in process.stderr if b'"listening"' in line)
    tally.check(f"127.0.0.1:{listener.getsockname()[1]}".encode() in line, "the manager's socket is taken", line)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=harness.PATIENCE)
    tally.equal(process.returncode, 0, "and let go")
    listener.close()


def run(tally):
    check_refusals(tally)
    check_layers(tally)
    check_reload(tally)
    check_reload_of_pipes(tally)
    check_reload_of_piped_templates(tally)
    check_not_reloaded(tally)
    check_drain(tally)
    check_manager(tally)
