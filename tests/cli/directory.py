"""`generate -o dir=D`: one file an object, nothing else touched, and never a mix of old and new."""

import contextlib
import os
import shutil
import subprocess

import harness
import tracing
import yaml
from common import BAD, GOOD, as_owner, expect, folder, manifest, shell, tree, without_temporary
from scenario import FIRST, NEW, OLD, UPDATE

FILES = ".callout-files"
STALE = "shop_serviceentry_auth-check.stale.yaml"
CHANGES = "shop_wasmplugin_auth-check.yaml"
GENERATE = ["generate", "-f", "new.yaml", "-o", "dir=out"]


@contextlib.contextmanager
def old_directory():
    """new.yaml, and out as old.yaml left it."""
    with folder(old_yaml=OLD, new_yaml=NEW, bad_yaml=BAD, none_yaml="") as where:
        harness.run(["generate", "-f", "old.yaml", "-o", "dir=out"], cwd=where)
        yield where


def new_tree():
    return {name[4:]: what for name, what in UPDATE.undisturbed[2].items() if name.startswith("out/")}


def one_file_an_object(tally):
    with folder(m_yaml=NEW + "---\n" + manifest("other")) as where:
        printed = expect(tally, "on standard output", ["generate", "-f", "m.yaml"], 0, where=where).stdout
        result = expect(tally, "into a directory", ["generate", "-f", "m.yaml", "-o", "dir=out"], 0, where=where)
        tally.equal((result.stdout, result.stderr), (b"", b""), "into a directory: nothing is said")
        found = tree(where / "out")
        listed = found.pop(FILES).decode()
        tally.equal(listed, "".join(f"{name}\n" for name in sorted(found)), "the list names the files in order")
        tally.equal(sorted(found.values()), sorted(b"---\n" + d for d in printed.split(b"---\n")[1:]), "each file holds one object")
        for name, text in found.items():
            o = yaml.safe_load(text)
            m = o["metadata"]
            tally.equal(name, f"{m['namespace']}_{o['kind']}_{m['name']}.yaml".lower(), "a file's name")


def nothing_new(tally):
    """Files that are right already are not written again: their times and numbers stay."""
    with old_directory() as where:
        def numbers():
            return {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (where / "out").iterdir()}
        before = numbers()
        expect(tally, "again", ["generate", "-f", "old.yaml", "-o", "dir=out"], 0, where=where)
        tally.equal(numbers(), before, "nothing is written when nothing is new")


def to_directory(path):
    path.unlink()
    path.mkdir()


def to_link(path):
    (path.parent.parent / "outside").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to("../outside")


def to_pipe(path):
    path.unlink()
    os.mkfifo(path)


def without_label(path):
    path.write_text(path.read_text().replace("managed-by: callout", "managed-by: hand"))


# (what, done to the file that is no longer generated, a part of standard error when it stays)
STALE_FILES = [
    ("as it was", lambda p: None, None),
    ("changed, but with our label", lambda p: p.write_bytes(p.read_bytes() + b"# note\n"), None),
    ("gone already", lambda p: p.unlink(), None),
    ("without our label", without_label, "label"),
    ("empty", lambda p: p.write_text(""), "label"),
    ("a link", to_link, "not a regular file"),
    ("a dangling link", lambda p: (p.unlink(), p.symlink_to("nothing")), "not a regular file"),
    ("a directory", to_directory, "not a regular file"),
    ("a pipe", to_pipe, "not a regular file"),
]


def stale_files(tally):
    for what, prepare, said in STALE_FILES:
        what = f"stale file, {what}"
        with old_directory() as where:
            prepare(where / "out" / STALE)
            before = tree(where)
            expect(tally, what, GENERATE, 0, where=where, said=said)
            want = dict(new_tree(), **({STALE: before[f"out/{STALE}"]} if said else {}))
            tally.equal(tree(where / "out"), want, f"{what}: what is there")
            tally.equal(tree(where).get("outside"), before.get("outside"), f"{what}: what the link leads to")


def foreign_files(tally):
    """What the list does not name is not ours, whatever it looks like."""
    with old_directory() as where:
        out = where / "out"
        ours = (out / STALE).read_bytes()
        foreign = {"kustomization.yaml": b"resources: []\n", ".hidden": b"x", "shop_serviceentry_auth-check.other.yaml": ours,
                   "sub/shop_serviceentry_auth-check.auth.yaml": ours, ".x.yaml.1.tmp": b"x"}
        (out / "sub").mkdir()
        for name, text in foreign.items():
            (out / name).write_bytes(text)
        os.mkfifo(out / "pipe.yaml")
        (out / "link.yaml").symlink_to("../new.yaml")
        expect(tally, "foreign files", GENERATE, 0, where=where)
        want = dict(new_tree(), **foreign, sub="d", **{"pipe.yaml": "p", "link.yaml": "-> ../new.yaml"})
        tally.equal(tree(out), want, "foreign files are untouched")


