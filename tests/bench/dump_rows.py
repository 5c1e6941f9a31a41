"""Rows about config dumps: the scanner and `callout verify` beside the limit and beside other readers.

The limit is a program that reads the file into one block again and again and adds its bytes up with AVX2. All files are in
the page cache; all times are of whole processes.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

import dumps
import harness
import peers

HERE = pathlib.Path(__file__).resolve().parent
SHARE = 0.6          # of the limit
MEMORY_KIB = 8 * 1024
QUERY = "$.configs[*].dynamic_active_clusters[*].cluster.name"
KERNELS = {"portable": 1, "SSE2": 2, "AVX2": 3, "AVX-512": 4}  # enum json_kernel


def manifest_of(*numbers):
    """Upstreams that are clusters of the dump, by their place in it."""
    return """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-check, namespace: shop}
spec:
  target: {selector: {matchLabels: {app: web}}}
  upstreams:
""" + "".join(f"  - {{name: u{i}, cluster: '{dumps.name_of(i)}'}}\n" for i in numbers)


MANIFEST = manifest_of(3, 1001, 2002)


def flags(name):
    """What /proc/cpuinfo says of the first processor."""
    text = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    line = next((row for row in text.splitlines() if row.startswith("flags")), "")
    return name in line.split()


def built(name, compiler, *arguments):
    out = harness.ROOT / "build" / "tests" / name
    out.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run([*compiler, "-o", str(out), *map(str, arguments)], capture_output=True, text=True)
    return (str(out), None) if result.returncode == 0 else (None, (result.stderr.strip().splitlines() or ["?"])[0])


def scanner():
    """The scanner's own program, with the library of the build that is under test."""
    library = pathlib.Path(harness.program()).parent / "libcallout_core.a"
    return built("scan_names", ["cc", "-O2", "-flto", "-D_GNU_SOURCE", f"-I{harness.ROOT}/daemon"], HERE / "scan_names.c",
                 library, "-pthread", "-ldl")


def limit():
    if not flags("avx2"):
        return None, "this processor has no AVX2"
    return built("read_sum", ["cc", "-O2", "-mavx2"], HERE / "read_sum.c")


def simdjson():
    return built("ondemand", ["c++", "-O3", "-std=c++17"], HERE / "peers" / "ondemand.cc", "-lsimdjson")


def commands(report, path, query):
    """{name: command} of all that can be had."""
    found = {}
    for name, (program, why), arguments in (
            ("read + AVX2 sum", limit(), [path]),
            ("scanner, names", scanner(), ["1", "0", path]),
            ("scanner, names, two threads", scanner(), ["2", "0", path]),
            ("simdjson on demand, names", simdjson(), [path]),
            ("rsonpath, count of names", peers.rsonpath(), ["-r", "count", query, path])):
        if why:
            report.left_out(name, why)
        else:
            found[name] = [program, *arguments]
    return found


def verify(manifest, path):
    return [harness.program(), "verify", "-q", "-f", str(manifest), str(path)]


TWICE = "read + AVX2 sum, two at once"  # what a second processor is worth here, at this time


def large(watch, report, folder, size):
    """One admin dump, the name of each cluster last."""
    path, manifest = folder / "dump.json", folder / "manifest.yaml"
    dumps.write_admin(path, size)
    come_to_rest()
    manifest.write_text(MANIFEST)
    report.title(f"verify: a dump of {size // 10 ** 6} MB, three upstreams")
    found = commands(report, str(path), QUERY)
    found["callout verify"] = verify(manifest, path)
    if shutil.which("taskset"):
        found["callout verify, one processor"] = ["taskset", "-c", "0", *found["callout verify"]]
    if "read + AVX2 sum" in found:
        found[TWICE] = ["sh", "-c", '"$0" "$1" & "$0" "$1" & wait', *found["read + AVX2 sum"]]
    seen = watch.by_turns(1, found)
    for name, (us, kib) in seen.items():
        report.row(name, us, f"{size / us / 1000:6.2f} GB/s {kib / 1024:8.1f} MiB")
    ratios(watch, report, seen, path)
    work_shares(watch, report, 1, path, manifest)
    path.unlink()


