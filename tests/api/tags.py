"""What clients compare: entity tags of each form of a document, and dates, which a clock may have written that was wrong."""

import contextlib
import email.utils
import hashlib
import sqlite3
import tempfile
import time

from daemon import YAML, Daemon
from stored import manifest, path, put


def check_two_forms(tally, d):
    """RFC 9110 8.8.3.3: what was put as YAML is another representation as JSON, with a strong tag of its own."""
    json_type = "application/json"
    for kind, other, body in ((YAML, json_type, manifest("form-yaml")),
                              (json_type, YAML, b'{"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", '
                                                b'"metadata": {"name": "form-json", "namespace": "shop"}, '
                                                b'"spec": {"upstreams": [{"name": "a", "host": "a.example.com"}]}}')):
        where = path("form-" + kind.split("/")[1])
        made = d.request("PUT", where, body, {"Content-Type": kind})
        own, turned = d.get(where, Accept=kind), d.get(where, Accept=other)
        tags = own.headers["ETag"], turned.headers["ETag"]
        tally.equal((made.status, own.headers["Content-Type"], turned.headers["Content-Type"], made.headers["ETag"]),
                    (201, kind, other, tags[0]), f"{kind} and {other}")
        tally.check(own.body != turned.body and tags[0] != tags[1], "two representations have two tags", tags)
        found = [d.get(where, Accept=form, If_None_Match=tag).status for form in (kind, other) for tag in (*tags, ", ".join(tags))]
        tally.equal(found, [304, 200, 304, 200, 304, 304], "each is known by its own")
        tally.equal([d.get(where, Accept=other, If_Match=tag).status for tag in (*tags, '"1-0.json"')], [200, 200, 412],
                    "which names the revision too")
        dry = [d.request("DELETE", where + "?dryRun=all", headers={"If-Match": tag}).status for tag in (*tags, '"1-0.yaml"')]
        tally.equal(dry, [204, 204, 412], "for changes as well")
        tally.equal(d.request("PUT", where, body, {"Content-Type": kind, "If-None-Match": tags[1]}).status, 412,
                    "also where it must not stand")
        tally.equal(d.request("PUT", where, body, {"Content-Type": kind, "If-Match": tags[1]}).headers["ETag"], tags[0],
                    "and what stands has the first")


def check_long_lists(tally, d):
    """RFC 9110 13.1.1, 13.1.2: any of the listed tags, however many there are."""
    where = path("listed")
    put(d, manifest("listed"), where)
    tag = d.get(where).headers["ETag"]
    many = ", ".join([*(f'"other-{i}"' for i in range(500)), tag])
    tally.equal((d.get(where, If_None_Match=many).status, d.get(where, If_Match=many).status), (304, 200), "the last of 501 tags")
    tally.equal(d.request("DELETE", where + "?dryRun=all", headers={"If-Match": many}).status, 204, "for a change too")
    tally.equal(put(d, manifest("listed") + b"# another\n", where, If_Match=tag, If_None_Match=many).status, 412,
                "which another condition may forbid")


def check_what_is_no_tag(tally, d):
    """RFC 9110 8.8.3: W/ has a large letter, and nothing else stands beside a tag in its list. What is no tag equals none."""
    where = path("no-tag")
    put(d, manifest("no-tag"), where)
    tag = d.get(where).headers["ETag"]
    for wrong in (f"w/{tag}", f"W/ {tag}", f"W{tag}", f"x{tag}", f"{tag}x", f'{tag} "x"', f"'{tag}'", "x*", '"x", *', f"x, {tag}", tag[:-1]):
        tally.equal((d.get(where, If_Match=wrong).status, d.get(where, If_None_Match=wrong).status,
                     d.request("DELETE", where + "?dryRun=all", headers={"If-Match": wrong}).status), (412, 200, 412), f"no tag: {wrong}")
    for right in (f', "x",\t{tag} ,', f"W/\"x\",{tag}", f'{tag}, w/"x"'):
        tally.equal((d.get(where, If_Match=right).status, d.get(where, If_None_Match=right).status), (200, 304), f"a tag: {right}")
    tally.equal((d.get(where, If_Match=f"W/{tag}").status, d.get(where, If_None_Match=f"W/{tag}").status), (412, 304), "a weak one")


def check_clock(tally):
    """A manifest of a time to come, for the clock was set back: RFC 9110 8.8.2.1 knows no Last-Modified behind the Date."""
    with tempfile.TemporaryDirectory() as data:
        with Daemon("--data", data) as d:
            put(d, manifest("ahead"), path("ahead"))
            d.stop()
        with contextlib.closing(sqlite3.connect(f"{data}/callout.db")) as db:
            later = int(time.time() * 1000) + 10 * 365 * 86400 * 1000
            db.execute("UPDATE revisions SET time = ?, digest = ?", (later, digest(db, later)))
            db.commit()
        with Daemon("--data", data) as d:
            got = d.get(path("ahead"))
            date, modified = (email.utils.parsedate_to_datetime(got.headers[h]) for h in ("Date", "Last-Modified"))
            tally.check(got.status == 200 and modified <= date, "no later than the answer",
                        (got.status, got.headers["Date"], got.headers["Last-Modified"]))
            put(d, manifest("ahead", host="new.example.com"), path("ahead"), If_Match="*")
            history = [m["generation"] for m in d.get(path("ahead", rest="/history")).json()["items"]]
            tally.equal(history, [2, 1], "history goes by revision")


def digest(db, when):
    """As the store makes that of its only revision."""
    names = "namespace, name, revision, generation, action, format, document, who"
    *values, created = db.execute(f"SELECT {names}, created FROM revisions").fetchone()
    total = hashlib.sha256()
    for value in ("revision", *values, when, created):
        bits = value.encode() if isinstance(value, str) else value
        total.update(bits.to_bytes(8, "little") if isinstance(bits, int) else len(bits).to_bytes(8, "little") + bits)
    return total.digest()


def run(tally):
    with Daemon() as d:
        check_two_forms(tally, d)
        check_long_lists(tally, d)
        check_what_is_no_tag(tally, d)
    check_clock(tally)
