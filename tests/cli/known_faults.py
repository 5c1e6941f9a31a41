"""Faults of the program that these tests have found and that are not mended yet: a pattern of the checks that fail, and
what is wrong. They are counted apart and named at the end of every run. When one is mended, its row goes."""

KNOWN_FAULTS = {}
