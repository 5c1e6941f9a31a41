#!/usr/bin/env python3
"""Runs what the pages show: each fenced block marked `console` is a session, its output is compared with what stands there.

    examples.py [PAGE…]

A line `$ command` is run, with the lines up to the end of its here-document or behind a trailing backslash; the lines
after it, up to the next command, are what it prints, standard error too. `…` stands for any text in a line, and alone
on a line for any lines. The blocks of a page are one session of bash in a fresh copy of the tree but its tests, with the
program, and tests/docs/bin before it, on the PATH.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402

MARK = "\x1e"
BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```$", re.M | re.S)
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class Step:
    def __init__(self, line, command):
        self.line, self.command, self.expected = line, command, []


def steps_of(text):
    """Commands with their line in the page and the lines expected of them."""
    steps = []
    for block in BLOCK.finditer(text):
        number = text.count("\n", 0, block.start()) + 1
        lines = [line.removeprefix(block.group(1)) for line in block.group(2).splitlines()]
        at = 0
        while at < len(lines):
            number += 1
            if lines[at].startswith("$ "):
                step = Step(number, lines[at][2:])
                steps.append(step)
                taken = continued(lines, at)
                step.command = "\n".join([step.command, *lines[at + 1:at + 1 + taken]])
                at += taken
                number += taken
            elif steps:
                steps[-1].expected.append(lines[at])
            at += 1
    return steps


def continued(lines, at):
    """How many lines more belong to the command."""
    heredoc, n = HEREDOC.search(lines[at]), 0
    if heredoc:
        while at + n + 1 < len(lines) and lines[at + n] != heredoc.group(2):
            n += 1
    else:
        while lines[at + n].endswith("\\") and at + n + 1 < len(lines):
            n += 1
    return n


def matches(expected, got):
    pattern = ""
    for line in expected:
        if line.strip() == "…":
            pattern += r"(?:.*\n)*"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("…")) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in got)) is not None


def copy_tree(to):
    """The files of the tree, which may be a clone or an unpacked archive; no builds, nor the thousands of files of the tests."""
    left_out = [f"--exclude=./{name}" for name in ("build", ".git", ".cache", "tests")]
    tar = subprocess.run(["tar", "-c", *left_out, "."], cwd=harness.ROOT, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=to, input=tar, check=True)


def run_session(steps, where, home):
    script = "exec 2>&1 </dev/null\n" + "".join(f"status=$?; printf '{MARK}'; (exit $status)\n{s.command}\n" for s in steps)
    path = [str(harness.TESTS / "docs" / "bin"), str(pathlib.Path(harness.program()).parent), os.environ["PATH"]]
    env = {"PATH": ":".join(path), "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    out = subprocess.run(["bash", "-c", script], cwd=where, env=env, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
    return [part.splitlines() for part in out.decode(errors="replace").split(MARK)[1:]]


def check_page(tally, page):
    steps = steps_of(page.read_text())
    if not steps:
        return 0
    with tempfile.TemporaryDirectory() as temp:
        where, home = pathlib.Path(temp) / "tree", pathlib.Path(temp) / "home"
        where.mkdir()
        home.mkdir()
        copy_tree(where)
        outputs = run_session(steps, where, home)
    name = page.relative_to(harness.ROOT)
    tally.equal(len(outputs), len(steps), f"{name}: the session came to its end")
    for step, got in zip(steps, outputs):
        while step.expected and not step.expected[-1]:
            step.expected.pop()
        detail = "\n".join(["expected:", *step.expected, "got:", *got])
        tally.check(matches(step.expected, got), f"{name}:{step.line}: {step.command.splitlines()[0]}", detail)
    return len(steps)


def self_test(tally):
    """The comparison can fail."""
    for expected, got, ok in ((["a"], ["a"], True), (["a"], ["b"], False),
                              (["a", "…", "b"], ["a", "x", "y", "b"], True), (["a …"], ["a b c"], True),
                              (["a"], [], False), (["…"], [], True), (["a.c"], ["abc"], False), ([], ["x"], False)):
        tally.equal(matches(expected, got), ok, f"{expected} and {got}")
    steps = steps_of("x\n```console\n$ cat <<'END'\na\nEND\na\n$ b \\\n  c\nd\n```\n```\n$ not run\n```\n")
    tally.equal([(s.line, s.command, s.expected) for s in steps], [(3, "cat <<'END'\na\nEND", ["a"]), (7, "b \\\n  c", ["d"])], "steps")


def main(argv):
    tally = harness.Tally("docs-examples")
    self_test(tally)
    pages = [pathlib.Path(a).resolve() for a in argv] or [
        p
        for p in [harness.ROOT / "README.md", *sorted((harness.ROOT / "docs").glob("*.md")),
                  *sorted((harness.ROOT / "deploy").rglob("*.md"))] if p.exists()]
    counts = {page: check_page(tally, page) for page in pages}
    print(f"commands run: {sum(counts.values())} of {sum(1 for n in counts.values() if n)} pages")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
