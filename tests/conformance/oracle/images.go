package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"istio.io/istio/pkg/wasm"
)

// What istio-agent takes from an image.
type fetched struct {
	Digest string `json:"digest"` // of the image's manifest
	SHA256 string `json:"sha256"` // of the module
	Error  string `json:"error"`
}

type layoutIndex struct {
	Manifests []struct {
		MediaType string `json:"mediaType"`
		Digest    string `json:"digest"`
	} `json:"manifests"`
}

// fetches has istio-agent's code fetch the images that the request names, folders of the OCI image layout, from a registry.
func fetches(r *request) (any, error) {
	answers := make([]fetched, 0, len(r.Images))
	for _, folder := range r.Images {
		index, err := readIndex(folder)
		if err != nil {
			return nil, err
		}
		registry := httptest.NewServer(registryOf(folder, index))
		answers = append(answers, fetch(strings.TrimPrefix(registry.URL, "http://")+"/image:1"))
		registry.Close()
	}
	return answers, nil
}

func readIndex(folder string) (layoutIndex, error) {
	var index layoutIndex
	text, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		return index, err
	}
	return index, json.Unmarshal(text, &index)
}

func fetch(url string) fetched {
	fetcher := wasm.NewImageFetcher(context.Background(), wasm.ImageFetcherOption{PullSecret: []byte("{}")})
	module, digest, err := fetcher.PrepareFetch(url)
	if err != nil {
		return fetched{Error: err.Error()}
	}
	bytes, err := module()
	if err != nil {
		return fetched{Digest: digest, Error: err.Error()}
	}
	sum := sha256.Sum256(bytes)
	return fetched{Digest: digest, SHA256: hex.EncodeToString(sum[:])}
}

// registryOf serves the folder's blobs; its only image is what every tag names. A digest has the type that the index, or
// the document itself, says.
func registryOf(folder string, index layoutIndex) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
		kind, name, _ := strings.Cut(rest, "/")
		if kind == "manifests" && !strings.HasPrefix(name, "sha256:") {
			name = index.Manifests[0].Digest
		}
		if kind == "" {
			return // does it speak the protocol
		}
		bytes, err := os.ReadFile(filepath.Join(folder, "blobs", "sha256", strings.TrimPrefix(name, "sha256:")))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if kind == "manifests" {
			w.Header().Set("Content-Type", typeOf(bytes, index.Manifests[0].MediaType))
			w.Header().Set("Docker-Content-Digest", name)
		}
		_, _ = w.Write(bytes)
	})
}

func typeOf(document []byte, otherwise string) string {
	var head struct {
		MediaType string `json:"mediaType"`
	}
	if json.Unmarshal(document, &head) == nil && head.MediaType != "" {
		return head.MediaType
	}
	return otherwise
}
