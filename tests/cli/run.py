#!/usr/bin/env python3
"""The command line: exit codes, options, inputs and outputs of every shape, and faults of the system.

    run.py [--quick] [PART…]   parts: usage inputs reports directory plugin system faults memory
    --quick leaves out the parts that make every system call and every allocation fail
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import common  # noqa: E402
import directory  # noqa: E402
import faults  # noqa: E402
import inputs  # noqa: E402
import reports  # noqa: E402
import plugin  # noqa: E402
import system  # noqa: E402
import usage  # noqa: E402

PARTS = {
    "usage": usage.tests, "inputs": inputs.tests, "reports": reports.tests, "directory": directory.tests,
    "plugin": plugin.tests, "system": system.tests, "faults": faults.system_call_tests, "memory": faults.allocation_tests,
}
SLOW = ("faults", "memory")


def main(argv):
    names = [a for a in argv if a != "--quick"]
    if set(names) - set(PARTS):
        sys.exit(__doc__)
    tally = common.Tally("cli")
    for name in names or [n for n in PARTS if "--quick" not in argv or n not in SLOW]:
        for test in PARTS[name]:
            test(tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
