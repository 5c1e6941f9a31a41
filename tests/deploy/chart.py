#!/usr/bin/env python3
"""The Helm chart of the daemon, rendered by the real helm and read back; the configuration in it goes to the real daemon.

helm comes from the Go module proxy, once, into the cache. Where it cannot be had what needs it is skipped, and counted;
with CI=true that is a failure.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import yaml

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "tools"), str(TESTS / "bench"), str(TESTS / "api")]
import harness  # noqa: E402
import peers  # noqa: E402
from access import add  # noqa: E402

DEPLOY = harness.ROOT / "deploy"
CHART = DEPLOY / "helm-chart" / "callout"
# A helm that was built without its release's flags takes the cluster for 1.20.
CONTEXT = ["--namespace", "platform", "--kube-version", "1.23.0"]
GIT = {"gitSync": {"enabled": True, "repository": "https://git.example.com/filters.git", "path": "prod/"}}
OPEN = {"tls": {"enabled": False}, "tokens": {"enabled": False}, "insecure": True}

# What the schema refuses, and the part of helm's message that says where.
REFUSED = [
    ("a typing error", {"tIs": {"enabled": True}}, "tIs"),
    ("a second replica", {"replicaCount": 2}, "replicaCount"),
    ("no tokens, and not meant", {"tokens": {"enabled": False}}, "insecure"),
    ("no TLS, and not meant", {"tls": {"enabled": False}}, "insecure"),
    ("authorities without tokens", {**OPEN, "tls": {"enabled": True, "clientCaSecretName": "ca"}}, "tokens"),
    ("git-sync without a repository", {"gitSync": {"enabled": True}}, "repository"),
    ("git-sync with ssh and no secret", {"gitSync": {**GIT["gitSync"], "auth": "ssh"}}, "secretName"),
    ("git-sync out of its tree", {"gitSync": {**GIT["gitSync"], "path": "a/../../etc"}}, "path"),
    ("a setting that the chart makes", {"config": {"listen": "0.0.0.0:1"}}, "listen"),
    ("a setting out of its range", {"config": {"threads": 65}}, "threads"),
    ("a host that no client sends", {"allowedHosts": ["*.example.com"]}, "allowedHosts"),
    ("a port out of range", {"service": {"port": 70000}}, "port"),
    ("an ingress without a host", {"ingress": {"enabled": True}}, "host"),
    ("a certificate without an issuer", {"certificate": {"enabled": True}}, "issuerRef"),
    ("a certificate without TLS", {**OPEN, "certificate": {"enabled": True, "issuerRef": {"name": "ca"}}}, "tls"),
    ("a monitor without a token", {"serviceMonitor": {"enabled": True}}, "tokenSecretName"),
    ("a pull policy that is none", {"image": {"pullPolicy": "Sometimes"}}, "pullPolicy"),
    ("a digest that is none", {"image": {"digest": "latest"}}, "digest"),
]


class Helm:
    def __init__(self, program, temp):
        self.program, self.temp = program, temp
        self.env = {**os.environ, **{f"HELM_{k}_HOME": str(temp / "helm") for k in ("CACHE", "CONFIG", "DATA")}}

    def run(self, command, values, *arguments):
        (self.temp / "values.yaml").write_text(json.dumps(values))
        return subprocess.run([self.program, *command, str(CHART), "-f", str(self.temp / "values.yaml"), *arguments], env=self.env,
                              capture_output=True, text=True)

    def render(self, tally, what, values, name="callout"):
        """{kind: object}; each kind once."""
        result = self.run(["template", name], values, *CONTEXT)
        if not tally.check(result.returncode == 0, f"{what}: is rendered", result.stderr):
            raise RuntimeError(f"{what} is not rendered")
        objects = [o for o in yaml.safe_load_all(result.stdout) if o]
        by_kind = {o["kind"]: o for o in objects}
        tally.equal(len(by_kind), len(objects), f"{what}: each kind once")
        for o in objects:
            tally.equal(o["metadata"]["namespace"], "platform", f"{what}: {o['kind']} is in the release's namespace")
        return by_kind


def pod_of(objects):
    return objects["Deployment"]["spec"]["template"]["spec"]


def settings_of(objects):
    return yaml.safe_load(objects["ConfigMap"]["data"]["serve.yaml"])


def secrets_of(pod):
    return {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}


# ---- what holds for every rendering ----

def check_pod(tally, what, objects):
    pod = pod_of(objects)
    volumes = {v["name"] for v in pod["volumes"]}
    mounted = {m["name"] for c in pod["containers"] for m in c["volumeMounts"]}
    tally.equal(mounted, volumes, f"{what}: each volume is mounted, and there")
    tally.check(pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"], f"{what}: nobody to be")
    for c in pod["containers"]:
        context = c["securityContext"]
        tally.check(context["readOnlyRootFilesystem"] and context["capabilities"] == {"drop": ["ALL"]}
                    and not context["allowPrivilegeEscalation"], f"{what}: {c['name']} is confined", str(context))
        tally.check(c["resources"]["requests"] and c["resources"]["limits"]["memory"], f"{what}: {c['name']} has bounds")
    deployment, service = objects["Deployment"]["spec"], objects["Service"]["spec"]
    tally.equal((deployment["replicas"], deployment["strategy"]["type"]), (1, "Recreate"), f"{what}: one process at a time")
    tally.equal(service["selector"], deployment["selector"]["matchLabels"], f"{what}: the service finds the pods")
    tally.check(service["selector"].items() <= deployment["template"]["metadata"]["labels"].items(), f"{what}: the pods have the labels")
    ports = {p["name"]: p["containerPort"] for p in pod["containers"][0]["ports"]}
    tally.equal(settings_of(objects)["listen"], f"[::]:{ports[service['ports'][0]['targetPort']]}", f"{what}: the port is listened on")
    for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        get = pod["containers"][0][probe]["httpGet"]
        tally.equal((get["path"], get["scheme"].lower(), get["port"] in ports), (path, get["port"], True), f"{what}: {probe}")
    # A file that the settings name lies in a volume of the container.
    mounts = [m["mountPath"] for m in pod["containers"][0]["volumeMounts"]]
    files = [v for v in settings_of(objects).values() if isinstance(v, str) and v.startswith("/")]
    tally.check(all(any(f == m or f.startswith(m + "/") for m in mounts) for f in files), f"{what}: {files} lie in {mounts}")


def check_daemon(tally, what, objects, temp):
    """The real daemon takes the configuration, with files of the kinds that the secrets hold."""
    folder = temp / re.sub(r"\W", "-", what)
    folder.mkdir()
    key, cert, tokens = folder / "tls.key", folder / "tls.crt", folder / "tokens.yaml"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=callout.platform.svc", "-addext", "subjectAltName=DNS:callout.platform.svc",
                    "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    add(tokens, "ci", "read")
    data = objects["ConfigMap"]["data"]
    (folder / "mesh.yaml").write_text(data["mesh.yaml"])
    (folder / "data").mkdir()
    (folder / "git").mkdir()
    here = {"/config/mesh.yaml": folder / "mesh.yaml", "/tls/tls.crt": cert, "/tls/tls.key": key, "/client-ca/ca.crt": cert,
            "/tokens/tokens.yaml": tokens, "/data": folder / "data", "/git/current/prod": folder / "git"}
    settings = {k: str(here.get(v, v)) if isinstance(v, str) else v for k, v in settings_of(objects).items()}
    (folder / "serve.yaml").write_text(yaml.safe_dump(settings))
    arguments = [a.replace("/config/", f"{folder}/") for a in pod_of(objects)["containers"][0]["args"]]
    result = harness.run([*arguments, "--check-config"])
    tally.check(result.returncode == 0, f"{what}: the daemon takes the configuration", result.stderr + result.stdout)


# ---- renderings ----

def check_defaults(tally, helm, temp):
    objects = helm.render(tally, "defaults", {})
    tally.equal(set(objects), {"Deployment", "Service", "ServiceAccount", "ConfigMap", "PersistentVolumeClaim"}, "defaults: kinds")
    check_pod(tally, "defaults", objects)
    check_daemon(tally, "defaults", objects, temp)
    pod = pod_of(objects)
    tally.equal(secrets_of(pod), {"tls": "callout-tls", "tokens": "callout-tokens"}, "defaults: secrets")
    tally.equal(objects["PersistentVolumeClaim"]["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"},
                "defaults: the claim stays")
    tally.equal(pod["containers"][0]["image"], f"callout:{version()}", "defaults: the image is the chart's version")
    check_same_as_kubernetes(tally, objects)


def check_same_as_kubernetes(tally, objects):
    """What stands in deploy/kubernetes for those without Helm says the same."""
    plain = {o["kind"]: o for o in yaml.safe_load_all((DEPLOY / "kubernetes/callout.yaml").read_text()) if o}
    theirs, ours = pod_of(plain), pod_of(objects)
    for key in ("livenessProbe", "readinessProbe"):
        tally.equal(ours["containers"][0][key]["httpGet"], theirs["containers"][0][key]["httpGet"], f"{key}, as in deploy/kubernetes")
    for key in ("ports", "securityContext", "resources", "volumeMounts"):
        drop = lambda o: [{k: v for k, v in e.items() if k != "protocol"} for e in o] if isinstance(o, list) else o  # noqa: E731
        sort = lambda o: sorted(drop(o), key=lambda e: e["name"]) if isinstance(o, list) else o  # noqa: E731
        tally.equal(sort(ours["containers"][0][key]), sort(theirs["containers"][0][key]), f"{key}, as in deploy/kubernetes")
    tally.check(theirs["securityContext"].items() <= ours["securityContext"].items(), "securityContext, as in deploy/kubernetes")
    tally.equal(secrets_of(ours), secrets_of(theirs), "secrets, as in deploy/kubernetes")
    settings = settings_of(plain)
    tally.equal({k: v for k, v in settings_of(objects).items() if k in settings}, settings, "settings, as in deploy/kubernetes")
    tally.equal(yaml.safe_load(objects["ConfigMap"]["data"]["mesh.yaml"]), yaml.safe_load(plain["ConfigMap"]["data"]["mesh.yaml"]),
                "the Mesh, as in deploy/kubernetes")


def check_credentials(tally, helm, temp):
    values = {"tls": {"secretName": "edge", "clientCaSecretName": "partners"}, "tokens": {"secretName": "people"},
              "allowedHosts": ["callout.example.com"],
              "config": {"staleAfter": "12h", "maxDumpBytes": 1073741825, "accessLog": True, "logFormat": "text"},
              "mesh": {"name": "strict", "spec": {"policy": {"hosts": {"deny": ["*.example.net"]}}}},
              "fullnameOverride": "filters", "persistence": {"existingClaim": "mine"},
              "serviceAccount": {"create": False}, "service": {"port": 8443},
              "image": {"repository": "registry.example.com/callout", "digest": "sha256:" + "a" * 64},
              "networkPolicy": {"enabled": True, "from": [{"namespaceSelector": {}}]}, "nodeSelector": {"disk": "fast"},
              "tolerations": [{"key": "a", "operator": "Exists"}], "podLabels": {"team": "platform"},
              "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}}
    objects = helm.render(tally, "credentials", values)
    tally.equal(set(objects), {"Deployment", "Service", "ConfigMap", "NetworkPolicy"}, "credentials: kinds")
    check_pod(tally, "credentials", objects)
    check_daemon(tally, "credentials", objects, temp)
    pod, settings = pod_of(objects), settings_of(objects)
    tally.equal(secrets_of(pod), {"tls": "edge", "tokens": "people", "client-ca": "partners"}, "credentials: secrets")
    tally.equal({k: settings[k] for k in values["config"]}, values["config"], "credentials: further settings")
    tally.equal(settings["allowedHosts"],
                ["filters", "filters.platform", "filters.platform.svc", "filters.platform.svc.cluster.local",
                 "callout.example.com"], "credentials: names that it is asked under")
    tally.equal(yaml.safe_load(objects["ConfigMap"]["data"]["mesh.yaml"])["spec"], values["mesh"]["spec"], "credentials: the Mesh")
    tally.equal(pod["containers"][0]["image"], f"registry.example.com/callout@sha256:{'a' * 64}", "credentials: the digest wins")
    tally.equal((pod["serviceAccountName"], pod["nodeSelector"], pod["tolerations"]),
                ("default", values["nodeSelector"], values["tolerations"]), "credentials: the pod")
    tally.equal(next(v for v in pod["volumes"] if v["name"] == "data")["persistentVolumeClaim"], {"claimName": "mine"},
                "credentials: the claim")
    tally.equal((objects["NetworkPolicy"]["spec"]["egress"], objects["NetworkPolicy"]["spec"]["ingress"][0]["from"]),
                ([], [{"namespaceSelector": {}}]), "credentials: it connects to nobody")
    tally.equal(objects["Service"]["spec"]["ports"][0]["port"], 8443, "credentials: the port")


def check_git(tally, helm, temp):
    for auth, key in (("none", None), ("basic", "--password-file=/git-secret/password"), ("ssh", "--ssh-key-file=/git-secret/ssh")):
        what = f"git-sync, {auth}"
        values = {"gitSync": {**GIT["gitSync"], "auth": auth, "secretName": "" if auth == "none" else "deploy-key"},
                  "persistence": {"enabled": False}, "networkPolicy": {"enabled": True, "gitPorts": [443]}}
        objects = helm.render(tally, what, values, name="filters")
        check_pod(tally, what, objects)
        check_daemon(tally, what, objects, temp)
        pod = pod_of(objects)
        daemon, sync = pod["containers"]
        tally.equal(settings_of(objects)["manifests"], "/git/current/prod", f"{what}: the daemon follows the link")
        tally.check({"--root=/git", "--link=current", f"--repo={GIT['gitSync']['repository']}"} <= set(sync["args"]),
                    f"{what}: arguments", str(sync["args"]))
        tally.check(key is None or key in sync["args"], f"{what}: its key", str(sync["args"]))
        tally.equal("git-secret" in secrets_of(pod), auth != "none", f"{what}: its secret")
        tally.equal([m.get("readOnly", False) for c in (daemon, sync) for m in c["volumeMounts"] if m["name"] == "git"],
                    [True, False], f"{what}: one writes")
        ports = [p["port"] for p in objects["NetworkPolicy"]["spec"]["egress"][0]["ports"]]
        tally.equal(ports, [53, 53, 443], f"{what}: where it may go")
        tally.equal(objects["Deployment"]["metadata"]["name"], "filters-callout", f"{what}: the release's name")


def check_open(tally, helm, temp):
    objects = helm.render(tally, "insecure", OPEN)
    check_pod(tally, "insecure", objects)
    check_daemon(tally, "insecure", objects, temp)
    tally.equal((secrets_of(pod_of(objects)), objects["Service"]["spec"]["ports"][0]["port"]), ({}, 80), "insecure: no secrets, port 80")
    long = helm.render(tally, "long names", {}, name="a" * 53)
    tally.check(all(len(o["metadata"]["name"]) <= 63 for o in long.values()), "names stay within 63 bytes")
    one, other = (helm.render(tally, "Mesh", {"mesh": {"name": n, "spec": {}}})["Deployment"]["spec"]["template"]["metadata"]["annotations"]
                  for n in ("a", "b"))
    tally.check(one["checksum/config"] != other["checksum/config"], "another Mesh makes another pod")


def check_around(tally, helm, temp):
    """An Ingress, a Certificate of cert-manager and ServiceMonitor and PrometheusRule of the Prometheus operator."""
    values = {"ingress": {"enabled": True, "className": "nginx", "host": "filters.example.com", "tlsSecretName": "edge",
                          "annotations": {"a": "b"}}, "certificate": {"enabled": True, "issuerRef": {"name": "ca"}},
              "allowedHosts": ["more.example.com:8443", "*"],
              "serviceMonitor": {"enabled": True, "interval": "1m", "labels": {"release": "prometheus"},
                                 "tokenSecretName": "scraper", "caSecretName": "authority"},
              "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
              "config": {"sandbox": "required", "maxHeaderBytes": 8192}}
    objects = helm.render(tally, "around", values)
    check_pod(tally, "around", objects)
    check_daemon(tally, "around", objects, temp)
    service, names = objects["Service"], [f"callout{more}" for more in ("", ".platform", ".platform.svc", ".platform.svc.cluster.local")]
    tally.equal(settings_of(objects)["allowedHosts"], [*names, "filters.example.com", "more.example.com:8443", "*"],
                "around: names that it is asked under")
    port = service["spec"]["ports"][0]["name"]
    rule = objects["Ingress"]["spec"]["rules"][0]
    tally.equal((rule["host"], rule["http"]["paths"][0]["backend"]["service"]),
                ("filters.example.com", {"name": service["metadata"]["name"], "port": {"name": port}}),
                "around: the ingress finds the service")
    tally.equal((objects["Ingress"]["spec"]["ingressClassName"], objects["Ingress"]["spec"]["tls"]),
                ("nginx", [{"hosts": ["filters.example.com"], "secretName": "edge"}]),
                "around: the controller's certificate")
    certificate = objects["Certificate"]["spec"]
    tally.equal((certificate["secretName"], certificate["dnsNames"], certificate["issuerRef"]),
                (secrets_of(pod_of(objects))["tls"], [*names, "more.example.com"],
                 {"name": "ca", "kind": "ClusterIssuer", "group": "cert-manager.io"}),
                "around: the daemon's certificate")
    monitor = objects["ServiceMonitor"]
    endpoint = monitor["spec"]["endpoints"][0]
    tally.check(monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
                and monitor["metadata"]["labels"]["release"] == "prometheus", "around: the monitor finds the service")
    tally.equal((endpoint["port"], endpoint["path"], endpoint["scheme"], endpoint["interval"],
                 endpoint["authorization"]["credentials"], endpoint["tlsConfig"]),
                (port, "/metrics", "https", "1m", {"name": "scraper", "key": "token"},
                 {"serverName": names[2], "ca": {"secret": {"name": "authority", "key": "ca.crt"}}}),
                "around: what it asks")
    rules = yaml.safe_load((DEPLOY / "prometheus" / "callout-rules.yaml").read_text())
    tally.equal((objects["PrometheusRule"]["spec"], objects["PrometheusRule"]["metadata"]["labels"]["release"]),
                (rules, "prometheus"), "around: the alerts")
    monitor = helm.render(tally, "monitored in the open", {**OPEN, "serviceMonitor": {"enabled": True}})["ServiceMonitor"]
    plain = monitor["spec"]["endpoints"][0]
    tally.equal((plain["scheme"], "authorization" in plain, "tlsConfig" in plain), ("http", False, False),
                "monitored in the open: no credentials")


def replaced(tree, name, other):
    """The same with another name; without what is a sum over it."""
    if isinstance(tree, dict):
        return {k: replaced(yaml.safe_load(v) if k in ("serve.yaml", "mesh.yaml") else v, name, other)
                for k, v in tree.items() if k != "checksum/config"}
    if isinstance(tree, list):
        return [replaced(v, name, other) for v in tree]
    return tree.replace(name, other) if isinstance(tree, str) else tree


def named(name):
    """Every value that may be such a name is this one."""
    return {"fullnameOverride": name, "nameOverride": name, "tls": {"secretName": name, "clientCaSecretName": name},
            "tokens": {"secretName": name}, "mesh": {"name": name}, "allowedHosts": [name],
            "persistence": {"existingClaim": name, "storageClassName": name}, "serviceAccount": {"name": name},
            "commonLabels": {"l": name}, "podLabels": {"p": name}, "podAnnotations": {"p": name},
            "priorityClassName": name, "imagePullSecrets": [{"name": name}], "image": {"repository": name, "tag": name},
            "ingress": {"enabled": True, "host": name, "className": name, "tlsSecretName": name,
                        "annotations": {"a": name}}, "certificate": {"enabled": True, "issuerRef": {"name": name}},
            "serviceMonitor": {"enabled": True, "tokenSecretName": name, "caSecretName": name, "labels": {"l": name}},
            "prometheusRule": {"enabled": True, "labels": {"l": name}}, "networkPolicy": {"enabled": True},
            "gitSync": {"enabled": True, "repository": "https://git.example.com/f.git", "ref": name, "secretName": name,
                        "auth": "ssh"}}


def check_odd_names(tally, helm, temp):
    """Names that YAML without quotes takes for something else: in Kubernetes they are good ones."""
    def render(name, **more):
        result = helm.run(["template", name], {**named(name), **more}, "--namespace", name, "--kube-version", "1.23.0")
        tally.equal(result.returncode, 0, f"{name} is rendered")
        return list(yaml.safe_load_all(result.stdout))

    for more in ({}, {"fullnameOverride": "", "nameOverride": ""}, {"persistence": {}, "serviceAccount": {"create": False, "name": "zyx"}}):
        usual = render("zyx", **more)
        for name in ("true", "on", "null", "123", "1e3", "0x1f", "y"):
            own = {**more, "serviceAccount": {"create": False, "name": name}} if "serviceAccount" in more else more
            got, want = (json.dumps(o, indent=1, sort_keys=True).encode()
                         for o in (replaced(render(name, **own), "\0", ""), replaced(usual, "zyx", name)))
            tally.equal(got, want, f"everything called {name}")


def check_refused(tally, helm):
    for what, values, where in REFUSED:
        result = helm.run(["template", "callout"], values, *CONTEXT)
        tally.check(result.returncode != 0 and not result.stdout and "schema" in result.stderr
                    and where in result.stderr, f"refused: {what}", result.stderr or "it was rendered")


def check_lint(tally, helm):
    for what, values in (("defaults", {}), ("git-sync", GIT), ("insecure", OPEN)):
        result = helm.run(["lint", "--strict"], values)
        tally.check(result.returncode == 0 and "[WARNING]" not in result.stdout and "[ERROR]" not in result.stdout,
                    f"helm lint, {what}", result.stdout + result.stderr)


# ---- what needs no helm ----

def version():
    return re.search(r"project\(callout VERSION (\S+)", (harness.ROOT / "CMakeLists.txt").read_text()).group(1)


def check_files(tally):
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    tally.equal((chart["apiVersion"], chart["appVersion"]), ("v2", version()), "Chart.yaml speaks of this version")
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    errors = [e.message for e in jsonschema.Draft7Validator(schema).iter_errors(values)]
    tally.equal(errors, [], "the schema takes the defaults")
    tally.equal(set(values), set(schema["properties"]) - {"global"}, "each value has a default and a schema")
    for what, refused, _ in REFUSED:
        merged = merge(values, refused)
        tally.check(not jsonschema.Draft7Validator(schema).is_valid(merged), f"the schema refuses: {what}")
    # Every setting of the daemon is either the chart's or in config.
    flags = re.findall(r"^  --([a-z-]+)", harness.run(["serve", "--help"]).stdout.decode(), re.M)
    known = {re.sub(r"-(.)", lambda m: m.group(1).upper(), f) for f in flags} - {"config", "backup", "checkConfig", "help", "version"}
    chart_makes = {"listen", "data", "manifests", "meshFile", "templates", "tlsCert", "tlsKey", "clientCa", "tokens",
                   "insecure", "allowedHosts"}
    tally.equal(set(schema["properties"]["config"]["properties"]), known - chart_makes, "config takes what the daemon takes")


def merge(base, over):
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{k: merge(base.get(k), v) for k, v in over.items()}}
    return over


def find_helm():
    if not shutil.which("go"):
        found = subprocess.run([harness.TESTS / "conformance/find-go"], capture_output=True, text=True)
        if found.returncode == 0:
            os.environ["PATH"] += f":{pathlib.Path(found.stdout.strip()).parent}"
    return peers.helm()


def main():
    tally = harness.Tally("chart")
    check_files(tally)
    program, why = find_helm()
    if not program:
        scenes = 8
        print(f"chart: {scenes} scenes skipped: {why}")
        tally.check(os.environ.get("CI") != "true", "CI has helm", why)
        return tally.close()
    with tempfile.TemporaryDirectory() as folder:
        temp = pathlib.Path(folder)
        helm = Helm(program, temp)
        check_lint(tally, helm)
        check_refused(tally, helm)
        for scene in (check_defaults, check_credentials, check_git, check_open, check_around, check_odd_names):
            scene(tally, helm, temp)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
