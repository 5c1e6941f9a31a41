"""Exit codes and what is said when the program is called wrongly."""

import json
import re

import harness
from common import BAD, GOOD, WARNS, expect, folder

COMMANDS = ("generate", "clusters", "check", "inspect", "explain", "schema", "completion", "version")

# (what, arguments, exit code, a part of standard error)
CALLS = [("no command", [], 2, None), ("unknown command", ["generat"], 2, "generate"),
         ("the beginning of a command", ["gen"], 2, 'did you mean "generate"?'),
         ("the beginning of several commands", ["c"], 2, 'unknown command "c"\n'),
         ("a command of kubectl", ["apply", "-f", "good.yaml"], 2, "callout generate -f FILE | kubectl apply -f -"),
         ("a command of helm", ["lint", "good.yaml"], 2, "`callout check` reports every finding"),
         ("objects as manifests are named", ["import", "-f", "good.yaml"], 2, "files are named without it"),
         ("help of an unknown command", ["help", "generat"], 2, 'did you mean "generate"?'),
         ("help of help", ["help", "help"], 0, None),
         ("an option in the place of the command", ["-n", "shop", "check"], 2,
          "the command comes first, then its options"),
         ("the version, by one letter", ["-V"], 2, "`callout version` prints the version"),
         ("unknown option", ["check", "--fiel", "x"], 2, "unknown option"),
         ("the beginning of an option", ["check", "--file", "x"], 2, "did you mean --filename?"),
         ("the other case of a letter", ["check", "-r", "-f", "."], 2, "did you mean -R?"),
         ("a value for a letter without", ["check", "-f", "good.yaml", "-v=5"], 2, "-v takes no value"),
         ("unknown letter", ["check", "-z"], 2, "-z"),
         ("option of another command", ["clusters", "-f", "good.yaml", "--check"], 2, None),
         ("a file without a name", ["check", "-f", ""], 2, "-f needs a value that is not empty: FILE"),
         ("a file without a name, after =", ["check", "-f", "good.yaml", "--mesh-file="], 2,
          "--mesh-file= needs a value that is not empty"),
         ("option without its value", ["check", "-f"], 2, "needs a value"),
         ("value for an option without", ["check", "-f", "good.yaml", "--quiet=1"], 2, "takes no value"),
         ("option twice", ["check", "-f", "good.yaml", "-n", "a", "-n", "b"], 2, "twice"),
         ("no manifest", ["generate"], 2, "-f"), ("operand", ["generate", "good.yaml"], 2, "-f"),
         ("what a shell makes of *.yaml", ["check", "-f", "bad.yaml", "good.yaml"], 2,
          "one behind each, or as a directory with -R -f DIR"),
         ("bad namespace", ["check", "-f", "good.yaml", "-n", "Not_A_Name"], 2, "Not_A_Name"),
         ("unknown output", ["generate", "-f", "good.yaml", "-o", "xml"], 2, "xml"),
         ("dir without a name", ["generate", "-f", "good.yaml", "-o", "dir="], 2, None),
         ("--check without a directory", ["generate", "-f", "good.yaml", "--check"], 2, "dir="),
         ("output of another command", ["generate", "-f", "good.yaml", "-o", "table"], 2, "table"),
         ("unknown report", ["check", "-f", "good.yaml", "--report", "pdf=x"], 2,
          '"pdf": text, json, sarif, junit, gitlab, checkstyle or github'),
         ("report without a file", ["check", "-f", "good.yaml", "--report", "json="], 2, "json= names no file"),
         ("unknown level", ["check", "-f", "good.yaml", "--fail-on", "info"], 2, '"info": warning or error'),
         ("unknown colour", ["check", "-f", "good.yaml", "--color", "red"], 2, '"red": auto, never or always'),
         ("two ways to the mesh", ["check", "-f", "good.yaml", "--mesh", "a", "--mesh-file", "b"], 2, "--mesh"),
         ("mesh and manifests of one stream", ["generate", "-f", "-", "--mesh-file", "-"], 2,
          "standard input can be read once"),
         ("objects and manifests of one stream", ["check", "-f", "-", "--objects", "-"], 2,
          "standard input can be read once"),
         ("objects of one stream, twice", ["check", "-f", "good.yaml", "--objects", "-", "--objects", "-"], 2,
          "named for 2 inputs"),
         ("mesh, manifests and objects of one stream", ["check", "-f", "-", "--objects", "-", "--mesh-file", "-"], 2,
          "named for 3 inputs"),
         ("live objects and manifests of one stream", ["diff", "-f", "-", "--live", "-"], 2,
          "standard input can be read once"),
         ("objects and dump of one stream", ["verify", "-f", "good.yaml", "--objects", "-", "web=-"], 2,
          "standard input can be read once"),
         ("imported twice", ["import", "-", "-"], 2, "standard input can be read once"),
         ("operands that only end like that", ["import", "a/x=-", "y=-"], 4, "No such file"),
         ("a dump whose name ends so", ["verify", "-f", "-", "a=b=-"], 4, "cannot read b=-"),
         ("mesh and list of one stream", ["fn", "--mesh-file", "-"], 2, "standard input can be read once"),
         ("manifests of one stream, named twice", ["check", "-f", "-", "-f", "-", "-f", "good.yaml"], 0, None),
         ("a directory for a mesh", ["generate", "-f", "good.yaml", "--mesh-file", "."], 4,
          "--mesh-file names one file"),
         ("unknown tool to escape for", ["generate", "-f", "good.yaml", "--escape-for", "helm"], 2, "flux"),
         ("a version that is none", ["generate", "-f", "good.yaml", "--istio-version", "latest"], 2,
          '--istio-version "latest" is not V or V..V'),
         ("a version from tomorrow", ["clusters", "-f", "good.yaml", "--istio-version", "1.99"], 2, "1.11 to 1.32"),
         ("the newer version first", ["diff", "-f", "good.yaml", "--live", "x", "--istio-version=1.31..1.27"], 2,
          "newer version first"),
         ("verify for no version", ["verify", "-f", "good.yaml", "x", "--istio-version", ""], 2, "is not V or V..V"),
         ("fn for no version", ["fn", "--istio-version", "2.0"], 2, "is not V or V..V"),
         ("inspect for no version", ["inspect", "x", "--istio-version", "latest"], 2, '--istio-version "latest" is not'),
         ("inspect with manifests", ["inspect", "x", "-f", "good.yaml", "--istio-version", "1.99"], 2, "1.11 to 1.32"),
         ("upgrade from no version", ["upgrade-check", "-f", "good.yaml", "--from", "v1.27", "--to", "1.31"], 2,
          '--from "v1.27"'),
         ("upgrade to no version", ["upgrade-check", "-f", "good.yaml", "--from", "1.27", "--to", "1.99"], 2,
          '--to "1.99"'),
         ("upgrade from a range turned round",
          ["upgrade-check", "-f", "good.yaml", "--from", "1.31..1.27", "--to", "1.31"], 2, "newer version first"),
         ("a command without its time", ["verify", "-f", "good.yaml", "--", "istioctl", "x"], 2,
          "a command needs a time: --wait 60s -- istioctl"),
         ("a workload for a dump", ["verify", "-f", "good.yaml", "deploy/web"], 4,
          "`kubectl callout verify` takes a workload"),
         ("dumps behind dashes", ["verify", "-f", "good.yaml", "--", "a.json", "b.json"], 4, "cannot read a.json"),
         ("explain an unknown code", ["explain", "CO9999"], 2, "CO9999"),
         ("explain an unknown verdict", ["explain", "resolvd"], 2, "there is no finding, verdict or field \"resolvd\""),
         ("explain an unknown field", ["explain", "spec.upstreams.prot"], 2, "prot"),
         ("explain a field without its spec", ["explain", "upstreams.tls"], 2, "did you mean \"spec.upstreams.tls\"?"),
         ("explain a field of a Mesh without its kind", ["explain", "spec.policy"], 2,
          "did you mean \"mesh.spec.policy\"?"),
         ("explain a field of a Mesh alone", ["explain", "policy.hosts"], 2, "did you mean \"mesh.spec.policy.hosts\"?"),
         ("explain a field by its name alone", ["explain", "timeout"], 2, "did you mean \"spec.upstreams.timeout\"?"),
         ("explain a field of a Mesh by its name alone", ["explain", "requireTls"], 2,
          "did you mean \"mesh.spec.policy.requireTls\"?"), ("schema of an unknown kind", ["schema", "Pod"], 2, "Pod"),
         ("fine", ["check", "-f", "good.yaml"], 0, None),
         ("a warning is fine", ["check", "-f", "warns.yaml"], 0, "warning CO0257"),
         ("a warning that fails", ["check", "-f", "warns.yaml", "--fail-on", "warning"], 1, "warning CO0257"),
         ("no warning, none fails", ["check", "-f", "good.yaml", "--fail-on", "warning"], 0, None),
         ("an error beside --fail-on", ["check", "-f", "bad.yaml", "--fail-on", "warning"], 3, "error CO0204"),
         ("refused", ["generate", "-f", "bad.yaml"], 3, "error CO0204"),
         ("one bad of two", ["generate", "-f", "good.yaml", "-f", "bad.yaml"], 3, "error CO0204"),
         ("missing file", ["generate", "-f", "missing.yaml"], 4, "missing.yaml"),
         ("an address of the web", ["check", "-f", "https://example.com/a.yaml"], 4, "nothing is fetched from the web"),
         ("an address of a file", ["check", "-f", "file:///a.yaml"], 4, "by its path alone"),
         ("a pattern", ["check", "-f", "*.yml"], 4, "left to the shell"),
         ("two files as kubectl takes them", ["check", "-f", "good.yaml,bad.yaml"], 4, "repeat the option"),
         ("missing mesh file", ["generate", "-f", "good.yaml", "--mesh-file", "missing.yaml"], 4, "missing.yaml"),
         ("a file for templates", ["generate", "-f", "good.yaml", "--templates", "good.yaml"], 4, "good.yaml: Not a directory"),
         ("missing templates", ["generate", "-f", "good.yaml", "--templates", "missing"], 4, "missing"),
         ("missing objects", ["generate", "-f", "good.yaml", "--objects", "missing.yaml"], 4, "missing.yaml"),
         ("environment beats input", ["generate", "-f", "bad.yaml", "-f", "missing.yaml"], 4, "error CO0204"),]


