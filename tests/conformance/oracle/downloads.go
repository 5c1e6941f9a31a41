package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"istio.io/istio/pkg/wasm"
)

// downloads has istio-agent's code fetch the files that the request names by HTTP, and unpack them as it does.
func downloads(r *request) (any, error) {
	folder, err := os.MkdirTemp("", "oracle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	cache := wasm.NewLocalFileCache(folder, wasm.Options{HTTPRequestMaxRetries: 1, PurgeInterval: time.Hour})
	defer cache.Cleanup()
	answers := make([]fetched, 0, len(r.Files))
	for _, file := range r.Files {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			http.ServeFile(w, r, file)
		}))
		answers = append(answers, download(cache, server.URL))
		server.Close()
	}
	return answers, nil
}

func download(cache wasm.Cache, url string) fetched {
	path, err := cache.Get(url, wasm.GetOptions{RequestTimeout: time.Minute})
	if err != nil {
		return fetched{Error: err.Error()}
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		return fetched{Error: err.Error()}
	}
	sum := sha256.Sum256(bytes)
	return fetched{SHA256: hex.EncodeToString(sum[:])}
}
