"""What `--objects` says of DestinationRules (CO0317, CO0318), beside the clusters that Istio builds: is the rule that counts the
generated one? Each rule of someone else is tried older and newer than ours, which is live too, or not yet; several together are made
by chance (chance.py)."""

import itertools
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tools")]
import chance  # noqa: E402
import harness  # noqa: E402
import world  # noqa: E402
from asking import HOST, POLICY, ask_callout, has_our_tls, host_of, manifest_of  # noqa: E402
from referees import Oracles  # noqa: E402

PUBLIC = {"isolated": False}
OURS, OLDER, NEWER = "2024-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
SUBSETS = {"subsets": [{"name": "v1"}]}  # with labels there would be no endpoint, and no cluster


def selecting(app):
    return {"workloadSelector": {"matchLabels": {"app": app}}}


# (what, namespace of the rule, its spec)
RULES = [("nothing of exportTo", "shop", POLICY), ("nothing of exportTo, subsets alone", "shop", SUBSETS),
         ("exported alike", "shop", {"exportTo": ["."], **POLICY}),
         ("exported alike, subsets alone", "shop", {"exportTo": ["."], **SUBSETS}),
         ("exported to the namespace by name", "shop", {"exportTo": ["shop"], **POLICY}),
         ("exported to more", "shop", {"exportTo": [".", "other"], **POLICY}),
         ("exported elsewhere", "shop", {"exportTo": ["other"], **POLICY}),
         ("of another port", "shop",
          {"exportTo": ["."],
           "trafficPolicy": {"portLevelSettings": [{"port": {"number": 80}, **POLICY["trafficPolicy"]}]}}),
         ("a wider pattern", "shop", {"host": "*.example.com", **POLICY}),
         ("selects the proxy", "shop", {**selecting("web"), **POLICY}),
         ("selects others", "shop", {**selecting("other"), **POLICY}),
         ("of the root namespace", "istio-system", POLICY), ("of a third namespace", "third", POLICY),]
# (what, namespace of the manifest, of the proxy, what its upstream says)
MANIFESTS = [
    ("public", "shop", "shop", PUBLIC),
    ("public to all", "shop", "shop", {**PUBLIC, "exportTo": ["*"]}),
    ("public to two", "shop", "shop", {**PUBLIC, "exportTo": [".", "other"]}),
    ("isolated", "shop", "shop", {}),
]
# Proxies of other namespaces: (what, namespace of the rule, its spec, what the upstream says)
ROOT = [
    ("public, a rule of the proxy's namespace", "shop", POLICY, PUBLIC),
    ("public, a wider one of the proxy's namespace", "shop", {"host": "*", **POLICY}, PUBLIC),
    ("isolated, one for all of the proxy's namespace", "shop", {"host": "*", **POLICY}, {}),
    ("isolated, a public one of the proxy's namespace", "shop", POLICY, {}),
    ("isolated, one for another domain", "shop", {"host": "*.example.com", **POLICY}, {}),
]
# Rules of other manifests: (owners by the annotation, namespace of the rule)
OWNERS = [("shop/other", "shop"), ("shop/other,shop/another", "shop"), ("shop/auth-check-2", "shop"), ("shop/auth-check", "istio-system")]


def rule_of(namespace, spec, created):
    return {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
            "metadata": {"name": "their", "namespace": namespace, "creationTimestamp": created},
            "spec": {"host": HOST, **spec}}


def annotated(rule, owners):
    rule["metadata"]["annotations"] = {"callout.dev/manifests": owners}
    return rule


def cases():
    for (what, namespace, proxies, says), (rule, of, spec), created, live in itertools.product(
        MANIFESTS, RULES, (OLDER, NEWER), (False, True)):
        if live or created == OLDER:  # what is not there yet is newer than all that is
            yield f"{what}, {rule}, {'older' if created == OLDER else 'newer'}{', live' if live else ''}", manifest_of(
                namespace, says), proxies, rule_of(of, spec, created), live
    for (what, of, spec, says), live in itertools.product(ROOT, (False, True)):
        yield f"root: {what}{', live' if live else ''}", manifest_of("istio-system", says), "shop", rule_of(of, spec, OLDER), live
    for (owners, of), created, live in itertools.product(OWNERS, (OLDER, NEWER), (False, True)):
        if live or created == OLDER:
            theirs = annotated(rule_of(of, {"exportTo": ["."] if of == "shop" else [], **POLICY}, created), owners)
            yield f"a rule in {of} of {owners}, {created}{', live' if live else ''}", manifest_of("shop", PUBLIC), "shop", theirs, live


def judge(tally, oracles, case):
    what, manifest, proxies, theirs, live = case
    ours = list(yaml.safe_load_all(ask_callout("generate", manifest).stdout))
    for o in ours:
        o["metadata"]["creationTimestamp"] = OURS
    name = next(o["metadata"]["name"] for o in ours if o["kind"] == "DestinationRule")
    said = ask_callout("check", manifest, objects=[[theirs, *(ours if live else [])]]).stderr
    before, after = (oracles.ask(id=what, asks=["clusters"], objects=world.as_text(o), proxy="sidecar",
                                 namespace=proxies, labels={"app": "web"}, gateway="")
                     for o in ([theirs, *(o for o in ours if o["kind"] != "DestinationRule")], [theirs, *ours]))
    was, now = (next(c for c in answer["clusters"] if is_ours(c, ours)) for answer in (before, after))
    tally.equal(b" CO0317: " in said, not has_our_tls(now), f"{what}: {rule_in(now)} counts, and it is said")
    replaced = has_our_tls(now) and rule_in(was) == "their" and rule_in(now) == name and "isolated" in manifest["spec"]["upstreams"][0]
    if "subsets" in theirs["spec"]:  # which come along where the two are united
        replaced = replaced and not any("|v1|" in c["name"] for c in after["clusters"])
    tally.equal(b" CO0318: " in said, replaced, f"{what}: in the place of {rule_in(was)}, and it is said")
    tally.count("rules judged")


def is_ours(cluster, ours):
    return cluster["name"].startswith("outbound|") and cluster["name"].endswith(f"||{host_of(ours)}")


def rule_in(cluster):
    path = cluster.get("metadata", {}).get("filterMetadata", {}).get("istio", {}).get("config", "")
    return path.rsplit("/", 1)[-1]


def judge_all(tally):
    with Oracles() as oracles:
        harness.parallel(lambda c: judge(tally, oracles, c), list(cases()))


tests = [judge_all, chance.judge_all]