def calls(tally):
    with folder(good_yaml=GOOD, warns_yaml=WARNS, bad_yaml=BAD) as where:
        for what, args, code, said in CALLS:
            result = expect(tally, what, args, code, where=where, said=said)
            if code in (2, 3) and args:
                tally.check(not result.stdout, f"{what}: something is on standard output", result.stdout)


# What kubectl, helm and istioctl take: (command, option, a part of the way out).
HABITS = [
    ("check", ["-A"], "all namespaces are read"),
    ("clusters", ["--all-namespaces"], "all namespaces are read"),
    ("generate", ["-k", "overlay"], "kustomize build"),
    ("check", ["-o", "json"], "--report FORMAT"),
    ("generate", ["--dry-run=client"], "callout applies nothing"),
    ("verify", ["--context", "prod"], "connects to no cluster"),
    ("version", ["--kubeconfig=x"], "connects to no cluster"),
    ("check", ["--no-color"], "--color never"),
    ("check", ["--strict"], "--fail-on warning"),
    ("verify", ["--timeout", "60s"], "--wait TIME"),
    ("check", ["--version"], "`callout version`"),
]


def habits(tally):
    for command, words, way_out in HABITS:
        expect(tally, f"{command} {words}", [command, *words], 2, said=way_out)
    for command, word in (("version", "-f"), ("version", "--strict"), ("schema", "-A"), ("check", "--timeout")):  # no way out there
        expect(tally, f"{command} {word}", [command, word], 2, said=f"unknown option {word}\n")


