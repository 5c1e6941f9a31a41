"""Modules built by the toolchains that are here, from programs/: as users build them.

built() gives {name: bytes} and the toolchains that are missing.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
CLANG = ["clang", "--target=wasm32", "-O2", "-nostdlib", "-fno-builtin", "-Wl,--no-entry"]
WASI_CLANG = ["clang", "--target=wasm32-wasi", "-O2", "-mexec-model=reactor", "-Wl,--export=malloc"]
WASI_SYSROOT = pathlib.Path("/usr/lib/wasm32-wasi")
GO = [("plain", ["-buildmode=c-shared"]), ("fmt", ["-buildmode=c-shared"]), ("http", ["-buildmode=c-shared"]),
      ("files", ["-buildmode=c-shared"]), ("links", ["-buildmode=c-shared"]), ("plain-stripped", ["-buildmode=c-shared", "-ldflags=-s -w"]),
      ("plain-command", [])]

FIND_GO = PROGRAMS.parents[1] / "conformance" / "find-go"
RUSTC = pathlib.Path("/usr/bin/rustc")  # Debian's, which has the target; a rustup in front of it may not
ASSEMBLYSCRIPT = "assemblyscript@0.27.31"

# What TinyGo 0.22 made of a filter with net/http; the imports of the first report of all.
TINYGO = """(module
  (import "env" "time.resetTimer" (func (param i32 i64) (result i32)))
  (import "env" "time.stopTimer" (func (param i32) (result i32)))
  (import "env" "time.startTimer" (func (param i32)))
  (import "env" "sync/atomic.AddInt32" (func (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pread" (func (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "proxy_abi_version_0_1_0"))
  (func (export "malloc") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1)))
"""


def go_program():
    """$GO, else what the conformance tests find or fetch; None when there is none."""
    if os.environ.get("GO"):
        return shutil.which(os.environ["GO"])
    result = subprocess.run([FIND_GO], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else None


def run(command, **kw):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **kw)


def built_by_clang(out):
    if not shutil.which("clang") or not shutil.which("wasm-ld"):
        return ["clang with wasm-ld"]
    for program in ("good", "constructor"):
        run([*CLANG, "-o", out / f"clang-{program}.wasm", PROGRAMS / f"{program}.c"])
    run(["clang", "--target=wasm32", "-O2", "-c", "-o", out / "clang-object.wasm", PROGRAMS / "good.c"])
    if not WASI_SYSROOT.exists():
        return ["wasi-libc"]
    run([*WASI_CLANG, "-o", out / "wasi-files.wasm", PROGRAMS / "files.c"])
    run([*WASI_CLANG, "-o", out / "wasi-constructor.wasm", PROGRAMS / "constructor.c"])
    return []


def built_by_go(out, cheap):
    go = go_program()
    if not go:
        return ["Go"]
    env = {**os.environ, "GOOS": "wasip1", "GOARCH": "wasm", "GOFLAGS": "-buildvcs=false -p=1", "GOTOOLCHAIN": "local"}
    for name, flags in GO:
        if cheap and not name.startswith("plain"):
            continue
        run([go, "build", *flags, "-o", out / f"go-{name}.wasm", f"./{name.split('-')[0]}"], cwd=PROGRAMS, env=env)
    return []


def built_by_rust(out):
    if not RUSTC.exists():
        return ["rustc with the target wasm32-wasi"]
    for uses in ("nothing", "files", "links", "net", "sleep"):
        run([RUSTC, "--target", "wasm32-wasi", "-O", "-C", "linker=wasm-ld", "-C", "strip=debuginfo", "--cfg", uses,
             "-o", out / f"rust-{uses}.wasm", PROGRAMS / "filter.rs"])
    return []


def asc_program():
    """The AssemblyScript compiler in the cache, fetched once; None when there is no npm, or nothing to be had."""
    cache = os.environ.get("CALLOUT_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "callout")
    folder = pathlib.Path(cache) / "conformance" / ASSEMBLYSCRIPT
    program = folder / "node_modules" / ".bin" / "asc"
    if not program.exists() and shutil.which("npm"):
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, ASSEMBLYSCRIPT],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return program if program.exists() else None


def built_by_asc(out):
    asc = asc_program()
    if not asc:
        return ["the compiler of AssemblyScript"]
    for title, flags in (("assemblyscript", ["-O"]), ("assemblyscript-debug", ["--debug"])):
        run([asc, PROGRAMS / "filter.ts", "--runtime", "stub", *flags, "-o", out / f"{title}.wasm"])
    return []


def built_by_wabt(out):
    if not shutil.which("wat2wasm"):
        return ["wabt"]
    (out / "tinygo.wat").write_text(TINYGO)
    run(["wat2wasm", "-o", out / "tinygo.wasm", out / "tinygo.wat"])
    return []


def built(cheap=False):
    """cheap: without what takes long to build and to load."""
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        out = pathlib.Path(temp)
        missing = built_by_clang(out) + built_by_go(out, cheap) + built_by_wabt(out)
        if not cheap:
            missing += built_by_rust(out) + built_by_asc(out)
        return {p.stem: p.read_bytes() for p in sorted(out.glob("*.wasm"))}, missing


if __name__ == "__main__":
    modules, absent = built()
    for title, data in modules.items():
        print(f"{title}: {len(data)} bytes")
    print("missing:", ", ".join(absent) or "nothing")
