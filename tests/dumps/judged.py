"""What several of these tables are made of, and what judges them."""

import json

from make_invalid import EDS, manifest
from shapes import bootstrap
from verifying import camel, folder, text

HERE = ("10.0.0.1", 443)
SERVICE_NAME = "outbound|8080||auth.shop.svc.cluster.local"
KEPT = 256  # addresses and names of a cluster, as many as a manifest may list


def service_dump(*sections):
    return text({"configs": [bootstrap(), *sections]})


PLAIN_EDS = {**EDS, "eds_cluster_config": {}}


def camel_text(content):
    return text(camel(json.loads(content)))


AT_ADDRESS = manifest("{name: auth, host: auth.example.com, endpoints: [{address: 10.0.0.1}]}")
H2 = {"http2_protocol_options": {}}

def said_of(report):
    """Each verdict with the codes of its reasons."""
    return [(v["verdict"], [r["code"] for r in v["reasons"]]) for v in report["verdicts"]]


def judge(tally, rows):
    """Each row by itself; files of one proxy are given in the order in which they stand."""
    for name, (document, content, verdict, codes) in rows.items():
        files = content if isinstance(content, dict) else {"d.json": content}
        with folder() as f:
            f.write("manifest.yaml", document)
            for file, of_file in files.items():
                f.write(file, of_file)
            report, result = f.report(*([f"web={file}" for file in files] if len(files) > 1 else files))
            got = said_of(report)
            as_wanted = (got, result.returncode) == ([(verdict, codes)], int(verdict != "resolved"))
            tally.check(as_wanted, f"{name}: {got}, exit {result.returncode}", report["findings"])
