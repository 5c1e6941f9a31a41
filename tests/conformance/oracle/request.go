package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// A request is one line of `batch`, or the flags and files of another command.
type request struct {
	ID   string   `json:"id"`
	Asks []string `json:"asks"` // validate, read, fetch, download, clusters, listeners, routes, endpoints, extensions, bootstrap

	// YAML documents, Istio's and Kubernetes' mixed.
	Objects string `json:"objects"`
	// The CRDs to judge by, in the place of those of this Istio.
	CRDs string `json:"crds"`
	// Folders of the OCI image layout, to fetch modules from.
	Images []string `json:"images"`
	// Files, to fetch modules from by HTTP.
	Files []string `json:"files"`

	// The proxy that asks.
	Proxy     string            `json:"proxy"` // sidecar, gateway, waypoint
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	Version   string            `json:"version"`
	// Name of the Gateway whose proxy it is.
	Gateway string `json:"gateway"`
	// MeshConfig, as YAML.
	Mesh string `json:"mesh"`
}

func (r *request) flags(command string) *flag.FlagSet {
	flags := flag.NewFlagSet(command, flag.ExitOnError)
	flags.StringVar(&r.CRDs, "crds", "", "`file` with the CRDs to judge by")
	flags.StringVar(&r.Proxy, "proxy", "sidecar", "sidecar, gateway or waypoint")
	flags.StringVar(&r.Namespace, "namespace", "default", "namespace of the proxy")
	flags.StringVar(&r.Version, "version", "1.32.0", "Istio version of the proxy")
	flags.StringVar(&r.Gateway, "gateway", "", "`name` of the Gateway whose proxy it is")
	flags.Func("label", "`key=value` on the proxy, repeatable", func(text string) error {
		key, value, found := strings.Cut(text, "=")
		if !found {
			return fmt.Errorf("not key=value")
		}
		r.Labels[key] = value
		return nil
	})
	flags.Func("mesh", "`file` with MeshConfig", func(name string) error {
		text, err := readFile(name)
		r.Mesh = text
		return err
	})
	return flags
}

func readFile(name string) (string, error) {
	if name == "-" {
		text, err := io.ReadAll(os.Stdin)
		return string(text), err
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

func readFiles(names []string) (string, error) {
	texts := make([]string, 0, len(names))
	for _, name := range names {
		text, err := readFile(name)
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "\n---\n"), nil
}

// answers gives what each ask of the request yields.
func (r *request) answers() (map[string]any, error) {
	answers := map[string]any{}
	var onProxy []string
	for _, ask := range r.Asks {
		question, ofText := textQuestions[ask]
		if !ofText {
			onProxy = append(onProxy, ask)
			continue
		}
		answer, err := question(r)
		if err != nil {
			return nil, err
		}
		answers[ask] = answer
	}
	if len(onProxy) == 0 {
		return answers, nil
	}
	return answers, askProxy(r, onProxy, answers)
}

// The questions that need no proxy; the others are in proxy.go.
var textQuestions = map[string]func(*request) (any, error){
	"fetch":    fetches,
	"download": downloads,
	"validate": verdicts,
	"read":     readings,
}

// once answers a single question from the command line.
func once(ask string, args []string) error {
	r := request{Asks: []string{ask}, Labels: map[string]string{}}
	flags := r.flags(ask)
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if r.Objects, err = readFiles(flags.Args()); err != nil {
		return err
	}
	answers, err := r.answers()
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "    ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(answers[ask])
}
