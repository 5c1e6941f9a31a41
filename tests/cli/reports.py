"""Findings: the JSON report, colours, quiet and verbose."""

import json
import os
import stat
import subprocess

import harness
from common import BAD, GOOD, WARNS, expect, folder, manifest, shell

TWO_PLACES = GOOD + "---\n" + GOOD
UNICODE = GOOD.replace("spec:", "# käse 🧀\nspec:") + "  x\u00e4: 1\n"


def place_of(text, offset):
    """Line from 1, column in characters from 1."""
    before = text[:offset].decode()
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


def check_location(tally, what, location, sources):
    text = sources[location["source"]]
    tally.equal((location["line"], location["column"]), place_of(text, location["offset"]), f"{what}: line and column")
    tally.check(0 < location["length"] <= len(text) - location["offset"], f"{what}: length {location['length']}")


def json_report(tally):
    with folder(bad_yaml=BAD, two_yaml=TWO_PLACES, unicode_yaml=UNICODE, warns_yaml=WARNS, good_yaml=GOOD) as where:
        sources = {p.name: p.read_bytes() for p in where.iterdir()}
        for name, code in (("bad", 3), ("two", 3), ("unicode", 3), ("warns", 0), ("good", 0)):
            expect(tally, name, ["check", "-f", f"{name}.yaml", "--report", "json=report.json"], code, where=where)
            report = json.loads((where / "report.json").read_text())
            head = (report["apiVersion"], report["kind"], report["command"])
            tally.equal(head, ("callout.dev/v1alpha1", "Report", "check"), f"{name}: head of the report")
            levels = [f["level"] for f in report["findings"]]
            counted = {level + "s": levels.count(level) for level in ("error", "warning", "info")}
            tally.equal(report["summary"], counted, f"{name}: summary")
            for f in report["findings"]:
                tally.check(f["code"].startswith("CO") and f["message"], f"{name}: code and message", json.dumps(f))
                check_location(tally, name, f["location"], sources)
                for related in f.get("related", []):
                    check_location(tally, f"{name}, related", related["location"], sources)
        tally.equal(report["findings"], [], "no findings")


def report_places(tally):
    with folder(bad_yaml=BAD, good_yaml=GOOD) as where:
        result = expect(tally, "json to standard error", ["check", "-f", "bad.yaml", "--report", "json"], 3, where=where)
        tally.equal(json.loads(result.stderr)["summary"]["errors"], 1, "json on standard error")
        expect(tally, "two reports", ["check", "-f", "bad.yaml", "--report", "json=a.json", "--report", "text=b.txt"], 3,
               where=where, said="CO0204")
        tally.check((where / "a.json").exists() and "CO0204" in (where / "b.txt").read_text(), "both reports are written")
        (where / "to-here").symlink_to(".")
        for first, second in (("a.json", "a.json"), ("a.json", "./a.json"), ("new.json", "./new.json"), ("new.json", "to-here/new.json"),
                              ("-", "-"), ("-", "/dev/stdout"), (f"{where}/new.json", "new.json")):
            expect(tally, f"two reports to {second}",
                   ["check", "-f", "bad.yaml", "--report", f"json={first}", "--report", f"sarif={second}"], 2, where=where,
                   said="two reports would go to one file")
        (where / "linked.json").symlink_to("a.json")
        expect(tally, "a link is replaced, not what it leads to",
               ["check", "-f", "bad.yaml", "--report", "json=a.json", "--report", "sarif=linked.json"], 3, where=where)
        tally.equal(["version" in json.loads((where / name).read_text()) for name in ("a.json", "linked.json")], [False, True], "both")
        (where / "out").mkdir()
        for name in (".callout-files", "shop_serviceentry_x.auth.yaml", "../out/x.yaml"):
            expect(tally, f"a report {name} among what is generated",
                   ["generate", "-f", "good.yaml", "-o", "dir=out", "--report", f"text=out/{name}"], 2, where=where,
                   said="would be in the place of what is generated")
        expect(tally, "a report beside what is generated",
               ["generate", "-f", "good.yaml", "-o", "dir=out", "--report", "text=out.yaml", "--report", "json=out/report.json"], 0,
               where=where)
        expect(tally, "no folder for the report", ["check", "-f", "good.yaml", "--report", "json=no/a.json"], 4, where=where,
               said="no/a.json")
        result = expect(tally, "a report beside objects", ["generate", "-f", "good.yaml", "--report", "json=c.json"], 0, where=where)
        tally.check(b"ServiceEntry" in result.stdout and json.loads((where / "c.json").read_text())["command"] == "generate",
                    "objects and report")
        expect(tally, "files that are not up to date",
               ["generate", "-f", "good.yaml", "-o", "dir=gen", "--check", "--report", "json=d.json"], 1, where=where)
        tally.equal({f["location"]["source"] for f in json.loads((where / "d.json").read_text())["findings"]},
                    {f"gen/shop_{kind}_auth-check.auth.yaml" for kind in ("serviceentry", "destinationrule")},
                    "findings stand at the files")
        expect(tally, "an old report is replaced", ["check", "-f", "good.yaml", "--report", "json=a.json"], 0, where=where)
        tally.equal(json.loads((where / "a.json").read_text())["findings"], [], "the old report is gone")


