{
  printf 'apiVersion: callout.dev/v1alpha1\nkind: FilterManifest\nmetadata: {name: a}\nspec:\n  filter:\n    wasm: {url: oci://a.example/b}\n    config:\n'
  for key in a b c d e f g h; do
    printf '      %s: "' "$key"
    head -c 260000 /dev/zero | tr '\0' x
    printf '"\n'
  done
} >manifest.yaml
