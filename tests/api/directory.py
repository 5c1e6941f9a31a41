"""Manifests that come from a directory: followed as it changes, whole or not at all. And backups of the store."""

import json
import os
import pathlib
import shutil
import signal
import tempfile

from daemon import MANIFEST, YAML, Daemon, harness, start

ONE = """# of {name}
apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {{name: {name}, namespace: shop}}
spec:
  upstreams:
  - {{name: auth, host: {host}}}
"""


def write(path, name, host="auth.example.com"):
    replace(path, ONE.format(name=name, host=host))


def replace(path, text):
    """The whole file at once: the daemon may look at any moment, and must not find half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / ".new").write_text(text)
    os.rename(path.parent / ".new", path)


def listed(daemon):
    return sorted(i["name"] for i in daemon.get("/v1/namespaces/shop/manifests").json()["items"])


def host_of(daemon, name):
    answer = daemon.get(f"/v1/namespaces/shop/manifests/{name}")
    return answer.body.decode().split("host: ")[1].split("}")[0] if answer.status == 200 else answer.status


def readyz(daemon):
    return daemon.get("/readyz?verbose").body.decode()


def is_watched(d, directory):
    """Also true where the kernel does not tell: the daemon is not dumpable, so that even root may be kept from looking."""
    wanted = f" ino:{os.stat(directory).st_ino:x} "
    try:
        return any(wanted in info.read_text() for info in pathlib.Path(f"/proc/{d.process.pid}/fdinfo").iterdir())
    except PermissionError:
        return True
    except FileNotFoundError:
        return False  # one that was closed meanwhile


def check_log_of_findings(tally):
    """One line of JSON for each event, whatever is in it, and text as it was."""
    odd = "sp\u00e9c\U0001f389\u2026"
    with tempfile.TemporaryDirectory() as temp:
        root = pathlib.Path(temp)
        with Daemon("--manifests", temp) as d:
            for name in (odd, "\u00e9" * 500, "\U0001f389" * 250, '"' * 400):
                replace(root / "a.yaml", ONE.format(name="a", host="a.example.com") + f"  {json.dumps(name, ensure_ascii=False)}: 1\n")
                event = d.wait_for("finding")
                tally.equal(event["code"], "CO0201", "an unknown field")
                shown = event["message"].partition('"')[2]
                cut = shown.split("\u2026")[0]  # long names are
                tally.check(shown.startswith(name + '"') or (len(cut) > 20 and name.startswith(cut)),
                            f"a name of {len(name)} characters in the log", event)
                d.wait_for("manifests of the directory are refused; what was in force stays")
            tally.equal([e for e in d.log if e["msg"] == "no JSON"], [], "every line is JSON")
            tally.equal({e.get("component") for e in d.log}, {"callout-serve"}, "which says whose it is")
            tally.equal(d.stop(), 0, "it ends well")


def check_following(tally):
    with tempfile.TemporaryDirectory() as temp:
        root = pathlib.Path(temp) / "m"
        write(root / "a.yaml", "a")
        write(root / "deep/er/b.yml", "b")
        (root / "c.json").write_text('{"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", '
                                     '"metadata": {"name": "c", "namespace": "shop"}, '
                                     '"spec": {"upstreams": [{"name": "auth", "host": "c.example.com"}]}}')
        write(root / ".git/d.yaml", "d")
        (root / "notes.txt").write_text("no manifest")
        with Daemon("--manifests", str(root)) as d:
            tally.equal(listed(d), ["a", "b", "c"], "all that lies there is in force from the first request on")
            tally.equal(d.get("/v1/namespaces/shop/manifests/a").body, (root / "a.yaml").read_bytes(),
                        "a manifest is given as it lies there")
            tally.equal(d.get("/v1/namespaces/shop/manifests/c").headers["Content-Type"], "application/json", "JSON stays JSON")
            tally.equal(d.get("/v1/namespaces/shop/manifests/b/resources").body,
                        harness.run(["generate", "-f", str(root / "deep/er/b.yml")]).stdout, "the same objects as the command line's")
            check_refused_requests(tally, d)
            write(root / "a.yaml", "a", "new.example.com")
            tally.check(harness.eventually(lambda: host_of(d, "a") == "new.example.com"), "a changed file")
            write(root / "deep/new/e.yaml", "e")
            tally.check(harness.eventually(lambda: "e" in listed(d)), "a file in a new directory")
            os.remove(root / "deep/er/b.yml")
            tally.check(harness.eventually(lambda: "b" not in listed(d)), "a file that was removed")
            history = d.get("/v1/namespaces/shop/manifests/b/history").json()["items"]
            tally.equal([h["who"] for h in history], ["directory", "directory"], "the history of it stays")
            hosts = {h["host"] for h in d.get("/v1/hosts").json()["items"]}
            tally.equal(hosts, {"new.example.com", "c.example.com", "auth.example.com"}, "the host registry follows")
            tally.check(harness.eventually(lambda: "[+]manifests: 3 in force" in readyz(d)), "/readyz?verbose counts them", readyz(d))
            metrics = d.get("/metrics").body.decode()
            tally.check("\ncallout_directory_in_force 1\n" in metrics and 'callout_directory_readings_total{result="refused"} 0' in metrics,
                        "metrics of the directory", metrics[-1500:])
            tally.equal(d.stop(), 0, "it ends well")


def check_refused_requests(tally, d):
    path = "/v1/namespaces/shop/manifests/a"
    put = d.request("PUT", path, MANIFEST.replace(b"auth-check", b"a"), {"Content-Type": YAML, "If-Match": "*"})
    tally.equal((put.status, put.headers["Content-Type"]), (403, "application/problem+json"), "PUT is refused")
    tally.equal(d.request("DELETE", path).status, 403, "DELETE is refused")


def check_many_directories(tally):
    """More of them than the process may have files open."""
    under = ("sh", "-c", 'ulimit -n 300 && exec "$@"', "sh")
    with tempfile.TemporaryDirectory() as temp:
        root = pathlib.Path(temp)
        for i in range(400):
            write(root / f"team-{i:03}" / "a.yaml", f"a{i:03}")
        with Daemon("--manifests", temp, under=under) as d:
            tally.equal((d.get("/readyz").status, len(listed(d))), (200, 400),
                        "manifests of 400 directories are in force, with 300 files at the most")


def check_errors_keep_the_last(tally):
    with tempfile.TemporaryDirectory() as temp:
        root, data = pathlib.Path(temp) / "m", pathlib.Path(temp) / "data"
        write(root / "a.yaml", "a")
        write(root / "b.yaml", "b")
        with Daemon("--manifests", str(root), "--data", str(data)) as d:
            for what, name, text in (("no YAML", "bad.yaml", "{"),
                                     ("an error", "bad.yaml", ONE.format(name="x", host="https://x")),
                                     ("a name that comes twice", "bad.yaml", ONE.format(name="a", host="x.example.com")),
                                     ("a file beside the manifest", "bad.yaml",
                                      ONE.format(name="x", host="x.example.com") + "  filter: {lua: {file: x.lua}}\n"),
                                     ("a Mesh", "bad.yaml", "apiVersion: callout.dev/v1alpha1\nkind: Mesh\n")):
                # The bad one first, and the other mended before it goes: nothing that may be read in between is good and different.
                seen = len(d.log)
                replace(root / name, text)
                write(root / "a.yaml", "a", "not-yet.example.com")
                told = "manifests of the directory are refused; what was in force stays"
                harness.eventually(lambda: any(e["msg"] == told for e in d.log[seen:]))
                tally.equal({e["directory"] for e in d.log[seen:] if e["msg"] == told}, {str(root)}, f"{what}: is logged")
                harness.eventually(lambda: "[-]manifests" in readyz(d))
                tally.equal((listed(d), host_of(d, "a")), (["a", "b"], "auth.example.com"), f"{what}: the last good state stays, whole")
                tally.check("[-]manifests: 2 in force" in readyz(d) and f"{root}/" in readyz(d) and "CO0" in readyz(d),
                            f"{what}: /readyz?verbose", readyz(d))
                tally.equal(d.get("/readyz").status, 200, f"{what}: it is ready all the same")
                tally.check("\ncallout_directory_in_force 0\n" in d.get("/metrics").body.decode(), f"{what}: metrics")
                write(root / "a.yaml", "a")
                os.remove(root / name)
                tally.check(harness.eventually(lambda: "[+]manifests: 2 in force" in readyz(d)), f"{what}: mended", readyz(d))
            replace(root / "bad.yaml", "{")
            tally.check(harness.eventually(lambda: "[-]manifests" in readyz(d)), "refused at the end", readyz(d))
        with Daemon("--manifests", str(root), "--data", str(data)) as d:
            tally.equal((listed(d), d.get("/readyz").status), (["a", "b"], 200), "the last good state outlives the process")
            shutil.rmtree(root)
            tally.check(harness.eventually(lambda: "CO0101" in readyz(d)), "a directory that is gone is told", readyz(d))
            tally.equal(listed(d), ["a", "b"], "and empties nothing")
            tally.check(harness.eventually(lambda: is_watched(d, root.parent)), "what it was in is watched for its coming back")
            root.mkdir()
            tally.check(harness.eventually(lambda: "CO0706" in readyz(d)), "it comes back empty", readyz(d))
            tally.equal((listed(d), d.get("/readyz").status), (["a", "b"], 200), "which empties nothing either")
            write(root / "c.yaml", "c")
            tally.check(harness.eventually(lambda: listed(d) == ["c"]), "with files again it is followed", readyz(d))
            tally.check(harness.eventually(lambda: "[+]manifests: 1 in force" in readyz(d)), "and in force", readyz(d))
            os.remove(root / "c.yaml")
            tally.check(harness.eventually(lambda: listed(d) == []), "its last file goes, and the manifest with it")
            tally.check(harness.eventually(lambda: "[+]manifests: 0 in force" in readyz(d)), "which is in force", readyz(d))
            write(root / "c.yaml", "c")
            tally.check(harness.eventually(lambda: listed(d) == ["c"]), "and comes back")
            # Never seen without its file, and its number is free for the next one.
            shutil.rmtree(root.rename(root.with_name("old")))
            root.mkdir()
            tally.check(harness.eventually(lambda: "CO0706" in readyz(d)), "an empty one that takes its place is another", readyz(d))
            tally.equal(listed(d), ["c"], "which empties nothing")
        with Daemon("--manifests", str(root), "--data", str(data)) as d:
            tally.check(listed(d) == ["c"] and "CO0706" in readyz(d), "a process that finds nothing keeps what was in force", readyz(d))
            replace(root / "none.yaml", "# no manifests any more\n")
            tally.check(harness.eventually(lambda: listed(d) == []), "a file without a manifest takes all away")
            tally.check(harness.eventually(lambda: "[+]manifests: 0 in force" in readyz(d)), "and that is in force", readyz(d))


def check_nothing_yet(tally):
    with tempfile.TemporaryDirectory() as temp:
        root = pathlib.Path(temp) / "link" / "m"
        with Daemon("--manifests", str(root)) as d:
            tally.equal((d.get("/readyz").status, d.get("/livez").status), (503, 200), "not ready before anything was read")
            write(pathlib.Path(temp) / "tree" / "m" / "a.yaml", "a")
            os.symlink("tree", pathlib.Path(temp) / "link")
            tally.check(harness.eventually(lambda: d.get("/readyz").status == 200), "ready when git-sync has made its link")
            tally.equal(listed(d), ["a"], "what lies behind the link")


def check_links_swapped(tally):
    """As git-sync does it, and as a mounted ConfigMap does it: one rename changes everything."""
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        for i in range(6):
            for name in ("a", "b", "c"):
                write(temp / f"tree-{i}" / f"{name}.yaml", name, f"host-{i}.example.com")
        os.symlink("tree-0", temp / "repo")
        os.mkdir(temp / "map")
        os.symlink("../tree-0", temp / "map" / "..data")
        for name in ("a", "b", "c"):
            os.symlink(f"..data/{name}.yaml", temp / "map" / f"{name}.yaml")
        for kind, link, given in (("git-sync", temp / "repo", temp / "repo"), ("ConfigMap", temp / "map" / "..data", temp / "map")):
            target = "" if kind == "git-sync" else "../"
            with Daemon("--manifests", str(given)) as d:
                for i in range(1, 6):
                    os.symlink(f"{target}tree-{i}", temp / "next")
                    os.rename(temp / "next", link)
                    seen = []
                    tally.check(harness.eventually(lambda: seen.append(tuple(h["host"] for h in d.get("/v1/hosts").json()["items"])) or
                                           set(seen[-1]) == {f"host-{i}.example.com"}), f"{kind}: swap {i}", seen[-1:])
                    tally.check(all(len(s) == 1 for s in seen), f"{kind}: never a mix", seen)


def check_documents(tally):
    """Of a file with several, each is stored by itself; other lines that look like marks are text."""
    text = "%YAML 1.2\n---\n" + ONE.format(name="a", host="a.example.com") + "---\n# nothing\n--- # second\n" + \
        ONE.format(name="b", host="b.example.com") + "  filter:\n    lua:\n      inline: |\n" \
        "        ---x\n         --- y\n        ...z\n...\n---\n" + \
        ONE.format(name="c", host="c.example.com")
    with tempfile.TemporaryDirectory() as temp:
        (pathlib.Path(temp) / "all.yaml").write_text(text)
        with Daemon("--manifests", temp) as d:
            tally.equal(listed(d), ["a", "b", "c"], "three documents of a file", )
            for name in "abc":
                body = d.get(f"/v1/namespaces/shop/manifests/{name}").body.decode()
                tally.check(f"# of {name}\n" in body and body.count("kind:") == 1 and "inline" in body or name != "b"
                            and body.count("kind:") == 1, f"document {name} by itself", body)
                alone = pathlib.Path(temp) / "alone"
                alone.write_text(body)
                tally.equal(d.get(f"/v1/namespaces/shop/manifests/{name}/resources").body,
                            harness.run(["generate", "-f", str(alone)]).stdout, f"objects of document {name}")


def check_json_documents(tally):
    """Documents in JSON, with nothing between them, or joined by a tool that puts --- there."""
    def one(name):
        return json.dumps({"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": name, "namespace": "shop"},
                           "spec": {"upstreams": [{"name": "auth", "host": f"{name}.example.com"}]}}) + "\n"

    with tempfile.TemporaryDirectory() as temp:
        (pathlib.Path(temp) / "stream.json").write_text(one("a") + one("b"))
        (pathlib.Path(temp) / "joined.yaml").write_text(one("c") + "---\n" + one("d"))
        with Daemon("--manifests", temp) as d:
            tally.equal(listed(d), ["a", "b", "c", "d"], "every document is a manifest")
            for name in "abcd":
                stored = d.get(f"/v1/namespaces/shop/manifests/{name}").body.decode()
                tally.equal(stored.removeprefix("---\n"), one(name), f"JSON document {name} is stored by itself")
                tally.equal(d.get(f"/v1/namespaces/shop/manifests/{name}/clusters").status, 200, f"JSON document {name} has clusters")


def check_mesh_reload(tally):
    """Another mesh judges anew what did not change."""
    with tempfile.TemporaryDirectory() as temp:
        mesh = pathlib.Path(temp) / "mesh.yaml"
        mesh.write_text("apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\n")
        write(pathlib.Path(temp) / "m" / "a.yaml", "a")
        with Daemon("--manifests", f"{temp}/m", "--mesh-file", str(mesh)) as d:
            mesh.write_text(mesh.read_text() + 'spec: {policy: {hosts: {deny: ["*.example.com"]}}}\n')
            d.signal(signal.SIGHUP)
            d.wait_for("manifests of the directory are refused; what was in force stays")
            tally.check("[-]manifests" in readyz(d), "a stricter mesh refuses", readyz(d))
            mesh.write_text("apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\n")
            d.signal(signal.SIGHUP)
            tally.check(harness.eventually(lambda: "[+]manifests" in readyz(d)), "and the one from before takes it again")
            tally.equal(d.stop(), 0, "it ends well")


def check_backup(tally):
    with tempfile.TemporaryDirectory() as temp:
        data, copy, restored = f"{temp}/data", f"{temp}/copy.db", pathlib.Path(temp) / "restored"
        path = "/v1/namespaces/shop/manifests/auth-check"
        with Daemon("--data", data) as d:
            tally.equal(d.request("PUT", path, MANIFEST, {"Content-Type": YAML}).status, 201, "a manifest is put")
            result = start("--backup", copy, "--data", data)
            tally.equal((result.returncode, result.stderr), (0, b""), "a backup beside the daemon")
            second = start("--data", data, "--listen", "127.0.0.1:0")
            tally.check(second.returncode == 4 and b"CO0750" in second.stderr and str(d.process.pid).encode() in second.stderr,
                        "a second daemon on the same data is refused", second.stderr)
            tally.equal(d.get(path).status, 200, "the first one is unharmed")
        tally.equal(start("--backup", f"{temp}/copy2.db", "--data", data).returncode, 0, "a backup of a store that is not open")
        restored.mkdir()
        os.rename(copy, restored / "callout.db")
        with Daemon("--data", str(restored)) as d:
            tally.equal(d.get(path).body, MANIFEST, "what was restored")
        pipe = f"{temp}/pipe"
        os.mkfifo(pipe)
        for args, status, code in ((["--backup", f"{temp}/x.db"], 3, b"CO07"),
                                   (["--backup", f"{data}/callout.db", "--data", data], 4, b"a file of the store itself"),
                                   (["--backup", pipe, "--data", data], 4, b"not a regular file"),
                                   (["--backup", "/nowhere/x.db", "--data", data], 4, b"CO0759"),
                                   (["--backup", f"{temp}/x.db", "--data", f"{temp}/none"], 4, b"CO0759"),
                                   (["--backup"], 2, b"CO0701")):
            result = start(*args)
            tally.check(result.returncode == status and code in result.stderr, f"{args}: exit {result.returncode}", result.stderr)


def check_damage(tally):
    """After an unclean stop what lies on the disk is looked at in the background."""
    import sqlite3
    with tempfile.TemporaryDirectory() as temp:
        data = f"{temp}/data"
        with Daemon("--data", data) as d:
            d.request("PUT", "/v1/namespaces/shop/manifests/auth-check", MANIFEST, {"Content-Type": YAML})
            d.signal(signal.SIGKILL)
            d.process.wait()
        with sqlite3.connect(f"{data}/callout.db") as db:
            db.execute("UPDATE revisions SET document = x'00'")
        db.close()
        with Daemon("--data", data) as d:
            tally.check(harness.eventually(lambda: "[-]store check: it is damaged" in readyz(d)), "damage is found", readyz(d))
            tally.check("\ncallout_store_damaged 1\n" in d.get("/metrics").body.decode(), "and told by the metrics")
            answer = d.get("/v1/namespaces/shop/manifests/auth-check")
            tally.check(answer.status >= 500 and b"CO0753" in answer.body, "what is damaged is not given out", answer.body)


def run(tally):
    check_following(tally)
    check_log_of_findings(tally)
    check_errors_keep_the_last(tally)
    check_many_directories(tally)
    check_nothing_yet(tally)
    check_links_swapped(tally)
    check_documents(tally)
    check_json_documents(tally)
    check_mesh_reload(tally)
    check_backup(tally)
    check_damage(tally)
