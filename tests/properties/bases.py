"""Manifests that together hold every string field of the schemas, each valid, with values that stand out."""

SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


def manifest(spec, **metadata):
    return {"apiVersion": "callout.dev/v1alpha1", "kind": "FilterManifest",
            "metadata": {"name": "name-value", "namespace": "namespace-value", **metadata}, "spec": spec}


def mesh(**spec):
    return {"apiVersion": "callout.dev/v1alpha1", "kind": "Mesh", "metadata": {"name": "mesh-value"}, "spec": spec}


def upstream(**fields):
    return {"name": "upstream-value", "host": "host-value.example.com", **fields}


WASM = {"url": "https://url-value.example.com/a.wasm"}
FULL = manifest(
    {
        "target": {"selector": {"matchLabels": {"label-key": "label-value"}}},
        "filter": {
            "wasm": {"url": "https://url-value.example.com/a.wasm", "sha256": SHA256, "pluginName": "plugin-value",
                     "imagePullSecret": "secret-value", "env": [{"name": "ENV_NAME", "value": "env-value"}]},
            "config": {"text": "config-value", "list": ["item-value"]},
        },
        "upstreams": [upstream(
            authority="authority-value.example.com", path="/path-value", timeout="1111ms", connectTimeout="2222ms",
            tls={"sni": "sni-value.example.com", "subjectAltNames": ["san-value.example.com"], "caCertificates": "/ca-value"},
            endpoints=[{"address": "address-value.example.com"}], exportTo=["export-value"],
            outlierDetection={"interval": "3333ms", "baseEjectionTime": "4444ms"})],
    },
    labels={"own-label-key": "own-label-value"}, annotations={"annotation-key": "annotation-value"})
CONFIG_KEY = manifest({"filter": {"wasm": WASM, "config": {"key-value": 1}}})
MUTUAL = manifest({"upstreams": [upstream(tls={"mode": "MUTUAL", "clientCertificate": "/certificate-value", "privateKey": "/key-value"})]})
CREDENTIAL = manifest({"target": {"selector": {"matchLabels": {"app": "web"}}},
                       "upstreams": [upstream(tls={"credentialName": "credential-value"})]})
WAYPOINT = manifest({"target": {"proxy": "waypoint",
                                "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway",
                                                "name": "ref-value"}],
                                "waypoint": {"name": "waypoint-value", "namespace": "namespace-value"}},
                     "filter": {"wasm": WASM}, "upstreams": [upstream()]})
LUA = manifest({"filter": {"lua": {"inline": "-- lua-value\n"}}})
LUA_FILE = manifest({"filter": {"lua": {"file": "./auth.lua"}}})
BINARY = manifest({"filter": {"wasm": {**WASM, "binary": "./auth.wasm"}}})
ENVOY_FILTER = manifest({"upstreams": [upstream(via="envoyFilter", clusterName="cluster-name-value")]})
SERVICE = manifest({"filter": {"wasm": WASM, "config": {"a": "${upstreams.upstream-value.cluster}"}},
                    "upstreams": [{"name": "upstream-value",
                                   "service": {"name": "service-value", "namespace": "service-ns-value"}, "port": 80,
                                   "subset": "subset-value"}]})
EXISTING = manifest({"filter": {"wasm": WASM, "config": {"a": "${upstreams.upstream-value.cluster}"}},
                     "upstreams": [{"name": "upstream-value", "cluster": "cluster-value"}]})
SIMPLE = manifest({"filter": {"wasm": WASM}, "upstreams": [upstream()]})
POLICY = {"hosts": {"allow": ["*"], "deny": ["denied-value"]}, "registries": ["https://url-value.example.com/"],
          "failStrategies": ["FAIL_CLOSE"], "exportTo": ["."]}
MESH = {"apiVersion": "callout.dev/v1alpha1", "kind": "Mesh",
        "metadata": {"name": "mesh-value", "namespace": "mesh-ns", "labels": {"mesh-label": "x"},
                     "annotations": {"mesh-annotation": "x"}},
        "spec": {"istioVersions": ["1.27", "1.31"], "clusterDomain": "domain-value", "rootNamespace": "root-value",
                 "isolatedSuffix": "suffix-value", "policy": POLICY}}

# Each item is one input; a field is tried in the first that has it.
BASES = [[FULL], [CONFIG_KEY], [MUTUAL], [CREDENTIAL], [WAYPOINT], [LUA], [LUA_FILE], [BINARY], [ENVOY_FILTER],
         [SERVICE], [EXISTING], [MESH, SIMPLE]]

# Members of the output that follow from a field and are not its text. Durations come out in seconds; an address
# decides the resolution; a host without its final dot is what TLS and authority take.
DERIVED = {"timeout": (), "connectTimeout": ("connectTimeout", "connect_timeout"), "interval": ("interval",),
           "baseEjectionTime": ("baseEjectionTime",), "address": ("resolution",),}
