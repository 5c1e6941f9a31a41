"""Handlers of exceptions, those of WebAssembly 3.0 and the older ones."""

from module import END, Module, call, i32, leb, vector

VOID, BLOCK, TRY, THROW = b"\x40", b"\x02\x40", b"\x06\x40", b"\x08\0"


def try_table(*clauses):
    """Without its end. A clause: its kind, a tag where it is for one, and a label."""
    return b"\x1f" + VOID + vector([bytes([clause[0]]) + b"".join(map(leb, clause[1:])) for clause in clauses])


def catch(tag):
    return b"\x07" + leb(tag)


def rethrow(label):
    return b"\x09" + leb(label)


def delegate(label):
    return b"\x18" + leb(label)


CATCH_ALL, CATCH_REF, CATCH_ALL_REF = b"\x19", 1, 3


def with_tag(body, start=False):
    """The body as a function of a filter with one tag; CALL in it is the call of a host function. start: it runs at the start."""
    m = Module()
    index = m.add_import("env", "proxy_done", ">i")
    m.tags.append(b"\0" + leb(m.type(">")))
    function = m.function(">", body.replace(b"CALL", call(index) + b"\x1a"))
    m.function(">")
    if start:
        m.start = function
    return m.finish().bytes()


def handlers():
    bodies = {"try-table-catch": try_table((0, 0, 0)) + END, "try-table-no-tag": try_table((0, 1, 0)) + END,
              "try-table-label-out": try_table((0, 0, 1)) + END, "try-table-all": try_table((2, 0)) + END,
              "try-table-all-label-out": try_table((2, 1)) + END,
              "try-table-in-block": BLOCK + try_table((2, 1)) + END + END,
              "try-table-in-block-out": BLOCK + try_table((2, 2)) + END + END,
              "try-table-second-out": try_table((2, 0), (0, 0, 7)) + END,
              "try-table-ref-no-tag": try_table((CATCH_REF, 1, 0)) + END,
              "try-table-all-ref": b"\x02\x69" + try_table((CATCH_ALL_REF, 0)) + END + b"\0" + END + b"\x1a",
              "try-table-kind-4": try_table((4, 0)) + END, "try-table-unreachable": b"\0" + try_table((2, 2)) + END,
              "throw-ref": b"\xd0\x69\x0a", "catch": TRY + catch(0) + END, "catch-no-tag": TRY + catch(1) + END,
              "catch-twice-and-all": TRY + catch(0) + catch(0) + CATCH_ALL + END, "catch-outside": catch(0),
              "catch-in-block": BLOCK + catch(0) + END, "catch-behind-all": TRY + CATCH_ALL + catch(0) + END,
              "catch-all-outside": CATCH_ALL, "catch-all-twice": TRY + CATCH_ALL + CATCH_ALL + END,
              "try-alone": TRY + END, "delegate": TRY + delegate(0), "delegate-out": TRY + delegate(1),
              "delegate-in-block": BLOCK + TRY + delegate(1) + END,
              "delegate-in-block-out": BLOCK + TRY + delegate(2) + END, "delegate-of-block": BLOCK + delegate(0),
              "delegate-behind-handler": TRY + CATCH_ALL + delegate(0), "rethrow": TRY + CATCH_ALL + rethrow(0) + END,
              "rethrow-out": TRY + CATCH_ALL + rethrow(1) + END, "rethrow-in-try": TRY + rethrow(0) + CATCH_ALL + END,
              "rethrow-outside": rethrow(0), "rethrow-far": rethrow(5),
              "rethrow-in-block": TRY + CATCH_ALL + BLOCK + rethrow(1) + END + END,
              "rethrow-of-block": TRY + CATCH_ALL + BLOCK + rethrow(0) + END + END, "else-outside": b"\x05",
              "else-in-block": BLOCK + b"\x05" + END, "else-twice": i32(1) + b"\x04\x40\x05\x05" + END,
              "else": i32(1) + b"\x04\x40\x05" + END,}
    for title, body in bodies.items():
        yield f"handler-{title}", with_tag(body)
    starting = {"in-catch": TRY + catch(0) + b"CALL" + END, "in-catch-all": TRY + CATCH_ALL + b"CALL" + END,
                "in-try": TRY + b"CALL" + CATCH_ALL + END, "behind-try": TRY + CATCH_ALL + END + b"CALL",
                "in-try-table": try_table((2, 0)) + b"CALL" + END,
                "behind-throw": BLOCK + try_table((2, 0)) + THROW + END + b"CALL" + END,
                "behind-rethrow": TRY + TRY + THROW + CATCH_ALL + rethrow(0) + b"CALL" + END + CATCH_ALL + END,
                "in-delegate": TRY + b"CALL" + delegate(0), "behind-return-call": b"\x12\2" + b"CALL",}
    for title, body in starting.items():
        yield f"handler-start-{title}", with_tag(body, start=True)
