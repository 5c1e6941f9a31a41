// The oracle lets Istio's own code judge objects: what its webhook and its CRDs say of them, and which clusters,
// listeners and routes a proxy gets from them. Feature flags of istiod are environment variables, read at its start.
package main

import (
	"fmt"
	"os"

	"istio.io/istio/pkg/log"

	_ "callout.dev/conformance/oracle/quiet"
)

const usage = `Usage: oracle COMMAND [FLAG…] [FILE…]

  validate   the webhook's and the CRDs' verdict on each object
  clusters   the clusters that a proxy gets, as istioctl prints them
  listeners  its listeners
  routes     its routes
  endpoints  the addresses of those clusters that get them apart (EDS)
  extensions the filters that its listeners ask for by name (ECDS)
  bootstrap  what istio-agent starts it with
  read       the objects as three YAML readers of Go's see them
  batch      answers requests that come as JSON lines, see request.go
  serve      feeds real proxies (ADS)

Flags: see oracle COMMAND --help
`

var commands = map[string]func(args []string) error{
	"validate":   func(args []string) error { return once("validate", args) },
	"clusters":   func(args []string) error { return once("clusters", args) },
	"listeners":  func(args []string) error { return once("listeners", args) },
	"routes":     func(args []string) error { return once("routes", args) },
	"endpoints":  func(args []string) error { return once("endpoints", args) },
	"extensions": func(args []string) error { return once("extensions", args) },
	"bootstrap":  func(args []string) error { return once("bootstrap", args) },
	"read":       func(args []string) error { return once("read", args) },
	"batch":      batch,
	"serve":      serve,
}

func main() {
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	command := func([]string) error { return fmt.Errorf("%s", usage) }
	if len(os.Args) > 1 && commands[os.Args[1]] != nil {
		command = commands[os.Args[1]]
	}
	if err := command(os.Args[min(2, len(os.Args)):]); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}
