"""Small manifests, a place to put them, and what is found there afterwards."""

import contextlib
import functools
import os
import pathlib
import re
import stat
import subprocess
import tempfile

import harness
from known_faults import KNOWN_FAULTS


def manifest(name="auth-check", upstreams="auth", spec=""):
    """A manifest with an upstream for each word of upstreams."""
    lines = "".join(f"  - {{name: {u}, host: {u}.example.com}}\n" for u in upstreams.split())
    return ("apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\n"
            f"metadata: {{name: {name}, namespace: shop}}\nspec:\n{spec}  upstreams:\n{lines}")


GOOD = manifest()
WARNS = GOOD.replace("host: auth.example.com", "host: auth.example.com, isolated: false")
BAD = GOOD.replace("host: auth.example.com", "host: auth.example.com, port: 443")
WITH_FILTER = manifest(spec="  filter:\n    wasm: {url: oci://example.com/a}\n    config: {c: \"${upstreams.auth.cluster}\"}\n")


class Tally(harness.Tally):
    """Counts apart what could not be tried here and what fails for a known fault, so that a green end does not hide it."""

    def __init__(self, name):
        super().__init__(name)
        self.skipped = []
        self.known = dict.fromkeys(KNOWN_FAULTS.values(), 0)

    def check(self, ok, what, detail=""):
        fault = None if ok else next((f for pattern, f in KNOWN_FAULTS.items() if re.search(pattern, what)), None)
        if fault:
            self.known[fault] += 1
            return False
        return super().check(ok, what, detail)

    def skip(self, what, why):
        self.skipped.append(what)
        print(f"SKIPPED {self.name}: {what}: {why}", flush=True)

    def close(self):
        if self.skipped:
            print(f"{self.name}: {len(self.skipped)} SKIPPED here: {'; '.join(self.skipped)}")
        for fault, times in self.known.items():
            if times:
                print(f"{self.name}: KNOWN FAULT, {times} times: {fault}")
        return super().close()


@contextlib.contextmanager
def folder(**files):
    """A temporary directory; a file's name is written with _ for the dot before its ending."""
    with tempfile.TemporaryDirectory() as temp:
        where = pathlib.Path(temp)
        for name, text in files.items():
            stem, _, ending = name.rpartition("_")
            path = where / f"{stem}.{ending}"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        yield where


def expect(tally, what, args, code, *, where=None, stdin=b"", said=None, **kw):
    """Runs, checks the exit code and, when given, a part of standard error. Returns the result."""
    result = harness.run(args, cwd=where, stdin=stdin, **kw)
    ok = tally.check(result.returncode == code, f"{what}: exit {result.returncode}, not {code}", result.stderr)
    if ok and said is not None:
        tally.check(said.encode() in (result.stderr or b""), f"{what}: {said!r} is not said", result.stderr)
    return result


def shell(script):
    """A prefix: the script runs with the program's command line as "$@"."""
    return ["bash", "-c", script, "-"]


TEMPORARY = re.compile(r"(.*/)?\.[^/]*\.tmp")


def content(path):
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"-> {os.readlink(path)}"
    return path.read_bytes() if stat.S_ISREG(mode) else stat.filemode(mode)[0]


def tree(where):
    """Everything beneath a directory: bytes of files, targets of links, a letter for other things."""
    return {str(p.relative_to(where)): content(p) for p in sorted(where.rglob("*"))}


def without_temporary(found):
    """A tree without the temporary files of runs that were killed."""
    return {name: what for name, what in found.items() if not TEMPORARY.fullmatch(name)}


@functools.cache
def as_owner():
    """A prefix under which permissions count, for root too; None where that cannot be had."""
    capabilities = "-dac_override,-dac_read_search"
    prefix = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"] if os.geteuid() == 0 else []
    with folder(locked_txt="") as where:
        (where / "locked.txt").chmod(0)
        probe = [*prefix, "bash", "-c", '[[ ! -r $1 ]]', "-", str(where / "locked.txt")]
        return prefix if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0 else None
