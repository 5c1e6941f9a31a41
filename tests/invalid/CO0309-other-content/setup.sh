"$CALLOUT" generate -f manifest.yaml -o dir=out
for file in out/*.yaml; do echo '# edited' >>"$file"; done
