package awstest

import (
	"crypto/tls"
	"crypto/x509"
	_ "embed" // site.json
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

//go:embed site.json
var siteAnswers []byte

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
	header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'self'")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	body, known := answers(siteAnswers)[what]
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
	_, _ = fmt.Fprint(w, fill(body, "{token}", SmokeToken))
}