def reports_to_no_file(tally):
    """Standard output, devices and pipes are written to: a rename would take them from everybody on the machine."""
    with folder(bad_yaml=BAD, good_yaml=GOOD) as where:
        for name in ("-", "/dev/stdout"):
            result = expect(tally, f"json={name}", ["check", "-f", "bad.yaml", "--report", f"json={name}"], 3, where=where, said="CO0204")
            tally.equal(json.loads(result.stdout)["summary"]["errors"], 1, f"json={name} is on standard output")
        result = expect(tally, "json=/dev/stderr", ["check", "-f", "bad.yaml", "--report", "json=/dev/stderr"], 3, where=where)
        tally.equal(json.loads(result.stderr)["summary"]["errors"], 1, "json=/dev/stderr is on standard error, alone")
        result = expect(tally, "a report behind objects", ["generate", "-f", "good.yaml", "-o", "json", "--report", "json=-"], 0,
                        where=where)
        first, end = json.JSONDecoder().raw_decode(result.stdout.decode())
        tally.equal((first["kind"], json.loads(result.stdout[end:])["kind"]), ("List", "Report"), "objects, then the report")
        expect(tally, "/dev/stdout that is a file", ["generate", "-f", "good.yaml", "--report", "json=/dev/stdout"], 0, where=where,
               prefix=shell('exec "$@" >both'))
        both = (where / "both").read_text()
        tally.check("kind: ServiceEntry" in both and '"kind": "Report"' in both, "neither writes over the other", both)
        tally.equal(sorted(p.name for p in where.iterdir()), ["bad.yaml", "both", "good.yaml"], "no file of another name")
        os.mkfifo(where / "pipe")
        reader = os.open(where / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        (where / "full").symlink_to("/dev/full")
        expect(tally, "a named pipe", ["check", "-f", "bad.yaml", "--report", "json=pipe"], 3, where=where)
        tally.equal(json.loads(os.read(reader, 65536))["summary"]["errors"], 1, "the pipe's reader has it")
        os.close(reader)
        expect(tally, "a full device", ["check", "-f", "good.yaml", "--report", "json=/dev/full"], 4, where=where, said="No space left")
        for name, kind in (("pipe", stat.S_ISFIFO), ("/dev/full", stat.S_ISCHR)):
            tally.check(kind((where / name).stat().st_mode), f"{name} is still what it was")


def reports_over_named_files(tally):
    """What a manifest names is an input too, known once the manifest is read."""
    named = GOOD + "  filter: {lua: {file: filter.lua}}\n"
    with folder(named_yaml=named, filter_lua="-- code\n") as where:
        said = "filter.lua is the file that a report or the output goes to"
        args = ["check", "-f", "named.yaml", "--report", "sarif=other.sarif", "--report", "json=filter.lua"]
        expect(tally, "a report over a file that a manifest names", args, 3, where=where, said=said)
        tally.equal((where / "filter.lua").read_text(), "-- code\n", "the file that a manifest names is as it was")
        (where / "layout").mkdir()
        (where / "layout" / "index.json").write_text("{}")
        (where / "image.yaml").write_text(manifest(spec="  filter:\n    wasm: {url: oci://example.com/a, binary: ./layout}\n"))
        for more in ([], ["--root", "."]):
            expect(tally, f"a report into an image that a manifest names {more}",
                   ["check", "-f", "image.yaml", *more, "--report", "json=layout/index.json"], 3,
                   where=where, said="binary: ./layout holds the file that a report goes to")
            tally.equal((where / "layout" / "index.json").read_text(), "{}", f"the image that a manifest names is as it was {more}")
        expect(tally, "output over a file that a manifest names", ["generate", "-f", "named.yaml"], 3, where=where, said=said,
               prefix=shell('exec "$@" >filter.lua'))


def reports_over_inputs(tally):
    """An input is never replaced: it would be gone."""
    with folder(good_yaml=GOOD, dump_json="[]") as where:
        (where / "link.yaml").symlink_to("good.yaml")
        said = "a report would replace an input"
        check = ["check", "-f", "good.yaml"]
        for name, args in (("a manifest", [*check, "--report", "json=good.yaml"]),
                           ("by another path", [*check, "--report", "json=./good.yaml"]),
                           ("by a link", ["check", "-f", "link.yaml", "--report", "json=good.yaml"]),
                           ("the second report", [*check, "--report", "json", "--report", "sarif=good.yaml"]),
                           ("live objects", [*check, "--objects", "dump.json", "--report", "json=dump.json"]),
                           ("a dump", ["verify", "-f", "good.yaml", "dump.json", "--report", "json=dump.json"]),
                           ("a dump of a name", ["verify", "-f", "good.yaml", "web=dump.json", "--report", "json=dump.json"]),
                           ("a module", ["inspect", "dump.json", "--report", "json=dump.json"])):
            expect(tally, f"a report over an input: {name}", args, 2, where=where, said=said)
        expect(tally, "a report over standard input", ["check", "-f", "-", "--report", "json=good.yaml"], 2, where=where, said=said,
               prefix=shell('exec "$@" <good.yaml'))
        tally.equal(((where / "good.yaml").read_text(), (where / "dump.json").read_text()), (GOOD, "[]"), "the inputs are as they were")
        expect(tally, "the word of a command", ["verify", "-f", "good.yaml", "--report", "json=dump.json", "--wait", "1m",
                                               "--interval", "1h", "--", "echo", "dump.json"], 3, where=where)
    with folder(good_yaml=GOOD) as where:
        for turn in ("first", "second"):
            expect(tally, f"a report among manifests, the {turn} time", ["check", "-R", "-f", ".", "--report", "json=r.json"], 0,
                   where=where)
            tally.equal(json.loads((where / "r.json").read_text())["findings"], [], f"the report is none of the inputs, the {turn} time")
    with folder(good_yaml=GOOD, warns_yaml=WARNS.replace("auth-check", "other")) as where:
        for form in ("json", "sarif", "junit", "gitlab", "checkstyle", "github", "text"):
            for turn in ("first", "second"):
                expect(tally, f"{form} of warnings among manifests, the {turn} time",
                       ["check", "-R", "-f", ".", "--report", f"{form}=r.json"], 0, where=where)
            os.remove(where / "r.json")
        (where / "in").mkdir()
        (where / "in" / "other.yaml").write_text(GOOD)
        for name, args in (("a manifest of a directory", ["check", "-f", "in"]), ("beneath it", ["check", "-R", "-f", "."]),
                           ("a template", ["generate", "-f", "good.yaml", "--templates", "in"]),
                           ("a dump of a directory", ["verify", "-f", "good.yaml", "in"])):
            expect(tally, f"a report over an input: {name}", [*args, "--report", "json=in/other.yaml"], 2, where=where, said=said)
        tally.equal((where / "in" / "other.yaml").read_text(), GOOD, "it is as it was")


def colours(tally):
    with folder(bad_yaml=BAD) as where:
        args = ["check", "-f", "bad.yaml"]
        for what, said, coloured in (
            ("a pipe", expect(tally, "pipe", args, 3, where=where).stderr, False),
            ("always", expect(tally, "always", [*args, "--color", "always"], 3, where=where).stderr, True),
            ("always beats NO_COLOR", expect(tally, "always", [*args, "--color=always"], 3, where=where,
                                             env=harness.environment(NO_COLOR="1")).stderr, True),
        ):
            tally.check((b"\x1b[" in said) == coloured, f"colour: {what}", said)
        expect(tally, "no colour in a report file", [*args, "--color", "always", "--report", "text=r.txt"], 3, where=where)
        tally.check("\x1b" not in (where / "r.txt").read_text(), "a report file has no colours")


def colours_on_a_terminal(tally):
    if not harness.has_terminals():
        tally.skip("colours on a terminal", "the system gives no terminal (is /dev/pts mounted?)")
        return
    with folder(bad_yaml=BAD) as where:
        args = ["check", "-f", "bad.yaml"]
        for what, said, coloured in (
            ("a terminal", harness.on_terminal(args, where), True),
            ("a terminal, never", harness.on_terminal([*args, "--color", "never"], where), False),
            ("a terminal, NO_COLOR", harness.on_terminal(args, where, NO_COLOR="1"), False),
            ("a terminal, empty NO_COLOR", harness.on_terminal(args, where, NO_COLOR=""), True),
            ("a dumb terminal", harness.on_terminal(args, where, TERM="dumb"), False),
        ):
            tally.check((b"\x1b[" in said) == coloured, f"colour: {what}", said)


def quiet_and_verbose(tally):
    with folder(warns_yaml=WARNS, bad_yaml=BAD, good_yaml=GOOD, other_yaml=manifest("other")) as where:
        tally.equal(expect(tally, "-q", ["check", "-q", "-f", "warns.yaml"], 0, where=where).stderr, b"", "-q hides warnings")
        expect(tally, "-q shows errors", ["check", "-q", "-f", "bad.yaml"], 3, where=where, said="CO0204")
        said = expect(tally, "-q with both", ["check", "-q", "-f", "warns.yaml", "-f", "bad.yaml"], 3, where=where, said="CO0204").stderr
        tally.check(b": warning CO" not in said and b"1 warning" in said, "-q shows errors only, and counts the others", said)
        expect(tally, "-q and --fail-on", ["check", "-q", "-f", "warns.yaml", "--fail-on", "warning"], 1, where=where)
        tally.equal(expect(tally, "silent", ["check", "-f", "good.yaml"], 0, where=where).stderr, b"", "nothing to say, nothing said")
        expect(tally, "-v", ["check", "-v", "-f", "good.yaml"], 0, where=where, said="1 manifest from 1 file, for Istio 1.27 to 1.32\n")
        expect(tally, "-v of two", ["check", "-v", "-f", "good.yaml", "-f", "other.yaml"], 0, where=where, said="2 manifests from 2 files")
        expect(tally, "-v of an upgrade", ["upgrade-check", "-v", "-f", "good.yaml", "--from", "1.30", "--to", "1.28"], 0, where=where,
               said="for Istio 1.28 to 1.30\n")


def all_findings(tally):
    """At most 100 of one file, and the cap is said; another file's are not lost."""
    many = GOOD + "".join(f"  x{i}: 1\n" for i in range(150))
    with folder(many_yaml=many, bad_yaml=BAD.replace("auth-check", "other")) as where:
        result = expect(tally, "many findings", ["check", "-f", "many.yaml", "-f", "bad.yaml"], 3, where=where, said="CO0106")
        tally.equal(result.stderr.count(b"error CO0201"), 100, "findings of one file")
        tally.check(b"error CO0204" in result.stderr, "findings of the other file", result.stderr[-500:])
    # Warnings of other files that fill the whole list do not hide the one error either.
    public = "".join(f"  - {{name: u{i}, host: u{i}.FILE.example.com, isolated: false}}\n" for i in range(110))
    warned = {f"w{i:03}_yaml": GOOD.replace("auth-check", f"w{i}") + public.replace("FILE", f"w{i}") for i in range(102)}
    with folder(**warned, x_yaml=BAD) as where:
        result = expect(tally, "a full list", ["check", "-R", "-f", "."], 3, where=where, said="error CO0204")
        tally.check(b"warning CO0257" in result.stderr, "warnings of a full list", result.stderr[-500:])


tests = [json_report, report_places, reports_to_no_file, reports_over_inputs, reports_over_named_files, colours,
         colours_on_a_terminal, quiet_and_verbose, all_findings]
