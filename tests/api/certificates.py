"""The time of certificates: those that are past theirs or soon will be, and those that are renewed while the daemon runs."""

import contextlib
import datetime
import pathlib
import queue
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from access import Authority, add, bearer, handshake
from daemon import Daemon, harness, start

DAY = 24 * 60 * 60
# The daemon looks at the files whenever it wakes: every minute, or as often as a watchdog wants to hear of it.
OFTEN = {"WATCHDOG_USEC": "200000"}
REFUSED = "renewed certificates are refused; those of before stay in force"
RENEWED = "renewed certificates are in force"
CA = """[ca]
default_ca = this
[this]
database = {0}/index
new_certs_dir = {0}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
x509_extensions = leaf
[any]
commonName = optional
[leaf]
basicConstraints = CA:{2}
{1}
"""


def stamp(seconds):
    return datetime.datetime.fromtimestamp(max(0, time.time() + seconds), datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ")


class Dated(Authority):
    """One that signs for any time: openssl's x509 knows only days from now on."""

    def dated(self, name, start, end, subject=None, ca=False, san="DNS:localhost,IP:127.0.0.1"):
        cert, key, request, config = (self.folder / f"{name}.{e}" for e in ("pem", "key", "csr", "cnf"))
        (self.folder / "index").touch()
        config.write_text(CA.format(self.folder, san and f"subjectAltName = {san}", "TRUE" if ca else "FALSE"))
        self._key(key)
        self._run("req", "-new", "-utf8", "-key", key, "-out", request, "-subj", f"/CN={name}" if subject is None else subject,
                  "-config", self._config("DNS:unused"))
        self._run("ca", "-batch", "-notext", "-preserveDN", "-config", config, "-in", request, "-out", cert, "-cert", self.cert, "-keyfile", self.key,
                  "-startdate", stamp(start), "-enddate", stamp(end))
        return str(cert), str(key)


def ends(path, which="-enddate"):
    """As Unix seconds, by openssl."""
    told = subprocess.run(["openssl", "x509", "-in", path, "-noout", which], check=True, capture_output=True, text=True).stdout
    return int(ssl.cert_time_to_seconds(told.strip().partition("=")[2]))


def warnings(d):
    return [e["message"] for e in d.log if e.get("code") == "CO0707"]


def metric(d, name, setting):
    found = re.search(rf'^{name}{{setting="{setting}"}} (\d+)$', d.get("/metrics").body.decode(), re.M)
    return found and int(found[1])


# name: its life in seconds from now, and what is said of it
TIMES = {"good": (-DAY, 30 * DAY, None), "week": (-30 * DAY, 8 * DAY, None), "ending": (-80 * DAY, 6 * DAY, "expires on"),
         "ended": (-90 * DAY, -DAY, "expired on"), "early": (DAY, 30 * DAY, "is not valid before"),
         "epoch": (-100 * 366 * DAY, 30 * DAY, None),
         "short": (-3600, 23 * 3600, None), "shortly": (-20 * 3600, 4 * 3600, "expires on")}


def check_told(tally, temp, authority):
    """At the start, in --check-config, and by a metric; the daemon serves with what it has."""
    for name, (first, last, said) in TIMES.items():
        cert, key = authority.dated(name, first, last)
        args = ("--tls-cert", cert, "--tls-key", key)
        looked = start("--check-config", *args)
        tally.check(looked.returncode == 0 and (b"warning CO0707" in looked.stderr) == bool(said), f"--check-config: {name}", looked.stderr)
        with Daemon(*args, tls=ssl._create_unverified_context()) as d:
            tally.equal(d.get("/livez").status, 200, f"{name}: it is used")
            tally.equal([metric(d, f"callout_tls_not_{end}_timestamp_seconds", "tlsCert") for end in ("before", "after")],
                        [ends(cert, "-startdate"), ends(cert)], f"{name}: its time at /metrics")
            ready = d.get("/readyz?verbose").body.decode()
            tally.check(f"[{'-' if said and 'on' not in said.split()[-1] or said == 'expired on' else '+'}]tlsCert: valid from " in ready,
                        f"{name}: its time at /readyz", ready)
            d.stop()
        when = datetime.datetime.fromtimestamp(ends(cert, "-startdate" if name == "early" else "-enddate"), datetime.timezone.utc)
        tally.equal(warnings(d), [f"{cert}: the certificate of CN={name} {said} {when:%Y-%m-%dT%H:%M:%S.000Z}"] if said else [],
                    f"{name}: what the log says")
        tally.equal([e for e in d.log if e.get("msg") == "no JSON"], [], f"{name}: and all of the log is JSON")


def check_chains(tally, temp, authority):
    """The first of all certificates in a file to end is the one that counts; one without a subject is named by what it has."""
    leaf, key = authority.dated("leaf", -DAY, 30 * DAY, subject="/")
    between, _ = authority.dated("between", -80 * DAY, 3 * DAY, ca=True)
    chain = temp / "chain.pem"
    chain.write_text(pathlib.Path(leaf).read_text() + pathlib.Path(between).read_text())
    said = start("--check-config", "--tls-cert", str(chain), "--tls-key", key).stderr
    tally.check(b"the certificate of CN=between expires on" in said, "the certificate between", said)
    chain.write_text(pathlib.Path(authority.dated("nameless", -9 * DAY, DAY, subject="/")[0]).read_text())
    said = start("--check-config", "--tls-cert", str(chain), "--tls-key", str(temp / "nameless.key")).stderr
    tally.check(b"the certificate of localhost expires on" in said, "a certificate without a subject", said)
    for n, status in ((8, 0), (9, 3)):
        chain.write_text(pathlib.Path(leaf).read_text() + pathlib.Path(between).read_text() * (n - 1))
        said = start("--check-config", "--tls-cert", str(chain), "--tls-key", key)
        tally.check(said.returncode == status and (b"CO0704" in said.stderr) == bool(status), f"a chain of {n}", said.stderr)
    authorities, tokens = temp / "clients.pem", temp / "tokens.yaml"
    token = add(tokens, "reader", "read")
    old, _ = authority.dated("old-root", -90 * DAY, -DAY, ca=True)
    authorities.write_text(authority.cert.read_text() + pathlib.Path(old).read_text())
    cert, key = authority.issue("server", "DNS:localhost, IP:127.0.0.1")
    with Daemon("--tls-cert", cert, "--tls-key", key, "--client-ca", str(authorities), "--tokens", str(tokens),
                tls=ssl._create_unverified_context()) as d:
        told = d.get("/metrics", **bearer(token)).body.decode()
        tally.check(f'callout_tls_not_after_timestamp_seconds{{setting="clientCa"}} {ends(old)}\n' in told, "authorities of clients", told)
        tally.check(len(warnings(d)) == 1 and f"{authorities}: the certificate of CN=old-root expired on" in warnings(d)[0],
                    "which the log tells", warnings(d))
        d.stop()


def check_names(tally, temp, authority):
    """How a certificate is called that has no subject, or too long a one."""
    units = [f"{n}" + "\u00e4" * 30 for n in range(6)]
    serial = "serial number [0-9A-F]{2,40}"
    for name, subject, san, said in (("v4", "/", "IP:192.0.2.7", "192.0.2.7"), ("v6", "/", "IP:2001:db8::7", "2001:db8::7"),
                                     ("uri", "/", "URI:spiffe://td/" + "a" * 200, "spiffe://td/a{147}"),
                                     ("long", "/O=o" + "".join(f"/OU={u}" for u in units) + "/CN=long", "DNS:unused", "CN=long,OU=5\u00e4+,.*\u00e4"),
                                     ("other", "/", "otherName:1.2.3.4;UTF8:unseen", serial), ("none", "/", "", serial)):
        cert, key = authority.dated(name, -90 * DAY, -DAY, subject=subject, san=san)
        looked = start("--check-config", "--tls-cert", cert, "--tls-key", key).stderr.decode()
        tally.check(re.search(f"the certificate of {said} expired on ", looked), f"the name of a certificate: {name}", looked)
        if said == serial:
            told = subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-serial"], check=True, capture_output=True, text=True).stdout
            tally.check(f"serial number {told.strip().partition('=')[2]} " in looked, f"the serial number of {name}", looked)


class Mount:
    """As kubelet's of a secret: a link is turned."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.cert, self.key = folder / "tls.crt", folder / "tls.key"
        for path in (self.cert, self.key):
            path.symlink_to(f"..data/{path.name}")

    def add(self, name, cert, key):
        (self.folder / f"..{name}").mkdir()
        shutil.copy(cert, self.folder / f"..{name}" / "tls.crt")
        shutil.copy(key, self.folder / f"..{name}" / "tls.key")

    def turn(self, name):
        (self.folder / "..new").symlink_to(f"..{name}")
        (self.folder / "..new").rename(self.folder / "..data")


class Manager:
    """The daemon's service manager: it hears of each time that the daemon wakes, just before it looks at its files."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.env = OFTEN | {"NOTIFY_SOCKET": str(path)}
        self.heard = queue.Queue()
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self):
        while True:
            self.heard.put(self.socket.recv(4096))

    def wait_for_a_look(self):
        """One that began after now, and is over."""
        while not self.heard.empty():
            self.heard.get()
        for _ in range(3):
            self.heard.get(timeout=harness.PATIENCE)



