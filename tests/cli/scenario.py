"""Runs that are disturbed, and what must be true of them afterwards: old or new, never a mix.

All start in the same folder. What a run leaves undisturbed is known, so a disturbed one can be judged: it does the
same, or it ends with exit code 4 and a finding, and each file is what it was before or what it should become.
"""

import contextlib
import functools
import json
import pathlib
import re
import shutil
import tempfile

import harness
import tracing
from common import BAD, WARNS, manifest, tree, without_temporary

REPORT = "report.json"
LISTS = ("out/.callout-files", "fresh/.callout-files")
FINDING = re.compile(rb"error CO\d{4}: |callout: cannot write")


def filtered(upstreams, config):
    return manifest(upstreams=upstreams, spec=f"  filter:\n    wasm: {{url: oci://example.com/a}}\n    config: {{a: {config}}}\n")


# From old to new one file changes, some stay, some become stale, some are new.
OLD, NEW = filtered("auth stale", "old"), filtered("auth fresh", "new")
LUA = manifest("lua", spec="  filter:\n    lua: {file: code.lua}\n")
BINARY = manifest("binary", spec="  filter:\n    wasm: {url: https://example.com/a.wasm, binary: sub/a.wasm}\n")
MESH = "apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: mesh}\nspec: {istioVersions: ['1.27']}\n"
TEMPLATE = (harness.ROOT / "templates/service-entry.yaml").read_text().replace("${location}", "MESH_INTERNAL")
OBJECTS = "apiVersion: v1\nkind: List\nitems: []\n"


def is_json(text):
    try:
        return json.loads(text) is not None
    except ValueError:
        return False


class Beginning:
    """The folder that runs take place in, or in copies of."""

    def __init__(self):
        self.temp = tempfile.TemporaryDirectory()
        self.where = where = pathlib.Path(self.temp.name)
        files = {"old.yaml": OLD, "new.yaml": NEW, "bad.yaml": BAD, "warns.yaml": WARNS, "mesh.yaml": MESH,
                 "objects.yaml": OBJECTS, REPORT: "{}", "in/lua.yaml": LUA, "in/code.lua": "x = 1\n",
                 "in/binary.yaml": BINARY, "templates/service-entry.yaml": TEMPLATE}
        for directory in ("in/sub", "templates"):
            (where / directory).mkdir(parents=True)
        for name, text in files.items():
            (where / name).write_text(text)
        shutil.copy(harness.TESTS / "golden/wasm-binary/auth.wasm", where / "in/sub/a.wasm")
        harness.run(["generate", "-f", "old.yaml", "-o", "dir=out"], cwd=where)
        self.tree = tree(where)

    def judge_untouched(self, tally):
        tally.check(tree(self.where) == self.tree, "runs that write nothing have written")


@functools.cache
def beginning():
    return Beginning()


class Scenario:
    """One that writes nothing takes place in the common folder, all others in copies of it."""

    def __init__(self, name, *args, stdin=b"", code=0, writes=False):
        self.name, self.args, self.stdin, self.code, self.writes = name, list(args), stdin, code, writes

    @contextlib.contextmanager
    def start(self):
        if not self.writes:
            yield beginning().where
            return
        with tempfile.TemporaryDirectory() as temp:
            where = pathlib.Path(temp) / "here"
            shutil.copytree(beginning().where, where, symlinks=True)
            yield where

    def run(self, where, prefix=(), env=None):
        return harness.run(self.args, cwd=where, stdin=self.stdin, prefix=prefix, env=env)

    @functools.cached_property
    def undisturbed(self):
        """What comes of it when nothing happens: the result, the files before and after."""
        with self.start() as where:
            before = tree(where)
            result = self.run(where)
            return result, before, tree(where)

    @functools.cached_property
    def calls(self):
        """The system calls that it makes."""
        with self.start() as where:
            return tracing.calls(self.args, cwd=where, stdin=self.stdin)

    def judge_files(self, tally, what, where):
        """Every file is old or new, and the list names what is there."""
        _, before, after = self.undisturbed
        now = without_temporary(tree(where))
        mixed = [n for n in now.keys() | before.keys() | after.keys()
                 if now.get(n) not in (before.get(n), after.get(n)) and not (n in LISTS or n == REPORT and is_json(now.get(n)))]
        tally.check(not mixed, f"{what}: neither old nor new", "\n".join(mixed))
        for file in LISTS:
            directory = file.partition("/")[0] + "/"
            listed = now.get(file, b"").decode().splitlines()
            unlisted = [n for n in now if n.startswith(directory) and n != file and n[len(directory):] not in listed]
            tally.check(not unlisted, f"{what}: a file that the list does not name", "\n".join(unlisted))

    def judge_mended(self, tally, what, where):
        result = self.run(where)
        tally.check(result.returncode == self.code and without_temporary(tree(where)) == self.undisturbed[2],
                    f"{what}: the next run does not mend it", result.stderr)

    def judge(self, tally, what, where, result, *, must_fail=False, mute=False):
        """mute: it was standard error itself that failed."""
        what = f"{self.name}, {what}"
        fine, before, after = self.undisturbed
        if result.returncode == self.code and not must_fail:
            tally.check(result.stdout == fine.stdout and (not self.writes or tree(where) == after)
                        and (mute or result.stderr == fine.stderr),
                        f"{what}: exit {self.code}, but with another result", result.stderr)
            return
        if not tally.check(result.returncode == 4, f"{what}: exit {result.returncode}, not 4", result.stderr):
            return
        tally.check(mute or FINDING.search(result.stderr), f"{what}: nothing is said", result.stderr)
        tally.check(result.stdout in (b"", fine.stdout), f"{what}: half of the output", result.stdout[-300:])
        if self.writes and tree(where) != before:
            self.judge_files(tally, what, where)
            self.judge_mended(tally, what, where)


UPDATE = Scenario("update", "generate", "-f", "new.yaml", "-o", "dir=out", writes=True)
FIRST = Scenario("first", "generate", "-f", "new.yaml", "-o", "dir=fresh", writes=True)
SCENARIOS = [UPDATE, FIRST, Scenario("compare", "generate", "-f", "new.yaml", "-o", "dir=out", "--check", code=1),
             Scenario("generate", "generate", "-f", "new.yaml"),
             Scenario("named files", "generate", "-R", "-f", "in", "-o", "json"),
             Scenario("all inputs", "generate", "-f", "-", "--mesh-file", "mesh.yaml", "--objects", "objects.yaml",
                      "--templates", "templates", stdin=NEW.encode()),
             Scenario("clusters", "clusters", "-R", "-f", "in"),
             Scenario("check", "check", "-f", "warns.yaml", "--report", f"json={REPORT}", "--report", "text",
                      writes=True), Scenario("refused", "check", "-f", "bad.yaml", "-f", "new.yaml", code=3),
             Scenario("explain", "explain", "CO0204"), Scenario("schema", "schema"),]
