package main

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/util/protomarshal"
)

const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name"

var proxyTypes = map[string]model.NodeType{
	"":         model.SidecarProxy,
	"sidecar":  model.SidecarProxy,
	"gateway":  model.Router,
	"waypoint": model.Waypoint,
}

var proxyQuestions = map[string]func(*xds.FakeDiscoveryServer, *model.Proxy) ([]json.RawMessage, error){
	"clusters": func(server *xds.FakeDiscoveryServer, p *model.Proxy) ([]json.RawMessage, error) {
		return printed(server.Clusters(p))
	},
	"listeners": func(server *xds.FakeDiscoveryServer, p *model.Proxy) ([]json.RawMessage, error) {
		return printed(server.Listeners(p))
	},
	"routes": func(server *xds.FakeDiscoveryServer, p *model.Proxy) ([]json.RawMessage, error) {
		return printed(server.Routes(p))
	},
	"endpoints": func(server *xds.FakeDiscoveryServer, p *model.Proxy) ([]json.RawMessage, error) {
		return printed(server.Endpoints(p))
	},
	"extensions": func(server *xds.FakeDiscoveryServer, p *model.Proxy) ([]json.RawMessage, error) {
		return printed(server.ConfigGen.BuildExtensionConfiguration(p, server.PushContext(), extensionNames(server.Listeners(p)), nil))
	},
	"bootstrap": func(_ *xds.FakeDiscoveryServer, p *model.Proxy) ([]json.RawMessage, error) {
		text, err := bootstrapOf(p)
		return []json.RawMessage{text}, err
	},
}

func printed[M proto.Message](messages []M) ([]json.RawMessage, error) {
	list := make([]json.RawMessage, 0, len(messages))
	for _, m := range messages {
		text, err := protomarshal.MarshalIndentWithGlobalTypesResolver(m, "    ")
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}

func (r *request) meshConfig() (*meshconfig.MeshConfig, error) {
	if r.Mesh == "" {
		return mesh.DefaultMeshConfig(), nil
	}
	return mesh.ApplyMeshConfigDefaults(r.Mesh)
}

// discovery starts an istiod in this process that knows the request's objects.
func (r *request) discovery(t test.Failer) *xds.FakeDiscoveryServer {
	configuration, kubernetes, err := stores(r.Objects)
	if err != nil {
		t.Fatal(err)
	}
	meshConfig, err := r.meshConfig()
	if err != nil {
		t.Fatal(err)
	}
	return xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		ConfigString:           configuration,
		KubernetesObjectString: kubernetes,
		MeshConfig:             meshConfig,
	})
}

func (r *request) proxy() *model.Proxy {
	labels := map[string]string{}
	for k, v := range r.Labels {
		labels[k] = v
	}
	if r.Gateway != "" {
		labels[gatewayNameLabel] = r.Gateway
	}
	version := r.Version
	if version == "" {
		version = "1.32.0"
	}
	return &model.Proxy{
		Type:            proxyTypes[r.Proxy],
		ConfigNamespace: r.Namespace,
		Labels:          labels,
		IPAddresses:     []string{"10.3.3.3"},
		Metadata: &model.NodeMetadata{
			Namespace: r.Namespace, Labels: labels, IstioVersion: version, ClusterID: "Kubernetes",
		},
	}
}

// askProxy adds the answers of one proxy of one istiod.
func askProxy(r *request, asks []string, answers map[string]any) error {
	if _, known := proxyTypes[r.Proxy]; !known {
		return fmt.Errorf("no such proxy: %q", r.Proxy)
	}
	return test.Wrap(func(t test.Failer) {
		defer func() { // in a goroutine of its own, where nobody else would catch it
			if fault := recover(); fault != nil {
				t.Fatal(fault)
			}
		}()
		server := r.discovery(t)
		proxy := server.SetupProxy(r.proxy())
		for _, ask := range asks {
			question, known := proxyQuestions[ask]
			if !known {
				t.Fatalf("no such question: %q", ask)
			}
			answer, err := question(server, proxy)
			if err != nil {
				t.Fatal(err)
			}
			answers[ask] = answer
		}
	})
}
