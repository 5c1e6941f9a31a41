#!/usr/bin/env python3
"""The store at its limits: killed at random moments, without disk space, without memory, and its order of syncs.

    run.py [--quick] [PART…]   parts: crash full memory order; quick: fewer kills
    run.py bench               times with 100,000 manifests, beside the bars that they must keep

The program is $STORE_DRIVER, else that of the newest build.
"""

import collections
import concurrent.futures
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402


def driver_path():
    if os.environ.get("STORE_DRIVER"):
        return os.path.abspath(os.environ["STORE_DRIVER"])
    built = [p for b in ("release", "dev") if (p := harness.ROOT / "build" / b / "tests/store_driver").exists()]
    if not built:
        sys.exit("there is no build of store_driver: run tests/run store")
    return str(max(built, key=lambda p: p.stat().st_mtime))


DRIVER = driver_path()


def drive(*args, **kw):
    return subprocess.run([DRIVER, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)


# ---- killed at random moments ----


class Model:
    """What was acknowledged, and what was under way when the process ended."""

    def __init__(self):
        self.stands = {}  # key -> text's number, 0: deleted
        self.revisions = {}  # revision -> (key, number)
        self.under_way = {}

    def read(self, lines):
        self.under_way = {}
        for line in lines:
            match line.split():
                case ["try", key, number, _]:
                    self.under_way[int(key)] = int(number)
                case ["ack", key, number, revision]:
                    key, number, revision = int(key), int(number), int(revision)
                    self.under_way.pop(key)
                    self.stands[key] = number
                    if revision:
                        self.revisions[revision] = (key, number)

    def judge(self, text):
        """The faults of what a new process finds, and takes over what was under way and is there."""
        now, revisions, faults = {}, {}, []
        for line in text.splitlines():
            match line.split():
                case ["now", key, revision]:
                    now[int(key)] = int(revision)
                case ["rev", key, revision, "deleted"]:
                    revisions[int(revision)] = (int(key), 0)
                case ["rev", key, revision, _, number]:
                    revisions[int(revision)] = (int(key), int(number))
                case ["end", _]:
                    pass
                case _:
                    faults.append(line)
        found = {key: revisions[revision][1] for key, revision in now.items()}
        for key, number in self.under_way.items():
            if found.get(key, 0) == number != self.stands.get(key, 0):
                self.stands[key] = number
        for key in set(self.stands) | set(found):
            if found.get(key, 0) != self.stands.get(key, 0):
                faults.append(f"key {key}: {found.get(key, 0)} stands, {self.stands.get(key, 0)} was acknowledged")
        for revision, what in self.revisions.items():
            if revisions.get(revision) != what:
                faults.append(f"revision {revision}: {revisions.get(revision)} instead of {what}")
        extra = {r: what for r, what in revisions.items() if r not in self.revisions}
        for revision, (key, number) in extra.items():
            if self.under_way.get(key) != number:
                faults.append(f"revision {revision} of {what_text(key, number)} was never asked for")
        self.revisions.update(extra)
        if sorted(revisions) != list(range(1, len(revisions) + 1)):
            faults.append("revisions are not without gaps")
        return faults


def what_text(key, number):
    return f"key {key} number {number}"


def write_and_kill(directory, seed, changes, delay):
    """Killed when so many changes were acknowledged, however fast this machine makes them, and some time into the next."""
    process = subprocess.Popen([DRIVER, "write", directory, str(seed)], stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:  # the first line says that the store is open
        lines.append(line)
        break
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        reading = pool.submit(lambda: lines.extend(process.stdout))
        harness.eventually(lambda: sum(line.startswith("ack ") for line in lines) >= changes or reading.done(), pause=0.0005)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        reading.result()
    return lines, process.wait()


def crash_series(seed, kills):
    """One directory that lives through many kills. The faults found, and the number of changes acknowledged."""
    pick, model, faults = random.Random(seed), Model(), []
    with tempfile.TemporaryDirectory() as temp:
        directory = os.path.join(temp, "data")
        for i in range(kills):
            lines, status = write_and_kill(directory, seed * 1000 + i, pick.choice((0, 1, 2, 10, 40)),
                                           pick.choice((0.0, 0.002, 0.01)) * pick.random())
            if status != -signal.SIGKILL:
                faults.append(f"ended by itself: {''.join(lines[-3:])}")
                break
            model.read(line for line in lines if line.endswith("\n"))
            dump = drive("dump", directory)
            found = model.judge(dump.stdout)
            if dump.returncode or found:
                faults.append(f"after kill {i} of seed {seed}: {found[:5]} {dump.stdout[-300:] if dump.returncode else ''}")
                break
    return faults, len(model.revisions)


def part_crash(tally, quick):
    series, kills = (2, 20) if quick else (4, 50)
    results = harness.parallel(lambda seed: crash_series(seed, kills), range(1, series + 1))
    for seed, (faults, _) in enumerate(results, 1):
        tally.check(not faults, f"{kills} kills of series {seed}", "\n".join(faults))
    changes = sum(n for _, n in results)
    tally.check(changes > series * kills, "the kills came while changes were made", str(changes))
    print(f"crash: {series * kills} kills, {changes} changes acknowledged")


# ---- no space ----


def part_full(tally, _quick):
    with harness.Tmpfs("2m") as path:
        if path:
            full_disk(tally, path)
        else:
            print("full: no tmpfs can be mounted here; only the limit on file sizes is tried")
    with tempfile.TemporaryDirectory() as temp:
        full_by_limit(tally, os.path.join(temp, "data"))


def full_disk(tally, path):
    ballast = os.path.join(path, "ballast")
    with open(ballast, "wb") as f:
        f.write(bytes(600_000))
    directory = os.path.join(path, "data")
    process = subprocess.Popen([DRIVER, "fill", directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found = [process.stdout.readline(), process.stdout.readline()]
    tally.check(found[0].startswith("CO0755 "), "a full disk is said", found[0])
    tally.check(re.fullmatch(r"stored [1-9]\d* writable 0\n", found[1]), "what is stored is read while the disk is full", found[1])
    os.remove(ballast)
    rest = process.communicate("go", timeout=harness.PATIENCE)[0]
    tally.equal(rest, "again writable 1\n", "writing goes on without a restart")
    dump = drive("dump", directory)
    tally.check(dump.returncode == 0 and "\nend " in dump.stdout and "WRONG" not in dump.stdout, "all is whole afterwards", dump.stdout)
    tally.check("rev 0 " in dump.stdout and " 0 77\n" in dump.stdout, "the last put is there", dump.stdout[:400])


def full_by_limit(tally, directory):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))

    result = drive("fill", directory, stdin=subprocess.DEVNULL, preexec_fn=limit)
    tally.check(re.match(r"CO075[57] .*\nstored [1-9]\d* writable 0\n", result.stdout), "a limit on file sizes is said", result.stdout)
    stored = int(re.search(r"stored (\d+)", result.stdout)[1]) if "stored" in result.stdout else 0
    dump = drive("dump", directory)
    tally.check(dump.returncode == 0 and f"{stored % 40} {stored}\n" in dump.stdout, "the last acknowledged is there", dump.stdout[-400:])
    tally.check(f" {stored + 1}\n" not in dump.stdout, "the one that failed is not", dump.stdout[-400:])


# ---- no memory ----


def script_under(failing, directory, **env):
    command = harness.environment(LD_PRELOAD=failing, **env)
    return subprocess.run([DRIVER, "script", directory], env=command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def memory_point(failing, variable, at):
    """One run in which an allocation fails. The fault found, or None."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as temp:
        directory = os.path.join(temp, "data")
        run = script_under(failing, directory, **{variable: str(at)})
        lines = run.stdout.splitlines()
        if run.returncode not in (0, 1) or "WRONG" in run.stdout:
            return f"{variable}={at}: exit {run.returncode}: {run.stdout[-300:]}"
        strange = [line for line in lines if line.startswith("step") and "CO0105" not in line and "out of memory" not in line]
        if strange:
            return f"{variable}={at}: {strange}"
        if "stored" in lines or "deleted" in lines:
            dump = drive("dump", directory)
            if dump.returncode or "WRONG" in dump.stdout:
                return f"{variable}={at}: afterwards: {dump.stdout[-300:]}"
    return None


def part_memory(tally, quick):
    failing = harness.compiled("failmalloc", "-shared", "-fPIC")
    with tempfile.TemporaryDirectory() as temp:
        count_file = os.path.join(temp, "count")
        run = script_under(failing, os.path.join(temp, "data"), FAILMALLOC_COUNT=count_file)
        tally.equal((run.returncode, run.stdout), (0, "stored\ndeleted\n"), "the script runs when nothing fails")
        count = int(pathlib.Path(count_file).read_text())
    step = 41 if quick else 3
    points = [("FAILMALLOC_AT", at) for at in range(1, count + 1, step)]
    points += [("FAILMALLOC_FROM", at) for at in range(1, count + 1, step * 5)]
    faults = [f for f in harness.parallel(lambda p: memory_point(failing, *p), points) if f]
    tally.check(not faults, f"{len(points)} allocations that fail", "\n".join(faults[:10]))
    print(f"memory: {len(points)} of {count} allocations made to fail")


# ---- nothing is acknowledged before it is synced ----


def part_order(tally, _quick):
    if not shutil.which("strace"):
        print("order: strace is not here")
        return
    with tempfile.TemporaryDirectory() as temp:
        log = os.path.join(temp, "log")
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-y", "-o", log, "-e", "trace=write,pwrite64,fdatasync,fsync",
             DRIVER, "write", os.path.join(temp, "data"), "1"],
            stdout=subprocess.PIPE, text=True)
        lines = [process.stdout.readline() for _ in range(200)]
        tracees = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        for pid in tracees:
            os.kill(int(pid), signal.SIGKILL)
        process.communicate(timeout=harness.PATIENCE)
        unsynced, acknowledged, faults = collections.Counter(), 0, []
        for line in pathlib.Path(log).read_text().splitlines():
            call = re.match(r"(\d+) +(\w+)\(\d+<([^>]*)>", line)
            if not call:
                continue
            pid, name, path = call.groups()
            if name == "pwrite64" and path.endswith("callout.db-wal"):
                unsynced[pid] += 1
            elif name in ("fdatasync", "fsync") and path.endswith("callout.db-wal"):
                unsynced[pid] = 0
            elif name == "write" and '"ack ' in line:
                acknowledged += 1
                if unsynced[pid]:
                    faults.append(line)
        tally.check(len(lines) == 200 and acknowledged > 50, "changes were acknowledged", f"{acknowledged}")
        tally.check(not faults, "the log is synced before each of them", "\n".join(faults[:5]))


# ---- times ----

BARS = {"open ms": 1000, "list_100 median_ms": 5, "list_500 median_ms": 5, "hosts_500 median_ms": 5,
        "list_100_one_team median_ms": 5, "hosts_100_one_team median_ms": 5}


def numbers_of(line):
    name, *rest = line.split()
    return {f"{name} {key}": float(value) for key, value in zip(rest[::2], rest[1::2])}


def part_bench(tally, _quick):
    # Containers often have 64 MiB of it.
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 1 << 30 else None
    with tempfile.TemporaryDirectory() as temp, tempfile.TemporaryDirectory(dir=shm) as memory:
        loaded, directory = os.path.join(memory, "data"), os.path.join(temp, "data")
        result = drive("load", loaded, 100_000)
        if not tally.check(result.returncode == 0, "100,000 manifests are put", result.stdout):
            return
        shutil.copytree(loaded, directory)
        shutil.rmtree(loaded)
        result = drive("bench", directory)
        print(result.stdout, end="")
        tally.check(result.returncode == 0, "the times are taken", result.stdout)
        found = {}
        for line in result.stdout.splitlines():
            found.update(numbers_of(line))
        for name, bar in BARS.items():
            tally.check(found.get(name, bar) < bar, f"{name} under {bar}", str(found.get(name)))
        pathlib.Path(directory, "lock").write_text("1\n")
        result = drive("open", directory)
        print(result.stdout, end="")
        found = numbers_of(result.stdout)
        tally.check(found.get("open_after_kill ms", 1000) < 1000, "opening after an unclean stop", result.stdout)


PARTS = {"crash": part_crash, "full": part_full, "memory": part_memory, "order": part_order, "bench": part_bench}


def main(argv):
    quick = "--quick" in argv
    chosen = [a for a in argv if a != "--quick"] or ["crash", "full", "memory", "order"]
    unknown = set(chosen) - set(PARTS)
    if unknown:
        sys.exit(f"no such part: {', '.join(sorted(unknown))}")
    tally = harness.Tally("store")
    for name in chosen:
        PARTS[name](tally, quick)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
