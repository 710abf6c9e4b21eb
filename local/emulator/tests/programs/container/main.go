// Command container is what the emulator's tests run as a task: a server that is as healthy as it is told to be.
//
//	container                serves PORT; GET /health answers HEALTH (200 when unset), GET /env all variables as JSON
//	container check          is its health check: exits with CHECK (0 when unset)
//	container exit N         writes a line to each of stdout and stderr and exits with N
//	container linger         runs for a second, and exits with 3
//	container fill           uses memory until it is killed
//
// With STUBBORN set, the server ignores SIGTERM.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	switch command := append(os.Args[1:], "serve")[0]; command {
	case "check":
		os.Exit(number("CHECK", 0))
	case "exit":
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
		code, _ := strconv.Atoi(os.Args[2])
		os.Exit(code)
	case "linger":
		time.Sleep(time.Second)
		os.Exit(3)
	case "fill":
		fill()
	default:
		serve()
	}
}

func serve() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		for range signals {
			fmt.Println("told to stop")
			if os.Getenv("STUBBORN") == "" {
				os.Exit(0)
			}
		}
	}()
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(number("HEALTH", http.StatusOK)) })
	http.HandleFunc("/env", func(w http.ResponseWriter, _ *http.Request) {
		all := map[string]string{}
		for _, variable := range os.Environ() {
			name, value, _ := strings.Cut(variable, "=")
			all[name] = value
		}
		_ = json.NewEncoder(w).Encode(all)
	})
	http.HandleFunc("/write", func(w http.ResponseWriter, r *http.Request) {
		if err := os.WriteFile(r.URL.Query().Get("path"), []byte("x"), 0o600); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	})
	fmt.Println("serving", os.Getenv("RELEASE"))
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":"+os.Getenv("PORT"), nil))
	os.Exit(1)
}

func fill() {
	var held [][]byte
	for {
		block := make([]byte, 16<<20)
		for i := range block {
			block[i] = byte(i)
		}
		held = append(held, block)
		if len(held) > 1<<20 {
			return
		}
	}
}

func number(variable string, otherwise int) int {
	if value, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return value
	}
	return otherwise
}
