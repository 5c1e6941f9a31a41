// server ADDRESS TEMPLATE: what a service of one's own would be: read YAML from a request, fill a template, check nothing.
package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"text/template"

	"gopkg.in/yaml.v3"
)

const largest = 4 << 20

func main() {
	objects, err := template.ParseFiles(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/v1/generate", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var values map[string]any
		if err := yaml.Unmarshal(text, &values); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		var out bytes.Buffer
		if err := objects.Execute(&out, map[string]any{"Values": values}); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		w.Header().Set("Content-Type", "application/yaml")
		w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
		w.Write(out.Bytes())
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
