"""Runs `callout inspect` on bytes."""

import json
import pathlib
import tempfile

import harness


def on_file(data, *args):
    """The run's result; the module is a file called m.wasm."""
    with tempfile.TemporaryDirectory(prefix="callout-wasm-") as temp:
        (pathlib.Path(temp) / "m.wasm").write_bytes(data)
        return harness.run(["inspect", *args, "m.wasm"], cwd=temp)


def on_stream(data, *args):
    return harness.run(["inspect", *args, "-"], stdin=data)


def listed(data, *args):
    """The module's entry of -o json."""
    return json.loads(on_file(data, "-q", "-o", "json", *args).stdout)["modules"][0]
