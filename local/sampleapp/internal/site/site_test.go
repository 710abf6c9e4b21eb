package site

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
)

// These tests ask the handler. That a browser runs the script they do not prove.

func get(t *testing.T, site Site, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	site.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func newSite(t *testing.T, broken map[string]any) Site {
	t.Helper()
	set, err := faults.New(faults.Frontend, broken)
	require.NoError(t, err)
	return Site{API: "https://api.flowcomply.test", Name: "FlowComply & Co", Version: "v1", Faults: set, Log: slog.New(slog.DiscardHandler)}
}

// linked are the addresses of the page's script and stylesheet.
func linked(t *testing.T, site Site) (script, sheet string) {
	t.Helper()
	page := get(t, site, "/").Body.String()
	found := regexp.MustCompile(`href="(/_next/static/css/[0-9a-f]{16}\.css)"(?s:.*)<script src="(/_next/static/chunks/main-[0-9a-f]{16}\.js)"`).FindStringSubmatch(page)
	require.Len(t, found, 3, page)
	return found[2], found[1]
}

func TestSite_NamesTheAPIItWasBuiltFor(t *testing.T) {
	site := newSite(t, nil)
	page := get(t, site, "/")
	assert.Equal(t, 200, page.Code)
	assert.Equal(t, "text/html; charset=utf-8", page.Header().Get("Content-Type"))
	assert.Contains(t, page.Body.String(), "<title>FlowComply &amp; Co</title>")
	assert.Contains(t, page.Header().Get("Content-Security-Policy"), "connect-src 'self' https://api.flowcomply.test;")
	script, sheet := linked(t, site)
	assert.Contains(t, get(t, site, script).Body.String(), `"apiUrl":"https://api.flowcomply.test"`)
	assert.Equal(t, "text/javascript; charset=utf-8", get(t, site, script).Header().Get("Content-Type"))
	assert.Equal(t, 200, get(t, site, sheet).Code)
	assert.Equal(t, 404, get(t, site, "/_next/static/chunks/main-0000000000000000.js").Code)
	assert.Equal(t, 404, get(t, site, "/nothing").Code)
}

func TestSite_Faults(t *testing.T) {
	site := newSite(t, map[string]any{faults.WrongAPI: "https://api.other.test"})
	script, _ := linked(t, site)
	healthy, _ := linked(t, newSite(t, nil))
	assert.NotEqual(t, healthy, script, "another content is another file")
	assert.Contains(t, get(t, site, script).Body.String(), `"apiUrl":"https://api.other.test"`)

	site = newSite(t, map[string]any{faults.MissingAssets: true})
	script, sheet := linked(t, site)
	assert.Equal(t, []int{404, 404}, []int{get(t, site, script).Code, get(t, site, sheet).Code})

	site = newSite(t, map[string]any{faults.NoSecurityHeaders: true})
	assert.Empty(t, get(t, site, "/").Header().Get("Content-Security-Policy"))
	assert.Equal(t, 503, get(t, newSite(t, map[string]any{faults.Unhealthy: true}), "/").Code)
	site = newSite(t, map[string]any{faults.ErrorRate: true})
	assert.Equal(t, []int{200, 500}, []int{get(t, site, "/").Code, get(t, site, script).Code}, "the health check is spared")
}
