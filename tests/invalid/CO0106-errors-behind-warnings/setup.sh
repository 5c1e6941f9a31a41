# However many warnings come first, what refuses the input is told.
for port in $(seq 1 130); do
  cat <<END
---
apiVersion: callout.dev/v1alpha1
kind: FilterManifest
metadata: {name: auth-$(printf %03d "$port"), namespace: shop}
spec:
  upstreams:
  - {name: auth, host: auth.example.com, port: $port, tls: {}, isolated: false}
END
  if [ $((port % 60)) = 0 ]; then echo "  - {name: other, host: other.example.com, port: 443}"; fi
done >manifest.yaml
