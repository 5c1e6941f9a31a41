"""Which files belong to one proxy, many proxies at once, and memory that does not grow."""

import json
import os

import harness
from shapes import HOST, bootstrap, clusters_section, endpoints_section
from verifying import MANIFEST, NAME, array, camel, cluster, dump, folder, node, text

HERE = "web-7d9c.shop"
EMPTY_EDS = {"configs": [endpoints_section((NAME,))]}
REJECTED = "cluster_manager.cds.update_rejected: 2\n"


def check(tally, f, what, args, wanted, status=None, **kw):
    got, exit, said = f.answers(*args, **kw)
    verdicts = {proxy: verdict for (proxy, _), verdict in got.items()}
    status = (0 if set(wanted.values()) == {"resolved"} else 1) if status is None else status
    tally.check((verdicts, exit) == (wanted, status), f"{what}: {verdicts}, exit {exit}, not {wanted}, exit {status}", said)


def test_joined(tally):
    with folder() as f:
        f.write("good.json", text(dump(cluster())))
        f.write("array.json", array(cluster()))
        f.write("hosts.json", text(EMPTY_EDS))
        f.write("node.json", json.dumps({"bootstrap": {"node": node()}}))
        f.write("clusters.json", text({"configs": [bootstrap(), clusters_section(cluster())]}))
        f.write("stats.txt", REJECTED)
        check(tally, f, "one file", ["good.json"], {HERE: "resolved"})
        check(tally, f, "two files without a node", ["array.json", "hosts.json"], {"array.json": "resolved", "hosts.json": "unknown"})
        check(tally, f, "one name", ["web=array.json", "web=hosts.json"], {"web": "uncallable"})
        check(tally, f, "the other order", ["web=hosts.json", "web=array.json"], {"web": "uncallable"})
        check(tally, f, "two names", ["a=array.json", "b=array.json"], {"a": "resolved", "b": "resolved"})
        check(tally, f, "one node", ["node.json", "clusters.json"], {HERE: "resolved"})
        check(tally, f, "a name and a node", ["web=node.json", "clusters.json"], {"web": "resolved"})
        check(tally, f, "standard input with a name", ["web=-"], {"web": "resolved"}, stdin=array(cluster()).encode())
        check(tally, f, "statistics of a proxy that has the cluster", ["web=array.json", "web=stats.txt"], {"web": "resolved"})
        f.write("none.json", array())
        check(tally, f, "statistics of one that has not", ["web=none.json", "web=stats.txt"], {"web": "rejected"})
        check(tally, f, "statistics of another", ["web=none.json", "api=stats.txt"], {"web": "missing", "api": "unknown"})
        os.rename(f.path / "array.json", f.path / "a=b.json")
        check(tally, f, "a file whose name has =", ["a=b.json"], {"a=b.json": "resolved"})


PAGES = {"certs": '{"certificates": []}', "memory": '{"allocated": "5", "heap_size": "10"}', "runtime": '{"entries": {}, "layers": []}',
         "server_info": json.dumps({"version": "1/1.40.0", "state": "LIVE", "command_line_options": {"service_node": "x"}, "node": {"id": "x"}}),
         "listeners": "0.0.0.0_80::0.0.0.0:80\nvirtualInbound::[::]:15006\n", "ready": "LIVE\n", "hot_restart_version": "11.104",
         "contention": "Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.",
         "netstat": "Active Internet connections (servers and established)\nProto Recv-Q\n", "cores/0.core": b"\x7fELF\2\1\1\0" + bytes(64),
         "istio-proxy.log": "2026-11-24T10:00:00.000000Z\tinfo\tFLAG: --concurrency=\"0\"\n", "json.log": '{"level":"info","msg":"x"}\n{"level":',
         "crs": "apiVersion: v1\nitems: []\n", "entries.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": []}),
         "events": "NAME   READY   STATUS\nx   1/1   Running\n", "ztunnel": '{"workloads": [], "services": []}',
         "metrics": "# HELP go_gc x\n# TYPE go_gc gauge\ngo_gc{quantile=\"0\"} 2.5e-05\n"}
# What is no dump in a folder is an error as ever: it may have been meant to be one.
STRANGE = {"an error": "Error: pods not found\n", "a table": "SERVICE FQDN   PORT\n", "nothing": "", "the end of one": '"name": "x"}]}', "a part": '{"configs": [',
           "other JSON": '{"error": "no such pod"}', "an empty object": "{}", "a page": "<html></html>", "a part of a page": '{"certificates": [',
           "a Status": '{"kind": "Status", "apiVersion": "v1", "message": "no"}', "several": "[" + text({"configs": []}) + "]",
           "YAML": "configs:\n- x: y\n", "a word": "LIVELY\n", "hosts, cut off": "x::observability_name::x\nx::default_priority::max_con"}


