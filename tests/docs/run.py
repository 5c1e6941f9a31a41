#!/usr/bin/env python3
"""The manual pages as they are installed: sound, and saying all that the program's tables say.

    run.py BUILD     the build directory whose `cmake --install` is looked at
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import harness  # noqa: E402


def install(build, prefix):
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)


def shown(page):
    """What a reader sees, in one line: overstrikes and line ends taken out."""
    raw = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=200", page], capture_output=True, check=True).stdout
    return normal(re.sub(".\b", "", raw.decode()))


def normal(text):
    return " ".join(text.replace("`", "").replace("‘", "'").replace("’", "'").split())


def lint(tally, pages):
    for page in pages:
        result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True)
        tally.check(result.returncode == 0 and not result.stdout, f"{page.name}: mandoc finds nothing", result.stdout)
        tally.check(page.read_bytes().isascii(), f"{page.name}: is ASCII, for every locale")


def links(tally, pages):
    """Each page that another one names is there."""
    names = {page.name for page in pages}
    for page in pages:
        for name, section in re.findall(r"^\.(?:It )?Xr (\S+) (\d)", page.read_text(), re.M):
            target = f"{name}.{section}".replace("\\-", "-")
            tally.check(target in names, f"{page.name}: {target} is there")


def help_of(*args):
    return harness.run([*args, "--help"]).stdout.decode()


def commands(tally, man):
    listed = re.findall(r"^  (\S+) +\S", help_of().split("Commands:")[1], re.M)
    program = shown(man / "man1" / "callout.1")
    tally.check(len(listed) >= 7, "the commands are known", str(listed))
    for name in listed:
        page = man / "man1" / f"callout-{name}.1"
        if not tally.check(page.exists(), f"callout-{name}.1 is installed"):
            continue
        text, usage = shown(page), help_of(name)
        tally.check(f"callout-{name}(1)" in program, f"callout.1 names callout-{name}(1)")
        sections = [s for s in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO")
                    if f".Sh {s}\n" not in page.read_text()]
        tally.equal(sections, [], f"callout-{name}.1: sections that are missing")
        options = re.findall(r"--[a-z0-9-]+(?: \S+)?(?=  |$)", usage.split("Options:")[1], re.M)
        tally.check(options, f"options of {name}")
        for option in options:
            tally.check(option in text, f"callout-{name}.1 tells of {option}")
        for line in re.split(r"\n\n", usage)[0].splitlines()[1:]:
            if not line.startswith("  # "):
                tally.check(normal(line) in text, f"callout-{name}.1 has the example {line}")


def fields_of(schema, path=""):
    for name, field in schema.get("properties", {}).items():
        yield name, field["description"]
        yield from fields_of(field)
        yield from fields_of(field.get("items", {}))


def kinds(tally, man):
    for kind, name in (("FilterManifest", "filter-manifest"), ("Mesh", "callout-mesh")):
        text = shown(man / "man5" / f"{name}.5")
        for field, meaning in fields_of(json.loads(harness.run(["schema", kind]).stdout)):
            # The first letter, and the full stop, are the page's.
            tally.check(f"{field} (" in text and normal(meaning)[1:] in text, f"{name}.5 tells of {field}", meaning)


def findings(tally, man, documents):
    text = shown(man / "man7" / "callout-findings.7")
    markdown = (documents / "findings.md").read_text()
    for code in sorted(set(re.findall(r"CO\d{4}", text))):
        explained = harness.run(["explain", code]).stdout.decode()
        tally.check(f"### {code}\n" in markdown, f"findings.md tells of {code}")
        for part in re.findall(r"^  (.*)$", explained, re.M):
            tally.check(normal(part) in text, f"callout-findings.7 says of {code} what explain says", part)
    numbers = re.findall(r"^DIAG\((\d+)", (harness.ROOT / "daemon/base/diag_codes.def").read_text(), re.M)
    for number in numbers:
        tally.check(f"CO{int(number):04d} (" in text, f"callout-findings.7 tells of CO{int(number):04d}")


def main(argv):
    tally = harness.Tally("docs")
    with tempfile.TemporaryDirectory() as temp:
        install(argv[0], temp)
        plugin = pathlib.Path(temp) / "bin" / "kubectl-callout"
        tally.check(plugin.is_symlink() and str(plugin.readlink()) == "callout", "kubectl's plugin is a link to the program")
        tally.equal(subprocess.run([plugin, "version"], capture_output=True).returncode, 0, "kubectl-callout runs")
        man = pathlib.Path(temp) / "share" / "man"
        pages = sorted(man.glob("man*/*"))
        lint(tally, pages)
        links(tally, pages)
        commands(tally, man)
        kinds(tally, man)
        findings(tally, man, pathlib.Path(temp) / "share" / "doc" / "callout")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
