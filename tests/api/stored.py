"""Stored manifests: preconditions, history, listings, watching, quarrels, the host registry, and what is kept."""

import contextlib
import datetime
import email.utils
import json
import pathlib
import signal
import sqlite3
import tempfile
import threading
import time

from access import add, bearer
from daemon import YAML, Daemon, harness

MANIFEST = """apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: %s, namespace: %s}
spec:
  upstreams:
  - {name: auth, host: %s%s}
"""


def manifest(name="auth-check", namespace="shop", host="auth.example.com", more=""):
    return (MANIFEST % (name, namespace, host, more)).encode()


def path(name="auth-check", namespace="shop", rest=""):
    return f"/v1/namespaces/{namespace}/manifests/{name}{rest}"


def put(d, body, where=None, **headers):
    return d.request("PUT", where or path(), body, {"Content-Type": YAML, **{k.replace("_", "-"): v for k, v in headers.items()}})


def check_dates(tally, d):
    """RFC 9110 13.1.3 and 13.1.4: the dates of those who keep no tags. They count seconds, and a tag says more."""
    where = path("dated")
    tally.equal(put(d, manifest("dated"), where).status, 201, "a manifest to ask for by date")
    got = d.get(where)
    etag, at = got.headers["ETag"], got.headers["Last-Modified"]
    when = email.utils.parsedate_to_datetime(at)
    before, after = (when + datetime.timedelta(seconds=n) for n in (-1, 1))

    def forms(date):
        return [email.utils.format_datetime(date, usegmt=True), date.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
                date.strftime("%a %b ") + f"{date.day:2}" + date.strftime(" %H:%M:%S %Y")]

    for date, changed in ((before, True), (when, False), (after, False)):
        for text in forms(date):
            tally.equal(d.get(where, If_Modified_Since=text).status, 200 if changed else 304, f"If-Modified-Since: {text}, put at {at}")
            tally.equal(d.get(where, If_Unmodified_Since=text).status, 412 if changed else 200, f"If-Unmodified-Since: {text}, put at {at}")
            gone = d.request("DELETE", where + "?dryRun=all", headers={"If-Unmodified-Since": text})
            tally.equal(gone.status, 412 if changed else 204, f"DELETE with If-Unmodified-Since: {text}, put at {at}")
    early, late = forms(before)[0], forms(after)[0]
    for no_date in ("", "soon", early[:-1], early.replace("GMT", "UTC"), early.replace(early[8:11], "Jux"),
                    "Thu, 31 Jun 2099 00:00:00 GMT", "Thu, 00 Jan 2099 00:00:00 GMT", "Thu, 01 Jan 2099 24:00:00 GMT",
                    "Thu, 01 Jan 2099 00:60:00 GMT", "Thu, 01 Jan 2099 00:00:61 GMT", "Thu, 01 Jan 2099 0a:00:00 GMT",
                    ", ".join([late] * 2)):
        tally.equal((d.get(where, If_Modified_Since=no_date).status, d.get(where, If_Unmodified_Since=no_date).status),
                    (200, 200), f"no date: {no_date!r}")
    tally.equal(d.get(where, If_Modified_Since="Thu, 01 Jan 2099 00:00:60 GMT").status, 304, "a leap second")
    tally.equal(d.get(where, If_Modified_Since=late, If_None_Match='"other"').status, 200, "If-None-Match instead of If-Modified-Since")
    for tag in ("unquoted", "", '"open'):
        tally.equal(d.get(where, If_Modified_Since=late, If_None_Match=tag).status, 200, f"also where it holds no tag: {tag!r}")
    tally.equal(d.get(where, If_Modified_Since=early, If_None_Match=etag).status, 304, "If-None-Match that holds")
    tally.equal((d.get(where, If_Unmodified_Since=early, If_Match=etag).status,
                 d.get(where, If_Unmodified_Since=early, If_Match="*").status), (200, 200),
                "If-Match instead of If-Unmodified-Since")
    tally.equal(d.request("DELETE", where + "?dryRun=all", headers={"If-Unmodified-Since": early, "If-Match": etag}).status,
                204, "and of a DELETE")
    tally.equal(put(d, manifest("dated", host="new.example.com"), where, If_Unmodified_Since=late).status, 428,
                "a date alone replaces nothing")
    tally.equal(put(d, manifest("dated", host="new.example.com"), where, If_Unmodified_Since=early,
                    If_None_Match='"other"').status, 412, "a PUT with a date that does not hold")
    tally.equal(d.request("DELETE", where, headers={"If-Unmodified-Since": early}).status, 412, "what has changed since is not deleted")
    revision = where + "/history/" + etag.strip('"').split("-")[0]
    tally.equal((d.get(revision).status, d.get(revision, If_Modified_Since=late).status,
                 d.get(revision).headers["Last-Modified"]), (200, 200, None), "a revision has no such date")
    d.request("DELETE", where)


