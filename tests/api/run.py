#!/usr/bin/env python3
"""The daemon over real sockets.

    run.py [PART…]   answers, corners, access, certificates, stored, live, deployment, directory, backup, same_bytes, malformed, bodies, slow,
                     lifecycle, sandbox, kills, full, soak, watching, crowds, tags (all)
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import access  # noqa: E402
import answers  # noqa: E402
import backup  # noqa: E402
import bodies  # noqa: E402
import certificates  # noqa: E402
import corners  # noqa: E402
import crowds  # noqa: E402
import deployment  # noqa: E402
import directory  # noqa: E402
import live  # noqa: E402
import full  # noqa: E402
import kills  # noqa: E402
import lifecycle  # noqa: E402
import malformed  # noqa: E402
import same_bytes  # noqa: E402
import sandbox  # noqa: E402
import slow  # noqa: E402
import soak  # noqa: E402
import stored  # noqa: E402
import tags  # noqa: E402
import watching  # noqa: E402
from daemon import harness, is_serving_built  # noqa: E402

PARTS = {"answers": answers, "corners": corners, "access": access, "certificates": certificates, "stored": stored, "live": live,
         "deployment": deployment, "directory": directory, "backup": backup, "same_bytes": same_bytes,
         "malformed": malformed, "bodies": bodies, "lifecycle": lifecycle, "sandbox": sandbox, "kills": kills,
         "full": full, "soak": soak, "slow": slow, "watching": watching, "crowds": crowds, "tags": tags}


def main(argv):
    if set(argv) - set(PARTS):
        sys.exit(__doc__)
    if not is_serving_built():
        sys.exit("api: callout-serve was not built (Debian: libmicrohttpd-dev)")
    failed = 0
    for name in argv or PARTS:
        tally = harness.Tally(f"api {name}")
        PARTS[name].run(tally)
        failed |= tally.close()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