def test_beside(tally):
    """A folder as istioctl bug-report makes it; whatever else is in it has no say."""
    metrics = "# TYPE envoy_cluster_manager_cds_update_rejected counter\nenvoy_cluster_manager_cds_update_rejected{} 2\n"
    with folder() as f:
        for pod, active in (("web-7d9c", [cluster()]), ("web-1", [])):
            for name, content in {**PAGES, "config_dump?include_eds": text(dump(*active, who={"pod": pod}))}.items():
                f.write(f"bug-report/proxies/shop/{pod}/{name}", content)
        f.write("bug-report/proxies/shop/web-1/stats/prometheus", metrics)
        check(tally, f, "the archive", ["bug-report"], {HERE: "resolved", "web-1.shop": "rejected"})
        check(tally, f, "one proxy of it", ["bug-report/proxies/shop/web-7d9c"], {HERE: "resolved"})
        said = f.run("bug-report").stderr.decode()
        tally.check(f"info CO0423: files beside the dumps that hold nothing of use: {2 * len(PAGES)}" in said, "the archive: all are counted", said)
        for name in PAGES:
            result = f.run(f"bug-report/proxies/shop/web-1/{name}")
            tally.check(result.returncode == 3 and b": error CO04" in result.stderr, f"{name} by its name", result.stderr)
        f.write("pages/ready", "LIVE\n")
        result = f.run("pages")
        tally.check(result.returncode == 3 and b"CO0418" in result.stderr, "pages alone", result.stderr)
        for name, content in STRANGE.items():
            f.write("bug-report/proxies/shop/web-7d9c/strange", content)
            check(tally, f, name, ["bug-report/proxies/shop/web-7d9c"], {HERE: "resolved"}, 3)


# The rest of the archive, in the forms that kubectl and the code of Istio 1.32 gave them. Without hosts and proxies istiod says "null".
REST = {"versions": "CLI version:\nversion.BuildInfo{Version:\"1.32.0\"}\n\n\u2705 The following Istio control plane revisions/versions were found\n",
        "bug-report.log": "2026-11-24T10:00:00.000000Z\tinfo\tDone collecting cluster resource\n",
        "analyze/allNamespaces/allNamespaces": "Info [IST0102] (Namespace default) The namespace is not enabled for Istio injection.\n",
        "cluster/cluster-context": "kind-x\nhttps://127.0.0.1:6443\n", "cluster/kubectl-version": "Client Version: v1.36.1\nKustomize Version: v5.8.1\n",
        "cluster/secrets": "NAMESPACE      NAME   TYPE     DATA   AGE\nistio-system   ca     Opaque   1      3d\n",
        "cluster/events": "NAMESPACE   LAST SEEN   TYPE     REASON\nshop        1m          Normal   Pulled\n",
        "cluster/crs": "apiVersion: v1\nitems: []\nkind: List\n", "cni/istio-cni-node-x/cni.log": "2026-11-24T10:00:00.000000Z\tinfo\tx\n",
        **{f"istio/istio-system/istiod-1/{name}": content if isinstance(content, str) else json.dumps(content) for name, content in {
            "discovery.log": "2026-11-24T10:00:00.000000Z\tinfo\tFLAG: --domain=\"cluster.local\"\n",
            "metrics": '# HELP pilot_info x\n# TYPE pilot_info gauge\npilot_info{version="1.32.0"} 1\n',
            "debug/adsz": {"totalClients": 1, "clients": [{"connectionId": "web-7d9c.shop-1", "metadata": {"LABELS": {"app": "web"}}}]},
            "debug/ambientz": {"workloads": None, "services": None, "policies": None}, "debug/mcsz": None, "debug/push_status": {},
            "debug/configz": [{"kind": "DestinationRule", "metadata": {"name": "x", "namespace": "shop"}, "spec": {"host": "x"}}],
            "debug/endpointShardz": {HOST: {"shop": {"Shards": {"External/Kubernetes": [{"Addresses": ["127.0.0.2"]}]}}}},
            "debug/inject": {"config": "policy: enabled\n", "values": "{}"}, "debug/krtz": [{"name": "memory/Sidecar", "state": {"synced": True}}],
            "debug/instancesz": {"web-7d9c.shop": [{"Service": {"hostname": HOST}}]}, "debug/mesh": {"connectTimeout": "10s"},
            "debug/registryz": [{"Attributes": {"Name": "x", "Namespace": "shop"}, "hostname": HOST, "ports": [{"port": 47080}]}],
            "debug/resourcesz": [{"group": "security.istio.io", "version": "v1", "kind": "AuthorizationPolicy"}]}.items()}}


