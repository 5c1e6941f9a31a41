// What brings objects into a cluster, as far as it judges ours: Argo CD's server of plugins and its health scripts, kpt's
// function runner, Flux's substitution.
//
//	delivery plugin CONFIG-DIR APPLICATION-DIR [NAME=VALUE…]   does the plugin match, and what does it answer
//	delivery health ARGOCD-CM.yaml OBJECTS.yaml                health of each object
//	delivery substitute [NAME=VALUE…]                          standard input, as a Kustomization's postBuild makes it
//	delivery kpt-fn ARG…                                       kpt fn ARG…
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/cmpserver/plugin"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/fluxcd/pkg/envsubst"
	"github.com/kptdev/kpt/commands/fn"
	"github.com/kptdev/kpt/pkg/printer"
	"google.golang.org/grpc"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// A stream between the two ends of one process.
type stream struct {
	grpc.ServerStream
	messages chan *apiclient.AppStreamRequest
	manifest *apiclient.ManifestResponse
	match    *apiclient.RepositoryResponse
}

func (s *stream) Context() context.Context { return context.Background() }

func (s *stream) Send(m *apiclient.AppStreamRequest) error {
	s.messages <- m
	return nil
}

func (s *stream) Recv() (*apiclient.AppStreamRequest, error) {
	if m, more := <-s.messages; more {
		return m, nil
	}
	return nil, io.EOF
}

type generating struct{ *stream }

func (g generating) SendAndClose(r *apiclient.ManifestResponse) error {
	g.manifest = r
	return nil
}

type matching struct{ *stream }

func (m matching) SendAndClose(r *apiclient.RepositoryResponse) error {
	m.match = r
	return nil
}

func sent(folder string, env []string) *stream {
	s := &stream{messages: make(chan *apiclient.AppStreamRequest, 64)}
	go func() {
		defer close(s.messages)
		if err := cmp.SendRepoStream(context.Background(), folder, folder, s, env, nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return s
}

func judgePlugin(args []string) error {
	config, err := plugin.ReadPluginConfig(args[0])
	if err != nil {
		return err
	}
	service := plugin.NewService(plugin.CMPServerInitConstants{PluginConfig: *config})
	answer := map[string]any{"name": config.Metadata.Name + "-" + config.Spec.Version, "parameters": len(config.Spec.Parameters.Static)}
	found := matching{sent(args[1], args[2:])}
	if err := service.MatchRepository(found); err != nil {
		return err
	}
	answer["matches"] = found.match.IsSupported
	made := generating{sent(args[1], args[2:])}
	if err := service.GenerateManifest(made); err != nil {
		answer["error"] = err.Error()
	} else {
		answer["manifests"] = made.manifest.Manifests
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

// As Argo CD's settings read the keys: GROUP_KIND is GROUP/KIND.
func healthScripts(path string) (lua.ResourceHealthOverrides, error) {
	const prefix = "resource.customizations.health."
	var cm struct {
		Data map[string]string `json:"data"`
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.UnmarshalStrict(text, &struct {
			APIVersion, Kind string
			Metadata         map[string]string
			Data             *map[string]string
		}{Data: &cm.Data})
	}
	scripts := lua.ResourceHealthOverrides{}
	for key, script := range cm.Data {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			scripts[strings.Replace(name, "_", "/", 1)] = v1alpha1.ResourceOverride{HealthLua: script}
		}
	}
	return scripts, err
}

func judgeHealth(args []string) error {
	scripts, err := healthScripts(args[0])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	for _, document := range strings.Split("\n"+string(text), "\n---") {
		object := unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			return err
		}
		if object.Object == nil {
			continue
		}
		health, err := scripts.GetResourceHealth(&object)
		if err != nil {
			return err
		}
		status := "none"
		if health != nil {
			status = string(health.Status)
		}
		fmt.Println(object.GetKind(), object.GetName(), status)
	}
	return nil
}

func substitute(args []string) error {
	values := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		values[name] = value
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	out, err := envsubst.Eval(string(text), func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	})
	if err == nil {
		_, err = os.Stdout.WriteString(out)
	}
	return err
}

func runKpt(args []string) error {
	ctx := printer.WithContext(context.Background(), printer.New(os.Stdout, os.Stderr))
	command := fn.GetCommand(ctx, "kpt")
	command.SetArgs(args)
	return command.ExecuteContext(ctx)
}

func main() {
	tools := map[string]struct {
		run  func([]string) error
		args int
	}{"plugin": {judgePlugin, 2}, "health": {judgeHealth, 2}, "substitute": {substitute, 0}, "kpt-fn": {runKpt, 1}}
	if len(os.Args) < 2 || tools[os.Args[1]].run == nil || len(os.Args)-2 < tools[os.Args[1]].args {
		fmt.Fprintln(os.Stderr, "see the head of main.go")
		os.Exit(2)
	}
	if err := tools[os.Args[1]].run(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
