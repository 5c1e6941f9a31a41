"""One predicted cluster beside the one that Istio made: what `callout clusters` and the manifest say, field for field."""

# Envoy's and Istio's protobuf messages, in the form that istioctl prints.
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
UNLIMITED = 4294967295
DEFAULT_CONNECT_TIMEOUT = "10s"
SYSTEM_TRUST = "/etc/ssl/certs/ca-certificates.crt"
BREAKERS = ("maxConnections", "maxPendingRequests", "maxRequests", "maxRetries")
EJECTION = {"interval": "10s", "baseEjectionTime": "30s"}  # what Envoy does where nothing is said
UNITS = {"ms": 1, "s": 1000, "m": 60000, "h": 3600000}


# ---- what was predicted ----


def milliseconds(text):
    """of a duration such as 1m30s"""
    total, number = 0.0, ""
    text = text.replace("ms", "u")
    for c in text:
        if c.isdigit() or c == ".":
            number += c
        else:
            total, number = total + float(number) * UNITS["ms" if c == "u" else c], ""
    return total


def predicted_endpoints(cluster, upstream):
    if cluster["kind"] == "service":
        return {("10.4.4.4", upstream["port"])}
    listed = {(e["address"], e["port"]) for e in cluster.get("endpoints") or []}
    return listed or {(cluster["host"], cluster["port"])}


def predicted_breakers(upstream):
    pool = upstream.get("connectionPool") or {}
    return {name: pool.get(name, UNLIMITED) for name in BREAKERS}


def predicted_outliers(upstream):
    """None: nobody is ejected. A percentage of 0 is none to Istio, and Envoy's own counts."""
    said = upstream.get("outlierDetection")
    if said is None:
        return None
    errors = said.get("consecutive5xxErrors")
    return {"errors": errors, "enforced": None if errors is None else 100 * (errors > 0), "percent": said.get("maxEjectionPercent") or None,
            "panic": 0, "successRate": 0, **{name: milliseconds(said.get(name, default)) for name, default in EJECTION.items()}}


def predicted_certificate(upstream):
    """What the filter shows of itself; a Secret by its name."""
    tls = upstream.get("tls") or {}
    if tls.get("mode") == "ISTIO_MUTUAL":
        return "default"
    if "credentialName" in tls and tls.get("mode") == "MUTUAL":
        return f"kubernetes://{tls['credentialName']}"
    return (tls["clientCertificate"], tls["privateKey"]) if "clientCertificate" in tls else None


def predicted_tls(cluster, upstream):
    tls = cluster["tls"]
    if not tls:
        return None
    secret = (upstream.get("tls") or {}).get("credentialName")
    trust = tls["caCertificates"] or (f"kubernetes://{secret}-cacert" if secret else "")
    if tls["mode"] == "ISTIO_MUTUAL":
        trust = "ROOTCA"
    return {"sni": tls["sni"] or "", "names": sorted(tls["subjectAltNames"]), "trust": trust, "certificate": predicted_certificate(upstream)}


# ---- what Istio made ----


def lb_endpoints(assigned):
    """Of a cluster, or what has a loadAssignment like it."""
    return [e for group in (assigned.get("loadAssignment") or {}).get("endpoints", []) for e in group.get("lbEndpoints", [])]


def built_endpoints(cluster, assignments):
    load = cluster.get("loadAssignment") or assignments.get(cluster["name"])
    addresses = [e["endpoint"]["address"]["socketAddress"] for e in lb_endpoints({"loadAssignment": load})]
    return {(a["address"], a.get("portValue")) for a in addresses}


def built_http2(cluster):
    options = cluster.get("typedExtensionProtocolOptions", {}).get(HTTP_OPTIONS, {})
    return "http2ProtocolOptions" in options.get("explicitHttpConfig", {})


def built_breakers(cluster):
    thresholds = (cluster.get("circuitBreakers", {}).get("thresholds") or [{}])[0]
    return {name: thresholds.get(name) for name in BREAKERS}


def built_outliers(cluster):
    built = cluster.get("outlierDetection")
    if built is None:
        return None
    panic = cluster.get("commonLbConfig", {}).get("healthyPanicThreshold")
    return {"errors": built.get("consecutive5xx"), "enforced": built.get("enforcingConsecutive5xx"), "percent": built.get("maxEjectionPercent"),
            "panic": None if panic is None else panic.get("value", 0), "successRate": built.get("enforcingSuccessRate"),
            **{name: milliseconds(built.get(name, default)) for name, default in EJECTION.items()}}


def built_certificate(context):
    """Of files that Envoy reads itself, or that the agent hands over."""
    for certificate in context.get("tlsCertificates", []):
        return certificate["certificateChain"]["filename"], certificate["privateKey"]["filename"]
    for secret in context.get("tlsCertificateSdsSecretConfigs", []):
        name = secret["name"]
        return tuple(name.removeprefix("file-cert:").split("~")) if name.startswith("file-cert:") else name
    return None


def upstream_tls(cluster):
    """The TLS context of the cluster's transport socket; with ambient there is one among several, which no endpoint escapes."""
    matches = [m["transportSocket"] for m in cluster.get("transportSocketMatches", []) if not m.get("match")]
    sockets = [s for s in [cluster.get("transportSocket"), *matches] if s and s["name"].endswith("tls")]
    return sockets[0]["typedConfig"] if sockets else None


def exact(matcher):
    return matcher["matcher"]["exact"] if "matcher" in matcher else matcher["exact"]


def trust_of(context, combined):
    """The path that validates the server's certificate, "system" for the proxy's own; "" for none."""
    secret = combined.get("validationContextSdsSecretConfig", context.get("validationContextSdsSecretConfig", {})).get("name", "")
    file = context.get("validationContext", {}).get("trustedCa", {}).get("filename", "")
    file = file or combined.get("defaultValidationContext", {}).get("trustedCa", {}).get("filename", "")
    trust = file or secret.removeprefix("file-root:")
    return {SYSTEM_TRUST: "system"}.get(trust, trust)


def built_tls(cluster):
    tls = upstream_tls(cluster)
    if tls is None:
        return None
    common = tls.get("commonTlsContext", {})
    combined = common.get("combinedValidationContext", {})
    context = combined.get("defaultValidationContext") or common.get("validationContext", {})
    matchers = context.get("matchTypedSubjectAltNames", []) + context.get("matchSubjectAltNames", [])
    return {"sni": tls.get("sni", ""), "names": sorted(map(exact, matchers)), "trust": trust_of(common, combined), "certificate": built_certificate(common)}


# ---- the comparison ----


def differences(predicted, upstream, built, assignments):
    """[(field, what was predicted, what Istio made)]"""
    pairs = [
        ("type", predicted["type"], built.get("type") or "STATIC"),
        ("endpoints", predicted_endpoints(predicted, upstream), built_endpoints(built, assignments)),
        ("http2", predicted["http2"], built_http2(built)),
        ("tls", predicted_tls(predicted, upstream), built_tls(built)),
    ]
    if predicted["kind"] in ("serviceEntry", "envoyFilter"):
        pairs.append(("connectTimeout", milliseconds(upstream.get("connectTimeout", DEFAULT_CONNECT_TIMEOUT)),
                      milliseconds(built.get("connectTimeout", "5s"))))
        pairs.append(("circuit breakers", predicted_breakers(upstream), built_breakers(built)))
        pairs.append(("outlier detection", predicted_outliers(upstream), built_outliers(built)))
    return [(field, wanted, got) for field, wanted, got in pairs if wanted != got]