def check_life(tally, d):
    first = put(d, manifest())
    tally.equal((first.status, first.headers["Location"]), (201, path()), "create")
    etag = first.headers["ETag"]
    tally.check(etag.startswith('"') and etag.endswith('"'), "a strong ETag", etag)
    tally.equal((first.json()["generation"], first.json()["who"]), (1, "anonymous"), "what is told of it")
    got = d.get(path())
    tally.equal((got.status, got.body, got.headers["ETag"], got.headers["Content-Type"]), (200, manifest(), etag, YAML), "get")
    tally.equal(d.get(path(), Accept="application/json").json()["metadata"]["name"], "auth-check", "get as JSON")
    tally.equal((d.get(path(), If_None_Match=etag).status, d.get(path(), If_None_Match='"other"').status), (304, 200),
                "If-None-Match of a GET")
    tally.equal(d.request("HEAD", path()).headers["ETag"], etag, "HEAD")
    when = email.utils.parsedate_to_datetime(got.headers["Last-Modified"])
    tally.check(got.headers["Last-Modified"].endswith(" GMT") and 0 <= time.time() - when.timestamp() < 3600,
                "Last-Modified is a date of HTTP", got.headers["Last-Modified"])
    tally.equal(d.get(path(), If_None_Match=etag).headers["Vary"], "Accept", "Vary of a 304")
    tally.equal((d.get(path(), If_Match='"other"').status, d.get(path(), If_Match=etag).status,
                 d.get(path(), If_Match="*").status), (412, 200, 200), "If-Match of a GET")
    tally.equal(put(d, manifest()).status, 428, "replace without a precondition")
    tally.equal(put(d, manifest(), If_None_Match="*").status, 412, "create what is there")
    second = manifest(host="other.example.com")
    for wrong in ('"nonsense"', f"W/{etag}", '""', "nonsense"):
        tally.equal(put(d, second, If_Match=wrong).status, 412, f"If-Match: {wrong}")
    dry = d.request("PUT", path() + "?dryRun=all", second, {"Content-Type": YAML, "If-Match": etag})
    tally.equal((dry.status, d.get(path()).headers["ETag"]), (200, etag), "a dry run keeps nothing")
    made = d.request("PUT", path("dry") + "?dryRun=all", manifest("dry"), {"Content-Type": YAML})
    tally.equal((made.status, made.headers["ETag"], made.headers["Location"], d.get(path("dry")).status),
                (201, None, None, 404), "nor does it name what is not there")
    replaced = put(d, second, If_Match=f'"x", {etag}')
    tally.equal((replaced.status, replaced.json()["generation"]), (200, 2), "replace")
    tally.equal(put(d, manifest(), If_Match=etag).status, 412, "replace what has changed")
    tally.equal(put(d, second, If_Match="*").headers["ETag"], replaced.headers["ETag"], "the same bytes are no change")
    resources = d.get(path(rest="/resources"))
    tally.equal(resources.body, harness.run(["generate", "-f", "-"], stdin=second).stdout, "resources are what the command line prints")
    clusters = d.get(path(rest="/clusters"))
    tally.equal(clusters.body, harness.run(["clusters", "-f", "-", "-o", "json"], stdin=second).stdout, "and so are clusters")
    history = d.get(path(rest="/history")).json()["items"]
    tally.equal([h["action"] for h in history], ["replace", "create"], "history")
    tally.equal(d.get(path(rest=f"/history/{history[1]['revision']}")).body, manifest(), "an old revision")
    tally.equal(d.get(path(rest="/history/999999")).status, 404, "a revision that never was")
    tally.equal(d.request("DELETE", path(), headers={"If-Match": etag}).status, 412, "delete what has changed")
    tally.equal(d.request("DELETE", path() + "?dryRun=all").status, 204, "delete dry")
    gone = d.request("DELETE", path())
    tally.equal((gone.status, gone.body), (204, b""), "delete")
    tally.equal((d.get(path()).status, d.request("DELETE", path()).status), (404, 404), "it is gone")
    tally.equal([h["action"] for h in d.get(path(rest="/history")).json()["items"]], ["delete", "replace", "create"], "its history stays")
    tally.equal(d.request("POST", path(rest="/purge")).json(), {"removed": 3}, "purge")
    told = d.told("history purged")
    tally.equal([told[k] for k in ("who", "peer", "namespace", "name", "removed")],
                ["anonymous", "127.0.0.1", "shop", "auth-check", "3"], "the log tells who purged what")
    tally.equal(d.get(path(rest="/history")).status, 404, "nothing is left of it")
    tally.equal(put(d, manifest(), If_None_Match="*").status, 201, "create with If-None-Match: *")


