#!/usr/bin/env python3
"""How Callout fits where people work: as a KRM function, under kustomize, in the plugins of deploy/.

    run.py [PART…]   parts: imports lists kustomize plugins delivery
"""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "tools"), str(pathlib.Path(__file__).resolve().parent)]
import harness  # noqa: E402
import delivery  # noqa: E402
import imports  # noqa: E402
import kustomize  # noqa: E402
import lists  # noqa: E402
import plugins  # noqa: E402

PARTS = {"imports": imports.run, "lists": lists.run, "kustomize": kustomize.run, "plugins": plugins.run, "delivery": delivery.run}


def main(argv):
    if set(argv) - set(PARTS):
        sys.exit(__doc__)
    tally = harness.Tally("gitops")
    for name, part in PARTS.items():
        if not argv or name in argv:
            part(tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
