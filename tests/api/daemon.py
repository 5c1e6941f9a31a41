"""A callout-serve of one's own, on a free port of loopback, and ways to talk to it: a real client, and raw sockets."""

import http.client
import json
import os
import pathlib
import queue
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

YAML = "application/yaml"
MANIFEST = b"""apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com}
"""


def program():
    return [*harness.command()[:-1], str(pathlib.Path(harness.program()).parent / "callout-serve")]


def start(*args, env=None, under=()):
    """The daemon, where it is expected to refuse, or only to look."""
    return subprocess.run([*under, *program(), *args], capture_output=True, env=harness.environment(**(env or {})),
                          timeout=harness.PATIENCE)


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body

    def json(self):
        return json.loads(self.body)


class Daemon:
    """Runs until stop(); also a context manager. Its log is read all the time, as JSON events."""

    def __init__(self, *args, env=None, tls=None, host="127.0.0.1", listen=None, under=()):
        self.tls, self.host, self.log = tls, host, []
        self.events = queue.Queue()
        self.process = subprocess.Popen(
            [*under, *program(), "--listen", listen or f"{host}:0", "--log-format", "json", *args],
            env=harness.environment(**(env or {})), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        event = self.wait_for("listening")
        self.port = int(event["address"].rsplit(":", 1)[1])

    def _read_log(self):
        for line in self.process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"msg": "no JSON", "line": line.decode(errors="replace")}
            self.log.append(event)
            self.events.put(event)
        self.events.put(None)

    def wait_for(self, msg):
        """The next event of that name; ends the test when the daemon ends first, or hangs."""
        while True:
            try:
                event = self.events.get(timeout=harness.PATIENCE)
            except queue.Empty:
                raise self.hangs(f"{msg!r} was expected") from None
            if event is None:
                raise RuntimeError(f"the daemon ended, {msg!r} was expected: {self.log}")
            if event.get("msg") == msg:
                return event

    def priorities(self):
        """The niceness of each of its threads."""
        return [os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()]

    def hangs(self, what):
        """An exception that says what it was doing; it is ended."""
        threads = []
        for task in sorted(pathlib.Path(f"/proc/{self.process.pid}/task").glob("*")):
            try:
                threads.append([(task / name).read_text().strip() for name in ("comm", "wchan", "syscall")])
            except OSError:
                pass  # a thread that ended, or nothing that we may know
        self.process.kill()
        return RuntimeError(f"the daemon hangs, {what}: {self.log[-20:]}, threads {threads}")

    def told(self, msg):
        """The first event of that name since the start, before or after anything that was waited for. None: it does not come."""
        def found():
            over = not self.reader.is_alive()  # asked first: then all that came is in the log
            return [e for e in self.log if e.get("msg") == msg] or over and [None]

        return (harness.eventually(found) or [None])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """The exit status; nothing is left of it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(harness.PATIENCE)
        except subprocess.TimeoutExpired:
            raise self.hangs("its end was expected") from None
        self.reader.join()
        return status

    # ---- a real client ----

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=harness.PATIENCE)
        return http.client.HTTPConnection(self.host, self.port, timeout=harness.PATIENCE)

    def request(self, method, path, body=None, headers=None, connection=None):
        own = connection or self.connect()
        try:
            own.request(method, path, body=body, headers=headers or {})
            response = own.getresponse()
            return Answer(response, response.read())
        finally:
            if not connection:
                own.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body, content_type=YAML, **headers):
        return self.request("POST", path, body, {"Content-Type": content_type, **{k.replace("_", "-"): v for k, v in headers.items()}})

    # ---- raw sockets ----

    def socket(self, receive=None):
        """A connection; receive: how many bytes the kernel takes in before somebody reads them, whatever its settings."""
        raw = socket.socket()
        if receive:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        raw.settimeout(harness.PATIENCE)
        raw.connect((self.host, self.port))
        return self.tls.wrap_socket(raw, server_hostname=self.host) if self.tls else raw

    def raw(self, data):
        """All that comes back until the server closes or says nothing more, having sent data and then nothing."""
        with self.socket() as s:
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it was closed in the middle, as it may be
            return read_all(s)

    def memory_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def read_all(s):
    out = b""
    while True:
        try:
            piece = s.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            return out
        if not piece:
            return out
        out += piece


def statuses(raw):
    """Of all answers in what a socket gave."""
    return [int(n) for n in re.findall(rb"HTTP/1\.1 (\d{3}) ", raw)]


def is_serving_built():
    return os.path.exists(program()[-1])
