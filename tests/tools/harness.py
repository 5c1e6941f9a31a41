"""What the runners share: the program under test, cases that are folders, and counting."""

import concurrent.futures
import difflib
import os
import pathlib
import pty
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
# Seconds after which something is taken to hang, so that a test ends and says where. No judgement: nothing that works
# takes as long, on the slowest of machines.
PATIENCE = 300
PASSED_ON = ("PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "GCOV_PREFIX")


def program():
    """Path of the program: $CALLOUT, else the newest build."""
    if os.environ.get("CALLOUT"):
        return os.path.abspath(os.environ["CALLOUT"])
    built = [p for p in (ROOT / "build" / b / "daemon" / "callout" for b in ("release", "dev")) if p.exists()]
    if not built:
        sys.exit("there is no build: run tests/run, or set CALLOUT")
    return str(max(built, key=lambda p: p.stat().st_mtime))


def command():
    """The program with what it is run under: CALLOUT_UNDER="valgrind …"."""
    return shlex.split(os.environ.get("CALLOUT_UNDER", "")) + [program()]


def is_wrapped():
    return bool(os.environ.get("CALLOUT_UNDER"))


def environment(**more):
    env = {k: os.environ[k] for k in PASSED_ON if k in os.environ}
    env.update({"LC_ALL": "C.UTF-8", "CALLOUT": program()}, **more)
    return env


def run(args, cwd=None, stdin=b"", env=None, timeout=PATIENCE, prefix=(), **kw):
    """Runs `callout ARGS`. The result has returncode, stdout and stderr as bytes."""
    kw.setdefault("stdout", subprocess.PIPE)
    kw.setdefault("stderr", subprocess.PIPE)
    if not hasattr(stdin, "fileno") and not isinstance(stdin, int):
        kw["input"] = stdin
    else:
        kw["stdin"] = stdin
    return subprocess.run([*prefix, *command(), *args], cwd=cwd, env=env or environment(), timeout=timeout, **kw)


def compiled(name, *flags):
    """Path of tests/fault/NAME.c, compiled when it is newer than what is there."""
    source, out = TESTS / "fault" / f"{name}.c", ROOT / "build" / "tests" / name
    if not out.exists() or out.stat().st_mtime < source.stat().st_mtime:
        out.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", *flags, "-o", str(out), str(source)], check=True)
    return str(out)


def eventually(condition, seconds=PATIENCE, pause=0.02):
    """The condition's first true answer; its last one when none comes."""
    ends = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < ends:
        time.sleep(pause)
    return answer


def has_terminals():
    """Does the system give terminals? A bare chroot without /dev/pts does not."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


def on_terminal(args, where, **env):
    """What `callout ARGS` says to a terminal on its standard error."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([*command(), *args], cwd=where, stderr=follower, stdout=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL, env=environment(**{"TERM": "xterm", **env}))
    os.close(follower)
    said = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(leader)
    process.wait()
    return said


class Tmpfs:
    """A small file system in memory, or None when it cannot be mounted here."""

    def __init__(self, size):
        self.size = size

    def __enter__(self):
        self.path = tempfile.mkdtemp()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.path], capture_output=True)
        if done.returncode:
            os.rmdir(self.path)
            self.path = None
        return self.path

    def __exit__(self, *_):
        if self.path:
            subprocess.run(["umount", "--lazy", self.path], check=True)  # what a failed test left running may still be in there
            os.rmdir(self.path)


class Measured:
    """One run under tests/fault/measure.c."""

    def __init__(self, args, stdin, cwd=None):
        with tempfile.TemporaryDirectory() as temp:
            report = os.path.join(temp, "report")
            result = run(args, cwd=cwd, stdin=stdin, prefix=[compiled("measure"), report])
            self.stdout, self.stderr = result.stdout, result.stderr
            with open(report) as f:
                self.status, self.ms, self.kib = map(int, f.read().split())


def parallel(function, items):
    """[function(item), …] in order, on all processors."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(function, items))


class Tally:
    """Counts checks, prints those that fail, ends with `NAME: N passed, N failed`."""

    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0
        self.counting = threading.Lock()  # several threads check

    def check(self, ok, what, detail=""):
        with self.counting:
            self.passed += bool(ok)
            self.failed += not ok
        if ok:
            return True
        print(f"FAILED {self.name}: {what}")
        if detail:
            text = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
            print("".join(f"    {line}\n" for line in text.splitlines()[:40]), end="")
        sys.stdout.flush()
        return False

    def equal(self, got, want, what):
        if isinstance(got, bytes) and isinstance(want, bytes):
            return self.check(got == want, what, difference(want, got))
        return self.check(got == want, what, f"got {got!r}, expected {want!r}")

    def close(self):
        print(f"{self.name}: {self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def difference(want, got):
    lines = [t.decode(errors="backslashreplace").splitlines() for t in (want, got)]
    return "\n".join(difflib.unified_diff(*lines, "expected", "got", n=1, lineterm=""))


class Case:
    """A folder: its inputs, and what is expected of one run in it.

    args      one argument a line (default: that of the family)
    stdin     fed to the run
    setup.sh  run before, in a copy of the folder, with $CALLOUT set
    exit      the exit code (default: that of the family); never rewritten by --update
    expect    name of the file that standard output is compared with (default out.yaml)
    findings.txt   what is expected on standard error
    same-as   another case whose standard output must be equal to the byte
    """

    def __init__(self, folder, default_args, default_exit):
        self.folder, self.name = folder, folder.name
        args = self._text("args")
        self.args = args.splitlines() if args is not None else default_args
        self.exit = int(self._text("exit") or default_exit)
        self.out = folder / (self._text("expect") or "out.yaml").strip()
        self.findings = folder / "findings.txt"
        self.same_as = (self._text("same-as") or "").strip()

    def _text(self, name):
        path = self.folder / name
        return path.read_text() if path.exists() else None

    def run(self, args=None):
        stdin = (self.folder / "stdin").read_bytes() if (self.folder / "stdin").exists() else b""
        if not (self.folder / "setup.sh").exists():
            return run(args or self.args, cwd=self.folder, stdin=stdin)
        with tempfile.TemporaryDirectory() as temp:
            copy = pathlib.Path(temp) / "case"
            shutil.copytree(self.folder, copy, symlinks=True)
            subprocess.run(["bash", "-eu", "setup.sh"], cwd=copy, env=environment(), check=True, stdout=subprocess.DEVNULL)
            return run(args or self.args, cwd=copy, stdin=stdin)


def cases(family, default_args, default_exit, chosen=()):
    folders = sorted(p for p in (TESTS / family).iterdir() if p.is_dir() and not p.name.startswith("__"))
    unknown = set(chosen) - {p.name for p in folders}
    if unknown:
        sys.exit(f"no such case: {', '.join(sorted(unknown))}")
    return [Case(p, default_args, default_exit) for p in folders if not chosen or p.name in chosen]


def expected_bytes(path):
    return path.read_bytes() if path.exists() else b""


def rewrite(path, content):
    """An expectation: nothing expected means no file."""
    if content == expected_bytes(path) and (content or not path.exists()):
        return False
    if content:
        path.write_bytes(content)
    else:
        path.unlink()
    return True
