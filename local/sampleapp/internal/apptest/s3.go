package apptest

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// S3 is one bucket, by path. It knows HEAD of the bucket and PUT and GET of objects, and checks no signature.
type S3 struct {
	server *httptest.Server

	mu      sync.Mutex
	objects map[string][]byte
}

// NewS3 starts one and sets the AWS SDK's variables to it, so the test cannot run in parallel.
func NewS3(t *testing.T, bucket string) *S3 {
	t.Helper()
	fake := &S3{objects: map[string][]byte{}}
	fake.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fake.serve(w, r, bucket) }))
	t.Cleanup(fake.server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": fake.server.URL, "AWS_REGION": "ap-southeast-2", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	return fake
}

// Stop makes the endpoint go away.
func (s *S3) Stop() { s.server.Close() }

// Keys are the objects that there are, sorted.
func (s *S3) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

func (s *S3) serve(w http.ResponseWriter, r *http.Request, bucket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case name != bucket:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodHead && key == "":
	case r.Method == http.MethodPut:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.objects[key] = body
	case r.Method == http.MethodGet && s.objects[key] != nil:
		_, _ = w.Write(s.objects[key])
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
