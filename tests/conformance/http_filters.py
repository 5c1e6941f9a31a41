"""Which HTTP filters istiod puts into a proxy's listeners, and which of them are a manifest's."""

import copy

CONNECTION_MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def connection_managers(listener):
    for chain in [*listener.get("filterChains", []), listener.get("defaultFilterChain", {})]:
        for network_filter in chain.get("filters", []):
            config = network_filter.get("typedConfig", {})
            if config.get("@type") == CONNECTION_MANAGER:
                yield config


def http_filter_chains(listeners):
    """The lists of HTTP filters of all connection managers."""
    return [m.get("httpFilters", []) for listener in listeners for m in connection_managers(listener)]


def manifest_of(name):
    """NAMESPACE.NAME of a filter that a manifest of ours brought, however it is carried."""
    name = name.removeprefix("extensions.istio.io/trafficextension/").removeprefix("callout.")
    return name.removesuffix("~istio-translated-wasmplugin")


def without(listener, manifests):
    """The listener as it is without those manifests' filters."""
    bare = copy.deepcopy(listener)
    for manager in connection_managers(bare):
        manager["httpFilters"] = [f for f in manager.get("httpFilters", []) if manifest_of(f["name"]) not in manifests]
    return bare
