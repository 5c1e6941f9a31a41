"""Programs that tests start beside themselves: each has a log, and none outlives the test."""

import atexit
import http.client
import json
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import harness

LOG_LINES = 15
CANNOT_BE_HAD = 4  # exit code of the scripts that build and download
running = []


class NotStarted(Exception):
    """Says which program it was and how its log ends."""


class Missing(Exception):
    """A referee cannot be downloaded or built here: what it judges is skipped, not passed."""


def admin_text(address, path):
    """What an Envoy's admin interface says there; nothing where it does not answer well."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as response:
            return response.read().decode().strip()
    except (OSError, http.client.HTTPException):
        return ""


def provided(script, *args):
    """The path that a script prints."""
    result = subprocess.run([script, *args], stdout=subprocess.PIPE, text=True)
    if result.returncode == CANNOT_BE_HAD:
        raise Missing(" ".join([script.name, *args]))
    if result.returncode:
        raise NotStarted(f"{script.name} {' '.join(args)} ended with {result.returncode}")
    return pathlib.Path(result.stdout.strip())


class Process:
    """A program that runs until `stop`, the end of the test, or the death of the test."""

    def __init__(self, name, args, folder, env=None, stdout=None):
        self.name, self.log = name, folder / f"{name}.log"
        # The kernel ends it when we are killed without a chance to do so ourselves.
        command = ["setpriv", "--pdeathsig", "KILL", *map(str, args)]
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=stdout or log, stderr=log,
                                          bufsize=0, start_new_session=True)
        running.append(self)

    def log_end(self):
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"{self.name}: {line}" for line in lines[-LOG_LINES:])

    def failure(self, what):
        return NotStarted(f"{self.name} {what}\n{self.log_end()}")

    def until(self, probe, what="does not get ready", seconds=harness.PATIENCE):
        """The first true answer of probe()."""
        end = time.monotonic() + seconds
        while True:
            if self.child.poll() is not None:
                raise self.failure(f"ended with {self.child.returncode}")
            answer = probe()
            if answer:
                return answer
            if time.monotonic() > end:
                raise self.failure(f"{what} in {seconds} s")
            time.sleep(0.05)

    def answer(self, question=None, seconds=harness.PATIENCE):
        """The next line of JSON that it prints, whatever it says before; for a process with stdout=PIPE."""
        if question is not None:
            self.child.stdin.write(json.dumps(question).encode() + b"\n")
        line = b" "
        while line and not line.startswith(b"{"):
            readable, _, _ = select.select([self.child.stdout], [], [], seconds)
            line = self.child.stdout.readline() if readable else b""
        if not line:
            raise self.failure("does not answer")
        return json.loads(line)

    def stop(self):
        if self in running:
            running.remove(self)
        self.child.stdin.close()
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def stop_beneath(folder):
    """Those that work in the folder, the last first."""
    for process in reversed([p for p in running if folder in p.log.parents]):
        process.stop()


def stop_all():
    stop_beneath(pathlib.Path("/"))


def free_ports(count):
    """Ports that are free now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


atexit.register(stop_all)
# As on Ctrl-C: the exit handlers run.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
