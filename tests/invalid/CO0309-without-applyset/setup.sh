"$CALLOUT" generate -f manifest.yaml --applyset shop/filters -o dir=out
