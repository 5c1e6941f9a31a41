"""strace: the system calls of a run, and runs in which one of them fails or is the last."""

import collections
import functools
import re
import shutil
import tempfile
from typing import NamedTuple

import harness

# The first thing that main does: what comes before belongs to the loader.
MAIN = "rt_sigaction(SIGPIPE"


class Call(NamedTuple):
    name: str
    nth: int
    text: str

    def __str__(self):
        return f"{self.name} {self.nth}"


@functools.cache
def usable():
    """Not every container lets a process be traced, and not every instrumented program goes on when it is."""
    if not shutil.which("strace"):
        return False
    return harness.run(["version"], prefix=injected(Call("openat", 1000, ""), "error=ENOENT")).returncode == 0


def calls(args, **kw):
    """The system calls of a run, from main on, until a measured program writes its counters."""
    with tempfile.NamedTemporaryFile("r") as log:
        harness.run(args, prefix=["strace", "-o", log.name], **kw)
        lines = log.read().splitlines()
    count, of_main, found = collections.Counter(), False, []
    for line in lines:
        if ".gcda" in line:
            break
        name = re.match(r"\w+(?=\()", line)
        if not name:
            continue
        count[name[0]] += 1
        if of_main and name[0] != "exit_group":
            found.append(Call(name[0], count[name[0]], line))
        of_main = of_main or line.startswith(MAIN)
    return found


def injected(call, what):
    """A prefix: what ("error=EIO", "signal=KILL") happens to the call."""
    return ["strace", "-o", "/dev/null", "-e", f"trace={call.name}", "-e", f"inject={call.name}:{what}:when={call.nth}"]


def delayed(names, microseconds):
    """A prefix: each of the calls is made late."""
    return ["strace", "-o", "/dev/null", "-e", f"trace={names}", "-e", f"inject={names}:delay_enter={microseconds}"]