def test_archive(tally):
    """The whole of it: only among its proxies must a file be a dump, and what is damaged is told everywhere."""
    synced = [{"proxy": "web-7d9c.shop", "cluster_sent": "n2", "cluster_acked": "n1"}]
    with folder() as f:
        f.write("x/bug-report/proxies/shop/web-7d9c/config_dump?include_eds", text(dump()))
        for name, content in REST.items():
            f.write(f"x/bug-report/{name}", content)
        check(tally, f, "an archive", ["x/bug-report"], {HERE: "missing"})
        check(tally, f, "the folder around one", ["x"], {HERE: "missing"})
        said = f.run("x").stderr.decode()
        tally.check(f"info CO0423: files beside the dumps that hold nothing of use: {len(REST)}" in said, "an archive: all are counted", said)
        f.write("x/bug-report/istio/istio-system/istiod-1/debug/syncz", json.dumps(synced))
        check(tally, f, "an archive, whose istiod tells of the proxy", ["x"], {HERE: "rejected"})
        for where in ("proxies/shop/web-7d9c/adsz", "proxies/versions"):
            f.write(f"x/bug-report/{where}", REST["istio/istio-system/istiod-1/debug/adsz"])
            check(tally, f, f"an archive with {where}", ["x"], {HERE: "rejected"}, 3)
            (f.path / "x/bug-report" / where).unlink()
        f.write("x/bug-report/istio/istio-system/istiod-1/debug/syncz", json.dumps(synced)[:-9])
        check(tally, f, "an archive with a damaged list of proxies", ["x"], {HERE: "missing"}, 3)
        f.write("x/bug-report/istio/istio-system/istiod-1/debug/syncz", json.dumps(synced))
        (f.path / "x/bug-report/versions").unlink()
        check(tally, f, "what only looks like an archive", ["x"], {HERE: "rejected"}, 3)


def hosts_as_text(*hosts, name=NAME):
    lines = [f"observability_name::{name}", "default_priority::max_requests::1024", "added_via_api::true"]
    for address, flags, total, failed, priority in hosts:
        lines += [f"{address}::{k}" for k in (f"cx_connect_fail::{failed}", f"cx_total::{total}", "hostname::a::b", f"health_flags::{flags}", "zone::",
                                              f"priority::{priority}", "success_rate::-1", "local_origin_success_rate::-1.5")]
    return "".join(f"{name}::{line}\n" for line in lines)


OTHERS = hosts_as_text(("/var/run/x.sock", "healthy", 1, 0, 0), name="xds-grpc") + hosts_as_text(name="empty")
NO_PANIC = {"common_lb_config": {"healthy_panic_threshold": {}}}
# Flags of the only host, how many connections to it there were, and how many failed; whether calls with no panic pass.
HOSTS = {"healthy": ("healthy", 0, 0, True), "called": ("healthy", 4, 1, True), "nobody listens": ("healthy", 4, 4, False),
         "ejected": ("/failed_outlier_check", 4, 0, False), "unhealthy": ("/failed_eds_health", 0, 0, False),
         "degraded": ("/degraded_active_hc", 0, 0, True), "both": ("/degraded_eds_health/failed_active_hc", 0, 0, False),
         "draining": ("/eds_status_draining", 0, 0, False), "not checked yet": ("/pending_active_hc/failed_active_hc", 0, 0, False),
         "a flag that nobody knows": ("/new_flag", 0, 0, True)}


