package web

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

const (
	mainScript = siteAddress + "/_next/static/chunks/main-1.js"
	stylesheet = siteAddress + "/_next/static/css/a.css"
)

// as answers 200 with a type and a body.
func as(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(body))
	}
}

func script(body string) http.HandlerFunc { return as("text/javascript; charset=utf-8", body) }

func TestSite(t *testing.T) {
	html := func(body string) http.HandlerFunc { return as("text/html", body) }
	const tags = `<script src="/_next/static/chunks/main-1.js"></script>`
	for name, tc := range map[string]struct {
		url    string
		answer http.HandlerFunc
		want   check.Outcome
		says   string
	}{
		"ok":                  {"", nil, check.OK, "2 assets load, built for https://api.flowcomply.test"},
		"built for another":   {mainScript, script(`"https://staging-api.flowcomply.test"`), check.TimedOut, "built for https://staging-api.flowcomply.test, not for this stack's API https://api.flowcomply.test"},
		"for another company": {mainScript, script(`"https://backend.example.com"`), check.TimedOut, "built for https://backend.example.com, not for"},
		"for development":     {mainScript, script(`"http://localhost:3001"`), check.TimedOut, "built for http://localhost:3001, not for"},
		"for none":            {mainScript, script(`"/api"`), check.TimedOut, "name this stack's API https://api.flowcomply.test, nor any other"},
		"without TLS":         {mainScript, script(`"http://api.flowcomply.test"`), check.TimedOut, "built for http://api.flowcomply.test"},
		"a longer name":       {mainScript, script(`"https://api.flowcomply.test.evil.com"`), check.TimedOut, "built for https://api.flowcomply.test.evil.com"},
		"another port":        {mainScript, script(`"https://api.flowcomply.test:8443"`), check.TimedOut, "built for https://api.flowcomply.test:8443"},
		"both":                {mainScript, script(`"https://api.flowcomply.test","https://staging-api.flowcomply.test"`), check.TimedOut, "names https://staging-api.flowcomply.test beside this stack's API"},
		"others' APIs":        {mainScript, script(`"https://api.flowcomply.test/v1","https://api.stripe.com","http://localhost"`), check.OK, ""},
		"development's too":   {mainScript, script(`"https://api.flowcomply.test"||"http://localhost:3001"`), check.OK, ""},
		"in the page":         {siteAddress, html(tags + `<script>x={"api":"https:\u002F\u002Fapi.flowcomply.test"}</script>`), check.OK, "1 asset load"},
		"script missing":      {mainScript, http.NotFound, check.TimedOut, "1 of the page's 2 scripts and stylesheets do not load: GET " + mainScript + ": 404 Not Found"},
		"style missing":       {stylesheet, http.NotFound, check.TimedOut, "GET " + stylesheet + ": 404 Not Found"},
		"a page as a script":  {mainScript, html("<!doctype html>"), check.TimedOut, "200, but its type is text/html"},
		"empty script":        {mainScript, script(""), check.TimedOut, "200, but empty"},
		"error":               {siteAddress, say(500, "boom"), check.TimedOut, "GET https://flowcomply.test: 500 Internal Server Error"},
		"no page":             {siteAddress, say(200, "{}"), check.TimedOut, "200 with application/json, not an HTML page"},
		"somebody's page":     {siteAddress, html("<h1>It works!</h1>"), check.TimedOut, "the page loads no script and no stylesheet of its own"},
		"commented out":       {siteAddress, html("<!-- " + tags + " -->"), check.TimedOut, "the page loads no script"},
		"redirected":          {siteAddress, http.RedirectHandler("https://sso.test/", http.StatusFound).ServeHTTP, check.TimedOut, "302 Found, to https://sso.test/"},
		"third parties":       {siteAddress, html(tags + `<script src=https://cdn.example.com/x.js></script>`), check.OK, "1 of other hosts not looked at"},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp()
			if tc.answer != nil {
				app.answers[tc.url] = tc.answer
			}
			got := checktest.One(t, Site(siteAddress, apiAddress, app.client(), check.PollInterval))
			checktest.Expect(t, got, tc.want, tc.says)
			assert.Zero(t, app.times("https://cdn.example.com/x.js"))
		})
	}
}

func TestSite_FindsTheAddressInChunksLoadedOnDemand(t *testing.T) {
	app := newApp()
	app.answers[mainScript] = script(`load("static\/chunks\/app\/(auth)\/page-2.js")`)
	app.answers[siteAddress+"/_next/static/chunks/app/(auth)/page-2.js"] = script(`"https://api.flowcomply.test"`)
	checktest.Expect(t, checktest.One(t, Site(siteAddress, apiAddress, app.client(), check.PollInterval)), check.OK, "built for https://api.flowcomply.test")
}

func TestLinked(t *testing.T) {
	got := linked(`<SCRIPT async src='/a.js?x=1&amp;y=2'></SCRIPT>
		<script>document.write("<script src='/not.js'><\/script>")</script>
		<script data-x="a>b" src=/b.js ></script>
		<link href="/c.css" rel="preload stylesheet"><link rel="icon" href="/d.ico"><link rel=stylesheet>`)
	assert.Equal(t, []asset{{url: "/a.js?x=1&y=2"}, {url: "/b.js"}, {url: "/c.css", style: true}}, got)
}
