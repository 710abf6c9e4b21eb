package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// The application here is a handler that the client reaches without a network, so that synctest's clock applies. These tests
// are about how answers are evaluated; http_test.go is about the network.

const (
	siteAddress = "https://flowcomply.test"
	apiAddress  = "https://api.flowcomply.test"
	smokeArn    = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:smoke"
	smokeEmail  = "smoke@flowcomply.test"
	canary      = `cAnary"<p&ss>/+wörd 7`
)

// pretended is a client whose every request the handler answers.
func pretended(handler http.Handler) *http.Client {
	client := NewHTTPClient()
	client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		answer := recorder.Result()
		answer.Request = r
		return answer, nil
	})
	return client
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// fakeApp answers as the application does when all is well. An entry of answers,
// by host and path, replaces what it says.
type fakeApp struct {
	answers map[string]http.HandlerFunc
	token   string
	delay   time.Duration

	mu       sync.Mutex
	requests []string
}

func newApp() *fakeApp {
	return &fakeApp{answers: map[string]http.HandlerFunc{}, token: jwt(`{"alg":"HS256"}`, `{"sub":"1"}`)}
}

func jwt(header, claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(claims)) + "." + encode([]byte("a canary's signature"))
}

func (a *fakeApp) client() *http.Client { return pretended(a) }

func (a *fakeApp) times(what string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, one := range a.requests {
		if one == what {
			n++
		}
	}
	return n
}

func (a *fakeApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what := r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
	a.mu.Lock()
	a.requests = append(a.requests, what)
	a.mu.Unlock()
	select {
	case <-r.Context().Done():
		return
	case <-time.After(a.delay):
	}
	for name, value := range map[string]string{
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'self'", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	} {
		w.Header().Set(name, value)
	}
	if answer, ok := a.answers[what]; ok {
		answer(w, r)
		return
	}
	a.usual(w, r, what)
}

func (a *fakeApp) usual(w http.ResponseWriter, r *http.Request, what string) {
	protected := map[string]string{
		"/api/users/me":            `{"id":"u1","email":"Smoke@flowcomply.test","organizationId":"o1"}`,
		"/api/analytics/dashboard": `{"users":2,"organizations":1,"assets":3}`,
		"/api/assets":              `{"items":[{"id":"a1","name":"Pump","documentKey":"k"}],"total":3}`,
		"/api/monitoring/queues":   `{"queues":[{"name":"documents","running":true,"waiting":1,"active":0,"failed":2,"oldestSeconds":3}]}`,
		"/api/monitoring/metrics":  metricsJSON(1, 2, 10, 0, 2, 1, 3, 4, 0, 0),
	}
	body, ok := protected[r.URL.Path]
	switch {
	case r.URL.Scheme == "http":
		w.Header().Set("Location", "https://"+r.URL.Host+":443"+r.URL.RequestURI())
		w.WriteHeader(http.StatusMovedPermanently)
	case what == apiAddress+HealthPath:
		say(http.StatusOK, `{"status":"healthy","version":"1.0.0","image":"`+fakeaws.Digest+`","services":{"database":"connected","redis":"connected","s3":"connected"}}`)(w, r)
	case what == apiAddress+loginPath:
		var user map[string]string
		if json.NewDecoder(r.Body).Decode(&user) != nil || user["email"] != smokeEmail || user["password"] != canary {
			say(http.StatusUnauthorized, `{"error":"Invalid credentials"}`)(w, r)
			return
		}
		say(http.StatusOK, `{"token":"`+a.token+`"}`)(w, r)
	case ok && r.Header.Get("Authorization") != "Bearer "+a.token:
		say(http.StatusUnauthorized, `{"error":"who are you?"}`)(w, r)
	case ok:
		say(http.StatusOK, body)(w, r)
	default:
		a.page(w, what)
	}
}

func (a *fakeApp) page(w http.ResponseWriter, what string) {
	var kind, body string
	switch what {
	case siteAddress, siteAddress + "/":
		kind, body = "text/html; charset=utf-8", `<!doctype html><link rel="stylesheet" href="/_next/static/css/a.css"><script src="/_next/static/chunks/main-1.js"></script>`
	case siteAddress + "/_next/static/css/a.css":
		kind, body = "text/css", "a{}"
	case siteAddress + "/_next/static/chunks/main-1.js":
		kind, body = "application/javascript", `api="https:\/\/api.flowcomply.test"`
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write([]byte(body))
}

// say answers with status and JSON.
func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func metricsJSON(active, idle, most, errs, users, organizations, assets, applied, pending, failed int) string {
	return fmt.Sprintf(`{"database":{"pool":{"active":%d,"idle":%d,"max":%d},"errors":%d,
		"tables":{"User":%d,"Organization":%d,"Asset":%d},"migrations":{"applied":%d,"pending":%d,"failed":%d}}}`,
		active, idle, most, errs, users, organizations, assets, applied, pending, failed)
}

// fakeSecret is what Secrets Manager holds.
type fakeSecret struct {
	value *string
	err   error
	reads int
}

func (f *fakeSecret) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	if *in.SecretId != smokeArn {
		panic("asked for another secret: " + *in.SecretId)
	}
	f.reads++
	return &secretsmanager.GetSecretValueOutput{SecretString: f.value}, f.err
}

func smokeSecret() *fakeSecret {
	content, _ := json.Marshal(map[string]string{"email": smokeEmail, "password": canary}) // of strings; cannot fail
	value := string(content)
	return &fakeSecret{value: &value}
}
