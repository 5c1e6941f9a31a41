"""What is other in a proxy after some objects have come: by name, as `+ cluster NAME`, `- listener NAME`, `~ route NAME`."""

from http_filters import without

# The answers of the oracle and what names a thing in them.
THINGS = {"clusters": "cluster", "listeners": "listener", "routes": "route"}


def settled(thing, manifests):
    """As it counts: without the filters of the manifests, and without the name of the DestinationRule that applies."""
    bare = without(thing, manifests)
    bare.get("metadata", {}).get("filterMetadata", {}).get("istio", {}).pop("config", None)
    return bare


def changes(before, after, manifests=()):
    """The set of changes. The filters of the manifests (NAMESPACE.NAME) do not count as a change of a listener."""
    found = set()
    for ask, noun in THINGS.items():
        old, new = ({t["name"]: settled(t, manifests) for t in answer[ask]} for answer in (before, after))
        found |= {f"+ {noun} {name}" for name in new.keys() - old.keys()}
        found |= {f"- {noun} {name}" for name in old.keys() - new.keys()}
        found |= {f"~ {noun} {name}" for name in old.keys() & new.keys() if old[name] != new[name]}
    return found


# ---- records of them ----


def listed(path):
    """{title: {change, …}} of a record: titles at the margin, what changes below them, indented."""
    found, title = {}, None
    for line in path.read_text().splitlines() if path.exists() else []:
        if line.startswith("    "):
            found[title].add(line.strip())
        elif line and not line.startswith("#"):
            title = line
            found[title] = set()
    return found


def record(path, found):
    kept = [line for line in path.read_text().splitlines() if line.startswith("#")] if path.exists() else []
    for title, what in sorted(found.items()):
        if what:
            kept += [title, *(f"    {change}" for change in sorted(what))]
    path.write_text("\n".join(kept) + "\n")
