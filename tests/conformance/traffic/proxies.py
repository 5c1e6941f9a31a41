"""The mesh around the scenes: its proxies, its istiods, its Kubernetes objects."""

import dataclasses
import pathlib
import shutil
import string
import subprocess

import harness
import processes

HERE = pathlib.Path(__file__).resolve().parent
SOCKET = "var/run/secrets/workload-spiffe-uds/socket"
FLAGS = {
    # A plain Envoy lacks Istio's filters, and would refuse every cluster.
    "plain": {"PILOT_ENABLE_METADATA_EXCHANGE": "false"},
    "ambient": {"PILOT_ENABLE_METADATA_EXCHANGE": "false", "PILOT_ENABLE_AMBIENT": "true",
                "PILOT_FILTER_GATEWAY_CLUSTER_CONFIG": "true"},
}


@dataclasses.dataclass(frozen=True)
class Proxy:
    """Whose filters the scenes run, as istiod knows it, and as a manifest names it."""

    name: str
    kind: str
    namespace: str
    labels: dict
    pod: str
    address: str
    target: dict
    istiod: str = "plain"

    def node(self):
        """How Envoy introduces itself. Labels count only where istiod finds no such pod."""
        kind = {"gateway": "router"}.get(self.kind, self.kind)
        return {
            "id": f"{kind}~{self.address}~{self.pod}.{self.namespace}~{self.namespace}.svc.cluster.local",
            "cluster": f"{self.pod}.{self.namespace}",
            "metadata": {"NAMESPACE": self.namespace, "NAME": self.pod, "LABELS": self.labels, "ISTIO_VERSION": "1.32.0",
                         "CLUSTER_ID": "Kubernetes", "INSTANCE_IPS": self.address},
        }


def selecting(**labels):
    return {"selector": {"matchLabels": labels}}


WEB = ("shop", {"app": "web"}, "web", "10.3.3.3", selecting(app="web"))
EDGE = ("ingress", {"istio": "edge"}, "edge", "10.3.3.4", {"proxy": "gateway", **selecting(istio="edge")})
MIDDLE = ("shop", {"gateway.networking.k8s.io/gateway-name": "middle"}, "middle", "10.3.3.5", {
    "proxy": "waypoint", "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "middle"}]})
PROXIES = {p.name: p for p in (
    Proxy("sidecar", "sidecar", *WEB),
    Proxy("ambient sidecar", "sidecar", *WEB, "ambient"),
    Proxy("gateway", "gateway", *EDGE),
    Proxy("filtered gateway", "gateway", *EDGE, "ambient"),
    Proxy("waypoint", "waypoint", *MIDDLE, "ambient"),
)}


def surrounding_objects(places):
    return string.Template((HERE / "mesh.yaml").read_text()).substitute(places)


class Istiod:
    """Istio's discovery server with one set of flags, and the agent's server of certificates beside it."""

    def __init__(self, name, oracle, folder, certificates, objects):
        self.folder, self.socket = folder, folder / SOCKET
        (folder / "etc/certs").mkdir(parents=True)
        for source, target in (("workload.pem", "cert-chain.pem"), ("workload.key", "key.pem"), ("ca.pem", "root-cert.pem")):
            shutil.copy(certificates / source, folder / "etc/certs" / target)
        (folder / "objects.yaml").write_text(objects)
        command = [oracle, "serve", "--system-trust", certificates / "ca.pem", "objects.yaml"]
        self.process = processes.Process(f"istiod-{name}", command, folder, env=harness.environment(**FLAGS[name]),
                                         stdout=subprocess.PIPE)

    def wait(self):
        self.address = self.process.answer()["ads"]
        self.process.until(self.socket.exists)

    def listeners(self, proxy):
        return self.process.answer(proxy.node())["listeners"]
