# The CRD of ServiceEntry takes 256 ports.
for port in $(seq 1 257); do
  cat <<END
---
apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-$(printf %03d "$port"), namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com, port: $port, tls: {}, isolated: false}
END
done >manifest.yaml
