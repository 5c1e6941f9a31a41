"""What an ordinary system does to a program: closed descriptors, full devices, pipes, limits, files that come and go."""

import itertools
import json
import os
import subprocess
import threading

import harness
from common import BAD, GOOD, WARNS, as_owner, expect, folder, manifest, shell, tree
from scenario import FINDING, SCENARIOS, UPDATE

PRINTING = [["generate", "-f", "good.yaml"], ["generate", "-f", "good.yaml", "-o", "json"], ["clusters", "-f", "good.yaml"],
            ["clusters", "-f", "good.yaml", "-o", "json"], ["explain", "CO0204"], ["explain"], ["schema"], ["version"], ["--help"],
            ["completion", "bash"], ["completion", "zsh"], ["completion", "fish"], ["generate", "--help"]]
BROKEN_OUTPUTS = {"closed": ">&-", "full": ">/dev/full", "for reading only": "1</dev/null"}


def standard_output(tally):
    """Output that cannot be written is exit code 4 and is said."""
    with folder(good_yaml=GOOD) as where:
        for args, (what, how) in itertools.product(PRINTING, BROKEN_OUTPUTS.items()):
            expect(tally, f"{args}, standard output {what}", args, 4, where=where, prefix=shell(f'exec "$@" {how}'),
                   said="cannot write to standard output: ")
        for args in PRINTING:
            reader, writer = os.pipe()
            os.close(reader)
            expect(tally, f"{args}, nobody reads", args, 4, where=where, stdout=writer, said="cannot write")
            os.close(writer)
    many = "---\n".join(manifest(f"m{i}") for i in range(1000))
    with folder(many_yaml=many) as where:
        result = harness.run(["generate", "-f", "many.yaml"], cwd=where, stdout=subprocess.DEVNULL,
                             prefix=shell('set -o pipefail; "$@" | head -c 1'))
        tally.check(result.returncode == 4 and b"cannot write" in result.stderr,
                    f"the reader leaves: exit {result.returncode}", result.stderr)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        expect(tally, "a pipe that is full and does not wait", ["generate", "-f", "many.yaml"], 4, where=where,
               stdout=writer, said="cannot write")
        os.close(reader)
        os.close(writer)


def standard_error(tally):
    """Findings that cannot be shown are exit code 4; when there are none, nothing is missed."""
    with folder(good_yaml=GOOD, warns_yaml=WARNS, bad_yaml=BAD) as where:
        for name, code in (("good", 0), ("warns", 4), ("bad", 4), ("missing", 4)):
            for what, how in BROKEN_OUTPUTS.items():
                expect(tally, f"{name}, standard error {what}", ["check", "-f", f"{name}.yaml"], code, where=where,
                       prefix=shell(f'exec "$@" 2{how}'.replace("21<", "2<")))


def reports_unsaid(tally):
    """A report that cannot be written is exit code 4 in every format, and never half of it in another one's place."""
    with folder(bad_yaml=BAD) as where:
        for form, (what, how) in itertools.product(("json", "sarif", "junit", "gitlab", "checkstyle", "github"), BROKEN_OUTPUTS.items()):
            expect(tally, f"{form} report, standard error {what}", ["check", "-f", "bad.yaml", "--report", form], 4, where=where,
                   prefix=shell(f'exec "$@" 2{how}'.replace("21<", "2<")))
            expect(tally, f"{form} report to a full device",
                   ["check", "-f", "bad.yaml", "--report", f"{form}=/dev/full/x"], 4, where=where, said="/dev/full/x")


def surroundings(tally):
    """Nothing but what is asked for depends on the home, the environment or a terminal."""
    with folder(good_yaml=GOOD, bad_yaml=BAD) as where:
        (where / "home").mkdir()
        (where / "home").chmod(0o555)
        least = {"PATH": os.environ["PATH"]}
        around = {"no home": {**least}, "a home that is not there": {**least, "HOME": "/nonexistent"},
                  "a home for reading only": {**least, "HOME": str(where / "home")},
                  "no temporary directory": {**least, "TMPDIR": "/nonexistent"},
                  "another locale": {**least, "LC_ALL": "tr_TR.UTF-8", "LANG": "C"},
                  "a terminal of no kind": {**least, "TERM": ""},
                  "names of others": {**least, "KUBECONFIG": "/nonexistent", "http_proxy": "http://127.0.0.1:1",
                                      "PAGER": "false"}}
        commands = PRINTING + [["check", "-f", "bad.yaml"], ["generate", "-f", "good.yaml", "-o", "dir=out"],
                               ["check", "-f", "bad.yaml", "--report", "sarif=out.sarif"]]
        for args in commands:
            want = harness.run(args, cwd=where)
            for what, env in around.items():
                got = harness.run(args, cwd=where, env=env, start_new_session=True)
                tally.check((got.returncode, got.stdout, got.stderr) == (want.returncode, want.stdout, want.stderr),
                            f"{args} with {what}: the same",
                            f"exit {got.returncode}, not {want.returncode}\n{got.stderr.decode(errors='replace')}")
        tally.equal(list((where / "home").iterdir()), [], "nothing is left in the home")


