package publish

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"
)

const (
	content = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
	other   = "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
	version = "v1.1.0"
)

// store is a registry with ECR's two habits: it wants a login, and a tag that it has stays where it is.
type store struct {
	*httptest.Server
	mutex    sync.Mutex
	next     http.Handler
	tags     map[string]bool // repository/manifests/tag
	calls    []string        // methods and paths
	logins   map[string]bool // as whom somebody came
	before   func(*http.Request)
	refuse   map[string]int // the status to answer a method and path's end with
	password string
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{
		next: registry.New(registry.Logger(log.New(io.Discard, "", 0))),
		tags: map[string]bool{}, logins: map[string]bool{}, refuse: map[string]int{}, password: "hush",
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *store) host() string { return strings.TrimPrefix(s.URL, "http://") }

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	s.mutex.Lock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	if user != "" {
		s.logins[user] = true
	}
	hook := s.before
	s.mutex.Unlock()
	if hook != nil {
		hook(r)
	}
	if s.password != "" && (user != "AWS" || password != s.password) {
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		deny(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		return
	}
	for end, status := range s.refuse {
		if strings.HasSuffix(r.Method+" "+r.URL.Path, end) {
			deny(w, status, "DENIED", "User is not authorized")
			return
		}
	}
	if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/v") && s.taken(r.URL.Path) {
		deny(w, http.StatusBadRequest, "TAG_INVALID", "The image tag already exists and cannot be overwritten because the repository is immutable.")
		return
	}
	s.next.ServeHTTP(w, r)
}

func (s *store) taken(path string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	was := s.tags[path]
	s.tags[path] = true
	return was
}

func deny(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}

// wrote counts the calls that changed something.
func (s *store) wrote() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	count := 0
	for _, call := range s.calls {
		if !strings.HasPrefix(call, "GET ") && !strings.HasPrefix(call, "HEAD ") {
			count++
		}
	}
	return count
}

func (s *store) forget() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls, s.logins = nil, map[string]bool{}
}

func (s *store) keys() registryLogin {
	return registryLogin{host: s.host(), auth: &authn.Basic{Username: "AWS", Password: s.password}}
}

// made is an image of one layer for linux/amd64 with a content label, but for the changes.
func made(t *testing.T, change ...func(*v1.ConfigFile)) v1.Image {
	t.Helper()
	image, err := random.Image(256, 1)
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	config.Config.Labels = map[string]string{contentLabel: content}
	for _, f := range change {
		f(config)
	}
	image, err = mutate.ConfigFile(image, config)
	require.NoError(t, err)
	return image
}

// push puts an image into a repository and returns its digest.
func (s *store) push(t *testing.T, repository string, image v1.Image) string {
	t.Helper()
	tag, err := name.NewTag(s.host() + "/" + repository)
	require.NoError(t, err)
	require.NoError(t, remote.Write(tag, image, remote.WithAuthFromKeychain(s.keys())))
	digest, err := image.Digest()
	require.NoError(t, err)
	return digest.String()
}

// pushIndex puts an index of that one image there.
func (s *store) pushIndex(t *testing.T, repository string, image v1.Image) string {
	t.Helper()
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: image})
	tag, err := name.NewTag(s.host() + "/" + repository)
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(tag, index, remote.WithAuthFromKeychain(s.keys())))
	digest, err := index.Digest()
	require.NoError(t, err)
	return digest.String()
}

// holds is the digest that a repository has under the version; empty where it has none.
func (s *store) holds(t *testing.T, repository string) string {
	t.Helper()
	tag, err := name.NewTag(s.host() + "/" + repository + ":" + version)
	require.NoError(t, err)
	found, err := remote.Head(tag, remote.WithAuthFromKeychain(s.keys()))
	if err != nil {
		return ""
	}
	return found.Digest.String()
}