def test_hosts_as_text(tally):
    """/clusters as text tells what its JSON tells; what is cut off is refused, or tells less."""
    with folder() as f:
        f.write("dump.json", text(dump(cluster(**NO_PANIC))))
        for name, (flags, total, failed, passes) in HOSTS.items():
            for address in ("10.0.0.5:443", "[2001:db8::1]:443", "/var/run/auth.sock", "envoy://main/10.0.0.5:443"):
                f.write("clusters", OTHERS + hosts_as_text((address, flags, total, failed, 0)) + OTHERS.replace("xds-grpc", "sds-grpc"))
                check(tally, f, f"{name}, {address}", ["web=dump.json", "web=clusters"], {"web": "resolved" if passes else "uncallable"})
        f.write("clusters", OTHERS + hosts_as_text() + OTHERS)
        check(tally, f, "none", ["web=dump.json", "web=clusters"], {"web": "uncallable"})
        f.write("clusters", (OTHERS + hosts_as_text(("10.0.0.5:443", "/failed_eds_health", 0, 0, 0))).replace("\n", "\r\n"))
        check(tally, f, "as Windows ends lines", ["web=dump.json", "web=clusters"], {"web": "uncallable"})
        whole = hosts_as_text(("10.0.0.5:443", "healthy", 0, 0, 0), ("10.0.0.6:443", "healthy", 0, 0, 0)).encode()
        refused = 0
        for n in range(len(NAME) + 22, len(whole)):
            f.write("clusters", whole[:n])
            got, status, said = f.answers("web=dump.json", "web=clusters")
            refused += status == 3
            tally.check(got == {("web", "auth"): "resolved"} and status in (0, 3), f"cut at {n}: {got}, exit {status}", said)
        tally.check(refused >= len(whole) - len(NAME) - 36, f"only {refused} of {len(whole)} were refused")


def test_folders(tally):
    with folder() as f:
        f.write("one/clusters.json", array(cluster()))
        f.write("one/hosts.json", text(EMPTY_EDS))
        f.write("one/.hidden", "no dump")
        check(tally, f, "a folder is a proxy", ["one"], {"one": "uncallable"})
        check(tally, f, "a folder with a slash", ["one/"], {"one": "uncallable"})
        check(tally, f, "a folder with a name", ["web=one"], {"web": "uncallable"})
        f.write("all/web-1/clusters.json", array(cluster()))
        f.write("all/web-2/clusters.json", array())
        f.write("all/web-2/stats.txt", REJECTED)
        check(tally, f, "a folder for each proxy", ["all"], {"web-1": "resolved", "web-2": "rejected"})
        f.write("flat/a.json", array(cluster()))
        f.write("flat/b.json", array())
        check(tally, f, "a folder of proxies", ["flat"], {"flat/a.json": "resolved", "flat/b.json": "missing"})
        f.write("nodes/1.json", text(dump(cluster(), who={"pod": "web-1"})))
        f.write("nodes/2.json", text(dump(who={"pod": "web-2"})))
        check(tally, f, "a folder of nodes", ["nodes"], {"web-1.shop": "resolved", "web-2.shop": "missing"})
        f.write("node/bootstrap.json", json.dumps({"bootstrap": {"node": node()}}))
        f.write("node/clusters.json", array(cluster()))
        check(tally, f, "a folder with one node", ["node"], {HERE: "resolved"})


INTENTION = {"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "dynamicActiveClusters": [
    {"cluster": camel(cluster())}]}]}


def hosts(*counts):
    """/clusters: of each host, how many connections there were, and how many failed."""
    return text({"cluster_statuses": [{"name": NAME, "host_statuses": [{"address": {"socket_address": {
        "address": f"192.0.2.{i}", "port_value": 443}}, "stats": [
            {"name": "cx_connect_fail", "value": str(failed)}, {"name": "cx_total", "value": str(tried)}]}
        for i, (tried, failed) in enumerate(counts)]}]})


