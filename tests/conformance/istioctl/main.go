// istioctl itself, of the version of Istio that the oracle is built from: what it prints of a dump is what people hand to
// callout verify.
package main

import (
	"fmt"
	"os"

	"istio.io/istio/istioctl/cmd"
)

func main() {
	if err := cmd.ConfigAndEnvProcessing(); err != nil {
		fmt.Fprintln(os.Stderr, "istioctl:", err)
		os.Exit(1)
	}
	if err := cmd.GetRootCmd(os.Args[1:]).Execute(); err != nil {
		os.Exit(1)
	}
}