def spellings(tally):
    """-fX, -f X, -f=X, --filename X and --filename=X are the same; so are options before and after."""
    with folder(good_yaml=GOOD) as where:
        want = harness.run(["generate", "-f", "good.yaml"], cwd=where).stdout
        tally.check(b"ServiceEntry" in want, "generate prints")
        for args in (["-fgood.yaml"], ["--filename", "good.yaml"], ["--filename=good.yaml"], ["-f", "./good.yaml"],
                     ["-o", "yaml", "-f", "good.yaml"], ["-oyaml", "-f", "good.yaml", "-q"], ["-Rf", "good.yaml"]):
            tally.equal(harness.run(["generate", *args], cwd=where).stdout, want, f"generate {args}")


def help_and_version(tally):
    for args in (["--help"], ["-h"], ["help"], *[[c, "--help"] for c in COMMANDS], *[["help", c] for c in COMMANDS]):
        result = expect(tally, f"{args}", args, 0)
        tally.check(b"Example" in result.stdout and not result.stderr, f"{args}: help begins with an example", result.stdout[:300])
    for command, usage in (("generate", "-f FILE… [OPTION…]"), ("verify", "-f FILE… [OPTION…] DUMP… | --wait TIME -- CMD ARG…"),
                           ("diff", "-f FILE… --live FILE… [OPTION…]"), ("upgrade-check", "-f FILE… --from V --to V [OPTION…]"),
                           ("inspect", "[OPTION…] FILE.wasm…"), ("schema", "[KIND]")):
        result = expect(tally, f"usage of {command}", [command, "--help"], 0)
        tally.check(f"\n  callout {command} {usage}\n".encode() in result.stdout, f"usage of {command}", result.stdout)
    for args in (["version"], ["--version"]):
        result = expect(tally, f"{args}", args, 0)
        tally.check(b"1.32" in result.stdout, f"{args} names the versions of Istio", result.stdout)
    told = json.loads(expect(tally, "version -o json", ["version", "-o", "json"], 0).stdout)
    tally.equal((told["kind"], told["version"], told["istioVersions"][1]),
                ("Version", result.stdout.split()[1].decode(), "1.32"), "version -o json")
    expect(tally, "version -o yaml", ["version", "-o", "yaml"], 2, said='"yaml": text or json')


