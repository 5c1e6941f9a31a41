"""Modules that Envoys and `callout inspect` must judge alike: one per host function, one per rule.

Each is (name, bytes). Everything is made here and beside, from bytes; nothing is read but host_functions.def for the names.
"""

from bounds import bounds
from endings import endings
from engine import constants_of_types, engine, indices
from exports import abi_exports, allocators, callbacks, commands, hanging, initializers
from garbage import garbage
from handlers import handlers
from immediates import immediates
from imports import abi_functions, imports, namesakes, not_offered, order, other_kinds, wrong_types
from listings import listed_order, listed_types
from lookups import lookups
from memory import memories, memoryless
from others import others
from segments import segments
from stacks import operands
from starts import start_calls, starts
from stretched import stretched
from structure import damaged, name_sections

FAMILIES = [imports, bounds, endings, lookups, others, commands, hanging, segments, stretched, garbage, wrong_types, not_offered, order,
            abi_functions, other_kinds, namesakes, listed_types, listed_order, abi_exports, callbacks, initializers, allocators, memories,
            memoryless, starts, start_calls, engine, constants_of_types, indices, operands, handlers, immediates, damaged, name_sections]


def corpus():
    seen = {}
    for family in FAMILIES:
        for title, data in family():
            if title not in seen:
                seen[title] = data
    return seen


if __name__ == "__main__":
    print(len(corpus()), "modules")
