// Package quiet keeps Istio's test environment from printing, at its start, that it has no build folder. Packages without
// dependencies on each other start in the order of their paths, so this one is before Istio's.
package quiet

import "os"

func init() {
	for _, name := range []string{"TARGET_OUT", "LOCAL_OUT"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, os.TempDir())
		}
	}
}