def check_refused(tally, temp, authority):
    """What is refused is told once as long as it is there, and again when it comes back; what could not be read is tried again."""
    mount, manager = Mount(temp / "refused"), Manager(temp / "manager")
    pairs = [authority.dated(f"refused{n}", -DAY, 30 * DAY) for n in range(3)]
    for n, pair in enumerate(pairs):
        mount.add(n, *pair)
    mount.add("bad", pairs[0][0], pairs[1][1])
    mount.turn(0)
    with Daemon("--tls-cert", str(mount.cert), "--tls-key", str(mount.key), env=manager.env, tls=ssl._create_unverified_context()) as d:
        mount.turn("bad")
        d.wait_for(REFUSED)
        manager.wait_for_a_look()
        mount.turn(0)
        manager.wait_for_a_look()
        mount.turn("bad")
        tally.check(d.wait_for(REFUSED), "what is refused, after those in force were back")
        mount.turn(1)
        d.wait_for(RENEWED)
        mount.turn("bad")
        tally.check(d.wait_for(REFUSED), "and after others came into force")
        tally.check('callout_reloads_total{result="refused"} 3\n' in d.get("/metrics").body.decode(), "each is counted once")
        limit = resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (3, limit[1]))
        mount.turn(2)
        d.wait_for(REFUSED)
        resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, limit)
        tally.equal(d.wait_for(RENEWED).get("subject"), "CN=refused2", "what could not be read for a while")
        d.stop()


