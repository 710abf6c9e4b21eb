// Package site is the frontend's page and what it loads.
//
// Decisions: the API's address is in the script, as Next.js writes NEXT_PUBLIC_API_URL into the chunks it builds, and comes
// from the image, not from the task; the files' names have a hash of their content, so that a page never gets
// another build's script from a cache.
package site

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// HealthPath is the route of the health check: the page itself.
const HealthPath = "/"

// static is where a Next.js build's files are.
const static = "/_next/static/"

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="version" content="{{.Version}}">
<title>{{.Name}}</title>
<link rel="stylesheet" href="{{.Style}}">
<script src="{{.Script}}" defer></script>
</head>
<body><main id="app"><h1>{{.Name}}</h1></main></body>
</html>
`))

const style = "body{font-family:system-ui,sans-serif;margin:0}main{max-width:60rem;margin:4rem auto;padding:0 1rem}\n"

// Site is one build of the page.
type Site struct {
	API     string
	Name    string
	Version string
	Faults  *faults.Set
	Log     *slog.Logger
}

// file is what the page loads.
type file struct {
	path, kind, text string
}

// files are made anew for each request, because a fault may have changed the script.
func (s Site) files() (script, sheet file) {
	api := s.API
	if other := s.Faults.Text(faults.WrongAPI); other != "" {
		api = other
	}
	settings, _ := json.Marshal(map[string]string{"apiUrl": api, "appName": s.Name, "version": s.Version}) // texts only: cannot fail
	text := `(()=>{const settings=` + string(settings) + `;document.getElementById("app").dataset.api=settings.apiUrl})();` + "\n"
	script = file{static + "chunks/main-" + hash(text) + ".js", "text/javascript; charset=utf-8", text}
	sheet = file{static + "css/" + hash(style) + ".css", "text/css; charset=utf-8", style}
	return script, sheet
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Handler is the routes with what goes around them.
func (s Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET "+static, s.static)
	return web.Wrap(web.Wrapping{
		Faults: s.Faults, Log: s.Log, HealthPath: HealthPath,
		Policy: "default-src 'self'; connect-src 'self' " + s.API + "; frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
	}, mux)
}

func (s Site) page(w http.ResponseWriter, _ *http.Request) {
	if s.Faults.On(faults.Unhealthy) {
		http.Error(w, "unhealthy", http.StatusServiceUnavailable)
		return
	}
	script, sheet := s.files()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	// fails only for a caller that is gone
	_ = page.Execute(w, map[string]string{"Name": s.Name, "Version": s.Version, "Script": script.path, "Style": sheet.path})
}

func (s Site) static(w http.ResponseWriter, r *http.Request) {
	script, sheet := s.files()
	for _, known := range []file{script, sheet} {
		if known.path == r.URL.Path && !s.Faults.On(faults.MissingAssets) {
			w.Header().Set("Content-Type", known.kind)
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			_, _ = w.Write([]byte(known.text)) // fails only for a caller that is gone
			return
		}
	}
	http.NotFound(w, r)
}
