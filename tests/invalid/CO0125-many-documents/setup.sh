for _ in $(seq 100001); do echo ---; done >manifest.yaml
