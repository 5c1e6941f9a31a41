"""--wait, pipes, standard input, and what usage refuses."""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import threading
import time

import harness
from verifying import cluster, dump, folder, text

LATER = """#!/bin/sh
n=$(cat count 2>/dev/null || echo 0)
echo $((n + 1)) >count
echo "run $n" >&2
if [ "$n" -lt "$1" ]; then cat before.json; else cat after.json; fi
"""


def prepared(f):
    f.write("before.json", text(dump()))
    f.write("after.json", text(dump(cluster())))
    f.write("later", LATER)
    os.chmod(f.path / "later", 0o755)


def test_wait(tally):
    with folder() as f:
        prepared(f)
        report, result = f.report("--wait", "30s", "--interval", "10ms", "--", "./later", "3")
        tally.equal(result.returncode, 0, "it resolves at the fourth run")
        tally.equal((f.path / "count").read_text(), "4\n", "the command ran four times")
        tally.check(b"run 0" in result.stderr and b"run 3" in result.stderr, "the command's standard error is shown", result.stderr)
        tally.equal([v["verdict"] for v in report["verdicts"]], ["resolved"], "the report has the last verdict")
        (f.path / "count").unlink()
        report, result = f.report("--wait", "3s", "--interval", "50ms", "--", "./later", "1000000")
        tally.equal(result.returncode, 1, "it does not resolve, and ends when the time is up")
        tally.equal([v["verdict"] for v in report["verdicts"]], ["missing"], "the report says why it gave up")
        f.write("slow", '#!/bin/sh\nif test -e ran; then exec sleep 3600; fi\ntouch ran\ncat before.json\n')
        os.chmod(f.path / "slow", 0o755)
        slow, result = f.report("--wait", "4s", "--interval", "10ms", "--", "./slow")
        tally.equal((result.returncode, [v["verdict"] for v in slow["verdicts"]]), (1, ["missing"]), "time is up in the middle of a run")
        f.write("moving", '#!/bin/sh\nif test -e moved; then cat after.json; else touch moved; sed s/shop/other/g after.json; fi\n')
        os.chmod(f.path / "moving", 0o755)
        moved, result = f.report("--only-matching", "--wait", "30s", "--interval", "10ms", "--", "./moving")
        tally.equal((result.returncode, [v["verdict"] for v in moved["verdicts"]]), (0, ["resolved"]),
                    "a dump that does not match is waited past")
        findings = [x["code"] for x in report["findings"]]
        tally.equal(findings.count("CO0501"), 1, "findings of earlier runs are not repeated")


def test_terminal(tally):
    """What the command says stands on lines of its own, beside the progress that a terminal is shown."""
    if not harness.has_terminals():
        print("SKIPPED dumps: --wait on a terminal: the system gives no terminal (is /dev/pts mounted?)")
        return
    with folder() as f:
        prepared(f)
        waiting = ["verify", "-f", "manifest.yaml", "--wait", "300s", "--interval", "10ms", "--", "./later", "3"]
        shown = rb"run 0\r\n\r\x1b\[K1 missing; \d+ s left\r\x1b\[Krun 1\r\n"
        said = harness.on_terminal(waiting, f.path)
        tally.check(re.match(shown, said), "progress, and what the command says", said)
        (f.path / "count").unlink()
        said = harness.on_terminal(waiting, f.path, TERM="dumb")
        tally.check(b"\x1b" not in said and b"left" not in said and b"run 3" in said, "no progress on a terminal that cannot go back", said)


def test_arguments(tally):
    """The command gets its words as they are."""
    with folder() as f:
        prepared(f)
        f.write("show", '#!/bin/sh\nprintf "%s\\n" "$@" >words\ncat after.json\n')
        os.chmod(f.path / "show", 0o755)
        words = ["a b", "$HOME", "*", "-o", "json", "--", ";exit 9", ""]
        tally.equal(f.run("--wait", "5s", "--", "./show", *words).returncode, 0, "a command with odd words")
        tally.equal((f.path / "words").read_text(), "".join(f"{w}\n" for w in words), "the words of the command")


