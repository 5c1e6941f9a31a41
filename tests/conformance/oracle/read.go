package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
	yamlv3 "go.yaml.in/yaml/v3"
	splitter "k8s.io/apimachinery/pkg/util/yaml"
	kubernetes "sigs.k8s.io/yaml"
)

// A decoder gives the next document, then io.EOF.
type decoder interface{ Decode(into any) error }

// readings gives the documents as each reader sees them.
func readings(r *request) (any, error) {
	text := []byte(r.Objects)
	return map[string]any{
		"goyaml v2":        reading(yamlv2.NewDecoder(bytes.NewReader(text))),
		"goyaml v3":        reading(yamlv3.NewDecoder(bytes.NewReader(text))),
		"sigs.k8s.io/yaml": readingOfKubernetes(r.Objects),
	}, nil
}

// reading gives a list of documents, or the error as text.
func reading(from decoder) any {
	list := []any{}
	for {
		var value any
		switch err := from.Decode(&value); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			return err.Error()
		}
		value, err := withTextKeys(value)
		if err != nil {
			return err.Error()
		}
		list = append(list, value)
	}
}

// readingOfKubernetes splits as kubectl does.
func readingOfKubernetes(text string) any {
	list := []any{}
	for documents := splitter.NewYAMLReader(bufio.NewReader(strings.NewReader(text))); ; {
		part, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			return err.Error()
		}
		read, err := kubernetes.YAMLToJSONStrict(part)
		if err != nil {
			return err.Error()
		}
		list = append(list, json.RawMessage(read))
	}
}

// withTextKeys makes a value that JSON can hold; a key that is no text is what no generated document may have.
func withTextKeys(value any) (any, error) {
	switch v := value.(type) {
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			text, ok := key.(string)
			if !ok {
				return nil, fmt.Errorf("the key %v is a %T", key, key)
			}
			read, err := withTextKeys(item)
			if err != nil {
				return nil, err
			}
			out[text] = read
		}
		return out, nil
	case map[string]any:
		for key, item := range v {
			read, err := withTextKeys(item)
			if err != nil {
				return nil, err
			}
			v[key] = read
		}
		return v, nil
	case []any:
		for i, item := range v {
			read, err := withTextKeys(item)
			if err != nil {
				return nil, err
			}
			v[i] = read
		}
		return v, nil
	}
	return value, nil
}
