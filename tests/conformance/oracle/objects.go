package main

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/test/util/yml"
)

// A document is one object with its own text.
type document struct {
	metav1.TypeMeta
	metav1.ObjectMeta `json:"metadata"`

	text string
}

func documents(text string) ([]document, error) {
	var list []document
	for _, part := range yml.SplitString(text) {
		d := document{text: part}
		if err := yaml.Unmarshal([]byte(part), &d); err != nil {
			return nil, err
		}
		if d.Kind != "" {
			list = append(list, d)
		}
	}
	return list, nil
}

func (d document) isIstio() bool {
	group, _, _ := strings.Cut(d.APIVersion, "/")
	return strings.HasSuffix(group, ".istio.io")
}

// stores tells what istiod reads from its store of configuration, and what from Kubernetes. The index of ambient
// services looks for ServiceEntries in Kubernetes itself.
func stores(text string) (configuration, kubernetes string, err error) {
	list, err := documents(text)
	if err != nil {
		return "", "", err
	}
	var ours, theirs []string
	for _, d := range list {
		if d.isIstio() {
			ours = append(ours, d.text)
		}
		if !d.isIstio() || d.Kind == "ServiceEntry" {
			theirs = append(theirs, d.text)
		}
	}
	return strings.Join(ours, "\n---\n"), strings.Join(theirs, "\n---\n"), nil
}