def test_failing(tally):
    with folder() as f:
        prepared(f)
        # What fails is not tried again, so there may be time; what prints no dump is, until the time is up: so all wait at once.
        runs = (
                ("status 7", "300s", ["sh", "-c", "cat after.json; exit 7"], 4, b"ended with status 7"),
                ("a signal", "300s", ["sh", "-c", "kill -9 $$"], 4, b"signal 9"),
                ("no such command", "300s", ["./none"], 4, b"No such file"),
                ("not executable", "300s", ["./after.json"], 4, b"Permission denied"),
                ("closes its output and goes on", "500ms", ["sh", "-c", "cat after.json; exec >&-; exec sleep 3600"], 4,
                 b"was still running"),
                ("never ends", "500ms", ["sleep", "3600"], 4, b"was still running"),
                ("starts what never ends", "500ms", ["sh", "-c", "sleep 300; true"], 4, b"was still running"),
                ("starts what goes on without it", "500ms", ["sh", "-c", "sleep 300 & cat after.json"], 4, b"was still running"),
                ("is not to be ended", "500ms", ["sh", "-c", "trap '' TERM; sleep 300; true"], 4, b"was still running"),
                ("what it prints is refused before its end", "2s", ["yes", "rubbish"], 3, b"CO0405"),
                ("what a shell prints is refused before its end", "2s", ["sh", "-c", "yes rubbish; exit $?"], 3, b"CO0405"),
                ("SIGPIPE behind a dump is a failure", "300s", ["sh", "-c", "cat after.json; kill -PIPE $$"], 4, b""),
                ("prints istiod's list of proxies", "2s", ["echo", '[{"proxy": "web-7d9c.shop", "cluster_sent": "a"}]'], 3, b"CO0413"),
                ("prints no dump", "2s", ["echo", "<html>"], 3, b"CO0402"))
        with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
            results = list(pool.map(lambda r: f.run("--wait", r[1], "--interval", "200ms", "--", *r[2]), runs))
        for (name, _, _, code, part), result in zip(runs, results):
            tally.check(result.returncode == code and part in result.stderr, f"{name}: exit {result.returncode}", result.stderr)


def test_ending(tally):
    """Whoever ends verify's process group (a terminal's keys, timeout) ends what the command started too; and what it started may clean up."""
    with folder() as f:
        prepared(f)
        command = [*harness.command(), "verify", "-f", "manifest.yaml", "--wait", "300s", "--", "sh", "-c",
                   "echo begun >&2; sleep 3600; true"]
        process = subprocess.Popen(command, cwd=f.path, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        tally.equal(process.stderr.readline(), b"begun\n", "the command runs")
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=harness.PATIENCE)
        tally.equal(process.returncode, -signal.SIGTERM, "all of it ends, and nobody holds its standard error")
        result = f.run("--wait", "500ms", "--", "sh", "-c",
                       "(trap ': >cleaned; exit' TERM; while :; do :; done) & wait")
        tally.equal((result.returncode, (f.path / "cleaned").exists()), (4, True), "what the command started ends as it likes")


def test_pipes(tally):
    with folder() as f:
        prepared(f)
        os.mkfifo(f.path / "pipe")
        content = text(dump(cluster()))

        def write_slowly():
            time.sleep(0.3)
            with open(f.path / "pipe", "w") as pipe:
                for i in range(0, len(content), 1000):
                    pipe.write(content[i:i + 1000])
                    pipe.flush()
                    time.sleep(0.02)

        writer = threading.Thread(target=write_slowly, daemon=True)
        writer.start()
        tally.equal(f.run("pipe").returncode, 0, "a named pipe whose writer is slow")
        writer.join(harness.PATIENCE)
        result = subprocess.run(["bash", "-c", f'"{harness.program()}" verify -q -f manifest.yaml <(sleep 0.3; cat after.json)'],
                                cwd=f.path, env=harness.environment(), capture_output=True)
        tally.check(result.returncode == 0, "process substitution", result.stderr)
        byte_by_byte = f"import sys,time\nfor b in open('after.json','rb').read(): sys.stdout.buffer.write(bytes([b])); sys.stdout.flush()"
        result = subprocess.run(["bash", "-c", f'python3 -c "{byte_by_byte}" | "{harness.program()}" verify -q -f manifest.yaml -'],
                                cwd=f.path, env=harness.environment(), capture_output=True)
        tally.check(result.returncode == 0, "a pipe, byte by byte", result.stderr)


def test_usage(tally):
    with folder() as f:
        prepared(f)
        for args, part in (([], b"no dump is given"), (["--interval", "1s", "after.json"], b"goes with --wait"),
                           (["--wait", "1s"], b"needs a command"), (["--wait", "1s", "--"], b"needs a command"),
                           (["--wait", "1s", "after.json", "--", "true"], b"has no place here"),
                           (["--wait", "soon", "--", "true"], b"not a duration"), (["--wait", "-1s", "--", "true"], b"not a duration"),
                           (["-o", "yaml", "after.json"], b"table or json"), (["-", "-"], b"can be read once")):
            result = f.run(*args)
            tally.check(result.returncode == 2 and part in result.stderr, f"verify {args}: exit {result.returncode}", result.stderr)
        result = harness.run(["verify", "after.json"], cwd=f.path)
        tally.equal(result.returncode, 2, "verify without a manifest")
        tally.equal(f.run("--", "after.json").returncode, 0, "-- before a dump")
        f.write("bad.yaml", "kind: Nothing\n")
        tally.equal(f.run("after.json", manifest="bad.yaml").returncode, 3, "a bad manifest")
        got = json.loads(f.run("-o", "json", "after.json").stdout)
        tally.equal(got["kind"], "VerdictList", "-o json")


tests = [test_wait, test_terminal, test_arguments, test_failing, test_ending, test_pipes, test_usage]
