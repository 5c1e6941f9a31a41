"""Istio's own code, asked by many at once: tests/conformance/oracle as processes that answer requests."""

import concurrent.futures
import io
import json
import os
import pathlib
import queue
import shutil
import subprocess
import tempfile

import harness
import processes

BUILD = pathlib.Path(__file__).resolve().parent / "build"
WORKERS = max(1, min(2, os.cpu_count() or 1))
# What istiod is told by its environment.
PLAIN = {}
FILTERED = {"PILOT_FILTER_GATEWAY_CLUSTER_CONFIG": "true"}
AMBIENT = {"PILOT_ENABLE_AMBIENT": "true"}
# Clusters that a proxy has by its bootstrap: no list of all clusters is without them, but istiod does not send them.
BOOTSTRAP = [{"name": name, "type": "STATIC"} for name in ("agent", "prometheus_stats", "sds-grpc", "xds-grpc")]


class Refused(Exception):
    """The oracle could not answer a request; says why."""


class Oracle:
    """One process. A request is what oracle/request.go says; the answer is a map from each ask to what it yields."""

    def __init__(self, program, folder, flags, number):
        environment = harness.environment(GOMAXPROCS="1", GOMEMLIMIT="1GiB", **flags)
        self.process = processes.Process(f"oracle-{number}", [program, "batch"], folder, env=environment, stdout=subprocess.PIPE)
        self.replies = io.BufferedReader(self.process.child.stdout)

    def ask(self, request):
        self.process.child.stdin.write(json.dumps(request).encode() + b"\n")
        line = b" "
        while line and not line.startswith(b"{"):  # Istio prints lines of its own, too
            line = self.replies.readline()
        if not line:
            raise self.process.failure("does not answer")
        reply = json.loads(line)
        if reply.get("error"):
            raise Refused(reply["error"])
        return reply.get("answers", {})


def verdicts_of(answer):
    """Of Istio's objects. The ConfigMap that is the parent of an ApplySet is Kubernetes' own, and the API server judges it."""
    return [v for v in answer["validate"] if not v["object"].startswith("ConfigMap ")]


class Oracles:
    """`with Oracles(flags) as oracles: oracles.ask_all(requests)`: as many as there are processors."""

    def __init__(self, flags=PLAIN):
        self.flags, self.idle = flags, queue.SimpleQueue()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="callout-oracle-"))

    def __enter__(self):
        try:
            program = processes.provided(BUILD, "oracle")
            for number in range(WORKERS):
                self.idle.put(Oracle(program, self.folder, self.flags, number))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        processes.stop_beneath(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, **request):
        oracle = self.idle.get()
        try:
            return oracle.ask(request)
        finally:
            self.idle.put(oracle)

    def ask_all(self, requests):
        """Answers in the order of the requests; in the place of one that was refused, the Refused."""

        def one(request):
            try:
                return self.ask(**request)
            except Refused as refusal:
                return refusal

        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(one, requests))
