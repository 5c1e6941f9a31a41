"""Files, directories, links, pipes and standard input."""

import gzip
import os
import threading

import harness
from common import GOOD, WITH_FILTER, expect, folder, manifest


def several(tally):
    one, two = manifest("one"), manifest("two")
    with folder(one_yaml=one, two_yml=two, both_yaml=one + "---\n" + two) as where:
        want = harness.run(["generate", "-f", "both.yaml"], cwd=where).stdout
        tally.check(want.count(b"kind: ServiceEntry") == 2, "two manifests in one file")
        for args in (["-f", "one.yaml", "-f", "two.yml"], ["-f", "two.yml", "-f", "one.yaml"]):
            tally.equal(harness.run(["generate", *args], cwd=where).stdout, want, f"{args}")
        tally.equal(harness.run(["generate", "-f", "one.yaml", "-f", "-"], cwd=where, stdin=two.encode()).stdout, want, "file and stdin")
        expect(tally, "the same manifest in two files", ["generate", "-f", "one.yaml", "-f", "both.yaml"], 3, where=where, said="CO0211")


def names_of_one_file(tally):
    """A file is read once, by whatever name: alone, beneath a directory, by a link, as the Mesh."""
    mesh = "apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: prod}\nspec: {}\n"
    with folder(one_yaml=manifest("one"), mesh_yaml=mesh) as where:
        want = harness.run(["generate", "-f", "one.yaml"], cwd=where).stdout
        os.symlink("one.yaml", where / "link.yaml")
        for args in (["-f", "one.yaml", "-f", "./one.yaml"], ["-f", "link.yaml", "-f", "one.yaml"], ["-R", "-f", ".", "-f", "one.yaml"],
                     ["-R", "-f", ".", "--mesh-file", "mesh.yaml"]):
            result = expect(tally, f"{args}", ["generate", *args], 0, where=where)
            tally.equal(result.stdout, want, f"{args}: the objects of one manifest")
        (where / "copy.yaml").write_text(mesh)
        expect(tally, "another Mesh", ["generate", "-R", "-f", ".", "--mesh-file", "mesh.yaml"], 3, where=where)


def standard_input(tally):
    want = expect(tally, "stdin", ["generate", "-f", "-"], 0, stdin=GOOD.encode()).stdout
    tally.check(b"kind: ServiceEntry" in want, "stdin gives objects")
    expect(tally, "stdin is named in findings", ["check", "-f", "-"], 3, stdin=b"a: 1\n", said="<stdin>:1:1")
    expect(tally, "empty stdin", ["generate", "-f", "-"], 0, said="CO0308")
    result = harness.run(["generate", "-f", "-"], prefix=["bash", "-c", 'exec "$@" <&-', "-"])
    tally.check(result.returncode == 4 and b"CO0101" in result.stderr, "closed stdin", result.stderr)


def mistaken(tally):
    """What is no UTF-8 text, or no file, by a habit from elsewhere: the way out is told."""
    with folder(good_yaml=GOOD) as where:
        for name, content, said in (("utf16.yaml", GOOD.encode("utf-16"), "this is UTF-16"),
                                    ("be.yaml", GOOD.encode("utf-16-be"), "this is UTF-16"),
                                    ("le.yaml", GOOD.encode("utf-16-le"), "this is UTF-16"),
                                    ("a.gz", gzip.compress(GOOD.encode()), "this is compressed by gzip"),
                                    ("a.wasm", b"\0asm\1\0\0\0", "callout inspect")):
            (where / name).write_bytes(content)
            for args in (["check", "-f", name], ["check", "-f", "good.yaml", "--objects", name], ["import", name],
                         ["diff", "-f", "good.yaml", "--live", name]):
                expect(tally, f"{args}", args, 3, where=where, said=said)
        (where / "latin.yaml").write_bytes(b"a: \xe9\n")
        result = expect(tally, "Latin-1", ["check", "-f", "latin.yaml"], 3, where=where, said="CO0107")
        tally.check(b"help" not in result.stderr, "nothing is guessed of other bytes", result.stderr)
        expect(tally, "an address", ["check", "-f", "https://example.com/a.yaml"], 4, where=where, said="nothing is fetched")
        expect(tally, "a directory for a module", ["inspect", "."], 4, where=where, said="name the modules in it")
        expect(tally, "a directory of objects", ["import", "."], 4, where=where, said="name the files in it, as with `./*.yaml`")


def directories(tally):
    with folder(one_yaml=manifest("one"), note_txt="not: read\n") as where:
        (where / "sub/deep").mkdir(parents=True)
        (where / "sub/deep/two.yml").write_text(manifest("two"))
        (where / "sub/three.json").write_text("")
        (where / ".hidden.yaml").write_text("not: read\n")
        (where / "sub/.git").mkdir()
        (where / "sub/.git/x.yaml").write_text("not: read\n")
        result = expect(tally, "-R", ["generate", "-R", "-f", "."], 0, where=where)
        tally.check(result.stdout.count(b"kind: ServiceEntry") == 2, "-R finds two manifests")
        expect(tally, "a directory without -R", ["generate", "-f", "sub"], 4, where=where, said="CO0102")
        (where / "/".join(["d"] * 34)).mkdir(parents=True)
        expect(tally, "too many directories deep", ["check", "-R", "-f", "d"], 4, where=where, said="it is more than 32 directories deep")
        (where / "empty").mkdir()
        expect(tally, "an empty directory", ["generate", "-R", "-f", "empty"], 0, where=where, said="CO0308")