def check_signalled(tally, temp, authority):
    """A reload is no second look at what it has just refused."""
    mount = Mount(temp / "signalled")
    pairs = [authority.dated(f"signalled{n}", -DAY, 30 * DAY) for n in range(2)]
    mount.add("good", *pairs[0])
    mount.add("bad", pairs[0][0], pairs[1][1])
    mount.turn("good")
    with Daemon("--tls-cert", str(mount.cert), "--tls-key", str(mount.key), tls=ssl._create_unverified_context()) as d:
        mount.turn("bad")
        for _ in range(3):
            d.signal(signal.SIGHUP)
            d.wait_for("reload refused; what was in force stays")
        d.stop()
    tally.equal([e["msg"] for e in d.log if e.get("msg") == REFUSED], [], "what a signal found is told once")


def check_renewed(tally, temp, authority):
    """As kubelet renews a secret: a link is turned, and nobody gets a signal."""
    mount = Mount(temp / "mount")
    pairs = [authority.dated("server0", -DAY, 30 * DAY), authority.dated("server1", -80 * DAY, 2 * DAY)]
    for n, pair in enumerate(pairs):
        mount.add(n, *pair)
    mount.add(2, pairs[0][0], pairs[1][1])
    mount.turn(0)
    context = ssl.create_default_context(cafile=str(authority.cert))
    with Daemon("--tls-cert", str(mount.cert), "--tls-key", str(mount.key), env=OFTEN, tls=context) as d:
        kept, before = d.connect(), handshake(d.port, context)[1]["serialNumber"]
        tally.equal(d.request("GET", "/livez", connection=kept).status, 200, "a connection before")
        mount.turn(1)
        event = d.wait_for(RENEWED)
        tally.check(handshake(d.port, context)[1]["serialNumber"] != before, "the renewed certificate is shown", event)
        tally.equal(event.get("subject"), "CN=server1", "and told")
        tally.equal(d.request("GET", "/livez", connection=kept).status, 200, "the connection from before goes on")
        tally.equal(metric(d, "callout_tls_not_after_timestamp_seconds", "tlsCert"), ends(mount.cert), "its time at /metrics")
        d.wait_for("finding")
        tally.check(len(warnings(d)) == 1 and "CN=server1 expires on" in warnings(d)[0], "and that it ends", warnings(d))
        mount.turn(2)
        d.wait_for(REFUSED)
        tally.equal(d.get("/livez").status, 200, "a key that does not belong to it changes nothing")
        tally.check('callout_reloads_total{result="refused"} 1\n' in d.get("/metrics").body.decode(), "which a metric counts")
        mount.turn(0)
        d.wait_for(RENEWED)
        tally.equal(handshake(d.port, context)[1]["serialNumber"], before, "the next one is taken")
        d.signal(signal.SIGHUP)
        d.wait_for("reloaded")
        tally.equal(d.stop(), 0, "the daemon ends well")
        tally.equal(len([e for e in d.log if e.get("msg") == REFUSED]), 1, "what is refused is told once")


