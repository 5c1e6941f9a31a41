"""The sandbox of the running daemon: what it refuses, that a reload still finds what it needs, and that a kernel without it will do."""

import ctypes
import errno
import pathlib
import signal
import subprocess
import tempfile

from access import add
from daemon import MANIFEST, Daemon, harness, start
from lifecycle import MESH
from stored import manifest, put

REFUSED = {-errno.EACCES, -errno.EPERM, -errno.ENOSYS}


def kernel_has():
    """(Landlock, seccomp), asked without the daemon."""
    libc = ctypes.CDLL(None, use_errno=True)
    landlock = libc.syscall(444, None, 0, 1) > 0
    libc.prctl(21, 0, 0, 0, 0)  # PR_GET_SECCOMP
    return landlock, "Seccomp:" in pathlib.Path("/proc/self/status").read_text()


def state(d):
    """{landlock: text, seccomp: text} of the log."""
    event = next(e for e in d.log if e["msg"] == "sandbox")
    return {kind: event[kind] for kind in ("landlock", "seccomp")}


def is_left_out(d):
    return "left out of this build" in state(d)["landlock"]


def check_told(tally, d):
    told = state(d)
    verbose = d.get("/readyz?verbose")
    tally.equal(verbose.status, 200, "ready")
    metrics = d.get("/metrics").body.decode()
    for kind, text in told.items():
        tally.check(f"[+]sandbox: {kind} {text}\n".encode() in verbose.body, f"/readyz?verbose tells of {kind}", verbose.body)
        tally.check(f'callout_sandbox_active{{kind="{kind}"}} {int(text.startswith("active"))}\n' in metrics,
                    f"metrics tell of {kind}", metrics[:2000])
    if is_left_out(d):
        return
    for kind, there in zip(("landlock", "seccomp"), kernel_has()):
        tally.equal(told[kind].startswith("active"), there, f"{kind} is in force where the kernel has it: {told[kind]}")
    status = pathlib.Path(f"/proc/{d.process.pid}/status").read_text()
    tally.check("NoNewPrivs:\t1" in status and ("Seccomp:\t2" in status) == told["seccomp"].startswith("active"),
                "the kernel says so too", status)


def call(d, name, text=""):
    """What the daemon's own process gets of a system call, or None where that cannot be tried."""
    def tried():
        result = subprocess.run([harness.compiled("inject_call"), str(d.process.pid), name, text], capture_output=True)
        return result if result.returncode == 0 or result.stderr else None  # silent: it was caught between two system calls

    result = harness.eventually(tried, 10)
    return int(result.stdout) if result and result.returncode == 0 else None


def check_refused(tally, d, data, outside):
    told = state(d)
    if call(d, "getpid") is None:
        print("    no process may be looked into here: what the sandbox refuses is tried by reloads alone")
        return
    tally.equal(call(d, "getpid"), d.process.pid, "a call that it may make")
    if told["landlock"].startswith("active"):
        tally.check(call(d, "read-file", str(data / "lock")) >= 0, "its own file is read")
        for name, path in (("read-file", outside), ("read-file", "/etc/passwd"),
                           ("read-file", f"{data}/../{pathlib.Path(outside).name}"), ("write-file", outside),
                           ("write-file", str(pathlib.Path(outside).parent / "new")), ("read-file", "/"),
                           ("read-file", f"/proc/{d.process.pid}/environ")):
            result = call(d, name, str(path))
            tally.check(result in REFUSED, f"{name} {path}: {result}")
    if told["seccomp"].startswith("active"):
        for name in ("run", "fork", "connect", "trace", "kill", "map-code", "bpf", "mount"):
            result = call(d, name, "/bin/true")
            tally.check(result in REFUSED, f"{name}: {result}")
    tally.equal(d.get("/v1/manifests").status, 200, "it goes on after all that")