def explanations(tally):
    """Every code explains itself, with or without CO, in any case."""
    for code in ("CO0204", "co0204", "204", "CO0204:"):
        tally.check(b"CO0204" in expect(tally, f"explain {code}", ["explain", code], 0).stdout, f"explain {code}")
    for word, code in (("missing", "CO0501"), ("uncallable", "CO0502"), ("unknown", "CO0507"), ("absent", "CO0560"), ("differs", "CO0562")):
        tally.check(expect(tally, f"explain {word}", ["explain", word], 0).stdout.startswith(code.encode()), f"explain {word}: {code}")
    for code in re.findall(r"^DIAG\((\d+),", (harness.ROOT / "daemon/base/diag_codes.def").read_text(), re.M):
        said = expect(tally, f"explain {code}", ["explain", code], 0).stdout.decode()
        tally.check(not re.search(r"^CO\d+ \(\w+\): [^\w]*$", said.splitlines()[0]),
                    f"explain {code}: a first line that says nothing", said[:80])
        tally.check(re.search(r"^Cause\n  \S.*\n\nConsequence\n  \S.*\n\nWay out\n  \S", said, re.M),
                    f"explain {code}: cause, consequence and way out", said)
    for field in ([], ["spec"], ["spec.upstreams"], ["spec.upstreams.tls.mode"], ["FilterManifest"], ["Mesh"],
                  ["Mesh.spec"], ["mesh.spec.policy"]):
        expect(tally, f"explain {field}", ["explain", *field], 0)


tests = [calls, habits, spellings, help_and_version, explanations]
