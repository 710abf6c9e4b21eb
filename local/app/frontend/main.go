// Command frontend stands in for FlowComply's frontend on one machine: it listens on PORT and serves a page that
// names the API.
package main

import (
	"html/template"
	"log"
	"net/http"
	"os"
	"time"
)

var page = template.Must(template.New("page").Parse(`<!doctype html><title>{{.Name}}</title><main data-api="{{.API}}">{{.Name}}</main>`))

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		_ = page.Execute(w, map[string]string{"Name": os.Getenv("NEXT_PUBLIC_APP_NAME"), "API": os.Getenv("NEXT_PUBLIC_API_URL")})
	})
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