# name: (files of one proxy, verdict, does a finding say that they disagree, codes of the reasons)
TOGETHER = {"the same dump twice": ([text(dump(cluster()))] * 2, "resolved", False, []),
            "before and after": ([text(dump()), text(dump(cluster()))], "resolved", True, []),
            "after and before": ([text(dump(cluster())), text(dump())], "resolved", True, []),
            "it warms, which an array does not show": ([text(dump(warming=[cluster()])), array()], "pending", False, []),
            "it is active by now": ([text(dump(warming=[cluster()])), array(cluster())], "resolved", False, []),
            "it dials another host by now": ([text(dump(cluster(dials=[("old.example.com", 443)]))), text(dump(cluster()))], "resolved", True, []),
            "it has TLS by now": ([text(dump(cluster(socket=None, rule=None))), text(dump(cluster()))], "resolved", True, []),
            "a dump and an array of one moment": ([text(dump(cluster())), array(cluster())], "resolved", False, []),
            "a filtered array": ([text(dump(cluster())), json.dumps([camel(cluster("outbound|80||x.example.com"))])],
                                 "resolved", False, []),
            "another array": ([text(dump(cluster())), array()], "resolved", True, []),
            "two times of /clusters": ([text(dump(cluster())), hosts((2, 2)), hosts((3, 2))], "resolved", True, []),
            "one time of /clusters": ([text(dump(cluster())), hosts((3, 2)), hosts((3, 2))], "resolved", False, []),
            "hosts of the dump and of /clusters": ([text(
                                                        dump(
                                                            cluster(),
                                                            extra=[endpoints_section((NAME, ("192.0.2.0", 443)))])),
                                                    hosts((1, 0), (1, 0))], "resolved", False, []),
            "what istiod would send, and what is there": (
                [json.dumps(INTENTION), text(dump(cluster()))], "resolved", False, []),
            "what istiod would send, and what is not there": (
                [json.dumps(INTENTION), text(dump())], "missing", False, ["CO0521"]),
            "what is not there, and what istiod would send": (
                [text(dump()), json.dumps(INTENTION)], "missing", False, ["CO0521"]),
            "what istiod would send, and a filtered array": (
                [json.dumps(INTENTION), json.dumps([camel(cluster("outbound|80||x.example.com"))])], "unknown", False,
                []),
            "what istiod would send, and what Envoy refused": (
                [json.dumps(INTENTION), text(dump()), REJECTED], "rejected", False, ["CO0521"]),
            "what istiod would send, alone": ([json.dumps(INTENTION)], "resolved", False, []),}


def test_together(tally):
    """Several dumps of one proxy: of other times, and what istiod would send beside what is there."""
    for name, (contents, verdict, quarrel, codes) in TOGETHER.items():
        with folder() as f:
            names = [f.write(f"{i}.json", c) for i, c in enumerate(contents)]
            report, result = f.report(*(f"web={n}" for n in names))
            got = report["verdicts"][0]
            said = [x["message"] for x in report["findings"] if x["code"] == "CO0422"]
            ok = (got["verdict"], [r["code"] for r in got["reasons"]], len(said)) == (verdict, codes, int(quarrel))
            tally.check(ok and result.returncode == (0 if verdict == "resolved" else 1),
                        f"together, {name}: {got['verdict']}, {said}", report)


def test_own_output(tally):
    """What the run itself writes into a directory is no dump."""
    with folder() as f:
        f.write("dumps/d.json", text(dump(cluster())))
        for turn in ("first", "second"):
            check(tally, f, f"a report among the dumps, the {turn} time", ["--report", "json=dumps/r.json", "dumps"], {HERE: "resolved"})
        (f.path / "dumps/r.json").unlink()
        result = f.run("dumps", prefix=["sh", "-c", 'exec "$@" >dumps/out.txt', "-"])
        tally.check(result.returncode == 0 and "resolved" in (f.path / "dumps/out.txt").read_text(),
                    "standard output among the dumps", result.stderr)


def test_mixed(tally):
    """A bad dump does not hide the others, and decides the exit code."""
    with folder() as f:
        f.write("good.json", text(dump(cluster())))
        f.write("bad.json", "<html>")
        check(tally, f, "one good, one bad", ["good.json", "bad.json"], {HERE: "resolved"}, 3)
        check(tally, f, "one that is not there", ["good.json", "none.json"], {HERE: "resolved"}, 4)
        os.symlink("nowhere", f.path / "dangling.json")
        check(tally, f, "a dangling link", ["dangling.json"], {}, 4)
        os.makedirs(f.path / "links")
        os.symlink("../good.json", f.path / "links" / "link.json")
        os.mkfifo(f.path / "links" / "pipe")
        check(tally, f, "a link and a pipe in a folder", ["links"], {HERE: "resolved"}, 0)


def test_targets(tally):
    with folder() as f:
        f.write("shop.json", text(dump(cluster())))
        f.write("other.json", text(dump(who={"namespace": "other"})))
        check(tally, f, "all proxies", ["shop.json", "other.json"], {HERE: "resolved", "web-7d9c.other": "missing"})
        check(tally, f, "matching proxies", ["--only-matching", "shop.json", "other.json"], {HERE: "resolved"})
        many = {f"l{i}": "x" for i in range(70)}
        f.write("many.json", text(dump(cluster(), who={"labels": {**many, "app": "web"}})))
        f.write("other-many.json", text(dump(cluster(), who={"labels": {"app": "api", **many}})))
        check(tally, f, "more labels than are kept", ["--only-matching", "many.json"], {HERE: "resolved"})
        check(tally, f, "more labels than are kept, and another value", ["--only-matching", "other-many.json"], {}, 1)
        check(tally, f, "no matching proxy", ["--only-matching", "other.json"], {}, 1)


