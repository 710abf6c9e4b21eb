package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
)

// securityHeaders are on every answer, errors too. The policy without connect-src is the backend's: an API has no page.
func securityHeaders(header http.Header, policy string) {
	header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "strict-origin-when-cross-origin")
}

// Wrapping is what goes around a service's handler.
type Wrapping struct {
	Faults *faults.Set
	Log    *slog.Logger
	// HealthPath is spared from failing at random, or the load balancer would take the target out of service before
	// anybody saw an error.
	HealthPath string
	// Policy is the Content-Security-Policy.
	Policy string
}

// Wrap adds the security headers, the access log and the faults that concern any request.
func Wrap(in Wrapping, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		if !in.Faults.On(faults.NoSecurityHeaders) {
			securityHeaders(w.Header(), in.Policy)
		}
		answer := &recorder{ResponseWriter: w, status: http.StatusOK}
		if !wait(r, in.Faults.Latency()) {
			return // the caller is gone
		}
		if r.URL.Path != in.HealthPath && in.Faults.Fails() {
			Refuse(answer, http.StatusInternalServerError, "internal server error")
		} else {
			handler.ServeHTTP(answer, r)
		}
		in.access(r, answer.status, time.Since(start))
	})
}

// access writes a line for each request. Health checks come every few seconds from everywhere, so they are for debugging.
func (in Wrapping) access(r *http.Request, status int, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case status == http.StatusInternalServerError:
		level = slog.LevelError
	case r.URL.Path == in.HealthPath && status == http.StatusOK:
		level = slog.LevelDebug
	}
	in.Log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", status, "ms", took.Milliseconds())
}

// wait returns false if the request ended first.
func wait(r *http.Request, by time.Duration) bool {
	if by <= 0 {
		return true
	}
	timer := time.NewTimer(by)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// recorder remembers the status for the access log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}