def ratios(watch, report, seen, path):
    times = {name: us for name, (us, _) in seen.items()}
    own = times["callout verify"]
    alone = times.get("callout verify, one processor", own)
    if "read + AVX2 sum" in times:
        report.ratio("share of the limit", times["read + AVX2 sum"] / own, SHARE, at_most=False)
        report.ratio("share of the limit, one processor", times["read + AVX2 sum"] / alone, SHARE, at_most=False)
    report.ratio("two threads / one", alone / own, 1.6, at_most=False)
    if TWICE in times:
        worth = 2 * times["read + AVX2 sum"] / times[TWICE]
        print(f"  {'two processors were worth':<34} {worth:10.2f}     of one: they may share a core")
    for name, bar in (("rsonpath, count of names", 1.2), ("simdjson on demand, names", 4)):
        if name in times:
            report.ratio(f"{name.split(',')[0]} / callout", times[name] / own, bar, at_most=False)
    if shutil.which("jq") and path.stat().st_size < 500_000_000:
        us, _ = watch.once(1, ["jq", "[.configs[].dynamic_active_clusters[]?.cluster.name] | length", str(path)])
        report.row("jq, names", us)
        report.ratio("jq / callout", us / own, 80, at_most=False)
    else:
        report.left_out("jq", "it is not installed, or would take minutes")
    report.must("memory of callout", seen["callout verify"][1], MEMORY_KIB, "KiB")


def work_shares(watch, report, runs, path, manifest):
    """What a busy machine does not change: for how long a processor works."""
    floor, why = limit()
    if why:
        return
    share = watch.work_share(runs, [floor, str(path)], verify(manifest, path))
    report.ratio("share of the limit, work on one", share, SHARE, at_most=False)
    program, why = scanner()
    if not why:
        share = watch.work_share(runs, [floor, str(path)], [program, "1", "0", str(path)])
        report.ratio("the same, names alone", share, SHARE, at_most=False)


def come_to_rest():
    """What was just written goes to the disk now, and not in the background while others are timed."""
    os.sync()


def array(watch, report, folder, size=40_000_000):
    path, manifest, packed = folder / "clusters.json", folder / "manifest.yaml", folder / "clusters.json.gz"
    dumps.write_array(path, size)
    manifest.write_text(MANIFEST)
    report.title(f"verify: `proxy-config cluster -o json` of {size // 10 ** 6} MB, three upstreams")
    found = {name: command for name, command in commands(report, str(path), "$[*].name").items()}
    found["callout verify"] = verify(manifest, path)
    with open(packed, "wb") as out:
        subprocess.run(["gzip", "-c", str(path)], stdout=out, check=True)
    come_to_rest()
    found["zcat"] = ["zcat", str(packed)]
    found["callout verify, gzip"] = verify(manifest, packed)
    seen = watch.by_turns(3, found)
    for name, (us, kib) in seen.items():
        report.row(name, us, f"{size / us / 1000:6.2f} GB/s {kib / 1024:8.1f} MiB")
    if "read + AVX2 sum" in seen:
        report.ratio("share of the limit", seen["read + AVX2 sum"][0] / seen["callout verify"][0], SHARE, at_most=False)
    work_shares(watch, report, 3, path, manifest)
    report.ratio("gzip: callout / zcat", seen["callout verify, gzip"][0] / seen["zcat"][0], 1, at_most=True)