def places_taken(tally):
    """Something else stands where a file is to be written."""
    with old_directory() as where:
        to_link(where / "out" / CHANGES)
        expect(tally, "a link in the way", GENERATE, 0, where=where)
        tally.equal(tree(where / "out"), new_tree(), "a link in the way is replaced")
        tally.check(b"a: old" in (where / "outside").read_bytes(), "what the link leads to is untouched")
    with old_directory() as where:
        to_pipe(where / "out" / CHANGES)
        expect(tally, "a pipe in the way", GENERATE, 0, where=where)
        tally.equal(tree(where / "out"), new_tree(), "a pipe in the way is replaced")
    for name in (CHANGES, FILES):
        with old_directory() as where:
            to_directory(where / "out" / name)
            expect(tally, f"a directory in the way of {name}", GENERATE, 4, where=where, said="CO0104")
            tally.equal(tree(where / "out").get(name), "d", f"the directory in the way of {name} is untouched")
            (where / "out" / name).rmdir()
            expect(tally, f"no directory in the way of {name} any more", GENERATE, 0, where=where)
            got = tree(where / "out")
            tally.equal({n: got.get(n) for n in new_tree()}, new_tree(), f"after a directory in the way of {name}")


# Lists that could lead out of the directory, or that are none.
FORGED_LISTS = ["../precious", "/etc/hostname", "sub/../../precious", "..", ".", ".callout-files", ".git", "a/b",
                "x" * 255, "x" * 100000, "a\0b"]


def forged_lists(tally):
    for line in FORGED_LISTS:
        what = f"a list that names {line[:30]!r}"
        with old_directory() as where:
            (where / "precious").write_bytes((where / "out" / STALE).read_bytes())
            with open(where / "out" / FILES, "a") as f:
                f.write(line + "\n")
            before = tree(where)
            expect(tally, what, GENERATE, 4, where=where, said="CO0315")
            tally.equal(tree(where), before, f"{what}: something was touched")
    with old_directory() as where:
        with open(where / "out" / FILES, "a") as f:
            f.write("\n\n" + "".join(f"missing{i}.yaml\n" for i in range(50000)) + "kustomization.yaml")
        (where / "out/kustomization.yaml").write_text("resources: []\n")
        expect(tally, "a long list", GENERATE, 0, where=where, said="kustomization.yaml")
        tally.equal(tree(where / "out"), dict(new_tree(), **{"kustomization.yaml": b"resources: []\n"}), "after a long list")
    with old_directory() as where:
        (where / "elsewhere").write_text(STALE + "\nkustomization.yaml\n")
        (where / "out" / FILES).unlink()
        (where / "out" / FILES).symlink_to("../elsewhere")
        expect(tally, "a list that is a link", GENERATE, 0, where=where)
        tally.equal((where / "elsewhere").read_text(), STALE + "\nkustomization.yaml\n", "what the list leads to is untouched")
        tally.check((where / "out" / STALE).exists(), "a list that is a link is not believed")


def comparing(tally):
    """--check writes nothing, whatever it finds."""
    check = [*GENERATE, "--check"]
    for what, prepare, code, said in [
        ("up to date", lambda w: harness.run(GENERATE, cwd=w), 0, None),
        ("old", lambda w: None, 1, "CO0309"),
        ("a stale file", lambda w: (w / "out/stale.yaml").write_bytes(b"x") and harness.run(GENERATE, cwd=w) and
         (w / "out" / FILES).write_text((w / "out" / FILES).read_text() + "stale.yaml\n"), 1, "no longer generated"),
        ("a file missing", lambda w: harness.run(GENERATE, cwd=w) and (w / "out" / CHANGES).unlink(), 1, "missing"),
        ("a file changed", lambda w: harness.run(GENERATE, cwd=w) and without_label(w / "out" / CHANGES), 1, "differs"),
        ("a foreign file", lambda w: harness.run(GENERATE, cwd=w) and (w / "out/foreign.yaml").write_text("x"), 0, None),
        ("no list", lambda w: harness.run(GENERATE, cwd=w) and (w / "out" / FILES).unlink(), 1, FILES + ": error CO0309"),
        ("a shorter list", lambda w: harness.run(GENERATE, cwd=w) and
         (w / "out" / FILES).write_text((w / "out" / FILES).read_text().replace(CHANGES + "\n", "")), 1, FILES + ": error CO0309"),
        ("a list of what is gone", lambda w: harness.run(GENERATE, cwd=w) and
         (w / "out" / FILES).write_text((w / "out" / FILES).read_text() + "gone.yaml\n"), 1, FILES + ": error CO0309"),
        ("a forged list", lambda w: (w / "out" / FILES).write_text("../x\n"), 4, "CO0315"),
        ("an empty directory", lambda w: [p.unlink() for p in (w / "out").iterdir()], 1, "missing"),
        ("no directory", lambda w: (w / "out").rename(w / "away"), 1, "missing"),
        ("a file for a directory", lambda w: (w / "out").rename(w / "away") and (w / "out").write_text("x"), 4, "Not a directory"),
    ]:
        with old_directory() as where:
            prepare(where)
            before = tree(where)
            expect(tally, f"--check, {what}", check, code, where=where, said=said)
            tally.equal(tree(where), before, f"--check, {what}: something was written")


