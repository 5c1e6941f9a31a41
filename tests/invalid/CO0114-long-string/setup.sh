{
  printf 'apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\nspec:\n  filter:\n    wasm: {url: oci://a.example/b}\n    config: {a: "'
  head -c 262145 /dev/zero | tr '\0' x
  printf '"}\n'
} >manifest.yaml