def check_refusals(tally, d):
    for body, status, what in ((b"a: [", 400, "no YAML"), (b"\xff", 400, "no UTF-8"), (b"", 400, "nothing"), (b"- a", 400, "a list"),
                               (manifest("other"), 400, "another name"), (manifest(namespace="other"), 400, "another namespace"),
                               (manifest() + b"---\n" + manifest("second"), 400, "two manifests"),
                               (manifest() + b"---\n" + manifest(), 400, "one manifest twice"),
                               (manifest() + b"---\n" + manifest("second", more=", port: 443"), 400, "two, one of which is refused"),
                               (manifest(host="a_b.example.com"), 422, "a bad host"),
                               (b"apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\n", 422, "a Mesh"),
                               (manifest(more=", port: 443"), 422, "a finding")):
        answer = put(d, body, path("auth-check", "shop"), If_Match="*")
        tally.equal((answer.status, answer.headers["Content-Type"]), (status, "application/problem+json"), f"put {what}")
    tally.equal(d.request("PUT", path(), manifest(), {"Content-Type": "text/plain"}).status, 415, "put as text")
    tally.equal(put(d, manifest(), path(), If_Match="*", Content_Range="bytes 0-9/99").status, 400,
                "a part of a manifest (RFC 9110 14.5)")
    tally.equal(put(d, manifest("x" * 64), path("x" * 64)).status, 422, "a name that is too long")
    tally.equal(d.get(path("%ff")).status, 404, "a name that is no text")
    for rest in ("", "/resources", "/clusters", "/history"):
        tally.equal(d.get(path("nobody", rest=rest)).status, 404, f"nobody{rest}")
    revision = d.get(path()).headers["ETag"].strip('"').split("-")[0]
    tally.equal([d.get(path(rest=f"/history/{form}")).status
                 for form in (revision, "0" + revision, "00" + revision, "+" + revision, "-" + revision, revision + ".0", "0", "")],
                [200] + [404] * 7, "a revision has one name")
    without = (b"apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: bare}\n"
               b"spec:\n  upstreams:\n  - {name: a, host: a.example}\n")
    tally.equal(put(d, without, path("bare", "team")).status, 201, "the path gives the namespace")
    tally.check(b"namespace: team" in d.get(path("bare", "team", "/resources")).body, "and it is generated for it")
    d.request("DELETE", path("bare", "team"))


