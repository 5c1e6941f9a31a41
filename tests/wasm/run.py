#!/usr/bin/env python3
"""`callout inspect`: the recorded verdicts of real Envoys, other people's readers, damaged files, and the command itself.

    run.py           everything; toolchains and readers that are not here are named as skipped
    run.py --quick   without the modules of slow compilers, and cut at every fifth byte
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import blocks  # noqa: E402
import boxes  # noqa: E402
import command  # noqa: E402
import damage  # noqa: E402
import harness  # noqa: E402
import images  # noqa: E402
import names  # noqa: E402
import operands  # noqa: E402
import readers  # noqa: E402
import spec  # noqa: E402
import verdicts  # noqa: E402
from built import built  # noqa: E402
from corpus import corpus  # noqa: E402


def main(argv):
    if set(argv) - {"--quick"}:
        sys.exit(__doc__)
    quick = "--quick" in argv
    tally = harness.Tally("wasm")
    modules = corpus()
    compiled, missing = built(cheap=quick)
    for toolchain in missing:
        print(f"SKIPPED wasm: {toolchain} is not here")
    verdicts.check(tally, modules)
    readers.check(tally, {**modules, **compiled})
    blocks.check(tally)
    operands.check(tally)
    spec.check(tally)
    damage.check(tally, modules, quick)
    names.check(tally, compiled)
    images.check(tally)
    boxes.check(tally)
    command.check(tally, compiled)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
