package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An upstream is a server that filters call. It speaks HTTP/1.1, HTTP/2 and gRPC, whichever comes, and answers with what
// it saw of the call.
type upstream struct {
	address string
	// Name of the certificate in the folder of certificates; none: plaintext.
	certificate string
	// The server names that it knows; it refuses any other. None: no matter.
	names []string
	// Demands a client's certificate, signed by our own authority.
	clients bool
	// The application protocols of TLS that it knows; none: it does not negotiate them.
	protocols []string
}

var web = []string{"h2", "http/1.1"}

var upstreamsByName = map[string]upstream{
	"plain":    {address: "127.0.0.1"},
	"second":   {address: "127.0.0.2"},
	"tls":      {address: "127.0.0.1", certificate: "auth", names: []string{"auth.example.com"}, protocols: web},
	"mutual":   {address: "127.0.0.1", certificate: "auth", clients: true, protocols: web},
	"stranger": {address: "127.0.0.1", certificate: "stranger", protocols: web},
	"mesh":     {address: "127.0.0.3", certificate: "mesh", clients: true},
}

// What an upstream saw of a call.
type sighting struct {
	Upstream  string `json:"upstream"`
	Port      int    `json:"port"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Authority string `json:"authority"`
	HTTP2     bool   `json:"http2"`
	TLS       bool   `json:"tls"`
	SNI       string `json:"sni"`
	Protocol  string `json:"protocol"`
	Client    string `json:"client"`
}

// upstreams starts them all on free ports and prints NAME: ADDRESS. It ends when standard input does. The argument is the
// folder of certificates: ca.pem, and NAME.pem with NAME.key.
func upstreams(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: oracle upstreams FOLDER")
	}
	addresses := map[string]string{}
	for name, u := range upstreamsByName {
		address, err := u.start(name, args[0])
		if err != nil {
			return err
		}
		addresses[name] = address
	}
	if err := json.NewEncoder(os.Stdout).Encode(addresses); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}

func (u upstream) start(name, folder string) (address string, err error) {
	listener, err := net.Listen("tcp", u.address+":0")
	if err != nil {
		return "", err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	server := &http.Server{
		Handler:   answering(name, port),
		Protocols: new(http.Protocols),
		ErrorLog:  log.New(io.Discard, "", 0), // failing handshakes are what some scenes are about
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	address = listener.Addr().String()
	if u.certificate != "" {
		config, err := u.tlsConfig(folder)
		if err != nil {
			return "", err
		}
		listener = tls.NewListener(listener, config)
	}
	go func() { log.Fatal(server.Serve(listener)) }()
	return address, nil
}

func (u upstream) tlsConfig(folder string) (*tls.Config, error) {
	path := filepath.Join(folder, u.certificate)
	certificate, err := tls.LoadX509KeyPair(path+".pem", path+".key")
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: u.protocols, ClientCAs: x509.NewCertPool()}
	config.ClientCAs.AppendCertsFromPEM(authority)
	if u.clients {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if u.names != nil && !slices.Contains(u.names, strings.ToLower(hello.ServerName)) {
			return nil, fmt.Errorf("no such server: %q", hello.ServerName)
		}
		return nil, nil
	}
	return config, nil
}

// A request of /held waits until its caller gives it up.
func answering(name string, port int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/held": // until the caller gives up
			<-r.Context().Done()
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		}
		text, err := json.Marshal(seen(name, port, r))
		if err != nil {
			panic(err)
		}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			answerGRPC(w, text)
			return
		}
		_, _ = w.Write(text)
	}
}

func seen(name string, port int, r *http.Request) sighting {
	s := sighting{
		Upstream: name, Port: port, Method: r.Method, Path: r.URL.RequestURI(), Authority: r.Host, HTTP2: r.ProtoMajor == 2,
	}
	if r.TLS != nil {
		s.TLS, s.SNI, s.Protocol = true, r.TLS.ServerName, r.TLS.NegotiatedProtocol
		if len(r.TLS.PeerCertificates) > 0 {
			s.Client = r.TLS.PeerCertificates[0].Subject.CommonName
		}
	}
	return s
}

// A gRPC message: one byte "not compressed", four bytes of length, the message.
func answerGRPC(w http.ResponseWriter, message []byte) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "grpc-status")
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	_, _ = w.Write(append(frame, message...))
	w.Header().Set("grpc-status", "0")
}

func init() {
	commands["upstreams"] = upstreams
}