def check_renewed_authority(tally, temp):
    """Authorities of clients too: whom none in force has signed may nothing more, also on a connection that he has."""
    before, after = Authority(temp, "first"), Authority(temp, "second")
    cert, key = before.issue("served", "DNS:localhost, IP:127.0.0.1")
    trusted, tokens = temp / "trusted.pem", temp / "trusted.yaml"
    trusted.write_bytes(before.cert.read_bytes())
    add(tokens, "ci", "read", "--san", "DNS:ci.example")
    context = ssl.create_default_context(cafile=str(before.cert))
    context.load_cert_chain(*before.issue("ci", "DNS:ci.example"))
    with Daemon("--tls-cert", cert, "--tls-key", key, "--client-ca", str(trusted), "--tokens", str(tokens), env=OFTEN, tls=context) as d:
        with contextlib.closing(d.connect()) as kept:
            tally.equal(d.request("GET", "/openapi.json", connection=kept).status, 200, "a certificate of the first authority")
            trusted.write_bytes(after.cert.read_bytes())
            d.wait_for(RENEWED)
            tally.equal(d.request("GET", "/openapi.json", connection=kept).status, 403, "is none once another is in force")
        d.stop()


def check_time_passes(tally, temp, authority):
    """What gets worse while the daemon runs is told when it does."""
    cert, key = authority.dated("brief", -2, 10)
    with Daemon("--tls-cert", cert, "--tls-key", key, env=OFTEN, tls=ssl._create_unverified_context()) as d:
        tally.check(harness.eventually(lambda: any("expired on" in w for w in warnings(d))), "its end is told", warnings(d))
        d.stop()
    said = [re.search(" (expire[sd]) on", w)[1] for w in warnings(d)]
    tally.check(said[-1:] == ["expired"] and len(set(said)) == len(said), "and nothing twice", said)


def run(tally):
    with tempfile.TemporaryDirectory() as name:
        temp = pathlib.Path(name)
        authority = Dated(temp, "authority")
        check_told(tally, temp, authority)
        check_chains(tally, temp, authority)
        check_names(tally, temp, authority)
        check_renewed(tally, temp, authority)
        check_refused(tally, temp, authority)
        check_signalled(tally, temp, authority)
        check_renewed_authority(tally, temp)
        check_time_passes(tally, temp, authority)