def closed_descriptors(tally):
    """A file that is opened may get the number of a closed standard descriptor: what is said must not end up in it."""
    for s, closed in itertools.product(SCENARIOS, ("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-")):
        if s.stdin and "<&-" in closed:
            continue
        what = f"{s.name} with {closed}"
        fine, before, after = s.undisturbed
        with s.start() as where:
            result = s.run(where, prefix=shell(f'exec "$@" {closed}'))
            lost = (fine.stdout and " >&-" in f" {closed}") or (fine.stderr and "2>&-" in closed)
            tally.equal(result.returncode, 4 if lost else s.code, f"{what}: exit code")
            found = tree(where)
            tally.check(found in (before, after), f"{what}: neither old nor new", "\n".join(n for n in found if found[n] != after.get(n)))


def pieces(tally):
    """Input that comes in small pieces is read to its end."""
    want = harness.run(["generate", "-f", "-"], stdin=GOOD.encode()).stdout
    process = subprocess.Popen([*harness.command(), "generate", "-f", "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, env=harness.environment(), bufsize=0)
    for i in range(0, len(GOOD), 7):
        process.stdin.write(GOOD[i:i + 7].encode())
    tally.equal(process.communicate(timeout=harness.PATIENCE)[0], want, "input in pieces")


def large_inputs(tally):
    with folder(good_yaml=GOOD) as where:
        for what, size, code, said in (("at the limit", 64 << 20, 0, "CO0308"),
                                       ("over the limit", (64 << 20) + 1, 3, "CO0103"), ("huge", 1 << 40, 3, "CO0103")):
            with open(where / "large.yaml", "wb") as f:
                if size <= 64 << 20:
                    f.write(b"\n" * size)
                f.truncate(size)
            expect(tally, f"a file {what}", ["generate", "-f", "large.yaml"], code, where=where, said=said)
        (where / "large.yaml").unlink()
        endless = harness.run(["check", "-f", "-"], cwd=where, prefix=shell('set -o pipefail; yes "" | "$@"; exit ${PIPESTATUS[1]}'))
        tally.check(endless.returncode == 3 and b"CO0103" in endless.stderr, f"endless input: exit {endless.returncode}", endless.stderr)
        expect(tally, "20000 files", ["check", *["-f/dev/null"] * 20000], 0, where=where)
        expect(tally, "20001 files", ["check", *["-f/dev/null"] * 20001], 3, where=where, said="CO0125")


def unreadable(tally):
    prefix = as_owner()
    if prefix is None:
        tally.skip("files without permission", "permissions do not count here")
        return
    with folder(good_yaml=GOOD, locked_yaml=GOOD) as where:
        (where / "sub").mkdir()
        (where / "sub/a.yaml").write_text(manifest("other"))
        (where / "locked.yaml").chmod(0)
        for args in (["-f", "locked.yaml"], ["-f", "good.yaml", "-f", "locked.yaml"], ["-R", "-f", "."],
                     ["-f", "good.yaml", "--mesh-file", "locked.yaml"], ["-f", "good.yaml", "--objects", "locked.yaml"]):
            result = expect(tally, f"unreadable: {args}", ["generate", *args], 4, where=where, prefix=prefix, said="CO0101: cannot read")
            tally.equal(result.stdout, b"", f"unreadable: {args}: output")
        (where / "locked.yaml").unlink()
        for mode in (0, 0o444):
            (where / "sub").chmod(mode)
            expect(tally, f"a directory of mode {mode:o}", ["generate", "-R", "-f", "."], 4, where=where, prefix=prefix,
                   said="CO0101: cannot read")
            (where / "sub").chmod(0o755)


def coming_and_going(tally):
    """A file that vanishes between the listing of its directory and its opening is said; the other output is whole."""
    with folder(good_yaml=GOOD) as where:
        whole = {harness.run(["generate", "-R", "-f", "."], cwd=where).stdout, b""}
        (where / "going.yaml").write_text(manifest("going"))
        whole.add(harness.run(["generate", "-R", "-f", "."], cwd=where).stdout)
        over = threading.Event()

        def come_and_go():
            while not over.is_set():
                (where / "going.yaml").unlink(missing_ok=True)
                (where / "new").write_text(manifest("going"))
                (where / "new").rename(where / "going.yaml")

        other = threading.Thread(target=come_and_go)
        other.start()
        for i in range(100):
            result = harness.run(["generate", "-R", "-f", "."], cwd=where)
            fine = result.returncode == 0 and result.stdout
            gone = result.returncode == 4 and b"CO0101" in result.stderr and not result.stdout
            if not tally.check((fine or gone) and result.stdout in whole, f"coming and going {i}: exit {result.returncode}", result.stderr):
                break
        over.set()
        other.join()


LIMITS = {"descriptors": "ulimit -n 4", "file size": "trap '' XFSZ; ulimit -f 0"}


def limits(tally):
    """At a limit of the system a run ends with a finding, and each file is old or new."""
    for what, limit in LIMITS.items():
        with UPDATE.start() as where:
            result = UPDATE.run(where, prefix=shell(f'{limit}; exec "$@"'))
            tally.check(result.returncode == 4 and FINDING.search(result.stderr),
                        f"limit of {what}: exit {result.returncode}", result.stderr)
            UPDATE.judge_files(tally, f"limit of {what}", where)
            UPDATE.judge_mended(tally, f"limit of {what}", where)
    deep = '{"a":' * 64 + "1" + "}" * 64
    with folder(good_yaml=GOOD, deep_json=deep) as where:
        small = shell('ulimit -s 256; exec "$@"')
        expect(tally, "a small stack", ["generate", "-f", "good.yaml"], 0, where=where, prefix=small)
        expect(tally, "a small stack and depth", ["check", "-f", "deep.json"], 3, where=where, prefix=small)


def memory_of_names(tally):
    """Objects whose names are cut to the same label cost each as much as another: no number is tried twice."""
    small = shell('ulimit -v 300000; exec "$@"')
    if harness.run(["version"], prefix=small).returncode != 0:
        tally.skip("the memory of names", "the program needs more even to begin, as instrumented ones do")
        return
    alike = "---\n".join(f"apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {{name: {'a' * 55}{between}{i}}}\n"
                         "spec: {url: 'oci://example.com/p:1'}\n" for i in range(4000) for between in ".-")
    result = expect(tally, "the memory of names", ["import", "-"], 0, stdin=alike.encode(), prefix=small)
    tally.equal(result.stdout.count(b"kind: FilterManifest"), 8000, "the memory of names: manifests")


def memory_limit(tally):
    small = shell('ulimit -v 12000; exec "$@"')
    if harness.run(["version"], prefix=small).returncode != 0:
        tally.skip("a limit of memory", "the program needs more even to begin, as instrumented ones do")
        return
    many = "---\n".join(manifest(f"m{i}") for i in range(3000))
    result = expect(tally, "a limit of memory", ["generate", "-f", "-"], 4, stdin=many.encode(), prefix=small, said="CO0105")
    tally.equal(result.stdout, b"", "a limit of memory: output")


def reports_in_trouble(tally):
    """A report that cannot be written is exit code 4, and an older one stays whole."""
    with folder(bad_yaml=BAD) as where:
        expect(tally, "a report", ["check", "-f", "bad.yaml", "--report", "json=r.json"], 3, where=where)
        old = json.loads((where / "r.json").read_text())
        result = expect(tally, "a report and no room", ["check", "-f", "bad.yaml", "--report", "json=r.json"], 4, where=where,
                        prefix=shell(f'{LIMITS["file size"]}; exec "$@"'), said="cannot write")
        tally.check(b"CO0204" in result.stderr, "the findings are still said", result.stderr)
        tally.equal(json.loads((where / "r.json").read_text()), old, "the older report")
        (where / "d").mkdir()
        expect(tally, "a directory in the way of a report", ["check", "-f", "bad.yaml", "--report", "json=d"], 4,
               where=where, said="cannot write d")
        tally.equal(sorted(tree(where)), ["bad.yaml", "d", "r.json"], "no temporary files of reports stay")


tests = [standard_output, standard_error, reports_unsaid, surroundings, closed_descriptors, pieces, large_inputs,
         unreadable, coming_and_going, limits, memory_of_names, memory_limit,
         reports_in_trouble]
