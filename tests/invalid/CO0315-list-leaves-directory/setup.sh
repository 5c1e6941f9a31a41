"$CALLOUT" generate -f manifest.yaml -o dir=out
echo ../precious.yaml >>out/.callout-files
touch precious.yaml
