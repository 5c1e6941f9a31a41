"""A disk without space, over HTTP: 507 with a finding, nothing that was acknowledged is lost, and it goes on when there is space again."""

import os
import pathlib
import resource
import tempfile

from daemon import Daemon, harness
from live import GOOD
from stored import manifest, path, put


class SmallDisk:
    """A file system of 3 MiB in memory, with ballast that can be taken away."""

    def __init__(self, folder):
        self.data, self.ballast = folder / "data", folder / "ballast"
        self.ballast.write_bytes(bytes(1_200_000))

    def fill(self, _d):
        pass

    def relieve(self, _d):
        self.ballast.unlink()


class LowLimit:
    """No file may be larger than the store nearly is, until the limit is raised."""

    def __init__(self, folder):
        self.data = folder / "data"

    def fill(self, d):
        resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (900_000, resource.RLIM_INFINITY))

    def relieve(self, d):
        resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def large(name):
    return manifest(name, host=f"{name}.example.com") + b"# " + os.urandom(8000).hex().encode() + b"\n"


def warned(name):
    """The daemon has something to say of it (CO0239) before the store does."""
    return large(name).replace(b"upstreams:", b"filter: {lua: {inline: 'function envoy_on_request(h) end'}, phase: AUTHN}\n  upstreams:")


def fill(d):
    """({name: bytes} acknowledged, the first refusal)."""
    kept = {}
    for i in range(1000):
        name, body = f"m-{i}", large(f"m-{i}")
        answer = put(d, body, path(name))
        if answer.status != 201:
            return kept, (name, answer)
        kept[name] = body
    return kept, None


def is_whole(d, kept):
    listed = {m["name"] for m in d.get("/v1/manifests?limit=1000").json()["items"]}
    return listed == set(kept) and all(d.get(path(n)).body == body for n, body in kept.items())


def written(d):
    return "callout_store_writable 1\n" in d.get("/metrics").body.decode()


def check_full(tally, disk, what):
    with Daemon("--data", str(disk.data)) as d:
        disk.fill(d)
        kept, refusal = fill(d)
        if not tally.check(refusal and kept, f"{what}: it gets full", len(kept)):
            return
        name, answer = refusal
        problem = answer.json()
        tally.equal((answer.status, answer.headers["Content-Type"], [f["code"] for f in problem["findings"]]),
                    (507, "application/problem+json", ["CO0755"]), f"{what}: 507")
        tally.check(str(disk.data) not in answer.body.decode(), f"{what}: where the store lies is not told to clients", answer.body)
        told = d.told("request") or {}
        tally.check("CO0755" in told.get("fault", "") and str(disk.data) in told["fault"], f"{what}: but in the log", told)
        tally.equal(put(d, warned(name), path(name)).status, 507, f"{what}: also of a manifest with warnings")
        tally.equal(d.get(path(name)).status, 404, f"{what}: what was refused is not there")
        tally.check(is_whole(d, kept), f"{what}: all that was acknowledged is read while it is full")
        tally.check(not written(d)
                    and b"[-]store: the last change could not be written\n" in d.get("/readyz?verbose").body,
                    f"{what}: metrics and /readyz?verbose say so")
        tally.equal(d.get("/readyz").status, 200, f"{what}: reading goes on, so it is ready")
        tally.equal([put(d, large(name), path(name)).status for _ in range(5)], [507] * 5, f"{what}: again and again")
        dump = {"Content-Type": "application/json", "Idempotency-Key": "one"}
        statuses = {d.request("POST", path("m-0", rest="/dumps?proxy=web.shop"), GOOD, dump).status for _ in range(3)}
        tally.check(statuses <= {200, 507}, f"{what}: a dump is kept or refused", statuses)
        put(d, large(name), path(name))
        tally.equal(d.request("POST", path("m-0", rest="/dumps"), b"[]", {**dump, "Idempotency-Key": "two"}).status,
                    422, f"{what}: what is no dump")
        tally.check(not written(d), f"{what}: a key that is taken and given back in memory alone says nothing of the disk")
        disk.relieve(d)
        body = large(name)
        tally.equal(put(d, body, path(name)).status, 201, f"{what}: it goes on without a restart")
        kept[name] = body
        tally.equal(d.request("POST", path("m-0", rest="/dumps?proxy=web.shop"), GOOD, dump).status, 200,
                    f"{what}: the dump may be tried again")
        tally.check(written(d), f"{what}: metrics say so")
        tally.check(is_whole(d, kept), f"{what}: all is there")
        tally.equal(d.stop(), 0, f"{what}: the daemon ends well")
    with Daemon("--data", str(disk.data)) as d:
        tally.check(is_whole(d, kept), f"{what}: and after a restart")
        tally.equal(put(d, manifest("after"), path("after")).status, 201, f"{what}: which writes")


def run(tally):
    with harness.Tmpfs("3m") as folder:
        if folder:
            check_full(tally, SmallDisk(pathlib.Path(folder)), "a small disk")
        else:
            print("    no tmpfs can be mounted here; only the limit on file sizes is tried")
    with tempfile.TemporaryDirectory() as folder:
        check_full(tally, LowLimit(pathlib.Path(folder)), "a limit")
