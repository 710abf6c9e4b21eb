// Command backend stands in for FlowComply's backend on one machine: it listens on PORT and answers the health
// check. With the argument `healthcheck` it asks that of itself, as an image from scratch has no curl.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"
)

const health = "/api/monitoring/health"

func main() {
	address := "127.0.0.1:" + os.Getenv("PORT")
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		res, err := http.Get("http://" + address + health)
		if err != nil || res.StatusCode != http.StatusOK {
			log.Fatalf("unhealthy: %v", err)
		}
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+health, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"status": "healthy", "timestamp": time.Now().UTC().Format(time.RFC3339)})
	})
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
