"""A Kubernetes API server of one's own, with its store and with Istio's CRDs, on loopback."""

import pathlib
import secrets
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

import harness
import processes

BUILD = pathlib.Path(__file__).resolve().parents[1] / "build"
MEMORY = {"GOMEMLIMIT": "1GiB", "GOMAXPROCS": "2"}


class Cluster:
    """Kubernetes without nodes: `with Cluster() as cluster`."""

    def __init__(self):
        self.program = processes.provided(BUILD, "kube")
        self.crds = processes.provided(BUILD, "oracle").parent / "crd-all.gen.yaml"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="callout-kube-"))
        self.token = secrets.token_hex(16)

    def __enter__(self):
        try:
            self.start_servers()
            self.install_crds()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        processes.stop_beneath(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_servers(self, tries=3):
        """These programs must be told their ports, and somebody else may take a free one first: then others are tried."""
        store, peers, self.port = processes.free_ports(3)
        try:
            self.start_etcd(f"http://127.0.0.1:{store}", f"http://127.0.0.1:{peers}")
            self.start_api_server(f"http://127.0.0.1:{store}")
        except processes.NotStarted as fault:
            if tries == 1 or "address already in use" not in str(fault):
                raise
            processes.stop_beneath(self.folder)
            shutil.rmtree(self.folder / "data", ignore_errors=True)
            self.start_servers(tries - 1)

    def start_etcd(self, clients, peers):
        etcd = self.start("etcd", [
            "--data-dir=data", "--log-level=error", "--unsafe-no-fsync",
            f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}",
            f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}"])
        etcd.until(lambda: answers(f"{clients}/health"))

    def start_api_server(self, store):
        (self.folder / "tokens.csv").write_text(f"{self.token},admin,admin,system:masters\n")
        (self.folder / "certificates").mkdir(exist_ok=True)
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "service-account.key", "2048"], check=True, stderr=subprocess.DEVNULL)
        server = self.start("kube-apiserver", [
            f"--etcd-servers={store}", "--bind-address=127.0.0.1", f"--secure-port={self.port}", "--cert-dir=certificates",
            "--service-account-key-file=service-account.key", "--service-account-signing-key-file=service-account.key",
            "--service-account-issuer=https://kubernetes.default.svc", "--token-auth-file=tokens.csv", "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16", "--disable-admission-plugins=ServiceAccount"])
        server.until(lambda: self.kubectl("get", "--raw", "/readyz").stdout == b"ok")

    def start(self, name, args):
        return processes.Process(name, [self.program, name, *args], self.folder, env=harness.environment(**MEMORY))

    def install_crds(self):
        self.must("apply", "--server-side", "-f", self.crds)
        self.must("wait", "--for=condition=Established", f"--timeout={harness.PATIENCE}s", "-f", self.crds)

    def kubectl(self, *args, stdin=b""):
        server = [f"--server=https://127.0.0.1:{self.port}", "--certificate-authority=certificates/apiserver.crt",
                  f"--token={self.token}", "--cache-dir=cache"]
        return subprocess.run([self.program, "kubectl", *server, *map(str, args)], cwd=self.folder, input=stdin,
                              capture_output=True, env=harness.environment(HOME=str(self.folder), KUBECONFIG="/dev/null"))

    def must(self, *args, stdin=b""):
        result = self.kubectl(*args, stdin=stdin)
        if result.returncode:
            raise processes.NotStarted(f"kubectl {' '.join(map(str, args))}: {result.stderr.decode(errors='replace')}")
        return result.stdout


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False