def check_links(tally, temp):
    """Kubernetes and git-sync turn links; what they lead to is read again, and what lies elsewhere is not."""
    mount, elsewhere = temp / "mount", temp / "elsewhere"
    for folder, suffix in ((mount / "..1", "one.internal"), (mount / "..2", "two.internal"), (elsewhere, "else.internal")):
        folder.mkdir(parents=True)
        (folder / "mesh.yaml").write_text(MESH % suffix)
    tokens = mount / "tokens.yaml"
    token = add(tokens, "one", "read")
    (mount / "..data").symlink_to("..1")
    (mount / "mesh.yaml").symlink_to("..data/mesh.yaml")
    turn = lambda target: ((mount / "..new").symlink_to(target), (mount / "..new").rename(mount / "..data"))  # noqa: E731
    with Daemon("--mesh-file", str(mount / "mesh.yaml"), "--tokens", str(tokens), "--data", str(temp / "links")) as d:
        said = lambda: d.post("/v1/clusters", MANIFEST, Authorization=f"Bearer {token}").json()["clusters"][0]["name"]  # noqa: E731
        tally.check("one.internal" in said(), "before", said())
        turn("..2")
        d.signal(signal.SIGHUP)
        d.wait_for("reloaded")
        tally.check("two.internal" in said(), "a link that was turned is followed", said())
        another = add(tokens, "two", "read")  # by renaming a new file to its place
        d.signal(signal.SIGHUP)
        d.wait_for("reloaded")
        tally.equal(d.get("/v1/manifests", Authorization=f"Bearer {another}").status, 200, "tokens that were replaced are in force")
        turn(str(elsewhere))
        d.signal(signal.SIGHUP)
        if state(d)["landlock"].startswith("active"):
            d.wait_for("reload refused; what was in force stays")
            finding = next(e for e in d.log if e["msg"] == "finding")
            tally.check(finding["code"] == "CO0101" and "Permission denied" in finding["message"], "a link that leads out is not", finding)
            tally.check("two.internal" in said(), "and changes nothing", said())
        else:
            d.wait_for("reloaded")
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_kernel(tally, temp):
    """Off, required, and a kernel that has neither."""
    with Daemon("--sandbox", "off", "--data", str(temp / "off")) as d:
        tally.equal(set(state(d).values()) - {"switched off"}, set(), "off")
        tally.check("Seccomp:\t2" not in pathlib.Path(f"/proc/{d.process.pid}/status").read_text(), "off is off")
    old = [harness.compiled("old_kernel")]
    if subprocess.run([*old, "true"], stderr=subprocess.DEVNULL).returncode:
        print("    an older kernel cannot be played here")
        return
    result = start("--sandbox", "required", "--listen", "127.0.0.1:0", "--data", str(temp / "old"), under=old)
    tally.check(result.returncode == 3 and b"CO0705" in result.stderr and b"sandbox is required, but" in result.stderr,
                "required, and not there", result.stderr)
    with Daemon("--data", str(temp / "old"), under=old) as d:
        told = state(d)
        if not is_left_out(d):
            tally.equal((told["landlock"], told["seccomp"]),
                        ("this kernel has no Landlock", "this kernel has no filter of system calls"),
                        "a kernel without either")
        check_told_as_missing(tally, d)
        tally.equal(put(d, manifest()).status, 201, "works without")


def check_told_as_missing(tally, d):
    metrics = d.get("/metrics").body.decode()
    for kind in ("landlock", "seccomp"):
        tally.check(f'callout_sandbox_active{{kind="{kind}"}} 0\n' in metrics, f"{kind} is not claimed", metrics[:2000])
    tally.equal(d.get("/readyz").status, 200, "ready without")


def check_temporary(tally, temp):
    """Without --data: what it made is gone at the end."""
    with Daemon(env={"TMPDIR": str(temp)}) as d:
        made = pathlib.Path(d.log[0]["directory"])
        tally.check(made.is_dir() and made.parent == temp, "a directory of its own", made)
        tally.equal(put(d, manifest()).status, 201, "in use")
        tally.equal(d.stop(), 0, "the daemon ends well")
        tally.check(not made.exists(), "and gone at the end", list(made.glob("*")) if made.exists() else "")


def check_backup(tally, temp):
    """Beside a daemon that is confined, into a directory that it cannot reach."""
    data, out = temp / "kept", temp / "backups"
    out.mkdir()
    with Daemon("--data", str(data)) as d:
        tally.equal(put(d, manifest()).status, 201, "a manifest")
        result = start("--backup", str(out / "one.db"), "--data", str(data))
        tally.check(result.returncode == 0 and (out / "one.db").stat().st_size > 0, "a backup", result.stderr)


def run(tally):
    with tempfile.TemporaryDirectory() as name:
        temp = pathlib.Path(name)
        (temp / "outside").write_text("secret")
        with Daemon("--data", str(temp / "data"), "--threads", "1") as d:
            check_told(tally, d)
            if not is_left_out(d):
                check_refused(tally, d, temp / "data", str(temp / "outside"))
            tally.equal(d.stop(), 0, "the daemon ends well")
        check_links(tally, temp)
        check_kernel(tally, temp)
        check_temporary(tally, temp)
        check_backup(tally, temp)
