// template VALUES TEMPLATE: what a script of one's own would be: read YAML, fill a template, check nothing.
package main

import (
	"bufio"
	"log"
	"os"
	"text/template"

	"gopkg.in/yaml.v3"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		log.Fatal(err)
	}
	objects, err := template.ParseFiles(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	if err := objects.Execute(out, map[string]any{"Values": values}); err != nil {
		log.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