def check_called_json(tally, d):
    """JSON is YAML, and YAML is not JSON: the Content-Type is believed."""
    json_type = "application/json"
    document = json.dumps({"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest", "metadata": {"name": "called"},
                           "spec": {"upstreams": [{"name": "a", "host": "a.example"}]}}).encode()
    yaml = document.replace(b'"called"', b"called")
    for body, kind, status, help_ in ((manifest("called"), json_type, 400, True), (yaml, json_type, 400, False),
                                      (b"---\n" + document, json_type, 400, True), (b"# note\n" + document, json_type, 400, True),
                                      (document, json_type, 201, None), (document, YAML, 201, None)):
        answer = d.request("PUT", path("called"), body, {"Content-Type": kind})
        tally.equal(answer.status, status, f"{body[:30]} as {kind}")
        if status == 400:
            told = answer.json()["findings"][0]
            tally.equal((told["code"], "sent as application/json" in told.get("help", "")), ("CO0111", help_), f"{body[:30]} as {kind}")
        else:
            got = d.get(path("called"))
            tally.equal((got.headers["Content-Type"], got.body), (kind, body), "is given out as what it was called")
        d.request("DELETE", path("called"))
    for where, bad in (("/v1/generate", 422), ("/v1/clusters", 422), ("/v1/check", 200)):
        found = [d.post(where, body, kind) for body, kind in ((yaml, json_type), (document, json_type), (document, YAML))]
        tally.equal([a.status for a in found], [bad, 200, 200], f"{where}: YAML as JSON, and the others")
        tally.equal([f["code"] for f in found[0].json()["findings"]], ["CO0111"], f"{where}: YAML as JSON")
        tally.equal([b"CO0111" in a.body for a in found[1:]], [False] * 2, f"{where}: the others")


def check_lists(tally, d):
    names = [f"m{i:02}" for i in range(25)]
    for i, name in enumerate(names):
        tally.equal(put(d, manifest(name, "list"), path(name, "list")).status, 201, f"put {name}") if i in (0, 24) else put(
            d, manifest(name, "list"), path(name, "list"))
    seen, token = [], ""
    for _ in range(9):
        page = d.get("/v1/namespaces/list/manifests?limit=4" + (f"&continue={token}" if token else "")).json()
        seen += [m["name"] for m in page["items"]]
        token = page["metadata"].get("continue", "")
        if not token:
            break
    tally.equal(seen, names, "pages hold each once, in order")
    whole = d.get("/v1/manifests").json()["items"]
    tally.equal({m["namespace"] for m in whole}, {"shop", "list"}, "all namespaces")
    tally.equal(d.get("/v1/namespaces/none/manifests").json()["items"], [], "an empty namespace")
    for bad in ("limit=x", "limit=-1", "continue=nonsense", "continue=AAAA"):
        tally.equal(d.get(f"/v1/manifests?{bad}").status, 400, bad)


class Watch:
    """Events of ?watch=true as they come."""

    def __init__(self, d, query="", **headers):
        self.connection = d.connect()
        self.connection.request("GET", f"/v1/namespaces/watch/manifests?watch=true{query}", headers=headers)
        self.response = self.connection.getresponse()
        self.status, self.type = self.response.status, self.response.headers["Content-Type"]

    def next(self):
        event = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if not line and "event" in event:
                return event["event"], json.loads(event["data"]), event.get("id")
            if line and not line.startswith(":"):
                key, value = line.split(": ", 1)
                event[key] = value

    def close(self):
        self.connection.close()


