"""One Envoy that runs and is asked about module after module: each comes in a listener of its own, from a file that Envoy watches."""

import json
import os
import resource
import subprocess

from module import filter_with
from processes import Process

NO_LIMIT = resource.RLIM_INFINITY
WORK_SECONDS = 300  # of a processor, after which a module is taken for one that hangs
ENDLESS_SECONDS = 3  # the same of one that is known to; others of its size take a tenth of one
MODULES = 300  # so many for one Envoy: none is to be judged by what hundreds before it have left behind
PREFIX = "[error][wasm] "


def listener(name, port, module):
    wasm = {"name": "wasm", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
        "config": {"name": "plugin", "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "{}"},
                   "vm_config": {"runtime": "envoy.wasm.runtime.v8", "code": {"local": {"filename": str(module)}}}}}}
    router = {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
    manager = {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
               "stat_prefix": "x", "route_config": {}, "http_filters": [wasm, router]}
    return {"name": name, "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}, "bind_to_port": False,
            "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}


class Judge:
    """says() is for one thread. Ends with its Envoy at stop(), or with the test."""

    def __init__(self, envoy, folder):
        self.envoy, self.folder = envoy, folder
        self.process, self.judged = None, 0

    def start(self):
        """With a sound filter from the beginning: Envoy 1.36 crashes at random where V8 begins after its workers (why is not known)."""
        sound = self.folder / "sound.wasm"
        sound.write_bytes(filter_with().bytes())
        bootstrap = {"node": {"id": "judge", "cluster": "judge"}, "static_resources": {"listeners": [listener("sound", 0, sound)]},
                     "dynamic_resources": {"lds_config": {"path_config_source": {"path": str(self.folder / "listeners.json")}}}}
        (self.folder / "bootstrap.json").write_text(json.dumps(bootstrap))
        self.process = Process("envoy", [
            "sh", "-c", 'exec "$@" 2>&1', "sh", self.envoy, "--disable-hot-restart", "--concurrency", "1", "--drain-time-s", "0",
            "--log-level", "error", "--component-log-level", "upstream:info,config:warning", "--log-format", "[%t][%l][%n] %v",
            "-c", self.folder / "bootstrap.json"], self.folder, stdout=subprocess.PIPE)

    def stop(self):
        if self.process:
            self.process.stop()
        self.process = None

    def deliver(self, name, module):
        resources = [{"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", **listener(name, self.judged, module)}]
        (self.folder / "next.json").write_text(json.dumps({"resources": resources}))
        (self.folder / "next.json").rename(self.folder / "listeners.json")

    def allow(self, seconds):
        """From now on; Envoy is killed behind it."""
        pid = self.process.child.pid
        with open(f"/proc/{pid}/stat") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        used = (int(user) + int(system)) // os.sysconf("SC_CLK_TCK")
        resource.prlimit(pid, resource.RLIMIT_CPU, (used + 1 + seconds, NO_LIMIT))

    def lines(self):
        """Of the main thread, which is the one that accepts or refuses; its number is the process's."""
        own = f"[{self.process.child.pid}]"
        for line in self.process.child.stdout:
            line = line.decode(errors="replace").rstrip("\n")
            if line.startswith(own):
                yield line[len(own):]

    def answer(self, name):
        """(verdict, first line of the log about Wasm). No more lines: it has crashed."""
        first = ""
        for line in self.lines():
            if line.endswith(f"add/update listener '{name}'"):
                return "loads", first
            if "update rejected" in line:
                return "refused", first
            if line.startswith(PREFIX):
                first = first or line.removeprefix(PREFIX).removeprefix("Wasm VM failed ")
        self.stop()
        return "crashes", first

    def says(self, data, endless=False):
        """The same of the module. endless: known to hang, which counts as a crash."""
        self.judged += 1
        if self.judged % MODULES == 0:
            self.stop()
        name = f"judged-{self.judged}"
        module = self.folder / f"{name}.wasm"  # a new name: Envoy keeps in mind what it has read
        module.write_bytes(data)
        self.deliver(name, module)
        if not self.process:
            self.start()
        self.allow(ENDLESS_SECONDS if endless else WORK_SECONDS)
        answer = self.answer(name)
        module.unlink()
        return answer