def test_many_targets(tally):
    """Many manifests and many proxies: what is not of a target is said once for each manifest."""
    with folder() as f:
        f.write("manifest.yaml", "---\n".join(MANIFEST.replace("namespace: shop", f"namespace: ns{i}") for i in range(20)))
        for i in range(50):
            f.write(f"dumps/{i}.json",
                    text(dump(cluster(NAME.replace(".shop.", f".ns{i % 20}.")),
                              who={"pod": f"w{i}", "namespace": f"ns{i % 20}"})))
        report, _ = f.report("dumps")
        said = [x for x in report["findings"] if x["code"] == "CO0570"]
        tally.equal(len(said), 20, "20 manifests, 50 proxies: warnings about targets")
        tally.check(all("of 50 proxies" in x["message"] and 0 < len(x["related"]) <= 3 for x in said), "they name proxies", said[:1])
        check(tally, f, "each manifest in its own proxies", ["--only-matching", "dumps"],
              {f"w{i}.ns{i % 20}": "resolved" for i in range(50)})


def test_many(tally):
    """1,000 dumps of 1 MB: one of them deviates; memory is that of one."""
    padding = [cluster(f"outbound|80||svc-{i}.shop.svc.cluster.local") for i in range(420)]
    with folder() as f:
        small = text(dump(*padding, cluster(), who={"pod": "web-POD"}))
        for i in range(1000):
            f.write(f"many/{i}.json", small.replace("web-POD", f"web-{i}") if i != 500 else text(dump(*padding, who={"pod": "web-500"})))
        few = harness.Measured(["verify", "-q", "-f", "manifest.yaml", *(f"many/{i}.json" for i in range(10))], b"", cwd=f.path)
        all_of_them = harness.Measured(["verify", "-f", "manifest.yaml", "--report", "json=report.json", "many"], b"", cwd=f.path)
        tally.equal(few.status, 0, "ten dumps")
        tally.equal(all_of_them.status, 1, "1,000 dumps")
        out = all_of_them.stdout.decode()
        tally.check("999 resolved, 1 missing" in out and "web-500.shop" in out and "web-501.shop" not in out, "1,000 dumps: a summary", out)
        report = json.loads((f.path / "report.json").read_text())
        tally.equal(len(report["verdicts"]), 1000, "1,000 dumps: the report is complete")
        if not harness.is_wrapped():
            grown = all_of_them.kib - few.kib
            tally.check(grown < 12 * 1024, f"1,000 dumps of {len(small)} bytes take {grown} KiB more than ten")


def labelled(n):
    return {"metadata": {"filter_metadata": {"envoy.transport_socket_match": {"k": str(n)}}}}


# What may stand in an assignment in any number: a locality each.
LOCALITIES = {
    "labels of localities": lambda n: {**labelled(n), "lb_endpoints": [{}]},
    "labels of localities, at their end": lambda n: {"lb_endpoints": [{}], **labelled(n)},
    "endpoints that are no sockets": lambda n: {"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": "/x"}}}, **labelled(n)}]},
    "endpoints that are sockets": lambda n: {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {
        "address": f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", "port_value": 443}}}}]},
}


def test_many_endpoints(tally):
    """100,000 endpoints of one cluster: all are counted, and memory is that of a few."""
    with folder() as f:
        for name, one in LOCALITIES.items():
            kib = []
            for n in (100, 100000):
                f.write("eds.json", json.dumps([{"cluster_name": NAME, "endpoints": [one(i) for i in range(n)]}]))
                ran = harness.Measured(["verify", "-f", "manifest.yaml", "eds.json"], b"", cwd=f.path)
                tally.check(f"its hosts were seen ({n})".encode() in ran.stderr, f"{n} {name}: they are counted", ran.stderr)
                kib.append(ran.kib)
            if not harness.is_wrapped():
                tally.check(kib[1] - kib[0] < 4 * 1024, f"100,000 {name} take {kib[1] - kib[0]} KiB more than 100")


tests = [test_joined, test_beside, test_archive, test_hosts_as_text, test_folders, test_together, test_own_output, test_mixed, test_targets,
         test_many_targets, test_many, test_many_endpoints]
