"""What stands in a dump twice or too often, where it should not, and many manifests at once."""

from shapes import bootstrap, clusters_section, listener, section
from verifying import NAME, WITH_FILTER, array, builtin, cluster, entries, folder, text

COPIES = 20  # more than are kept of one name in one section


def verdicts_of(tally, what, files, manifest=None):
    """None where it did not end as it should."""
    with folder() as f:
        if manifest:
            f.write("manifest.yaml", manifest)
        for file, content in files.items():
            f.write(file, content)
        report, result = f.report(*files)
        tally.check(result.returncode in (0, 1), f"{what}: exit {result.returncode}", result.stderr)
        return report if result.returncode in (0, 1) else None


def test_sections(tally):
    """Where sections take each other's place, what was counted and met in the earlier one is forgotten."""
    lists = {
        "an entry with a list beside it": ([*entries([builtin()]), {**entries([cluster()])[0], "dynamic_active_clusters": []}], "missing"),
        "copies beyond those that are kept": ([clusters_section(*[cluster() for _ in range(COPIES)])], "resolved"),
        "the same, and another section": ([clusters_section(*[cluster(dials=[("192.0.2.1", 1)]) for _ in range(COPIES)]), bootstrap(),
                                           clusters_section(cluster())], "resolved"),
        "entries beyond those that are kept": (entries([cluster() for _ in range(COPIES)]), "resolved"),
    }
    for name, (configs, verdict) in lists.items():
        report = verdicts_of(tally, name, {"d.json": text({"configs": configs})})
        if report:
            got = [v["verdict"] for v in report["verdicts"]]
            tally.check(got == [verdict] or (verdict == "missing" and got == ["unknown"]), f"{name}: {got}", report["findings"])


def test_refusals(tally):
    """A listener's refusal names the plugin, also one whose namespace is called like the prefix of our names, and many times."""
    refused = section("Listeners", dynamic_listeners=[{"name": f"l{i}", "error_state": {
        "details": "Unable to create Wasm plugin callout.auth-check"}} for i in range(5000)])
    document = WITH_FILTER.replace("namespace: shop", "namespace: callout")
    report = verdicts_of(tally, "5,000 refusals",
                         {"d.json": text({"configs": [bootstrap(), clusters_section(cluster()), refused]})}, document)
    if report:
        tally.equal([p["verdict"] for p in report["plugins"]], ["failed"], "a filter whose listener was refused")


def test_answers(tally):
    """Each different answer on a filter is a finding, however many there are."""
    document = "---\n".join(WITH_FILTER.replace("name: auth-check", f"name: auth-check-{i}", 1) for i in range(70))
    files = {"a.json": array(cluster()),
             "b.json": text({"configs": [bootstrap(), clusters_section(cluster()), listener({"name": "other"})]})}
    report = verdicts_of(tally, "70 manifests", files, document)
    if report:
        absent = [p for p in report["plugins"] if p["verdict"] == "absent"]
        missing = [v for v in report["verdicts"] if v["verdict"] == "missing"]
        tally.equal((len(absent), report["summary"]["errors"]), (70, 70 + len(missing)), "filters that are absent, and findings on them")


tests = (test_sections, test_refusals, test_answers)
