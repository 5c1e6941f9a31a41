{
  printf 'apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\nspec:\n  filter:\n    wasm: {url: oci://a.example/b}\n    config: {a: ['
  for _ in $(seq 66000); do printf '1,'; done
  printf '1]}\n'
} >manifest.yaml
