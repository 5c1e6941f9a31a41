"""Rows about the daemon, beside nginx and a small server in Go: requests per second that a processor worked for the server.

One processor is the server's and another the client's (wrk), so that neither takes from the other. What is counted is the
server's own processor time, which a busy machine changes little.
"""

import http.client
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import dump_rows
import dumps
import harness
import inputs
import peers

sys.path.append(str(harness.TESTS / "api"))
import daemon  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS, SECONDS, CONNECTIONS = 5, 2, 32
OPEN = 800  # connections, within the usual limit of 1024 descriptors
DUMP = 300_000_000
TICKS = os.sysconf("SC_CLK_TCK")
PROCESSORS = sorted(os.sched_getaffinity(0))
SERVER_ON, CLIENT_ON = {PROCESSORS[0]}, {PROCESSORS[-1]}  # the same where there is one

NGINX = """daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ default_type text/plain; return 200 "ok\\n"; }} }}
}}
"""
POST = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/yaml"
wrk.body = io.open("{body}"):read("*a")
"""


def pin(pid):
    """Threads that are there, and by inheritance those to come."""
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), SERVER_ON)


def worked(pid):
    """Seconds that processors worked for a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def kib(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.M).group(1))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """Someone else's server, until it is left."""

    def __init__(self, port, command, **environment):
        self.port = port
        self.process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listens(self):
        for _ in range(500):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def started(port, command, **environment):
    """(server, None), or (None, why not)."""
    server = Server(port, command, **environment)
    if server.listens():
        return server, None
    server.__exit__()
    return None, "it does not listen"


def nginx(folder):
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        return None, "it is not installed"
    port, config = free_port(), folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port))
    return started(port, [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")])


def go_server(_folder):
    program, why = peers.server()
    if why:
        return None, why
    port = free_port()
    return started(port, [program, f"127.0.0.1:{port}", str(HERE / "peers/objects.tmpl")], GOMAXPROCS="1")


def load(server, path, script):
    """Requests a second of the server's processor time."""
    before = worked(server.process.pid)
    result = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s",
                             *(["-s", str(script)] if script else []), f"http://127.0.0.1:{server.port}{path}"],
                            preexec_fn=lambda: os.sched_setaffinity(0, CLIENT_ON), capture_output=True, text=True,
                            check=True).stdout
    seconds = worked(server.process.pid) - before
    if "Non-2xx" in result or re.search(r"Socket errors: (?!connect 0, read 0, write 0,)", result):
        raise RuntimeError(f"{path}: not every request was answered well\n{result}")
    return int(re.search(r"(\d+) requests in", result).group(1)) / seconds


