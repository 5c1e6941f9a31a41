"""What is shipped to run the daemon with: the systemd unit's exposure, the Kubernetes objects, the job that hands in dumps."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import yaml
from access import add
from daemon import Daemon, harness, start
from live import GOOD
from stored import manifest, path, put

DEPLOY = harness.ROOT / "deploy"


def check_unit(tally):
    unit = DEPLOY / "systemd" / "callout-serve.service"
    lines = unit.read_text().splitlines()
    allowed = {word for line in lines if line.startswith("SystemCallFilter=") for word in line.split("=")[1].split()}
    tally.equal({"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"} - allowed, set(),
                "the unit lets the daemon enter its sandbox")
    if not shutil.which("systemd-analyze"):
        print("    systemd-analyze is not here: the unit's exposure was not judged")
        return
    result = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)], capture_output=True)
    tally.check(result.returncode == 0, "exposure of the unit is 1.5 at most", result.stdout[-400:])


def objects(name):
    return [o for o in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text()) if o]


def check_kubernetes(tally, temp):
    by_kind = {o["kind"]: o for o in objects("callout.yaml")}
    pod = by_kind["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    mounts = {m["name"] for m in container["volumeMounts"]}
    tally.equal(mounts, {v["name"] for v in pod["volumes"]}, "each volume is mounted")
    tally.check(container["securityContext"]["readOnlyRootFilesystem"] and pod["securityContext"]["runAsNonRoot"],
                "nothing to write to, nobody to be")
    tally.equal(by_kind["Deployment"]["spec"]["strategy"]["type"], "Recreate", "one process at a time")
    tally.equal(by_kind["Service"]["spec"]["selector"], by_kind["Deployment"]["spec"]["selector"]["matchLabels"],
                "the service finds the pods")
    data = by_kind["ConfigMap"]["data"]
    (temp / "mesh.yaml").write_text(data["mesh.yaml"])
    settings = yaml.safe_load(data["serve.yaml"])
    settings.update(meshFile=str(temp / "mesh.yaml"))
    for secret in ("tlsCert", "tlsKey", "tokens"):
        tally.check(settings.pop(secret).startswith(("/tls/", "/tokens/")), f"{secret} comes from a secret")
    (temp / "serve.yaml").write_text(yaml.safe_dump(settings))
    check = ("--config", str(temp / "serve.yaml"), "--check-config")
    result = start(*check)
    tally.check(result.returncode == 3 and b"CO0703" in result.stderr,
                "the daemon does not take the configuration without its secrets", result.stderr)
    result = start(*check, "--insecure")
    tally.check(result.returncode == 0, "unless told to, and then takes it", result.stderr)
    pushing = {o["kind"]: o for o in objects("push-dump.yaml")}
    pod = pushing["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    tally.equal(pod["containers"][0]["command"][0], "push-dump", "the job runs deploy/push-dump")
    account = pushing["ServiceAccount"]["metadata"]["name"]
    tally.equal((pod["serviceAccountName"], [s["name"] for s in pushing["RoleBinding"]["subjects"]],
                 pushing["RoleBinding"]["roleRef"]["name"]), (account, [account], pushing["Role"]["metadata"]["name"]),
                "its account may do what the role says")
    tally.equal({o["metadata"]["namespace"] for o in pushing.values()}, {"shop"}, "all of it is in one namespace")


def check_push(tally, temp):
    """deploy/push-dump with an istioctl that prints a dump."""
    tokens = temp / "tokens.yaml"
    token = add(tokens, "pusher", "write")
    (temp / "dump").write_bytes(GOOD)
    (temp / "istioctl").write_text(f'#!/bin/sh\n[ "$*" = "proxy-config all web-7d9c.shop -o json" ] && exec cat {temp}/dump\nexit 1\n')
    (temp / "istioctl").chmod(0o755)
    with Daemon("--tokens", str(tokens), "--data", str(temp / "data")) as d:
        bearer = {"Authorization": f"Bearer {token}"}
        tally.equal(put(d, manifest(), **bearer).status, 201, "a manifest")
        env = dict(os.environ, PATH=f"{temp}:{os.environ['PATH']}", CALLOUT_TOKEN=token)

        def push(*args):
            return subprocess.run([str(DEPLOY / "push-dump"), *args], env=env, capture_output=True)

        result = push(f"http://127.0.0.1:{d.port}", "shop/auth-check", "web-7d9c.shop")
        tally.check(result.returncode == 0, "push-dump", result.stderr)
        status = d.get(path(rest="/status"), **bearer).json()
        tally.equal([(s["proxy"], s["verdict"], s["who"]) for s in status["items"]],
                    [("web-7d9c.shop", "resolved", "pusher")], "the verdict is kept")
        tally.check(push(f"http://127.0.0.1:{d.port}", "shop/auth-check", "gone.shop").returncode != 0, "a pod that is gone")
        tally.check(push(f"http://127.0.0.1:{d.port}", "shop/nobody", "web-7d9c.shop").returncode != 0, "no such manifest")
        tally.equal(push().returncode, 2, "usage")
        tally.equal(d.stop(), 0, "the daemon ends well")


def run(tally):
    with tempfile.TemporaryDirectory() as temp:
        check_unit(tally)
        check_kubernetes(tally, pathlib.Path(temp))
        check_push(tally, pathlib.Path(temp))