def istioctl(watch, report, folder, size=40_000_000):
    """What people run today to read a dump: the clusters of it as JSON, to be searched by eye. It has no need of a cluster."""
    path, manifest = folder / "people.json", folder / "manifest.yaml"
    dumps.write_admin(path, size)
    manifest.write_text(MANIFEST)
    report.title(f"verify: a dump of {size // 10 ** 6} MB, beside istioctl")
    program, why = peers.istioctl()
    if why:
        report.left_out("istioctl", why)
        return
    found = {"istioctl proxy-config cluster": [program, "proxy-config", "cluster", "--file", str(path), "-o", "json"],
             "the same, of one host": [program, "proxy-config", "cluster", "--file", str(path), "--fqdn", "service-3.shop",
                                       "-o", "json"]}
    seen = {name: watch.once(1, command) for name, command in found.items()}
    seen["callout verify"] = watch.once(5, verify(manifest, path))
    for name, (us, kib) in seen.items():
        report.row(name, us, f"{size / us / 1000:6.3f} GB/s {kib / 1024:8.1f} MiB")
    report.ratio("istioctl / callout", seen["istioctl proxy-config cluster"][0] / seen["callout verify"][0], 150, at_most=False)
    path.unlink()


def many(watch, report, folder, n=200, size=40_000_000):
    """The everyday case: a mesh's dumps, one after the other. The file is one, under many names."""
    path, manifest, tree = folder / "one.json", folder / "manifest.yaml", folder / "mesh"
    dumps.write_admin(path, size)
    manifest.write_text(MANIFEST)
    tree.mkdir()
    for i in range(n):
        os.link(path, tree / f"web-{i}.json")
    come_to_rest()
    report.title(f"verify: {n} dumps of {size // 10 ** 6} MB")
    us, kib = watch.once(1, verify(manifest, tree))
    report.row("callout verify", us, f"{n * size / us / 1000:6.2f} GB/s {kib / 1024:8.1f} MiB")
    floor, why = limit()
    if not why:
        report.ratio("share of the limit", n * watch.once(9, [floor, str(path)])[0] / us, SHARE, at_most=False)
    report.must("memory of callout", kib, 2 * MEMORY_KIB, "KiB")


def small(watch, report, folder):
    path, manifest = folder / "small.json", folder / "manifest.yaml"
    dumps.write_admin(path, 50_000)
    manifest.write_text(manifest_of(0, 3, 6))
    report.title(f"verify: a dump of {path.stat().st_size // 1000} kB, cold process")
    seen = watch.by_turns(200, {"/bin/true": ["/bin/true"], "callout verify": verify(manifest, path)})
    for name, (us, kib) in seen.items():
        report.row(name, us, f"{kib / 1024:8.1f} MiB")
    report.ratio("callout / true", seen["callout verify"][0] / seen["/bin/true"][0], 4, at_most=True)


def kernels(watch, report, folder, size=100_000_000):
    path = folder / "kernels.json"
    dumps.write_admin(path, size)
    report.title("scanner: one thread, by kernel")
    program, why = scanner()
    if why:
        report.left_out("scanner", why)
        return
    known = {"portable": True, "SSE2": flags("sse2"), "AVX2": flags("avx2"),
             "AVX-512": flags("avx512vbmi") and flags("gfni") and flags("vpclmulqdq") and flags("avx512_vpopcntdq")}
    seen = watch.by_turns(1, {name: [program, "1", str(number), str(path)] for name, number in KERNELS.items() if known[name]})
    for name, (us, _) in seen.items():
        report.row(name, us, f"{size / us / 1000:6.2f} GB/s")
    report.ratio("portable, GB/s", size / seen["portable"][0] / 1000, 1, at_most=False)


def run(watch, report):
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        small(watch, report, folder)
        kernels(watch, report, folder)
        array(watch, report, folder)
        istioctl(watch, report, folder)
        large(watch, report, folder, 300_000_000)
        if shutil.disk_usage(temp).free > 10 ** 10 and memory_available() > 6 * 10 ** 9:
            large(watch, report, folder, 1_000_000_000)
        many(watch, report, folder)


def memory_available():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
