package awstest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/web"
)

// SmokePassword is what the smoke user's secret holds.
const SmokePassword = "smoke-canary-password"

// SmokeToken is one that nobody signed.
var SmokeToken = strings.Join([]string{part(`{"alg":"HS256"}`), part(`{"sub":"1"}`), part("signature")}, ".")

func part(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// bodies are what site and API answer, by host and path.
var bodies = map[string]string{
	"api.flowcomply.com/api/monitoring/health": `{"status":"healthy","image":"sha256:` + strings.Repeat("b", 64) + `",
		"services":{"database":"connected","redis":"connected","s3":"connected"}}`,
	"api.flowcomply.com/api/auth/login":          `{"token":"` + SmokeToken + `"}`,
	"api.flowcomply.com/api/users/me":            `{"id":"u1","email":"smoke@flowcomply.com","organizationId":"o1"}`,
	"api.flowcomply.com/api/analytics/dashboard": `{"users":2,"organizations":1,"assets":3}`,
	"api.flowcomply.com/api/assets":              `{"items":[{"id":"a1","name":"Pump","documentKey":"k"}],"total":3}`,
	"api.flowcomply.com/api/monitoring/queues":   `{"queues":[{"name":"documents","running":true,"waiting":0,"active":0,"failed":0,"oldestSeconds":0}]}`,
	"api.flowcomply.com/api/monitoring/metrics": `{"database":{"pool":{"active":1,"idle":1,"max":10},"errors":0,
		"tables":{"User":2,"Organization":1,"Asset":3},"migrations":{"applied":4,"pending":0,"failed":0}}}`,
	"flowcomply.com":                      `<!doctype html><script src="/_next/static/main.js"></script>`,
	"flowcomply.com/_next/static/main.js": `api="https://api.flowcomply.com"`,
}

// Site is a client that site and API answer without a network; a status by host
// and path is what they answer instead.
func Site(broken map[string]int) *http.Client {
	client := web.NewHTTPClient()
	client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		serve(recorder, r, broken)
		answer := recorder.Result()
		answer.Request = r
		if r.URL.Scheme == "https" {
			leaf := &x509.Certificate{DNSNames: []string{r.URL.Hostname()}, NotAfter: time.Now().AddDate(1, 0, 0)}
			answer.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf}}}
		}
		return answer, nil
	})
	return client
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func serve(w http.ResponseWriter, r *http.Request, broken map[string]int) {
	what := strings.TrimSuffix(r.URL.Host+r.URL.Path, "/")
	header := w.Header()
	for _, line := range []string{
		"Strict-Transport-Security: max-age=31536000; includeSubDomains", "X-Content-Type-Options: nosniff",
		"Content-Security-Policy: default-src 'self'", "X-Frame-Options: DENY", "Referrer-Policy: no-referrer",
	} {
		name, value, _ := strings.Cut(line, ": ")
		header.Set(name, value)
	}
	body, known := bodies[what]
	switch {
	case r.URL.Scheme == "http":
		header.Set("Location", "https://"+r.URL.Host+":443"+r.URL.RequestURI())
		w.WriteHeader(http.StatusMovedPermanently)
		return
	case broken[what] != 0:
		w.WriteHeader(broken[what])
		return
	case !known:
		w.WriteHeader(http.StatusNotFound)
		return
	case strings.HasPrefix(what, "api."):
		header.Set("Content-Type", "application/json")
	case strings.HasSuffix(what, ".js"):
		header.Set("Content-Type", "text/javascript")
	default:
		header.Set("Content-Type", "text/html; charset=utf-8")
	}
	_, _ = fmt.Fprint(w, body)
}
