"""Every system call and every allocation is made to fail once, in runs of every command."""

import pathlib
import tempfile

import harness
import scenario
import tracing

# How each system call fails. A call that is not here must be added, or listed as one that cannot fail. brk has no
# errors: it answers where the heap ends now.
ERRORS = {"openat": ("EACCES", "EMFILE"), "read": ("EIO",), "pread64": ("EIO",), "write": ("EIO", "ENOSPC"),
          "fsync": ("EIO",), "close": ("EIO",), "renameat": ("EIO", "ENOSPC"), "renameat2": ("EIO", "ENOSPC"),
          "unlinkat": ("EACCES",), "mkdir": ("EACCES", "ENOSPC"), "mkdirat": ("EACCES",), "newfstatat": ("EIO",),
          "fstat": ("EIO",), "statx": ("EIO",), "lstat": ("EIO",), "stat": ("EIO",), "readlink": ("EIO",),
          "readlinkat": ("EIO",), "access": ("EACCES",), "getdents64": ("EIO",), "getcwd": ("EACCES",),
          "flock": ("EIO", "ENOLCK"), "lseek": ("EINVAL",), "fcntl": ("EBADF",), "ioctl": ("ENOTTY",), "brk": ("0",),
          "mmap": ("ENOMEM",), "mremap": ("ENOMEM",), "munmap": ("ENOMEM",), "getrandom": ("EAGAIN", "ENOSYS"),}
CANNOT_FAIL = {"getpid", "futex", "madvise", "rt_sigaction", "rt_sigprocmask"}
# Where nothing can make good for the failure. An error of these must never be passed over.
MUST_FAIL = {"write", "fsync", "read", "renameat", "renameat2", "getdents64"}
INTERRUPTED = {"read", "write"}


def system_calls(tally):
    if not tracing.usable():
        tally.skip("every system call fails once", "strace cannot trace the program here")
        return
    tries = []
    for s in scenario.SCENARIOS:
        tally.check(s.calls, f"{s.name}: no system calls are seen")
        for call in s.calls:
            tally.check(call.name in ERRORS or call.name in CANNOT_FAIL, f"{s.name}: {call.name} is not in the table", call.text)
            tries += [(s, call, error) for error in ERRORS.get(call.name, ())]
            tries += [(s, call, "EINTR") for _ in [0] if call.name in INTERRUPTED]
    harness.parallel(lambda t: try_call(tally, *t), tries)
    scenario.beginning().judge_untouched(tally)
    print(f"system calls: {len(tries)} failures in {len(scenario.SCENARIOS)} runs")


def try_call(tally, s, call, error):
    mute = call.text.startswith("write(2,")
    with s.start() as where:
        result = s.run(where, prefix=tracing.injected(call, f"error={error}" if error.startswith("E") else f"retval={error}"))
        s.judge(tally, f"{error} of {call}, {call.text[:80]}", where, result,
                must_fail=error != "EINTR" and call.name in MUST_FAIL, mute=mute)


def preloaded(**env):
    return harness.environment(LD_PRELOAD=harness.compiled("failmalloc", "-shared", "-fPIC"), **env)


def count_allocations(s):
    """How many allocations it makes; 0 when they cannot be counted."""
    with s.start() as where, tempfile.TemporaryDirectory() as temp:
        count = pathlib.Path(temp) / "count"
        s.run(where, env=preloaded(FAILMALLOC_COUNT=str(count)))
        return int(count.read_text()) if count.exists() else 0


def try_allocation(tally, s, how, nth):
    with s.start() as where:
        result = s.run(where, env=preloaded(**{how: str(nth)}))
        s.judge(tally, f"{how}={nth}", where, result)


def allocations(tally):
    """Each allocation fails alone, and every seventh with all that follow."""
    tries = []
    for s in scenario.SCENARIOS:
        n = count_allocations(s)
        if n == 0:
            tally.skip(f"{s.name}: every allocation fails once", "the program does not take another malloc")
            continue
        tries += [(s, "FAILMALLOC_AT", i) for i in range(1, n + 1)] + [(s, "FAILMALLOC_FROM", i) for i in range(1, n + 1, 7)]
    harness.parallel(lambda t: try_allocation(tally, *t), tries)
    scenario.beginning().judge_untouched(tally)
    print(f"allocations: {len(tries)} failures in {len(scenario.SCENARIOS)} runs")


system_call_tests = [system_calls]
allocation_tests = [allocations]