def refused(tally):
    """Input with an error touches nothing and makes no directory."""
    with old_directory() as where:
        before = tree(where)
        expect(tally, "refused", ["generate", "-f", "bad.yaml", "-o", "dir=out"], 3, where=where)
        expect(tally, "refused, no directory yet", ["generate", "-f", "bad.yaml", "-o", "dir=fresh"], 3, where=where)
        expect(tally, "one bad of two", ["generate", "-f", "new.yaml", "-f", "bad.yaml", "-o", "dir=out"], 3, where=where)
        tally.equal(tree(where), before, "refused input touches nothing")
        expect(tally, "nothing to generate", ["generate", "-f", "none.yaml", "-o", "dir=out"], 0, where=where, said="CO0308")
        tally.equal(tree(where / "out"), {FILES: b""}, "nothing to generate: all our files are stale")


def directory_names(tally):
    with folder(m_yaml=GOOD) as where:
        (where / "real").mkdir()
        (where / "link").symlink_to("real")
        (where / "dangling").symlink_to("nothing")
        for name, place in (("out/", "out"), ("./a b", "a b"), ("link", "real"), ("-x", "-x"), ("ä", "ä"), (str(where / "whole"), "whole"), ("no/such/place", "no/such/place"), ("link/a//b/", "real/a/b")):
            expect(tally, f"dir={name}", ["generate", "-f", "m.yaml", "-o", f"dir={name}"], 0, where=where)
            tally.equal(len(tree(where / place)), 3, f"dir={name}: files")
        for name in ("m.yaml", "m.yaml/out", "dangling", "dangling/out", "x" * 300, "new/" + "x" * 300):
            expect(tally, f"dir={name[:20]}", ["generate", "-f", "m.yaml", "-o", f"dir={name}"], 4, where=where, said="CO0104")
        before = tree(where)
        expect(tally, "dir=.", ["generate", "-f", "m.yaml", "-o", "dir=."], 0, where=where)
        tally.equal({n: w for n, w in tree(where).items() if n in before}, before, "dir=. touches nothing that was there")


def modes(tally):
    for mask in (0o000, 0o022, 0o027, 0o077):
        with folder(m_yaml=GOOD) as where:
            expect(tally, f"umask {mask:03o}", ["generate", "-f", "m.yaml", "-o", "dir=out"], 0, where=where,
                   prefix=shell(f'umask {mask:03o}; exec "$@"'))
            got = {oct(p.stat().st_mode & 0o7777) for p in (where / "out").iterdir()} | {oct((where / "out").stat().st_mode & 0o777)}
            tally.equal(got, {oct(0o644 & ~mask), oct(0o777 & ~mask)}, f"umask {mask:03o}: modes")


def no_permission(tally):
    prefix = as_owner()
    if prefix is None:
        tally.skip("directories without permission", "permissions do not count here")
        return
    for what, path, mode, args, code in (
        ("a read-only directory", "out", 0o555, GENERATE, 4),
        ("a read-only directory, --check", "out", 0o555, [*GENERATE, "--check"], 1),
        ("a read-only directory that is up to date", "out", 0o555, ["generate", "-f", "old.yaml", "-o", "dir=out"], 0),
        ("an unreadable directory", "out", 0o333, GENERATE, 4),
        ("an unreadable list", f"out/{FILES}", 0, GENERATE, 4),
        ("an unreadable file that changes", f"out/{CHANGES}", 0, GENERATE, 4),
        ("an unreadable stale file", f"out/{STALE}", 0, GENERATE, 4),
        ("a read-only file that changes", f"out/{CHANGES}", 0o444, GENERATE, 0),
        ("a read-only parent", ".", 0o555, ["generate", "-f", "new.yaml", "-o", "dir=fresh"], 4),
    ):
        with UPDATE.start() as where:
            before, usual = tree(where), (where / path).stat().st_mode
            (where / path).chmod(mode)
            expect(tally, what, args, code, where=where, prefix=prefix, said="CO010" if code == 4 else None)
            (where / path).chmod(usual)
            if path != f"out/{CHANGES}" and path != f"out/{STALE}":
                tally.equal(tree(where), before, f"{what}: something was touched")
            UPDATE.judge_files(tally, what, where)
            UPDATE.judge_mended(tally, what, where)


