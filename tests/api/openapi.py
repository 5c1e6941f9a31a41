#!/usr/bin/env python3
"""The OpenAPI document against others' readers: openapi-spec-validator reads it, schemathesis sends what it allows (and does
not) and compares the answers with it.

    openapi.py
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from daemon import Daemon, harness  # noqa: E402

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method"


def validators():
    out = subprocess.run([str(HERE / "get-validators")], stdout=subprocess.PIPE, check=True)
    return out.stdout.decode().strip()


def main():
    tally = harness.Tally("api openapi")
    folder = validators()
    env = dict(os.environ, PYTHONPATH=f"{folder}:{HERE}", SCHEMATHESIS_HOOKS="finite")
    with tempfile.TemporaryDirectory() as temp, Daemon("--data", temp + "/data") as d:
        document = pathlib.Path(temp) / "openapi.json"
        document.write_bytes(d.get("/openapi.json").body)
        result = subprocess.run([sys.executable, "-m", "openapi_spec_validator", str(document)], env=env, capture_output=True)
        tally.check(result.returncode == 0, "openapi-spec-validator", result.stdout + result.stderr)
        result = subprocess.run(
            [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
             f"http://127.0.0.1:{d.port}/openapi.json",
             "--max-examples", "10", "--phases", "coverage,fuzzing", "--checks", CHECKS, "--no-color", "--seed", "7", "--workers", "1",
             # Nothing is judged by the clock.
             "--suppress-health-check", "too_slow", "--request-timeout", str(harness.PATIENCE)],
            env=env, cwd=temp, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = result.stdout.decode(errors="replace")
        ran = re.search(r"(\d+) generated", text)
        tally.check(result.returncode == 0, "schemathesis", text[-6000:])
        tally.check(ran and int(ran[1]) > 300, "schemathesis sent requests", text[-2000:])
        tally.equal([e for e in d.log if e.get("level") == "error" or "level" not in e], [], "no error is logged")
        tally.equal(d.stop(), 0, "the daemon ends well")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
