package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"net"
	"os"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/security"
	"istio.io/istio/pkg/test"
	"istio.io/istio/security/pkg/nodeagent/cache"
	"istio.io/istio/security/pkg/nodeagent/sds"
)

// serve is what a real Envoy needs around it: an istiod that knows the objects of the files, on a free loopback port, and
// istio-agent's own server of certificates, on the Unix socket below the working directory where Envoy expects it. The
// workload's certificate is read from ./etc/certs. It prints its address when it is ready, then answers each line of
// standard input, a node as Envoys introduce themselves, with that node's listeners, and ends when standard input does.
func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	trust := flags.String("system-trust", "/etc/ssl/certs/ca-certificates.crt", "`file` that caCertificates: system means")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var r request
	var err error
	if r.Objects, err = readFiles(flags.Args()); err != nil {
		return err
	}
	agent, err := startAgent(*trust)
	if err != nil {
		return err
	}
	defer agent.Stop()
	return test.Wrap(func(t test.Failer) {
		server := r.discovery(t)
		address, err := listenForProxies(server.Discovery.Register)
		if err != nil {
			t.Fatal(err)
		}
		replies := json.NewEncoder(os.Stdout)
		if err := replies.Encode(map[string]string{"ads": address}); err != nil {
			t.Fatal(err)
		}
		for nodes := bufio.NewScanner(os.Stdin); nodes.Scan(); {
			listeners, err := listenersOf(server, nodes.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if err := replies.Encode(map[string]any{"listeners": listeners}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// listenersOf takes the node for the proxy that istiod would take it for.
func listenersOf(server *xds.FakeDiscoveryServer, text []byte) ([]json.RawMessage, error) {
	node := &core.Node{}
	if err := protojson.Unmarshal(text, node); err != nil {
		return nil, err
	}
	metadata, err := model.ParseMetadata(node.Metadata)
	if err != nil {
		return nil, err
	}
	proxy, err := model.ParseServiceNodeWithMetadata(node.Id, metadata)
	if err != nil {
		return nil, err
	}
	proxy.XdsNode, proxy.ConfigNamespace = node, model.GetProxyConfigNamespace(proxy)
	proxy.SetWorkloadLabels(server.Env())
	return printed(server.Listeners(server.SetupProxy(proxy)))
}

func listenForProxies(register func(*grpc.Server)) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := grpc.NewServer()
	register(server)
	go func() { _ = server.Serve(listener) }()
	return listener.Addr().String(), nil
}

// startAgent answers what Istio's clusters ask by SDS: file-root:…, file-cert:…, default and ROOTCA.
func startAgent(systemTrust string) (*sds.Server, error) {
	options := &security.Options{
		CARootPath:        systemTrust,
		CertChainFilePath: security.DefaultCertChainFilePath,
		KeyFilePath:       security.DefaultKeyFilePath,
		RootCertFilePath:  security.DefaultRootCertFilePath,
	}
	secrets, err := cache.NewSecretManagerClient(nil, options)
	if err != nil {
		return nil, err
	}
	server := sds.NewServer(options, secrets, nil)
	secrets.RegisterSecretHandler(server.OnSecretUpdate)
	return server, nil
}
