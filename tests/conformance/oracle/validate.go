package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/webhooks/validation/server"
)

// A verdict is what the API server and istiod's webhook would say to `kubectl apply`.
type verdict struct {
	Object   string   `json:"object"`
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
}

func verdicts(r *request) (any, error) {
	schemas, err := schemasOf(r.CRDs)
	if err != nil {
		return nil, err
	}
	objects, err := documents(r.Objects)
	if err != nil {
		return nil, err
	}
	list := make([]verdict, 0, len(objects))
	for _, d := range objects {
		v := verdict{Object: d.Kind + " " + d.Namespace + "/" + d.Name, Errors: []string{}, Warnings: []string{}}
		if err := schemas.ValidateCustomResourceYAML(d.text, nil); err != nil {
			v.Errors = append(v.Errors, "CRD: "+err.Error())
		}
		if err := v.askWebhook(d); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

var (
	schemasByFile = map[string]*crd.Validator{}
	webhook       = sync.OnceValues(newWebhook)
)

// schemasOf reads CRDs: those of a file, or those that were put beside the program when it was built.
func schemasOf(file string) (*crd.Validator, error) {
	if file == "" {
		program, err := os.Executable()
		if err != nil {
			return nil, err
		}
		file = filepath.Join(filepath.Dir(program), "crd-all.gen.yaml")
	}
	if known := schemasByFile[file]; known != nil {
		return known, nil
	}
	read, err := crd.NewValidatorFromFilesWithOptions([]string{file}, crd.WithoutCRDValidation())
	if err == nil {
		schemasByFile[file] = read
	}
	return read, err
}

func newWebhook() (http.Handler, error) {
	mux := http.NewServeMux()
	_, err := server.New(server.Options{Schemas: collections.Pilot, DomainSuffix: "cluster.local", Port: 9443, Mux: mux})
	return mux, err
}

func admissionReview(d document) ([]byte, error) {
	object, err := yaml.YAMLToJSON([]byte(d.text))
	if err != nil {
		return nil, err
	}
	group, version, _ := strings.Cut(d.APIVersion, "/")
	return json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID:       "1",
			Kind:      metav1.GroupVersionKind{Group: group, Version: version, Kind: d.Kind},
			Name:      d.Name,
			Namespace: d.Namespace,
			Operation: admissionv1.Create,
			Object:    runtime.RawExtension{Raw: object},
		},
	})
}

func (v *verdict) askWebhook(d document) error {
	handler, err := webhook()
	if err != nil {
		return err
	}
	review, err := admissionReview(d)
	if err != nil {
		return err
	}
	question := httptest.NewRequest(http.MethodPost, "/validate", bytes.NewReader(review))
	question.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, question)
	var answer admissionv1.AdmissionReview
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil || answer.Response == nil {
		return fmt.Errorf("the webhook answered %d %s", recorder.Code, recorder.Body)
	}
	if !answer.Response.Allowed {
		v.Errors = append(v.Errors, "webhook: "+answer.Response.Result.Message)
	}
	v.Warnings = append(v.Warnings, answer.Response.Warnings...)
	return nil
}
