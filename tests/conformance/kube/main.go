// Kubernetes' own programs in one: `kube etcd …`, `kube kube-apiserver …`, `kube kubectl …`.
package main

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

var programs = map[string]func(){
	"etcd":           func() { etcdmain.Main(os.Args) },
	"kube-apiserver": func() { os.Exit(cli.Run(app.NewAPIServerCommand())) },
	"kubectl":        func() { util.CheckErr(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand())) },
}

func main() {
	if len(os.Args) < 2 || programs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "Usage: kube etcd|kube-apiserver|kubectl ARGUMENT…")
		os.Exit(2)
	}
	// Each program finds its own name and arguments where it expects them.
	os.Args = os.Args[1:]
	programs[os.Args[0]]()
}