def check_watch(tally, d):
    one = put(d, manifest("one", "watch"), path("one", "watch")).headers["ETag"]
    watch = Watch(d)
    tally.equal((watch.status, watch.type), (200, "text/event-stream"), "a watch")
    kind, data, _ = watch.next()
    tally.equal((kind, data["name"]), ("ADDED", "one"), "what is there")
    kind, _, mark = watch.next()
    tally.equal(kind, "BOOKMARK", "up to here")
    put(d, manifest("elsewhere", "list"), path("elsewhere", "list"))
    put(d, manifest("one", "watch", "new.example.com"), path("one", "watch"), If_Match=one)
    kind, data, number = watch.next()
    tally.equal((kind, data["name"], data["generation"]), ("MODIFIED", "one", 2), "a change")
    put(d, manifest("two", "watch"), path("two", "watch"))
    d.request("DELETE", path("one", "watch"))
    tally.equal([watch.next()[0] for _ in range(2)], ["ADDED", "DELETED"], "more changes")
    watch.close()
    for resumed in (Watch(d, f"&since={mark}"), Watch(d, "", **{"Last-Event-ID": mark})):
        tally.equal([resumed.next()[0] for _ in range(3)], ["MODIFIED", "ADDED", "DELETED"], "resumed")
        resumed.close()
    late = Watch(d, f"&since={number}")
    tally.equal(late.next()[0], "ADDED", "resumed later")
    late.close()
    tally.equal(d.get("/v1/manifests?watch=true&since=99999999").status, 410, "since the future")
    tally.equal([d.get(f"/v1/manifests?{query}since=1").status for query in ("", "watch=false&")], [400, 400], "since without a watch")
    tally.equal([d.get(f"/v1/manifests?watch=true&continue={where}").status for where in ("x", d.get("/v1/manifests?limit=1").json()["metadata"]["continue"])],
                [400, 400], "continue with a watch")
    fresh = Watch(d, **{"Last-Event-ID": ""})
    tally.equal((fresh.status, fresh.next()[0]), (200, "ADDED"), "an empty Last-Event-ID is none")
    fresh.close()
    for accept, query, status in (("application/json", "watch=true", 406), ("text/event-stream", "", 406),
                                  ("text/event-stream, application/json;q=0.5", "limit=1", 200),
                                  ("text/*", "watch=true&since=99999999", 410)):
        tally.equal(d.get(f"/v1/manifests?{query}", Accept=accept).status, status, f"?{query} with Accept: {accept}")
    many = [Watch(d, f"&since={mark}") for _ in range(30)]
    for w in many:
        for _ in range(3):
            w.next()
    put(d, manifest("three", "watch"), path("three", "watch"))
    tally.equal([w.next()[1]["name"] for w in many], ["three"] * 30, "thirty watchers")
    for w in many:
        w.close()