def compare(report, title, path, peer, start, bodies=None):
    """(the daemon's rate, the peer's or None), by turns; bodies are scripts for wrk."""
    report.title(title)
    own_script, peer_script = bodies or (None, None)
    with tempfile.TemporaryDirectory() as temp, daemon.Daemon("--threads", "1") as own:
        pin(own.process.pid)
        server, why = start(pathlib.Path(temp))
        if why:
            report.left_out(peer, why)
            ours, theirs = median(lambda: load(own, path, own_script)), None
        else:
            with server:
                pin(server.process.pid)
                pairs = [(load(own, path, own_script), load(server, path, peer_script)) for _ in range(ROUNDS)]
            ours, theirs = (sorted(side)[ROUNDS // 2] for side in zip(*pairs))
            report.rate(peer, theirs, "requests a processor second")
    report.rate("callout serve", ours, "requests a processor second")
    return ours, theirs


def median(function):
    return sorted(function() for _ in range(ROUNDS))[ROUNDS // 2]


def livez(report):
    ours, theirs = compare(report, "serve: GET /livez, keep-alive", "/livez", "nginx, return 200", nginx)
    if theirs:
        report.ratio("callout / nginx", ours / theirs, 1, at_most=False)


def generate(report, folder):
    scripts = []
    for name, body in (("own", inputs.manifests(1)), ("go", inputs.values(1))):
        (folder / f"{name}.yaml").write_text(body)
        (folder / f"{name}.lua").write_text(POST.format(body=folder / f"{name}.yaml"))
        scripts.append(folder / f"{name}.lua")
    ours, theirs = compare(report, "serve: POST /v1/generate, one manifest, three upstreams", "/v1/generate",
                           "Go net/http, text/template", go_server, scripts)
    if theirs:
        report.ratio("callout / Go", ours / theirs, 4, at_most=False)


def forget_peak(pid):
    try:
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError:
        pass  # the peak since the start is never less


def swallow(listener):
    os.sched_setaffinity(0, SERVER_ON)
    connection, buffer = listener.accept()[0], bytearray(1 << 18)
    while connection.recv_into(buffer):
        pass
    connection.close()


def drop(dump):
    """Seconds that it takes a process to read the same bytes from a socket and do nothing with them: by the clock, and of its processor."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = os.fork()
        if child == 0:
            try:
                swallow(listener)
            finally:
                os._exit(0)
        start = time.monotonic()
        with socket.create_connection(listener.getsockname()) as s, open(dump, "rb") as body:
            s.sendfile(body)
            s.shutdown(socket.SHUT_WR)
            s.recv(1)
        usage = os.wait4(child, 0)[2]
        return time.monotonic() - start, usage.ru_utime + usage.ru_stime


def hand_in(own, dump):
    """Seconds until the verdict on a dump that is sent from the page cache."""
    connection = http.client.HTTPConnection("127.0.0.1", own.port)
    start = time.monotonic()
    with open(dump, "rb") as body:
        connection.putrequest("POST", "/v1/namespaces/shop/manifests/auth-check/dumps?proxy=web")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(os.path.getsize(dump)))
        connection.endheaders()
        connection.sock.sendfile(body)
        response = connection.getresponse()
        text = response.read()
    seconds = time.monotonic() - start
    connection.close()
    if response.status not in (200, 201) or b'"resolved"' not in text:
        raise RuntimeError(f"the dump was answered with {response.status}: {text[:400]}")
    return seconds


def large_dump(watch, report, folder):
    report.title(f"serve: POST of a dump of {DUMP // 10 ** 6} MB, one processor")
    dump, manifest = folder / "dump.json", folder / "manifest.yaml"
    dumps.write_admin(dump, DUMP)
    manifest.write_text(dump_rows.MANIFEST)
    with daemon.Daemon("--threads", "1", "--data", str(folder / "data")) as own:
        pin(own.process.pid)
        stored = own.request("PUT", "/v1/namespaces/shop/manifests/auth-check", dump_rows.MANIFEST.encode(), {"Content-Type": daemon.YAML})
        if stored.status != 201:
            raise RuntimeError(f"the manifest was answered with {stored.status}: {stored.body[:400]}")
        before = kib(own.process.pid, "VmRSS")
        forget_peak(own.process.pid)
        times = []
        for _ in range(ROUNDS):
            os.sched_setaffinity(0, SERVER_ON)
            verify, _, verify_work = watch.figures(1, dump_rows.verify(manifest, dump))
            os.sched_setaffinity(0, CLIENT_ON)
            work = worked(own.process.pid)
            posted = hand_in(own, dump)
            times.append((posted, verify / 1e6, worked(own.process.pid) - work, verify_work / 1e6, *drop(dump)))
        os.sched_setaffinity(0, PROCESSORS)
        grown = kib(own.process.pid, "VmHWM") - before
    dump.unlink()
    posted, verified, work, verify_work, dropped, drop_work = (sorted(side)[ROUNDS // 2] for side in zip(*times))
    for name, seconds, of_it in (("callout verify", verified, verify_work),
                                 ("reading and dropping the body", dropped, drop_work), ("callout serve", posted, work)):
        report.row(name, seconds * 1e6, f"{DUMP / seconds / 1e9:6.2f} GB/s, of it {of_it * 1000:.0f} ms of the processor")
    report.ratio("serve / verify", posted / verified, 1.3, at_most=True)
    report.ratio("serve / (verify + reading)", posted / (verified + dropped), 1.3, at_most=True)
    # A client on a busy machine is waited for, which the processor's time does not show.
    report.ratio("serve / verify, processor", work / verify_work, 1.3, at_most=True)
    report.ratio("serve / (verify + reading), processor", work / (verify_work + drop_work), 1.2, at_most=True)
    report.ratio("memory that it grew by, MB", grown * 1024 / 1e6, 16, at_most=True)


def opened(own, sent):
    """What each of many connections costs that have sent this much and wait."""
    before, held = kib(own.process.pid, "VmRSS"), []
    for _ in range(OPEN):
        held.append(own.socket())
        held[-1].sendall(sent)
    own.get("/livez")
    time.sleep(0.5)
    each = (kib(own.process.pid, "VmRSS") - before) * 1024 / 1e3 / OPEN
    for s in held:
        s.close()
    return each


def memory(report):
    """A kept connection holds the room for its headers, which the library overwrites after each request."""
    report.title("serve: memory")
    for what, args in (("", ()), (", maxHeaderBytes 8192", ("--max-header-bytes", "8192")),
                       (", maxHeaderBytes 4096", ("--max-header-bytes", "4096"))):
        with daemon.Daemon(*args) as own:
            own.get("/livez")
            idle = kib(own.process.pid, "VmRSS")
            if not what:
                report.ratio("idle, MB", idle * 1024 / 1e6, 8, at_most=True)
            connections = [own.connect() for _ in range(OPEN)]
            for connection in connections:
                own.request("GET", "/livez", connection=connection)
            report.ratio(f"each open connection, kB{what}", (kib(own.process.pid, "VmRSS") - idle) * 1024 / 1e3 / OPEN, 12, at_most=True)
            for connection in connections:
                connection.close()
    for what, sent in (("that says nothing", b""), ("in the middle of its headers", b"GET /livez HTTP/1.1\r\nHost: loc")):
        with daemon.Daemon() as own:
            own.get("/livez")
            report.ratio(f"each one {what}, kB", opened(own, sent), 12, at_most=True)


def run(watch, report):
    if not daemon.is_serving_built():
        report.left_out("callout serve", "it is not built")
        return
    memory(report)
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        if shutil.which("wrk"):
            livez(report)
            generate(report, folder)
        else:
            report.left_out("wrk", "it is not installed")
        large_dump(watch, report, folder)
