"$CALLOUT" generate -f old.yaml -o dir=out
sed -i '/managed-by/d' out/*_serviceentry_*.yaml