def check_quarrels(tally, d):
    def public(name, more="", namespace="q", host="pub.example.com"):
        return put(d, manifest(name, namespace, host, ", isolated: false" + more), path(name, namespace), If_None_Match="*")

    tally.equal(public("a").status, 201, "a public host")
    tally.equal(public("b").status, 201, "another with equal settings")
    tally.equal(public("other-port", ", port: 8443, tls: {}").status, 201, "another port")
    answer = public("c", ", connectTimeout: 3s")
    tally.equal((answer.status, answer.json()["findings"][0]["code"]), (409, "CO0258"), "a quarrel")
    tally.check("q/a" in json.dumps(answer.json()), "names the other", answer.body)
    finding = answer.json()["findings"][0]
    tally.equal((finding["message"][:3], finding["location"]["source"], finding["related"][0]["location"]["source"]),
                ("q/c", "<stdin>", "q/a"), "at the later place, which is what was sent, with the earlier as related")
    tally.equal(d.get(path("c", "q")).status, 404, "and is not stored")
    tally.equal(public("c", ", connectTimeout: 3s", "q2").status, 201, "another namespace")
    own = ", via: envoyFilter, clusterName: rate_limit"
    tally.equal(put(d, manifest("f1", "q", more=own), path("f1", "q")).status, 201, "a name of one's own")
    answer = put(d, manifest("f2", "q", more=own), path("f2", "q"))
    tally.equal((answer.status, answer.json()["findings"][0]["code"]), (409, "CO0226"), "the same name")
    tally.equal(put(d, manifest("f2", "q2", more=own), path("f2", "q2")).status, 201, "in another namespace")
    union = d.get(path("a", "q", "/resources")).body
    both = harness.run(["generate", "-f", "-"], stdin=b"---\n".join([manifest("a", "q", "pub.example.com", ", isolated: false"),
                       manifest("b", "q", "pub.example.com", ", isolated: false"),
                       manifest("other-port", "q", "pub.example.com", ", isolated: false, port: 8443, tls: {}")])).stdout
    tally.check(union and union in both, "the first owner's resources hold the ports of all", union)
    other = d.get(path("b", "q", "/resources"))
    tally.equal(other.body, b"", "the others' hold none of it")
    tally.check("another manifest carries the objects" in other.headers["Warning"] + str(
                    other.headers.get_all("Warning")), "and say why", other.headers["Warning"])
    hosts = d.get("/v1/hosts?host=PUB.example.com").json()
    tally.equal([(h["host"], h["port"], [f"{c['namespace']}/{c['name']}" for c in h["callers"]]) for h in hosts["items"]],
                [("pub.example.com", 443, ["q/a", "q/b", "q2/c"]), ("pub.example.com", 8443, ["q/other-port"])], "the host registry")
    tally.equal(hosts["quarrels"], [], "no quarrels")
    for host in hosts["items"]:
        for c in host["callers"]:
            listed = d.get(path(c["name"], c["namespace"], "/clusters")).json()["clusters"]
            want = next(x for x in listed if x["upstream"] == c["upstream"])
            tally.equal(c["settings"],
                        {k: v for k, v in want.items() if k not in ("manifest", "upstream", "name", "kind")},
                        f"settings of {c['namespace']}/{c['name']}")
    tally.check(all("settings" not in c for h in d.get("/v1/hosts").json()["items"] for c in h["callers"]), "only of one host")
    page = d.get("/v1/hosts?host=pub.example.com&limit=1").json()
    tally.equal((len(page["items"][0]["callers"]), "settings" in page["items"][0]["callers"][0],
                 bool(page["metadata"]["continue"])), (1, True, True), "a page of them")
    check_selection(tally, d)


def check_selection(tally, d):
    """A rule with the certificates of a Secret is for the sidecars of one selector: who else shares the host has plaintext."""
    def public(name, label, more):
        text = manifest(name, "q3", "pub.example.com", f", isolated: false, port: {443 + len(name)}, tls: {{{more}}}")
        return put(d,
                   text.replace(b"spec:\n", b"spec:\n  target: {selector: {matchLabels: {app: %s}}}\n" % label.encode()),
                   path(name, "q3"))

    tally.equal(public("a", "web", "credentialName: client").status, 201, "a rule that selects")
    tally.equal(public("bb", "web", "").status, 201, "another port for the same sidecars")
    answer = public("ccc", "api", "")
    tally.equal((answer.status, answer.json()["findings"][0]["code"]), (409, "CO0258"), "a port for other sidecars")
    answer = public("dddd", "api", "credentialName: client")
    tally.equal((answer.status, answer.json()["findings"][0]["code"]), (409, "CO0258"), "a rule that selects other sidecars")
    tally.equal(d.get("/v1/hosts?host=pub.example.com").json()["quarrels"], [], "no quarrels stand")


