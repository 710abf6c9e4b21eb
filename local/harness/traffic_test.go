package harness

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// A page is lost when it is an error, and the API also when it says that it is not healthy.
func TestVisit_CountsWhatIsLost(t *testing.T) {
	for name, row := range map[string]struct {
		api, site int
		health    string
		lost      []string // of each round
	}{
		"well":           {200, 200, `{"status":"healthy"}`, nil},
		"an error":       {200, 503, `{"status":"healthy"}`, []string{"/: 503 Service Unavailable"}},
		"unhealthy":      {200, 200, `{"status":"unhealthy"}`, []string{`/api/monitoring/health: {"status":"unhealthy"}`}},
		"no health":      {200, 200, `<html>`, []string{"/api/monitoring/health: <html>"}},
		"both are gone":  {502, 502, "", []string{"/api/monitoring/health: 502 Bad Gateway", "/: 502 Bad Gateway"}},
		"the API's gone": {502, 200, "", []string{"/api/monitoring/health: 502 Bad Gateway"}},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			both := make(chan struct{})
			serve := func(status int, body string) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					_, _ = w.Write([]byte(body))
					if asked.Add(1) == 2 {
						close(both)
					}
				}
			}
			api := httptest.NewServer(serve(row.api, row.health))
			defer api.Close()
			site := httptest.NewServer(serve(row.site, "<html>"))
			defer site.Close()
			s := &Stack{Outputs: outputs.Outputs{APIURL: api.URL, SiteURL: site.URL}, Web: api.Client()}
			end := s.Visit(t.Context())
			<-both
			visits := end()
			assert.GreaterOrEqual(t, visits.Made, 2)
			for _, want := range row.lost {
				assert.True(t, slices.ContainsFunc(visits.Lost, func(lost string) bool { return strings.HasSuffix(lost, want) }), "%q in %q", want, visits.Lost)
			}
			if row.lost == nil {
				assert.Empty(t, visits.Lost)
			}
		})
	}
}

func TestVisit_CountsWhatIsNotAnswered(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	s := &Stack{Outputs: outputs.Outputs{APIURL: gone.URL, SiteURL: gone.URL}, Web: gone.Client()}
	visits := s.Visit(t.Context())()
	assert.Len(t, visits.Lost, visits.Made)
	assert.NotZero(t, visits.Made)
}