def links(tally):
    with folder(real_yaml=GOOD) as where:
        (where / "link.yaml").symlink_to("real.yaml")
        (where / "dangling.yaml").symlink_to("nothing.yaml")
        expect(tally, "a link", ["generate", "-f", "link.yaml"], 0, where=where)
        expect(tally, "a dangling link", ["generate", "-f", "dangling.yaml"], 4, where=where, said="CO0101")
        (where / "round").mkdir()
        (where / "round/back").symlink_to("..")
        (where / "round/one.yaml").write_text(manifest("one"))
        expect(tally, "links in a circle", ["generate", "-R", "-f", "round"], 0, where=where)


def kubernetes_mounts(tally):
    """A ConfigMap mount: names are links through ..data, a link to a directory whose name begins with dots."""
    with folder() as where:
        (where / "..2024").mkdir()
        (where / "..2024/filter.yaml").write_text(manifest(spec="  filter:\n    lua: {file: ./code.lua}\n"))
        (where / "..2024/code.lua").write_text("x = 1\n")
        (where / "..data").symlink_to("..2024")
        for name in ("filter.yaml", "code.lua"):
            (where / name).symlink_to(f"..data/{name}")
        expect(tally, "a mount", ["generate", "-f", "filter.yaml"], 0, where=where)
        expect(tally, "a mount with -R", ["generate", "-R", "-f", "."], 0, where=where)


def pipes_and_devices(tally):
    with folder(good_yaml=GOOD) as where:
        os.mkfifo(where / "pipe.yaml")
        expect(tally, "a pipe in a directory is not waited for", ["generate", "-R", "-f", "."], 0, where=where)
        feeder = threading.Thread(target=lambda: (where / "pipe.yaml").write_text(WITH_FILTER), daemon=True)
        feeder.start()
        result = expect(tally, "a pipe that is named", ["generate", "-f", "pipe.yaml"], 0, where=where)
        feeder.join(harness.PATIENCE)
        tally.check(b"WasmPlugin" in result.stdout, "a pipe is read to its end")
        expect(tally, "a device without end", ["check", "-f", "/dev/zero"], 3)
        expect(tally, "/dev/null", ["generate", "-f", "/dev/null"], 0, said="CO0308")
        expect(tally, "a process's memory", ["check", "-f", "/proc/self/mem"], 4, said="CO0101")


def named_files(tally):
    """What a manifest names is looked up beneath its own directory, wherever the program runs."""
    with folder() as where:
        (where / "a/b").mkdir(parents=True)
        text = manifest(spec="  filter:\n    lua: {file: b/code.lua}\n")
        (where / "a/filter.yaml").write_text(text)
        (where / "a/b/code.lua").write_text("x = 1\n")
        (where / "outside.lua").write_text("x = 2\n")
        expect(tally, "beneath the manifest", ["generate", "-f", "a/filter.yaml"], 0, where=where)
        expect(tally, "from elsewhere", ["generate", "-f", str(where / "a/filter.yaml")], 0, where="/")
        expect(tally, "stdin with --root", ["generate", "-f", "-", "--root", "a"], 0, where=where, stdin=text.encode())
        expect(tally, "stdin without --root", ["generate", "-f", "-"], 3, where=where, stdin=text.encode(), said="CO0247")
        (where / "a/b/code.lua").unlink()
        (where / "a/b/code.lua").symlink_to("../../outside.lua")
        expect(tally, "a link that leaves", ["generate", "-f", "a/filter.yaml"], 3, where=where, said="CO0247")
        (where / "a/b/code.lua").unlink()
        os.mkfifo(where / "a/b/code.lua")
        expect(tally, "a pipe as script", ["generate", "-f", "a/filter.yaml"], 3, where=where, said="CO0247")


def many(tally):
    with folder() as where:
        for i in range(300):
            (where / f"{i}.yaml").write_text(manifest(f"m{i}"))
        result = expect(tally, "300 files", ["generate", "-R", "-f", "."], 0, where=where)
        tally.check(result.stdout.count(b"kind: DestinationRule") == 300, "300 files give 300 rules")
        result = harness.run(["generate", "-R", "-f", "."], cwd=where, prefix=["bash", "-c", 'ulimit -n 16; exec "$@"', "-"])
        tally.check(result.returncode == 0, "300 files with 16 descriptors", result.stderr)


tests = [several, names_of_one_file, standard_input, mistaken, directories, links, kubernetes_mounts, pipes_and_devices, named_files, many]
