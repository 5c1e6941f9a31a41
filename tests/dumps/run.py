#!/usr/bin/env python3
"""verify on the command line: every format of dumps, whose they are, many of them, and waiting for a command.

    run.py [PART…]     parts: formats recorded verdicts reasons repeated proxies waiting
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import formats  # noqa: E402
import harness  # noqa: E402
import proxies  # noqa: E402
import reasons  # noqa: E402
import recordings  # noqa: E402
import repeated  # noqa: E402
import verdict_aggregates  # noqa: E402
import verdict_hosts  # noqa: E402
import verdict_listeners  # noqa: E402
import verdict_lists  # noqa: E402
import verdict_plugins  # noqa: E402
import verdict_sockets  # noqa: E402
import waiting  # noqa: E402

VERDICTS = [test for module in (verdict_lists, verdict_listeners, verdict_hosts, verdict_sockets, verdict_aggregates, verdict_plugins)
            for test in module.tests]
PARTS = {"formats": formats.tests, "recorded": recordings.tests, "verdicts": VERDICTS, "reasons": reasons.tests,
         "repeated": repeated.tests, "proxies": proxies.tests, "waiting": waiting.tests}


def main(argv):
    if set(argv) - set(PARTS):
        sys.exit(__doc__)
    tally = harness.Tally("dumps")
    for name in argv or PARTS:
        for test in PARTS[name]:
            test(tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