def check_scopes(tally, temp):
    tokens = temp / "tokens.yaml"
    shop, bank, admin, reader = (add(tokens, n, s, *more)
                                 for n, s, more in (("shop", "write", ("--namespace", "shop")),
                                                    ("bank", "write", ("--namespace", "bank")), ("admin", "admin", ()),
                                                    ("reader", "read", ())))
    with Daemon("--tokens", str(tokens)) as d:
        tally.equal(put(d, manifest(), **bearer(shop)).json()["who"], "shop", "who it was")
        for token, status in ((bank, 403), (reader, 403), ("", 401)):
            tally.equal(put(d, manifest(), **bearer(token)).status, status, f"put with the token of {token[:12]}")
        for token, status in ((bank, 403), (reader, 200), (admin, 200), (shop, 200)):
            tally.equal(d.get(path(), **bearer(token)).status, status, "get")
        tally.equal(d.request("POST", path(rest="/purge"), headers=bearer(shop)).status, 403, "purge without admin")
        tally.equal(d.request("POST", path(rest="/purge"), headers=bearer(admin)).status, 200, "purge with admin")
        own = ", via: envoyFilter, clusterName: taken"
        put(d, manifest("root", "istio-system", more=own), path("root", "istio-system"), **bearer(admin))
        answer = put(d, manifest("mine", "bank", more=own), path("mine", "bank"), **bearer(bank))
        text = answer.body.decode()
        tally.check(answer.status == 409 and "istio-system/root" in text, "a quarrel names a stranger's manifest", text)
        tally.check('"source": "istio-system/root"' not in text, "but not its lines", text)
        put(d, manifest("mine", "bank"), path("mine", "bank"), **bearer(bank))
        for listing in ("/v1/manifests", "/v1/hosts"):
            tally.check("istio-system" not in d.get(listing, **bearer(bank)).body.decode(), f"{listing} shows one's own")
        tally.check("istio-system" in d.get("/v1/manifests", **bearer(admin)).body.decode(), "and all to admin")
        d.stop()  # then its log is read to the end
        changes = [e for e in d.log if e["msg"].startswith("manifest ")]
        tally.equal([(e["who"], e["name"]) for e in changes],
                    [("shop", "auth-check"), ("admin", "root"), ("bank", "mine")], "each change is logged")
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_kept(tally, temp):
    """What was acknowledged is there after SIGKILL; a second daemon is refused."""
    data = temp / "data"
    acknowledged = {}
    for round_number in range(6):
        with Daemon("--data", str(data)) as d:
            missing = [n for n, etag in acknowledged.items() if d.get(path(n, "kept")).headers["ETag"] != etag]
            tally.equal(missing, [], f"after {round_number} kills everything is there")
            if round_number == 0:
                second = harness.run(["serve", "--data", str(data), "--listen", "127.0.0.1:0"])
                tally.check(second.returncode == 4 and b"CO0750" in second.stderr, "a second process", second.stderr)

            def write(k):
                try:
                    for i in range(1000):
                        name = f"r{round_number}-{k}-{i}"
                        answer = put(d, manifest(name, "kept"), path(name, "kept"))
                        if answer.status == 201:
                            acknowledged[name] = answer.headers["ETag"]
                except OSError:
                    pass
                except Exception as e:  # a connection that was cut in the middle of an answer
                    if "Remote" not in repr(e) and "Incomplete" not in repr(e) and "BadStatus" not in repr(e):
                        raise

            threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
            for t in threads:
                t.start()
            while len(acknowledged) < 30 * (round_number + 1) and any(t.is_alive() for t in threads):
                threads[0].join(0.01)
            d.signal(signal.SIGKILL)
            for t in threads:
                t.join()
            d.process.wait()
    with Daemon("--data", str(data)) as d:
        tally.equal([n for n, etag in acknowledged.items() if d.get(path(n, "kept")).headers["ETag"] != etag], [], "and at the end")
        text = d.get("/metrics").body.decode()
        tally.check("callout_manifests " in text and "callout_store_writable 1" in text, "metrics of the store")
        watch = Watch(d)
        d.signal(signal.SIGTERM)
        tally.equal(watch.response.read()[-1:] in (b"", b"\n"), True, "a watch ends when the daemon does")
        tally.equal(d.stop(), 0, "the daemon ends well")


