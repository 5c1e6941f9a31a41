"""The golden and invalid cases again over HTTP: what the command line prints, to the byte."""

import json
import pathlib
import re
import tempfile
import urllib.parse

from daemon import Daemon, harness

# What a case may say for the same question to exist over HTTP.
FLAGS = {"-f": "file", "-n": "namespace", "--istio-version": "istioVersion", "-o": "output",
         "--escape-for": "escapeFor", "--mesh-file": "mesh"}
PATHS = {"generate": "/v1/generate", "check": "/v1/check", "clusters": "/v1/clusters"}
NAMES_FILES = re.compile(rb"^\s*(binary|file):|[{,]\s*(binary|file):|\"(binary|file)\":", re.M)
MESH = re.compile(rb"kind: *\"?Mesh\b|\"kind\": *\"Mesh\"")


class Question:
    """A case as a request; None for what HTTP cannot ask."""

    def __init__(self, case):
        self.case, self.command = case, case.args[0]
        self.query, self.files, self.mesh = {}, [], b""
        self.whole = True  # is the body the very input, so that findings have the same places?

    def read(self):
        case, args = self.case, list(self.case.args[1:])
        if self.command not in PATHS or (case.folder / "setup.sh").exists():
            return False
        while args:
            flag = args.pop(0)
            if flag not in FLAGS or not args:
                return False
            value = args.pop(0)
            if flag == "-f":
                self.files.append(value)
            elif flag == "--mesh-file":
                self.mesh = (case.folder / value).read_bytes()
            else:
                self.query[FLAGS[flag]] = value
        if self.command == "clusters":
            self.query.setdefault("output", "table")
        if self.query.get("output", "").startswith("dir="):
            return False
        if len(self.files) != 1 or self.files == ["-"] or not (case.folder / self.files[0]).is_file():
            return False
        self.body = (case.folder / self.files[0]).read_bytes()
        self.query["source"] = self.files[0]
        return not NAMES_FILES.search(self.body) and self.part_mesh()

    def part_mesh(self):
        """A Mesh beside the manifest becomes the daemon's."""
        if not MESH.search(self.body):
            return True
        if self.mesh or self.body.lstrip().startswith(b"{"):
            return False
        documents = re.split(rb"^---.*\n", self.body, flags=re.M)
        meshes = [d for d in documents if MESH.search(d)]
        self.whole = False
        self.mesh = b"---\n".join(meshes)
        self.body = b"---\n".join(d for d in documents if d not in meshes)
        return len(meshes) == 1

    def target(self, path, *drop):
        query = {k: v for k, v in self.query.items() if k not in drop}
        return path + "?" + urllib.parse.urlencode(query)


def questions():
    for family, args, code in (("golden", ["generate", "-f", "manifest.yaml"], 0), ("invalid", ["check", "-f", "manifest.yaml"], 3)):
        for case in harness.cases(family, args, code):
            q = Question(case)
            if q.read():
                yield q


def report_of(case):
    """What the command line reports as JSON."""
    with tempfile.NamedTemporaryFile(suffix=".json") as f:
        args = ["check", *case.args[1:]] if "-o" not in case.args and "--escape-for" not in case.args else None
        if not args:
            return None
        case.run([*args, "--report", f"json={f.name}"])
        return pathlib.Path(f.name).read_bytes()


def judge_work(tally, daemon, q):
    """generate and clusters: the objects, or the findings of a refusal."""
    case = q.case
    answer = daemon.post(q.target(PATHS[q.command]), q.body)
    name = f"{case.name} over HTTP"
    if q.command == "check":
        return
    result = case.run()
    if result.returncode == 0:
        tally.equal(answer.status, 200, f"{name}: status")
        tally.equal(answer.body, result.stdout, f"{name}: body")
        return
    if not tally.equal(answer.status, 422, f"{name}: status"):
        return
    codes = set(re.findall(rb"error (CO\d{4})", result.stderr))
    got = {f["code"].encode() for f in answer.json()["findings"] if f["level"] == "error"}
    tally.equal(got, codes, f"{name}: codes")


def judge_report(tally, daemon, q):
    """check: the report itself."""
    if not q.whole or q.mesh:
        return
    report = report_of(q.case)
    if report is None:
        return
    answer = daemon.post(q.target("/v1/check", "output", "escapeFor"), q.body)
    tally.equal(answer.status, 200, f"{q.case.name} over HTTP: status of check")
    tally.equal(answer.body, report, f"{q.case.name} over HTTP: report")
    json.loads(answer.body)


def run(tally):
    by_mesh = {}
    for q in questions():
        by_mesh.setdefault(q.mesh, []).append(q)
    asked = sum(map(len, by_mesh.values()))
    with tempfile.TemporaryDirectory() as temp:
        for i, (mesh, group) in enumerate(sorted(by_mesh.items())):
            args = []
            if mesh:
                path = pathlib.Path(temp) / f"mesh{i}.yaml"
                path.write_bytes(mesh)
                args = ["--mesh-file", str(path)]
            if mesh and harness.run(["check", "--mesh-file", str(path), "-f", "/dev/null"]).returncode == 3:
                continue  # a mesh that is refused: then the daemon does not start
            with Daemon(*args) as daemon:
                harness.parallel(lambda q: judge_work(tally, daemon, q), group)
                harness.parallel(lambda q: judge_report(tally, daemon, q), group)
                tally.equal(daemon.stop(), 0, f"the daemon of {mesh[:60]!r} ends well")
    tally.check(asked > 300, f"only {asked} cases can be asked over HTTP")
