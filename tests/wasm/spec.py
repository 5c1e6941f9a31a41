"""The specification's own modules (WebAssembly/testsuite 193e551, Apache-2.0), valid, invalid and malformed, as spec-modules.tsv has them.

Each line: file and line there, verdict, the specification's reason, bytes. They are of all its files, each module once, with those of the
proposal for threads; their text became bytes by `wasm-tools json-from-wast` (1.262.0).
"""

import pathlib

import v8

MODULES = pathlib.Path(__file__).resolve().parent / "spec-modules.tsv"

# Valid, and V8 refuses them: such tables and memories are larger than it takes.
TOO_LARGE = {"table:9", "table64:9", "memory64:8", "memory64:9"}
# Invalid, and taken, by the rule that is not followed.
NOT_FOLLOWED = {
    "the instructions of garbage collection (their bodies are given up)": """
        array:293 array_copy:6 array_copy:18 array_copy:30 array_copy:42 array_fill:6 array_fill:17 array_fill:28
        array_init_data:6 array_init_data:19 array_init_elem:6 array_init_elem:19 array_init_elem:32 br_on_cast:226 br_on_cast:235
        br_on_cast:244 br_on_cast:253 br_on_cast:261 br_on_cast:272 br_on_cast_fail:241 br_on_cast_fail:250 br_on_cast_fail:259
        br_on_cast_fail:268 br_on_cast_fail:276 br_on_cast_fail:287 struct:59 struct:133""",
    "how types of garbage collection are related": """
        type-rec:52 type-rec:60 type-rec:94 type-rec:104 type-rec:115 type-rec:125 type-rec:205 type-rec:217 type-subtyping:140
        type-subtyping:206 type-subtyping:216 type-subtyping:781 type-subtyping:789 type-subtyping:805 type-subtyping:817
        type-subtyping:825 type-subtyping:833 type-subtyping:841 type-subtyping:849 type-subtyping:857 type-subtyping:865
        type-subtyping:873 type-subtyping:881 type-subtyping:889 type-subtyping:897 type-subtyping:905 type-subtyping:913
        type-subtyping:921 type-subtyping:929 type-subtyping:937 type-subtyping:945""",
}


def check(tally):
    rows = [line.split("\t") for line in MODULES.read_text().splitlines()]
    excused = set(" ".join(NOT_FOLLOWED.values()).split())
    for (title, verdict, reason, _), (_, codes) in zip(rows, v8.judged([bytes.fromhex(row[3]) for row in rows], with_v8=False), strict=True):
        refused = bool(codes)
        wanted = verdict != "valid" and title not in excused or title in TOO_LARGE
        tally.check(refused == wanted, f"{title} is {verdict} ({reason})", codes)
    tally.check(len(rows) > 4800, f"{len(rows)} modules of the specification")