def check_temporary(tally, temp):
    with Daemon(env={"TMPDIR": str(temp)}) as d:
        made = list(temp.glob("callout-*"))
        tally.equal(len(made), 1, "a temporary directory")
        tally.equal(put(d, manifest()).status, 201, "in which things are stored")
        tally.equal(d.stop(), 0, "the daemon ends well")
    tally.equal(list(temp.glob("callout-*")), [], "and it goes with the daemon")


def registry(d):
    return [(h["host"], c["namespace"], c["name"], c["cluster"]) for h in d.get("/v1/hosts?limit=1000").json()["items"]
            for c in h["callers"]]


def check_registry_rebuilt(tally):
    """What other code or another mesh extracted is extracted again: after an upgrade, and after a change of the mesh."""
    def rows(suffix, names):
        return [(f"{n}.example.com", "shop", n, f"outbound|47080||auth.{n}.shop.{suffix}") for n in names]

    with tempfile.TemporaryDirectory() as temp:
        data, mesh, names = pathlib.Path(temp) / "data", pathlib.Path(temp) / "mesh.yaml", [f"m-{i:03}" for i in range(150)]
        mesh.write_text("apiVersion: callout.dev/v1alpha1\nkind: Mesh\nmetadata: {name: m}\nspec: {isolatedSuffix: one.internal}\n")
        options = ("--data", str(data), "--mesh-file", str(mesh))
        with Daemon(*options) as d:
            for n in names:
                put(d, manifest(n, host=f"{n}.example.com"), path(n))
            tally.equal(registry(d), rows("one.internal", names), "the registry")
            before = d.get("/v1/manifests?limit=1000").body
            d.stop()
        for how, change in (("an older program", "UPDATE manifests SET extractor = 0; DELETE FROM hosts"),
                            ("one manifest alone",
                             "UPDATE manifests SET extractor = 7 WHERE name = 'm-003'; "
                             "UPDATE hosts SET host = 'wrong.example.com' WHERE name = 'm-003'")):
            with contextlib.closing(sqlite3.connect(data / "callout.db")) as db:
                db.executescript(change)
            with Daemon(*options) as d:
                tally.check(d.told("host registry brought up to date"), f"{how}: it is told")
                tally.equal(registry(d), rows("one.internal", names), f"rebuilt after {how}")
                tally.equal(d.get("/v1/manifests?limit=1000").body, before, "which is no change of the manifests")
                d.stop()
        with Daemon(*options) as d:
            mesh.write_text(mesh.read_text().replace("one.internal", "two.internal"))
            d.signal(signal.SIGHUP)
            tally.check(d.told("host registry brought up to date"), "a reload: it is told")
            tally.equal(registry(d), rows("two.internal", names), "rebuilt after a reload of the mesh")
            tally.equal(put(d, manifest("m-000", host="m-000.example.com"), path("m-000"), If_Match="*").json()["revision"],
                        1, "the same bytes are no change")
            tally.equal(len([e for e in d.log if e["msg"] == "host registry brought up to date"]), 1, "once")
        mesh.write_text(mesh.read_text().replace("two.internal}", "two.internal, policy: {hosts: {deny: [m-001.example.com]}}}"))
        with Daemon(*options) as d:
            event = d.told("stored manifests that are refused now keep their old rows in the host registry")
            tally.equal(event and event["manifests"], "1", "one that a new policy refuses")
            tally.equal(len(registry(d)), 150, "is in the registry still")


def run(tally):
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        with Daemon("--data", str(temp / "main")) as d:
            for check in (check_life, check_dates, check_refusals, check_called_json, check_lists, check_watch, check_quarrels):
                check(tally, d)
            tally.equal([e for e in d.log if e.get("level") == "error" or "level" not in e], [], "no error is logged")
            tally.equal(d.stop(), 0, "the daemon ends well")
        check_scopes(tally, temp)
        check_kept(tally, temp)
        check_temporary(tally, temp)
    check_registry_rebuilt(tally)
