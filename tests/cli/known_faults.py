"""Faults of the program that these tests have found and that are not mended yet: a pattern of the checks that fail, and
what is wrong. They are counted apart and named at the end of every run. When one is mended, its row goes."""

KNOWN_FAULTS = {
    r"EIO of getdents64 ": "-R takes a directory that cannot be read to its end for the whole of it, and goes on",
    r"(clusters|named files), E\w+ of (openat|newfstatat|fstat|readlink|getcwd) .*exit 3, not 4":
        "a file named by a manifest that the system does not let be read is refused as input (CO0247, 3), not as environment (4)",
    r"(update|compare), EIO of (newfstatat|fstat) .*with another result": "a file of the output directory counts as missing when its status cannot be read",
    r"all inputs, EACCES of access .*with another result": "a template that cannot be reached is silently replaced by the embedded one",
    r"temporary files of killed runs stay for ever": "a run does not remove the temporary files of an earlier one that was killed",
}
