"""The same filters for everyone: as manifests, as values of a template, and as a kustomization."""

def manifests(n):
    """A stream of n FilterManifests with three upstreams each."""
    return "".join(f"""---
apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata:
  name: filter-{i}
  namespace: shop
spec:
  target:
    selector: {{matchLabels: {{app: web-{i}}}}}
  filter:
    wasm:
      url: oci://ghcr.io/acme/filter-{i}:1.4.0
    phase: AUTHN
    config:
      auth: ${{upstreams.auth.cluster}}
      rate: ${{upstreams.rate.cluster}}
      log: ${{upstreams.log.cluster}}
  upstreams:
  - name: auth
    host: auth-{i}.example.com
  - name: rate
    host: rate-{i}.example.com
    port: 8081
    protocol: GRPC
  - name: log
    host: log-{i}.example.com
    port: 80
""" for i in range(n))


def values(n):
    """The same documents as one list, which is what a template can read."""
    items = manifests(n).replace("\n", "\n  ").split("---\n  ")[1:]
    return "filters:\n" + "".join(f"- {item.rstrip()}\n" for item in items)


KUSTOMIZATION = """resources: [objects.yaml]
namespace: shop
labels:
- pairs: {team: identity}
patches:
- target: {kind: WasmPlugin}
  patch: '[{"op": "replace", "path": "/spec/url", "value": "oci://ghcr.io/acme/filter-0:1.5.0"}]'
"""
