package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/bootstrap"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/mesh"
)

// bootstrapTemplate is Istio's own, beside the program (../build).
const bootstrapTemplate = "envoy_bootstrap.json"

// extensionNames are those that the listeners' HTTP filters are discovered by.
func extensionNames(listeners []*listener.Listener) []string {
	var names []string
	for _, l := range listeners {
		for _, chain := range append(l.FilterChains, l.DefaultFilterChain) {
			for _, filter := range chain.GetFilters() {
				manager := &hcm.HttpConnectionManager{}
				if filter.GetTypedConfig().UnmarshalTo(manager) != nil {
					continue
				}
				for _, f := range manager.HttpFilters {
					if f.GetConfigDiscovery() != nil {
						names = append(names, f.Name)
					}
				}
			}
		}
	}
	return names
}

// bootstrapOf is what istio-agent makes of its template for the proxy.
func bootstrapOf(p *model.Proxy) (json.RawMessage, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	config := mesh.DefaultProxyConfig()
	config.StatusPort, config.ProxyAdminPort = 15020, 15000
	metadata := &model.BootstrapNodeMetadata{NodeMetadata: *p.Metadata}
	metadata.InstanceIPs, metadata.EnvoyStatusPort, metadata.EnvoyPrometheusPort = p.IPAddresses, 15021, 15090
	metadata.ProxyConfig = (*model.NodeMetaProxyConfig)(config)
	id := string(p.Type) + "~" + p.IPAddresses[0] + "~it." + p.ConfigNamespace + "~" + p.ConfigNamespace + ".svc." + constants.DefaultClusterLocalDomain
	node := &model.Node{ID: id, Locality: &core.Locality{}, Metadata: metadata, RawMetadata: map[string]any{
		"NAMESPACE": p.ConfigNamespace, "NAME": "it", "LABELS": p.Labels, "ISTIO_VERSION": p.Metadata.IstioVersion,
	}}
	var text bytes.Buffer
	template := filepath.Join(filepath.Dir(program), bootstrapTemplate)
	if err := bootstrap.New(bootstrap.Config{Node: node}).WriteTo(template, &text); err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	err = json.Compact(&compact, text.Bytes())
	return compact.Bytes(), err
}