def start(args, where, prefix=()):
    return subprocess.Popen([*prefix, *harness.command(), *args], cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, env=harness.environment())


def two_at_once(tally):
    """Two runs and a comparing one: one whole result, the other's files gone."""
    late = tracing.delayed("openat,renameat", 2000) if tracing.usable() else ()
    if not late:
        tally.skip("two runs at once, one of them slow", "strace cannot trace the program here")
    wholes = [{n: w for n, w in t.items() if n.startswith("out")} for t in UPDATE.undisturbed[1:]]

    def pair(i):
        with UPDATE.start() as where:
            runs = [start(["generate", "-f", f"{name}.yaml", "-o", "dir=out"], where, late if i % 3 == n else ())
                    for n, name in enumerate(("new", "old"))]
            runs.append(start([*GENERATE, "--check"], where))
            said = [r.communicate(timeout=harness.PATIENCE)[1] for r in runs]
            codes = [r.returncode for r in runs]
            tally.check(codes[:2] == [0, 0] and codes[2] in (0, 1), f"pair {i}: exits {codes}", b"\n".join(said))
            found = {n: w for n, w in tree(where).items() if n.startswith("out")}
            tally.check(found in wholes, f"pair {i}: a mix of two runs", "\n".join(found))

    harness.parallel(pair, range(60))


def killed(tally):
    """After a run that was killed at any system call the files are old or new, and the next run mends."""
    if not tracing.usable():
        tally.skip("runs killed at every system call", "strace cannot trace the program here")
        return

    def kill(s, call):
        what = f"{s.name}, killed at {call}"
        with s.start() as where:
            result = s.run(where, prefix=tracing.injected(call, "signal=KILL"))
            if not tally.check(result.returncode == -9, f"{what}: exit {result.returncode}"):
                return 0
            s.judge_files(tally, what, where)
            s.judge_mended(tally, what, where)
            return len(tree(where)) - len(without_temporary(tree(where)))

    tries = [(s, call) for s in (UPDATE, FIRST) for call in s.calls if call.name not in ("brk", "mmap", "munmap")]
    left = sum(harness.parallel(lambda t: kill(*t), tries))
    tally.check(left == 0, "temporary files of killed runs stay for ever", f"{left} after {len(tries)} runs")


# A small file system in which so many pages are left, with the output directory in it. It is brought out as the run left
# it, and after another run with room again.
FULL_DISK = """
mkdir small && mount -t tmpfs -o size=64k none small && cp -a out small
head -c $(( ($(stat -f -c %a small) - $1) * 4096 )) /dev/zero >small/filler
shift; cd small
"$@"; code=$?
cp -a out ../../broken; rm filler; "$@" && cp -a out ../../mended; exit $code
"""


def full_disk(tally):
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    probe = [*unshare, "mount", "-t", "tmpfs", "none", "/mnt"]
    if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode != 0:
        tally.skip("a full disk", "no file system can be mounted here")
        return
    codes = [try_full_disk(tally, f"a disk with {left} pages left", [*unshare, *shell(FULL_DISK), str(left)]) for left in range(8)]
    tally.check(codes[0] == 4 and codes[-1] == 0, f"a full disk and one with room: exits {codes}")


def try_full_disk(tally, what, prefix):
    with UPDATE.start() as where:
        result = harness.run(["generate", "-f", "../new.yaml", "-o", "dir=out"], cwd=where, prefix=prefix)
        refused = result.returncode == 4 and b"CO0104" in result.stderr and b"No space left on device" in result.stderr
        tally.check(refused or result.returncode == 0, f"{what}: exit {result.returncode}", result.stderr)
        (where / "small").rmdir()
        for place in ("broken", "mended"):
            shutil.rmtree(where / "out")
            (where.parent / place).rename(where / "out")
            found = tree(where / "out")
            tally.equal(without_temporary(found), found, f"{what}, {place}: temporary files stay")
            UPDATE.judge_files(tally, what, where)
            tally.check(found == new_tree() or (refused and place == "broken"), f"{what}, {place}: files are not new", "\n".join(found))
        return result.returncode


tests = [one_file_an_object, nothing_new, stale_files, foreign_files, places_taken, forged_lists, comparing, refused,
         directory_names, modes, no_permission, two_at_once, killed, full_disk]
